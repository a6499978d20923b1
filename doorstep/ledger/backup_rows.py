"""The rows of every table of ours, out of a database and into another, in one form for both: text,
integers, floats, bytes and nothing. A truth is 0 or 1, an id its canonical text, JSON its text with
sorted names, a moment microseconds since 1970 UTC.

The tables are those of the migrations that the database has, which need not be this version's.
Refuses to hold more rows at a time than fit into ROOM.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from doorstep.kit import clock
from doorstep.ledger import store
from doorstep.ledger.fields import IdField

OWN = "doorstep."
ROOM = 16 << 20  # bytes of rows read together
MOST = 4_000  # rows read together
Row = tuple[Any, ...]
Applied = Iterable[tuple[str, str]]  # package and migration

_KINDS: tuple[tuple[type, str], ...] = (
    (IdField, "id"),
    (models.BooleanField, "bool"),
    (models.JSONField, "json"),
    (models.DateTimeField, "moment"),
    (models.BinaryField, "bytes"),
    (models.IntegerField, "int"),
    (models.FloatField, "float"),
    (models.CharField, "text"),
    (models.TextField, "text"),
)


class Column(NamedTuple):
    """A column's name, and what its values are: a word of _KINDS."""

    name: str
    kind: str


class Table(NamedTuple):
    """A table, its columns, and those that order its rows. `is_counted`: the database numbers
    them.
    """

    name: str
    columns: list[Column]
    key: list[str]
    is_counted: bool


def list_applied() -> set[tuple[str, str]]:
    """The migrations that this database has."""
    return set(MigrationLoader(connection).applied_migrations)


def find_unknown(applied: Applied) -> list[tuple[str, str]]:
    """Those migrations that this version of the program does not know."""
    known = MigrationLoader(None).disk_migrations
    return sorted(each for each in applied if each not in known)


def list_last(applied: Applied) -> list[tuple[str, str]]:
    """The last of those migrations in each package: who has these has all of them."""
    nodes, among = MigrationLoader(None).graph.node_map, set(applied)
    return sorted(
        each
        for each in among
        if not any(child.key in among and child.key[0] == each[0] for child in nodes[each].children)
    )


def list_tables(applied: Applied) -> list[Table]:
    """Our tables as those migrations leave them, in the order of their names."""
    loader = MigrationLoader(None)
    state = loader.project_state(list_last(applied))
    ours = {each.label for each in apps.get_app_configs() if each.name.startswith(OWN)}
    found = [_as_table(m) for m in state.apps.get_models() if m._meta.app_label in ours]
    return sorted(found, key=lambda table: table.name)


def _as_table(model: type[models.Model]) -> Table:
    fields: list[Any] = list(model._meta.concrete_fields)
    columns = [Column(field.column, _kind_of(field)) for field in fields]
    options: Any = model._meta
    key = [field.column for field in options.pk_fields]
    return Table(options.db_table, columns, key, isinstance(options.pk, models.AutoField))


def _kind_of(field: Any) -> str:
    if field.remote_field is not None:
        return _kind_of(field.target_field)
    for known, kind in _KINDS:
        if isinstance(field, known):
            return kind
    raise TypeError(f"a backup does not know what a {type(field).__name__} holds")


def measure(table: Table) -> tuple[int, int]:
    """How many rows a table has, and how many of them may be read together."""
    wide = [each.name for each in table.columns if each.kind in ("bytes", "text", "json")]
    lengths = "".join(f" + COALESCE(length({_read_as(c)}), 0)" for c in table.columns
                      if c.name in wide)  # fmt: skip
    [[count, largest]] = store.query(f"SELECT count(*), max(64{lengths}) FROM {_quote(table.name)}")
    return int(count), max(1, min(MOST, ROOM // (int(largest or 64))))


def read(table: Table, together: int) -> Iterator[list[Row]]:
    """The rows in the order of their key, so many at a time."""
    names = ", ".join(map(_read_as, table.columns))
    sql = f"SELECT {names} FROM {_quote(table.name)} ORDER BY {_order_of(table)}"
    odd = [
        (at, _READING[column.kind])
        for at, column in enumerate(table.columns)
        if column.kind in _READING
    ]
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(together):
            yield [_change(row, odd) for row in rows] if odd else rows


def _read_as(column: Column) -> str:
    name = _quote(column.name)
    if connection.vendor == "postgresql":
        return {"bool": f"{name}::int", "json": f"{name}::text"}.get(column.kind, name)
    return (
        f"+{name}" if column.kind == "bool" else name
    )  # a number, and not what Django makes of it


def _order_of(table: Table) -> str:
    # text stands in the order of its bytes, whatever the language of the database
    binary = ' COLLATE "C"' if connection.vendor == "postgresql" else ""
    kinds = dict(table.columns)
    return ", ".join(_quote(k) + (binary if kinds[k] == "text" else "") for k in table.key)


def _change(row: Row, odd: Sequence[tuple[int, Callable[[Any], Any]]]) -> Row:
    changed = list(row)
    for at, change in odd:
        if changed[at] is not None:
            changed[at] = change(changed[at])
    return tuple(changed)


def _from_json(text: str) -> str:
    return text if text in ("[]", "{}") else json.dumps(json.loads(text), sort_keys=True)


def _from_moment(value: Any) -> int:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return clock.to_micros(found if found.tzinfo else found.replace(tzinfo=UTC))


def _to_moment(micros: int) -> str:
    moment = clock.EPOCH + timedelta(microseconds=micros)
    if connection.vendor == "postgresql":
        return moment.isoformat()
    return str(connection.ops.adapt_datetimefield_value(moment))


_READING: dict[str, Callable[[Any], Any]] = {"json": _from_json, "moment": _from_moment}


def write(table: Table, rows: list[Row]) -> None:
    """Add rows as `read` gave them."""
    odd = [(at, _to_moment) for at, column in enumerate(table.columns) if column.kind == "moment"]
    changed = [_change(row, odd) for row in rows] if odd else rows
    store.append(table.name, [column.name for column in table.columns], changed)


def set_counter(table: Table) -> None:
    """Let the numbers that the database gives go on after the highest there is; SQLite's do."""
    if not table.is_counted or connection.vendor != "postgresql":
        return
    [key] = map(_quote, table.key)
    store.query(
        f"SELECT setval(pg_get_serial_sequence(%s, %s), COALESCE(max({key}), 1), "
        f"max({key}) IS NOT NULL) FROM {_quote(table.name)}",
        [table.name, *table.key],
    )


def _quote(name: str) -> str:
    return str(connection.ops.quote_name(name))
