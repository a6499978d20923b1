"""Shift plans: every answer by an independent checker, bounds against all plans there are."""

import importlib.resources
import itertools
import random
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from msgspec.structs import replace

from doorstep.planning import problems
from doorstep.planning.pulse import ENDLESS
from doorstep.planning.shifts import bound, search
from doorstep.planning.shifts.problem import (
    Cover,
    Duty,
    Earlier,
    Effort,
    Fair,
    Person,
    Prices,
    Roster,
    Rules,
    Shift,
    Wish,
    check,
)  # fmt: skip
from doorstep.planning.shifts.solve import solve
from doorstep.planning.shifts.tables import FORBIDDEN, build
from doorstep.planning.shifts.tests import oracle
from doorstep.planning.wrong import Wrong

DAY, NIGHT = Shift("day", 420, 480), Shift("night", 1320, 600, night=True)
QUICK = Effort(moves=20_000, rounds=20)


def draw(seed: int) -> Roster:
    """A roster with a bit of everything, too little of most."""
    chance = random.Random(seed)
    days = chance.randint(3, 10)
    shifts = (DAY, NIGHT, Shift("late", 780, 600))[: chance.randint(1, 3)]
    names, places, skills = [each.name for each in shifts], ["gate", "hall"], ["nurse", "driver"]

    def some(values: list[str], share: float) -> tuple[str, ...]:
        return tuple(each for each in values if chance.random() < share)

    cover = tuple(
        Cover(place, shift, chance.randint(1, 3), skill)
        for place in places
        for shift in names
        for skill in ["", *skills]
        if chance.random() < 0.5
    )
    cover = cover or (Cover("gate", "day", 1),)
    covered = sorted({each.place for each in cover})
    people = tuple(
        Person(
            f"p{number}",
            skills=some(skills, 0.5),
            places=some(covered, 0.3),
            shifts=some(names, 0.3),
            unavailable=tuple(d for d in range(1, days + 1) if chance.random() < 0.1),
            wishes=tuple(
                Wish(d, chance.choice(["", *names]))
                for d in range(1, days + 1)
                if chance.random() < 0.3
            ),
            before=tuple(chance.choice(["", *names]) for _ in range(chance.randint(0, 6))),
        )
        for number in range(chance.randint(1, 9))
    )
    rules = Rules(
        rest=chance.choice([480, 660, 840]),
        most_run=chance.randint(1, 6),
        most_days=chance.randint(1, days),
        most_nights=chance.randint(0, 4),
        most_nights_run=chance.randint(1, 3),
        off_run=chance.randint(0, min(3, days - 1)),  # with as many as days nobody could work
    )
    fair = Fair(chance.randint(0, 3), chance.randint(3, 6), chance.randint(0, 3))
    roster = Roster(
        "drawn", days, shifts, people, cover, rules, fair,
        effort=QUICK, seed=seed,
    )  # fmt: skip
    if chance.random() < 0.5:  # what really happened heeds no rule
        posts = [(each.place, each.shift) for each in roster.cover]
        duties = tuple(
            Duty(person.name, d, shift, place)
            for person in people
            for d in range(1, days + 1)
            if chance.random() < 0.6
            for place, shift in [chance.choice(posts)]
        )
        roster = replace(roster, earlier=Earlier(duties, chance.randint(1, days)))
    return roster


@pytest.mark.parametrize("seed", range(60))
def test_every_answer_holds_every_rule(seed: int) -> None:
    roster = draw(seed)
    plan = solve(roster, ENDLESS)
    oracle.hold(roster, plan)
    assert solve(roster, ENDLESS) == plan


@pytest.mark.parametrize("beats", [0, 1, 2, 3, 5, 9, 14])
def test_stopped_anywhere_it_gives_what_it_has(beats: int) -> None:
    left = iter(range(beats))
    roster = replace(draw(5), effort=Effort(moves=400_000, rounds=20))
    plan = solve(roster, lambda share: next(left, None) is not None)
    assert plan.stopped
    oracle.hold(roster, plan)


def small(seed: int) -> Roster:
    roster = draw(seed)
    days = min(roster.days, 5)
    people = tuple(
        replace(
            each,
            unavailable=tuple(d for d in each.unavailable if d <= days),
            wishes=tuple(wish for wish in each.wishes if wish.day <= days),
        )
        for each in roster.people[:3]
    )
    cover = roster.cover[:2]
    kept = {each.place for each in cover}
    people = tuple(replace(p, places=tuple(sorted(kept & set(p.places)))) for p in people)
    return replace(roster, days=days, people=people, cover=cover, earlier=None)


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_and_the_plan_against_all_plans(seed: int) -> None:
    roster = small(seed)
    posts = list(dict.fromkeys((each.place, each.shift) for each in roster.cover))
    rows = []
    for person in roster.people:
        alone = replace(roster, people=(person,))
        fine = []
        for choice in itertools.product(range(len(posts) + 1), repeat=roster.days):
            duties = tuple(
                Duty(person.name, day, posts[post - 1][1], posts[post - 1][0])
                for day, post in enumerate(choice, 1)
                if post
            )
            if not oracle.broken(alone, duties):
                free = replace(alone, prices=replace(alone.prices, short=1))
                empty = replace(free, cover=(Cover("gate", "day", 1, "nobody"),))
                fine.append((choice, oracle.cost(empty, duties) - roster.days))
        rows.append(fine)
    tables = build(roster)
    for number, fine in enumerate(rows):  # the cheapest row of each, at prices of its own
        assert min(points for _, points in fine) == _cheapest(roster, number)
    least = _least(roster, posts, rows)
    plan = solve(roster, ENDLESS)
    assert plan.bound is not None
    assert plan.bound <= least == plan.cost
    assert search.points_of(tables, search.begin(tables)) >= least


def _cheapest(roster: Roster, person: int) -> int:
    alone = build(replace(roster, people=(roster.people[person],)))
    low, rows = bound._price(alone, np.zeros_like(alone.need), ENDLESS, 0.0) or (0, None)
    assert rows is not None
    assert alone.cell[0, np.arange(roster.days), rows[0]].max() < FORBIDDEN
    return low


def _least(
    roster: Roster, posts: list[tuple[str, str]], rows: list[list[tuple[tuple[int, ...], int]]]
) -> int:
    """The least cost of all plans: person by person, what cover is still to be had and the cost."""
    reached = {(): 0} if not rows else {tuple([0] * len(roster.cover) * roster.days): 0}
    for person, fine in zip(roster.people, rows, strict=True):
        following: dict[tuple[int, ...], int] = {}
        for have, points in reached.items():
            for choice, more in fine:
                now = list(have)
                for day, post in enumerate(choice):
                    for number, cover in enumerate(roster.cover):
                        counts = not cover.skill or cover.skill in person.skills
                        if post and posts[post - 1] == (cover.place, cover.shift) and counts:
                            at = number * roster.days + day
                            now[at] = min(now[at] + 1, cover.people)
                key = tuple(now)
                if points + more < following.get(key, 1 << 30):
                    following[key] = points + more
        reached = following
    wanted = sum(each.people for each in roster.cover) * roster.days
    return min(p + (wanted - sum(have)) * roster.prices.short for have, p in reached.items())


def estate(people: int = 12, **more: object) -> Roster:
    crew = tuple(Person(f"p{number}") for number in range(people))
    cover = (Cover("gate", "day", 4), Cover("gate", "night", 2))
    return Roster("estate", 14, (DAY, NIGHT), crew, cover, effort=QUICK, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("days", range(1, 9))
def test_a_plan_of_few_days_puts_people_to_work(days: int) -> None:
    cover = (Cover("gate", "day", 2), Cover("gate", "night", 1))
    short = replace(estate(8), days=days, cover=cover)
    assert short.off_run == (2 if days >= 7 else 0)
    plan = solve(short, ENDLESS)
    oracle.hold(short, plan)
    assert plan.parts.short == 0 and len(plan.duties) >= 3 * days
    asked = replace(short, rules=Rules(off_run=1))  # who asks for days off has them
    if days > 1:
        oracle.hold(asked, solve(asked, ENDLESS))


def test_an_absence_changes_little_and_leaves_the_past() -> None:
    first = solve(estate(), ENDLESS)
    ill = next(each.person for each in first.duties if each.day == 8)
    crew = tuple(
        replace(each, unavailable=(8, 9)) if each.name == ill else each for each in estate().people
    )
    again = replace(
        estate(), people=crew, earlier=Earlier(first.duties, 7), prices=Prices(change=20)
    )
    plan = solve(again, ENDLESS)
    oracle.hold(again, plan)
    assert {each for each in plan.duties if each.day < 7} == {
        each for each in first.duties if each.day < 7
    }
    lost = sum(each.person == ill and each.day in (8, 9) for each in first.duties)
    changed = sum(each.changed for each in plan.people)
    assert lost <= changed <= 2 * lost + 2
    assert plan.parts.short == 0


def test_nothing_happened_nothing_changes() -> None:
    first = solve(estate(), ENDLESS)
    plan = solve(replace(estate(), earlier=Earlier(first.duties, 3)), ENDLESS)
    assert set(plan.duties) == set(first.duties)


def test_what_is_short_is_explained_and_mended() -> None:
    roster = replace(
        estate(),
        cover=(Cover("gate", "day", 4), Cover("hall", "day", 1, "nurse")),
        people=(*estate().people, Person("n", skills=("nurse",))),
    )
    plan = solve(roster, ENDLESS)
    oracle.hold(roster, plan)
    short = [each for each in plan.short if each.skill == "nurse"]
    assert sum(each.people for each in short) == 3  # one nurse works 11 days of 14
    assert all(each.place == "hall" and sum(each.why.values()) == 1 for each in short)
    assert {reason for each in short for reason in each.why} <= {"days", "run", "off_run"}
    assert plan.explained is not None
    assert plan.explained.least == plan.explained.found == 3
    mends = {each.kind: each for each in plan.explained.mends}
    assert mends["people"].left == 0 and mends["people"].value == 1
    assert (mends["people"].skill, mends["people"].place) == ("nurse", "hall")
    assert mends["most_days"].value == 12 and mends["most_days"].left == 2
    assert mends["rest"].left == 3 if "rest" in mends else True
    assert mends["most_nights"].left == 3


def test_shortage_that_is_cheaper_is_called_avoidable() -> None:
    nobody = replace(estate(), prices=Prices(short=1, days=100), fair=Fair(0, 2))
    plan = solve(nobody, ENDLESS)
    assert plan.short and plan.explained is not None
    assert plan.explained.found == 0


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"shifts": (DAY, DAY)}, "shifts[1].name", "TWICE"),
        (
            {"shifts": (DAY, Shift("night", 1430, 480)), "rules": Rules(rest=1440)},
            "shifts[1].minutes",
            "REST_TOO_LONG",
        ),
        ({"people": (Person("a"), Person("a"))}, "people[1].name", "TWICE"),
        ({"people": (Person("a", shifts=("noon",)),)}, "people[0].shifts", "NOT_THERE"),
        ({"people": (Person("a", places=("moon",)),)}, "people[0].places", "NOT_THERE"),
        ({"people": (Person("a", before=("noon",)),)}, "people[0].before", "NOT_THERE"),
        ({"people": (Person("a", unavailable=(15,)),)}, "people[0].unavailable", "BETWEEN"),
        ({"people": (Person("a", wishes=(Wish(15),)),)}, "people[0].wishes", "BETWEEN"),
        ({"cover": (Cover("gate", "noon", 1),)}, "cover[0].shift", "NOT_THERE"),
        ({"cover": (Cover("gate", "day", 1), Cover("gate", "day", 2))}, "cover[1]", "TWICE"),
        ({"fair": Fair(9, 3)}, "fair.days_high", "LATER"),
        ({"days": 2, "rules": Rules(off_run=2)}, "rules.off_run", "BETWEEN"),
        (
            {"earlier": Earlier((Duty("x", 1, "day", "gate"),))},
            "earlier.duties[0].person",
            "NOT_THERE",
        ),
        ({"earlier": Earlier((Duty("p0", 1, "day", "hall"),))}, "earlier.duties[0]", "NOT_THERE"),
        ({"earlier": Earlier((Duty("p0", 1, "day", "gate"),) * 2)}, "earlier.duties[1]", "TWICE"),
    ],
)
def test_a_wrong_problem_names_the_field(change: dict[str, object], field: str, code: str) -> None:
    check(estate())
    with pytest.raises(Wrong) as refused:
        check(replace(estate(), **change))
    assert (refused.value.field, refused.value.code) == (field, code)


def test_the_examples_are_solved() -> None:
    files = importlib.resources.files("doorstep.planning.shifts") / "examples"
    names = [each for each in files.iterdir() if each.name.endswith(".toml")]
    assert names
    for each in names:
        roster = problems.read(Roster, tomllib.loads(each.read_text("utf-8")))
        plan = solve(roster, ENDLESS)
        oracle.hold(roster, plan)
        assert plan.best


WITHOUT = """
import sys
sys.modules["numba"] = None
from doorstep.planning.compiled import COMPILES
assert not COMPILES
from msgspec.structs import replace
from doorstep.planning.pulse import ENDLESS
from doorstep.planning.shifts.problem import Effort
from doorstep.planning.shifts.solve import solve
from doorstep.planning.shifts.tests import oracle, test_shifts
roster = replace(test_shifts.draw(8), effort=Effort(moves=3000, rounds=3))
plan = solve(roster, ENDLESS)
oracle.hold(roster, plan)
assert plan.bound is not None
"""


def test_without_numba_it_works_too() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ""  # nothing else may write where a command's JSON goes
