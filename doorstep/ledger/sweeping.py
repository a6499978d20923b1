"""Overwriting what the files of the database still hold of destroyed records: freed pages, old
versions of rows, the log beside the book, samples that a planner keeps.

A reaction: it follows every destruction by itself, is tried again when the machine stopped or a
reader stood in the way, and shows as stuck. Refuses to call a destruction swept before the file
beside the book is empty. What another program keeps of the files is beyond it: snapshots of a disk,
archived logs of a PostgreSQL server (docs/how-to/destroy-records.md).
"""

from collections.abc import Iterable

from django.apps import apps
from django.db import connection

from doorstep.kit import clock
from doorstep.ledger import models, reactions, store, temporary, writer

PATIENCE = 30  # seconds to wait for somebody who reads a table


class Held(Exception):
    """Somebody reads the book for long; the old pages cannot go yet."""


def sweep() -> None:
    """Overwrite what was freed. Takes the time and the room on the disk of a copy of the database.

    Raises:
        Held: the log beside an SQLite book could not be emptied.
        OperationalError: somebody reads a table of PostgreSQL for longer than PATIENCE.
    """
    waiting = list(models.Balance.objects.filter(swept_at=None).values_list("number", flat=True))
    if not waiting:
        return
    if connection.vendor == "postgresql":
        writer.run_bare(_sweep_postgresql)
    else:
        writer.run_bare(_sweep_sqlite)
    now = clock.now()
    writer.run(lambda: models.Balance.objects.filter(number__in=waiting).update(swept_at=now))


def _sweep_sqlite() -> None:
    # the copy that VACUUM makes is of what is left, and may be larger than the memory
    with temporary.in_a_file():
        _execute("VACUUM")
        [[held, _, _]] = store.query("PRAGMA wal_checkpoint(TRUNCATE)")
    if held:
        raise Held("somebody reads the book; its log could not be emptied")


def _sweep_postgresql() -> None:
    # whoever reads a table for long must not make everybody behind us wait
    _execute(f"SET lock_timeout = '{PATIENCE}s'")
    try:
        _write_anew()
    finally:
        _execute("RESET lock_timeout")


def _write_anew() -> None:
    for model in apps.get_models(include_auto_created=True):
        table = connection.ops.quote_name(model._meta.db_table)
        # VACUUM alone leaves old versions of rows in free space; FULL writes the table anew
        _execute(f"VACUUM (FULL, ANALYZE) {table}")
        if not store.query(f"SELECT 1 FROM {table} LIMIT 1"):
            _forget_samples(model._meta.db_table)
    # the planner's samples of the columns, as they were before
    _execute("VACUUM (FULL) pg_catalog.pg_statistic")


def _forget_samples(table: str) -> None:
    """Of a table that is empty now the planner keeps the samples it had; a column that is given its
    type again loses them.
    """
    sampled = store.query(
        "SELECT quote_ident(a.attname), format_type(a.atttypid, a.atttypmod) FROM pg_stats s "
        "JOIN pg_attribute a ON a.attrelid = to_regclass(%s) AND a.attname = s.attname "
        "WHERE s.schemaname = current_schema() AND s.tablename = %s",
        [connection.ops.quote_name(table), table],
    )
    for column, kind in sampled:
        name = connection.ops.quote_name(table)
        _execute(f"ALTER TABLE {name} ALTER COLUMN {column} TYPE {kind}")


def _list_due() -> Iterable[tuple[str, str]]:
    waiting = models.Balance.objects.filter(swept_at=None).values_list("entry", flat=True)
    return [("book", entry) for entry in waiting]


def _act(subject: str, fact: str) -> None:
    sweep()


def _undo(subject: str, fact: str) -> None:
    """It was swept, and is no longer due."""


REACTION = reactions.Reaction("sweep", _list_due, _act, _undo)


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
