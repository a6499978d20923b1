"""Writes that go ahead: seen by what is read, and taken back with the savepoint they belong to."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from doorstep.ledger import models, store, store_ahead

pytestmark = pytest.mark.django_db
MANY = store_ahead._FEW * 2
COLUMNS = ["level", "number", "hashes"]


def tiles(level: int) -> list[store.Row]:
    return [(level, number, b"hash") for number in range(MANY)]


def count(level: int) -> int:
    return models.Tile.objects.filter(level=level).count()


def test_what_is_read_sees_every_write_before_it() -> None:
    with store.ahead():
        store.append("ledger_tile", COLUMNS, tiles(0))
        assert len(store.select("ledger_tile", ["number"], "level", [0])) == MANY
        store.insert("ledger_tile", COLUMNS, tiles(1))
        assert count(1) == MANY
        store.delete("ledger_tile", "level", [0])
        store.append("ledger_tile", COLUMNS, tiles(2))
    assert [count(level) for level in range(3)] == [0, MANY, MANY]


def test_a_write_that_fails_is_told_inside_its_savepoint_and_spoils_no_other() -> None:
    with store.ahead():
        store.append("ledger_tile", COLUMNS, tiles(0))
        with pytest.raises(IntegrityError), transaction.atomic():
            store.append("ledger_tile", COLUMNS, tiles(1))
            store.append("ledger_tile", COLUMNS, tiles(0))
            store.append("ledger_tile", COLUMNS, tiles(2))
        store.append("ledger_tile", COLUMNS, tiles(3))
    assert [count(level) for level in range(4)] == [MANY, 0, 0, MANY]


def test_an_error_of_another_kind_gives_up_what_is_under_way() -> None:
    with store.ahead():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            store.append("ledger_tile", COLUMNS, tiles(0) * 2 if is_ahead() else tiles(0))
            raise ZeroDivisionError
        assert count(0) == 0
        store.append("ledger_tile", COLUMNS, tiles(1))
    assert count(1) == MANY


def test_a_write_that_fails_last_is_told_at_the_end_of_the_block() -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), store.ahead():
        store.append("ledger_tile", COLUMNS, tiles(0))
        store.append("ledger_tile", COLUMNS, tiles(0))
    assert count(0) == 0


def test_only_postgresql_writes_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    run = store_ahead._run

    def watched(act: store_ahead.Act, own: object) -> None:
        threads.append(threading.current_thread())
        run(act, own)

    monkeypatch.setattr(store_ahead, "_run", watched)
    with store.ahead():
        store.append("ledger_tile", COLUMNS, tiles(0))
        store.append("ledger_tile", COLUMNS, tiles(1)[:1])
    store.append("ledger_tile", COLUMNS, tiles(2))
    assert len(threads) == (2 if is_ahead() else 0)
    assert threading.current_thread() not in threads


def is_ahead() -> bool:
    return connection.vendor == "postgresql"
