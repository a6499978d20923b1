"""Every kind of damage, made with plain SQL, is found and located; a sound book has no finding.

The book is filled once; each case runs in a savepoint that is undone. On both databases.
"""

import string
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, IntegrityError, transaction
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from doorstep.ledger import book, store, verify, verify_words
from doorstep.ledger.tests import verify_book
from doorstep.ledger.tests.verify_cases import CASES, World, one, push_of, run
from doorstep.ledger.verify_words import Finding

# What nothing signs, and nothing else tells: labels, when a device was seen, enrolled or revoked
# (that it was has a case), when an attachment came or a checkpoint was made, the zone. All else is
# covered.
COVERED = {
    "ledger_line": ["leaf", "device_id", "number", "received_at", "hash", "content", "custody",
                    "entry", "kind", "clock_off"],
    "ledger_push": ["device_id", "first", "count", "previous", "head", "sent", "signature",
                    "received_at"],
    "ledger_tile": ["level", "number", "hashes"],
    "ledger_cell": ["id", "size", "nodes"],
    "ledger_device": ["id", "algorithm", "public_key", "role", "through", "head"],
    "ledger_checkpoint": ["epoch", "size", "root", "note"],
    "ledger_signer": ["number", "public_key"],
    "ledger_attachment": ["digest", "sealed"],
}  # fmt: skip
KEYS = {"ledger_line": "leaf", "ledger_signer": "number", "ledger_attachment": "digest",
        "ledger_cell": "key"}  # fmt: skip


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        book.get_cell_id.cache_clear()
        book.open_cell("Asia/Shanghai")
        pens = verify_book.fill()
        yield World(book.get_cell().size, pens)
        transaction.set_rollback(True)
    book.get_cell_id.cache_clear()


@pytest.fixture
def undone(world: World) -> Iterator[World]:
    with transaction.atomic():
        yield world
        transaction.set_rollback(True)


def look() -> list[Finding]:
    return verify.look(lambda done, of: None, path=None, resume=False)[1]


def test_a_sound_book_has_no_finding(undone: World) -> None:
    report = verify.check_book()
    assert (report["findings"], report["found"]) == ([], 0)
    counts = {word: report[word] for word in ("devices", "attachments", "lines")}
    assert counts == {"devices": 5, "attachments": 2, "lines": undone.size}
    assert report["root"] == book.root_at(undone.size).hex()
    assert report["pushes"] == one("SELECT COUNT(*) FROM ledger_push")
    assert report["checkpoints"] == one("SELECT COUNT(*) FROM ledger_checkpoint") > 40
    for word in ("kept", "known", "garbled"):
        assert one(f"SELECT COUNT(*) FROM ledger_line WHERE custody = '{word}'") > 1
    again = "SELECT COUNT(*) FROM ledger_push p JOIN ledger_push q ON q.device_id = p.device_id "
    assert one(again + "AND q.id < p.id AND q.first + q.count > p.first") > 100
    assert one("SELECT COUNT(*) FROM ledger_line WHERE clock_off") > 10


@pytest.mark.parametrize("name", CASES)
def test_damage_is_found_where_it_is(undone: World, name: str) -> None:
    act, code, where = CASES[name]
    expected = {word: _name(undone, word, value) for word, value in where.items()}
    act(undone)
    found = look()
    located = [
        each for each in found if each.code == code and expected.items() <= each.facts.items()
    ]
    assert located, [each.text() for each in found[:20]]
    for each in found:
        assert each.text("en") and each.text("zh") != each.text("en")
    # a whole device or book that is strange has a finding for each of its pushes
    if code not in ("PUSH_SIGNATURE", "DEVICE_MISSING", "CHECKPOINT_NOTE", "TILE_MISSING"):
        assert len(found) < 600, [each.text() for each in found[:40]]


def _name(world: World, word: str, value: Any) -> Any:
    """What a case says of where it is, as it stands before the damage."""
    if value == "-1":
        return -1
    if value == -1:
        return world.size - 1
    if value in ("first", "last"):
        return world.pens[0 if value == "first" else -1].id
    if word == "push":
        return push_of(int(value))
    if word == "device":
        return str(one(f"SELECT device_id FROM ledger_line WHERE leaf = {value}"))
    return value


def _bend(value: Any, at: int, bit: int) -> Any:
    """The value with one bit changed; text keeps to plain characters, and ids stay ids."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ (1 << bit + 8 * (at % 4) if bit < 7 else 1)
    if isinstance(value, str):
        at %= len(value)
        changed = "0" if value[at] != "0" else "1"
        return value if value[at] == "-" else value[:at] + changed + value[at + 1 :]
    content = bytearray(value)
    assume(content)
    content[at % len(content)] ^= 1 << bit
    return bytes(content)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    place=st.sampled_from([(table, name) for table, names in COVERED.items() for name in names]),
    row=st.integers(0, 10_000),
    at=st.integers(0, 10_000),
    bit=st.integers(0, 7),
)
@example(("ledger_line", "clock_off"), 5, 0, 0)
@example(("ledger_checkpoint", "note"), 12, 290, 0)
def test_one_byte_anywhere_is_found(
    world: World, place: tuple[str, str], row: int, at: int, bit: int
) -> None:
    table, column = place
    key = KEYS.get(table, "id")
    rows = store.query(f"SELECT {key}, {column} FROM {table} ORDER BY {key}")
    which, value = rows[row % len(rows)]
    assume(value is not None)
    if column == "clock_off":
        value = bool(value)
    changed = _bend(value, at, bit)
    assume(changed != value)
    with transaction.atomic():
        try:
            with transaction.atomic():
                run(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", changed, which)
        except (IntegrityError, DataError):
            assume(False)
        found = look()
        transaction.set_rollback(True)
    assert found, (table, column, which, value, changed)


def test_every_finding_is_told_in_two_languages() -> None:
    for where, english, chinese in verify_words._TEXTS.values():
        names = [set(_fields(text)) for text in (where[0] + english, where[1] + chinese)]
        assert names[0] >= names[1] and english != chinese


def _fields(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]
