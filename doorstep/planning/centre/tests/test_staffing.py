"""The fewest desks and stalls: what was found elsewhere is found again, and no search hangs."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doorstep.planning import problems
from doorstep.planning.centre import durations, outcome, simulate, staffing
from doorstep.planning.centre.problem import Centre
from doorstep.planning.wrong import Wrong

EXAMPLE = Path(__file__).parents[1] / "examples" / "yingyue.toml"
DESKS, STALLS = "登记", "接种"


def read(**changed: Any) -> Centre:
    return problems.read(Centre, tomllib.loads(EXAMPLE.read_text("utf-8")) | changed)


def small(**changed: Any) -> Centre:
    said: dict[str, Any] = {
        "name": "small", "opens": "08:00",
        "stations": [
            {"name": DESKS, "servers": 4, "duration": {"mean_seconds": 120}},
            {"name": STALLS, "servers": 4, "duration": {"mean_seconds": 150}},
        ],
        "arrivals": {"bookings": 430, "first": "08:00", "last": "11:30"},
        "target": {"people": 380, "by": "12:15"},
    }  # fmt: skip
    return problems.read(Centre, said | changed)


def test_ten_thousand_doses_in_ten_hours_take_thirty_five_and_thirty_five() -> None:
    """2 minutes at each, slots of ten minutes, as measured before. No neighbour is enough."""
    centre = read()
    found = staffing.search(staffing.Search(centre, (DESKS, STALLS), scenarios=("plain",)))
    assert found.servers == (35, 35) and found.is_whole
    judge = staffing.Judge(centre, [0, 1], lambda share: True)
    assert judge.is_enough((35, 35))
    assert not judge.is_enough((34, 35)) and not judge.is_enough((35, 34))


def test_the_longest_dose_of_a_centre_with_forty_stalls_is_the_one_measured() -> None:
    """10,000 in 10 hours: 139 s, of 144 s were nobody ever idle."""
    assert staffing.longest_service(read(), STALLS) == pytest.approx(139, abs=1)
    assert staffing.implied_seconds(read(), 1, 40) == pytest.approx(3600 * 10.25 * 40 / 10_000)


def test_bad_days_ask_for_more_and_the_answer_serves_in_all() -> None:
    found = staffing.search(staffing.Search(small(), (DESKS, STALLS)))
    needs = {need.scenario: need.servers for need in found.needs}
    assert set(needs) == set(staffing.SCENARIOS)
    for servers in needs.values():
        assert all(a >= b for a, b in zip(servers, needs["plain"], strict=True))
    assert found.servers == tuple(max(each) for each in zip(*needs.values(), strict=True))
    assert sum(needs["peak"]) > sum(needs["plain"])
    less, same, more = [limit.good for limit in found.limits if limit.station == STALLS]
    assert less <= same <= more and same >= 0.9


def test_along_the_edge_one_less_of_either_is_too_few() -> None:
    judge = staffing.Judge(small(), [0, 1], lambda share: True)
    found = staffing.search(staffing.Search(small(), (DESKS, STALLS), scenarios=("plain",)))
    [need] = found.needs
    assert need.front
    for first, second in need.front:
        assert judge.is_enough((first, second)) and not judge.is_enough((first, second - 1))


def test_costs_choose_along_the_edge() -> None:
    dear = staffing.search(
        staffing.Search(small(), (DESKS, STALLS), costs=(100.0, 1.0), scenarios=("plain",))
    )
    other = staffing.search(
        staffing.Search(small(), (DESKS, STALLS), costs=(1.0, 100.0), scenarios=("plain",))
    )
    assert dear.servers[0] <= other.servers[0] and dear.servers[1] >= other.servers[1]


def test_one_station_alone() -> None:
    found = staffing.search(staffing.Search(small(), (STALLS,), scenarios=("plain",)))
    [count] = found.servers
    judge = staffing.Judge(small(), [1], lambda share: True)
    assert judge.is_enough((count,)) and not judge.is_enough((count - 1,))


def test_a_target_nobody_can_reach_is_named() -> None:
    late = small(target={"people": 380, "by": "08:30"})
    with pytest.raises(Wrong) as caught:
        staffing.search(staffing.Search(late, (DESKS, STALLS)))
    assert (caught.value.field, caught.value.code) == ("target", "NOTHING_REACHES")
    with pytest.raises(Wrong) as caught:
        staffing.search(staffing.Search(msgspec.structs.replace(late, target=None), (DESKS,)))
    assert caught.value.code == "NO_TARGET"
    with pytest.raises(Wrong) as caught:
        staffing.search(staffing.Search(small(), ("nobody",)))
    assert (caught.value.field, caught.value.code) == ("stations[0]", "NOT_THERE")


def test_a_search_that_is_stopped_says_what_it_has() -> None:
    asked = staffing.Search(small(), (DESKS, STALLS))
    shares: list[float] = []

    def whole(share: float) -> bool:
        shares.append(share)
        return True

    needs = staffing.search(asked, whole).needs
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] == 1
    parts = 0
    for beats in range(5, len(shares), 10):  # the searches go on beside each other
        left = iter(range(beats))

        def stops(share: float, left: Iterator[int] = left) -> bool:
            return next(left, None) is not None

        try:
            found = staffing.search(asked, stops)
        except Wrong as wrong:
            assert wrong.code == "STOPPED_EARLY"
        else:
            assert found.is_whole == (found.needs == needs) and set(found.needs) <= set(needs)
            parts += not found.is_whole
    assert parts
    with pytest.raises(Wrong, match="STOPPED_EARLY"):
        staffing.search(asked, lambda share: False)


def test_simulating_stops_with_the_days_it_has() -> None:
    centre = small(replications=50)
    assert simulate.simulate(centre, lambda share: share < 0.3).days == 15
    whole = simulate.simulate(centre)
    assert whole.days == 50 and whole.kernel == "recursion"
    assert whole.wait_mean.low <= whole.wait_mean.mean <= whole.wait_mean.high
    msgspec.json.encode(whole)
    assert simulate.simulate(centre) == whole  # the same seed gives the same days


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"stations": []}, "stations", "EMPTY"),
        ({"opens": "25:00"}, "opens", "TYPE"),
        ({"target": {"people": 380, "by": "07:00"}}, "target.by", "LATER"),
        ({"target": {"people": 9_999, "by": "12:00"}}, "target.people", "MOST"),
        ({"arrivals": {"bookings": 5, "first": "09:00", "last": "08:30"}},
         "arrivals.last", "LATER"),
        ({"stations": [{"name": "a", "servers": -1, "duration": {"mean_seconds": 1}}]},
         "stations[0].servers", "BOUND"),
        ({"stations": [{"name": "a", "servers": 0, "duration": {"mean_seconds": 1}}]},
         "stations[0].servers", "BOUND"),
        ({"stations": [{"name": "a", "servers": 1, "duration": {"mean_seconds": -3}}]},
         "stations[0].duration.mean_seconds", "BOUND"),
        ({"stations": [{"name": "a", "servers": 1, "duration": {}}]},
         "stations[0].duration.mean_seconds", "BOUND"),
        ({"stations": [{"name": "a", "servers": 1, "duration": {"mean_seconds": 9},
                        "changes": [{"at": "09:00", "servers": 0}]}]},
         "stations[0].changes[0].servers", "NEVER_SERVED"),
        ({"stations": [{"name": "a", "servers": 1, "duration": {"preset": "x"}}]},
         "stations[0].duration.preset", "PRESET_UNKNOWN"),
        ({"colour": "red"}, "colour", "UNKNOWN"),
    ],
)  # fmt: skip
def test_what_cannot_be_played_names_its_field(
    changed: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Wrong) as caught:
        simulate.simulate(small(**changed))
    assert (caught.value.field, caught.value.code) == (field, code)


def test_timings_of_a_study_go_straight_in() -> None:
    timings = durations.read_timings("seconds\n61\n 75.5 \n\n90;first dose\n")
    assert timings == (61.0, 75.5, 90.0)
    with pytest.raises(Wrong) as caught:
        durations.read_timings("seconds\n61\nabout a minute\n")
    assert (caught.value.code, caught.value.facts["row"]) == ("TIMING_ROW", 3)
    for wrong in ("seconds\n-4", "", "seconds"):
        with pytest.raises(Wrong):
            durations.read_timings(wrong)


def test_bounds_of_a_share_are_clopper_and_pearsons() -> None:
    """The rule of three for no success, and the figures of 10 in 20 (Newcombe, 1998)."""
    assert outcome.bounds_of(0, 60)[1] == pytest.approx(1 - 0.025 ** (1 / 60), abs=1e-9)
    low, high = outcome.bounds_of(10, 20)
    assert low == pytest.approx(0.2720, abs=1e-4)
    assert high == pytest.approx(0.7280, abs=1e-4)
    assert outcome.bounds_of(20, 20)[1] == 1.0
