"""A round as a whole: everybody has a window, tubes reach the laboratory, finish against a sum."""

import tomllib
from importlib import resources

import msgspec
import pytest

from doorstep.planning.problems import read
from doorstep.planning.sampling.problem import Building, Round, Stairwell
from doorstep.planning.sampling.rounds import solve
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
