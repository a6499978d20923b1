"""Replays of tests in two parts as well: what two processes do (`replay.replay` of a long book) is
done here one after the other, in the transaction of the test, with what is handed over pickled.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pytest
from django.db import connection

from doorstep.kit import beside
from doorstep.ledger import parts, replay, verify_rows


class Told:
    """What was said, for the part that is folded second."""

    def __init__(self, said: list[bytes]) -> None:
        self._said = said

    def begin(self) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return map(pickle.loads, self._said)


class Here:
    """Stands in for the other process (beside.Beside)."""

    def __init__(self, act: str) -> None:
        assert act == "doorstep.ledger.replay.fold_below"
        self._said: list[bytes] = []

    def __enter__(self) -> "Here":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def begin(self, *words: object) -> None:
        self._words = pickle.dumps(words)

    def say(self, thing: object) -> None:
        self._said.append(pickle.dumps(thing))

    def ask(self) -> replay.Different:
        _, above = parts.split()
        with connection.cursor() as cursor:  # the other process would not have these
            for model in above.list_models():
                cursor.execute(f'DROP TABLE temp."{model._meta.db_table}"')
        told: Any = Told(self._said)
        return replay.fold_below(told, *pickle.loads(self._words))


@contextmanager
def _let_be() -> Iterator[Callable[[], None]]:
    yield lambda: None


def _replay_here() -> replay.Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beside, "Beside", Here)
        patch.setattr(verify_rows, "still", _let_be)
        return replay._replay_in_two(lambda done, of: None)


def install(patch: pytest.MonkeyPatch) -> None:
    """Have each replay of a test be made both ways. Where the lower part's rows are damaged, what
    the upper part makes of them may differ too; nothing is found equal in one way alone. On SQLite:
    the transaction would stay read-only on PostgreSQL, where two processes are in
    test_replay_in_two.
    """
    whole = replay.replay

    def replay_both_ways(progress: replay.Show = lambda done, of: None) -> replay.Report:
        report = whole(progress)
        if connection.vendor == "sqlite" and connection.in_atomic_block:
            in_two = _replay_here()
            found, also = report["different"], in_two["different"]
            assert found == also or (found and also.keys() >= found.keys()), (found, also)
            assert in_two["lines"] == report["lines"] and in_two["tables"] == report["tables"]
        return report

    patch.setattr(replay, "replay", replay_both_ways)
