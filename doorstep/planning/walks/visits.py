"""Doors to visit in lists that fit a shift, stairwell after stairwell.

A list takes doors while they fit; a stairwell is divided only where a shift ends. Where the problem
says where buildings stand they come on a short way from the gate and back, found by PyVRP; else in
the given order. The stairwells of a building keep theirs.
"""

import math
from collections.abc import Callable
from typing import Final

from doorstep.planning.pulse import ENDLESS, Pulse
from doorstep.planning.walks import trips
from doorstep.planning.walks.plan import Part, VisitList, VisitPlan
from doorstep.planning.walks.problem import Stairwell, Stop, Supply, Visits, check_visits

_ROUNDING: Final = 1e-9
_GATE: Final = ""  # no building is called so
Way = Callable[[str, str], float]
"""Minutes from a building, or the gate, to another building."""


def bundle(problem: Visits, pulse: Pulse = ENDLESS) -> VisitPlan:
    """Lists for all doors of `problem`. Raises `Wrong` (see `check_visits`)."""
    check_visits(problem)
    way_to = ways(problem)
    lists: list[VisitList] = []
    parts: list[Part] = []
    minutes = 0.0
    # the check has seen that a shift is long enough for a door of every building
    for each in _in_order(problem, pulse):
        done = 0
        while done < each.doors:
            way = problem.minutes_to_a_stairwell
            before = parts[-1].building if parts else _GATE
            if before != each.building:
                way += way_to(before, each.building)
            left = problem.shift_minutes - minutes - way
            fit = min(math.floor(left / problem.minutes_a_visit + _ROUNDING), each.doors - done)
            if fit < 1:
                lists.append(_close(parts, minutes))
                parts, minutes = [], 0.0
                continue
            parts.append(Part(each.building, each.name, done + 1, done + fit))
            minutes += way + fit * problem.minutes_a_visit
            done += fit
    if parts:
        lists.append(_close(parts, minutes))
    visits = sum(each.doors for each in problem.stairwells)
    people = problem.people_together
    least = _least_minutes(problem, way_to, visits)
    fewest = math.ceil(least / problem.shift_minutes - _ROUNDING)
    return VisitPlan(tuple(lists), visits, len(lists) * people, fewest * people)


def ways(problem: Visits) -> Way:
    """How long each way takes, "" being the gate."""
    if not problem.spots:
        return lambda before, building: problem.minutes_to_a_building
    at = {each.building: (each.x_metres, each.y_metres) for each in problem.spots}
    at[_GATE] = problem.gate_x_metres, problem.gate_y_metres

    def way_to(before: str, building: str) -> float:
        metres = sum(abs(one - two) for one, two in zip(at[before], at[building], strict=True))
        return metres / problem.metres_a_minute

    return way_to


def _in_order(problem: Visits, pulse: Pulse) -> list[Stairwell]:
    """The stairwells in the order of the walk."""
    visited = {each.building for each in problem.stairwells if each.doors}
    stops = tuple(
        Stop(each.building, each.x_metres, each.y_metres, 1)
        for each in problem.spots
        if each.building in visited
    )
    if not stops:
        return list(problem.stairwells)
    # one cart that holds a pack for each building: its trip is the walk
    walk = trips.supply(
        Supply(
            stops, cart_packs=len(stops), carts=1, gate_x_metres=problem.gate_x_metres,
            gate_y_metres=problem.gate_y_metres, iterations=problem.iterations, seed=problem.seed,
        ),
        pulse,
    )  # fmt: skip
    rank = {load.stop: n for n, load in enumerate(load for t in walk.trips for load in t.loads)}
    return sorted(
        (each for each in problem.stairwells if each.doors), key=lambda each: rank[each.building]
    )


def _close(parts: list[Part], minutes: float) -> VisitList:
    visits = sum(part.last - part.first + 1 for part in parts)
    return VisitList(tuple(parts), visits, round(minutes, 6))


def _least_minutes(problem: Visits, way_to: Way, visits: int) -> float:
    """Every door once, every stairwell with doors reached once, every building of them once, from
    the gate or from the building that is nearest.
    """
    reached = [each for each in problem.stairwells if each.doors]
    buildings = {each.building for each in reached}
    return (
        visits * problem.minutes_a_visit
        + len(reached) * problem.minutes_to_a_stairwell
        + sum(
            min(way_to(before, each) for before in ({_GATE} | buildings) - {each})
            for each in buildings
        )
    )
