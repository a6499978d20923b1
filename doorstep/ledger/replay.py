"""Running all folds again from nothing, beside the live tables, and comparing the two; and putting
what differs right after an upgrade.

The folds write to temporary tables that bear the names of the live state tables and so hide them
from this connection. Where lines were destroyed it begins with the newest closing balance. Refuses
to say "equal" of tables it has not compared row by row, and to hold the tables, or more than a
part of the book, in memory.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict, TypeVar

from django.db import OperationalError, connection, models, transaction

from doorstep.kit import beside
from doorstep.ledger import (
    balances,
    book,
    folding,
    kinds,
    parts,
    refolding,
    store,
    temporary,
    verify_rows,
    writer,
)
from doorstep.ledger import models as models_

CHUNK = 10_000  # lines folded together
LARGEST = 4 << 20  # bytes of lines folded together: a line that lists people stands for hundreds
LONG = 20_000  # lines from which on a second process is worth its start
_FOLD_BELOW = "doorstep.ledger.replay.fold_below"
_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Show = Callable[[int, int], None]
Different = dict[str, tuple[int, int]]


class Report(TypedDict):
    """What a replay found. `different` has, per table, rows only live and rows only replayed."""

    lines: int
    tables: int
    different: Different


def list_state_models() -> list[type[models.Model]]:
    """The tables that only folds write, in all packages."""
    return parts.WHOLE.list_models()


def replay(progress: Show = lambda done, of: None) -> Report:
    """Fold the whole book anew and compare every state table with the live one. A long book is
    folded by two processes, each its part of the tables; a server beside them goes on writing.
    Inside a transaction of the caller's it is the caller's view.
    """
    if connection.in_atomic_block:
        return _fold_and_forget(progress)
    with temporary.in_a_file():
        if book.get_cell().size >= LONG:
            try:
                return _replay_in_two(progress)
            except (beside.Failed, OperationalError) as problem:
                _log.warning("the book is folded by one process, for two could not: %s", problem)
        return _fold_and_forget(progress)


def _fold_and_forget(progress: Show) -> Report:
    with _view():
        return _fold_anew(book.get_cell(), progress)


def _replay_in_two(progress: Show) -> Report:
    """Fold the upper part here, from the lower part's live rows, and have another process fold the
    lower part, which proves those.
    """
    below, above = parts.split()
    shapes_below, shapes_above = below.list_shapes(), above.list_shapes()
    folds = above.list_folds()
    with beside.Beside(_FOLD_BELOW) as other, verify_rows.still() as let_go, _view() as name:
        cell = book.get_cell()
        other.begin(below, name, cell.id, cell.size)
        let_go()

        def run(batch: kinds.Batch) -> None:
            upper = batch.only(shapes_above)  # folds tell each other in it what they touched
            with parts.carrying() as effects:
                for fold in folds:
                    fold(upper)
            other.say((batch.only(shapes_below), effects))

        tables = above.list_models()
        _make_shadows(tables)
        with temporary.alone():
            _fold_book(cell, tables, run, progress)
            different = _compare(above)
        different = _add_up(different, other.ask())
    return {"lines": cell.size, "tables": len(list_state_models()), "different": different}


def fold_below(
    told: beside.Told, part: parts.Part, view: str, cell_id: str, size: int
) -> Different:
    """What the second process of a replay does: fold what it is told, of the lower part, and
    compare; the tables that differ. `view`: the name of the view to read in, on PostgreSQL.

    Raises:
        RuntimeError: it does not see the book of that cell, of that size.
    """
    folds, tables = part.list_folds(), part.list_models()
    with temporary.in_a_file(), _view(view):
        cell = book.get_cell()
        if (cell.id, cell.size) != (cell_id, size):
            raise RuntimeError("this process sees another book")
        told.begin()
        _make_shadows(tables)
        with temporary.alone():
            balances.load([model._meta.db_table for model in tables])
            store.look_up_keys()
            for batch, effects in told:
                for fold in folds:
                    fold(batch)
                for act, words, named in effects:
                    act(*words, **named)
            return _compare(part)


def _add_up(some: Different, others: Different) -> Different:
    """Both together; a table in which both have rows may differ in both."""
    added = dict(some)
    for table, (live, replayed) in others.items():
        had = some.get(table, (0, 0))
        added[table] = live + had[0], replayed + had[1]
    return added


def rebuild(progress: Show = lambda done, of: None) -> Report:
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


def fold_anew_and_keep(cell: models_.Cell, progress: Show = lambda done, of: None) -> Report:
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


def _fold_anew(cell: models_.Cell, progress: Show) -> Report:
    """Fold the book into shadows of the state tables, and compare."""
    tables = list_state_models()
    _make_shadows(tables)
    _fold_book(cell, tables, folding.run_folds, progress)
    return {"lines": cell.size, "tables": len(tables), "different": _compare(parts.WHOLE)}


def _fold_book(
    cell: models_.Cell, tables: list[type[models.Model]], run: folding.Run, progress: Show
) -> None:
    """Read every line and have `run` fold what counts, into the shadows of these tables."""
    disputed = {str(row[0]) for row in store.query(
        "SELECT entry FROM ledger_line WHERE custody = 'kept' AND destroyed IS NULL "
        "GROUP BY entry HAVING count(*) > 1"
    )}  # fmt: skip
    balances.load([model._meta.db_table for model in tables])  # what is left of destroyed lines
    store.look_up_keys()
    end = 0
    while end < cell.size:
        start, end = end, verify_rows.end_of_chunk(end, cell.size, CHUNK, LARGEST)
        lines = folding.list_entries("l.leaf >= %s AND l.leaf < %s", [start, end])
        named = {line.entry.id for line in lines} & disputed
        folding.fold_lines(cell.zone, lines, named, fresh=True, run=run)
        progress(end, cell.size)


@contextmanager
def _view(name: str = "") -> Iterator[str]:
    """A transaction that sees the book as it stands now, or as the view of that name does, and of
    which nothing stays; gives the name of its view, on PostgreSQL.
    """
    begun = connection.in_atomic_block
    with verify_rows.reading(), transaction.atomic():
        if _is_postgresql() and not begun:
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            if name:
                _execute(f"SET TRANSACTION SNAPSHOT '{name}'")
            else:
                [[name]] = store.query("SELECT pg_export_snapshot()")
        yield name
        transaction.set_rollback(True)


def _make_shadows(tables: list[type[models.Model]]) -> None:
    for model in tables:
        (_shadow_postgresql if _is_postgresql() else _shadow_sqlite)(model._meta.db_table)
        _leave_out(model)


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
    # most rows are folded over once more: with room on its page a row's new version stays beside
    # the old one and no index is written
    _execute(
        f'CREATE TEMP TABLE "{table}" (LIKE {schema}."{table}" INCLUDING ALL) '
        "WITH (fillfactor = 50) ON COMMIT DROP"
    )


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


def _compare(part: parts.Part) -> Different:
    """The tables of a part that differ from their shadows: how many rows are only live, and how
    many only replayed.
    """
    store.read_tables()
    counts = {model._meta.db_table: _compare_rows(model, part) for model in part.list_models()}
    return {table: count for table, count in counts.items() if count != (0, 0)}


def _compare_rows(model: type[models.Model], part: parts.Part) -> tuple[int, int]:
    """Each row is compared with the one of the same key on the other side."""
    keys, others = _split_columns(model)
    live, again = _name_both(model._meta.db_table)
    # CROSS JOIN keeps SQLite from walking through the live table and looking up its shadow
    join, equals = ("JOIN", "IS NOT DISTINCT FROM") if _is_postgresql() else ("CROSS JOIN", "IS")
    on = " AND ".join(f"l.{name} = a.{name}" for name in keys)
    same = "".join(f" AND l.{name} {equals} a.{name}" for name in others)
    share, owners = part.share_of(model)
    counts = [
        int(store.query(f"SELECT COUNT(*) FROM {rows}", parameters)[0][0])
        for rows, parameters in (
            (f"{live} WHERE {share}", owners),
            (again, ()),
            (f"{again} a {join} {live} l ON {on}{same}", ()),
        )
    ]
    return counts[0] - counts[2], counts[1] - counts[2]


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
