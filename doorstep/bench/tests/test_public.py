"""How much slower pushes are beside readers, from moments that are known."""

import pytest

from doorstep.bench import load, public


def answer(begin: float, end: float, every: float) -> list[tuple[float, int]]:
    """Pushes of 200 lines, answered one after another."""
    return [(begin + n * every, 200) for n in range(int((end - begin) / every))]


def tally(*parts: list[tuple[float, int]], begun: float = 100.0, ended: float) -> load.Tally:
    return load.Tally(begun=begun, ended=ended, answered=[each for part in parts for each in part])


def test_turns_are_counted_by_what_was_answered_in_them() -> None:
    turns = [(103.0 + 6 * n, 106.0 + 6 * n) for n in range(4)]
    # the book grows slower: alone 4,000, then 2,000 lines a second; beside readers a tenth less
    parts = []
    for at, (begin, end) in enumerate(turns):
        pace = 4_000 if at < 2 else 2_000
        parts += [answer(begin - 3, begin, 200 / pace), answer(begin, end, 200 / (0.9 * pace))]
    parts.append(answer(124.0, 127.0, 0.1))
    alone, beside = public._compare([tally(*parts, ended=127.0)], turns)
    assert alone == pytest.approx([4_000, 4_000, 2_000, 2_000, 2_000], rel=0.05)
    assert beside == pytest.approx([3_600, 3_600, 1_800, 1_800], rel=0.05)


def test_a_turn_that_the_end_cut_is_not_counted() -> None:
    turns = [(103.0 + 6 * n, 106.0 + 6 * n) for n in range(4)]
    steady = answer(100.0, 125.0, 0.05)
    _, beside = public._compare([tally(steady, ended=125.0)], turns)
    assert len(beside) == 3  # after the last turn one second is left
    with pytest.raises(RuntimeError, match="more seconds"):
        public._compare([tally(steady, ended=125.0)], turns[:2])
