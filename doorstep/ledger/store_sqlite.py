"""Set-based statements as SQLite wants them: executemany to add, json_each to look up."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection


def add(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], tail: str) -> None:
    """Insert rows with a conflict clause."""
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) {tail}", rows
        )


def append(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert new rows."""
    add(table, columns, rows, "")


def update(table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], keys: int) -> None:
    """Overwrite columns by the key, the first columns."""
    said = ", ".join(f"{name} = %s" for name in columns[keys:])
    where = " AND ".join(f"{name} = %s" for name in columns[:keys])
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {said} WHERE {where}",
            [(*row[keys:], *row[:keys]) for row in rows],
        )


def write(statement: str, parameters: Sequence[Any]) -> None:
    """Carry out a statement that says nothing, however many rows it changes."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def read(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def read_bytes(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """As `read`: bytes come as bytes."""
    return read(statement, parameters)


def begins(column: str, text: str) -> tuple[str, list[str]]:
    """A range: LIKE knows no case here and so no index."""
    return f"({column} >= %s AND {column} < %s)", [text, text + "\U0010ffff"]


def look_up_keys() -> None:
    """Nothing to say: SQLite keeps the order of a CROSS JOIN, and looks up what IN lists."""


def read_tables() -> None:
    """Nothing to take back."""


def among(table: str, column: str, keys: Collection[Any]) -> tuple[str, list[Any]]:
    """A subquery of the keys and its parameter."""
    return "(SELECT value FROM json_each(%s))", [json.dumps(list(keys))]


def among_pairs(
    table: str, pair: tuple[str, str], keys: Collection[tuple[Any, Any]]
) -> tuple[str, list[Any]]:
    """A relation `k(a, b)` of the pairs and its parameters: by the column that has fewer values,
    which must be text, all values of the other: half as much JSON to take apart as a list of pairs.
    """
    firsts, seconds = map(set, zip(*keys, strict=True))
    named, other = ("a", "b")
    if len(seconds) < len(firsts) and isinstance(next(iter(seconds)), str):
        named, other = other, named
        keys = [(second, first) for first, second in keys]
    grouped: dict[str, list[Any]] = {}
    for group, value in keys:
        grouped.setdefault(group, []).append(value)
    return (
        f"(SELECT g.key AS {named}, v.value AS {other} "
        "FROM json_each(%s) g, json_each(g.value) v) k",
        [json.dumps(grouped)],
    )
