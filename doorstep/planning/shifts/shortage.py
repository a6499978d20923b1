"""Why cover is not met, and what would mend it.

Says for everybody with the skill what keeps them away, proves how much shortage no plan avoids,
and tries single changes. What a change leaves is what was found with it, no proof that it needs so
much.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from doorstep.planning.pulse import Pulse, part_of
from doorstep.planning.shifts import bound, search
from doorstep.planning.shifts.plan import Explained, Mend, Short
from doorstep.planning.shifts.problem import DAY_MINUTES, Fair, Person, Prices, Roster, Rules
from doorstep.planning.shifts.tables import FORBIDDEN, Ints, Tables, build

MOVES: Final = 1_000_000  # for each change that is tried, or the problem's if they are fewer
ROUNDS: Final = 15  # of the bound on the shortage
WARM: Final = 1.0  # temperature, in people short
MORE: Final = 3  # people tried beyond the fewest that could be enough
PLACES: Final = 6  # kinds of people (skill, place) that are tried, the shortest first


def list_short(roster: Roster, tables: Tables, plan: Ints) -> tuple[Short, ...]:
    """Each cover and day that is short in `plan`, with what keeps the others away."""
    missing = tables.need - search.covered(tables, plan)
    found = []
    for day in range(roster.days):
        for cover, (place, shift, skill) in enumerate(tables.covers):
            if missing[cover, day] > 0:
                post = tables.posts.index((place, shift)) + 1
                why = Counter(
                    _why_not(roster, tables, plan, person, day, post)
                    for person, each in enumerate(roster.people)
                    if (not skill or skill in each.skills) and plan[person, day] != post
                )
                people = int(missing[cover, day])
                found.append(Short(place, day + 1, shift, skill, people, dict(why)))
    return tuple(found)


def _why_not(roster: Roster, tables: Tables, plan: Ints, person: int, day: int, post: int) -> str:
    """The first reason, as `plan.Short` names them."""
    if day < tables.first:
        return "past"
    if plan[person, day] > 0:
        return "elsewhere"
    if tables.cell[person, day, post] >= FORBIDDEN:
        return "unavailable" if day + 1 in roster.people[person].unavailable else "may_not"
    row, walk = plan[person].copy(), tables.walk
    row[day] = post
    state = int(walk.start[person])
    for number, shift in enumerate(tables.shift_of[row]):
        if number >= tables.first and (why := walk.reasons.get((state, int(shift)))):
            return why
        state = int(walk.after[state, shift])
    if (row > 0).sum() > tables.most_days[person]:
        return "days"
    if tables.night_of[row].sum() > tables.most_nights[person]:
        return "nights"
    return "off_run" if tables.owed[person] and not walk.rested[state] else "free"


def explain(roster: Roster, plan: Ints, short: tuple[Short, ...], pulse: Pulse) -> Explained:
    """How much shortage there must be, and single changes that lessen it."""
    bare = replace(
        roster, fair=Fair(), prices=Prices(short=1, wish=0, days=0, nights=0, change=0, duty=0)
    )
    tables = build(bare)
    plan, found, _ = search.improve(
        tables, plan, _moves(roster), WARM, roster.seed, part_of(pulse, 0, 0.2)
    )
    if found == 0:
        return Explained(0, 0, ())
    proved = bound.prove(tables, plan, found, ROUNDS, part_of(pulse, 0.2, 0.4))
    if proved.rows is not None:
        other, left, _ = search.improve(
            tables, proved.rows, _moves(roster), WARM, roster.seed, part_of(pulse, 0.4, 0.5)
        )
        if left < found:
            plan, found = other, left
    mends, changes = [], list(_relaxed(bare))
    kinds = Counter[tuple[str, str]]()
    for each in short:
        kinds[each.skill, each.place] += each.people
    steps = len(changes) + len(kinds)
    for number, (kind, value, rules) in enumerate(changes):
        step = part_of(pulse, 0.5 + 0.5 * number / steps, 0.5 + 0.5 * (number + 1) / steps)
        if (less := _left(replace(bare, rules=rules), plan, step)) is not None:
            mends.append(Mend(kind, value, found, min(less, found)))
    for number, ((skill, place), _) in enumerate(kinds.most_common(PLACES), len(changes)):
        step = part_of(pulse, 0.5 + 0.5 * number / steps, 0.5 + 0.5 * (number + 1) / steps)
        mine = [each for each in short if (each.skill, each.place) == (skill, place)]
        mend = _with_people(bare, plan, found, mine, step)
        if mend is not None:
            mends.append(mend)
    return Explained(max(proved.points or 0, 0), found, tuple(sorted(mends, key=lambda m: m.left)))


def _moves(roster: Roster) -> int:
    return min(MOVES, roster.effort.moves)


def _relaxed(roster: Roster) -> Iterator[tuple[str, int, Rules]]:
    """Each rule, a step weaker."""
    rules, shifts = roster.rules, roster.shifts
    gaps = [
        later.start + DAY_MINUTES - each.start - each.minutes for each in shifts for later in shifts
    ]
    if (weaker := max((gap for gap in gaps if 0 <= gap < rules.rest), default=None)) is not None:
        yield "rest", weaker, replace(rules, rest=weaker)
    for name in ("most_run", "most_days", "most_nights", "most_nights_run"):
        value = getattr(rules, name) + 1
        yield name, value, replace(rules, **{name: value})
    if roster.off_run:
        yield "off_run", roster.off_run - 1, replace(rules, off_run=roster.off_run - 1)


def _left(roster: Roster, plan: Ints, pulse: Pulse) -> int | None:
    """The shortage that is left; None: the pulse stopped it."""
    tables = build(roster)
    plan, left, stopped = search.improve(
        tables, plan, _moves(roster), WARM, roster.seed, part_of(pulse, 0, 0.3)
    )
    if left == 0 or stopped:
        return None if stopped else left
    rows = bound.prove(tables, plan, left, ROUNDS, part_of(pulse, 0.3, 0.7)).rows
    if rows is not None:
        _, other, stopped = search.improve(
            tables, rows, _moves(roster), WARM, roster.seed, part_of(pulse, 0.7, 1)
        )
        left = min(left, other)
    return None if stopped else left


def _with_people(
    roster: Roster, plan: Ints, found: int, short: list[Short], pulse: Pulse
) -> Mend | None:
    """The fewest more people tried that leave nothing short of what they can fill."""
    days = Counter[int]()
    for each in short:
        days[each.day] += each.people
    fewest = max(*days.values(), math.ceil(days.total() / roster.rules.most_days), 1)
    best = None
    for more in range(fewest, fewest + MORE + 1):
        step = part_of(pulse, (more - fewest) / (MORE + 1), (more - fewest + 1) / (MORE + 1))
        skill, place = short[0].skill, short[0].place
        names = {each.name for each in roster.people}
        fresh = (f"+{n}" for n in range(len(names) + more + 1) if f"+{n}" not in names)
        people = tuple(
            Person(next(fresh), skills=(skill,) if skill else (), places=(place,))
            for _ in range(more)
        )
        wider = search.begin(build(larger := replace(roster, people=roster.people + people)))
        wider[: len(plan)] = plan
        if (left := _left(larger, wider, step)) is None:
            break
        if best is None or left < best.left:
            best = Mend("people", more, found, min(left, found), skill, place)
        if left <= max(0, found - days.total()):
            break
    return best
