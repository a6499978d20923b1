"""`doorstep bench …`: measurements, each with an installation of its own. Prints JSON last."""

import argparse
import json
import sys
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    bench = commands.add_parser("bench", help="measure this machine")
    what = bench.add_subparsers(required=True, metavar="WHAT")
    lines = what.add_parser("intake", help="lines a second, durable and folded")
    lines.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    lines.add_argument("--seconds", type=int, default=10)
    lines.add_argument("--devices", type=int, default=50)
    lines.add_argument("--batch", type=int, default=200, help="lines in a push")
    lines.add_argument("--resend", action="store_true", help="then send the same again")
    lines.add_argument("--rate", type=int, default=0, help="lines a second; 0: as fast as it goes")
    lines.set_defaults(run=_intake)
    for word, text in (
        ("verify", "lines a second of a book that are checked"),
        ("replay", "lines a second of a book that are folded anew and compared"),
        ("upgrade", "how long a book of the first version takes to be brought up to date"),
    ):
        reading = what.add_parser(word, help=text)
        reading.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
        reading.add_argument("--lines", type=int, default=200_000)
        reading.add_argument("--devices", type=int, default=50)
        reading.add_argument("--batch", type=int, default=200, help="lines in a push")
        reading.add_argument("--folder", type=Path, help="keep the book there, or use the one")
        reading.set_defaults(run=_reading, what=word)
    pages = what.add_parser("pages", help="how long the main pages take at the size of a district")
    pages.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    pages.add_argument("--seconds", type=int, default=20)
    pages.add_argument("--residents", type=int, default=700_000)
    pages.add_argument("--entries", type=int, default=0, help="lines of the book, at least")
    pages.add_argument("--folder", type=Path, help="keep the town there, or use the one that is")
    pages.set_defaults(run=_pages)
    public = what.add_parser("public", help="the public's pages on an evening, beside pushes")
    public.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    public.add_argument("--seconds", type=int, default=240)
    public.add_argument("--rate", type=int, default=200, help="requests a second")
    public.set_defaults(run=_public)
    simulate = what.add_parser("simulate", help="the planner's days, beside simulation libraries")
    simulate.add_argument("--rounds", type=int, default=7)
    simulate.set_defaults(run=_simulate)
    staff = what.add_parser("staffing", help="the search for the fewest desks and stalls")
    staff.set_defaults(run=_staffing)
    phone = what.add_parser("phone", help='from a scan to "kept", on a slow phone')
    phone.add_argument("--people", type=int, default=12_000, help="on the phone")
    phone.add_argument("--scans", type=int, default=1_000)
    phone.add_argument("--slower", type=int, default=4, help="times, than this machine")
    phone.set_defaults(run=_phone)

    tubes = what.add_parser(
        "tubes", help="tubes and teams of a sampling round against their bounds"
    )
    tubes.add_argument("--repeats", type=int, default=9)
    tubes.set_defaults(run=_tubes)
    routes = what.add_parser("routes", help="a supply round's trips after 1 second and after more")
    routes.add_argument("--seconds", type=float, default=30.0, help="of the longer search")
    routes.set_defaults(run=_routes)
    shifts = what.add_parser("shifts", help="a shift plan of 350 people against its proved bound")
    shifts.add_argument("--seconds", type=float, nargs="+", default=[15.0, 60.0], help="limits")
    shifts.set_defaults(run=_shifts)
    projection = what.add_parser("projection", help="months of an estate played in a second")
    projection.set_defaults(run=_projection)


def _intake(arguments: argparse.Namespace) -> int:
    from doorstep.bench import intake

    asked = intake.Asked(
        arguments.database,
        arguments.devices,
        arguments.batch,
        arguments.seconds,
        arguments.resend,
        arguments.rate,
    )
    report = intake.measure(asked)
    print(json.dumps(report))
    return 0 if not (report["lost"] or report["doubled"] or report["refused"]) else 1


def _reading(arguments: argparse.Namespace) -> int:
    from doorstep.bench import reading

    asked = reading.Asked(
        arguments.database,
        arguments.lines,
        arguments.devices,
        arguments.batch,
        arguments.folder,
    )
    print(json.dumps(reading.measure(arguments.what, asked)))
    return 0


def _pages(arguments: argparse.Namespace) -> int:
    from doorstep.bench import pages

    asked = pages.Asked(
        arguments.database,
        arguments.residents,
        arguments.entries,
        arguments.seconds,
        arguments.folder,
    )
    print(json.dumps(pages.measure(asked)))
    return 0


def _public(arguments: argparse.Namespace) -> int:
    from doorstep.bench import public

    asked = public.Asked(arguments.database, arguments.seconds, arguments.rate)
    report = public.measure(asked)
    print(json.dumps(report))
    return 0 if not report["wrong"] else 1


def _phone(arguments: argparse.Namespace) -> int:
    from doorstep.bench import phone
    from doorstep.config.commands import browser

    found = browser.find_browser()
    if found is None:
        print("No Chromium here.", file=sys.stderr)
        return 1
    asked = phone.Asked(found, arguments.people, arguments.scans, arguments.slower)
    print(json.dumps(phone.measure(asked)))
    return 0


def _simulate(arguments: argparse.Namespace) -> int:
    from doorstep.bench import queues

    print(json.dumps(queues.measure(arguments.rounds)))
    return 0


def _staffing(arguments: argparse.Namespace) -> int:
    from doorstep.bench import queues

    print(json.dumps(queues.measure_staffing()))
    return 0


def _tubes(arguments: argparse.Namespace) -> int:
    from doorstep.bench import tubes

    print(json.dumps(tubes.measure_tubes(arguments.repeats)))
    return 0


def _routes(arguments: argparse.Namespace) -> int:
    from doorstep.bench import tubes

    print(json.dumps(tubes.measure_routes(arguments.seconds)))
    return 0


def _shifts(arguments: argparse.Namespace) -> int:
    from doorstep.bench import shifts

    print(json.dumps(shifts.measure(tuple(arguments.seconds))))
    return 0


def _projection(arguments: argparse.Namespace) -> int:
    from doorstep.bench import projections

    print(json.dumps(projections.measure()))
    return 0
