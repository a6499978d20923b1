"""From a roster to a shift plan: a first plan, the bound, the search from the bound's rows."""

from typing import Final

import numpy as np

from doorstep.planning.pulse import Pulse, part_of
from doorstep.planning.shifts import bound, search, shortage
from doorstep.planning.shifts.plan import Cost, ShiftPlan, Worked
from doorstep.planning.shifts.problem import Duty, Roster, check
from doorstep.planning.shifts.tables import Ints, Tables, build

FIRST: Final = 20  # one move of so many for the first plan
HOT: Final = 10.0  # first temperatures, in the smallest price: from nothing,
WARM: Final = 0.5  # and from rows that are nearly right


def solve(roster: Roster, pulse: Pulse) -> ShiftPlan:
    """The best plan found. Raises `Wrong`. Stopped by the pulse it gives what it has by then, at
    worst the past and nothing else, which holds every rule.
    """
    check(roster)
    pulse = _Watched(pulse)
    tables, moves = build(roster), roster.effort.moves
    plan, cost, _ = search.improve(
        tables, search.begin(tables), max(1, moves // FIRST), HOT, roster.seed,
        part_of(pulse, 0, 0.05),
    )  # fmt: skip
    proved = bound.Bound(None, None)
    if not pulse.stopped:
        proved = bound.prove(tables, plan, cost, roster.effort.rounds, part_of(pulse, 0.05, 0.35))
    low = max(proved.points or 0, 0)
    from_, heat = (proved.rows, WARM) if proved.rows is not None else (plan, HOT)
    if not pulse.stopped:
        other, found, _ = search.improve(
            tables, from_, moves, heat, roster.seed + 1, part_of(pulse, 0.35, 0.85), low
        )
        if found < cost:
            plan, cost = other, found
    return _tell(roster, tables, plan, proved, pulse)


class _Watched:
    """A pulse that remembers whether it stopped anything."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse, self.stopped = pulse, False

    def __call__(self, share: float) -> bool:
        self.stopped = self.stopped or not self.pulse(share)
        return not self.stopped


def _tell(
    roster: Roster, tables: Tables, plan: Ints, proved: bound.Bound, pulse: _Watched
) -> ShiftPlan:
    cost = search.points_of(tables, plan)
    low = None if proved.points is None else max(proved.points, 0)
    short = shortage.list_short(roster, tables, plan)
    explained = None
    if short and not pulse.stopped:
        explained = shortage.explain(roster, plan, short, part_of(pulse, 0.85, 1))
    duties = tuple(
        Duty(roster.people[person].name, int(day) + 1, shift, place)
        for person, day in np.argwhere(plan > 0)
        for place, shift in [tables.posts[plan[person, day] - 1]]
    )
    people = tuple(_tell_person(roster, tables, plan, each) for each in range(len(plan)))
    all_people = np.arange(len(plan))
    parts = Cost(
        sum(each.people for each in short) * tables.short,
        sum(each.refused for each in people) * roster.prices.wish,
        int(tables.days[all_people, [each.days for each in people]].sum()),
        int(tables.nights[all_people, [each.nights for each in people]].sum()),
        sum(each.changed for each in people) * roster.prices.change,
        len(duties) * roster.prices.duty,
    )
    return ShiftPlan(
        duties,
        cost,
        low,
        None if low is None else (cost - low) / cost if cost else 0.0,
        low == cost,
        pulse.stopped,
        parts,
        people,
        short,
        explained,
    )


def _tell_person(roster: Roster, tables: Tables, plan: Ints, number: int) -> Worked:
    person, row = roster.people[number], plan[number]
    names = [tables.posts[post - 1][1] if post else "" for post in row]
    granted = sum(names[wish.day - 1] == wish.shift for wish in person.wishes)
    changed = 0
    if roster.earlier is not None:
        changed = int((row != tables.was[number])[tables.first :].sum())
    return Worked(
        person.name,
        int((row > 0).sum()),
        int(tables.night_of[row].sum()),
        granted,
        len(person.wishes) - granted,
        changed,
    )
