"""A round as a whole: everybody has a window, tubes reach the laboratory, finish against a sum."""

import tomllib
from importlib import resources

import msgspec
import pytest

from doorstep.planning.problems import read
from doorstep.planning.sampling.problem import Building, Round, Stairwell
from doorstep.planning.sampling.rounds import fewest_teams, solve
from doorstep.planning.wrong import Wrong


def _example(**changes: object) -> Round:
    file = resources.files("doorstep.planning.sampling") / "examples" / "estate.toml"
    return read(Round, tomllib.loads(file.read_text(encoding="utf-8")) | changes)


def _one(households: tuple[int, ...], **changes: object) -> Round:
    stairwell = Stairwell("A", households)
    return msgspec.structs.replace(
        Round(buildings=(Building("1", (stairwell,)),), teams=1), **changes
    )


def test_everybody_has_a_window_and_every_tube_a_run() -> None:
    problem = _example()
    plan = solve(problem)
    assert plan == solve(problem)
    assert plan.people == sum(visit.people for visit in plan.visits) == 120
    assert sum(run.tubes for run in plan.runs) == plan.tubes >= plan.tubes_bound
    for team in range(2):
        end = 0.0
        for visit in (each for each in plan.visits if each.team == team):
            assert visit.from_minute == pytest.approx(end)
            end = visit.to_minute
            assert visit.people_a_call <= 15 * 86 / 60
    low, middle, high = plan.finish_minutes
    assert low < middle < high


def test_without_variation_the_finish_is_the_work() -> None:
    plan = solve(_example(cv=0))
    assert plan.finish_minutes == pytest.approx((plan.work_minutes,) * 3)


def test_the_guide_for_10200_people() -> None:
    plan = solve(_one((20,) * 510))
    assert plan.guide.tables == (13, 17)
    assert plan.guide.samplers == 29  # 28.3
    assert plan.guide.sites == (4, 6)
    assert len(plan.guide.sources) == 4


def test_defaults_are_the_figures_with_a_source() -> None:
    file = resources.files("doorstep.planning.sampling") / "guide.toml"
    figures = tomllib.loads(file.read_text(encoding="utf-8"))
    asked = _one((1,))
    assert asked.swabs_an_hour == figures["team"]["swabs_an_hour"]
    assert asked.collect_minutes == figures["chain"]["collect_minutes"]
    assert asked.limit_minutes == figures["chain"]["limit_minutes"]


def test_pool_modes() -> None:
    assert [solve(_one((3, 2, 25, 0), pool=pool)).tubes for pool in ("household", "1", "5")] == [
        4, 30, 6,
    ]  # fmt: skip


def test_runs_ages_and_the_laboratory() -> None:
    # A swab a minute: tubes of ten close at 10, 20 … 90; runs at 60 and 120, half an hour's drive.
    plan = solve(
        _one(
            (10,) * 9,
            swabs_an_hour=60.0,
            minutes_to_a_stairwell=0.0,
            limit_minutes=85.0,
            box_tubes=4,
            laboratory_tubes_an_hour=3.0,
        )
    )
    first, second = plan.runs
    assert (first.tubes, first.boxes, first.oldest_minutes, first.late_tubes) == (6, 2, 90, 1)
    assert (second.tubes, second.boxes, second.oldest_minutes, second.late_tubes) == (3, 1, 90, 1)
    assert (first.waiting_tubes, second.waiting_tubes) == (6, 6)  # three done in the hour between
    assert plan.laboratory_done_minute == pytest.approx(90 + 9 * 20)


def test_wrong_input_names_its_field() -> None:
    for field, problem in (
        ("buildings", _one((0, 0))),
        ("queue_minutes", _one((1,), queue_minutes=0.5)),
        (
            "buildings[1].name",
            msgspec.structs.replace(_one((1,)), buildings=_one((1,)).buildings * 2),
        ),
    ):
        with pytest.raises(Wrong) as refused:
            solve(problem)
        assert refused.value.field == field


def test_the_fewest_teams_are_enough_and_one_less_is_not() -> None:
    problem = _example(teams=1)
    late = solve(problem).finish_minutes[2]
    for by in (late, 0.8 * late, 0.5 * late):
        teams = fewest_teams(problem, by)
        assert solve(msgspec.structs.replace(problem, teams=teams)).finish_minutes[2] <= by
        if teams > 1:
            fewer = msgspec.structs.replace(problem, teams=teams - 1)
            assert solve(fewer).finish_minutes[2] > by
    assert fewest_teams(problem, late) == 1
    with pytest.raises(Wrong) as caught:
        fewest_teams(problem, 10)
    assert (caught.value.field, caught.value.code) == ("by_minute", "TEAMS_TOO_LATE")


def test_people_done_over_the_day_end_with_everybody_and_meet_the_finish() -> None:
    plan = solve(_example())
    found = plan.progress
    for values in (found.p5, found.p50, found.p95):
        assert values[0] == 0 and list(values) == sorted(values)
    assert found.p5[-1] == found.p95[-1] == plan.people
    assert all(a <= b <= c for a, b, c in zip(found.p5, found.p50, found.p95, strict=True))
    done = [m for m, n in zip(found.minutes, found.p5, strict=True) if n == plan.people]
    assert done[0] >= plan.finish_minutes[2] - 10  # on 95 of 100 days all are done by then


def test_people_are_sampled_evenly_while_a_team_is_there() -> None:
    plan = solve(_one((2,) * 43, cv=0, minutes_to_a_stairwell=0))  # 86 people in an hour
    at = plan.progress.minutes.index(30)
    assert plan.progress.p50[at] == pytest.approx(43)


def test_advice_on_the_pool_comes_with_a_positivity() -> None:
    assert solve(_example()).advice is None
    advice = solve(_example(positivity=0.1)).advice
    assert advice is not None and advice[0].size == 5  # Dorfman: 4, of validated sizes 5
    assert advice[1].tests_per_person[5] < advice[0].tests_per_person[5]


def test_without_variation_couriers_and_laboratory_have_no_range() -> None:
    plan = solve(_example(cv=0))
    assert plan.laboratory_done_minutes == pytest.approx((plan.laboratory_done_minute,) * 3)
    assert plan.late_tubes == (sum(run.late_tubes for run in plan.runs),) * 3


def test_slow_days_bring_tubes_too_late_which_the_mean_pace_does_not_show() -> None:
    problem = _example(cv=0.6, collect_minutes=60, drive_minutes=30, limit_minutes=100)
    plan = solve(problem)
    low, middle, high = plan.laboratory_done_minutes
    assert low <= middle <= high and low < high
    assert plan.late_tubes[2] > plan.late_tubes[0]
