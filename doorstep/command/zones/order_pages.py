"""One order: what it says and does, its conditions, who did what, and what may be done next.

Refuses to hide who decided: authority, document, rule, evidence and both people stand on the page.
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command.zones import places, words, zone_pages
from doorstep.face import errors, moments, pages
from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.orders import checks, days, grounds, queries, rules, shapes, zones
from doorstep.registry import access


@pages.page(*words.READERS)
@require_GET
def show_order(request: HttpRequest, order: str) -> HttpResponse:
    """One order with everything that stands behind it."""
    return render_order(request, order)


def render_order(
    request: HttpRequest, order: str, problem: refusals.Refused | None = None
) -> HttpResponse:
    """The page of an order; with a refusal at its top and its status, if there is one."""
    found = queries.find_order(order)
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    now = clock.now()
    view = zones.view_order(found, now)
    facts = queries.list_acts(order)
    pack = queries.get_packs({found.pack}).get(found.pack)
    names = words.name_places(found.places)
    people = words.name_people([(fact.by, fact.unit) for fact in facts])
    pending = queries.list_pending(found, facts, now)
    context: dict[str, Any] = {
        "order": found,
        "state": view.state,
        "chip": words.name_state(view.state),
        "rule": words.say(view.rule.text) if view.rule else found.rule,
        "value": words.both(view.value.names) if view.value else found.value,
        "movement": words.say(view.value.movement.text) if view.value else "",
        "medical": _say_medical(view.value),
        "is_risk": found.axis == "risk",
        "where": zone_pages.say_places(found, names, most=60),
        "reach": words.reach(found.places),
        "until": words.until(found),
        "day": view.day if view.state == "in_force" else None,
        "authority": words.name_authority(pack, found.authority),
        "pack": pack.key if pack else found.pack[:12],
        "evidence": _evidence(found, pack),
        "lines": words.describe_lines(view.lines),
        "met": sum(line.state == "met" for line in view.lines),
        "alarms": [
            (words.name_alarm(alarm), words.explain_alarm(alarm), alarm.since_at)
            for alarm in view.alarms
            if alarm.code != "second_person"  # what waits stands on the page with its button
        ],
        "acts": [_act(fact, people) for fact in facts],
        "pending": [_pending(request, fact, found, people) for fact in pending],
        "may_propose": _may(request, words.PROPOSERS, found),
        "reasons": words.name_reasons(),
        **_renewal(found, view),
        "breadcrumbs": _breadcrumbs(found, view),
    }
    status = 200
    if problem is not None:
        context["refusal"] = errors.describe(problem)
        status = errors.STATUS.get(problem.code, 409)
    return render(request, "zones/order.html", context, status=status)


def _may(request: HttpRequest, roles: Sequence[str], order: rules.Order) -> bool:
    return access.where(request.user, roles, order.places) == set(order.places)


def _say_medical(value: shapes.Value | None) -> str:
    if value is None:
        return ""
    if value.movement.medical == "open":
        return _("the way to medical help is open")
    return _("to medical help: escorted, always")


def _evidence(order: rules.Order, pack: shapes.Pack | None) -> list[str]:
    """What the order rests on, entry by entry, in the pack's words."""
    found = grounds.find(order.evidence)
    names = words.name_places({place for ground in found.values() for place in ground.places})
    said = []
    for entry in order.evidence:
        ground = found.get(entry)
        if ground is None:
            said.append(_("taken back or no longer in force"))
            continue
        word = pack.find_fact(ground.fact) if pack else None
        where = ("、" if words.is_chinese() else ", ").join(
            names.get(p, "–") for p in ground.places
        )
        said.append(f"{words.say(word.names) if word else ground.fact} · {where}")
    return said


def _act(fact: rules.Fact, people: dict[tuple[str, str], words.Person]) -> dict[str, Any]:
    body = fact.body
    counted = ""
    if fact.kind == rules.APPLIED:
        counted = _("%(met)d of %(all)d conditions met") % {
            "met": body["met"],
            "all": body["conditions"],
        }
    return {
        "at": fact.at,
        "text": words.name_act(fact.kind),
        "person": people.get((fact.by, fact.unit or "")),
        "document": body.get("document", ""),
        "until_at": body.get("effective")
        or (body.get("end") if fact.kind == rules.RENEWED else None),
        "counted": counted,
    }


def _pending(
    request: HttpRequest,
    fact: rules.Fact,
    order: rules.Order,
    people: dict[tuple[str, str], words.Person],
) -> dict[str, Any]:
    """Something that waits for a second person, and whether this reader could be that person."""
    first = people.get((fact.by, fact.unit or ""))
    why = ""
    if not _may(request, words.SECONDS, order):
        why = _("An approver or duty officer of this place approves.")
    else:
        try:
            unit = checks.unit_of(request.user)
        except refusals.Refused:
            unit = ""
        if not rules.is_second(str(request.user.pk), unit, fact.by, fact.unit):
            why = _("You are not of another unit than the first person; somebody else approves.")
    return {
        "entry": fact.entry,
        "kind": fact.kind,
        "text": words.name_act(fact.kind),
        "first": first,
        "at": fact.at,
        "why_not": why,
        "until_at": fact.body.get("end"),
    }


def _renewal(order: rules.Order, view: zones.View) -> dict[str, Any]:
    """What the form of a renewal begins with: the longest the pack lets it run, the review due."""
    if view.rule is None or view.state != "in_force":
        return {}
    zone = moments.zone()
    end = order.end_at + view.rule.term.longest_days * clock.DAY
    review = days.add(clock.day_of(order.end_at, zone), view.rule.term.review_days)
    early = rules.may_renew(view.rule.term, order.end_at, clock.now()) is not None
    opens_at = order.end_at - view.rule.term.review_days * clock.DAY
    return {
        "renewable_at": opens_at if early else None,
        "renewed_end": places.write_moment(end),
        "renewed_review": min(review, clock.day_of(end, zone)),
        "fitting": list_fitting(view.rule, order.places[0]),
        "now_field": places.write_moment(clock.now()),
    }


def list_fitting(rule: shapes.Rule, area: str, most: int = 40) -> list[dict[str, Any]]:
    """Evidence that may ground this rule in an area, in words."""
    found = list(grounds.list_fitting(rule, area).items())[:most]
    names = words.name_places({place for _entry, ground in found for place in ground.places})
    recorded = {
        str(entry): (on, document, pack)
        for entry, on, document, pack in _recorded([entry for entry, _ground in found])
    }
    packs = queries.get_packs({pack for _on, _document, pack in recorded.values()})
    rows = []
    for entry, ground in found:
        on, document, pack = recorded.get(entry, ("", "", ""))
        word = packs[pack].find_fact(ground.fact) if pack in packs else None
        rows.append(
            {
                "entry": entry,
                "text": words.say(word.names) if word else ground.fact,
                "where": ", ".join(names.get(place, "–") for place in ground.places),
                "on": on,
                "document": document,
            }
        )
    return rows


def _recorded(entries: list[str]) -> list[tuple[Any, ...]]:
    columns = ["entry", "since_on", "document", "pack"]
    return store.select("orders_evidence", columns, "entry", entries)


def _breadcrumbs(order: rules.Order, view: zones.View) -> list[tuple[str, str | None]]:
    address = places.address_of(order.places[0])
    estate = address.rstrip("/").rsplit("/", 1)[-1]
    name = words.name_places({estate}).get(estate, "")
    title = words.say(view.rule.text) if view.rule else order.rule
    return [(_("Zones"), reverse("zones:zones")), (name, address), (title, None)]
