"""How near a shift plan comes to its proved bound: 350 people, 14 days, tight cover.

The people are drawn from a seed: two groups that cannot stand in for each other, one in eight with
a second skill, a wish for a day off on one day in five. Together they owe about ten days of eleven.
Peer in the same run: the same search from an empty plan, without the rows of the bound. Reads no
database.
"""

import random
import time
from typing import Any

from msgspec.structs import replace

from doorstep.bench import machine
from doorstep.planning.pulse import ENDLESS, Pulse
from doorstep.planning.shifts import search
from doorstep.planning.shifts.problem import (
    Cover,
    Effort,
    Fair,
    Person,
    Prices,
    Roster,
    Shift,
    Wish,
)
from doorstep.planning.shifts.solve import HOT, solve
from doorstep.planning.shifts.tables import build

PEOPLE, CADRES, DAYS = 350, 150, 14
WISHES, LEADS = 0.2, 0.12  # shares: of days with a wish, of people who may lead
COVER = {"cadre": (58, 34, 16), "property": (76, 48, 26), "lead": (6, 4, 2)}
MOVES_A_SECOND = 1_000_000  # tried, of the seconds given; the rest is the bound's and a reserve


def draw(seed: int = 0) -> Roster:
    """The roster of a compound of 44 buildings for two weeks."""
    chance = random.Random(seed)
    shifts = (Shift("day", 420, 480), Shift("evening", 900, 480), Shift("night", 1380, 480, True))
    people = []
    for number in range(PEOPLE):
        group = "cadre" if number < CADRES else "property"
        skills = (group, "lead") if chance.random() < LEADS else (group,)
        wishes = tuple(Wish(day) for day in range(1, DAYS + 1) if chance.random() < WISHES)
        people.append(Person(f"{number:03}", skills=skills, wishes=wishes))
    cover = tuple(
        Cover("compound", shift.name, count, skill)
        for skill, counts in COVER.items()
        for shift, count in zip(shifts, counts, strict=True)
    )
    return Roster(
        "compound", DAYS, shifts, tuple(people), cover, fair=Fair(10, 10, 2), prices=Prices(duty=0)
    )


def measure(limits: tuple[float, ...]) -> dict[str, Any]:
    """For each limit in seconds: cost, bound, gap (share of the cost), seconds taken."""
    roster, found = draw(), {}
    begun = time.perf_counter()
    solve(replace(roster, effort=Effort(moves=1000, rounds=1)), ENDLESS)
    compiling = time.perf_counter() - begun
    for limit in limits:
        moves = round(limit * MOVES_A_SECOND)
        begun = time.perf_counter()
        plan = solve(replace(roster, effort=Effort(moves=moves)), _until(begun + limit))
        taken = time.perf_counter() - begun
        tables = build(roster)
        begun = time.perf_counter()
        _, peer, _ = search.improve(
            tables, search.begin(tables), moves, HOT, roster.seed, _until(begun + limit)
        )
        over = None if plan.bound is None else round(plan.cost / plan.bound - 1, 5)
        found[f"{limit:g}"] = {
            "cost": plan.cost,
            "bound": plan.bound,
            "gap": plan.gap and round(plan.gap, 5),
            "over_bound": over,
            "seconds": round(taken, 1),
            "stopped": plan.stopped,
            "best": plan.best,
            "short": plan.parts.short,
            "from_nothing_cost": peer,
            "from_nothing_seconds": round(time.perf_counter() - begun, 1),
        }
    return {
        "people": PEOPLE,
        "days": DAYS,
        "limits": found,
        "compiling_seconds": round(compiling, 1),
        "machine": machine.describe(),
    }


def _until(moment: float) -> Pulse:
    return lambda share: time.perf_counter() < moment
