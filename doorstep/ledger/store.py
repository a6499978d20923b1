"""Set-based statements for folds: many rows, one statement, the same on every database.

Tables and columns are literals of our own code, never input. Rows are tuples of str, int, bool,
None or float; ids are canonical text. What differs between databases is in store_sqlite and
store_postgresql, one file each.
"""

from collections.abc import Collection, Iterable, Sequence
from importlib import import_module
from typing import Any

from django.db import connection

Row = tuple[Any, ...]
# The other's driver takes a tenth of a second to load. Before the first connection, for what it
# says of values holds for those that are opened afterwards.
_database: Any = import_module(f"doorstep.ledger.store_{connection.vendor}")


def insert(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Add rows; those whose key is there already change nothing."""
    if listed := list(rows):
        _database.add(table, columns, listed, "ON CONFLICT DO NOTHING")


def append(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Add rows that are known to be new: the fastest way in. A key that is there is an error."""
    if rows:
        _database.append(table, columns, rows)


def update(table: str, columns: Sequence[str], rows: Sequence[Row], *, keys: int = 1) -> None:
    """Overwrite columns of rows that are there; the first column, or the first so many, are the
    key.
    """
    if rows:
        _database.update(table, columns, rows, keys)


def upsert(
    table: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    key: Sequence[str],
    *,
    changing: Sequence[str] | None = None,
) -> None:
    """Add rows, or overwrite columns of those whose key is there: every one, or those named in
    `changing`, which spares the indexes of the others. No key may come twice.
    """
    if not (listed := list(rows)):
        return
    named = [name for name in columns if name not in key] if changing is None else changing
    changed = ", ".join(f"{name} = excluded.{name}" for name in named)
    act = f"UPDATE SET {changed}" if changed else "NOTHING"
    _database.add(table, columns, listed, f"ON CONFLICT ({', '.join(key)}) DO {act}")


def select(table: str, columns: Sequence[str], column: str, keys: Collection[Any]) -> list[Row]:
    """Rows whose `column` is one of `keys`, however many keys there are."""
    if not keys:
        return []
    inside, parameter = _database.among(table, column, keys)
    named = ", ".join(columns)
    return _read(f"SELECT {named} FROM {table} WHERE {column} IN {inside}", parameter)


def select_pairs(
    table: str, columns: Sequence[str], pair: tuple[str, str], keys: Collection[tuple[Any, Any]]
) -> list[Row]:
    """Rows whose two columns are one of the pairs in `keys`."""
    if not keys:
        return []
    joined, parameter = _database.among_pairs(table, pair, keys)
    names = ", ".join(f"t.{name}" for name in columns)
    # CROSS JOIN keeps SQLite from scanning the table and looking up the keys
    return _read(
        f"SELECT {names} FROM {joined} CROSS JOIN {table} t "
        f"WHERE t.{pair[0]} = k.a AND t.{pair[1]} = k.b",
        parameter,
    )


def tally_pairs(
    table: str, sums: Sequence[str], pair: tuple[str, str], keys: Collection[tuple[Any, Any]]
) -> list[Row]:
    """Aggregates over the rows of each pair in `keys`: (a, b, *sums). `sums` are expressions of
    ours over the table's columns, such as `COUNT(*)`; a pair without rows gives none.
    """
    if not keys:
        return []
    joined, parameter = _database.among_pairs(table, pair, keys)
    names = ", ".join(sums)
    # CROSS JOIN keeps SQLite from scanning the table and looking up the keys
    return _read(
        f"SELECT {pair[0]}, {pair[1]}, {names} FROM {joined} CROSS JOIN {table} "
        f"WHERE {pair[0]} = k.a AND {pair[1]} = k.b GROUP BY {pair[0]}, {pair[1]}",
        parameter,
    )


def query_pairs(
    sql: str,
    table: str,
    pair: tuple[str, str],
    keys: Collection[tuple[Any, Any]],
    parameters: Sequence[Any] = (),
) -> list[Row]:
    """Rows of a portable query with `{pairs}` in it, before any `%s`: a relation k(a, b) of the
    pairs in `keys`, which are values of two columns of `table`.
    """
    if not keys:
        return []
    joined, own = _database.among_pairs(table, pair, keys)
    return _read(sql.format(pairs=joined), [*own, *parameters])


def delete_pairs(table: str, pair: tuple[str, str], keys: Collection[tuple[Any, Any]]) -> None:
    """Remove the rows whose two columns are one of the pairs in `keys`."""
    if keys:
        joined, parameter = _database.among_pairs(table, pair, keys)
        _database.write(
            f"DELETE FROM {table} WHERE ({pair[0]}, {pair[1]}) IN (SELECT k.a, k.b FROM {joined})",
            parameter,
        )


def delete(
    table: str, column: str, keys: Collection[Any], *, only: tuple[str, Any] | None = None
) -> None:
    """Remove the rows whose `column` is one of `keys`; with `only`, those where another column has
    a value.
    """
    if keys:
        inside, parameters = _database.among(table, column, keys)
        statement = f"DELETE FROM {table} WHERE {column} IN {inside}"
        if only:
            statement += f" AND {only[0]} = %s"
            parameters = [*parameters, only[1]]
        _database.write(statement, parameters)


def begins(column: str, text: str) -> tuple[str, list[str]]:
    """A condition that a column of text begins so, sign by sign, which an index of the column
    serves, and its parameters.
    """
    return _database.begins(column, text)  # type: ignore[no-any-return]


def look_up_keys() -> None:
    """Say that this transaction looks a batch's keys up and reads no whole table. Without it a
    planner reads a table of some 100,000 rows from end to end sooner than look up 3,000 keys, and
    each batch costs more than the last.
    """
    _database.look_up_keys()


def read_tables() -> None:
    """Take back what `look_up_keys` has said: what comes now reads whole tables."""
    _database.read_tables()


def query(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Rows of a portable query; `%s` stands for a parameter."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        rows: list[Row] = cursor.fetchall()
    return rows


def query_bytes(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """As `query`, for a query that reads many bytes: PostgreSQL need not write them as hex digits.
    The query casts ids to text.
    """
    return _database.read_bytes(sql, parameters)  # type: ignore[no-any-return]


def _read(sql: str, parameters: Sequence[Any]) -> list[Row]:
    return _database.read(sql, parameters)  # type: ignore[no-any-return]
