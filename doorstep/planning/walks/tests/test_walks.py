"""Trips and visit lists: every pack and door is there, small cases against all orders there are."""

import itertools
import tomllib
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from doorstep.planning.problems import read
from doorstep.planning.walks.plan import SupplyPlan
from doorstep.planning.walks.problem import Spot, Stairwell, Stop, Supply, Visits
from doorstep.planning.walks.trips import supply
from doorstep.planning.walks.visits import bundle
from doorstep.planning.wrong import Wrong

EXAMPLES = resources.files("doorstep.planning.walks") / "examples"


def _way(problem: Supply, order: tuple[Stop, ...]) -> int:
    points = [(problem.gate_x_metres, problem.gate_y_metres)]
    points += [(stop.x_metres, stop.y_metres) for stop in order]
    return sum(
        abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in itertools.pairwise([*points, points[0]])
    )


def _assert_whole(problem: Supply, plan: SupplyPlan) -> None:
    brought = {stop.name: 0 for stop in problem.stops}
    places = {stop.name: stop for stop in problem.stops}
    for trip in plan.trips:
        assert 0 < sum(load.packs for load in trip.loads) <= problem.cart_packs
        assert 0 <= trip.cart < problem.carts
        assert trip.metres == _way(problem, tuple(places[load.stop] for load in trip.loads))
        for load in trip.loads:
            brought[load.stop] += load.packs
    assert brought == {stop.name: stop.packs for stop in problem.stops}
    assert plan.metres == sum(trip.metres for trip in plan.trips) >= plan.bound_metres
    assert len(plan.trips) >= plan.bound_trips
    busy = [
        sum(trip.minutes for trip in plan.trips if trip.cart == cart)
        for cart in range(problem.carts)
    ]
    assert plan.minutes == pytest.approx(max(busy), abs=0.5)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-200, 200), st.integers(-200, 200), st.integers(0, 25)),
        min_size=1,
        max_size=8,
    ).filter(lambda stops: any(packs for _, _, packs in stops))
)
def test_every_pack_is_brought_and_no_cart_is_too_full(stops: list[tuple[int, int, int]]) -> None:
    named = tuple(Stop(str(n), *each) for n, each in enumerate(stops))
    problem = Supply(stops=named, cart_packs=10, carts=2, iterations=60)
    _assert_whole(problem, supply(problem))


def test_one_trip_is_the_shortest_of_all_orders() -> None:
    spots = ((90, 10), (-40, 70), (15, -60), (120, 80), (-75, -30), (30, 45))
    stops = tuple(Stop(str(n), x, y, 1) for n, (x, y) in enumerate(spots))
    problem = Supply(stops=stops, cart_packs=10, carts=1, iterations=300)
    plan = supply(problem)
    assert len(plan.trips) == 1
    assert plan.metres == min(_way(problem, order) for order in itertools.permutations(stops))


def test_the_example_is_brought_in_the_fewest_trips_and_twice_the_same() -> None:
    data = tomllib.loads((EXAMPLES / "supply.toml").read_text(encoding="utf-8"))
    problem = read(Supply, data | {"iterations": 500})
    plan = supply(problem)
    _assert_whole(problem, plan)
    assert not plan.stopped
    assert len(plan.trips) <= plan.bound_trips + 1
    assert supply(problem) == plan


def test_a_stopped_search_has_a_whole_plan_and_says_so() -> None:
    data = tomllib.loads((EXAMPLES / "supply.toml").read_text(encoding="utf-8"))
    problem = read(Supply, data)
    asked: list[float] = []

    def pulse(share: float) -> bool:
        asked.append(share)
        return len(asked) < 4

    plan = supply(problem, pulse)
    assert plan.stopped
    assert len(asked) == 4
    assert asked == sorted(asked)
    _assert_whole(problem, plan)
    _assert_whole(problem, supply(problem, lambda share: False))


@given(
    st.lists(st.integers(0, 90), min_size=1, max_size=12).filter(any),
    st.integers(30, 200),
)
def test_every_door_is_on_one_list_in_order_within_the_shift(doors: list[int], shift: int) -> None:
    stairwells = tuple(Stairwell(str(n // 2), str(n), each) for n, each in enumerate(doors))
    problem = Visits(stairwells=stairwells, minutes_a_visit=4.0, shift_minutes=float(shift))
    plan = bundle(problem)
    visited = [
        (part.stairwell, door)
        for each in plan.lists
        for part in each.parts
        for door in range(part.first, part.last + 1)
    ]
    assert visited == [(str(n), door) for n, c in enumerate(doors) for door in range(1, c + 1)]
    for each in plan.lists:
        buildings = [key for key, _ in itertools.groupby(part.building for part in each.parts)]
        minutes = 4 * each.visits + 3 * len(each.parts) + 5 * len(buildings)
        assert each.minutes == pytest.approx(minutes)
        assert minutes <= shift
    assert plan.visits == sum(doors)
    assert plan.bound_people <= plan.people == 2 * len(plan.lists)


def test_where_buildings_stand_makes_the_way_and_the_order() -> None:
    spots = (Spot("far", 400, 0), Spot("gate", 10, 0), Spot("middle", 200, 0))
    stairwells = tuple(Stairwell(each.building, n, 5) for each in spots for n in ("1", "2"))
    problem = Visits(
        stairwells=stairwells, minutes_a_visit=4.0, minutes_to_a_stairwell=0.0, spots=spots
    )
    [one] = bundle(problem).lists
    order = [key for key, _ in itertools.groupby(part.building for part in one.parts)]
    assert order in (["gate", "middle", "far"], ["far", "middle", "gate"])
    way = 400 if order[0] == "gate" else 790  # the gate of the estate is at 0, 0
    assert one.minutes == pytest.approx(4 * 30 + way / 50)
    assert [part.stairwell for part in one.parts] == ["1", "2"] * 3
    near = bundle(replace(problem, shift_minutes=60.0, gate_x_metres=400))
    for each in near.lists:  # each list begins at the gate again
        assert each.minutes <= 60
    assert near.bound_people <= near.people == 2 * len(near.lists)
    assert {(part.building, part.stairwell) for each in near.lists for part in each.parts} == {
        (each.building, each.name) for each in stairwells
    }


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-300, 300), st.integers(-300, 300), st.integers(0, 12)),
        min_size=1,
        max_size=7,
    ).filter(lambda each: any(doors for _, _, doors in each))
)
def test_with_positions_every_door_is_visited_once_and_the_bound_holds(
    buildings: list[tuple[int, int, int]],
) -> None:
    named = list(enumerate(buildings))
    problem = Visits(
        stairwells=tuple(Stairwell(str(n), "1", doors) for n, (_, _, doors) in named),
        spots=tuple(Spot(str(n), x, y) for n, (x, y, _) in named),
        minutes_a_visit=3.0, shift_minutes=45.0, iterations=40,
    )  # fmt: skip
    plan = bundle(problem)
    at = {str(n): (x, y) for n, (x, y, _) in named}
    visited = dict.fromkeys(at, 0)
    for each in plan.lists:
        way = [(0, 0), *(at[part.building] for part in each.parts)]
        metres = sum(abs(a - c) + abs(b - d) for (a, b), (c, d) in itertools.pairwise(way))
        minutes = metres / 50 + 3 * len(each.parts) + 3 * each.visits
        assert each.minutes == pytest.approx(minutes) and minutes <= 45
        for part in each.parts:
            visited[part.building] += part.last - part.first + 1
    assert visited == {str(n): doors for n, (_, _, doors) in named}
    assert plan.bound_people <= plan.people


def test_people_for_21000_visits() -> None:
    # 700 stairwells of 30 doors, two to a building: 4 min a door, 3 a stairwell, 5 a building.
    stairwells = tuple(Stairwell(str(n // 2), str(n), 30) for n in range(700))
    plan = bundle(Visits(stairwells=stairwells, minutes_a_visit=4.0))
    assert plan.visits == 21_000
    # (21,000 * 4 + 700 * 3 + 350 * 5) / 360 = 244.03 lists at the least, two people on each
    assert plan.bound_people == 2 * 245
    assert plan.bound_people <= plan.people <= 1.04 * plan.bound_people


@pytest.mark.parametrize("name", ["visits.toml", "visits_placed.toml"])
def test_the_examples_of_visits_are_read(name: str) -> None:
    data = tomllib.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    plan = bundle(read(Visits, data))
    assert plan.visits == sum(each["doors"] for each in data["stairwells"])


def test_wrong_input_names_its_field() -> None:
    one = Stop("1", 0, 0, 5)
    stair = Stairwell("1", "1", 5)
    cases = (
        ("stops[1].name", lambda: supply(Supply(stops=(one, one), cart_packs=5, carts=1))),
        ("stops", lambda: supply(Supply(stops=(Stop("1", 0, 0, 0),), cart_packs=5, carts=1))),
        (
            "cart_packs",
            lambda: supply(Supply(stops=(Stop("1", 0, 0, 2_000),), cart_packs=1, carts=1)),
        ),
        (
            "stairwells[1].name",
            lambda: bundle(Visits(stairwells=(stair, stair), minutes_a_visit=4.0)),
        ),
        (
            "shift_minutes",
            lambda: bundle(Visits(stairwells=(stair,), minutes_a_visit=4.0, shift_minutes=11.0)),
        ),
        (
            "shift_minutes",
            lambda: bundle(Visits((stair,), 4.0, spots=(Spot("1", 20_000, 0),))),
        ),
        (
            "spots[1].building",
            lambda: bundle(Visits((stair,), 4.0, spots=(Spot("1", 1, 0),) * 2)),
        ),
        (
            "stairwells[0].building",
            lambda: bundle(Visits((stair,), 4.0, spots=(Spot("2", 1, 0),))),
        ),
    )
    for field, call in cases:
        with pytest.raises(Wrong) as refused:
            call()
        assert refused.value.field == field
    with pytest.raises(Wrong) as refused:
        read(Supply, {"stops": [], "cart_packs": 0, "carts": 1})
    assert refused.value.code == "BOUND"
