"""The file of a backup: what was sealed comes back, and whatever happens to it on the way is found;
what of it reaches the book.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit import ids
from doorstep.ledger import (
    backup_rows,
    backup_stream,
    backups,
    book,
    checkpoints,
    codes,
    epochs,
    models,
    reactions,
    sealed_files,
)
from doorstep.ledger.refusals import Refused
from doorstep.ledger.sealed_files import CHUNK, Header
from tests import stranger

KEY = sealed_files.Key(b"k" * 32, "key")
HEAD = Header(1, "cell", 1, 0, "00", 0, {"ledger": ["0001"]}, "key", "", "")
pytestmark = pytest.mark.django_db


def seal(*parts: bytes, key: sealed_files.Key = KEY) -> bytes:
    file = io.BytesIO()
    sealer = sealed_files.Sealer(file, key, HEAD)
    for part in parts:
        sealer.write(part)
    sealer.finish()
    return file.getvalue()


def unseal(sealed: bytes, key: sealed_files.Key = KEY) -> bytes:
    return b"".join(sealed_files.open_sealed(io.BytesIO(sealed), key)[1])


def refused(sealed: bytes, key: sealed_files.Key = KEY) -> str:
    with pytest.raises(Refused) as no:
        unseal(sealed, key)
    for language in ("en", "zh"):
        assert "…" not in codes.text_of(no.value.code, language, **no.value.facts)
    return no.value.code


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_comes_back(length: int) -> None:
    data = os.urandom(length)
    sealed = seal(data[: length // 2], data[length // 2 :])
    assert unseal(sealed) == data
    assert length < 64 or data[:64] not in sealed


LARGE = seal(os.urandom(3 * CHUNK + 77))
START = len(LARGE) - (3 * (CHUNK + 16) + 77 + 16)  # where the chunks begin
CHUNKS = [LARGE[START + n * (CHUNK + 16) :][: CHUNK + 16] for n in range(4)]


@given(st.integers(0, len(LARGE) * 8 - 1))
def test_a_flipped_bit_is_found(bit: int) -> None:
    bent = bytearray(LARGE)
    bent[bit // 8] ^= 1 << bit % 8
    assert refused(bytes(bent)) in ("BACKUP_DAMAGED", "BACKUP_UNREADABLE")


@given(st.integers(0, len(LARGE) - 1))
def test_a_cut_is_found(length: int) -> None:
    assert refused(LARGE[:length]) in ("BACKUP_DAMAGED", "BACKUP_UNREADABLE")


@given(st.integers(1, 40), st.booleans())
def test_what_was_added_is_found(count: int, is_chunk: bool) -> None:
    assert refused(LARGE + (CHUNKS[3] if is_chunk else bytes(count))) == "BACKUP_DAMAGED"


@given(st.lists(st.integers(0, 3), max_size=6).filter(lambda order: order != [0, 1, 2, 3]))
def test_chunks_in_another_order_are_found(order: list[int]) -> None:
    assert refused(LARGE[:START] + b"".join(CHUNKS[n] for n in order)) == "BACKUP_DAMAGED"


def test_a_chunk_of_another_file_is_found() -> None:
    other = seal(os.urandom(3 * CHUNK + 77))
    assert len(other) == len(LARGE)
    mixed = LARGE[:START] + CHUNKS[0] + other[START + CHUNK + 16 :]
    assert refused(mixed) == "BACKUP_DAMAGED"
    # the header of one, the chunks of the other
    assert refused(other[:START] + LARGE[START:]) == "BACKUP_DAMAGED"


def test_what_stands_in_the_clear_cannot_be_changed() -> None:
    """Not even by one who mends the header's own digest."""
    said = LARGE[20 : START - 32]
    bent = msgspec.structs.replace(msgspec.json.decode(said, type=Header), size=7)
    text = msgspec.json.encode(bent)
    made = LARGE[:16] + len(text).to_bytes(4, "big") + text + sha256(text).digest()
    assert refused(made + LARGE[START:]) == "BACKUP_DAMAGED"


def test_wrong_keys_and_passphrases_are_told_from_damage(tmp_path: Path) -> None:
    passphrase = sealed_files.read_passphrase("correct horse battery")
    other = sealed_files.read_passphrase("correct horse batterx")
    sealed = seal(b"content", key=passphrase)
    assert unseal(sealed, passphrase) == b"content"
    assert refused(sealed, other) == "BACKUP_KEY_WRONG"
    assert refused(sealed, KEY) == "BACKUP_KEY_WRONG"
    assert refused(LARGE, sealed_files.Key(b"x" * 32, "key")) == "BACKUP_KEY_WRONG"
    with pytest.raises(Refused, match="BACKUP_PASSPHRASE_SHORT"):
        sealed_files.read_passphrase("short")


def test_a_key_file_is_for_its_owner_and_written_once(tmp_path: Path) -> None:
    path = tmp_path / "key"
    sealed_files.make_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    key = sealed_files.read_key_file(path)
    assert unseal(seal(b"content", key=key), key) == b"content"
    with pytest.raises(Refused, match="BACKUP_EXISTS"):
        sealed_files.make_key_file(path)
    for wrong in (b"", b"no key", os.urandom(32), b"00" * 31, b"00" * 33):
        (tmp_path / "wrong").write_bytes(wrong)
        with pytest.raises(Refused, match="BACKUP_KEY_INVALID"):
            sealed_files.read_key_file(tmp_path / "wrong")


def test_a_newer_format_is_named() -> None:
    text = msgspec.json.encode({"format": 2, "something": "else"})
    made = LARGE[:16] + len(text).to_bytes(4, "big") + text + sha256(text).digest()
    assert refused(made) == "BACKUP_NEWER"


VALUES = (
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary() | st.floats(width=64)
)


@given(st.lists(st.lists(st.tuples(VALUES, VALUES), max_size=40), max_size=5))
def test_rows_come_back_in_any_portions(portions: list[list[tuple[object, object]]]) -> None:
    file = io.BytesIO()
    out = backup_stream.Writer(sealed_files.Sealer(file, KEY, HEAD))
    kinds = [backup_rows.Column("a", "int"), backup_rows.Column("b", "text")]
    out.begin(backup_rows.Table("one", kinds, ["a"], False))
    for rows in portions:
        out.add(rows)
    out.end()
    out.finish()
    found = list(backup_stream.read(iter([unseal(file.getvalue())])))
    whole = backup_stream.Digest()
    together = [row for rows in portions for row in rows]
    whole.add(backup_stream.pack(together))
    assert found[0] == backup_rows.Table("one", kinds, ["a"], False)
    assert found[-1] == backup_stream.End(whole.sum())
    read = [row for event in found if isinstance(event, backup_stream.Rows) for row in event.read()]
    assert repr([tuple(row) for row in read]) == repr(together)  # not-a-number is like itself here


@given(st.integers(0, 100_000))
def test_a_stream_that_stops_is_found(length: int) -> None:
    """What was sealed well, and was not whole before."""
    file = io.BytesIO()
    out = backup_stream.Writer(sealed_files.Sealer(file, KEY, HEAD))
    out.begin(backup_rows.Table("one", [backup_rows.Column("a", "int")], ["a"], False))
    out.add([(n,) for n in range(3_000)])
    out.end()
    out.finish()
    stream = unseal(file.getvalue())
    with pytest.raises(Refused, match="BACKUP_DAMAGED"):
        list(backup_stream.read(iter([stream[: length % len(stream)]])))


@dataclass
class Ground:
    """A book with two phones' lines, a backup folder of its own, and a key."""

    folder: Path
    phones: list[stranger.Phone]

    def take(self, name: str = "backup") -> backups.Checked:
        return backups.take(self.folder / name, KEY)


@pytest.fixture
def ground(cell: models.Cell, tmp_path: Path) -> Iterator[Ground]:
    phones = [stranger.Phone() for _ in range(2)]
    for phone in phones:
        assert phone.push([stranger.line() for _ in range(5)]).status_code == 200
    yield Ground(tmp_path, phones)
    for left in (Path(settings.DATA) / "backups").glob("*"):
        left.unlink()


def test_a_backup_is_read_back_and_says_what_it_holds(ground: Ground) -> None:
    found = ground.take()
    cell = book.get_cell()
    assert found.is_sound
    assert found.header.size == cell.size == 10
    assert found.header.root == book.root_at(10).hex()
    assert found.through == {phone.device: 5 for phone in ground.phones}
    assert found.sums["ledger_line"].rows == 10
    assert set(found.sums) == {
        table for table in connection.introspection.table_names()
        if not table.startswith(("django_", "auth_"))
    }  # fmt: skip
    path = ground.folder / "backup"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in ground.folder.iterdir()] == ["backup"]
    assert backups.check(path, KEY) == found
    with pytest.raises(Refused, match="BACKUP_EXISTS"):
        ground.take()


def test_nothing_personal_stands_in_the_clear(ground: Ground) -> None:
    ground.take()
    sealed = (ground.folder / "backup").read_bytes()
    with (ground.folder / "backup").open("rb") as file:
        said = msgspec.to_builtins(sealed_files.read_header(file))
    assert set(said) == {
        "format", "cell", "epoch", "size", "root", "at", "migrations", "lock", "salt", "check",
    }  # fmt: skip
    for phone in ground.phones:
        assert phone.device.encode() not in sealed
    assert (Path(settings.DATA) / "secret").read_bytes() not in sealed


def test_devices_rely_on_what_lies_apart_only(ground: Ground) -> None:
    first = ground.take("first")
    backups.leave(first, apart=False)
    reactions.run_once()
    assert models.Backup.objects.get().apart is False
    assert ground.phones[0].push([stranger.line()]).json()["safe"] == 0
    backups.leave(first, apart=True)  # a copy was brought away, and read there
    reactions.run_once()
    assert models.Backup.objects.get().apart is True
    answer = ground.phones[0].push([stranger.line()]).json()
    assert (answer["safe"], answer["through"]) == (5, 7)
    # the very same push again
    assert ground.phones[0].push([stranger.line()], first=8).json()["safe"] == 5
    second = ground.take("second")
    backups.leave(second, apart=True)
    reactions.run_once()
    backups.leave(first, apart=True)  # an older one takes nothing back
    reactions.run_once()
    assert ground.phones[0].push([stranger.line()]).json()["safe"] == 8
    assert not list((Path(settings.DATA) / "backups").iterdir())
    assert not reactions.list_stuck()


def test_a_backup_of_another_book_says_nothing(ground: Ground) -> None:
    found = ground.take()
    strange: list[dict[str, object]] = [
        {"cell": ids.new()}, {"epoch": 2}, {"size": 11}, {"root": "00" * 32}
    ]  # fmt: skip
    for changed in strange:
        header = msgspec.structs.replace(found.header, **changed)
        backups.leave(found._replace(header=header), apart=True)
        reactions.run_once()
    assert not models.Backup.objects.exists()
    assert ground.phones[0].push([stranger.line()]).json()["safe"] == 0


@pytest.mark.parametrize("column", ["content", "hash", "received_at", "number"])
def test_a_damaged_book_is_backed_up_but_not_called_verified(ground: Ground, column: str) -> None:
    line = models.Line.objects.get(leaf=3)
    bent = {"content": b"{}", "hash": b"h" * 32, "received_at": 1, "number": 77}[column]
    models.Line.objects.filter(leaf=3).update(**{column: bent})
    assert not ground.take("damaged").is_sound
    models.Line.objects.filter(leaf=3).update(**{column: getattr(line, column)})
    assert ground.take("mended").is_sound
    models.Line.objects.filter(leaf=3).delete()
    assert not ground.take("missing").is_sound


def test_the_disk_wrote_something_else(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    true = backups.check

    def bend(path: Path, *rest: object) -> backups.Checked:
        with path.open("r+b") as file:
            file.seek(-9, io.SEEK_END)
            file.write(b"x")
        return true(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(backups, "check", bend)
    with pytest.raises(Refused, match="BACKUP_DAMAGED"):
        ground.take()
    assert not list(ground.folder.iterdir())


def test_an_epoch_comes_once(ground: Ground) -> None:
    root = book.root_at(10).hex()
    reactions._run(checkpoints.REACTION)  # and it is not seen yet that this is done
    epochs.begin(stranger.BY, 2, "ab" * 32)
    line = models.Line.objects.get(kind="book.restored")
    said = json.loads(bytes(line.content))
    assert (said["epoch"], said["size"], said["root"]) == (1, 10, root)
    assert book.get_cell().epoch == 2
    reactions.run_once()
    assert set(models.Checkpoint.objects.values_list("epoch", "size")) == {(1, 10), (2, 11)}
    with pytest.raises(ValueError):
        epochs.begin(stranger.BY, 2, "ab" * 32)
    # a device never says so
    entry = {"kind": "book.restored", "epoch": 9, "size": 1, "root": "00" * 32, "backup": "00" * 32}
    answer = ground.phones[0].push([stranger.line(**entry)]).json()
    assert answer["lines"][0]["codes"] == ["NOT_ALLOWED"]


@pytest.mark.parametrize("harm", ["flip", "cut", "key", "text"])
def test_a_damaged_backup_writes_nothing(ground: Ground, harm: str) -> None:
    """The command itself, in an empty folder: both languages, and nothing there afterwards."""
    path, key = ground.folder / "backup", ground.folder / "key"
    sealed_files.make_key_file(key)
    backups.take(path, sealed_files.read_key_file(key))
    data = path.read_bytes()
    if harm == "flip":
        path.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
    elif harm == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "text":
        path.write_bytes(b"a letter")
    else:
        key.unlink()
        sealed_files.make_key_file(key)
    empty = ground.folder / "empty"
    environment = {**os.environ, "DOORSTEP_DATA": str(empty)}
    environment.pop("DOORSTEP_DATABASE", None)
    done = subprocess.run(
        [sys.executable, "-m", "doorstep.config.cli", "restore", path, "--key-file", key, "--json"],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    code = json.loads(done.stdout)["refused"]
    expected = {"key": "BACKUP_KEY_WRONG", "text": "BACKUP_UNREADABLE"}
    assert code == expected.get(harm, "BACKUP_DAMAGED")
    assert "Nothing was written" in done.stderr and "未写入" in done.stderr
    assert sorted(each.name for each in empty.iterdir()) == ["secret", "writer.lock"]


def test_every_table_of_ours_is_in_it_and_every_column(cell: models.Cell) -> None:
    from django.apps import apps

    tables = {t.name: t for t in backup_rows.list_tables(backup_rows.list_applied())}
    for model in apps.get_models():
        if model.__module__.startswith("doorstep."):
            columns = {field.column for field in model._meta.concrete_fields}
            assert {column.name for column in tables[model._meta.db_table].columns} == columns
