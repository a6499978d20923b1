"""Planning a centre: the form with its answer, what given numbers do, the bad days, the papers.

Refuses a question that cannot be played, naming the field. Answers are worked out while one waits;
every search has its limit in seconds and says what it had.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command import scopes
from doorstep.command.plans import readiness
from doorstep.command.plans.blocks import Report, split
from doorstep.face import moments, pages
from doorstep.kit import clock
from doorstep.ledger import refusals
from doorstep.registry import access

READERS = (*scopes.COMMANDERS, "approver", "inspector")
DAYS = 60  # played for an answer to a slider
SECONDS = 8.0  # a search may take while one waits
BAD_DAYS_SECONDS = 45.0
ASK_AGAIN = 3  # seconds, while the planner is getting ready
AROUND = 3  # desks and stalls more and less in the picture of the frontier
GRID_DAYS = 30
seconds_now = time.monotonic  # what the limit of a search is counted by


@pages.page(*READERS)
@require_GET
def show_centre(request: HttpRequest) -> HttpResponse:
    """The form; once something is asked, the fewest desks and stalls and how such days go."""
    from doorstep.command.plans import asking

    context: dict[str, Any] = _frame() | {"said": dict(asking.DEFAULTS), "asked": False}
    if "people" not in request.GET:
        return render(request, "plans/centre.html", context)
    if readiness.is_getting_ready():
        return show_getting_ready(request)
    context["said"] = {
        name: request.GET.get(name, default) for name, default in asking.DEFAULTS.items()
    }
    answer = _answer(request, context)
    status = 200 if answer is not None else 422
    return render(request, "plans/centre.html", context | (answer or {}), status=status)


@pages.page(*READERS)
@require_GET
def show_try(request: HttpRequest) -> HttpResponse:
    """What so many desks and stalls do: the part of the page below the sliders."""
    from doorstep.command.plans import asking, centre_report
    from doorstep.planning.centre import simulate
    from doorstep.planning.wrong import Wrong

    try:
        centre = asking.read(request.GET.dict()).centre
        centre = with_servers(centre, request.GET, DAYS)
        played = simulate.simulate(centre, within(SECONDS))
    except Wrong as problem:
        return render(request, "plans/wrong.html", {"problem": say(problem)})
    return render(request, "plans/outcome.html", {
        "blocks": split(centre_report.tell_outcome(centre, played)),
        "good": round(100 * played.good),
    })  # fmt: skip


@pages.page(*READERS)
@require_GET
def show_bad_days(request: HttpRequest) -> HttpResponse:
    """The bad days, what limits, and the picture of the frontier: a part of the page."""
    from doorstep.command.plans import asking
    from doorstep.planning.wrong import Wrong

    try:
        centre = asking.read(request.GET.dict()).centre
        blocks, sentence = _work_out(centre)
    except Wrong as problem:
        return render(request, "plans/wrong.html", {"problem": say(problem)}, status=422)
    return render(request, "plans/bad_days.html", {"blocks": split(blocks), "sentence": sentence})


@pages.page(*READERS)
@require_GET
def show_paper(request: HttpRequest) -> HttpResponse:
    """The whole plan as a PDF file."""
    from doorstep.command.plans import asking, centre_report, papers
    from doorstep.planning.centre import simulate
    from doorstep.planning.wrong import Wrong

    try:
        centre = asking.read(request.GET.dict()).centre
        blocks, sentence = _work_out(centre)
        played = simulate.simulate(with_servers(centre, request.GET, 200), within(SECONDS))
    except Wrong as problem:
        raise refusals.Refused("PLAN_WRONG", why=say(problem)) from None
    report = Report(sentence, [*blocks, *centre_report.tell_outcome(centre, played)])
    return papers.answer_pdf(_("Plan of a vaccination centre"), report)


def show_getting_ready(request: HttpRequest) -> HttpResponse:
    """Says so, and asks the same again by itself: no plan is worked out against the compiler."""
    context = {"breadcrumbs": [(_("Plans"), None)], "here": request.get_full_path()}
    response = render(request, "plans/getting_ready.html", context)
    response["Refresh"] = str(ASK_AGAIN)
    return response


def _frame() -> dict[str, Any]:
    return {"breadcrumbs": [(_("Plans"), None)], "slots": ["10", "15", "30", "60"]}


def _answer(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any] | None:
    """The fewest desks and stalls of a plain day, and days with them; None: something is wrong."""
    from doorstep.command.plans import asking, centre_report
    from doorstep.planning.centre import simulate, staffing
    from doorstep.planning.wrong import Wrong

    try:
        centre = asking.read(context["said"]).centre
        search = staffing.Search(centre, (asking.DESKS, asking.STALLS), scenarios=("plain",))
        found = staffing.search(search, within(SECONDS))
        desks, stalls = found.servers
        centre = _staffed(centre, desks, stalls, DAYS)
        played = simulate.simulate(centre, within(SECONDS))
    except Wrong as problem:
        context["errors"] = {problem.field: say(problem)}
        context["problem"] = say(problem)
        return None
    query = request.GET.copy()
    query["desks"], query["stalls"] = str(desks), str(stalls)
    seconds = [round(each) for each in found.implied_seconds]
    return {
        "asked": True,
        "today": clock.day_of(clock.now(), moments.zone()),
        "may_keep": access.has(request.user, scopes.COMMANDERS, None),
        "found": found,
        "desks": desks,
        "stalls": stalls,
        "most": max(desks, stalls) * 2,
        "sentence": centre_report.say_found(centre, found),
        "bookings": centre.arrivals.bookings,
        "implied": _("Nobody idle, a service may take %(desks)s s at a desk and %(stalls)s s at a "
                     "stall.") % {"desks": seconds[0], "stalls": seconds[1]},
        "blocks": split(centre_report.tell_outcome(centre, played)),
        "good": round(100 * played.good),
        "query": query.urlencode(),
    }  # fmt: skip


def _work_out(centre: Any) -> tuple[list[Any], str]:
    """The bad days and the frontier, as blocks, and the sentence."""
    from doorstep.command.plans import asking, centre_report
    from doorstep.planning.centre import staffing

    goes_on = within(BAD_DAYS_SECONDS)
    found = staffing.search(staffing.Search(centre, (asking.DESKS, asking.STALLS)), goes_on)
    target = centre.target
    blocks: list[Any] = [centre_report.tell_needs(found)]
    if (limits := centre_report.tell_limits(found, target.confidence)) is not None:
        blocks.append(limits)
    desks = range(
        max(found.needs[0].servers[0] - AROUND, 1), found.needs[0].servers[0] + AROUND + 1
    )
    stalls = range(
        max(found.needs[0].servers[1] - AROUND, 1), found.needs[0].servers[1] + AROUND + 1
    )
    judge = staffing.Judge(centre, [0, 1], within(BAD_DAYS_SECONDS))
    shares = [[judge.measure((one, other), GRID_DAYS)[0] for one in desks] for other in stalls]
    chosen = (
        list(stalls).index(found.needs[0].servers[1]),
        list(desks).index(found.needs[0].servers[0]),
    )
    blocks.append(centre_report.draw_frontier(list(desks), list(stalls), shares, chosen))
    return blocks, centre_report.say_found(centre, found)


def with_servers(centre: Any, said: Mapping[str, str], days: int) -> Any:
    """A centre with the desks and stalls that a form names. Raises `Wrong`."""
    from doorstep.planning.centre.problem import MOST_SERVERS
    from doorstep.planning.wrong import Wrong

    counts = []
    for name in ("desks", "stalls"):
        text = said.get(name, "")
        if not text.isdecimal() or not 1 <= int(text) <= MOST_SERVERS:
            raise Wrong(name, "BOUND", right=f"1 … {MOST_SERVERS}")
        counts.append(int(text))
    return _staffed(centre, counts[0], counts[1], days)


def _staffed(centre: Any, desks: int, stalls: int, days: int) -> Any:
    first, second = centre.stations
    stations = (
        msgspec.structs.replace(first, servers=desks),
        msgspec.structs.replace(second, servers=stalls),
    )
    return msgspec.structs.replace(centre, stations=stations, replications=days)


def within(seconds: float) -> Callable[[float], bool]:
    """A pulse that goes on for so long, from the moment that the planner is ready."""
    readiness.wait()
    ends = seconds_now() + seconds
    return lambda share: seconds_now() < ends


def say(problem: Any) -> str:
    """What is wrong with a problem, in the reader's language."""
    from doorstep.planning import codes

    return codes.text_of(problem.code, get_language() or "en", **problem.facts)
