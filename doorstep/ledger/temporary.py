"""Where SQLite puts what it needs for a while: in memory, as config.databases begins, or in a
temporary file while something large is made, so that memory stays bounded however long the book.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

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


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
