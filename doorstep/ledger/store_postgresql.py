"""Set-based statements as PostgreSQL wants them: an array of each column, unnested.

Arrays are written here as PostgreSQL's own text, one join a column: the driver's dumper looks at
every value and takes longer than the statement itself.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db import connection

_types: dict[tuple[str, str], str] = {}


def add(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], tail: str) -> None:
    """Insert rows with a conflict clause."""
    types = [_type_of(table, name) for name in columns]
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {tail}",
            [
                _to_array(kind, values)
                for kind, values in zip(types, zip(*rows, strict=True), strict=True)
            ],
        )


def among(table: str, column: str, keys: Collection[Any]) -> tuple[str, list[Any]]:
    """A subquery of the keys and its parameter."""
    kind = _type_of(table, column)
    return f"(SELECT unnest(%s::{kind}[]))", [_to_array(kind, keys)]


def among_pairs(
    table: str, pair: tuple[str, str], keys: Collection[tuple[str, str]]
) -> tuple[str, list[Any]]:
    """A relation `k(a, b)` of the pairs and its parameters."""
    types = [_type_of(table, column) for column in pair]
    columns = [
        _to_array(kind, values) for kind, values in zip(types, zip(*keys, strict=True), strict=True)
    ]
    return f"unnest(%s::{types[0]}[], %s::{types[1]}[]) AS k(a, b)", columns


def _to_array(kind: str, values: Iterable[Any]) -> str:
    dump = _DUMPERS.get(kind, _quote)
    return "{" + ",".join(["NULL" if value is None else dump(value) for value in values]) + "}"


def _quote(value: Any) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


_DUMPERS: dict[str, Callable[[Any], str]] = {
    "bytea": lambda value: f'"\\\\x{bytes(value).hex()}"',
    "boolean": lambda value: "t" if value else "f",
    "smallint": repr,
    "integer": repr,
    "bigint": repr,
    "double precision": repr,
    "uuid": str,
}


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
