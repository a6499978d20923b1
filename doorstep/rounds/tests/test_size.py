"""A district of 700,000 in one round: every list and the fold at that size. Long: only with
DOORSTEP_SOAK=1. Prints what it measured; fails above the budgets of the architecture.
"""

import os
import random
import time
from collections.abc import Callable

import pytest

from doorstep.ledger import models as ledger
from doorstep.rounds import actions, effects, lists, models, queries, scopes, wall
from doorstep.rounds.tests import street

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not os.environ.get("DOORSTEP_SOAK"), reason="long; DOORSTEP_SOAK=1 runs it"),
]
BUILDINGS, DOORS, PEOPLE = 3_000, 78, 3  # 702,000 people
BUDGET = 0.300


def _measure(act: Callable[[], object], times: int = 20) -> float:
    """The 95th percentile, in seconds."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        spent.append(time.perf_counter() - begun)
    return sorted(spent)[int(times * 0.95) - 1]


def _get(round_: str) -> models.Round:
    found = queries.find_round(round_)
    assert found is not None
    return found


def _sample(round_: str, people: list[str]) -> float:
    begun = time.perf_counter()
    effects.put_marks(
        [(p, round_, p, "person.sampled", i * 60_000_000, True) for i, p in enumerate(people)]
    )
    return time.perf_counter() - begun


def test_a_round_of_the_whole_district(cell: ledger.Cell) -> None:
    street.build(buildings=BUILDINGS, doors=DOORS, people=PEOPLE)
    begun = time.perf_counter()
    round_ = actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day="2021-06-21"
    )
    print(f"\nopened {_get(round_).due:,} in {time.perf_counter() - begun:.1f} s")
    chance = random.Random(21)
    everybody = [
        street.person_id(b, d, n)
        for b in range(1, BUILDINGS + 1)
        for d in range(1, DOORS + 1)
        for n in range(1, PEOPLE + 1)
    ]
    chance.shuffle(everybody)
    for size in (200, 2_000):
        some = [everybody.pop() for _ in range(size * 5)]
        spent = sum(_sample(round_, some[i : i + size]) for i in range(0, len(some), size))
        print(f"marks, anywhere, {size:,} together: {spent / len(some) * 1e6:.0f} us each")
    for start in range(0, 300_000, 2_000):
        _sample(round_, everybody[start : start + 2_000])
    found = _get(round_)
    last = found.counts.outstanding // 50
    path = f"/{street.ESTATE}/"
    near = [street.building_id(b) for b in range(700, 740)]
    part = scopes.read([*(f"{path}{b}/" for b in near),
                        f"{path}{street.building_id(9)}/{street.unit_id(9)}/"])  # fmt: skip
    half = scopes.read([f"{path}{street.building_id(b)}/" for b in range(1, 1_500)])
    asked: dict[str, Callable[[], object]] = {
        "first page": lambda: lists.list_subjects(found),
        "any page": lambda: lists.list_subjects(found, number=chance.randrange(1, last)),
        "last page backwards": lambda: lists.list_subjects(found, sort="-place", number=last),
        "done, any page": lambda: lists.list_subjects(
            found, "done", number=chance.randrange(1, 5000)
        ),
        "sorted by time": lambda: lists.list_subjects(found, "done", sort="-time"),
        "a door": lambda: lists.list_subjects(found, search=f"{chance.randrange(1, 3000)}-1902"),
        "any door called so": lambda: lists.list_subjects(found, search="1902"),
        "a name": lambda: lists.list_subjects(found, search=f"王{chance.randrange(1000, 70000)}"),
        "a building": lambda: lists.list_subjects(found, place=street.building_id(1500)),
        "a part": lambda: lists.list_subjects(found, within=part, number=chance.randrange(1, 90)),
        "a part, by time": lambda: lists.list_subjects(found, "done", within=part, sort="-time"),
        "a name in a part": lambda: lists.list_subjects(found, within=part, search="王1"),
        "a name in half of it": lambda: lists.list_subjects(found, within=half, search="王12"),
        "a part, counted": lambda: queries.count_within(round_, part),
        "half, by building": lambda: queries.count_parts(round_, half, by_estate=False),
        "buildings": lambda: queries.count_by_building(round_),
        "doors of a building": lambda: queries.count_by_door(round_, street.building_id(7)),
        "curve": lambda: queries.list_progress(round_),
        "extra": lambda: queries.count_extra(round_),
        "rounds": lambda: queries.list_rounds_for(street.DUTY_OFFICER),
    }
    slow = {}
    for name, act in asked.items():
        spent = _measure(act)
        print(f"{name:24} p95 {spent * 1e3:6.1f} ms")
        if spent > BUDGET:
            slow[name] = spent
    assert slow == {}


def test_an_estate_of_3100_doors(cell: ledger.Cell) -> None:
    street.build(buildings=44, doors=71, people=3)
    begun = time.perf_counter()
    round_ = actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day="2021-06-21"
    )
    print(f"\nopened {_get(round_).due:,} in {time.perf_counter() - begun:.2f} s")
    everybody = [
        street.person_id(b, d, n) for b in range(1, 45) for d in range(1, 72) for n in (1, 2, 3)
    ]
    random.Random(21).shuffle(everybody)
    for size in (5, 200, 1_000):
        some = [everybody.pop() for _ in range(size * 5)]
        spent = sum(_sample(round_, some[i : i + size]) for i in range(0, len(some), size))
        print(f"marks, {size:,} together: {spent / len(some) * 1e6:.0f} us each")
    asked: dict[str, tuple[Callable[[], object], float]] = {
        "layout, new": (lambda: wall._build_layout(street.ESTATE), 0.150),
        "layout, known": (lambda: wall.get_layout(street.ESTATE), 0.010),
        "version": (
            lambda: wall.get_version(_get(round_), wall.get_layout(street.ESTATE), "en"),
            0.010,
        ),
        "state": (
            lambda: wall.get_state(_get(round_), wall.get_layout(street.ESTATE), "en"),
            0.150,
        ),
    }
    for name, (act, budget) in asked.items():
        spent = _measure(act, 40)
        print(f"{name:24} p95 {spent * 1e3:6.1f} ms")
        assert spent <= budget
