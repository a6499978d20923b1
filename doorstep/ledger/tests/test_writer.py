"""Who is taken next: the oldest push always, then small ones; and when it is too much, at once."""

from typing import Any

import pytest

from doorstep.ledger import writer


def push(name: str, lines: int) -> Any:
    return writer._Work(None, name, lines)


def names(waiting: list[Any]) -> list[str]:
    return [work.push for work in writer._choose(waiting)]


def test_small_pushes_go_before_large_ones_but_not_before_the_oldest() -> None:
    large = [push(f"large {n}", writer.MAX_LINES_TOGETHER // 2) for n in range(3)]
    small = [push(f"small {n}", 5) for n in range(100)]
    chosen = names([large[0], *large[1:], *small])
    assert chosen[0] == "large 0" and len(chosen) == 101
    assert names([*small, *large])[:100] == [f"small {n}" for n in range(100)]


def test_a_group_holds_what_one_transaction_should() -> None:
    waiting = [push(str(n), 200) for n in range(40)]
    assert len(names(waiting)) == writer.MAX_LINES_TOGETHER // 200
    assert names([push("one", writer.MAX_LINES_TOGETHER * 2)]) == ["one"]


def test_busy_is_asked_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not writer.is_busy(2_000)
    monkeypatch.setattr(writer, "_waiting", writer.MAX_WAITING_LINES - 10)
    assert writer.is_busy(11) and not writer.is_busy(10)
