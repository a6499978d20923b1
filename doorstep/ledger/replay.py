"""Running all folds again from nothing, beside the live tables, and comparing the two; and putting
what differs right after an upgrade.

The folds write to temporary tables that bear the names of the live state tables and so hide them
from this connection. Where lines were destroyed it begins with the newest closing balance. Refuses
to say "equal" of tables it has not compared row by row, and to hold the tables, or more than a
part of the book, in memory.
"""

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

from django.apps import apps
from django.db import connection, models, transaction

from doorstep.ledger import (
    balances,
    book,
    folding,
    refolding,
    store,
    temporary,
    verify_rows,
    writer,
)
from doorstep.ledger import models as models_

CHUNK = 20_000  # lines folded together
LARGEST = 4 << 20  # bytes of lines folded together: a line that lists people stands for hundreds

Answer = TypeVar("Answer")


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
    with temporary.in_a_file(), transaction.atomic():
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
    return run(lambda: fold_anew_and_keep(book.lock_cell(), progress))


def run(act: Callable[[], Answer]) -> Answer:
    """Run `act`, which folds anew, in one transaction on the writer (`writer.run`)."""

    def on_the_writer() -> Answer:
        with temporary.in_a_file():
            return writer.run(act)

    return writer.run_bare(on_the_writer)


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
    refolding.note_all()
    return report


def _fold_anew(cell: models_.Cell, progress: Callable[[int, int], None]) -> Report:
    """Fold the book into shadows of the state tables, and compare."""
    tables = list_state_models()
    for model in tables:
        (_shadow_postgresql if _is_postgresql() else _shadow_sqlite)(model._meta.db_table)
        _leave_out(model)
    disputed = {str(row[0]) for row in store.query(
        "SELECT entry FROM ledger_line WHERE custody = 'kept' AND destroyed IS NULL "
        "GROUP BY entry HAVING count(*) > 1"
    )}  # fmt: skip
    balances.load()  # what is left of lines whose bytes were destroyed
    store.look_up_keys()
    end = 0
    while end < cell.size:
        start, end = end, verify_rows.end_of_chunk(end, cell.size, CHUNK, LARGEST)
        lines = folding.list_entries("l.leaf >= %s AND l.leaf < %s", [start, end])
        named = {line.entry.id for line in lines} & disputed
        folding.fold_lines(cell.zone, lines, named, fresh=True)
        progress(end, cell.size)
    store.read_tables()
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


def _leave_out(model: type[models.Model]) -> None:
    """Spare a shadow the indexes that only pages look up: those that begin with a column named in
    the model's `for_pages`.
    """
    named, table = getattr(model, "for_pages", ()), model._meta.db_table
    if not named:
        return
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    for name, each in found.items():
        if each["index"] and not each["unique"] and each["columns"][0] in named:
            _execute(f'DROP INDEX {_temporary()}."{name}"')


def _temporary() -> str:
    return "pg_temp" if _is_postgresql() else "temp"


def _schema() -> str:
    """The schema of this cell's tables; a temporary table never makes it another."""
    [[schema]] = store.query("SELECT quote_ident(current_schema())")
    return str(schema)


def _name_both(table: str) -> tuple[str, str]:
    """The live table and its shadow, as statements name them."""
    schema = _schema() if _is_postgresql() else "main"
    return f'{schema}."{table}"', f'{_temporary()}."{table}"'


def _columns_of(model: type[models.Model]) -> str:
    keys, others = _split_columns(model)
    return ", ".join((*keys, *others))


def _split_columns(model: type[models.Model]) -> tuple[list[str], list[str]]:
    """The columns by which a row is known, and the others. A number that only the database gave
    means nothing: such a table has one constraint that names what its rows are known by.
    """
    meta: Any = model._meta
    keys = getattr(meta.pk, "fields", [meta.pk])
    if isinstance(meta.pk, models.AutoField):
        [named] = [each for each in meta.constraints if isinstance(each, models.UniqueConstraint)]
        keys = [meta.get_field(name) for name in named.fields]
    others = [field for field in meta.concrete_fields if field not in (*keys, meta.pk)]
    return _quote(keys), _quote(others)


def _quote(fields: list[Any]) -> list[str]:
    return [f'"{field.column}"' for field in fields]


def _compare(model: type[models.Model]) -> tuple[int, int]:
    """How many rows are only live, and how many only replayed: each is compared with the one of the
    same key on the other side.
    """
    keys, others = _split_columns(model)
    live, again = _name_both(model._meta.db_table)
    # CROSS JOIN keeps SQLite from walking through the live table and looking up its shadow
    join, equals = ("JOIN", "IS NOT DISTINCT FROM") if _is_postgresql() else ("CROSS JOIN", "IS")
    on = " AND ".join(f"l.{name} = a.{name}" for name in keys)
    same = "".join(f" AND l.{name} {equals} a.{name}" for name in others)
    counts = [
        int(store.query(f"SELECT COUNT(*) FROM {rows}")[0][0])
        for rows in (live, again, f"{again} a {join} {live} l ON {on}{same}")
    ]
    return counts[0] - counts[2], counts[1] - counts[2]


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
