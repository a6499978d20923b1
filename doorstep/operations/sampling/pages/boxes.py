"""Couriers and boxes: which box waits, which is late, and one box from seal to laboratory."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.face import errors, lists, pages
from doorstep.kit import clock, codes
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions, models
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import scope, trails, words
from doorstep.orders import queries as orders
from doorstep.registry import models as registry
from doorstep.registry import staffing


class BoxLine(NamedTuple):
    """A box in a list. `due_at`: by when the next step should have happened, if there is one;
    `early`: a tube of it has its result though nobody has received the box.
    """

    box: str
    state: str
    tubes: int
    seal: str
    sealed_at: int | None
    collected_at: int | None
    received_at: int | None
    holder: str
    due_at: int | None
    late: bool
    balanced: bool
    early: bool


@pages.page(*actions.READERS)
def list_boxes(request: HttpRequest) -> HttpResponseBase:
    """Every box of my places; what waits and what is late first. `?box=` goes to that box."""
    wanted = codes.normalise(request.GET.get("box", ""))
    if wanted:
        return HttpResponseRedirect(reverse("sampling:box", args=[wanted]))
    lines = _read_lines(request)
    waiting = [line for line in lines if line.state in ("sealed", "collected", "unsealed")]
    listing = lists.Listing(
        request,
        name="boxes",
        title=_("Boxes"),
        rows=lines,
        columns=[
            lists.Column("box", _("Box"), "code", link=lambda b: _address(b.box), sort=True),
            lists.Column(
                "state", _("State"), "chip", value=lambda b: words.chip(words.BOX_STATES, b.state)
            ),
            lists.Column("tubes", _("Tubes"), "number", sort=True),
            lists.Column("note", _("Look at"), "chip", value=_note_of),
            lists.Column("sealed_at", pgettext("tube", "Sealed"), "moment", sort=True),
            lists.Column("due_at", _("Next step by"), "near", sort=True),
            lists.Column("holder", _("Who has it")),
            lists.Column("seal", _("Seal number"), "code"),
        ],
        filters=[
            lists.Filter(
                "state",
                _("State"),
                [(key, text, state) for key, (state, text) in words.BOX_STATES.items()],
                apply=lambda rows, value: [row for row in rows if row.state == value],
            ),
            lists.Filter(
                "look",
                _("Look at"),
                [
                    ("late", _("Late"), "act"),
                    ("early", _("Result, no receipt"), "act"),
                    ("unbalanced", _("Counts differ"), "held"),
                ],
                apply=_look,
            ),
        ],
        state=lambda b: "act" if b.late or b.early or not b.balanced else "",
        empty=_("No box has been sealed yet."),
        empty_hint=_("Boxes are sealed at a table's desk; they appear here at once."),
    )
    late = [line for line in waiting if line.late]
    context = {
        "waiting": sum(line.state != "collected" for line in waiting),
        "moving": sum(line.state == "collected" for line in waiting),
        "late": len(late),
        "unbalanced": sum(not line.balanced for line in lines),
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (_("Boxes"), None)],
    }
    return listing.render("sampling/boxes.html", context)


def _address(box: str) -> str:
    return reverse("sampling:box", args=[box])


def _look(rows: list[BoxLine], value: str) -> list[BoxLine]:
    return [row for row in rows if _LOOKS[value](row)]


_LOOKS: dict[str, Callable[[BoxLine], bool]] = {
    "late": lambda row: row.late,
    "early": lambda row: row.early,
    "unbalanced": lambda row: not row.balanced,
}


def _note_of(line: BoxLine) -> lists.Chip | None:
    if line.early:
        return lists.Chip("act", _("Result, no receipt"))
    if not line.balanced:
        return lists.Chip("held", _("Counts differ"))
    return lists.Chip("act", _("Late")) if line.late else None


def _read_lines(request: HttpRequest) -> list[BoxLine]:
    areas = scope.areas_of(request.user)
    rounds = scope.list_rounds(request.user)
    found = list(models.Box.objects.filter(round__in=[each.id for each in rounds])[:2_000])
    found += list(models.Box.objects.filter(round=None)[:200])
    parties = trails.name_parties({str(box.holder) for box in found if box.holder})
    area_of = {each.id: str(each.area) for each in rounds}
    first = min(areas, default=None)
    area_at = [area_of.get(str(box.round)) if box.round else first for box in found]
    clocks = deadlines_at(set(area_at))
    early = _list_early(found)
    lines = []
    now = clock.now()
    for box, area in zip(found, area_at, strict=True):
        due_at = due_of(box, clocks[area])
        lines.append(
            BoxLine(
                box.box,
                box.state,
                box.count,
                box.seal or "",
                box.sealed_at,
                box.collected_at,
                box.received_at,
                parties.get(str(box.holder), "") if box.holder else "",
                due_at,
                due_at is not None and due_at < now,
                box.balanced,
                box.box in early,
            )
        )
    order = {"refused": 0, "unsealed": 1, "sealed": 1, "collected": 2, "received": 3}
    return sorted(lines, key=lambda b: (order[b.state], b.due_at or 0, -(b.sealed_at or 0), b.box))


def _list_early(boxes: Sequence[models.Box]) -> set[str]:
    """The boxes that nobody has received and of which a tube has its result."""
    on_the_way = [box.box for box in boxes if box.state in ("sealed", "collected")]
    tubes = models.Tube.objects.filter(box__in=on_the_way, reported_at__isnull=False)
    return {str(box) for box in tubes.values_list("box", flat=True)}


def deadlines_at(areas: Collection[str | None]) -> dict[str | None, tuple[int, int]]:
    """How long after its seal a box is to be collected, and how long after that to arrive, by the
    pack in force in each area; microseconds.
    """
    found = orders.list_deadlines({area or "" for area in areas})
    return {a: (found[a or ""]["collect"], found[a or ""]["laboratory"]) for a in areas}


def due_of(box: models.Box, clocks: tuple[int, int]) -> int | None:
    """When the box's next step is due; None when there is none."""
    if box.received_at is not None or box.state == "refused":
        return None
    if box.collected_at is not None:
        return int(box.collected_at) + clocks[1]
    return int(box.sealed_at) + clocks[0] if box.sealed_at is not None else None


@pages.page(*actions.READERS)
def show_box(
    request: HttpRequest,
    box: str,
    refusal: errors.Refusal | None = None,
    again: str = "",
    status: int = 200,
) -> HttpResponse:
    """One box: where it is, what is in it, and the next step."""
    code = common.read_code(box)
    found = common.find_box(code)
    area = common.area_of(str(found.round)) if found and found.round else None
    pages.require(request, *actions.READERS, place=area)
    tubes = _tubes_in(code)
    known = [found] if found else []
    clocks = deadlines_at([area])[area]
    due_at = due_of(found, clocks) if found else None
    laboratories = [(str(u.id), u.name) for u in actions.list_laboratories(request.user)]
    here = str(found.laboratory) if found and found.state == "received" else ""
    context: dict[str, Any] = {
        "code": code,
        "box": found,
        "state": words.chip(words.BOX_STATES, found.state) if found else None,
        "tubes": [(tube, words.tube_chip(tube)) for tube in tubes],
        "people": sum(tube.people + tube.held for tube in tubes),
        "early": sum(t.reported_at is not None for t in tubes) if code in _list_early(known) else 0,
        "due_at": due_at,
        "late": due_at is not None and due_at < clock.now(),
        "trail": trails.read_box_trail(code),
        "laboratories": laboratories,
        "receivers": [each for each in laboratories if each[0] != here],
        "couriers": _list_couriers(area),
        "reasons": list(words.REASONS.items()),
        "may_carry": scope.may(request, actions.COURIERS, area),
        "may_receive": scope.may(request, actions.AT_THE_LABORATORY, area),
        "may_settle": scope.may(request, actions.COMMANDERS, area),
        "mistakes": words.MISTAKES.items(),
        "act_address": reverse("sampling:box_act", args=[code]),
        "form": request.POST,
        "refusal": refusal,
        "again": again,
        "breadcrumbs": [
            (_("Sampling"), reverse("sampling:home")),
            (_("Boxes"), reverse("sampling:boxes")),
            (code, None),
        ],
    }
    return render(request, "sampling/box.html", context, status=status)


def _tubes_in(box: str) -> list[models.Tube]:
    named = models.BoxTube.objects.filter(box=box, stands=True).values_list("tube", flat=True)
    return list(models.Tube.objects.filter(tube__in=list(named)).order_by("tube"))


def _list_couriers(area: str | None) -> list[tuple[str, str]]:
    if area is None:
        return []
    holders = staffing.list_holders("courier", area)
    staff = registry.Staff.objects.filter(id__in=holders, is_active=True).order_by("name")
    return [(str(each.id), each.name) for each in staff]


@pages.form_of("sampling:box", "box")
@pages.page(*actions.READERS)
def act(request: HttpRequest, box: str) -> HttpResponse:
    """A step of the box's way; after a refusal the page comes back with what was typed."""
    form = request.POST
    anyway = form.get("anyway") == "1"
    try:
        kind = form.get("act", "")
        if kind == "collect":
            actions.collect_box(
                request.user,
                box=box,
                seal=form.get("seal", ""),
                count=scope.read_number(form.get("count", "")),
                anyway=anyway,
            )
        elif kind == "hand_over":
            actions.hand_over_box(request.user, box=box, to=form.get("to", ""))
        elif kind == "receive":
            actions.receive_box(
                request.user,
                box=box,
                laboratory=form.get("laboratory", ""),
                count=scope.read_number(form.get("count", "")),
                anyway=anyway,
            )
        elif kind == "refuse":
            actions.refuse_box(
                request.user,
                box=box,
                laboratory=form.get("laboratory", ""),
                reason=form.get("reason", ""),
            )
        elif kind == "take_back":
            scope.take_back(request)
        else:
            raise refusals.Refused("REQUEST_INVALID")
    except refusals.Refused as no:
        if no.code in ("NOT_YOURS", "REQUEST_INVALID"):
            raise
        again = kind if no.code in ("SEAL_DIFFERS", "BOX_COUNT_DIFFERS", "BOX_UNKNOWN") else ""
        refusal = errors.describe(no)
        return show_box(request, box=box, refusal=refusal, again=again, status=409)
    if kind != "take_back":
        scope.tell(request, _("Kept."))
    return HttpResponseRedirect(_address(common.read_code(box)))
