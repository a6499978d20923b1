"""How much slower pushes are beside readers, from moments that are known."""

import pytest

from doorstep.bench import load, public


def answer(begin: float, end: float, every: float) -> list[tuple[float, int]]:
    """Pushes of 200 lines, answered one after another."""
    return [(begin + n * every, 200) for n in range(int((end - begin) / every))]


def tally(*parts: list[tuple[float, int]], begun: float = 100.0, ended: float) -> load.Tally:
    return load.Tally(begun=begun, ended=ended, answered=[each for part in parts for each in part])


def test_a_turn_is_held_against_those_around_it() -> None:
    turns = [(100.0 + 8 * n + 4, 100.0 + 8 * n + 8) for n in range(4)]
    # the book grows slower: alone 4,000, then 2,000 lines a second; beside readers a tenth less
    parts = []
    for at, (begin, end) in enumerate(turns):
        pace = 4_000 if at < 2 else 2_000
        parts += [answer(begin - 4, begin, 200 / pace), answer(begin, end, 200 / (0.9 * pace))]
    parts.append(answer(132.0, 136.0, 0.1))
    alone, beside, slower = public._compare([tally(*parts, ended=136.0)], turns)
    assert len(alone) == 5 and len(beside) == 4
    assert alone[0] == pytest.approx(4_000, rel=0.03) and alone[4] == pytest.approx(2_000, rel=0.03)
    assert slower[0] == pytest.approx(10, abs=3) and slower[3] == pytest.approx(10, abs=3)


def test_a_turn_that_the_end_cut_is_not_counted() -> None:
    turns = [(104.0, 108.0), (112.0, 116.0), (120.0, 124.0), (128.0, 132.0)]
    steady = answer(100.0, 133.0, 0.05)
    _, beside, _ = public._compare([tally(steady, ended=133.0)], turns)
    assert len(beside) == 3  # after the last turn one second is left
    with pytest.raises(RuntimeError, match="more seconds"):
        public._compare([tally(steady, ended=133.0)], turns[:2])
