"""What is compiled ahead is what a plan calls: the kernels, with the types of its arguments."""

import importlib.resources
import tomllib
from typing import Any

import pytest

from doorstep.planning import compiled, problems, warming
from doorstep.planning.centre import calendar, problem, recursion, simulate, staffing, summary
from doorstep.planning.projection import problem as projections
from doorstep.planning.projection import projection, spread
from doorstep.planning.pulse import ENDLESS
from doorstep.planning.shifts import bound, search, solve
from doorstep.planning.shifts import problem as rosters

MODULES = (bound, search, calendar, recursion, summary, spread)


def list_compiled() -> dict[str, list[Any]]:
    """Each kernel with the types it is compiled for."""
    return {
        f"{module.__name__}.{name}": list(kernel.signatures)
        for module in MODULES
        for name, kernel in vars(module).items()
        if hasattr(kernel, "signatures")
    }


def example(model: str) -> dict[str, Any]:
    folder = importlib.resources.files(f"doorstep.planning.{model}") / "examples"
    [file] = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    return tomllib.loads(file.read_text("utf-8"))


@pytest.mark.skipif(not compiled.COMPILES, reason="nothing compiles here")
def test_a_plan_finds_every_kernel_compiled() -> None:
    warming.compile_kernels()
    before = list_compiled()
    assert all(before[f"doorstep.planning.{name}"] for name in (
        "shifts.search.anneal", "shifts.bound.cheapest", "centre.recursion.play_day",
        "centre.calendar.play_day", "centre.calendar.prepare", "centre.summary.measure",
        "projection.spread.play",
    ))  # fmt: skip
    roster = example("shifts") | {"effort": {"moves": 500, "rounds": 1}}
    solve.solve(problems.read(rosters.Roster, roster), ENDLESS)
    asked = example("centre") | {"replications": 2}
    for more in ({}, {"observation": {"duration": {"preset": "observation_30"}, "seats": 900}}):
        simulate.simulate(problems.read(problem.Centre, asked | more))
    small = {"bookings": 60, "first": "09:00", "last": "11:00"}
    target = {"people": 40, "by": "12:00"}
    centre = problems.read(problem.Centre, asked | {"arrivals": small, "target": target})
    pair = (centre.stations[0].name, centre.stations[1].name)
    staffing.search(staffing.Search(centre, pair))
    month = example("projection") | {"runs": 20}
    projection.project(problems.read(projections.Projection, month))
    assert list_compiled() == before
