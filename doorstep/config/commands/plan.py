"""`doorstep plan …`: from a problem in a TOML or JSON file to a plan. Needs no installation.

Refuses a problem that cannot be worked on, naming the field, in both languages (exit code 2).
Interrupted, it says what it had.
"""

import argparse
import json
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doorstep.planning.wrong import Wrong

SECONDS = 120  # that a search may take unless it is said


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    plan = commands.add_parser("plan", help="what a day will need, from a problem in a file")
    what = plan.add_subparsers(required=True, metavar="WHAT")
    centre = what.add_parser("centre", help="desks, stalls, queues of a vaccination centre")
    centre.add_argument("file", type=Path, help="the problem, TOML or JSON")
    centre.add_argument(
        "--fewest", nargs="+", metavar="STATION", help="search the fewest servers of one or two"
    )
    centre.add_argument("--longest", metavar="STATION", help="search its longest mean service")
    centre.add_argument("--seconds", type=float, default=SECONDS, help="at most, for a search")
    centre.add_argument("--language", choices=["en", "zh-hans"], default="en")
    centre.add_argument("--html", type=Path, help="write the plan there, with pictures")
    centre.add_argument("--pdf", type=Path, help="write the plan there, with pictures")
    centre.set_defaults(run=_centre)
    for word, text in (
        ("sampling", "tables, teams, tubes and the laboratory's load of a sampling round"),
        ("supply", "carts and trips over the buildings"),
        ("visits", "visit lists by stairwell, and how many people they take"),
        ("projection", "what sealing and testing do inside an estate"),
    ):
        other = what.add_parser(word, help=text)
        other.add_argument("file", type=Path, help="the problem, TOML or JSON")
        other.add_argument("--seconds", type=float, default=SECONDS, help="at most")
        other.set_defaults(run=_other, what=word)


def _other(arguments: argparse.Namespace) -> int:
    """The models that have no paper yet: JSON."""
    import msgspec

    from doorstep.planning import problems
    from doorstep.planning.wrong import Wrong

    shape, solve = _model(arguments.what)
    try:
        problem = problems.read(shape, _read(arguments.file))
        found = solve(problem, _pulse(arguments.seconds))
    except Wrong as wrong:
        _tell_wrong(arguments.file, wrong)
        return 2
    print(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    return 0


def _model(what: str) -> tuple[Any, Callable[..., Any]]:
    """The shape of a model's problem, and what solves it."""
    if what == "sampling":
        from doorstep.planning.sampling import problem as sampling
        from doorstep.planning.sampling import rounds

        return sampling.Round, rounds.solve
    if what == "projection":
        from doorstep.planning.projection import problem as spreading
        from doorstep.planning.projection import projection

        return spreading.Projection, projection.project
    from doorstep.planning.walks import problem as walks
    from doorstep.planning.walks import trips, visits

    if what == "supply":
        return walks.Supply, trips.supply
    return walks.Visits, lambda problem, pulse: visits.bundle(problem)


def _centre(arguments: argparse.Namespace) -> int:
    from doorstep.planning.wrong import Wrong

    try:
        return _work(arguments)
    except Wrong as problem:
        _tell_wrong(arguments.file, problem)
        return 2


def _work(arguments: argparse.Namespace) -> int:
    import msgspec

    from doorstep.planning import problems
    from doorstep.planning.centre import problem, simulate, staffing

    centre = problems.read(problem.Centre, _read(arguments.file))
    problem.check(centre)
    report: dict[str, Any] = {}
    found = None
    if arguments.fewest:
        asked = msgspec.convert(
            {"centre": msgspec.to_builtins(centre), "stations": arguments.fewest}, staffing.Search
        )
        found = staffing.search(asked, _pulse(arguments.seconds))
        report["staffing"] = msgspec.to_builtins(found)
        by_name = dict(zip(found.stations, found.servers, strict=True))
        stations = tuple(
            msgspec.structs.replace(each, servers=by_name.get(each.name, each.servers))
            for each in centre.stations
        )
        centre = msgspec.structs.replace(centre, stations=stations)
    if arguments.longest:
        pulse = _pulse(arguments.seconds)
        report["longest_seconds"] = staffing.longest_service(centre, arguments.longest, pulse)
    played = simulate.simulate(centre, _pulse(arguments.seconds))
    report["outcome"] = msgspec.to_builtins(played)
    print(file=sys.stderr)
    if arguments.html or arguments.pdf:
        _write(arguments, centre, found, played)
    print(json.dumps(report, ensure_ascii=False))
    return 0


def _write(arguments: argparse.Namespace, centre: Any, found: Any, played: Any) -> None:
    import django
    from django.utils import translation

    django.setup()
    from doorstep.command.plans import papers, reports

    with translation.override(arguments.language):
        blocks: list[Any] = []
        sentence = ""
        if found is not None and centre.target is not None:
            sentence = reports.say_found(centre, found)
            blocks.append(reports.tell_needs(found))
            if (limits := reports.tell_limits(found, centre.target.confidence)) is not None:
                blocks.append(limits)
        blocks += reports.tell_outcome(centre, played)
        if arguments.html:
            page = papers.make_html(centre.name, sentence, blocks, arguments.language)
            arguments.html.write_text(page, "utf-8")
        if arguments.pdf:
            arguments.pdf.write_bytes(papers.make_pdf(centre.name, sentence, blocks, ""))


def _read(path: Path) -> dict[str, Any]:
    from doorstep.planning.wrong import Wrong

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Wrong("", "FILE_UNREADABLE", why=str(problem)) from None
    try:
        said = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as problem:  # both say the line
        raise Wrong("", "FILE_UNREADABLE", why=str(problem)) from None
    if not isinstance(said, dict):
        raise Wrong("", "FILE_UNREADABLE", why="…")
    return said


def _pulse(seconds: float) -> Callable[[float], bool]:
    """Goes on for so long, or until it is interrupted; the share is shown."""
    ends = time.monotonic() + seconds

    def go_on(share: float) -> bool:
        if sys.stderr.isatty():
            print(f"\r{100 * share:3.0f} %", end="", file=sys.stderr, flush=True)
        return time.monotonic() < ends

    return go_on


def _tell_wrong(path: Path, problem: "Wrong") -> None:
    from doorstep.planning import codes

    for language in ("en", "zh-hans"):
        said = codes.text_of(problem.code, language, **problem.facts)
        print(f"{path}: {problem.field or '.'}: {said}", file=sys.stderr)
