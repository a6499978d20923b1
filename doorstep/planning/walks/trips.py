"""Which cart goes where: PyVRP finds the trips, the trips are shared over the carts.

Shortest way first (metres), then the carts are made to finish together. The same seed and
iterations give the same trips; seconds are the pulse's business. A building that gets more than a
cart takes has full carts of its own, and a rest.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from pyvrp import Model
from pyvrp.stop import MultipleCriteria

from doorstep.planning.pulse import ENDLESS, Pulse
from doorstep.planning.sampling.teams import split
from doorstep.planning.walks.plan import Load, SupplyPlan, Trip
from doorstep.planning.walks.problem import Stop, Supply, check_supply

_EVERY: Final = 20  # iterations between two questions to the pulse


class _Pulsed:
    """Stops PyVRP after so many iterations, or when the pulse says so."""

    def __init__(self, pulse: Pulse, iterations: int) -> None:
        self._pulse, self._most, self._done = pulse, iterations, 0
        self.stopped = False

    def __call__(self, best_cost: int) -> bool:
        if self._done >= self._most:
            return True
        if self._done % _EVERY == 0 and not self._pulse(self._done / self._most):
            self.stopped = True
            return True
        self._done += 1
        return False


def supply(problem: Supply, pulse: Pulse = ENDLESS) -> SupplyPlan:
    """Trips that bring every pack. Raises `Wrong` (see `check_supply`)."""
    check_supply(problem)
    parts = _parts(problem)
    metres = _metres(problem, [stop for stop, _ in parts])
    criterion = _Pulsed(pulse, problem.iterations)
    routes = _routes(problem, [packs for _, packs in parts], metres, criterion)
    lengths = [_length(metres, route) for route in routes]
    minutes = [
        _minutes(problem, length, [parts[each][1] for each in route])
        for route, length in zip(routes, lengths, strict=True)
    ]
    shares = split([round(60 * each) for each in minutes], problem.carts)
    trips = tuple(
        Trip(
            cart,
            tuple(Load(parts[each][0].name, parts[each][1]) for each in routes[trip]),
            lengths[trip],
            round(minutes[trip], 2),
        )
        for cart, trips_of in enumerate(shares.jobs_of)
        for trip in trips_of
    )
    packs = sum(stop.packs for stop in problem.stops)
    return SupplyPlan(
        trips,
        sum(lengths),
        _bound(problem, parts, metres),
        -(-packs // problem.cart_packs),
        round(shares.longest_seconds / 60, 2),
        criterion.stopped,
    )


def _parts(problem: Supply) -> list[tuple[Stop, int]]:
    """Loads no larger than a cart."""
    most = problem.cart_packs
    return [
        (stop, min(most, stop.packs - taken))
        for stop in problem.stops
        for taken in range(0, stop.packs, most)
    ]


def _metres(problem: Supply, stops: list[Stop]) -> npt.NDArray[np.int64]:
    """Way between all pairs, the gate first, then the stops: shape (stops + 1, stops + 1)."""
    x = np.array([problem.gate_x_metres, *(stop.x_metres for stop in stops)], np.int64)
    y = np.array([problem.gate_y_metres, *(stop.y_metres for stop in stops)], np.int64)
    metres: npt.NDArray[np.int64] = np.abs(x[:, None] - x) + np.abs(y[:, None] - y)
    return metres


def _routes(
    problem: Supply, packs: list[int], metres: npt.NDArray[np.int64], criterion: _Pulsed
) -> list[list[int]]:
    """Trips as lists of indices of loads, by PyVRP."""
    model = Model()
    places = [model.add_location(0, 0) for _ in range(len(packs) + 1)]
    gate = model.add_depot(places[0])
    for place, count in zip(places[1:], packs, strict=True):
        model.add_client(place, delivery=[count])
    # A trip a load always suffices, so that there is a plan whatever the loads are.
    model.add_vehicle_type(
        len(packs), capacity=[problem.cart_packs], start_depot=gate, end_depot=gate
    )
    for row, start in enumerate(places):
        for column, end in enumerate(places):
            if row != column:
                model.add_edge(start, end, distance=int(metres[row, column]))
    stop = MultipleCriteria([criterion])
    best = model.solve(stop=stop, seed=problem.seed, collect_stats=False, display=False).best
    if not best.is_feasible():  # stopped before there was a plan: every load has its own trip
        return [[each] for each in range(len(packs))]
    trips = [[each.idx for each in route.schedule() if each.is_client()] for route in best.routes()]
    return [trip for trip in trips if trip]


def _length(metres: npt.NDArray[np.int64], route: list[int]) -> int:
    way = [0, *(each + 1 for each in route), 0]
    return int(metres[way[:-1], way[1:]].sum())


def _minutes(problem: Supply, length: int, packs: list[int]) -> float:
    return (
        problem.loading_minutes
        + length / problem.metres_a_minute
        + len(packs) * problem.minutes_a_stop
        + sum(packs) / problem.packs_a_minute
    )


def _bound(problem: Supply, parts: list[tuple[Stop, int]], metres: npt.NDArray[np.int64]) -> int:
    """Every pack has its share of a cart's way there and back; and the farthest stop is reached.
    (Haimovich and Rinnooy Kan, 1985.) Far below the best where stops stand far apart."""
    radial = sum(2 * int(metres[0, n + 1]) * count for n, (_, count) in enumerate(parts))
    return max(-(-radial // problem.cart_packs), 2 * int(metres[0].max()))
