"""How much slower pushes are beside readers, from moments that are known."""

import pytest

from doorstep.bench import load, public

TURNS = [(110.0 + 20 * n, 120.0 + 20 * n) for n in range(4)]


def answer(begin: float, end: float, every: float) -> list[tuple[float, int]]:
    """Pushes of 200 lines, answered one after another."""
    return [(begin + n * every, 200) for n in range(1, int((end - begin) / every) + 1)]


def tally(*parts: list[tuple[float, int]], begun: float = 100.0, ended: float) -> load.Tally:
    return load.Tally(begun=begun, ended=ended, answered=[each for part in parts for each in part])


def test_turns_are_counted_by_what_was_answered_in_them() -> None:
    # the book grows slower: alone 4,000, then 2,000 lines a second; beside readers a tenth less
    parts = []
    for at, (begin, end) in enumerate(TURNS):
        pace = 4_000 if at < 2 else 2_000
        parts += [answer(begin - 10, begin, 200 / pace), answer(begin, end, 200 / (0.9 * pace))]
    parts.append(answer(180.0, 190.0, 0.1))
    alone, beside, slower = public._compare([tally(*parts, ended=190.0)], TURNS)
    assert alone == pytest.approx([4_000, 4_000, 2_000, 2_000, 2_000])
    assert beside == pytest.approx([3_600, 3_600, 1_800, 1_800])
    assert slower == pytest.approx([0.1, -0.2, 0.1, 0.1])


def test_phones_that_are_answered_together_are_counted_from_pause_to_pause() -> None:
    """Fifty at once every 1.7 seconds are some 5,882 lines a second in every turn, not four or five
    times ten thousand in eight.
    """
    together = [(moment + n * 0.001, lines) for n in range(50)
                for moment, lines in answer(100.0, 191.0, 1.7)]  # fmt: skip
    alone, beside, slower = public._compare([tally(together, ended=190.0)], TURNS)
    assert alone + beside == pytest.approx([50 * 200 / 1.7] * 9)
    assert slower == pytest.approx([0.0] * 4)


def test_a_server_that_stands_still_answers_nothing() -> None:
    parts = [answer(100.0, 129.9, 0.05), answer(140.1, 190.0, 0.05)]
    _, beside, slower = public._compare([tally(*parts, ended=190.0)], TURNS)
    assert (beside[1], slower[1]) == (0.0, 1.0) and beside[2:] == pytest.approx([4_000] * 2)
    parts = [answer(100.0, 119.9, 0.05), answer(150.1, 190.0, 0.05)]
    with pytest.raises(RuntimeError, match="stood still"):
        public._compare([tally(*parts, ended=190.0)], TURNS)


def test_turns_before_the_first_push_are_not_counted() -> None:
    steady = answer(115.0, 200.0, 0.05)
    alone, beside, _ = public._compare([tally(steady, begun=115.0, ended=190.0)], TURNS)
    assert (len(alone), len(beside)) == (4, 3)


def test_a_turn_that_the_end_cut_is_not_counted() -> None:
    steady = answer(100.0, 183.0, 0.05)
    _, beside, _ = public._compare([tally(steady, ended=183.0)], TURNS)
    assert len(beside) == 3  # after the last turn three seconds are left
    with pytest.raises(RuntimeError, match="more seconds"):
        public._compare([tally(steady, ended=183.0)], TURNS[:2])
