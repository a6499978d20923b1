"""What is made for a while only. SQLite puts it in memory, as config.databases begins, or in a file
while something large is made, so that memory stays bounded however long the book.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_WRITES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
_MEMORY = 48 << 10  # KiB that it keeps of temporary tables; the rest is in the file


@contextmanager
def in_a_file() -> Iterator[None]:
    """Have SQLite use a temporary file while the block lasts: shadow tables and the sorting of an
    index of a million lines take gigabytes. Inside a transaction of the caller's nothing changes.
    """
    is_free = connection.vendor == "sqlite" and not connection.in_atomic_block
    if is_free:
        _execute("PRAGMA temp_store=FILE")
        _execute(f"PRAGMA temp.cache_size=-{_MEMORY}")
    try:
        yield
    finally:
        if is_free:  # it gives back what was taken
            _execute("PRAGMA temp_store=MEMORY")


@contextmanager
def alone() -> Iterator[None]:
    """In the block nothing but temporary tables can be written, until the transaction ends."""
    if connection.vendor != "sqlite":
        _execute("SET TRANSACTION READ ONLY")
        yield
        return
    connection.connection.set_authorizer(_allow_temporary)
    try:
        yield
    finally:
        connection.connection.set_authorizer(None)


def _allow_temporary(
    action: int, table: str | None, _: object, schema: str | None, _trigger: object
) -> int:
    # json_each declares its columns as if it wrote its own table into the schema
    writes = action in _WRITES and schema == "main" and not str(table).startswith("sqlite_")
    return sqlite3.SQLITE_DENY if writes else sqlite3.SQLITE_OK


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
