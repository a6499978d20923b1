"""The two kernels against each other, against SimPy to the millisecond, and without numba."""

import subprocess
import sys
from typing import Any

import msgspec
import numpy as np
import pytest

from doorstep.planning import problems
from doorstep.planning.centre import days, draws, lockstep, recursion
from doorstep.planning.centre.problem import Centre
from doorstep.planning.centre.tests import oracle

SEEDS = range(20)


def make(**changed: Any) -> Centre:
    """A small busy centre: 300 people in two hours, two stations, observation."""
    said: dict[str, Any] = {
        "name": "small",
        "opens": "08:00",
        "stations": [
            {"name": "desk", "servers": 5, "duration": {"mean_seconds": 110, "cv": 0.5}},
            {"name": "stall", "servers": 6, "duration": {"mean_seconds": 130, "cv": 0.6}},
        ],
        "observation": {"duration": {"shape": "normal", "mean_seconds": 1200, "cv": 0.05}},
        "arrivals": {"bookings": 300, "first": "08:00", "last": "10:00", "slot_minutes": 10,
                     "walk_ins": 20},
        "seed": 11,
    }  # fmt: skip
    return problems.read(Centre, said | changed)


def waits_of(joins: Any, starts: Any) -> Any:
    return np.where(starts < 0, -1, starts - joins)


PLAIN = make()
PAUSES = make(
    stations=[
        {"name": "desk", "servers": 5, "duration": {"mean_seconds": 110},
         "changes": [{"at": "08:40", "servers": 2}, {"at": "09:10", "servers": 6}]},
        {"name": "stall", "servers": 0, "duration": {"mean_seconds": 130},
         "changes": [{"at": "08:15", "servers": 6}, {"at": "09:00", "servers": 3},
                     {"at": "09:30", "servers": 7}]},
    ],
)  # fmt: skip
GROUPED = make(
    stations=[
        {"name": "desk", "servers": 5, "duration": {"mean_seconds": 110}, "groups": ["first"]},
        {"name": "stall", "servers": 4, "duration": {"mean_seconds": 130}},
    ],
    arrivals={
        "bookings": 300, "first": "08:00", "last": "10:00",
        "groups": [{"name": "first", "share": 0.6}, {"name": "second", "share": 0.3},
                   {"name": "elderly", "share": 0.1, "priority": 0}],
    },
)  # fmt: skip
BLOCKED = make(
    stations=[
        {"name": "desk", "servers": 5, "duration": {"mean_seconds": 80}},
        {"name": "consent", "servers": 4, "duration": {"mean_seconds": 90}, "room": 3},
        {"name": "stall", "servers": 4, "duration": {"mean_seconds": 120}, "room": 0},
    ],
    observation={"duration": {"shape": "normal", "mean_seconds": 1200, "cv": 0.1}, "seats": 35},
)
CASES = {"plain": PLAIN, "pauses": PAUSES, "groups": GROUPED, "blocked": BLOCKED}


@pytest.mark.parametrize("case", CASES)
def test_every_wait_is_simpys_to_the_millisecond(case: str) -> None:
    waited = 0
    for seed in SEEDS:
        player = days.Days(msgspec.structs.replace(CASES[case], seed=seed), "calendar")
        day = player.play(0)
        other = oracle.play(player, 0)
        assert (waits_of(day.joins, day.starts) == waits_of(other.joins, other.starts)).all(), seed
        assert (day.out[day.persons] == other.out[day.persons]).all()
        waited += int((day.starts - day.joins)[day.starts >= 0].sum())
    assert waited > len(SEEDS) * 300 * 1000  # somebody did wait


def test_the_recursion_is_the_calendar_where_both_apply() -> None:
    for seed in SEEDS:
        centre = msgspec.structs.replace(PLAIN, seed=seed)
        one, other = days.Days(centre), days.Days(centre, "calendar")
        assert one.kernel == "recursion" and other.kernel == "calendar"
        first, second = one.play(3), other.play(3)
        came = np.sort(first.persons)
        assert (came == np.sort(second.persons)).all() and len(came) > 250
        for name in ("joins", "starts", "services"):
            assert (getattr(first, name)[:, came] == getattr(second, name)[:, came]).all()
        assert (first.left == second.left).all() and (first.out == second.out).all()


def test_blocking_holds_the_server_before() -> None:
    player = days.Days(BLOCKED)
    day = player.play(0)
    came = day.persons
    ended = day.starts[:, came] + day.services[:, came]
    left = player._left[:, came]
    assert (left >= ended).all() and (left > ended).any()
    assert BLOCKED.observation is not None
    seats = msgspec.structs.replace(BLOCKED.observation, seats=10_000)
    seated = days.Days(msgspec.structs.replace(BLOCKED, observation=seats)).play(0)
    assert seated.left.max() < day.left.max()  # what the seats cost


def test_a_day_is_the_same_for_everybody_whatever_the_number_of_desks() -> None:
    """Common random numbers: the same people come and take as long, with more servers too."""
    player = days.Days(PLAIN)
    few = player.play(1)
    persons, services = np.sort(few.persons), few.services.copy()
    many = player.play(1, np.array([9, 9], np.int64))
    assert (np.sort(many.persons) == persons).all()
    assert (many.services[:, persons] == services[:, persons]).all()


def test_compiled_and_array_draws_are_the_same() -> None:
    base = draws.base_of(5, 9)
    drawn = draws.draw(base, 1000, 3)
    assert [recursion._draw(base, person, 3) for person in range(0, 1000, 37)] == list(drawn[::37])
    assert abs(drawn.mean() / 2**32 - 0.5) < 0.03 and len(np.unique(drawn)) > 990


def test_many_days_in_lock_step_are_the_days_one_by_one() -> None:
    player = days.Days(PLAIN)
    together = lockstep.play_many(player, 2, 5)
    for number, other in enumerate(together, 2):
        day = player.play(number)
        came = np.sort(day.persons)
        assert (came == np.sort(other.persons)).all()
        for name in ("joins", "starts", "services"):
            assert (getattr(day, name)[:, came] == getattr(other, name)[:, came]).all()
        assert (day.left == other.left).all() and (day.out == other.out).all()
    with pytest.raises(ValueError, match="recursion"):
        lockstep.play_many(days.Days(BLOCKED), 0, 1)


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
from doorstep.planning import compiled
assert not compiled.COMPILES
from doorstep.planning.centre import days
from doorstep.planning.centre.tests import test_kernels as t
import hashlib, numpy as np
np.seterr(over="ignore")
for case in ("plain", "blocked"):
    day = days.Days(t.CASES[case]).play(0)
    print(hashlib.sha256(day.starts.tobytes() + day.left.tobytes()).hexdigest())
"""


def test_without_numba_a_day_is_the_same() -> None:
    import hashlib

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMBA], capture_output=True, text=True, check=True
    )
    here = []
    for case in ("plain", "blocked"):
        day = days.Days(CASES[case]).play(0)
        here.append(hashlib.sha256(day.starts.tobytes() + day.left.tobytes()).hexdigest())
    assert done.stdout.split() == here
