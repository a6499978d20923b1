"""Set-based statements as PostgreSQL wants them: an array of each column, unnested."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

_types: dict[tuple[str, str], str] = {}


def add(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], tail: str) -> None:
    """Insert rows with a conflict clause."""
    arrays = ", ".join(f"%s::{_type_of(table, name)}[]" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {tail}",
            [list(values) for values in zip(*rows, strict=True)],
        )


def among(table: str, column: str, keys: Collection[Any]) -> tuple[str, list[Any]]:
    """A subquery of the keys and its parameter."""
    return f"(SELECT unnest(%s::{_type_of(table, column)}[]))", [list(keys)]


def among_pairs(
    table: str, pair: tuple[str, str], keys: Collection[tuple[str, str]]
) -> tuple[str, list[Any]]:
    """A relation `k(a, b)` of the pairs and its parameters."""
    types = [_type_of(table, column) for column in pair]
    columns = [list(values) for values in zip(*keys, strict=True)]
    return f"unnest(%s::{types[0]}[], %s::{types[1]}[]) AS k(a, b)", columns


def _type_of(table: str, column: str) -> str:
    if (table, column) not in _types:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0",
                [table],
            )
            _types.update({(table, name): kind for name, kind in cursor.fetchall()})
    return _types[table, column]
