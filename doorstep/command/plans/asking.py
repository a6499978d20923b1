"""What the form of a centre says, as the planner's question. Knows no page.

Refuses by the planner's `Wrong`, with the field of the form.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from doorstep.command.plans.typed import clock_of, number_of, whole_of
from doorstep.planning import problems
from doorstep.planning.centre.problem import Centre, check
from doorstep.planning.hours import minutes_of
from doorstep.planning.wrong import Wrong

DESKS, STALLS = "desks", "stalls"
# of the days: on so many enough people come that are booked for the target
ENOUGH_COME = 2.576
DEFAULTS = {
    "people": "10000", "opens": "08:00", "by": "18:00", "desk": "120", "stall": "120",
    "observe": "30", "slot": "10", "no_show": "5", "wait": "15", "seats": "",
}  # fmt: skip
# fields of the problem → fields of the form
FIELDS = {
    "target.people": "people", "target.by": "by", "opens": "opens", "arrivals.last": "by",
    "stations[0].duration.mean_seconds": "desk", "stations[1].duration.mean_seconds": "stall",
    "arrivals.slot_minutes": "slot", "arrivals.no_show": "no_show",
    "target.wait_minutes": "wait", "observation.duration.mean_seconds": "observe",
    "observation.seats": "seats", "arrivals.bookings": "people", "target": "people",
}  # fmt: skip


class Asked(NamedTuple):
    """The question, and what was typed."""

    centre: Centre
    said: dict[str, str]


def read(said: Mapping[str, str]) -> Asked:
    """The question of a form. Raises `Wrong`, `field` being a field of the form."""
    if not said.get("people"):
        raise Wrong("people", "MISSING")
    typed = {name: (said.get(name) or default).strip() for name, default in DEFAULTS.items()}
    try:
        centre = problems.read(Centre, _problem_of(typed))
        check(centre)
        return Asked(centre, typed)
    except Wrong as problem:
        field = FIELDS.get(problem.field, problem.field)
        raise Wrong(field, problem.code, **problem.facts) from None


def bookings_for(people: int, no_show: float) -> int:
    """How many to book so that `people` come on 199 of 200 days; each stays away by chance."""
    comes = 1 - no_show
    spread = math.sqrt(people * no_show)  # of how many come, nearly
    return math.ceil((people + ENOUGH_COME * spread) / comes)


def _problem_of(typed: Mapping[str, str]) -> dict[str, Any]:
    people = whole_of("people", typed["people"])
    no_show = number_of("no_show", typed["no_show"]) / 100
    if not 0 <= no_show < 0.9:
        raise Wrong("no_show", "BOUND", right="0 … 90")
    opens, by = clock_of("opens", typed["opens"]), clock_of("by", typed["by"])
    slot = number_of("slot", typed["slot"])
    busy = (number_of("desk", typed["desk"]) + number_of("stall", typed["stall"])) / 60
    # the last are booked so that they may wait as long as is allowed, and be served
    last = minutes_of(by) - number_of("wait", typed["wait"]) - busy
    first = minutes_of(opens)
    if last <= first:
        raise Wrong("by", "LATER", than=opens)
    slots = int((last - first) // slot) if slot > 0 else 0
    observe = number_of("observe", typed["observe"])
    problem: dict[str, Any] = {
        "name": "centre",
        "opens": opens,
        "stations": [
            {"name": DESKS, "servers": 1,
             "duration": {"mean_seconds": number_of("desk", typed["desk"])}},
            {"name": STALLS, "servers": 1,
             "duration": {"mean_seconds": number_of("stall", typed["stall"])}},
        ],
        "arrivals": {
            "bookings": bookings_for(people, no_show), "first": opens,
            "last": _say_clock(first + int(slots * slot)), "slot_minutes": slot, "no_show": no_show,
        },
        "target": {"people": people, "by": by, "wait_minutes": number_of("wait", typed["wait"])},
    }  # fmt: skip
    if observe > 0:
        problem["observation"] = {"duration": {"shape": "constant", "mean_seconds": observe * 60}}
        if typed["seats"]:
            problem["observation"]["seats"] = whole_of("seats", typed["seats"])
    return problem


def _say_clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
