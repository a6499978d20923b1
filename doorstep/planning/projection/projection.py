"""Plays many months of each set of measures and says the ranges. Stops when the pulse says so, with
the runs it has by then of every set of measures alike.
"""

import math
import statistics
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from doorstep.planning.centre import draws, outcome
from doorstep.planning.projection import problem, spread
from doorstep.planning.projection.plan import Fan, Outlook, Prospect
from doorstep.planning.projection.problem import Disease, Measures, Projection
from doorstep.planning.pulse import ENDLESS, Pulse

KNOTS: Final = 4096  # a draw's upper 12 bits choose one
NEVER: Final = 1 << 30
_LEAST_RUNS: Final = 20
_STEP: Final = 20  # runs between two looks at the pulse
Whole = npt.NDArray[np.int64]


def project(asked: Projection, pulse: Pulse = ENDLESS) -> Prospect:
    """The outlook of each set of measures.

    Raises:
        Wrong: it cannot be played.
    """
    problem.check(asked)
    disease = problem.read_disease(asked.disease)
    estate = Estate(asked)
    played: list[list[Whole]] = [[] for _ in asked.measures]
    runs = 0
    while runs < asked.runs:
        if runs >= _LEAST_RUNS and not pulse(runs / asked.runs):
            break
        for run in range(runs, min(runs + _STEP, asked.runs)):
            for number, measures in enumerate(asked.measures):
                played[number].append(estate.play(disease, measures, run))
        runs = min(runs + _STEP, asked.runs)
    pulse(1.0)
    return Prospect(
        people=estate.people,
        households=len(estate.home_first) - 1,
        days=asked.days,
        runs=runs,
        outlooks=tuple(
            _tell(asked, estate, measures, np.array(totals))
            for measures, totals in zip(asked.measures, played, strict=True)
        ),
        sources=_sources(disease),
        is_whole=runs == asked.runs,
    )


class Estate:
    """Who lives with whom, as arrays; and a run in it."""

    def __init__(self, asked: Projection) -> None:
        self._asked = asked
        homes: list[int] = []  # sizes
        buildings: list[int] = []  # people
        for building in asked.buildings:
            sizes = [int(size) for size, many in building.households.items() for _ in range(many)]
            homes += sizes * building.count
            buildings += [sum(sizes)] * building.count
        self.home_first = np.concatenate([[0], np.cumsum(homes)]).astype(np.int64)
        self.building_first = np.concatenate([[0], np.cumsum(buildings)]).astype(np.int64)
        self.people = int(self.home_first[-1])
        self.home_of = np.repeat(np.arange(len(homes)), homes).astype(np.int64)
        self.building_of = np.repeat(np.arange(len(buildings)), buildings).astype(np.int64)
        self._state = np.zeros(self.people, np.int64)
        self._listed = np.zeros(self.people, np.int64)
        self._since = np.zeros(self.people, np.int64)
        self._until = np.zeros(self.people, np.int64)
        self._away = np.zeros(self.people, np.int64)
        self._known = np.full(len(homes), NEVER, np.int64)
        self._stamp = np.zeros(len(homes), np.int64)
        self._tables: tuple[Disease, Whole, Whole, float] | None = None

    def play(self, disease: Disease, measures: Measures, run: int) -> Whole:
        """One run: by day infected so far, new, isolated."""
        if self._tables is None or self._tables[0] is not disease:
            infectious = tabulate(disease.infectious_days.mean, disease.infectious_days.cv)
            latent = tabulate(disease.latent_days.mean, disease.latent_days.cv)
            chance = chance_a_day(disease.household_attack.value, infectious)
            self._tables = (disease, latent, infectious, chance)
        _, latent, infectious, chance = self._tables
        totals = np.zeros((self._asked.days, 3), np.int64)
        spread.play(
            draws.base_of(self._asked.seed, run), self.home_first, self.home_of,
            self.building_first, self.building_of, latent, infectious,
            chance, disease.building_a_day.value, disease.estate_a_day.value, self._asked.infected,
            self._asked.days, measures.sealed_from or 0, measures.kept_building,
            measures.kept_estate, measures.test_every or 0, measures.first_test,
            sensitivity_of(disease, measures.pool), measures.result_days,
            measures.isolate_household, self._state, self._listed, self._since, self._until,
            self._away, self._known, self._stamp, totals,
        )  # fmt: skip
        return totals


def tabulate(mean: float, cv: float) -> Whole:
    """Whole days, at least one, lognormally spread, of that mean: shape (KNOTS,)."""
    if cv == 0:
        low = math.floor(mean)
        share = mean - low
        return np.array([low + (1 if (k + 0.5) / KNOTS < share else 0) for k in range(KNOTS)])
    spread_ = math.sqrt(math.log1p(cv * cv))
    normal = statistics.NormalDist(math.log(mean) - spread_ * spread_ / 2, spread_)
    exact = np.array([math.exp(normal.inv_cdf((k + 0.5) / KNOTS)) for k in range(KNOTS)])
    exact *= mean / exact.mean()
    # rounded so that the parts cut off and added keep the mean
    offsets = (np.arange(KNOTS) * 0.6180339887498949) % 1.0
    days: Whole = np.maximum(np.floor(exact + offsets), 1).astype(np.int64)
    return days


def chance_a_day(attack: float, infectious: Whole) -> float:
    """The chance a day with which a member of the household is infected with chance `attack` in all
    the infectious days of another, these being spread as they are.
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(np.mean(1 - (1 - middle) ** infectious)) < attack:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def sensitivity_of(disease: Disease, pool: int) -> float:
    """The chance to find an infectious person in a pool of that size."""
    lost = disease.lost_by_doubling.value * math.log2(pool)
    return max(0.0, disease.sensitivity.value - lost)


def reed_frost(susceptible: int, infectious: int, chance: float) -> list[float]:
    """The exact chances of 0, 1, … susceptible people being infected in the end, when each
    infectious one infects each other with `chance` in one generation (Abbey, 1952; Human Biology
    24: 201-233).
    """
    ends = [0.0] * (susceptible + 1)
    now = {(susceptible, infectious): 1.0}
    while now:
        then: dict[tuple[int, int], float] = {}
        for (left, sick), weight in now.items():
            if sick == 0 or left == 0:
                ends[susceptible - left] += weight
                continue
            escapes = (1 - chance) ** sick
            for new in range(left + 1):
                part = math.comb(left, new) * (1 - escapes) ** new * escapes ** (left - new)
                key = (left - new, new)
                then[key] = then.get(key, 0.0) + weight * part
        now = then
    return ends


def _tell(asked: Projection, estate: Estate, measures: Measures, totals: Any) -> Outlook:
    infected, new, isolated = (totals[:, :, column] for column in range(3))
    quiet = new[:, -asked.release_days :].sum(axis=1) == 0
    reached = int(quiet.sum())
    low, high = outcome.bounds_of(reached, len(quiet))
    ended = None
    if reached:
        days = [int(np.nonzero(run)[0].max(initial=-1)) + 2 for run in new[quiet]]
        ended = tuple(float(value) for value in np.quantile(days, (0.05, 0.5, 0.95)))
    tests = 0
    if measures.test_every:
        tests = len(range(measures.first_test, asked.days + 1, measures.test_every))
    return Outlook(
        name=measures.name,
        infected=_fan(infected),
        new=_fan(new),
        isolated=_fan(isolated),
        quiet=reached / len(quiet),
        quiet_low=low,
        quiet_high=high,
        ended=ended,  # type: ignore[arg-type]
        swabs=estate.people if tests else 0,
        tubes=-(-estate.people // measures.pool) if tests else 0,
        tests=tests,
    )


def _fan(curves: Any) -> Fan:
    levels = np.quantile(curves, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
    return Fan(*(tuple(float(value) for value in level) for level in levels))


def _sources(disease: Disease) -> tuple[tuple[str, str, str], ...]:
    named = ("latent_days", "infectious_days", "household_attack", "building_a_day",
             "estate_a_day", "sensitivity", "lost_by_doubling")  # fmt: skip
    return tuple((name, *getattr(disease, name).source) for name in named)
