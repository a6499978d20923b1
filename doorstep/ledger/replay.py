"""Running all folds again from nothing, beside the live tables, and comparing the two.

The folds write to temporary tables that bear the names of the live state tables and so hide them
from this connection; the live tables are never touched. Refuses to say "equal" of tables it has not
compared row by row.
"""

from collections.abc import Callable
from typing import Any, TypedDict

from django.apps import apps
from django.db import connection, models, transaction

from doorstep.ledger import book, folding, store

CHUNK = 5_000  # lines folded together


class Report(TypedDict):
    """What a replay found. `different` has, per table, rows only live and rows only replayed."""

    lines: int
    tables: int
    different: dict[str, tuple[int, int]]


def list_state_models() -> list[type[models.Model]]:
    """The tables that only folds write, in all packages."""
    return [m for m in apps.get_models() if getattr(m, "table_class", "") == "state"]


def replay(progress: Callable[[int, int], None] = lambda done, of: None) -> Report:
    """Fold the whole book anew and compare every state table with the live one."""
    tables = list_state_models()
    postgresql = connection.vendor == "postgresql"
    alone = not connection.in_atomic_block
    with transaction.atomic():
        if (
            postgresql and alone
        ):  # beside a server that goes on writing, all is read as it stands now
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cell = book.get_cell()
        for model in tables:
            (_shadow_postgresql if postgresql else _shadow_sqlite)(model._meta.db_table)
        disputed = {str(row[0]) for row in store.query(
            "SELECT entry FROM ledger_line WHERE custody = 'kept' "
            "GROUP BY entry HAVING count(*) > 1"
        )}  # fmt: skip
        for start in range(0, cell.size, CHUNK):
            lines = folding.list_entries(
                "l.leaf >= %s AND l.leaf < %s", [start, min(start + CHUNK, cell.size)]
            )
            named = {line.entry.id for line in lines} & disputed
            folding.fold_lines(cell.zone, lines, named, fresh=True)
            progress(min(start + CHUNK, cell.size), cell.size)
        different = {}
        for model in tables:
            counts = _compare(model, postgresql)
            if counts != (0, 0):
                different[model._meta.db_table] = counts
        transaction.set_rollback(True)
    return {"lines": cell.size, "tables": len(tables), "different": different}


def _shadow_sqlite(table: str) -> None:
    for kind, name, sql in store.query(
        "SELECT type, name, sql FROM main.sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL "
        "ORDER BY type DESC",
        [table],
    ):
        if kind == "table":
            made = sql.replace("CREATE TABLE", "CREATE TEMP TABLE", 1)
        else:
            made = sql.replace(f'INDEX "{name}"', f'INDEX temp."{name}"', 1)
        _execute(made)


def _shadow_postgresql(table: str) -> None:
    schema = _schema()
    _execute(f'CREATE TEMP TABLE "{table}" (LIKE {schema}."{table}" INCLUDING ALL) ON COMMIT DROP')


def _schema() -> str:
    """The schema of this cell's tables; a temporary table never makes it another."""
    [[schema]] = store.query("SELECT quote_ident(current_schema())")
    return str(schema)


def _compare(model: type[models.Model], postgresql: bool) -> tuple[int, int]:
    table = model._meta.db_table
    # a number that only the database gave means nothing
    fields: list[Any] = [
        field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    schema, temporary = (_schema(), "pg_temp") if postgresql else ("main", "temp")
    live, again = f'{schema}."{table}"', f'{temporary}."{table}"'
    counts = [
        store.query(
            f"SELECT count(*) FROM (SELECT {columns} FROM {one} EXCEPT SELECT {columns} "
            f"FROM {other}) AS only_there"
        )[0][0]
        for one, other in ((live, again), (again, live))
    ]
    return counts[0], counts[1]


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
