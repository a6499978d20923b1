"""Doors to visit in lists that fit a shift, stairwell after stairwell in the given order.

A list takes doors while they fit; a stairwell is divided only where a shift ends. Does not reorder
stairwells: the order of the walk is the caller's.
"""

import math
from typing import Final

from doorstep.planning.walks.plan import Part, VisitList, VisitPlan
from doorstep.planning.walks.problem import Visits, check_visits

_ROUNDING: Final = 1e-9


def bundle(problem: Visits) -> VisitPlan:
    """Lists for all doors of `problem`. Raises `Wrong` (see `check_visits`)."""
    check_visits(problem)
    lists: list[VisitList] = []
    parts: list[Part] = []
    minutes = 0.0
    for each in problem.stairwells:
        done = 0
        while done < each.doors:
            way = problem.minutes_to_a_stairwell
            if not parts or parts[-1].building != each.building:
                way += problem.minutes_to_a_building
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
    fewest = math.ceil(_least_minutes(problem, visits) / problem.shift_minutes - _ROUNDING)
    return VisitPlan(tuple(lists), visits, len(lists) * people, fewest * people)


def _close(parts: list[Part], minutes: float) -> VisitList:
    visits = sum(part.last - part.first + 1 for part in parts)
    return VisitList(tuple(parts), visits, round(minutes, 6))


def _least_minutes(problem: Visits, visits: int) -> float:
    """Every door once, every stairwell with doors reached once, every building of them once."""
    reached = [each for each in problem.stairwells if each.doors]
    buildings = {each.building for each in reached}
    return (
        visits * problem.minutes_a_visit
        + len(reached) * problem.minutes_to_a_stairwell
        + len(buildings) * problem.minutes_to_a_building
    )
