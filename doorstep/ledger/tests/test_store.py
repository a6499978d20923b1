"""Set-based statements, the same on both databases, with everything a text or a byte may be."""

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from doorstep.ledger import models, store, store_postgresql

pytestmark = pytest.mark.django_db
ODD = [
    "",
    "plain",
    'quo"te',
    "back\\slash",
    "new\nline",
    "tab\tand\rreturn",
    "{a,b}",
    "NULL",
    "\\N",
]
ODD += ["中文，逗号", "'; --", "%s %% $1"]
BYTES = [b"", b"\x00\xff\\\n\t", bytes(range(256))]


def ids(count: int) -> list[str]:
    return [f"0190a0a0-0000-7000-8000-{n:012x}" for n in range(count)]


def test_every_text_comes_back_as_it_went_in() -> None:
    columns = ["reaction", "subject", "fact", "state", "tries", "error", "at"]
    rows = [("r", f"s{n}", "f", "done", n, text, n) for n, text in enumerate(ODD)]
    store.append("ledger_done", columns, rows[:6])
    store.insert("ledger_done", columns, rows)
    found = store.select("ledger_done", ["subject", "error"], "subject", [row[1] for row in rows])
    assert dict(found) == {row[1]: row[5] for row in rows}
    assert len(store.select("ledger_done", ["subject"], "error", ODD)) == len(ODD)


def test_every_byte_comes_back_as_it_went_in() -> None:
    columns = ["level", "number", "hashes"]
    store.append("ledger_tile", columns, [(0, n, data) for n, data in enumerate(BYTES)])
    store.upsert("ledger_tile", columns, [(1, n, data) for n, data in enumerate(BYTES)],
                 ["level", "number"])  # fmt: skip
    for tile in models.Tile.objects.all():
        assert bytes(tile.hashes) == BYTES[tile.number]
    found = store.query_bytes("SELECT level, number, hashes FROM ledger_tile WHERE level = %s", [1])
    assert sorted(found) == [(1, n, data) for n, data in enumerate(BYTES)]


def test_ids_come_back_as_they_went_in() -> None:
    first, second = ids(2)
    columns = ["entry", "owner", "code", "held"]
    store.insert("ledger_verdict", columns, [(first, "x", "A", True), (second, "x", "B", False)])
    where = "FROM ledger_verdict WHERE owner = %s ORDER BY code"
    for query in (store.query, store.query_bytes):
        found = query(f"SELECT CAST(entry AS text), code, held {where}", ["x"])
        assert found == [(first, "A", True), (second, "B", False)]


def test_every_moment_comes_back_as_it_went_in() -> None:
    """Django's own tables have columns of moments; a backup brings their rows back."""
    said = ["1969-07-20T20:17:40+00:00", "2000-01-01T00:00:00+00:00",
            "2021-06-21T08:31:00.000001+08:00", "2026-02-28T23:59:59.999999+00:00"]  # fmt: skip
    if connection.vendor == "sqlite":  # as it is handed over there
        texts = [str(connection.ops.adapt_datetimefield_value(moment)) for moment in read(said)]
    else:
        texts = said
    rows = [("zz", f"m{at}", text) for at, text in enumerate(texts)]
    store.append("django_migrations", ["app", "name", "applied"], rows)
    found = MigrationRecorder.Migration.objects.filter(app="zz").order_by("name")
    assert list(found.values_list("applied", flat=True)) == read(said)


def read(moments: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(moment) for moment in moments]


def test_every_type_of_a_column_there_is_can_be_written() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes what it is given")
    rows = store.query(
        "SELECT DISTINCT format_type(a.atttypid, NULL) FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid WHERE c.relkind = 'r' AND a.attnum > 0 "
        "AND NOT a.attisdropped AND c.relnamespace = 'public'::regnamespace"
    )
    assert {kind for (kind,) in rows} <= store_postgresql._WRITERS.keys()


def test_rows_that_are_new_for_sure_are_an_error_when_they_are_not() -> None:
    rows = [(0, 1, b"x")]
    store.append("ledger_tile", ["level", "number", "hashes"], rows)
    with pytest.raises(IntegrityError), transaction.atomic():
        store.append("ledger_tile", ["level", "number", "hashes"], rows)


def test_an_update_changes_the_named_rows_and_no_others() -> None:
    made = ids(3)
    models.Device.objects.bulk_create(
        models.Device(id=id_, algorithm="p256", public_key=b"", role="x", enrolled_at=0, head=b"")
        for id_ in made
    )
    store.update(
        "ledger_device", ["id", "head", "seen_at"], [(made[0], b"\x00h", 7), (made[2], b"k", None)]
    )
    found = {d.id: (bytes(d.head), d.seen_at) for d in models.Device.objects.all()}
    assert found == {made[0]: (b"\x00h", 7), made[1]: (b"", None), made[2]: (b"k", None)}
    store.update("ledger_device", ["id", "head"], [])
