"""Set-based statements as PostgreSQL wants them: an array of each column, unnested; COPY for rows
that are new.

Values travel as PostgreSQL's own bytes, which it need not read as text. A field is its length and
its bytes, in an array as in COPY, and they are made a column at a time: the driver's dumper looks
at every value and takes longer than the statement itself.
"""

import re
import struct
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
from django.db import connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

from doorstep.kit import clock, ids

Fields = list[bytes]
_OFTEN = 2  # times, then a statement is planned once for all: that costs a sixth of a small batch
_types: dict[tuple[str, str], tuple[str, int]] = {}


class _Array(bytes):
    """A whole array as PostgreSQL receives it."""


class _ArrayDumper(Dumper):
    """Hands an array on as it is; its type is the one the statement names."""

    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        return obj


psycopg.adapters.register_dumper(_Array, _ArrayDumper)


def add(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], tail: str) -> None:
    """Insert rows with a conflict clause."""
    arrays, parameters = _to_arrays(table, columns, rows)
    write(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {tail}",
        parameters,
    )


def append(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert new rows by COPY, which costs half of an INSERT."""
    fields = [
        _write(_type_of(table, name)[0], values)
        for name, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    begin = struct.pack(">h", len(columns))
    written = begin + begin.join(map(b"".join, zip(*fields, strict=True)))
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with _open_cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_COPY_HEADER + written + _COPY_END)


def update(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], keys: int) -> None:
    """Overwrite columns by the key, the first columns."""
    arrays, parameters = _to_arrays(table, columns, rows)
    said = ", ".join(f"{name} = d.{name}" for name in columns[keys:])
    where = " AND ".join(f"t.{name} = d.{name}" for name in columns[:keys])
    write(
        f"UPDATE {table} t SET {said} FROM unnest({arrays}) AS d({', '.join(columns)}) "
        f"WHERE {where}",
        parameters,
    )


def write(statement: str, parameters: Sequence[Any]) -> None:
    """Carry out a statement that says nothing."""
    with _open_cursor() as cursor:
        cursor.execute(statement, parameters)


def read(
    statement: str, parameters: Sequence[Any], answers: Format = Format.TEXT
) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with _open_cursor(answers) as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def read_bytes(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As `read`, but the values come as PostgreSQL's own bytes too: no letters to read back."""
    return read(statement, parameters, Format.BINARY)


def begins(column: str, text: str) -> tuple[str, list[str]]:
    """LIKE, whatever order of letters the database was made with."""
    return f"{column} LIKE %s", [re.sub(r"([\\%_])", r"\\\1", text) + "%"]


def look_up_keys() -> None:
    """No join but by index, until the transaction ends. A plan is kept for later batches, and one
    that was made while a table was small must not read all of it when it is large.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
            "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0"
        )


def read_tables() -> None:
    """The planner may choose again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "RESET enable_hashjoin; RESET enable_mergejoin; "
            "RESET enable_seqscan; RESET max_parallel_workers_per_gather"
        )


def among(table: str, column: str, keys: Collection[Any]) -> tuple[str, list[Any]]:
    """A subquery of the keys and its parameter."""
    kind, number = _type_of(table, column)
    return f"(SELECT unnest(%s::{kind}[]))", [_to_array(number, len(keys), _join_keys(kind, keys))]


def among_pairs(
    table: str, pair: tuple[str, str], keys: Collection[tuple[Any, Any]]
) -> tuple[str, list[Any]]:
    """A relation `k(a, b)` of the pairs and its parameters."""
    kinds = [_type_of(table, name) for name in pair]
    parameters = [
        _to_array(number, len(keys), _join_keys(kind, values))
        for (kind, number), values in zip(kinds, zip(*keys, strict=True), strict=True)
    ]
    return f"unnest(%s::{kinds[0][0]}[], %s::{kinds[1][0]}[]) AS k(a, b)", parameters


@contextmanager
def _open_cursor(answers: Format = Format.TEXT) -> Iterator[Any]:
    """A cursor that sends parameters beside the statement; Django's own writes them into it."""
    connection.ensure_connection()
    own: Any = connection.connection
    own.prepare_threshold = _OFTEN
    cursor: Any = psycopg.Cursor(own)
    cursor.format = answers
    watched = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with watched(cursor) as wrapped, connection.wrap_database_errors:  # COPY is not wrapped
        yield wrapped


def _to_arrays(
    table: str, columns: Sequence[str], rows: Collection[tuple[Any, ...]]
) -> tuple[str, list[_Array]]:
    kinds = [_type_of(table, name) for name in columns]
    parameters = [
        _to_array(number, len(rows), _join(kind, values))
        for (kind, number), values in zip(kinds, zip(*rows, strict=True), strict=True)
    ]
    return ", ".join(f"%s::{kind}[]" for kind, _ in kinds), parameters


def _to_array(number: int, count: int, fields: bytes) -> _Array:
    """One dimension, which may hold nulls, of elements of the type with this number, from 1 on."""
    return _Array(struct.pack(">iiIii", 1, 1, number, count, 1) + fields)


def _join_keys(kind: str, values: Collection[Any]) -> bytes:
    """What is no id is looked for as nothing, and so not found, as on SQLite."""
    try:
        return _join(kind, values)
    except (TypeError, ValueError):
        if kind != "uuid":
            raise
        known = [v if isinstance(v, str) and ids.is_canonical(v) else None for v in values]
        return _join(kind, known)


def _join(kind: str, values: Collection[Any]) -> bytes:
    """A column's values as fields, one after another."""
    if kind == "uuid" and None not in values:
        return ids.all_to_bytes(values, _ID)
    return b"".join(_write(kind, values))


def _write(kind: str, values: Collection[Any]) -> Fields:
    """A column's values as fields."""
    if None in values:
        written = iter(_write(kind, [v for v in values if v is not None]))
        return [_NULL if value is None else next(written) for value in values]
    return _WRITERS[kind](values)


def _write_ids(values: Collection[str]) -> Fields:
    data = ids.all_to_bytes(values, _ID)
    size = len(_ID) + ids.SIZE
    return [data[at : at + size] for at in range(0, len(data), size)]


def _write_texts(values: Collection[str]) -> Fields:
    return _write_bytes([value.encode() for value in values])


def _write_json(values: Collection[str]) -> Fields:
    return _write_bytes([b"\x01" + value.encode() for value in values])  # the form's version


def _write_bytes(values: Collection[Any]) -> Fields:
    size = struct.Struct(">i").pack
    return [size(len(value)) + value for value in values]


def _write_moments(values: Collection[str]) -> Fields:
    """RFC 3339 texts; PostgreSQL counts microseconds from the year 2000."""
    moments = map(datetime.fromisoformat, values)
    return _write_numbers("q")([clock.to_micros(moment) - _YEAR_2000 for moment in moments])


def _write_numbers(form: str) -> Callable[[Collection[Any]], Fields]:
    pack = partial(struct.Struct(f">i{form}").pack, struct.calcsize(f">{form}"))
    return lambda values: list(map(pack, values))


_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no extension
_COPY_END = b"\xff\xff"
_NULL = struct.pack(">i", -1)
_YEAR_2000 = clock.to_micros(datetime(2000, 1, 1, tzinfo=UTC))
_ID = struct.pack(">i", ids.SIZE)
_WRITERS: dict[str, Callable[[Collection[Any]], Fields]] = {
    "boolean": _write_numbers("?"),
    "smallint": _write_numbers("h"),
    "integer": _write_numbers("i"),
    "bigint": _write_numbers("q"),
    "double precision": _write_numbers("d"),
    "uuid": _write_ids,
    "character varying": _write_texts,
    "text": _write_texts,
    "jsonb": _write_json,
    "bytea": _write_bytes,
    "timestamp with time zone": _write_moments,
}


def _type_of(table: str, column: str) -> tuple[str, int]:
    """The name of a column's type, and the number PostgreSQL gives it."""
    if (table, column) not in _types:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attname, format_type(atttypid, NULL), atttypid::bigint FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0",
                [table],
            )
            _types.update({(table, name): (kind, n) for name, kind, n in cursor.fetchall()})
    return _types[table, column]
