"""What sampling adds to the command post: the five counters of a round with its tables and late
clocks, and of a day, by estate; the reconciliation, and alarms for the first page.

Installed through command.panels by config.wiring, so that nothing else of the command post knows a
tube.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from doorstep.command import book_days, panels, scopes
from doorstep.face import lists, moments, pages
from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions, counters, reconciliation
from doorstep.operations.sampling import queries as sampling
from doorstep.operations.sampling.pages import words
from doorstep.registry import access
from doorstep.registry import queries as places
from doorstep.rounds import models, queries, round_kinds

MARK = "person.sampled"


def show_panel(request: HttpRequest, round_: models.Round) -> SafeString | None:
    """How far the swabs of a round have come, and what its tables have done."""
    if MARK not in round_kinds.marks_of(round_.round_kind):
        return None
    tubes = _find_tubes(round_, _may_open_tubes(request))
    tables = sampling.count_tables(round_.id)
    names = places.name_places({each.table for each in tables if each.table})
    found = counters.count_estates([round_.id])
    context = {
        "round": round_,
        "counters": words.describe_five(counters.add_up(found.values()), tubes),
        **(_list_estates(found, *_name_estates(request, round_)) if len(found) > 1 else {}),
        "late": _late(
            counters.list_turnaround({round_.id: round_.area}, clock.now())[round_.id], tubes
        ),
        "tables": [
            {
                "name": names.get(each.table or "", "") or _("No table"),
                "address": f"{tubes}&table={each.table}" if tubes and each.table else "",
                "count": each,
            }
            for each in tables
        ],
        "tubes": tubes,
    }
    return SafeString(render_to_string("command/sampling_panel.html", context, request))


def _may_open_tubes(request: HttpRequest) -> bool:
    """Whether this person may open lists of tubes; a steward may not."""
    return access.has(request.user, actions.READERS, None)


def _find_tubes(round_: models.Round, may_open: bool) -> str:
    """The address of a round's tubes; empty for whoever may not open it."""
    return f"{reverse('sampling:tubes')}?round={round_.id}" if may_open else ""


def show_day(
    request: HttpRequest, rounds: Sequence[models.Round], estates: Mapping[str, str]
) -> SafeString | None:
    """How far the swabs of a day's rounds have come in these estates (id → name), and in each."""
    own = [each.id for each in rounds if MARK in round_kinds.marks_of(each.round_kind)]
    if not own:
        return None
    found = counters.count_estates(own)
    root = places.find_root()
    whole = root is not None and access.has(request.user, scopes.WATCHERS, str(root.id))
    context = _list_estates(found, estates, whole)
    seen = (found[each["id"]] for each in context["estates"])
    context["counters"] = words.describe_five(counters.add_up(seen), "")
    return SafeString(render_to_string("command/sampling_day.html", context, request))


def _list_estates(
    found: Mapping[str | None, counters.Five], names: Mapping[str, str], whole: bool
) -> dict[str, Any]:
    """The counters by estate, in the order of `names`; `whole`: whoever looks sees the tubes of no
    known estate as well.
    """
    rows: list[dict[str, Any]] = [
        {"id": id_, "name": name, "counts": found[id_]}
        for id_, name in names.items()
        if id_ in found
    ]
    if whole and None in found:
        rows.append({"id": None, "name": _("No known estate"), "counts": found[None]})
    return {"estates": rows, "steps": words.name_steps()}


def _name_estates(request: HttpRequest, round_: models.Round) -> tuple[dict[str, str], bool]:
    """The estates of a round's area that this person watches, and whether they watch all of it."""
    named = {str(each.id): each.name for each in scopes.list_estates(request.user, scopes.WATCHERS)}
    return named, scopes.see_within(request.user, round_.area).scope is None


def name_clocks() -> dict[str, str]:
    """The clocks of turnaround in words."""
    return {
        "collect": _("waiting for a courier"),
        "laboratory": _("on the way to the laboratory"),
        "report": _("waiting for a result"),
    }


def _late(clocks: Iterable[counters.Turnaround], address: str) -> list[panels.Alarm]:
    names = name_clocks()
    found = []
    for each in clocks:
        if not each.late.tubes:
            continue
        text = ngettext(
            "%(count)s tube is too long %(where)s",
            "%(count)s tubes are too long %(where)s",
            each.late.tubes,
        ) % {"count": f"{each.late.tubes:,}", "where": names.get(each.name, each.name)}
        detail = _("more than %(span)s; %(people)s people") % {
            "span": moments.say_span(each.allowed),
            "people": f"{each.late.people:,}",
        }
        found.append(panels.Alarm(text, address and f"{address}&late={each.name}", detail))
    return found


def list_alarms(request: HttpRequest) -> list[panels.Alarm]:
    """Late tubes of the open rounds this person may see, and lines to settle for those who may."""
    found: list[panels.Alarm] = []
    kinds = round_kinds.list_marked(MARK)
    rounds = queries.list_rounds_for(request.user, live=True, kinds=kinds)
    clocks = counters.list_turnaround({each.id: each.area for each in rounds}, clock.now())
    may_open = _may_open_tubes(request)
    for each in rounds:
        found += _late(clocks[each.id], _find_tubes(each, may_open))
    if not access.has(request.user, actions.COMMANDERS, None):
        return found
    held = ledger.Verdict.objects.filter(held=True).values("entry").distinct().count()
    if held and rounds:
        text = ngettext(
            "%(count)s line waits for a person to settle it",
            "%(count)s lines wait for a person to settle them",
            held,
        ) % {"count": f"{held:,}"}
        found.append(panels.Alarm(text, reverse("sampling:review"), state="held"))
    return found


@pages.page(*scopes.WATCHERS)
@require_GET
def show_findings(request: HttpRequest, round: str) -> HttpResponseBase:
    """The reconciliation of a round: every point where a day goes wrong, with what was found."""
    found = queries.get_round_for(request.user, round)
    findings = reconciliation.list_findings(round, found.area, clock.now())
    listing = lists.Listing(
        request,
        name="findings",
        title=_("Reconciliation"),
        rows=findings,
        columns=[
            lists.Column("label", _("What was looked for"), value=lambda row: row.check.label,
                         link=lambda row: reverse("command:finding", args=[round, row.check.key])
                         if row.found else None),
            lists.Column("point", _("Point"), "number", value=lambda row: row.check.point),
            lists.Column("found", _("Found"), "number"),
            lists.Column("state", _("State"), "chip", value=lambda row: lists.Chip(
                "held", _("To look at")) if row.found else lists.Chip("done", _("In order"))),
        ],
    )  # fmt: skip
    context = {
        "round": found,
        "open": sum(bool(each.found) for each in findings),
        "breadcrumbs": _crumbs(found, _("Reconciliation")),
    }
    return listing.render("command/findings.html", context)


@pages.page(*scopes.WATCHERS)
@require_GET
def show_finding(request: HttpRequest, round: str, key: str) -> HttpResponseBase:
    """The tubes or boxes of one finding."""
    found = queries.get_round_for(request.user, round)
    check = reconciliation.BY_KEY.get(key)
    if check is None:
        raise refusals.Refused("NOT_FOUND")
    # one more than a list looks at: then it says that there are others
    most = lists.MOST_LOOKED + 1
    items = reconciliation.list_items(round, found.area, key, clock.now(), most)
    page = "sampling:tube" if check.of == "tube" else "sampling:box"
    may_open = access.has(request.user, actions.READERS, found.area)
    may_prove = access.has(request.user, book_days.READERS, None)
    listing = lists.Listing(
        request,
        name="items",
        title=str(check.label),
        rows=items,
        columns=[
            lists.Column("code", _("Tube") if check.of == "tube" else _("Box"), "code",
                         link=lambda row: reverse(page, args=[row.code]) if may_open else None),
            *([lists.Column("box", _("Box"), "code",
                            link=lambda row: reverse("sampling:box", args=[row.box])
                            if row.box and may_open else None)] if check.of == "tube" else []),
            lists.Column("entry", _("Entry"), "code", mask=None,
                         link=lambda row: reverse("command:line", args=[row.entry])
                         if row.entry and may_prove else None),
        ],
        empty=_("Nothing is left to look at."),
    )  # fmt: skip
    context = {"check": check, "breadcrumbs": _crumbs(found, str(check.label))}
    return listing.render("command/finding.html", context)


def _crumbs(found: models.Round, last: str) -> list[tuple[str, str | None]]:
    return [
        (_("Rounds"), reverse("command:rounds")),
        (found.day, reverse("command:round", args=[found.id])),
        (last, None),
    ]
