"""`doorstep town …`: load the named town into an empty book, open its played day, compare the book
with what a player was answered; write the files that its offices send. Prints JSON last.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    town = commands.add_parser("town", help="the named town: Guicheng, 21 June 2021")
    what = town.add_subparsers(required=True, metavar="WHAT")
    load = what.add_parser("load", help="load it into an empty book")
    load.add_argument("--residents", type=int, help="so many people: the whole district")
    load.add_argument("--estate", help="people of one controlled estate only")
    load.add_argument("--buildings", type=int, help="people of its first N buildings only")
    load.add_argument("--seed", type=int)
    load.add_argument("--no-accounts", action="store_true", help="do not tell who may sign in")
    load.set_defaults(run=_load, writes=True)
    plans = what.add_parser("plans", help="work out and keep the day's plans; the estates' hold")
    plans.set_defaults(run=_plans, book=True, writes=True)
    programme = what.add_parser("programme", help="the civic programme: 345 projects, voices")
    programme.set_defaults(run=_programme, book=True, writes=True)
    opened = what.add_parser("open-day", help="open a sampling round and hand it to the player")
    opened.add_argument("--estate")
    opened.add_argument("--tables", type=int, default=20)
    opened.add_argument("--seed", type=int)
    opened.set_defaults(run=_open_day, book=True, writes=True)
    audit = what.add_parser("audit", help="compare the book with what the player was answered")
    audit.set_defaults(run=_audit, book=True)
    roster = what.add_parser("roster", help="an estate's roster as a workbook, to try an import on")
    form = roster.add_mutually_exclusive_group(required=True)
    form.add_argument("--messy", type=Path, metavar="OUT", help="as it was sent, with its faults")
    form.add_argument("--corrected", type=Path, metavar="OUT", help="as it was sent again")
    listed = what.add_parser("vaccinated", help="a list of vaccinated people, to try an import on")
    listed.add_argument("out", type=Path, metavar="OUT")
    for each, run in ((roster, _write_roster), (listed, _write_vaccinated)):
        each.add_argument("--estate", help="whose people; else of the one that sends a workbook")
        each.add_argument("--seed", type=int)
        each.set_defaults(run=run)


def _load(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.config import opening
    from doorstep.town import duty, loading, mornings, plan

    town = plan.get_plan()
    mornings.run_on_played_time(settings.DATA / "clock", mornings.start_of_day())
    opening.open_book(town.subdistrict.zone)
    begun = time.monotonic()
    try:
        loaded = loading.load(
            residents_wanted=arguments.residents,
            estate=arguments.estate,
            buildings=arguments.buildings,
            seed=arguments.seed or plan.SEED,
            progress=_show,
        )
    except loading.NotEmpty:
        print("There are places in this book already. A town is loaded into an empty one.\n"
              "本库中已有地点。示例城镇只能载入空库。", file=sys.stderr)  # fmt: skip
        return 1
    except KeyError:
        _say_estates([each.name for each in town.estates])
        return 1
    seconds = time.monotonic() - begun
    print(file=sys.stderr)
    if not arguments.no_accounts:
        print(f"Password of all accounts / 所有账号的口令: {duty.PASSWORD}", file=sys.stderr)
        for role, logins in duty.list_logins(town).items():
            print(f"  {role}: {logins[0]}", file=sys.stderr)
    print(json.dumps(loaded._asdict() | {"seconds": round(seconds, 1)}))
    return 0


def _plans(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.town import mornings, plan, plans

    mornings.run_on_played_time(settings.DATA / "clock", mornings.start_of_day())
    made = plans.keep(plan.get_plan(), _show)
    print(file=sys.stderr)
    print(json.dumps({"plans": len(made)}))
    return 0


def _programme(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.town import mornings, plan, programme

    mornings.run_on_played_time(settings.DATA / "clock", mornings.start_of_day())
    if programme.is_there():
        print("This book has a programme already. 本库中已有民生实事项目。", file=sys.stderr)
        return 1
    count = programme.load(plan.get_plan(), progress=_show)
    print(file=sys.stderr)
    print(json.dumps({"projects": count}))
    return 0


def _open_day(arguments: argparse.Namespace) -> int:
    import msgspec
    from django.conf import settings

    from doorstep.ledger import refusals
    from doorstep.play import hand
    from doorstep.town import handing, mornings, plan

    mornings.run_on_played_time(settings.DATA / "clock", mornings.start_of_day())
    asked = handing.Asked(
        arguments.estate or plan.ESTATE,
        arguments.tables,
        arguments.seed or plan.SEED,
    )
    try:
        made = handing.open_day(asked)
    except refusals.Refused as refused:
        print(json.dumps({"refused": refused.code, **refused.facts}))
        return 1
    handed = msgspec.convert(made, hand.Hand)
    path = settings.DATA / "play" / "hand.json"
    hand.write(path, handed)
    print(json.dumps({"hand": str(path), "round": handed.round, "due": len(handed.due)}))
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.town import auditing

    report = auditing.audit(Path(settings.DATA) / "play")
    print(json.dumps(report))
    return 0 if not (report["lost"] or report["doubled"]) else 1


def _write_roster(arguments: argparse.Namespace) -> int:
    from doorstep.town import rosters

    out = arguments.messy or arguments.corrected
    found = _find_estate(arguments)
    if found is None:
        return 1
    expected = rosters.write_messy_roster(
        out, *found, corrected=arguments.messy is None, seed=_seed(arguments)
    )
    return _tell(out, new=expected.new, twice=expected.twice, refused=expected.refused,
                 noticed=expected.lost)  # fmt: skip


def _write_vaccinated(arguments: argparse.Namespace) -> int:
    from doorstep.town import vaccinations

    found = _find_estate(arguments)
    if found is None:
        return 1
    expected = vaccinations.write_list(arguments.out, *found, seed=_seed(arguments))
    return _tell(arguments.out, **expected._asdict())


def _find_estate(arguments: argparse.Namespace) -> Any:
    """The estate and its number, or None after saying which there are."""
    from doorstep.town import plan, residents

    estates = plan.get_plan().estates
    wanted = arguments.estate or residents.BY_WORKBOOK
    for number, each in enumerate(estates):
        if each.name == wanted:
            return each, number
    _say_estates([each.name for each in estates])
    return None


def _say_estates(names: list[str]) -> None:
    print(f"No controlled estate has that name. 没有这个管控小区。 {', '.join(names)}",
          file=sys.stderr)  # fmt: skip


def _seed(arguments: argparse.Namespace) -> int:
    from doorstep.town import plan

    return arguments.seed or plan.SEED


def _tell(out: Path, **expected: Any) -> int:
    """Print the file and what an import of it must find, cells as its report names them."""
    cells = {name: [cell._asdict() for cell in said] if isinstance(said, list) else said
             for name, said in expected.items()}  # fmt: skip
    print(json.dumps({"file": str(out), **cells}, ensure_ascii=False))
    return 0


def _show(step: str, done: int, of: int) -> None:
    print(f"\r{step}: {done:,} of {of:,}   ", end="", file=sys.stderr, flush=True)
