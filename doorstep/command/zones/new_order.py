"""Recording an order the authority decided: rule and area first, then places, paper, evidence.

Says the consequence in numbers before anything is sent. Refuses nothing of its own: rules are those
of orders.actions.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from doorstep.command.zones import order_pages, pack_pages, places, words
from doorstep.face import errors, moments, pages
from doorstep.kit import clock
from doorstep.ledger import refusals
from doorstep.orders import actions, days, queries, rules, shapes

_FIELDS = ("area", "rule", "authority", "document", "start", "end", "review", "test_days",
           "test_every")  # fmt: skip


@pages.page(*words.PROPOSERS)
@require_http_methods(["GET", "POST"])
def new_order(request: HttpRequest) -> HttpResponse:
    """The form for a new order; afterwards on to its page, where a second person approves."""
    said = request.POST if request.method == "POST" else request.GET
    values: dict[str, Any] = {name: said.get(name, "").strip() for name in _FIELDS}
    values["places"] = said.getlist("place") or [values["area"]]
    values["evidence"] = said.getlist("evidence")
    chosen = _find_rule(values["rule"])
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            order = _propose(request, values)
        except refusals.Refused as problem:
            context["refusal"] = errors.describe(problem)
            status = errors.STATUS.get(problem.code, 409)
        else:
            messages.success(request, _("Recorded. Nothing holds until a second person approves."))
            return HttpResponseRedirect(reverse("zones:order", args=[order]))
    if chosen is not None and values["area"]:
        context |= _second_step(values, *chosen)
    context |= {
        "values": values,
        "areas": [("", "–"), *places.list_areas(request.user)],
        "rules": [("", "–"), *_list_rules()],
        "here": request.get_full_path(),
        "breadcrumbs": [(_("Zones"), reverse("zones:zones")), (_("New order"), None)],
    }
    return render(request, "zones/new_order.html", context, status=status)


@pages.page(*words.PROPOSERS)
@require_GET
def show_consequence(request: HttpRequest) -> HttpResponse:
    """What the form as it stands would do, in numbers."""
    chosen = _find_rule(request.GET.get("rule", ""))
    picked = [place for place in request.GET.getlist("place") if place]
    return render(request, "zones/consequence.html", _consequence(picked, request.GET, chosen))


def _list_rules() -> list[tuple[str, str]]:
    return [
        (f"{each.digest}:{rule.key}", f"{words.say(rule.text)} · {each.pack.key}")
        for each in queries.list_adopted()
        for rule in each.pack.rules
    ]


def _find_rule(text: str) -> tuple[shapes.Pack, shapes.Rule] | None:
    digest, _colon, key = text.partition(":")
    pack = next((each.pack for each in queries.list_adopted() if each.digest == digest), None)
    rule = pack.find_rule(key) if pack else None
    return (pack, rule) if pack and rule else None


def _second_step(values: dict[str, Any], pack: shapes.Pack, rule: shapes.Rule) -> dict[str, Any]:
    zone = moments.zone()
    now = clock.now() // clock.MINUTE * clock.MINUTE
    values["start"] = values["start"] or places.write_moment(now)
    values["end"] = values["end"] or places.write_moment(now + rule.term.longest_days * clock.DAY)
    first = clock.day_of(now, zone)
    values["review"] = values["review"] or days.add(first, rule.term.review_days)
    value = pack.find_value(rule.axis, rule.value)
    offered = [
        {"id": i, "name": name, "checked": i in values["places"]}
        for i, kind, name in places.list_choices(values["area"])
        if kind in rule.levels
    ]
    picked = [each["id"] for each in offered if each["checked"]]
    calendar = rule.calendar
    return {
        "rule": words.say(rule.text),
        "value": words.both(value.names) if value else rule.value,
        "is_risk": rule.axis == "risk",
        "movement": words.say(value.movement.text) if value else "",
        "tests": pack_pages.say_calendar(pack, calendar),
        "may_choose_days": calendar.mode == "ordered" or calendar.afterwards == "ordered",
        "term": rule.term,
        "release": [words.say(line.text) for line in rule.release],
        "offered": offered,
        "levels": [words.name_level(level) for level in rule.levels],
        "authorities": [
            (code, f"{words.say(name)} ({code})")
            for code, name in sorted(pack.jurisdiction.names.items(), reverse=True)  # nearest first
            if rules.may_decide(pack.jurisdiction, code) is None
        ],
        "fitting": order_pages.list_fitting(rule, values["area"]),
        "facts": _say_grounds(pack, rule),
        **_consequence([str(place) for place in picked], values, (pack, rule)),
    }


def _say_grounds(pack: shapes.Pack, rule: shapes.Rule) -> str:
    found = [pack.find_fact(ground.fact) for ground in rule.grounds]
    comma = "、" if words.is_chinese() else ", "
    return comma.join(words.say(word.names) for word in found if word is not None)


def _consequence(
    picked: list[str], said: Any, chosen: tuple[shapes.Pack, shapes.Rule] | None
) -> dict[str, Any]:
    end_on = said.get("end", "")[:10]
    pack, rule = chosen if chosen else (None, None)
    value = pack.find_value(rule.axis, rule.value) if pack and rule else None
    return {
        "picked": bool(picked),
        "reach": words.reach(picked),
        "end_on": end_on if _is_day(end_on) else "",
        "measure": words.say(value.names) if value else "",
        "movement": words.say(value.movement.text) if value else "",
        "is_risk": rule is not None and rule.axis == "risk",
    }


def _is_day(text: str) -> bool:
    try:
        places.read_day(text)
    except refusals.Refused:
        return False
    return True


def _propose(request: HttpRequest, values: dict[str, Any]) -> str:
    digest, _colon, key = values["rule"].partition(":")
    try:
        test_days = [
            int(part) for part in values["test_days"].replace("、", ",").split(",") if part
        ]
        every = int(values["test_every"]) if values["test_every"] else None
    except ValueError:
        raise refusals.Refused("REQUEST_INVALID") from None
    if any(not 1 <= number <= 60 for number in (*test_days, *([every] if every else []))):
        raise refusals.Refused("REQUEST_INVALID")
    return actions.propose_order(
        request.user,
        pack=digest,
        rule=key,
        places=[places.read_id(place) for place in request.POST.getlist("place")],
        authority=values["authority"],
        document=values["document"],
        evidence=[places.read_id(entry) for entry in values["evidence"]],
        start=places.read_moment(values["start"]),
        end=places.read_moment(values["end"]),
        review=places.read_day(values["review"]),
        test_days=test_days,
        test_every=every,
    )
