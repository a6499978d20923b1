"""How near the planner comes to the fewest tubes, the shortest team split, the shortest trips.

The estate is drawn from a seed: 44 buildings, about 10,200 people. Peers: tubes filled in order of
arrival, longest job first without swaps, PyVRP for longer. Reads no database.
"""

import random
import statistics
import time
from typing import Any

from doorstep.bench import machine
from doorstep.planning.sampling.teams import split
from doorstep.planning.sampling.tubes import fill
from doorstep.planning.walks.problem import Stop, Supply
from doorstep.planning.walks.trips import supply

BUILDINGS = 44
HOUSEHOLDS = 75
SIZES, SHARES = (1, 2, 3, 4, 5, 6), (14, 22, 27, 20, 12, 5)  # people in a household, per cent
TEAMS = range(10, 41)
SECONDS_A_SWAB, SECONDS_A_STAIRWELL = 60, 240
ENDLESS_ITERATIONS = 200_000


def measure_tubes(repeats: int) -> dict[str, Any]:
    """Tubes and teams: gaps to the bounds (shares), milliseconds (medians of `repeats`)."""
    draw = random.Random(1)
    estate = [draw.choices(SIZES, SHARES, k=HOUSEHOLDS) for _ in range(BUILDINGS)]
    jobs = [SECONDS_A_STAIRWELL + SECONDS_A_SWAB * draw.randint(60, 130) for _ in range(96)]
    fills: list[float] = []
    splits: dict[int, list[float]] = {count: [] for count in TEAMS}
    teams = {}
    for _ in range(repeats):
        begun = time.perf_counter()
        found = [fill(people, 10) for people in estate]
        fills.append(time.perf_counter() - begun)
        for count in TEAMS:
            begun = time.perf_counter()
            teams[count] = split(jobs, count)
            splits[count].append(time.perf_counter() - begun)
    tubes, bound = sum(len(each.tubes) for each in found), sum(each.bound for each in found)
    in_order = sum(_fill_in_order(people, 10) for people in estate)
    return {
        "people": sum(map(sum, estate)),
        "tubes": tubes,
        "tubes_bound": bound,
        "tubes_gap": round(tubes / bound - 1, 5),
        "in_order_gap": round(in_order / bound - 1, 5),
        "tubes_ms": round(1e3 * statistics.median(fills), 1),
        "teams_gap": {str(count): round(each.gap, 5) for count, each in teams.items()},
        "teams_worst_gap": round(max(each.gap for each in teams.values()), 5),
        "teams_slowest_ms": round(1e3 * max(map(statistics.median, splits.values())), 1),
        "machine": machine.describe(),
    }


def measure_routes(seconds: float) -> dict[str, Any]:
    """The supply round at 1 second against the same search for `seconds`: metres, ratio."""
    draw = random.Random(7)
    stops = tuple(
        Stop(
            str(n),
            60 + (n % 8) * 80 + draw.randint(-10, 10),
            40 + (n // 8) * 70 + draw.randint(-10, 10),
            draw.randint(60, 92),
        )
        for n in range(BUILDINGS)
    )
    problem = Supply(
        stops=stops, cart_packs=300, carts=4, gate_x_metres=350, iterations=ENDLESS_ITERATIONS
    )
    short, long = _route(problem, 1.0), _route(problem, seconds)
    return {
        "stops": len(stops),
        "packs": sum(stop.packs for stop in stops),
        "metres_1_s": short,
        "metres_long": long,
        "long_seconds": seconds,
        "over_long": round(short / long - 1, 5),
        "machine": machine.describe(),
    }


def _route(problem: Supply, seconds: float) -> int:
    begun = time.perf_counter()
    return supply(problem, lambda share: time.perf_counter() - begun < seconds).metres


def _fill_in_order(people: list[int], size: int) -> int:
    """Tubes when one is closed at the first household without room."""
    tubes, used = 1, 0
    for count in people:
        if used + count > size:
            tubes, used = tubes + 1, 0
        used += count
    return tubes
