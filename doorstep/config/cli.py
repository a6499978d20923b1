"""The command `doorstep`. Only reads arguments and calls; the work is done in the packages.

A command that writes refuses while a server runs on the same SQLite book: two writers would starve
each other. What a person does while the server runs is done on its pages.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable

import django

Command = Callable[[argparse.Namespace], int]


def main() -> int:
    """Run one command; the exit status is 0 when it did what was asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    parser = argparse.ArgumentParser(prog="doorstep", description="Doorstep, on this machine")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_own_commands(commands)
    django.setup()
    arguments = parser.parse_args()
    if getattr(arguments, "writes", False) and not _may_write():
        return 3
    run: Command = arguments.run
    return run(arguments)


def _add_own_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    init = commands.add_parser("init", help="open a new book")
    init.add_argument("--zone", default="Asia/Shanghai", help="the IANA time zone of the place")
    init.set_defaults(run=_init, writes=True)
    run = commands.add_parser("run", help="serve on this machine")
    run.add_argument("--port", type=int, default=8080)
    run.add_argument("--host", default="127.0.0.1")
    run.set_defaults(run=_run)
    device = commands.add_parser("device-code", help="make a single-use code to enrol a device")
    device.add_argument("role", choices=["registrar", "courier", "laboratory", "steward"])
    device.add_argument("--person", action="append", default=[], help="a staff id; may be repeated")
    device.add_argument("--minutes", type=int, default=15, help="how long the code is good for")
    device.set_defaults(run=_device_code, writes=True)
    book = commands.add_parser("ledger", help="the book").add_subparsers(required=True)
    book.add_parser("verify", help="check every chain, signature and leaf").set_defaults(
        run=_verify
    )
    replay = book.add_parser("replay", help="fold the whole book anew and compare")
    replay.set_defaults(run=_replay, writes=True)


def _may_write() -> bool:
    from doorstep.config import lock

    try:
        lock.take()
    except lock.Taken:
        print("A server runs on this data folder. Do this on its pages, or stop it first.\n"
              "本数据目录上正有服务在运行。请在页面上操作，或先停止服务。", file=sys.stderr)  # fmt: skip
        return False
    return True


def open_book(zone: str) -> None:
    """Bring the tables up to date and open the book if it is not open."""
    from django.core.management import call_command

    from doorstep.ledger import book

    call_command("migrate", verbosity=0)
    book.open_cell(zone)


def _init(arguments: argparse.Namespace) -> int:
    open_book(arguments.zone)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from django.db import connections
    from granian.constants import Interfaces
    from granian.server import Server

    from doorstep.config import lock

    if not _may_write():
        return 3
    open_book("Asia/Shanghai")
    connections.close_all()
    lock.release()  # the server's own process takes it
    server = Server(
        "doorstep.config.wsgi:application",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        blocking_threads=16,
        backlog=2048,
    )
    print(f"http://{arguments.host}:{arguments.port}/", flush=True)
    server.serve()
    return 0


def _device_code(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import devices

    print(devices.make_code(arguments.role, minutes=arguments.minutes, people=arguments.person))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import verify

    report = verify.check_book()
    print(json.dumps(report))
    return 0 if not report["findings"] else 1


def _replay(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import replay

    def show(done: int, of: int) -> None:
        print(f"\r{done:,} of {of:,} lines", end="", file=sys.stderr, flush=True)

    report = replay.replay(show)
    print(file=sys.stderr)
    print(json.dumps(report))
    return 0 if not report["different"] else 1


if __name__ == "__main__":
    sys.exit(main())
