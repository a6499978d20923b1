"""`doorstep plan …`: from a problem in a TOML or JSON file to a plan, which needs no installation;
or from the roster of an installation (`--live`).

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
    centre.add_argument(
        "--timings", nargs="+", metavar="STATION=FILE", default=[],
        help="a time study: seconds of a service, one a line, for a station",
    )  # fmt: skip
    _add_papers(centre)
    centre.set_defaults(run=_centre, what="centre")
    for word, text in (
        ("sampling", "tables, teams, tubes and the laboratory's load of a sampling round"),
        ("supply", "carts and trips over the buildings"),
        ("visits", "visit lists by stairwell, and how many people they take"),
        ("shifts", "who works which shift on which day"),
        ("projection", "what sealing and testing do inside an estate"),
    ):
        other = what.add_parser(word, help=text)
        other.add_argument("file", type=Path, nargs="?", help="the problem, TOML or JSON")
        other.add_argument(
            "--live", nargs="+", metavar="FIELD=VALUE",
            help="instead of a file: the fields of its page, with the roster as it is; "
            "estate= or unit= by name",
        )  # fmt: skip
        _add_papers(other)
        other.add_argument("--seconds", type=float, default=SECONDS, help="at most")
        other.set_defaults(run=_other, what=word)


def _add_papers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--language", choices=["en", "zh-hans"], default="en")
    parser.add_argument("--html", type=Path, help="write the plan there, with pictures")
    parser.add_argument("--pdf", type=Path, help="write the plan there, with pictures")


def _other(arguments: argparse.Namespace) -> int:
    import msgspec

    from doorstep.command.plans import catalog
    from doorstep.config import opening
    from doorstep.planning import problems
    from doorstep.planning.wrong import Wrong

    if (arguments.file is None) == (arguments.live is None):
        print("A file, or --live; not both. 请给出文件或--live之一。", file=sys.stderr)
        return 2
    if arguments.live is not None and not opening.has_book():
        return 2
    model = catalog.find(arguments.what)
    pulse = _pulse(arguments.seconds)
    try:
        if arguments.live is not None:
            problem = _read_live(arguments.what, arguments.live, pulse)
        else:
            problem = problems.read(model.problem, _read(arguments.file))
        found = model.solve(problem, pulse)
    except Wrong as wrong:
        _tell_wrong(arguments.file or Path("--live"), wrong)
        return 2
    _write(arguments, str(catalog.NAMES[arguments.what]), problem, found)
    print(json.dumps(msgspec.to_builtins(found), ensure_ascii=False))
    return 0


def _read_live(model: str, words: list[str], pulse: Callable[[float], bool]) -> Any:
    """The problem of a page's fields, for whoever runs the installation. Raises `Wrong`."""
    from doorstep.command.plans import questions
    from doorstep.planning.wrong import Wrong
    from doorstep.registry import models

    question = questions.QUESTIONS[model]
    said = dict(each.partition("=")[::2] for each in words)
    for name in said.keys() - {each.name for each in question.fields}:
        if question.rows is None or not question.rows.takes(name):
            raise Wrong(name, "UNKNOWN")
    if question.place == questions.UNIT:
        units = models.Unit.objects.exclude(serves=None)
        known = {each.name: str(each.id) for each in units}
    else:
        estates = models.Place.objects.filter(kind="estate")
        known = {each.name: str(each.id) for each in estates}
    place = said.get(question.place, "")
    if place and place not in known:
        raise Wrong(question.place, "NOT_THERE", what=place)
    said[question.place] = known.get(place, "")
    problem, _ = questions.read(question, said, set(known.values()), pulse)
    return problem


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
    from doorstep.planning.centre import answer, problem, simulate, staffing

    said = _read(arguments.file)
    _put_timings(said, arguments.timings)
    centre = problems.read(problem.Centre, said)
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
    _write(arguments, centre.name, centre, answer.Answer(played, found))
    print(json.dumps(report, ensure_ascii=False))
    return 0


def _put_timings(said: dict[str, Any], words: list[str]) -> None:
    """Durations of stations from time studies. Raises `Wrong`: no such station, what is no file, a
    row that is no duration.
    """
    from doorstep.planning.centre import durations
    from doorstep.planning.wrong import Wrong

    stations = said.get("stations")
    known = [each for each in stations if isinstance(each, dict)] if stations else []
    for each in words:
        name, _, file = each.partition("=")
        station = next((one for one in known if one.get("name") == name), None)
        if station is None:
            raise Wrong("--timings", "NOT_THERE", what=name)
        try:
            text = Path(file).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise Wrong(f"--timings {name}", "FILE_UNREADABLE", why=str(problem)) from None
        try:
            timings = durations.read_timings(text)
        except Wrong as wrong:
            raise Wrong(f"--timings {file}", wrong.code, **wrong.facts) from None
        station["duration"] = {"timings": list(timings)}


def _write(arguments: argparse.Namespace, title: str, problem: Any, answer: Any) -> None:
    if not (arguments.html or arguments.pdf):
        return
    from django.utils import translation

    from doorstep.command.plans import catalog, papers

    with translation.override(arguments.language):
        report = catalog.find(arguments.what).tell(problem, answer)
        if arguments.html:
            page = papers.make_html(title, report, arguments.language)
            arguments.html.write_text(page, "utf-8")
        if arguments.pdf:
            arguments.pdf.write_bytes(papers.make_pdf(title, report, ""))


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
