"""Orders in the reader's words: places, values, states, alarms, conditions. Decides nothing."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from doorstep.face import lists, moments
from doorstep.kit import clock
from doorstep.ledger import store
from doorstep.orders import queries, release, rules, shapes, zones

READERS = ("administrator", "duty_officer", "approver", "registrar", "steward", "inspector")
PROPOSERS = ("administrator", "duty_officer")
SECONDS = ("approver", "duty_officer")


def is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "en").startswith("zh")


def say(text: shapes.Text) -> str:
    """A pack's words in the reader's language."""
    return text.zh if is_chinese() else text.en


def both(text: shapes.Text) -> str:
    """A zone word with the other language behind it: words of zones are the authority's own."""
    return text.zh if is_chinese() else f"{text.en} ({text.zh})"


def name_places(places: Collection[str]) -> dict[str, str]:
    """Names of places in the reader's language, by id."""
    rows = store.select("registry_place", ["id", "name", "english"], "id", places)
    return {str(i): name if is_chinese() else english or name for i, name, english in rows}


class Person(NamedTuple):
    """Who on duty did something, and of which unit they were then."""

    name: str
    unit: str


def name_people(pairs: Iterable[tuple[str | None, str | None]]) -> dict[tuple[str, str], Person]:
    """(staff, unit) → names."""
    known = {(staff, unit) for staff, unit in pairs if staff and unit}
    staff = store.select("registry_staff", ["id", "name"], "id", {s for s, _unit in known})
    units = {
        str(i): name if is_chinese() else english or name
        for i, name, english in store.select(
            "registry_unit", ["id", "name", "english"], "id", {u for _staff, u in known}
        )
    }
    names = {str(i): name for i, name in staff}
    return {(s, u): Person(names.get(s, "–"), units.get(u, "–")) for s, u in known}


def name_authority(pack: shapes.Pack | None, authority: str) -> str:
    """An authority's name with its code, or the code alone."""
    found = pack.jurisdiction.names.get(authority) if pack else None
    return f"{say(found)} ({authority})" if found else authority


def name_level(kind: str) -> str:
    """A kind of place."""
    return {
        "subdistrict": _("the whole subdistrict"),
        "community": _("a community"),
        "estate": _("an estate"),
        "building": _("a building"),
        "unit": _("a stairwell"),
    }.get(kind, kind)


def name_state(state: str) -> lists.Chip:
    """An order's state as a chip."""
    return {
        "proposed": lists.Chip("act", _("waits for a second person")),
        "approved": lists.Chip("due", _("approved, not yet begun")),
        "in_force": lists.Chip("due", _("in force")),
        "lifted": lists.Chip("done", _("lifted")),
        "ended": lists.Chip("excused", _("ended")),
        "withdrawn": lists.Chip("excused", _("withdrawn")),
        "lapsed": lists.Chip("excused", _("lapsed, never in force")),
        "held": lists.Chip("held", _("held: to be settled")),
    }[state]


ALARM_STATES = {
    "met_not_lifted": "act",
    "ran_out": "act",
    "second_person": "act",
    "stricter_rule": "act",
    "test_due": "due",
    "ends_soon": "held",
    "review_due": "held",
    "unanswered": "held",
}


def name_alarm(alarm: zones.Alarm) -> lists.Chip:
    """An alarm as a chip."""
    said = {
        "met_not_lifted": _("conditions met, still not lifted"),
        "ran_out": _("ran out without renewal"),
        "second_person": _("waits for a second person"),
        "stricter_rule": _("a new case: another rule is meant for it"),
        "test_due": _("day of tests, no round yet"),
        "ends_soon": _("ends within a day"),
        "review_due": _("review is due"),
        "unanswered": _("application unanswered"),
    }
    return lists.Chip(ALARM_STATES[alarm.code], said[alarm.code])


def explain_alarm(alarm: zones.Alarm) -> str:
    """What an alarm means and what the next step is."""
    return {
        "met_not_lifted": _("Apply for lifting, or ask the authority why it stays. Residents see "
                            "this too."),
        "ran_out": _("Nothing stands here any more. If the authority wants it to go on, it needs "
                     "a new order."),
        "second_person": _("Somebody of another unit than the first must look at it and approve."),
        "stricter_rule": _("The pack names a stricter rule for a new case. Tell the authority, and "
                           "record what it decides."),
        "test_due": _("Today is a day of tests here, and no round of today is to reach everybody. "
                      "Open one."),
        "ends_soon": _("It ends by itself. If it is to go on, renew it with the authority's paper "
                       "and a second person before that."),
        "review_due": _("Look at it again with the authority: renew it, apply for lifting, or let "
                        "it end."),
        "unanswered": _("Ask the authority for its answer and record it."),
    }[alarm.code]  # fmt: skip


def name_condition(line: release.Line) -> lists.Chip:
    """The state of a condition as a chip."""
    return {
        "met": lists.Chip("done", _("met")),
        "not_yet": lists.Chip("due", _("not yet")),
        "notice": lists.Chip("none", _("the authority says")),
    }[line.state]


def describe_lines(lines: Iterable[release.Line]) -> list[dict[str, Any]]:
    """Conditions as a table needs them."""
    return [
        {
            "text": say(line.text),
            "chip": name_condition(line),
            "since_at": line.since_at,
            "expected_at": line.expected_at,
            "done": line.done,
            "needed": line.needed,
        }
        for line in lines
    ]


def name_act(kind: str) -> str:
    """What was done about an order."""
    return {
        rules.PROPOSED: _("recorded what the authority decided"),
        rules.APPROVED: _("approved as second person"),
        rules.RENEWED: _("recorded a renewal"),
        rules.APPLIED: _("applied for lifting"),
        rules.LIFTED: _("recorded that the authority lifts it"),
        rules.REFUSED: _("recorded that the authority keeps it"),
        rules.WITHDRAWN: _("took the record back"),
    }[kind]


def name_reasons() -> list[tuple[str, str]]:
    """Why a record is taken back."""
    return [
        ("mistake", _("It was recorded by mistake")),
        ("superseded", _("Another order takes its place")),
        ("document_void", _("The document is void")),
    ]


def until(order: rules.Order) -> str:
    """The last day of an order, as people say it."""
    zone = moments.zone()
    today = clock.to_moment(clock.now(), zone).date()
    return moments.say_day(date.fromisoformat(queries.last_day(order, zone)), today)


def reach(places: Collection[str]) -> dict[str, str]:
    """Doors and people under places, as figures."""
    doors, people = queries.count_reach(places)
    return {
        "doors": ngettext("%(n)s door", "%(n)s doors", doors) % {"n": f"{doors:,}"},
        "people": ngettext("%(n)s person", "%(n)s people", people) % {"n": f"{people:,}"},
    }
