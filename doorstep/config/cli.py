"""The command `doorstep`. Only reads arguments and calls; the work is done in the packages."""

import argparse
import json
import os
import sys

import django


def main() -> int:
    """Run one command; the exit status is 0 when it did what was asked."""
    parser = argparse.ArgumentParser(prog="doorstep", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="open a new book")
    init.add_argument("--zone", default="Asia/Shanghai", help="the cell's IANA time zone")
    run = commands.add_parser("run", help="serve on this machine")
    run.add_argument("--port", type=int, default=8080)
    device = commands.add_parser("device-code", help="make a single-use code to enrol a device")
    device.add_argument("role")
    device.add_argument("--minutes", type=int, default=15, help="how long the code is good for")
    book = commands.add_parser("ledger", help="the book").add_subparsers(dest="act", required=True)
    book.add_parser("verify", help="check every chain, signature and leaf")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    django.setup()
    return _COMMANDS[arguments.command](arguments)


def _init(arguments: argparse.Namespace) -> int:
    from django.core.management import call_command

    from doorstep.ledger import book

    call_command("migrate", verbosity=0)
    cell = book.open_cell(arguments.zone)
    print(f"cell {cell.id}, {cell.zone}, {cell.size} lines")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from granian.constants import Interfaces
    from granian.server import Server

    _init(argparse.Namespace(zone="Asia/Shanghai"))
    server = Server(
        "doorstep.config.wsgi:application",
        port=arguments.port,
        interface=Interfaces.WSGI,
        blocking_threads=8,
    )
    print(f"http://127.0.0.1:{arguments.port}/")
    server.serve()
    return 0


def _device_code(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import devices

    print(devices.make_code(arguments.role, minutes=arguments.minutes))
    return 0


def _ledger(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import verify

    report = verify.check_book()
    print(json.dumps(report))
    return 0 if not report["findings"] else 1


_COMMANDS = {"init": _init, "run": _run, "device-code": _device_code, "ledger": _ledger}

if __name__ == "__main__":
    sys.exit(main())
