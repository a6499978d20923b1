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
    arrays, parameters = _to_arrays(table, columns, rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {tail}",
            parameters,
        )


def append(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert new rows by COPY, which costs half of an INSERT."""
    dumpers = [_COPY_DUMPERS.get(_type_of(table, name), _escape) for name in columns]
    text = "\n".join(
        [
            "\t".join(
                ["\\N" if v is None else dump(v) for dump, v in zip(dumpers, row, strict=True)]
            )
            for row in rows
        ]
    )
    names = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        copy.write(text)


def update(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], keys: int) -> None:
    """Overwrite columns by the key, the first columns."""
    arrays, parameters = _to_arrays(table, columns, rows)
    said = ", ".join(f"{name} = d.{name}" for name in columns[keys:])
    where = " AND ".join(f"t.{name} = d.{name}" for name in columns[:keys])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {said} FROM unnest({arrays}) AS d({', '.join(columns)}) "
            f"WHERE {where}",
            parameters,
        )


def among(table: str, column: str, keys: Collection[Any]) -> tuple[str, list[Any]]:
    """A subquery of the keys and its parameter."""
    kind = _type_of(table, column)
    return f"(SELECT unnest(%s::{kind}[]))", [_to_array(kind, keys)]


def among_pairs(
    table: str, pair: tuple[str, str], keys: Collection[tuple[str, str]]
) -> tuple[str, list[Any]]:
    """A relation `k(a, b)` of the pairs and its parameters."""
    arrays, parameters = _to_arrays(table, pair, keys)
    return f"unnest({arrays}) AS k(a, b)", parameters


def _to_arrays(
    table: str, columns: Sequence[str], rows: Collection[tuple[Any, ...]]
) -> tuple[str, list[str]]:
    types = [_type_of(table, name) for name in columns]
    parameters = [
        _to_array(kind, values) for kind, values in zip(types, zip(*rows, strict=True), strict=True)
    ]
    return ", ".join(f"%s::{kind}[]" for kind in types), parameters


def _to_array(kind: str, values: Iterable[Any]) -> str:
    dump = _DUMPERS.get(kind, _quote)
    return "{" + ",".join(["NULL" if value is None else dump(value) for value in values]) + "}"


def _quote(value: Any) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escape(value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\n", "\\n").replace("\r", "\\r")


_DUMPERS: dict[str, Callable[[Any], str]] = {
    "bytea": lambda value: f'"\\\\x{bytes(value).hex()}"',
    "boolean": lambda value: "t" if value else "f",
    "smallint": repr,
    "integer": repr,
    "bigint": repr,
    "double precision": repr,
    "uuid": str,
}
_COPY_DUMPERS: dict[str, Callable[[Any], str]] = {
    **_DUMPERS,
    "bytea": lambda value: f"\\\\x{bytes(value).hex()}",
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
