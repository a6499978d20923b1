"""Plays the days of a centre and says what comes out. Stops when the pulse says so, with the days
it has by then; two at least.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from doorstep.planning.centre import days, outcome, summary
from doorstep.planning.centre.days import MINUTE, Whole
from doorstep.planning.centre.outcome import Outcome, StationOutcome, figure_of
from doorstep.planning.centre.problem import Centre
from doorstep.planning.hours import minutes_of
from doorstep.planning.pulse import ENDLESS, Pulse

STEP_MINUTES: Final = 10  # of the curves
_LEAST_DAYS: Final = 2
_ANY_WAIT: Final = 10**12


def simulate(centre: Centre, pulse: Pulse = ENDLESS, *, kernel: str = "") -> Outcome:
    """Play `centre.replications` days.

    Raises:
        Wrong: the centre cannot be played.
    """
    player = days.Days(centre, kernel)
    stations = len(centre.stations)
    waits = np.zeros((stations + 1, summary.BINS), np.int64)
    rows = np.zeros((stations + 1, summary.FIELDS))
    target = centre.target
    limit = _ANY_WAIT if target is None else round(target.wait_minutes * MINUTE)
    until = player.ends if target is None else minutes_of(target.by) * MINUTE
    kept: list[tuple[float, ...]] = []
    by_station: list[npt.NDArray[np.float64]] = []
    curves = _Curves(player, stations)
    for day in range(centre.replications):
        if day >= _LEAST_DAYS and not pulse(day / centre.replications):
            break
        played = player.play(day)
        within = summary.measure(
            played.joins, played.starts, played.services, played.persons, limit, waits, rows
        )
        done = summary.count_until(played.left, until)
        seats = summary.most_at_once(played.left, played.out) if len(player.resting) else 0
        good = target is None or (done >= target.people and within >= target.share)
        overall = rows[stations]
        last = max(float(played.left.max()), float(player.opens))
        kept.append(
            (len(played.persons), done, last / MINUTE, overall[summary.MEAN] / MINUTE,
             overall[summary.MEDIAN] / MINUTE, overall[summary.P95] / MINUTE, within, seats, good)
        )  # fmt: skip
        by_station.append(rows[:stations].copy())
        curves.add(played)
    pulse(1.0)
    return _tell(player, kept, np.array(by_station), curves)


class _Curves:
    """How many stood, sat and were done at moments of the day, day by day."""

    def __init__(self, player: days.Days, stations: int) -> None:
        self.first = player.opens
        count = (player.ends - player.opens) // (STEP_MINUTES * MINUTE) + 13  # two hours more
        self.moments = self.first + np.arange(count) * STEP_MINUTES * MINUTE
        self.queues: list[Whole] = []
        self.done: list[Whole] = []
        self.sitting: list[Whole] = []
        self._stations = stations
        self._rests = len(player.resting) > 0

    def add(self, day: days.Day) -> None:
        """One more day."""
        count, step = len(self.moments), STEP_MINUTES * MINUTE
        queues = np.zeros((self._stations, count), np.int64)
        for station in range(self._stations):
            begins = np.where(day.starts[station] < 0, -1, day.joins[station])
            summary.count_within(begins, day.starts[station], self.first, step, queues[station])
        left = np.sort(day.left[day.left >= 0])
        sitting = np.zeros(count, np.int64)
        if self._rests:
            summary.count_within(day.left, day.out, self.first, step, sitting)
        self.queues.append(queues)
        self.done.append(np.searchsorted(left, self.moments, side="right"))
        self.sitting.append(sitting)


def _tell(
    player: days.Days,
    kept: list[tuple[float, ...]],
    by_station: npt.NDArray[np.float64],
    curves: _Curves,
) -> Outcome:
    people, done, finish, mean, median, p95, within, seats, good = np.array(kept, float).T
    reached = int(good.sum())
    low, high = outcome.bounds_of(reached, len(kept))
    queues = np.array(curves.queues)
    finished = np.array(curves.done)
    return Outcome(
        kernel=player.kernel,
        days=len(kept),
        people=figure_of(people),
        by_target=figure_of(done),
        finish=figure_of(finish),
        wait_mean=figure_of(mean),
        wait_median=figure_of(median),
        wait_p95=figure_of(p95),
        within=figure_of(within),
        good=reached / len(kept),
        good_low=low,
        good_high=high,
        seats=figure_of(seats),
        stations=tuple(
            _tell_station(player, place, by_station[:, place], queues[:, place])
            for place in range(len(player.centre.stations))
        ),
        clock_minutes=tuple(float(at) / MINUTE for at in curves.moments),
        done=_means(finished),
        done_p5=_quantiles(finished, 0.05),
        done_p95=_quantiles(finished, 0.95),
        sitting=_means(np.array(curves.sitting)),
    )


def _tell_station(
    player: days.Days, place: int, rows: npt.NDArray[np.float64], queues: Whole
) -> StationOutcome:
    station = player.centre.stations[place]
    most = max([station.servers, *(change.servers for change in station.changes)])
    open_for = np.maximum(rows[:, summary.LAST] - player.opens, 1.0)
    return StationOutcome(
        name=station.name,
        servers=most,
        wait_mean=figure_of(rows[:, summary.MEAN] / MINUTE),
        wait_median=figure_of(rows[:, summary.MEDIAN] / MINUTE),
        wait_p95=figure_of(rows[:, summary.P95] / MINUTE),
        utilisation=figure_of(rows[:, summary.BUSY] / (most * open_for)),
        queue=_means(queues),
        queue_p95=_quantiles(queues, 0.95),
        seconds_each=float(
            rows[:, summary.BUSY].sum() / max(rows[:, summary.PEOPLE].sum(), 1) / 1000
        ),
    )


def _means(curves: Whole) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in curves.mean(axis=0))


def _quantiles(curves: Whole, share: float) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in np.quantile(curves, share, axis=0))
