"""Running all folds again from nothing, beside the live tables, and comparing the two; and putting
what differs right after an upgrade.

The folds write to temporary tables that bear the names of the live state tables and so hide them
from this connection. Where lines were destroyed it begins with the newest closing balance. Refuses
to say "equal" of tables it has not compared row by row.
"""

from collections.abc import Callable
from typing import Any, TypedDict

from django.apps import apps
from django.db import connection, models, transaction

from doorstep.ledger import balances, book, folding, store, writer
from doorstep.ledger import models as models_

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
    begun = connection.in_atomic_block
    with transaction.atomic():
        if _is_postgresql() and not begun:
            # beside a server that goes on writing, all is read as it stands now
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        report = _fold_anew(book.get_cell(), progress)
        transaction.set_rollback(True)
    return report


def rebuild(progress: Callable[[int, int], None] = lambda done, of: None) -> Report:
    """Fold the whole book anew and put the rows in the place of those that differ: after an upgrade
    whose folds say more or otherwise than those that wrote the tables. Nothing is written to the
    book, and nothing comes in meanwhile.
    """
    return writer.run(lambda: fold_anew_and_keep(book.lock_cell(), progress))


def fold_anew_and_keep(
    cell: models_.Cell, progress: Callable[[int, int], None] = lambda done, of: None
) -> Report:
    """As `rebuild`, in the caller's transaction, which holds the book's lock."""
    report = _fold_anew(cell, progress)
    for model in list_state_models():
        table, columns = model._meta.db_table, _columns_of(model)
        live, again = _name_both(table)
        if table in report["different"]:
            _execute(f"DELETE FROM {live}")
            _execute(f"INSERT INTO {live} ({columns}) SELECT {columns} FROM {again}")
        _execute(f"DROP TABLE {again}")
    return report


def _fold_anew(cell: models_.Cell, progress: Callable[[int, int], None]) -> Report:
    """Fold the book into shadows of the state tables, and compare."""
    tables = list_state_models()
    for model in tables:
        (_shadow_postgresql if _is_postgresql() else _shadow_sqlite)(model._meta.db_table)
    disputed = {str(row[0]) for row in store.query(
        "SELECT entry FROM ledger_line WHERE custody = 'kept' AND destroyed IS NULL "
        "GROUP BY entry HAVING count(*) > 1"
    )}  # fmt: skip
    balances.load()  # what is left of lines whose bytes were destroyed
    for start in range(0, cell.size, CHUNK):
        end = min(start + CHUNK, cell.size)
        lines = folding.list_entries("l.leaf >= %s AND l.leaf < %s", [start, end])
        named = {line.entry.id for line in lines} & disputed
        folding.fold_lines(cell.zone, lines, named, fresh=True)
        progress(end, cell.size)
    counts = {model._meta.db_table: _compare(model) for model in tables}
    different = {table: count for table, count in counts.items() if count != (0, 0)}
    return {"lines": cell.size, "tables": len(tables), "different": different}


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


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


def _name_both(table: str) -> tuple[str, str]:
    """The live table and its shadow, as statements name them."""
    schema, temporary = (_schema(), "pg_temp") if _is_postgresql() else ("main", "temp")
    return f'{schema}."{table}"', f'{temporary}."{table}"'


def _columns_of(model: type[models.Model]) -> str:
    # a number that only the database gave means nothing
    fields: list[Any] = [
        field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    ]
    return ", ".join(f'"{field.column}"' for field in fields)


def _compare(model: type[models.Model]) -> tuple[int, int]:
    columns = _columns_of(model)
    live, again = _name_both(model._meta.db_table)
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
