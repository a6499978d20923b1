"""What is asked: what each building gets and where it stands; which doors are to be visited.

Metres on a plan of the estate, walked at right angles, as paths between buildings run: an
assumption; no map is read. No names of people belong here.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from doorstep.planning.wrong import Wrong

MOST_STOPS: Final = 500
MOST_PARTS: Final = 1_000  # loads, after what is more than a cart has been divided
MOST_ITERATIONS: Final = 200_000

Name = Annotated[str, Meta(min_length=1, max_length=40)]
Metres = Annotated[int, Meta(ge=-100_000, le=100_000)]
Minutes = Annotated[float, Meta(ge=0, le=1_440)]
Count = Annotated[int, Meta(ge=1, le=100_000)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Stop(_Struct, frozen=True):
    """A building: where it stands, how many packs it gets."""

    name: Name
    x_metres: Metres
    y_metres: Metres
    packs: Annotated[int, Meta(ge=0, le=100_000)]


class Supply(_Struct, frozen=True):
    """Packs for buildings, brought from one gate by carts that take so many and come back."""

    stops: Annotated[tuple[Stop, ...], Meta(min_length=1, max_length=MOST_STOPS)]
    cart_packs: Count
    carts: Annotated[int, Meta(ge=1, le=200)]
    gate_x_metres: Metres = 0
    gate_y_metres: Metres = 0
    metres_a_minute: Annotated[float, Meta(gt=0, le=1_000)] = 50.0
    loading_minutes: Minutes = 10.0
    minutes_a_stop: Minutes = 3.0
    packs_a_minute: Annotated[float, Meta(gt=0, le=1_000)] = 10.0
    iterations: Annotated[int, Meta(ge=1, le=MOST_ITERATIONS)] = 3_000
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1


class Stairwell(_Struct, frozen=True):
    """Doors behind one entrance that are to be visited, in the order of the walk."""

    building: Name
    name: Name
    doors: Annotated[int, Meta(ge=0, le=2_000)]


class Spot(_Struct, frozen=True):
    """Where a building stands."""

    building: Name
    x_metres: Metres
    y_metres: Metres


class Visits(_Struct, frozen=True):
    """Doors to visit in one shift, by so many people together at each door. `spots`: where the
    buildings stand, all of them or none. With them the buildings are visited on a short way from
    the gate and back, and a way is as long as it is; without, in the order of `stairwells`, and
    each building takes `minutes_to_a_building`.
    """

    stairwells: Annotated[tuple[Stairwell, ...], Meta(min_length=1, max_length=20_000)]
    minutes_a_visit: Annotated[float, Meta(gt=0, le=480)]
    minutes_to_a_stairwell: Minutes = 3.0
    minutes_to_a_building: Minutes = 5.0
    shift_minutes: Annotated[float, Meta(gt=0, le=1_440)] = 360.0
    people_together: Annotated[int, Meta(ge=1, le=20)] = 2
    spots: Annotated[tuple[Spot, ...], Meta(max_length=MOST_STOPS)] = ()
    gate_x_metres: Metres = 0
    gate_y_metres: Metres = 0
    metres_a_minute: Annotated[float, Meta(gt=0, le=1_000)] = 50.0
    iterations: Annotated[int, Meta(ge=1, le=MOST_ITERATIONS)] = 1_000
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1


def check_supply(problem: Supply) -> None:
    """Raises `Wrong` for a name given twice, nothing to bring, or too many loads."""
    seen: set[str] = set()
    for index, stop in enumerate(problem.stops):
        if stop.name in seen:
            raise Wrong(f"stops[{index}].name", "TWICE", what=stop.name)
        seen.add(stop.name)
    if not any(stop.packs for stop in problem.stops):
        raise Wrong("stops", "EMPTY")
    parts = sum(-(-stop.packs // problem.cart_packs) for stop in problem.stops)
    if parts > MOST_PARTS:
        raise Wrong("cart_packs", "MOST", most=MOST_PARTS)


def check_visits(problem: Visits) -> None:
    """Raises `Wrong` for a stairwell given twice, a building that stands nowhere or twice, or a
    shift too short for a single visit.
    """
    seen: set[tuple[str, str]] = set()
    for index, each in enumerate(problem.stairwells):
        if (each.building, each.name) in seen:
            raise Wrong(f"stairwells[{index}].name", "TWICE", what=each.name)
        seen.add((each.building, each.name))
    way = _longest_way(problem) + problem.minutes_to_a_stairwell
    if way + problem.minutes_a_visit > problem.shift_minutes:
        least = round(way + problem.minutes_a_visit, 1)
        raise Wrong("shift_minutes", "BOUND", right=f">= {least}")


def _longest_way(problem: Visits) -> float:
    """Minutes from the gate to the farthest building with doors. Raises `Wrong`."""
    if not problem.spots:
        return problem.minutes_to_a_building
    found: dict[str, float] = {}
    for index, each in enumerate(problem.spots):
        if each.building in found:
            raise Wrong(f"spots[{index}].building", "TWICE", what=each.building)
        metres = abs(each.x_metres - problem.gate_x_metres)
        metres += abs(each.y_metres - problem.gate_y_metres)
        found[each.building] = metres / problem.metres_a_minute
    for index, stairwell in enumerate(problem.stairwells):
        if stairwell.building not in found:
            raise Wrong(f"stairwells[{index}].building", "STANDS_NOWHERE", what=stairwell.building)
    return max((found[each.building] for each in problem.stairwells if each.doors), default=0.0)
