"""`doorstep registry import FILE`, `doorstep registry vaccinated FILE`: what a roster, or a list of
vaccinated people, would change, and changing it.

With --json the last line is the report as one JSON object; else a table for a person. Progress goes
to stderr. Refuses to commit for an account that may not import there.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

MOST_TOLD = 20  # refused rows told one by one in the table


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    registry = commands.add_parser("registry", help="places and people")
    what = registry.add_subparsers(required=True, metavar="WHAT")
    importing = what.add_parser("import", help="a roster: .xlsx, .xls or .csv")
    _add_file(importing)
    importing.add_argument("--place", help="the estate or building: its name or id")
    importing.add_argument(
        "--gone",
        choices=["keep", "moved_out"],
        default="keep",
        help="what becomes of residents the file does not name",
    )
    importing.add_argument(
        "--places",
        choices=["make", "refuse"],
        default="make",
        help="what becomes of buildings, units and doors the book has not",
    )
    importing.set_defaults(run=_import, act=_run, book=True)
    noting = what.add_parser("vaccinated", help="vaccinated people: .xlsx, .xls or .csv")
    _add_file(noting)
    noting.set_defaults(run=_import, act=_note, book=True)


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE")
    act = command.add_mutually_exclusive_group(required=True)
    act.add_argument("--preview", action="store_true", help="only say what would change")
    act.add_argument("--commit", dest="writes", action="store_true", help="change it")
    command.add_argument("--json", action="store_true", help="print the report as JSON, last")
    command.add_argument("--by", metavar="ACCOUNT", help="in whose name; an administrator's")


def _import(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import codes, refusals

    try:
        report = arguments.act(arguments)
    except refusals.Refused as refused:
        return _fail(arguments, refused.code, **refused.facts)
    except OSError as problem:
        print(problem, file=sys.stderr)
        return 2
    print(file=sys.stderr)
    told = report.to_json()
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _print_table(told)
    if report.problem:
        print(codes.text_of(report.problem, "en"), codes.text_of(report.problem, "zh"),
              file=sys.stderr)  # fmt: skip
        return 1
    return 0


def _run(arguments: argparse.Namespace) -> Any:
    from doorstep.registry import rosters

    place = _find_place(arguments.place)
    data = arguments.file.read_bytes()
    by = _find_account(arguments.by)
    new_places = arguments.places == "make"
    if arguments.preview:
        return rosters.preview(
            by, data, arguments.file.name, place, new_places=new_places, progress=_show
        )
    return rosters.commit(
        by,
        data,
        arguments.file.name,
        place,
        gone=arguments.gone,
        new_places=new_places,
        progress=_show,
    )


def _note(arguments: argparse.Namespace) -> Any:
    from doorstep.registry import vaccinated

    act = vaccinated.preview if arguments.preview else vaccinated.commit
    by, data = _find_account(arguments.by), arguments.file.read_bytes()
    return act(by, data, arguments.file.name, progress=_show)


def _find_place(wanted: str | None) -> str:
    """The estate or building of that id, name or English name; without one the only estate."""
    from django.db.models import Q

    from doorstep.kit import ids
    from doorstep.ledger import refusals
    from doorstep.registry import models

    grounds = models.Place.objects.filter(kind__in=("estate", "building"))
    if wanted is None:
        found = grounds.filter(kind="estate")
    elif ids.is_canonical(wanted):
        found = grounds.filter(id=wanted)
    else:
        found = grounds.filter(Q(name=wanted) | Q(english=wanted) | Q(code=wanted, kind="estate"))
    listed = list(found[:2])
    if len(listed) == 1:
        return str(listed[0].id)
    raise refusals.Refused("PLACE_AMBIGUOUS" if listed else "NOT_FOUND")


def _find_account(account: str | None) -> str:
    from doorstep.ledger import refusals
    from doorstep.registry import staffing

    if account is None:
        found = staffing.find_administrator()
    else:
        staff = staffing.find_staff(account)
        found = str(staff.id) if staff else None
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def _fail(arguments: argparse.Namespace, code: str, **facts: object) -> int:
    from doorstep.ledger import codes

    print(file=sys.stderr)
    for language in ("en", "zh"):
        print(codes.text_of(code, language, **facts), file=sys.stderr)
    if arguments.json:
        print(json.dumps({"problem": code}))
    return 1


def _show(step: str, done: int, of: int) -> None:
    words = {"read": "reading", "check": "checking", "write": "writing"}
    print(f"\r{words[step]}: {done:,} of {of:,}        ", end="", file=sys.stderr, flush=True)


def _print_table(told: dict[str, Any]) -> None:
    from doorstep.ledger import codes

    done = told["committed"]
    labels = {
        "rows": "rows in the file 文件行数",
        "new": "new 新增",
        "changed": "changed 变更",
        "same": "same 相同",
        "twice": "said twice 重复行",
        "gone": "gone from the file 文件中已无",
        "moved_out": "moved out 已迁出",
        "refused": "refused 未采纳",
        "noticed": "cells not taken 未采纳单元格",
    }
    figures = {name: told[name] for name in labels if name in told}
    print("Imported 已导入" if done else "Preview, nothing is written 预览，未写入")
    for name, said in figures.items():
        print(f"{len(said) if isinstance(said, list) else said:>10,}  {labels[name]}")
    for kind, number in told.get("places", {}).items():
        print(f"{number:>10,}  {kind}s {'made 已新建' if done else 'to be made 将新建'}")
    for each in told["refused"][:MOST_TOLD]:
        where = f"{each['sheet']}!{each['column'] or '?'}{each['row']}"
        print(f"  {where}  {each['code']}  {codes.text_of(each['code'], 'en')} "
              f"{codes.text_of(each['code'], 'zh')}")  # fmt: skip
    if len(told["refused"]) > MOST_TOLD:
        print(f"  … {len(told['refused']) - MOST_TOLD:,} more; --json names them all 其余见 --json")
