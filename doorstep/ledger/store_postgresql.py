"""Set-based statements as PostgreSQL wants them: an array of each column, unnested.

Arrays are written here as PostgreSQL's own text, one join a column: the driver's dumper looks at
every value and takes longer than the statement itself.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db import connection

from doorstep.kit import ids

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
    written = [
        _write(_type_of(table, name), values, "\\N", _escape)
        for name, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    text = "\n".join(map("\t".join, zip(*written, strict=True)))
    names = ", ".join(columns)
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,  # Django wraps `execute`, and not COPY
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
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


def look_up_keys() -> None:
    """No join but by index, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
            "SET LOCAL max_parallel_workers_per_gather = 0"
        )


def among(table: str, column: str, keys: Collection[Any]) -> tuple[str, list[Any]]:
    """A subquery of the keys and its parameter."""
    kind = _type_of(table, column)
    return f"(SELECT unnest(%s::{kind}[]))", [_to_array(kind, _as_keys(kind, keys))]


def among_pairs(
    table: str, pair: tuple[str, str], keys: Collection[tuple[Any, Any]]
) -> tuple[str, list[Any]]:
    """A relation `k(a, b)` of the pairs and its parameters."""
    kinds = [_type_of(table, name) for name in pair]
    columns = zip(*keys, strict=True)
    parameters = [
        _to_array(kind, _as_keys(kind, values)) for kind, values in zip(kinds, columns, strict=True)
    ]
    return f"unnest(%s::{kinds[0]}[], %s::{kinds[1]}[]) AS k(a, b)", parameters


def _as_keys(kind: str, values: Collection[Any]) -> Collection[Any]:
    """What is no id is looked for as nothing, and so not found, as on SQLite."""
    if kind != "uuid":
        return values
    return [
        value if value is not None and ids.is_canonical(str(value)) else None for value in values
    ]


def _to_arrays(
    table: str, columns: Sequence[str], rows: Collection[tuple[Any, ...]]
) -> tuple[str, list[str]]:
    types = [_type_of(table, name) for name in columns]
    parameters = [
        _to_array(kind, values) for kind, values in zip(types, zip(*rows, strict=True), strict=True)
    ]
    return ", ".join(f"%s::{kind}[]" for kind in types), parameters


def _to_array(kind: str, values: Collection[Any]) -> str:
    return "{" + ",".join(_write(kind, values, "NULL", _quote)) + "}"


def _write(
    kind: str, values: Collection[Any], null: str, quote: Callable[[Collection[str]], Iterable[str]]
) -> Iterable[str]:
    """A column's values as PostgreSQL's text; a column at a time, since that costs half."""
    if None in values:
        written = iter(_write(kind, [v for v in values if v is not None], null, quote))
        return [null if value is None else next(written) for value in values]
    if kind in _PLAIN:
        return map(_PLAIN[kind], values)
    if kind == "bytea":
        [quoted] = quote(["\\x|"])  # digits need no quoting, and are many
        before, after = quoted.split("|")
        return [before + bytes(value).hex() + after for value in values]
    return quote(values)


def _quote(values: Collection[str]) -> Iterable[str]:
    """As elements of an array."""
    return ['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]


def _escape(values: Collection[str]) -> Iterable[str]:
    """As fields of COPY."""
    return [value.translate(_ESCAPES) if _ODD.search(value) else value for value in values]


_ODD = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN: dict[str, Callable[[Any], str]] = {
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
