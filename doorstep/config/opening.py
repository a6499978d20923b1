"""Opening an installation's book, waiting until that can be done, and the question whether a
command may write to it now.
"""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

AGAIN = 2.0  # seconds between two tries
NO_BOOK = "There is no book here. Run doorstep init first.\n此处没有账本，请先运行 doorstep init。"
OLD_BOOK = (
    "This book is of an earlier version. Start the server once: it brings the book up to date.\n"
    "此账本是较早版本的。请先启动一次服务，账本会随之升级。"
)
Answer = TypeVar("Answer")


def open_book(zone: str) -> None:
    """Bring the tables up to date and open the book if it is not open."""
    from django.core.management import call_command

    from doorstep.ledger import book, refolding, temporary, writer

    with temporary.in_a_file():
        call_command("migrate", verbosity=0)
    book.open_cell(zone)
    writer.run(refolding.note_kinds)


def has_book() -> bool:
    """Whether a book of this version lies here; if not, False and a word on stderr."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from doorstep.ledger import models

    told = ""
    if models.Cell._meta.db_table not in connection.introspection.table_names():
        told = NO_BOOK
    elif (executor := MigrationExecutor(connection)).migration_plan(
        executor.loader.graph.leaf_nodes()
    ):
        told = OLD_BOOK
    elif not models.Cell.objects.exists():
        told = NO_BOOK
    if told:
        print(told, file=sys.stderr)
    return not told


def may_write(*, any_key: bool = False) -> bool:
    """Take the writer's lock for this process; False, with a word on stderr, while it is taken, or
    without the key that signs this book, unless `any_key` will do.
    """
    from doorstep.config import lock
    from doorstep.ledger import checkpoints, codes, keys

    try:
        lock.take()
    except lock.Taken:
        print(
            "A server runs on this data folder. Do this on its pages, or stop it first.\n"
            "本数据目录上正有服务在运行。请在页面上操作，或先停止服务。",
            file=sys.stderr,
        )
        return False
    if any_key or checkpoints.is_own_key():
        return True
    for language in ("en", "zh"):
        print(codes.text_of("KEY_LOST", language, file=keys.path()), file=sys.stderr)
    return False


def patiently(act: Callable[[], Answer]) -> Answer:
    """What `act` returns, tried again while the database is away or the disk takes nothing: after a
    power cut the server may be there first. What is wrong stands in the log.
    """
    from django.db import connections

    from doorstep.ledger import trouble

    while True:
        try:
            return act()
        except Exception as problem:
            if not trouble.note(problem):
                raise
        connections.close_all()
        time.sleep(AGAIN)
