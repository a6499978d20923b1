"""Putting a backup back, on either database, whichever it was taken from.

The file is read to its end before anything is written. Then the tables are made as they were in
that version, filled, compared with the file, brought up to this version and checked as a book; only
then is it there at all: on SQLite the new database gets its name, on PostgreSQL its one transaction
ends. Whoever is killed before leaves an installation that is still empty. Refuses one that is not.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from doorstep.ledger import (
    backup_rows,
    backup_stream,
    backups,
    destruction_list,
    epochs,
    sealed_files,
    temporary,
    verify,
)
from doorstep.ledger.backup_rows import Table
from doorstep.ledger.backups import Checked, Show
from doorstep.ledger.refusals import Refused
from doorstep.ledger.sealed_files import Header, Key

_GATHERED = 4 << 20  # bytes of rows written together, as packed
# an unfinished database is thrown away after a power cut: nothing need be on disk before the end
_UNSAFE = "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536"


class Asked(NamedTuple):
    """What to restore. `epoch`: another than the next one; `is_damaged`: keep it although the book
    in it is damaged; `find_writer`: who says so in the book, asked when it is there. `list`: the
    destruction list, if it does not lie beside the backup; `is_without_list`: there is none.
    """

    path: Path
    key: Key
    find_writer: Callable[[], str | None]
    epoch: int | None = None
    is_damaged: bool = False
    list: Path | None = None
    is_without_list: bool = False


class Restored(NamedTuple):
    """What was restored: the file, the epoch from now on, what is wrong with the book, and the
    entries of the destructions that were carried out again; None where no list was there.
    """

    checked: Checked
    epoch: int
    findings: list[str]
    destroyed: list[str] | None


def restore(asked: Asked, show: Show = lambda step, done, of: None) -> Restored:
    """Make the book of a backup the book of this installation.

    Raises:
        Refused: RESTORE_NOT_EMPTY; what is wrong with the backup, its key or this version; what
            is wrong with the destruction list (LIST_…); or RESTORE_UNSOUND. Nothing is there then
            that was not there before.
        OSError: the file cannot be read.
    """
    _refuse_if_not_empty()
    checked = backups.check(asked.path, asked.key, show)
    header = checked.header
    applied = {(package, name) for package, names in header.migrations.items() for name in names}
    unknown = backup_rows.find_unknown(applied)
    if unknown:
        raise Refused("BACKUP_NEWER", what=".".join(unknown[0]))
    epoch = header.epoch + 1 if asked.epoch is None else asked.epoch
    if epoch <= header.epoch:
        raise Refused("RESTORE_EPOCH", epoch=header.epoch)
    listed = _find_list(asked, header)
    with _files() as files, _database(), temporary.in_a_file():
        _load(asked, applied, checked, files, show)
        call_command("migrate", verbosity=0, interactive=False)
        report = verify.check_book(lambda done, of: show("verify", done, of))
        is_sound = checked.is_sound and report["root"] == header.root and not report["found"]
        if not is_sound and not asked.is_damaged:
            raise Refused("RESTORE_UNSOUND", found=report["found"] or 1)
        by = asked.find_writer() or header.cell
        epochs.begin(by, epoch, checked.digest)
        # it holds what a destruction after it destroys
        destruction_list.know(
            destruction_list.Backup(
                checked.digest, header.at, header.epoch, header.size, header.root
            )
        )
        destroyed = destruction_list.carry_out(by, listed) if listed else None
    return Restored(checked, epoch, report["findings"], destroyed)


def _find_list(asked: Asked, header: Header) -> Path | None:
    """The destruction list to hold the book against: at least as new as the backup."""
    path = asked.list or destruction_list.path_in(asked.path.parent, header.cell)
    if not path.exists():
        if asked.is_without_list:
            return None
        raise Refused("LIST_MISSING", file=path)
    content, _ = destruction_list.read(path, header.cell)
    if content.covers(header.epoch, header.size):
        return path
    if asked.is_without_list:
        return None
    raise Refused("LIST_OLDER", file=path)


def _refuse_if_not_empty() -> None:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not Path(name).exists():
        left = Path(name).with_name(Path(name).name + "-wal")
        if left.exists():  # a book was here, and the half of it still is
            raise Refused("RESTORE_NOT_EMPTY", what=left)
    elif connection.introspection.table_names():
        raise Refused("RESTORE_NOT_EMPTY", what=name)


class _Files:
    """The files of the installation that a backup brings; gone again if the restore fails."""

    def __init__(self) -> None:
        self._written: list[Path] = []

    def write(self, file: backup_stream.File) -> None:
        """Write one, unless it is there already as it was left by a restore that was killed."""
        data = Path(settings.DATA)
        path = (data / file.path).resolve()
        if not path.is_relative_to(data.resolve()):
            raise Refused("BACKUP_UNREADABLE")
        if path.exists() and path.read_bytes() == file.content:
            return
        # every command makes a secret where none is; without a book it has signed nothing
        if path.exists() and file.path != "secret":
            raise Refused("RESTORE_NOT_EMPTY", what=path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".restoring")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
        with os.fdopen(descriptor, "wb") as made:
            made.write(file.content)
            made.flush()
            os.fsync(made.fileno())
        if file.path != "secret":
            self._written.append(path)
        beside.rename(path)
        backups.sync_folder(path.parent)

    def undo(self) -> None:
        """Take away what was written."""
        for path in self._written:
            path.unlink(missing_ok=True)


@contextmanager
def _files() -> Iterator[_Files]:
    files = _Files()
    try:
        yield files
    except BaseException:
        files.undo()
        raise


@contextmanager
def _database() -> Iterator[None]:
    """The database to fill; there for others only when the block has ended well."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            yield
        return
    path = Path(connection.settings_dict["NAME"])
    beside = path.with_name(path.name + ".restoring")
    left = [beside.with_name(beside.name + end) for end in ("", "-wal", "-shm", "-journal")]
    for each in left:
        each.unlink(missing_ok=True)
    connection.close()
    connection.settings_dict["NAME"] = str(beside)
    try:
        with connection.cursor() as cursor:
            for pragma in _UNSAFE.split(";"):
                cursor.execute(pragma)
        yield
        connection.close()
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.rename(path)
        backups.sync_folder(path.parent)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = path
        for each in left:
            each.unlink(missing_ok=True)


def _load(
    asked: Asked, applied: set[tuple[str, str]], checked: Checked, files: _Files, show: Show
) -> None:
    """Make the tables as they were, fill them, and compare them with the file."""
    MigrationExecutor(connection).migrate(backup_rows.list_last(applied))
    expected = {table.name: table for table in backup_rows.list_tables(applied)}
    of = sum(each.rows for each in checked.sums.values())
    with transaction.atomic() if connection.vendor == "sqlite" else nullcontext():
        _fill(asked, checked, expected, files, lambda done: show("load", done, of))
        if connection.vendor == "postgresql":  # else what is checked later stops the migrations
            _execute("SET CONSTRAINTS ALL IMMEDIATE")
            _execute("ANALYZE")
    done = 0
    for name, table in expected.items():
        digest = backup_stream.Digest()
        for rows in backup_rows.read(table, backup_rows.measure(table)[1]):
            digest.add(backup_stream.pack(rows))
            done += len(rows)
            show("compare", done, of)
        if digest.sum() != checked.sums.get(name):
            raise Refused("RESTORE_DIFFERS", what=name)


def _fill(
    asked: Asked,
    checked: Checked,
    expected: dict[str, Table],
    files: _Files,
    show: Callable[[int], None],
) -> None:
    with backups.open_hashed(asked.path) as (file, raw):
        _, pieces = sealed_files.open_sealed(file, asked.key)
        table = Table("", [], [], False)
        gathered: list[backup_rows.Row] = []
        held = done = 0
        for event in backup_stream.read(pieces):
            match event:
                case backup_stream.File():
                    files.write(event)
                case Table():
                    table = event
                    if expected.get(table.name) != table:
                        raise Refused("RESTORE_DIFFERS", what=table.name)
                    # what the migrations themselves have put there is in the backup
                    _execute(f"DELETE FROM {table.name}")
                case backup_stream.Rows():
                    gathered += event.read()  # type: ignore[arg-type]
                    held += len(event.packed)
                    if held < _GATHERED:
                        continue
                case backup_stream.End():
                    pass
            backup_rows.write(table, gathered)
            done += len(gathered)
            gathered, held = [], 0
            show(done)
            if isinstance(event, backup_stream.End):
                backup_rows.set_counter(table)
        if raw.digest.hexdigest() != checked.digest:
            raise Refused("BACKUP_DAMAGED", at="…")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
