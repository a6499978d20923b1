"""`doorstep translations`: join the Chinese of all packages, or name the texts that have none."""

import argparse


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    parser = commands.add_parser("translations", help="the Chinese of all pages")
    which = parser.add_subparsers(required=True)
    which.add_parser("compile", help="join the parts for the server").set_defaults(run=_compile)
    which.add_parser("check", help="name the texts without Chinese").set_defaults(run=_check)


def _compile(arguments: argparse.Namespace) -> int:
    from doorstep.config import translations

    print(f"{translations.compile_parts()} texts")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from doorstep.config import translations

    missing = translations.list_missing()
    for text in missing:
        print(f"{text.where}: {text.english!r}")
    print(f"{len(missing)} texts without Chinese")
    return 1 if missing else 0
