"""`doorstep ledger`: check the book, and fold it anew beside the live tables."""

import argparse
import json
import sys


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    book = commands.add_parser("ledger", help="the book").add_subparsers(required=True)
    verify = book.add_parser("verify", help="check every chain, signature and leaf")
    verify.set_defaults(run=_verify)
    replay = book.add_parser("replay", help="fold the whole book anew and compare")
    replay.set_defaults(run=_replay, writes=True)


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
