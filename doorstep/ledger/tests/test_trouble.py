"""What a database or a disk raises is called by its name, and never blamed on a line."""

import errno
import logging
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import InterfaceError, OperationalError

from doorstep.ledger import kinds, models, trouble, writer
from tests.stranger import Phone, line


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "_now", None)
    monkeypatch.setattr(trouble, "_said", {})


def wrapped(cause: Exception) -> OperationalError:
    """As Django raises what a database raised."""
    problem = OperationalError(str(cause))
    problem.__cause__ = cause
    return problem


def full_sqlite(path: Path) -> sqlite3.Error:
    database = sqlite3.connect(path)
    database.execute("PRAGMA max_page_count = 2")
    database.execute("CREATE TABLE t (x)")
    with pytest.raises(sqlite3.OperationalError) as caught:
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    return caught.value


def test_a_full_sqlite_is_a_full_disk(tmp_path: Path) -> None:
    assert trouble.name_of(wrapped(full_sqlite(tmp_path / "book"))) == "DISK_FULL"


def test_a_sqlite_that_cannot_write_is_a_disk_that_fails_or_can_only_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = sqlite3.OperationalError("disk I/O error")
    problem.sqlite_errorcode = 778  # SQLITE_IOERR_WRITE
    assert trouble.name_of(wrapped(problem)) == "DISK_FAILS"

    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert trouble.name_of(wrapped(problem)) == "DISK_READ_ONLY"


@pytest.mark.parametrize(
    ("problem", "name"),
    [
        (OSError(errno.ENOSPC, "no space"), "DISK_FULL"),
        (OSError(errno.EROFS, "read-only"), "DISK_READ_ONLY"),
        (psycopg.errors.DiskFull("could not extend"), "DISK_FULL"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute"), "DISK_READ_ONLY"),
        (psycopg.errors.AdminShutdown("terminating"), "DATABASE_GONE"),
        (psycopg.errors.TooManyConnections("too many clients"), "DATABASE_BUSY"),
        (psycopg.OperationalError("connection refused"), "DATABASE_GONE"),
        (psycopg.errors.ConnectionTimeout("connection timeout expired"), "DATABASE_GONE"),
        (InterfaceError("connection already closed"), "DATABASE_GONE"),
        (MemoryError(), "MEMORY_FULL"),
        (psycopg.errors.UniqueViolation("twice"), None),
        (psycopg.errors.ProgramLimitExceeded("index row"), None),
        (sqlite3.OperationalError("no such table"), None),
        (FileNotFoundError(errno.ENOENT, "no file"), None),
        (ValueError("a line"), None),
    ],
)
def test_troubles_have_names_and_other_mistakes_have_none(
    problem: Exception, name: str | None
) -> None:
    assert trouble.name_of(problem) == trouble.name_of(wrapped(problem)) == name


def test_it_is_logged_once_in_both_languages_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert trouble.note(OSError(errno.ENOSPC, "no space"))
        assert trouble.get_present() == "DISK_FULL"
        assert len(caplog.records) == 1
        assert "The disk is full" in caplog.text and "磁盘已满" in caplog.text
        trouble.note_commit()  # a small write had room; the next large one may not
        assert trouble.get_present() == "DISK_FULL" and len(caplog.records) == 1
        later = time.monotonic() + trouble.CALM
        monkeypatch.setattr(time, "monotonic", lambda: later)
        trouble.note_commit()
        assert trouble.get_present() is None and "over" in caplog.records[-1].getMessage()
        assert not trouble.note(ValueError("a line"))
    assert len(caplog.records) == 2


def test_a_full_disk_under_a_fold_fails_the_push_and_no_line(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(batch: Any) -> None:
        raise wrapped(psycopg.errors.DiskFull("could not extend"))

    phone = Phone()
    monkeypatch.setattr(kinds, "list_folds", lambda: [fail])
    answer = phone.push([line(), line()])
    assert (answer.status_code, answer.json()) == (500, {"code": "STORAGE_FAILED"})
    assert models.Line.objects.count() == 0
    monkeypatch.undo()
    assert phone.push([line(), line()]).status_code == 200
    assert not models.Verdict.objects.filter(code="FOLD_FAILED").exists()


def test_of_a_group_nobody_is_tried_after_the_storage_failed(cell: models.Cell) -> None:
    tried: list[list[Any]] = []

    def together(pushes: list[Any]) -> list[Any]:
        tried.append(pushes)
        raise wrapped(psycopg.OperationalError("connection refused"))

    def alone(number: int) -> writer._Work:
        return writer._Work(lambda: together([number]), (number, together), 1)

    group = [alone(number) for number in range(3)]
    writer._all(group)
    assert tried == [[0, 1, 2], [0]]
    assert all(trouble.name_of(work.future.exception()) == "DATABASE_GONE" for work in group)
