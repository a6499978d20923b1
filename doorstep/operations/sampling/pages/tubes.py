"""Tubes: the list of a round, the trail of one, and correcting a result."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.face import errors, lists, pages
from doorstep.kit import clock, codes
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions, counters, models
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import desk_state, hand, scope, trails, words
from doorstep.registry import people
from doorstep.registry import queries as places
from doorstep.rounds import models as rounds


@pages.page(*actions.READERS)
def list_tubes(request: HttpRequest) -> HttpResponseBase:
    """The tubes of a round (the latest unless `?round=`), by where they are."""
    offer = scope.offer_rounds(request)
    known = offer.rounds
    wanted = request.GET.get("round", "")
    chosen = next((each for each in known if each.id == wanted), known[0] if known else None)
    code = codes.normalise(request.GET.get("q", ""))
    if code and models.Tube.objects.filter(tube=code).exists():
        return HttpResponseRedirect(reverse("sampling:tube", args=[code]))
    rows = models.Tube.objects.filter(round=chosen.id) if chosen else models.Tube.objects.none()
    if request.GET.get("table"):
        rows = rows.filter(table=common.read_id(request.GET["table"]))
    late = request.GET.get("late", "")
    if chosen is not None and late in words.CLOCKS:
        rows = rows.filter(counters.late_tubes(str(chosen.area), late, clock.now()))
    names = lists.Names(rows, "table", places.name_places)
    listing = lists.Listing(
        request,
        name="tubes",
        title=_("Tubes"),
        rows=rows,
        order="tube",
        columns=[
            lists.Column("tube", _("Tube"), "code", link=lambda t: _address(t.tube), sort="tube"),
            lists.Column("state", _("State"), "chip", value=words.tube_chip),
            lists.Column("people", pgettext("tube", "People"), "number"),
            lists.Column("held", _("To settle"), "number", value=lambda t: t.held or None),
            lists.Column(
                "pool", pgettext("tube", "Size"), value=lambda t: words.POOLS.get(t.pool or "", "")
            ),
            lists.Column("table", pgettext("tube", "Table"), value=lambda t: names.get(t.table)),
            lists.Column("box", _("Box"), "code", link=_box_address),
            lists.Column("sampled_at", _("First swab"), "moment"),
            lists.Column("received_at", _("Received"), "moment"),
            lists.Column("reported_at", _("Reported"), "moment"),
        ],
        search=["tube__startswith"],
        search_hint=_("A tube code"),
        filters=[
            lists.Filter(
                "state", _("State"), [(k, text, s) for k, (s, text) in words.TUBE_STATES.items()]
            ),
            lists.Filter(
                "outcome", _("Outcome"), [(k, text, s) for k, (s, text) in words.OUTCOMES.items()]
            ),
        ],
        state=lambda t: "act" if t.outcome in ("positive", "inconclusive", "invalid") else "",
        empty=_("No tube has been opened in this round yet."),
        empty_hint=_("Tubes are opened at a table's desk or on a phone."),
    )
    context = {
        "round": chosen,
        "round_label": words.round_label(chosen) if chosen else "",
        "offer": offer,
        "late": words.CLOCKS.get(late, ""),
        "total": rows.count(),
        "without": rows.filter(outcome=None).exclude(state__in=("empty", "refused")).count(),
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (_("Tubes"), None)],
    }
    return listing.render("sampling/tubes.html", context)


def _address(tube: str) -> str:
    return reverse("sampling:tube", args=[tube])


def _box_address(tube: models.Tube) -> str | None:
    return reverse("sampling:box", args=[tube.box]) if tube.box else None


@pages.page(*actions.READERS)
def show_tube(request: HttpRequest, tube: str) -> HttpResponse:
    """Everything the book knows of a tube."""
    code = common.read_code(tube)
    found = common.find_tube(code)
    if found is None:
        raise refusals.Refused("TUBE_UNKNOWN", tube=code, status=404)
    area = common.area_of(str(found.round)) if found.round else None
    pages.require(request, *actions.READERS, place=area)
    table = places.name_places([str(found.table)]).get(str(found.table), "") if found.table else ""
    # who carries or tests a tube need not know whose swabs are in it
    may_look = area is not None and scope.may(request, people.LOOKERS, area)
    trail = trails.read_tube_trail(code, may_look=may_look)
    round_ = rounds.Round.objects.filter(id=found.round).first() if found.round else None
    context = {
        "tube": found,
        "outcome": words.chip(words.OUTCOMES, found.outcome),
        "state": words.chip(words.TUBE_STATES, found.state),
        "pool": words.POOLS.get(found.pool or "", ""),
        "table": table,
        "round_label": words.round_label(round_) if round_ else "",
        "differs": found.counted is not None and found.counted != found.people + found.held,
        "trail": trail,
        "held": any(step.codes for step in trail),
        "may_undo": scope.may(request, actions.AT_THE_TABLE, str(found.table or area or "")),
        "may_report": scope.may(request, actions.AT_THE_LABORATORY, area),
        "may_settle": scope.may(request, actions.COMMANDERS, area),
        "mistakes": words.MISTAKES.items(),
        "act_address": reverse("sampling:tube_act", args=[code]),
        "breadcrumbs": [
            (_("Sampling"), reverse("sampling:home")),
            (_("Tubes"), f"{reverse('sampling:tubes')}?round={found.round or ''}"),
            (code, None),
        ],
    }
    return render(request, "sampling/tube.html", context)


@pages.form_of("sampling:tube", "tube")
@pages.page(*actions.READERS)
def act(request: HttpRequest, tube: str) -> HttpResponse:
    """Take back a binding of this tube, its refusal or a step of its box."""
    if request.POST.get("act") == "take_back":
        scope.take_back(request)
        code = common.read_code(tube)
        left = common.find_tube(code) is not None  # a seal may have been all that was known of it
        return HttpResponseRedirect(_address(code) if left else reverse("sampling:tubes"))
    if request.POST.get("act") != "undo":
        raise refusals.Refused("REQUEST_INVALID")
    entry = request.POST.get("entry", "")
    actions.unsample(request.user, entry=entry)
    said = _("Taken back: %(name)s. The first entry stays in the trail.")
    scope.tell(request, said % {"name": desk_state.name_swab(entry)})
    return HttpResponseRedirect(_address(common.read_code(tube)))


@pages.page(*actions.AT_THE_LABORATORY)
def correct(request: HttpRequest, entry: str) -> HttpResponse:
    """Correct one result: the old beside the new, and what follows from it."""
    before = models.Result.objects.filter(entry=common.read_id(entry)).first()
    if before is None:
        raise refusals.Refused("NOT_FOUND")
    found = common.find_tube(before.tube)
    area = common.area_of(str(found.round)) if found and found.round else None
    pages.require(request, *actions.AT_THE_LABORATORY, place=area)
    refusal, status = None, 200
    if request.method == "POST":
        try:
            said = hand.read_form(request.POST)
            actions.correct_result(request.user, corrects=entry, **said)
        except refusals.Refused as no:
            if no.code == "NOT_YOURS":
                raise
            refusal, status = errors.describe(no), 409
        else:
            scope.tell(request, _("Corrected. Both results stay in the trail."))
            return HttpResponseRedirect(_address(before.tube))
    context = {
        "tube": before.tube,
        "before": before,
        "outcome": words.chip(words.OUTCOMES, before.outcome),
        "people": found.people + found.held if found else 0,
        "fields": hand.fields_of(request.POST, request.user, before),
        "refusal": refusal,
        "breadcrumbs": [
            (_("Sampling"), reverse("sampling:home")),
            (before.tube, _address(before.tube)),
            (_("Correct a result"), None),
        ],
    }
    return render(request, "sampling/correct.html", context, status=status)
