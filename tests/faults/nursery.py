"""A process that has loaded everything and waits: each server, command and check is a copy of it
and so begins at once. A thousand stops need as many starts.

Run as a program with the installation in its environment; takes a JSON object a line on stdin,
answers with one on stdout. What it makes are real processes, each with a session of its own.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django


def main() -> None:
    """Answer until stdin ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
    django.setup()
    for name in ("django.urls", "doorstep.config.urls", "doorstep.config.commands.server",
                 "doorstep.config.commands.backup", "granian.server", "tests.faults.inside",
                 "tests.faults.steps", "doorstep.config.serving"):  # fmt: skip
        importlib.import_module(name)
    from doorstep.ledger import checkpoints

    # none waits a minute, neither for a server nor for who asks what a server has to do
    checkpoints.EVERY = 0
    acts: dict[str, Callable[..., Any]] = {"call": call, "begin": begin, "status": status}
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(acts[asked.pop("do")](**asked)), flush=True)


def call(name: str, arguments: list[Any], module: str = "tests.faults.inside") -> Any:
    """What a function of a module returns, in a process of its own."""
    inside = importlib.import_module(module)
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.close(reading)
        with os.fdopen(writing, "w") as file:
            json.dump(getattr(inside, name)(*arguments), file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    _, code = os.waitpid(child, 0)
    return json.loads(text) if code == 0 else {"failed": code}


def begin(words: list[str], log: str, steps: dict[str, Any] | None, watch: str | None) -> int:
    """Begin `doorstep …`, to be stopped at a step, or watched; its process and group."""
    if child := os.fork():
        return child
    from doorstep.config import cli
    from tests.faults.steps import Steps, Watch

    os.setsid()
    with open(os.devnull) as nothing, Path(log).open("ab") as file:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv = ["doorstep", *words]
    if steps is not None:
        from doorstep.kit import clock
        from doorstep.ledger import reactions

        reactions.LEASE = clock.SECOND  # of the worker that was stopped
        Steps(**steps).install()
    if watch is not None:
        Watch(watch).install()
    try:
        code = cli.main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    sys.stdout.flush()
    os._exit(code)


def status(process: int) -> int | None:
    """How a process that was begun has ended, -9 when killed; None while it runs."""
    ended, code = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(code) if ended else None


if __name__ == "__main__":
    main()
