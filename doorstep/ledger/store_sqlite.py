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


def look_up_keys() -> None:
    """Nothing to say: SQLite keeps the order of a CROSS JOIN, and looks up what IN lists."""


def among(table: str, column: str, keys: Collection[Any]) -> tuple[str, list[Any]]:
    """A subquery of the keys and its parameter."""
    return "(SELECT value FROM json_each(%s))", [json.dumps(list(keys))]


def among_pairs(
    table: str, pair: tuple[str, str], keys: Collection[tuple[Any, Any]]
) -> tuple[str, list[Any]]:
    """A relation `k(a, b)` of the pairs and its parameters."""
    firsts, seconds = map(set, zip(*keys, strict=True))
    if len(firsts) == 1:  # the usual case, one round: half the JSON to take apart
        return (
            "(SELECT %s AS a, value AS b FROM json_each(%s)) k",
            [*firsts, json.dumps([second for _, second in keys])],
        )
    if len(seconds) == 1:
        return (
            "(SELECT value AS a, %s AS b FROM json_each(%s)) k",
            [*seconds, json.dumps([first for first, _ in keys])],
        )
    return (
        "(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b "
        "FROM json_each(%s)) k",
        [json.dumps(list(keys))],
    )
