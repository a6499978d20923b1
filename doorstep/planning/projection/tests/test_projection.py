"""A projection against exact answers, and against what must hold whatever the figures."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from doorstep.planning import problems
from doorstep.planning.centre import outcome
from doorstep.planning.projection import problem, projection
from doorstep.planning.projection.problem import Disease, Projection
from doorstep.planning.wrong import Wrong

EXAMPLE = Path(problem.__file__).parent / "examples" / "estate.toml"


def make(**changed: Any) -> Projection:
    said: dict[str, Any] = tomllib.loads(EXAMPLE.read_text("utf-8")) | {"runs": 60}
    return problems.read(Projection, said | changed)


def disease_of(**changed: float) -> dict[str, Any]:
    """The trial's disease with other figures."""
    said: dict[str, Any] = msgspec.to_builtins(problem.read_disease("trial"))
    for name, value in changed.items():
        said[name] = {"value": value, "source": ["of a test", "测试"]}
    return said


def test_reed_and_frosts_figures() -> None:
    assert projection.reed_frost(10, 1, 0.1)[0] == pytest.approx(0.3486784, abs=1e-7)
    assert projection.reed_frost(11, 2, 0.2)[1] == pytest.approx(0.004902243, abs=1e-9)
    p = 0.3
    two = projection.reed_frost(2, 1, p)
    assert two == pytest.approx(
        [(1 - p) ** 2, 2 * p * (1 - p) ** 2, p**2 + 2 * p**2 * (1 - p)], abs=1e-12
    )
    assert sum(projection.reed_frost(8, 2, 0.15)) == pytest.approx(1)


def test_a_household_by_itself_is_reed_and_frosts() -> None:
    """One household of seven, one infected, a day latent and a day infectious: each end as often as
    the exact answer says, within its 95 % bounds or nearly.
    """
    chance, runs = 0.3, 4000
    said = disease_of(household_attack=chance, building_a_day=0, estate_a_day=0)
    for name in ("latent_days", "infectious_days"):
        said[name] = {"mean": 1, "cv": 0, "source": ["of a test", "测试"]}
    asked = make(
        disease=said, buildings=[{"households": {"7": 1}}], measures=[{"name": "none"}],
        infected=1, days=20, release_days=2, runs=runs,
    )  # fmt: skip
    estate = projection.Estate(asked)
    ends = [
        int(estate.play(problem.read_disease(asked.disease), asked.measures[0], run)[-1, 0]) - 1
        for run in range(runs)
    ]
    counts = np.bincount(ends, minlength=7)
    outside = 0
    for number, exact in enumerate(projection.reed_frost(6, 1, chance)):
        low, high = outcome.bounds_of(int(counts[number]), runs)
        outside += not low <= exact <= high
        assert counts[number] / runs == pytest.approx(exact, abs=0.03)
    assert outside <= 1


def test_the_household_attack_is_the_one_asked_for() -> None:
    """Couples, one of them infected, nobody else near: half of the partners catch it in the end."""
    said = disease_of(household_attack=0.5, building_a_day=0, estate_a_day=0)
    asked = make(
        disease=said, buildings=[{"households": {"2": 1}}], measures=[{"name": "none"}],
        infected=1, days=60, release_days=2, runs=3000,
    )  # fmt: skip
    found = projection.project(asked)
    [outlook] = found.outlooks
    estate = projection.Estate(asked)
    disease = problem.read_disease(asked.disease)
    both = sum(
        int(estate.play(disease, asked.measures[0], run)[-1, 0]) == 2 for run in range(asked.runs)
    )
    assert both / asked.runs == pytest.approx(0.5, abs=0.03)
    assert outlook.infected.p95[-1] == 2


def test_tables_of_days_keep_their_mean() -> None:
    for mean, cv in ((2.5, 0.4), (5.0, 0.4), (4.0, 0.0), (2.5, 0.0)):
        table = projection.tabulate(mean, cv)
        assert table.mean() == pytest.approx(mean, abs=0.03) and table.min() >= 1


def test_nothing_comes_of_nothing_and_nobody_is_infected_twice() -> None:
    quiet = projection.project(make(infected=0))
    assert all(each.quiet == 1 and each.infected.p95[-1] == 0 for each in quiet.outlooks)
    for outlook in projection.project(make(infected=40)).outlooks:
        assert list(outlook.infected.p50) == sorted(outlook.infected.p50)
        assert outlook.infected.p95[-1] <= quiet.people
        assert outlook.infected.p5[0] >= 40


def test_measures_help_on_the_same_days() -> None:
    """The same people on the same days: testing leaves fewer infected, and sealing fewer still."""
    nothing, tested, sealed = projection.project(make(runs=200)).outlooks
    assert sealed.infected.p50[-1] < tested.infected.p50[-1] < nothing.infected.p50[-1]
    assert sealed.quiet >= tested.quiet >= nothing.quiet
    assert nothing.tests == 0 and tested.tests == 15 and tested.isolated.p50[-1] > 0
    assert tested.tubes == -(-tested.swabs // 10)
    slow = make(runs=200, measures=[{"name": "a", "test_every": 2, "result_days": 3}])
    quick = make(runs=200, measures=[{"name": "a", "test_every": 2, "result_days": 0}])
    ends = [projection.project(each).outlooks[0].infected.p50[-1] for each in (quick, slow)]
    assert ends[0] < ends[1]


def test_a_household_isolated_together_goes_on_infecting_itself_and_nobody_else() -> None:
    said = disease_of(household_attack=1.0, building_a_day=0, estate_a_day=0, sensitivity=1.0,
                      lost_by_doubling=0)  # fmt: skip
    asked = make(
        disease=said, buildings=[{"households": {"6": 4}}], infected=1, days=40, runs=40,
        measures=[
            {"name": "alone", "test_every": 1, "result_days": 0, "pool": 1},
            {"name": "together", "test_every": 1, "result_days": 0, "isolate_household": True},
        ],
    )  # fmt: skip
    alone, together = projection.project(asked).outlooks
    assert together.infected.p50[-1] == 6 and together.isolated.p95[2] == 6
    assert alone.infected.p50[-1] <= 6
    assert together.isolated.p50[-1] == 0  # isolation ends
    assert together.ended is not None and together.ended[0] >= 2


def test_larger_pools_find_less() -> None:
    disease: Disease = problem.read_disease("trial")
    found = [projection.sensitivity_of(disease, pool) for pool in (1, 5, 10, 20)]
    assert found == sorted(found, reverse=True) and found[0] == 0.85


def test_the_same_seed_gives_the_same_months_and_a_stop_what_there_is() -> None:
    asked = make()
    assert projection.project(asked) == projection.project(asked)
    found = projection.project(make(runs=400), lambda share: share < 0.1)
    assert not found.is_whole and found.runs == 40
    msgspec.json.encode(found)


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"infected": -1}, "infected", "BOUND"),
        ({"infected": 999, "buildings": [{"households": {"2": 3}}]}, "infected", "MOST"),
        ({"disease": "plague"}, "disease", "NOT_THERE"),
        ({"buildings": [{"households": {"3": 0}}]}, "buildings", "EMPTY"),
        ({"days": 5}, "release_days", "MOST"),
        ({"measures": [{"name": "a"}, {"name": "a"}]}, "measures[1].name", "TWICE"),
        ({"measures": []}, "measures", "BOUND"),
    ],
)
def test_what_cannot_be_played_names_its_field(
    changed: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Wrong) as caught:
        projection.project(make(**changed))
    assert (caught.value.field, caught.value.code) == (field, code)


def test_an_answer_counts_the_homes_that_sealing_leaves_to_supply() -> None:
    found = projection.project(make(runs=20))
    assert (found.people, found.households) == (9_284, 44 * 75)
