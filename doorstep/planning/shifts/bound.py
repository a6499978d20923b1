"""How low the cost of any plan must stay above: a bound that is proved, not guessed.

For any price of each cover between 0 and what a missing person costs, the cheapest row of every
person at these prices, added up, plus the worth of the cover wanted, is a bound of every plan
(Lagrange). The cheapest row is found exactly, over all states of the walk. HiGHS finds good
prices: a linear programme that mixes the rows known so far. What HiGHS rounds does not matter, as
the bound is worked out from whole prices of a millionth of a point.
"""

from typing import Any, Final, NamedTuple

import highspy
import numpy as np
import numpy.typing as npt

from doorstep.planning.compiled import compiled
from doorstep.planning.pulse import Pulse
from doorstep.planning.shifts.tables import FORBIDDEN, Ints, Tables

SCALE: Final = 1_000_000  # prices are whole millionths of a point: sums are exact
NEVER: Final = 1 << 60
KEPT: Final = 0.5  # share of the best prices so far in the next ones
SOLVE_SECONDS: Final = 20.0  # for HiGHS, in one round


class Bound(NamedTuple):
    """`points`: no plan costs less (None: stopped before any was proved); `rows`: of the last mix
    each person's row with the largest share (None without a mix); they hold the rules, and are a
    good beginning for the search.
    """

    points: int | None
    rows: Ints | None


@compiled()
def cheapest(
    cell: Any, days_cost: Any, nights_cost: Any, most_days: int, most_nights: int, owed: int,
    start: int, first: int, shift_of: Any, night_of_shift: Any, after: Any, allowed: Any,
    rested: Any, row: Any,
) -> int:  # fmt: skip
    """The cheapest row of one person: its cost, the row in `row`. `cell` (D, P) in millionths."""
    days, posts = cell.shape
    states, shifts = allowed.shape
    price = np.full((days, shifts), NEVER, np.int64)
    which = np.zeros((days, shifts), np.int64)
    for day in range(days):
        for post in range(posts):
            shift = shift_of[post]
            if cell[day, post] < price[day, shift]:
                price[day, shift] = cell[day, post]
                which[day, shift] = post
    wide, dark = most_days + 1, most_nights + 1
    value = np.full((states, wide, dark), NEVER, np.int64)
    choice = np.zeros((days, states, wide, dark), np.int8)
    for state in range(states):
        if rested[state] or not owed:
            for a in range(wide):
                for b in range(dark):
                    value[state, a, b] = days_cost[a] + nights_cost[b]
    for day in range(days - 1, -1, -1):
        before = np.full((states, wide, dark), NEVER, np.int64)
        for shift in range(shifts):
            if price[day, shift] >= NEVER:
                continue
            work = 1 if shift > 0 else 0
            night = night_of_shift[shift]
            for state in range(states):
                if day >= first and not allowed[state, shift]:
                    continue
                to = after[state, shift]
                for a in range(min(day, most_days - work) + 1):
                    for b in range(min(a, most_nights - night) + 1):
                        rest = value[to, a + work, b + night]
                        if rest < NEVER and price[day, shift] + rest < before[state, a, b]:
                            before[state, a, b] = price[day, shift] + rest
                            choice[day, state, a, b] = shift
        value = before
    state, a, b = start, 0, 0
    for day in range(days):
        shift = choice[day, state, a, b]
        row[day] = which[day, shift]
        state = after[state, shift]
        a += 1 if shift > 0 else 0
        b += night_of_shift[shift]
    return int(value[start, 0, 0])


class _Quiet(highspy.Highs):  # type: ignore[misc]  # untyped
    """HiGHS without its banner on stdout, where a command's JSON goes: it is written while the
    callbacks are set up, before any option can be.
    """

    def enableCallbacks(self) -> None:  # noqa: N802
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()


class _Mix:
    """The linear programme: each person mixes rows known so far; what is short is paid for."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self.n = tables, len(tables.kind)
        self.wanted = np.argwhere(tables.need > 0)
        self.line = np.full(tables.need.shape, -1, np.int64)
        self.line[tuple(self.wanted.T)] = self.n + np.arange(len(self.wanted))
        self.known: set[tuple[int, bytes]] = set()
        self.rows: list[tuple[int, Ints]] = []
        self.largest: Ints | None = None
        self.highs = highs = _Quiet()
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("time_limit", SOLVE_SECONDS)
        for _ in range(self.n):
            highs.addRow(1.0, 1.0, 0, [], [])
        for cover, day in self.wanted:
            highs.addRow(float(tables.need[cover, day]), highspy.kHighsInf, 0, [], [])
        for line in range(self.n, self.n + len(self.wanted)):
            highs.addCol(float(tables.short), 0.0, highspy.kHighsInf, 1, [line], [1.0])

    def add(self, person: int, row: Ints) -> bool:
        """One more row to mix; False: it was known."""
        if (key := (person, row.tobytes())) in self.known:
            return False
        self.known.add(key)
        self.rows.append((person, row.copy()))
        tables, days = self.tables, np.arange(len(row))
        cost = (
            tables.cell[person, days, row].sum()
            + tables.days[person, (row > 0).sum()]
            + tables.nights[person, tables.night_of[row].sum()]
        )
        found = tables.counts[tables.kind[person], row]
        at = self.line[found, days[:, None]][found >= 0]
        index = np.concatenate(([person], at[at >= 0])).astype(np.int32)
        self.highs.addCol(
            float(cost), 0.0, highspy.kHighsInf, len(index), index, np.ones(len(index))
        )
        return True

    def prices(self) -> tuple[Ints, float] | None:
        """The worth of each cover (covers, D), millionths, and the mix's cost; None: not solved."""
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self.highs.getSolution()
        self._choose(np.array(solution.col_value[len(self.wanted) :]))
        dual = np.array(solution.row_dual[self.n :])
        worth = np.zeros(self.tables.need.shape, np.int64)
        worth[tuple(self.wanted.T)] = np.rint(dual * SCALE).astype(np.int64)
        return np.clip(worth, 0, self.tables.short * SCALE), self.highs.getObjectiveValue()

    def _choose(self, shares: npt.NDArray[np.float64]) -> None:
        most = np.full(self.n, -1.0)
        self.largest = np.zeros_like(self.tables.was)
        for share, (person, row) in zip(shares, self.rows, strict=True):
            if share > most[person]:
                most[person], self.largest[person] = share, row


def prove(tables: Tables, plan: Ints, cost: int, rounds: int, pulse: Pulse) -> Bound:
    """The best bound of `rounds` rounds. `plan`: one that holds the rules, of `cost`; with a bound
    as high it ends.
    """
    if rounds == 0 or not pulse(0.0):
        return Bound(None, None)
    mix, least = _Mix(tables), -NEVER
    center: Ints | None = None
    for person, row in enumerate(plan):
        mix.add(person, row)
    for number in range(rounds):
        if (solved := mix.prices()) is None:
            break
        worth, above = solved
        for worths in (worth,) if center is None else (_between(center, worth), worth):
            found = _price(tables, worths, pulse, number / rounds)
            if found is None:
                return Bound(None if center is None else least, mix.largest)
            low, rows = found
            if center is None or low > least:
                least, center = low, worths
            fresh = [mix.add(person, row) for person, row in enumerate(rows)]
            if any(fresh):
                break
        if least >= cost or not any(fresh) or -(-round(above * SCALE) // SCALE) <= least:
            break
    return Bound(None if center is None else least, mix.largest)


def _between(center: Ints, worth: Ints) -> Ints:
    return np.rint(KEPT * center + (1 - KEPT) * worth).astype(np.int64)


def _price(tables: Tables, worth: Ints, pulse: Pulse, share: float) -> tuple[int, Ints] | None:
    """The bound at prices `worth` in points, rounded up, and each person's cheapest row; None: the
    pulse stopped it.
    """
    walk, (n, days, posts) = tables.walk, tables.cell.shape
    night_of_shift = np.zeros(walk.after.shape[1], np.int64)
    night_of_shift[tables.shift_of] = tables.night_of
    gain = np.zeros((len(tables.counts), days, posts), np.int64)
    for kind, post, place in np.argwhere(tables.counts >= 0):
        gain[kind, :, post] += worth[tables.counts[kind, post, place]]
    total, rows = int((worth * tables.need).sum()), np.zeros((n, days), np.int64)
    for person in range(n):
        if person % 16 == 0 and not pulse(share):
            return None
        cell = tables.cell[person]
        cell = np.where(cell < FORBIDDEN, cell * SCALE - gain[tables.kind[person]], NEVER)
        total += cheapest(
            cell, tables.days[person] * SCALE, tables.nights[person] * SCALE,
            tables.most_days[person], tables.most_nights[person], tables.owed[person],
            walk.start[person], tables.first, tables.shift_of, night_of_shift, walk.after,
            walk.allowed, walk.rested, rows[person],
        )  # fmt: skip
    return -(-total // SCALE), rows
