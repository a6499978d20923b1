"""Zones: every estate under a measure, and one estate with its two axes, history and conditions.

Refuses to colour a zone: colour says only that a person must act. Words of zones are the pack's.
"""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from doorstep.command.zones import words
from doorstep.face import lists, pages
from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.orders import queries, rules, zones
from doorstep.registry import access
from doorstep.registry import queries as registry


@pages.page(*words.READERS)
@require_GET
def show_zones(request: HttpRequest) -> HttpResponseBase:
    """Every estate under a measure, strictest first, and what waits for a person."""
    now = clock.now()
    found = zones.list_zones(now)
    names = words.name_places({building for zone in found for building in zone.risk})
    listing = lists.Listing(
        request,
        name="zones",
        title=_("Zones"),
        rows=[_row(zone, names) for zone in found],
        columns=[
            lists.Column("name", _("Place"), sort=True, link=lambda row: str(row["address"])),
            lists.Column("measure", _("Measure"), "chip", sort=True),
            lists.Column("risk", _("Risk level"), sort=True),
            lists.Column("day", _("Day number"), "number", sort=True),
            lists.Column("until_at", _("Until"), "moment", sort=True),
            lists.Column("review_on", _("Next review"), "day", sort=True),
            lists.Column("alarm", _("For a person"), "chip", sort=True),
        ],
        search_hint=_("Place or measure"),
        state=lambda row: "act" if row["alarm"] and row["alarm"].state == "act" else "",
        empty=_("No order stands anywhere."),
        empty_hint=_("When the authority decides one, record it with its document and evidence."),
    )
    context = {
        "groups": _say_groups(found),
        "estates": sum(1 for zone in found if zone.strictest),
        "alarms": sum(len(zone.alarms) for zone in found),
        "may_propose": access.has(request.user, words.PROPOSERS, None),
        "adopted": bool(queries.list_adopted()),
    }
    return listing.render("zones/zones.html", context)


def _row(zone: zones.Zone, names: dict[str, str]) -> dict[str, Any]:
    view = zone.strictest
    order = view.order if view else None
    return {
        "name": zone.name if words.is_chinese() or not zone.english else zone.english,
        "address": reverse("zones:zone", args=[zone.estate]),
        # no state: a zone has no colour
        "measure": lists.Chip("none", words.both(view.value.names)) if view and view.value else "",
        "risk": _say_risk(zone, names),
        "day": view.day if view else None,
        "until_at": order.until_at if order else None,
        "review_on": order.review_on if order else None,
        "alarm": words.name_alarm(zone.alarms[0]) if zone.alarms else None,
    }


def _say_risk(zone: zones.Zone, names: dict[str, str]) -> str:
    """ "medium risk: 5, 6, 7, 12" by value, strictest first."""
    grouped: dict[str, list[str]] = {}
    for building, views in zone.risk.items():
        value = views[0].value
        if value is not None:
            grouped.setdefault(words.say(value.names), []).append(names.get(building, "–"))
    colon, comma = ("：", "、") if words.is_chinese() else (": ", ", ")
    parts = [f"{value}{colon}{comma.join(each)}" for value, each in grouped.items()]
    return ("；" if words.is_chinese() else "; ").join(parts)


def _say_groups(found: list[zones.Zone]) -> str:
    """How many estates are under which measure and until when, strictest first."""
    groups: dict[str, list[zones.View]] = {}
    for zone in found:
        if zone.strictest and zone.strictest.value:
            groups.setdefault(words.say(zone.strictest.value.names), []).append(zone.strictest)
    said = []
    for name, views in groups.items():
        last = max(views, key=lambda view: view.order.until_at or 0)
        facts = {"number": len(views), "measure": name, "until": words.until(last.order)}
        said.append(
            ngettext("%(number)s %(measure)s until %(until)s",
                     "%(number)s %(measure)s until %(until)s", len(views)) % facts
        )  # fmt: skip
    return ("，" if words.is_chinese() else ", ").join(said)


@pages.page(*words.READERS)
@require_GET
def show_zone(request: HttpRequest, estate: str) -> HttpResponseBase:
    """One estate: both axes, its buildings, conditions line by line, evidence and history."""
    place = estate  # whoever is on duty may see what stands where; acts ask for the place
    found = registry.find_place(place)
    if found is None or found.kind not in ("subdistrict", "community", "estate"):
        raise refusals.Refused("NOT_FOUND")
    now = clock.now()
    around = queries.list_around(place)
    views = zones.view_orders(around, now, queries.list_orders())
    named = {p for order in around for p in order.places}
    buildings = registry.list_places("building", place) if found.kind == "estate" else []
    names = words.name_places({place} | named | {str(each.id) for each in buildings})
    whole, parts = _split(views, str(found.id), found.path)
    listing = lists.Listing(
        request,
        name="history",
        title=_("History of orders"),
        rows=[_history(view, names) for view in views],
        columns=[
            lists.Column("what", _("Order"), link=lambda row: str(row["address"]), sort=True),
            lists.Column("where", _("Where"), sort=True),
            lists.Column("state", _("State"), "chip", sort=True),
            lists.Column("start_at", _("From"), "moment", sort=True),
            lists.Column("until_at", _("Until"), "moment", sort=True),
            lists.Column("document", pgettext("order", "Document"), "code", sort=True),
        ],
        empty=_("No order was ever recorded here."),
    )
    measure = next((view for view in whole if view.order.axis == "measure"), None)
    context = {
        "place_name": names.get(place, found.name),
        "estate": str(found.id),
        "measure": words.say(measure.value.names) if measure and measure.value else "",
        "measure_day": measure.day if measure else None,
        "until": words.until(measure.order) if measure else "",
        "risky": len({p for view in parts if view.order.axis == "risk" for p in view.order.places}),
        "alarms": [_alarm(alarm, view) for view in views for alarm in view.alarms],
        "views": [_describe(view, names) for view in (*whole, *parts)],
        "buildings": _buildings(buildings, parts, names),
        "is_estate": found.kind == "estate",
        "evidence": _evidence(place, request),
        "may_propose": access.has(request.user, words.PROPOSERS, place),
        "breadcrumbs": [(_("Zones"), reverse("zones:zones")), (names.get(place, ""), None)],
    }
    return listing.render("zones/zone.html", context)


def _split(
    views: list[zones.View], place: str, path: str
) -> tuple[list[zones.View], list[zones.View]]:
    """The orders in force on the whole place, strictest first, and those on parts of it."""
    above = set(path.strip("/").split("/"))
    standing = [view for view in views if view.state == "in_force"]
    standing.sort(key=lambda view: -(view.value.strictness if view.value else 100))
    whole = [view for view in standing if not above.isdisjoint(view.order.places)]
    return whole, [view for view in standing if view not in whole]


def _alarm(alarm: zones.Alarm, view: zones.View) -> dict[str, Any]:
    return {
        "chip": words.name_alarm(alarm),
        "text": words.explain_alarm(alarm),
        "since_at": alarm.since_at,
        "what": words.say(view.rule.text) if view.rule else view.order.rule,
        "address": reverse("zones:order", args=[alarm.order]),
    }


def _describe(view: zones.View, names: dict[str, str]) -> dict[str, Any]:
    order = view.order
    return {
        "order": order,
        "address": reverse("zones:order", args=[order.id]),
        "value": words.both(view.value.names) if view.value else order.value,
        "movement": words.say(view.value.movement.text) if view.value else "",
        "is_risk": order.axis == "risk",
        "where": say_places(order, names),
        "day": view.day,
        "until_at": order.until_at,
        "review_on": order.review_on,
        "lines": words.describe_lines(view.lines),
        "met": sum(line.state == "met" for line in view.lines),
        "by_notice": all(line.state == "notice" for line in view.lines),
        "all_met": view.met_since is not None,
        "applied_at": order.applied_at,
        "refused_at": order.refused_at,
    }


def say_places(order: rules.Order, names: dict[str, str], most: int = 8) -> str:
    """The places of an order by name; of many, the first and how many more."""
    listed = [names.get(place, "–") for place in order.places]
    comma = "、" if words.is_chinese() else ", "
    more = len(listed) - most
    said = comma.join(listed[:most])
    return said + (_(" and %(n)d more") % {"n": more} if more > 0 else "")


def _history(view: zones.View, names: dict[str, str]) -> dict[str, Any]:
    order = view.order
    return {
        "what": words.say(view.rule.text) if view.rule else order.rule,
        "address": reverse("zones:order", args=[order.id]),
        "where": say_places(order, names),
        "state": words.name_state(view.state),
        "start_at": order.from_at or order.start_at,
        "until_at": order.until_at or order.end_at,
        "document": order.document,
    }


def _buildings(
    buildings: list[Any], parts: list[zones.View], names: dict[str, str]
) -> list[dict[str, Any]]:
    rows = []
    for building in buildings:
        own = [view for view in parts if str(building.id) in view.order.places]
        rows.append(
            {
                "name": names.get(str(building.id), building.name),
                "address": reverse("zones:order", args=[own[0].order.id]) if own else "",
                "values": [words.say(view.value.names) for view in own if view.value],
            }
        )
    return rows


def _evidence(place: str, request: HttpRequest) -> list[dict[str, Any]]:
    said = zones.list_said([place]).get(place, [])
    recorded = store.select(
        "orders_evidence",
        ["entry", "fact", "place", "since_on", "document", "pack", "at"],
        "entry",
        [each.entry for each in said],
    )
    packs = queries.get_packs({row[5] for row in recorded})
    places = {str(row[2]) for row in recorded}
    names = words.name_places(places)
    own = access.where(request.user, words.PROPOSERS, places)
    rows = []
    for entry, fact, where, on, document, pack, at in recorded:
        word = packs[pack].find_fact(fact) if pack in packs else None
        rows.append(
            {
                "entry": str(entry),
                "text": words.say(word.names) if word else fact,
                "where": names.get(str(where), "–"),
                "on": on,
                "document": document,
                "at": at,
                "may_take_back": str(where) in own,
            }
        )
    return sorted(rows, key=lambda row: (row["on"], row["at"]), reverse=True)
