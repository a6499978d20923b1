"""Couriers and boxes: which box waits, which is late, and one box from seal to laboratory."""

from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce
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
from doorstep.operations.sampling.pages import due, scope, trails, words
from doorstep.registry import models as registry
from doorstep.registry import staffing

_STEP = 10**16  # µs: later than any moment, so that states follow each other in one number


@pages.page(*actions.READERS)
def list_boxes(request: HttpRequest) -> HttpResponseBase:
    """Every box of my places; what waits and what is late first. `?box=` goes to that box."""
    wanted = codes.normalise(request.GET.get("box", ""))
    if wanted:
        return HttpResponseRedirect(reverse("sampling:box", args=[wanted]))
    rows = _read_boxes(request)
    moving = rows.filter(received_at=None).exclude(state="refused")
    clocks = due.Clocks(set(moving.order_by().values_list("round", flat=True).distinct()))
    now = clock.now()
    late = due.late_boxes(clocks, now)
    early = _list_early(moving)
    holders = lists.Names(rows, "holder", trails.name_parties)
    looks = {
        "late": late,
        "early": Q(box__in=early),
        "unbalanced": Q(balanced=False),
    }

    def is_late(box: models.Box) -> bool:
        by = due.due_of(box, clocks)
        return by is not None and by < now

    def note_of(box: models.Box) -> lists.Chip | None:
        if box.box in early:
            return lists.Chip("act", _("Result, no receipt"))
        if not box.balanced:
            return lists.Chip("held", _("Counts differ"))
        return lists.Chip("act", _("Late")) if is_late(box) else None

    listing = lists.Listing(
        request,
        name="boxes",
        title=_("Boxes"),
        rows=rows,
        order="turn",
        columns=[
            lists.Column("box", _("Box"), "code", link=lambda b: _address(b.box), sort="box"),
            lists.Column(
                "state", _("State"), "chip", value=lambda b: words.chip(words.BOX_STATES, b.state)
            ),
            lists.Column("tubes", _("Tubes"), "number", value=lambda b: b.count, sort="count"),
            lists.Column("note", _("Look at"), "chip", value=note_of),
            lists.Column("sealed_at", pgettext("tube", "Sealed"), "moment", sort="sealed_at"),
            lists.Column(
                "due_at", _("Next step by"), "near", value=lambda b: due.due_of(b, clocks)
            ),
            lists.Column("holder", _("Who has it"), value=lambda b: holders.get(b.holder)),
            lists.Column("seal", _("Seal number"), "code"),
        ],
        search=["box__startswith", "seal__startswith"],
        search_hint=_("A box or seal code"),
        filters=[
            lists.Filter(
                "state",
                _("State"),
                [(key, text, state) for key, (state, text) in words.BOX_STATES.items()],
            ),
            lists.Filter(
                "look",
                _("Look at"),
                [
                    ("late", _("Late"), "act"),
                    ("early", _("Result, no receipt"), "act"),
                    ("unbalanced", _("Counts differ"), "held"),
                ],
                apply=lambda found, value: found.filter(looks[value]),
            ),
        ],
        state=lambda b: "act" if b.box in early or not b.balanced or is_late(b) else "",
        empty=_("No box has been sealed yet."),
        empty_hint=_("Boxes are sealed at a table's desk; they appear here at once."),
    )
    on_the_way = moving.filter(state="collected").count()
    context = {
        "waiting": moving.count() - on_the_way,
        "moving": on_the_way,
        "late": moving.filter(late).count(),
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (_("Boxes"), None)],
    }
    return listing.render("sampling/boxes.html", context)


def _read_boxes(request: HttpRequest) -> "QuerySet[models.Box]":
    """The boxes of this person's rounds, and those of no known round. By `turn` what was refused
    comes first, then what waits the longest for a courier and on the way, then the latest received.
    """
    mine = Q(round__in=scope.rounds_of(request.user).values("id")) | Q(round=None)
    sealed = Coalesce("sealed_at", 0)
    turn = Case(
        When(state="refused", then=sealed),
        When(state="collected", then=F("collected_at") + 2 * _STEP),
        When(state="received", then=4 * _STEP - sealed),
        default=sealed + _STEP,
        output_field=BigIntegerField(),
    )
    return models.Box.objects.filter(mine).annotate(turn=turn)


def _address(box: str) -> str:
    return reverse("sampling:box", args=[box])


def _list_early(boxes: "QuerySet[models.Box]") -> set[str]:
    """Those of the boxes on their way of which a tube has its result."""
    sealed = boxes.filter(state__in=("sealed", "collected")).order_by().values("box")
    tubes = models.Tube.objects.filter(box__in=sealed, reported_at__isnull=False)
    return {str(box) for box in tubes.values_list("box", flat=True)}


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
    clocks = due.Clocks({found.round} if found else ())
    due_at = due.due_of(found, clocks) if found else None
    laboratories = [(str(u.id), u.name) for u in actions.list_laboratories(request.user)]
    here = str(found.laboratory) if found and found.state == "received" else ""
    context: dict[str, Any] = {
        "code": code,
        "box": found,
        "state": words.chip(words.BOX_STATES, found.state) if found else None,
        "tubes": [(tube, words.tube_chip(tube)) for tube in tubes],
        "people": sum(tube.people + tube.held for tube in tubes),
        "early": sum(t.reported_at is not None for t in tubes)
        if _list_early(models.Box.objects.filter(box=code))
        else 0,
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
