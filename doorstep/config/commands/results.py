"""`doorstep results …`: a laboratory's result files from the command line or a folder.

A server reads its folder itself; this is for a book that is not being served.
"""

import argparse
import json
import sys
import time
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    results = commands.add_parser("results", help="a laboratory's result files")
    what = results.add_subparsers(required=True, metavar="WHAT")
    parser = what.add_parser("import", help="read a file, or every file that comes into a folder")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", type=Path, help="a CSV file")
    source.add_argument("--watch", type=Path, metavar="DIR", help="a folder, until interrupted")
    parser.add_argument("--laboratory", help="the unit's id, for rows that name no laboratory")
    parser.set_defaults(run=_import, book=True, writes=True)


def _import(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import codes, refusals
    from doorstep.operations.sampling import laboratories

    if arguments.watch is not None:
        arguments.watch.mkdir(parents=True, exist_ok=True)
        try:
            while True:
                done = laboratories.import_folder(arguments.watch, laboratory=arguments.laboratory)
                for line in laboratories.names_of(done):
                    print(line, flush=True)
                time.sleep(laboratories.EVERY)
        except KeyboardInterrupt:
            return 0
    try:
        plan = laboratories.import_file(arguments.file, laboratory=arguments.laboratory)
    except refusals.Refused as no:
        for language in ("en", "zh-hans"):
            print(codes.text_of(no.code, language, **no.facts), file=sys.stderr)
        return 2
    except OSError as problem:
        print(problem, file=sys.stderr)
        return 2
    refused = [refusal._asdict() for refusal in plan.refusals]
    known = len(plan.rows) - len(plan.new)
    report = {"new": len(plan.new), "known": known, "refused": refused, "digest": plan.digest}
    print(json.dumps(report, ensure_ascii=False))
    return 0 if not refused else 1
