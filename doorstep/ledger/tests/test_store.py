"""Set-based statements, the same on both databases, with everything a text or a byte may be."""

import pytest
from django.db import IntegrityError, transaction

from doorstep.ledger import models, store

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
