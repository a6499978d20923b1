"""The search: simulated annealing over plans that hold every rule at every step.

A move sets one person's day, or exchanges a stretch of days between two people; whatever would
break a rule is not done. Only points are weighed. One kernel, with all it calls.
"""

import math
from typing import Any, Final

import numpy as np

from doorstep.planning.compiled import compiled
from doorstep.planning.pulse import Pulse
from doorstep.planning.shifts.tables import FORBIDDEN, Ints, Tables

CHUNK: Final = 100_000  # moves between two beats of the pulse
SINGLE: Final = 0.35  # share of moves that set one day
ALIKE: Final = 0.8  # share of exchanges with somebody of the same skills
STRETCH: Final = 6  # days, at most, of an exchange
COLD: Final = 0.2  # the last temperature, in the smallest price


@compiled()
def _judge(
    row: Any, states: Any, first_day: int, last_day: int, after: Any, allowed: Any, rested: Any,
    owed: int, shift_of: Any, new: Any,
) -> int:  # fmt: skip
    """Walk `row` from `first_day`; states after it go to `new`. -1: a rule is broken; else the day
    from which on the states are as they were.
    """
    days: int = row.shape[0]
    state = states[first_day]
    for day in range(first_day, days):
        shift = shift_of[row[day]]
        if not allowed[state, shift]:
            return -1
        state = after[state, shift]
        new[day + 1] = state
        if day >= last_day and state == states[day + 1]:
            return day + 1
    if owed and not rested[state]:
        return -1
    return days


@compiled()
def _move_cover(have: Any, need: Any, day: int, taken: Any, given: Any, short: int) -> int:
    """Somebody leaves post `taken` for `given` (rows of `counts`): the points that it costs."""
    points = 0
    for cover in taken:
        if cover < 0:
            break
        if have[cover, day] <= need[cover, day]:
            points += short
        have[cover, day] -= 1
    for cover in given:
        if cover < 0:
            break
        if have[cover, day] < need[cover, day]:
            points -= short
        have[cover, day] += 1
    return points


@compiled()
def anneal(
    plan: Any, states: Any, worked: Any, nightly: Any, have: Any, seed: int, moves: int, hot: float,
    cold: float, first: int, cell: Any, days_cost: Any, nights_cost: Any, most_days: Any,
    most_nights: Any, owed: Any, shift_of: Any, night_of: Any, kind: Any, counts: Any, need: Any,
    after: Any, allowed: Any, rested: Any, short: int, order: Any, begins: Any,
) -> int:  # fmt: skip
    """`moves` tries from temperature `hot` to `cold` (points). Changes the plan, its states, counts
    of days and nights, and `have`; returns the change of its cost.
    """
    np.random.seed(seed)
    n, days = plan.shape
    posts = cell.shape[2]
    new_a = np.zeros(days + 1, np.int64)
    new_b = np.zeros(days + 1, np.int64)
    total = 0
    warmth = hot
    cooling = (cold / hot) ** (1.0 / moves)
    for _ in range(moves):
        warmth *= cooling
        a = np.random.randint(0, n)
        day = np.random.randint(first, days)
        if np.random.random() < SINGLE:
            old = plan[a, day]
            new = np.random.randint(0, posts)
            if old == new or cell[a, day, new] >= FORBIDDEN:
                continue
            more = (1 if new > 0 else 0) - (1 if old > 0 else 0)
            dark = night_of[new] - night_of[old]
            if worked[a] + more > most_days[a] and more > 0:
                continue
            if nightly[a] + dark > most_nights[a] and dark > 0:
                continue
            plan[a, day] = new
            until = _judge(
                plan[a], states[a], day, day, after, allowed, rested, owed[a], shift_of, new_a
            )
            if until < 0:
                plan[a, day] = old
                continue
            points = (
                cell[a, day, new] - cell[a, day, old]
                + days_cost[a, worked[a] + more] - days_cost[a, worked[a]]
                + nights_cost[a, nightly[a] + dark] - nights_cost[a, nightly[a]]
            )  # fmt: skip
            points += _move_cover(
                have, need, day, counts[kind[a], old], counts[kind[a], new], short
            )
            if points <= 0 or np.random.random() < math.exp(-points / warmth):
                total += points
                worked[a] += more
                nightly[a] += dark
                for q in range(day + 1, until + 1):
                    states[a, q] = new_a[q]
            else:
                plan[a, day] = old
                _move_cover(have, need, day, counts[kind[a], new], counts[kind[a], old], short)
            continue
        if np.random.random() < ALIKE:
            low, high = begins[kind[a]], begins[kind[a] + 1]
            b = order[np.random.randint(low, high)]
        else:
            b = np.random.randint(0, n)
        end = min(days, day + 1 + int(np.random.random() ** 2 * STRETCH))
        if a == b:
            continue
        more = 0
        dark = 0
        points = 0
        same = True
        may = True
        for q in range(day, end):
            x, y = plan[a, q], plan[b, q]
            if x == y:
                continue
            same = False
            if cell[a, q, y] >= FORBIDDEN or cell[b, q, x] >= FORBIDDEN:
                may = False
                break
            points += cell[a, q, y] - cell[a, q, x] + cell[b, q, x] - cell[b, q, y]
            more += (1 if y > 0 else 0) - (1 if x > 0 else 0)
            dark += night_of[y] - night_of[x]
        if same or not may:
            continue
        if (more > 0 and worked[a] + more > most_days[a]) or (
            more < 0 and worked[b] - more > most_days[b]
        ):
            continue
        if (dark > 0 and nightly[a] + dark > most_nights[a]) or (
            dark < 0 and nightly[b] - dark > most_nights[b]
        ):
            continue
        for q in range(day, end):
            plan[a, q], plan[b, q] = plan[b, q], plan[a, q]
        until_a = _judge(
            plan[a], states[a], day, end - 1, after, allowed, rested, owed[a], shift_of, new_a
        )
        until_b = -1
        if until_a >= 0:
            until_b = _judge(
                plan[b], states[b], day, end - 1, after, allowed, rested, owed[b], shift_of, new_b
            )
        if until_b < 0:
            for q in range(day, end):
                plan[a, q], plan[b, q] = plan[b, q], plan[a, q]
            continue
        points += (
            days_cost[a, worked[a] + more] - days_cost[a, worked[a]]
            + days_cost[b, worked[b] - more] - days_cost[b, worked[b]]
            + nights_cost[a, nightly[a] + dark] - nights_cost[a, nightly[a]]
            + nights_cost[b, nightly[b] - dark] - nights_cost[b, nightly[b]]
        )  # fmt: skip
        differ = kind[a] != kind[b]
        if differ:
            for q in range(day, end):
                x, y = plan[b, q], plan[a, q]  # as it was: a in x, b in y
                if x != y:
                    points += _move_cover(
                        have, need, q, counts[kind[a], x], counts[kind[a], y], short
                    )
                    points += _move_cover(
                        have, need, q, counts[kind[b], y], counts[kind[b], x], short
                    )
        if points <= 0 or np.random.random() < math.exp(-points / warmth):
            total += points
            worked[a] += more
            worked[b] -= more
            nightly[a] += dark
            nightly[b] -= dark
            for q in range(day + 1, until_a + 1):
                states[a, q] = new_a[q]
            for q in range(day + 1, until_b + 1):
                states[b, q] = new_b[q]
        else:
            if differ:
                for q in range(day, end):
                    x, y = plan[b, q], plan[a, q]
                    if x != y:
                        _move_cover(have, need, q, counts[kind[a], y], counts[kind[a], x], short)
                        _move_cover(have, need, q, counts[kind[b], x], counts[kind[b], y], short)
            for q in range(day, end):
                plan[a, q], plan[b, q] = plan[b, q], plan[a, q]
    return total


def begin(tables: Tables) -> Ints:
    """The plan with the earlier plan's past and nothing else: it holds every rule."""
    plan = np.zeros_like(tables.was)
    plan[:, : tables.first] = tables.was[:, : tables.first]
    return plan


def points_of(tables: Tables, plan: Ints) -> int:
    """The cost of a plan, from nothing but the plan."""
    rows, columns = np.indices(plan.shape)
    people = np.arange(len(plan))
    missing = np.maximum(tables.need - covered(tables, plan), 0).sum()
    return int(
        tables.cell[rows, columns, plan].sum()
        + tables.days[people, (plan > 0).sum(1)].sum()
        + tables.nights[people, tables.night_of[plan].sum(1)].sum()
        + missing * tables.short
    )


def covered(tables: Tables, plan: Ints) -> Ints:
    """(covers, days): how many count for each cover."""
    have = np.zeros(tables.need.shape, np.int64)
    found = tables.counts[tables.kind[:, None], plan]
    days = np.broadcast_to(np.arange(plan.shape[1])[None, :, None], found.shape)
    np.add.at(have, (found[found >= 0], days[found >= 0]), 1)
    return have


def improve(
    tables: Tables, plan: Ints, moves: int, heat: float, seed: int, pulse: Pulse, bound: int = 0
) -> tuple[Ints, int, bool]:
    """The best of the plans met in `moves` tries from `plan`, its cost, and whether the pulse
    stopped it. `heat`: the first temperature, in the smallest price; at a cost of `bound` it ends.
    """
    walk, plan = tables.walk, plan.copy()
    states = np.empty((len(plan), plan.shape[1] + 1), np.int64)
    states[:, 0] = walk.start
    for day in range(plan.shape[1]):
        states[:, day + 1] = walk.after[states[:, day], tables.shift_of[plan[:, day]]]
    worked, nightly = (plan > 0).sum(1), tables.night_of[plan].sum(1)
    have = covered(tables, plan)
    order = np.argsort(tables.kind, kind="stable")
    begins = np.searchsorted(tables.kind[order], np.arange(tables.kind.max() + 2))
    cost = least = points_of(tables, plan)
    best, done = plan.copy(), 0
    while done < moves and least > bound:
        if not pulse(done / moves):
            return best, least, True
        tries = min(CHUNK, moves - done)
        hot, cold = (
            tables.unit * heat * (COLD / heat) ** (each / moves) for each in (done, done + tries)
        )
        cost += anneal(
            plan, states, worked, nightly, have, (seed * 1_000_003 + done) % 2**32, tries, hot,
            cold, tables.first, tables.cell, tables.days, tables.nights, tables.most_days,
            tables.most_nights, tables.owed, tables.shift_of, tables.night_of, tables.kind,
            tables.counts, tables.need, walk.after, walk.allowed, walk.rested, tables.short, order,
            begins,
        )  # fmt: skip
        done += tries
        if cost < least:
            least, best = cost, plan.copy()
    return best, least, False
