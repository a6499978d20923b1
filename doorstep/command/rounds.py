"""A round's page: the sentence, the counters, what operations add, the curve, the buildings, the
lists; and the list of rounds. Opening and closing are in command.round_acts.
"""

import csv
import io
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command import panels, records, scopes, sentences, subjects
from doorstep.face import lists, moments, pages, phrases
from doorstep.kit import clock, ids
from doorstep.ledger import store
from doorstep.operations.sampling.pages import words as sampling
from doorstep.registry import access
from doorstep.registry import queries as registry
from doorstep.rounds import actions, models, queries, round_kinds, rules, unlisted_lists
from doorstep.rounds import lists as round_lists
from doorstep.rounds import scopes as round_scopes

SLOT = 15  # minutes of the curve
MOST_NAMED = 6  # places named in a line
ABOVE_ESTATES = ("subdistrict", "community")  # thousands of buildings are no page to read


def name_pools() -> dict[str, str]:
    """Tube sizes in words."""
    return {
        "single": _("1 : 1, one person a tube"),
        "household": _("One tube a household"),
        "five": _("5 : 1, up to five people a tube"),
        "ten": _("10 : 1, up to ten people a tube"),
        "twenty": _("20 : 1, up to twenty people a tube"),
    }


@pages.page(*scopes.WATCHERS)
@require_GET
def show_rounds(request: HttpRequest) -> HttpResponseBase:
    """Every round a person may see, latest day first."""
    day = _read_day(request.GET.get("day", ""))
    found = queries.rounds_for(request.user, day=day or None)
    found = found.annotate(left=F("due") - F("done") - F("excused") - F("refused"))
    words = {"open": _("Open"), "closed": _("Closed"), "reopened": _("Reopened")}
    areas = lists.Names(found, "area", registry.name_places)
    causes = lists.Names(found.exclude(parent=None), "id", sampling.name_causes)

    def name(row: models.Round) -> str:
        cause = causes.get(row.id) if row.parent is not None else ""
        return f"{_name_kind(row.round_kind)} {cause}".strip()

    def chip_of(row: models.Round) -> lists.Chip:
        if row.is_withdrawn:
            return lists.Chip("none", _("Withdrawn"))
        return lists.Chip("done" if queries.is_closed(row) else "due", words[row.state])

    listing = lists.Listing(
        request,
        name="rounds",
        title=_("Rounds"),
        rows=found,
        order="-day",
        columns=[
            lists.Column("label", _("Round"), value=name, sort="round_kind",
                         link=lambda row: _address(row.id)),
            lists.Column("area", _("Area"), value=lambda row: areas.get(row.area)),
            lists.Column("day", _("Day"), "day", sort="day"),
            lists.Column("state", _("State"), "chip", value=chip_of),
            lists.Column("due", _("Due"), "number", sort="due"),
            lists.Column("done", _("Done"), "number"),
            lists.Column("left", _("Outstanding or missed"), "number", sort="left"),
        ],
        search=_find_rounds,
        search_hint=_("Round or area"),
        filters=[lists.Filter("state", _("State"), [
            ("open", _("Open"), "due"), ("closed", _("Closed"), "done")],
            apply=lambda rows, value: rows.filter(state="closed") if value == "closed"
            else rows.exclude(state="closed"))],
        empty=_("No round has been opened yet."),
        empty_hint=_("Open the first one; it is drawn from the roster."),
    )  # fmt: skip
    context = {
        "open_now": queries.rounds_for(request.user, live=True).count(),
        "day": day,
        "may_open": access.has(request.user, scopes.COMMANDERS, None),
    }
    return listing.render("command/rounds.html", context)


def _read_day(text: str) -> str:
    """A day (YYYY-MM-DD) that an address names; "" for what is none: all days are shown then."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _find_rounds(found: "QuerySet[models.Round]", text: str) -> "QuerySet[models.Round]":
    """Rounds whose kind or area is called so."""
    wanted = text.casefold()
    codes = [code for code in round_kinds.list_kinds() if wanted in _name_kind(code).casefold()]
    areas = {str(each) for each in found.order_by().values_list("area", flat=True).distinct()}
    named = [id_ for id_, name in registry.name_places(areas).items() if wanted in name.casefold()]
    return found.filter(Q(round_kind__in=codes) | Q(area__in=named))


def _name_kind(code: str) -> str:
    kind = round_kinds.find_kind(code)
    return kind.label.read(get_language() or "en") if kind else code


def _address(round_: str) -> str:
    return reverse("command:round", args=[round_])


@pages.page(*scopes.WATCHERS)
@require_GET
def show_round(request: HttpRequest, round: str) -> HttpResponseBase:
    """One round, from the sentence down to each person."""
    found = queries.get_round_for(request.user, round)
    which = _which(request)
    place = _place(request)
    sight = scopes.see_within(request.user, found.area)
    inner = scopes.require_sight(request, place) if place else sight
    within = round_scopes.read(inner.paths) if place else sight.scope
    listing = subjects.list_subjects(request, found, which, within)
    if request.GET.get("as") or request.headers.get("HX-Target") == listing.name:
        return listing.render("command/round.html", {})
    kind = round_kinds.find_kind(found.round_kind)
    closed = queries.is_closed(found)
    area = registry.find_place(found.area)
    causes = sampling.name_causes([found.id] if found.parent is not None else [])
    label = f"{_name_kind(found.round_kind)} {causes.get(found.id, '')}".strip()
    by_estate = area is not None and area.kind in ABOVE_ESTATES
    inside = registry.find_place(place) if by_estate and place else None
    estate = inside.estate if inside else None
    parts = scopes.see_within(request.user, estate).scope if estate else sight.scope
    live = _live_context(request, found, sight)
    context: dict[str, Any] = {
        "round": found,
        "kind": kind,
        "label": label,
        "area": area,
        "closed": closed,
        **live,
        "own_places": _name_own(sight),
        "by_estate": by_estate and not estate,
        "buildings": list_parts(found, by_estate and not estate, estate, parts),
        "which": which,
        "which_choices": _list_choices(found, which, place, live["counts"]),
        "place": place,
        "place_name": registry.name_places([place]).get(place, "") if place else "",
        **_cover(found, place, inner),
        "pool": name_pools().get(found.pool or ""),
        "acts": records.list_acts(found.id),
        "may_command": access.has(request.user, scopes.COMMANDERS, found.area),
        "wall": found.area if area and area.kind == "estate" else "",
        "breadcrumbs": [
            (_("Rounds"), reverse("command:rounds")),
            (f"{area.name if area else ''} · {label}", None),
        ],
    }
    return listing.render("command/round.html", context)


@pages.page(*scopes.WATCHERS)
@require_GET
def live_round(request: HttpRequest, round: str) -> HttpResponse:
    """The part of the page that is asked for again while the day runs."""
    found = queries.get_round_for(request.user, round)
    sight = scopes.see_within(request.user, found.area)
    return render(request, "command/round_live.html", _live_context(request, found, sight))


def _live_context(request: HttpRequest, found: models.Round, sight: scopes.Sight) -> dict[str, Any]:
    language = get_language() or "en"
    # every number counts the list it leads to, so it is of what this person may see there
    scope = sight.scope
    counts = found.counts if scope is None else queries.count_within(found.id, scope)
    return {
        "round": found,
        "counts": counts,
        "linked": sentences.link_sentence(found, language, counts),
        "counters": list_counters(found, queries.is_closed(found), counts),
        "panels": panels.render_panels(request, found),
        "extra": queries.count_extra(found.id, scope),
        "unlisted": unlisted_lists.count_unlisted(found.id, scope),
    }


def _cover(found: models.Round, place: str | None, sight: scopes.Sight) -> dict[str, Any]:
    """The doors of a chosen building or stairwell, by stairwell, as far as somebody sees them."""
    chosen = registry.find_place(place) if place else None
    if chosen is None or chosen.kind not in ("building", "unit") or not chosen.building:
        return {}
    doors = [
        door
        for door in queries.count_by_door(found.id, str(chosen.building))
        if any(door.path.startswith(path) for path in sight.paths)
    ]
    return {"units": queries.sum_units(doors), "building": str(chosen.building)}


def _name_own(sight: scopes.Sight) -> str:
    """The places somebody sees of a round, if that is not all of it."""
    if sight.scope is None:
        return ""
    named = registry.name_places([path.strip("/").split("/")[-1] for path in sight.paths])
    first = phrases.join(sorted(named.values())[:MOST_NAMED])
    return f"{first} …" if len(named) > MOST_NAMED else first or "–"


def list_counters(found: models.Round, closed: bool, counts: rules.Counts) -> list[dict[str, Any]]:
    """The counters of a round or a part of it, each leading to the list it counts."""
    base = reverse("command:round", args=[found.id])

    def counter(which: str, number: int, state: str, text: str) -> dict[str, Any]:
        address = f"{base}?which={which}#subjects"
        return {"number": number, "text": text, "state": state, "address": address}

    rows = [
        counter("everyone", counts.due, "", _("Due")),
        counter("done", counts.done, "done", _("Done")),
        counter("excused", counts.excused, "excused", _("Excused")),
        counter("refused", counts.refused, "", _("Refused")),
        counter("held", counts.held, "held" if counts.held else "", _("To settle")),
    ]
    last = counter("outstanding", counts.outstanding, "due", _("Outstanding"))
    if closed:
        last |= {"text": _("Missed"), "state": "missed" if counts.outstanding else "done"}
    if counts.home:
        last["note"] = _("%(count)s at home") % {"count": f"{counts.home:,}"}
    return [*rows, last]


def list_parts(
    found: models.Round,
    by_estate: bool,
    estate: str | None = None,
    within: round_scopes.Scope | None = None,
) -> list[queries.PlaceCounts]:
    """The round by building, or by estate where its area holds several, in the order of the place
    tree; with `estate` only the buildings there, with `within` only what lies in that.
    """
    if within is not None:
        return queries.count_parts(found.id, within, by_estate)
    if by_estate:
        return queries.count_by_estate(found.id)
    return queries.count_by_building(found.id, estate)


def _which(request: HttpRequest) -> round_lists.Which:
    wanted = request.GET.get("which", "outstanding")
    return next((each for each in subjects.WHICH if each == wanted), "outstanding")


def _place(request: HttpRequest) -> str | None:
    place = request.GET.get("place", "")
    return place if ids.is_canonical(place) else None


def _list_choices(
    found: models.Round, which: str, place: str | None, counts: rules.Counts
) -> list[dict[str, Any]]:
    numbers = {
        "outstanding": counts.outstanding,
        "home": counts.home,
        "held": counts.held,
        "done": counts.done,
        "excused": counts.excused,
        "refused": counts.refused,
        "everyone": counts.due,
    }
    names = subjects.name_lists(queries.is_closed(found))
    within = f"&place={place}" if place else ""
    return [
        {
            "text": names[key],
            "number": None if place else number,
            "address": f"?which={key}{within}#subjects",
            "chosen": key == which,
        }
        for key, number in numbers.items()
    ]


@pages.page(*scopes.WATCHERS)
@require_GET
def get_curve(request: HttpRequest, round: str) -> HttpResponse:
    """How many were done by when, as JSON for the chart."""
    found = queries.get_round_for(request.user, round)
    begun, now = found.opened_at - SLOT * clock.MINUTE, clock.now()
    # a clock a day off would stretch the day; its figures are in the totals and in the file
    slots = [each for each in queries.list_progress(round, SLOT) if begun <= each.at <= now]
    zone = moments.zone()
    body = {
        "due": found.due - found.excused - found.refused,
        "done_text": _("done"),
        "due_text": _("to be done"),
        "points": [
            # a slot's total is reached at its end; before the first there was nobody
            *([[_write(slots[0].at, zone), slots[0].total - slots[0].done]] if slots else []),
            *([_write(slot.at + SLOT * clock.MINUTE, zone), slot.total] for slot in slots),
        ],
    }
    return JsonResponse(body)


def _write(at: int, zone: str) -> str:
    return f"{clock.to_moment(at, zone):%Y-%m-%d %H:%M}"


@pages.page(*scopes.WATCHERS)
@require_GET
def get_curve_csv(request: HttpRequest, round: str) -> HttpResponse:
    """The same figures as a file for a spreadsheet."""
    found = queries.get_round_for(request.user, round)
    zone = moments.zone()
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([_("From"), _("Done in this quarter of an hour"), _("Done by its end")])
    for slot in queries.list_progress(round, SLOT):
        rows.writerow([f"{clock.to_moment(slot.at, zone):%Y-%m-%d %H:%M}", slot.done, slot.total])
    # the mark lets Excel read Chinese headings as UTF-8
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.day} {found.round_kind}.csv"'
    return response


@pages.page(*scopes.WATCHERS)
@require_GET
def show_extra(request: HttpRequest, round: str) -> HttpResponseBase:
    """Who was reached without being on the list."""
    found = queries.get_round_for(request.user, round)
    within = scopes.see_within(request.user, found.area).scope
    # one more than a list looks at: then it says that there are others
    extra = round_lists.list_extra(found, lists.MOST_LOOKED + 1, within=within)
    known = {str(id_) for (id_,) in store.select(
        "registry_person", ["id"], "id", {line.subject for line in extra})}  # fmt: skip
    rows = [
        {
            "subject": line.subject,
            "who": _name_extra(line.subject, is_known=line.subject in known),
            "known": line.subject in known,
            "at": line.done_at,
        }
        for line in extra
    ]
    listing = lists.Listing(
        request,
        name="extra",
        title=_("Reached, but on no list"),
        rows=rows,
        columns=[
            lists.Column("subject", _("Person"), value=lambda row: row["who"],
                         # whoever is on no roster has no page of their own
                         link=lambda row: reverse("command:person", args=[row["subject"]])
                         if row["known"]
                         else reverse("command:subject", args=[round, row["subject"]])),
            lists.Column("at", _("Done at"), "moment"),
        ],
        empty=_("Nobody."),
    )  # fmt: skip
    context = {"round": found, "breadcrumbs": [
        (_("Rounds"), reverse("command:rounds")),
        (found.day, reverse("command:round", args=[round])),
        (_("Reached, but on no list"), None),
    ]}  # fmt: skip
    return listing.render("command/extra.html", context)


def _name_extra(person: str, *, is_known: bool) -> str:
    """Whether a roster knows them, and the end of their id: a name may not be the reader's."""
    where = _("On the roster") if is_known else _("On no roster")
    return f"{where} · {person[-4:]}"


def may_command(request: HttpRequest, area: str) -> None:
    """Refuse unless the signed-in staff commands in `area`. Raises Refused: NOT_YOURS."""
    pages.require(request, *actions.COMMANDERS, place=area)
