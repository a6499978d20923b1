"""The command `doorstep`. Only reads arguments and calls; the work is done in the packages.

A command that writes refuses while a server runs on the same SQLite book: two writers would starve
each other. What a person does while the server runs is done on its pages. One that needs a book
(`book`) refuses where there is none.
"""

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Callable

import django

from doorstep.config import commands
from doorstep.kit import collector

Command = Callable[[argparse.Namespace], int]


def main() -> int:
    """Run one command; the exit status is 0 when it did what was asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    parser = argparse.ArgumentParser(prog="doorstep", description="Doorstep, on this machine")
    known = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda each: each.name):
        importlib.import_module(f"{commands.__name__}.{found.name}").add(known)
    arguments = parser.parse_args()
    if not getattr(arguments, "alone", False):  # needs no installation
        django.setup()
        collector.rest()
    from doorstep.config import opening

    if getattr(arguments, "book", False) and not opening.has_book():
        return 2
    any_key = getattr(arguments, "any_key", False)
    if getattr(arguments, "writes", False) and not opening.may_write(any_key=any_key):
        return 3
    run: Command = arguments.run
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
