"""Who is taken next: the oldest push always, then small ones; and when it is too much, at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

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


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens, in order: "commit" when a transaction has ended well."""
    happened: list[str] = []

    @contextmanager
    def atomic() -> Iterator[None]:
        yield
        if "disk full" in happened:
            raise OSError("no space left")
        happened.append("commit")

    monkeypatch.setattr(transaction, "atomic", atomic)
    return happened


def wait(name: str, events: list[str]) -> writer._Work:
    """A push that waits, and notes when it is answered and how."""
    work = writer._Work(lambda: events.append(f"keep {name}"), None, 5)

    def together(pushes: list[str]) -> list[str]:
        events.extend(f"keep {each}" for each in pushes)
        return pushes

    work.push = (name, together)
    work.future.add_done_callback(
        lambda future: events.append("failed" if future.exception() else f"answer {name}")
    )
    return work


def test_nobody_is_answered_before_the_commit(events: list[str]) -> None:
    writer._all([wait("a", events), wait("b", events)])
    assert events == ["keep a", "keep b", "commit", "answer a", "answer b"]
    events.clear()
    writer._one(wait("c", events))
    assert events == ["keep c", "commit", "answer c"]


def test_whose_commit_fails_is_never_told_that_it_is_kept(events: list[str]) -> None:
    events.append("disk full")
    writer._all([wait("a", events), wait("b", events)])
    assert events[-1] == "failed" and events.count("failed") == 2
    assert not any(each.startswith(("answer", "commit")) for each in events)
