"""Writes that PostgreSQL works on while Python goes on: in `begin` a second thread hands them to
the connection, in their order, and whatever is asked of it next waits until all are done.

So the processor the database runs on and ours work at the same time, and every statement still sees
those before it. An error comes up at the next statement, or at the end, and never later than the
savepoint it belongs to. Refuses to leave anything under way when the block ends; without a block
each write is done when the call returns.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

Act = Callable[[Any], None]  # is given a cursor
_OFTEN = 2  # times, then a statement is planned once for all: that costs a sixth of a small batch
_FEW = 200  # rows that are written sooner than another thread is asked to


class _Ahead(threading.local):
    thread: ThreadPoolExecutor | None = None

    def __init__(self) -> None:
        self.under_way: list[Future[None]] = []


_ahead = _Ahead()


@contextmanager
def begin() -> Iterator[None]:
    """Let writes go ahead until the block ends."""
    with ThreadPoolExecutor(1, "ahead") as thread, connection.execute_wrapper(_after_writes):
        _ahead.thread = thread
        try:
            yield
            _settle()
        finally:
            _ahead.thread = None
            _drop()


def run(act: Act, rows: int) -> None:
    """Do a write of so many rows: in a block by and by, else now."""
    if _ahead.thread is None or (rows < _FEW and not _ahead.under_way):
        with open_cursor() as cursor:
            act(cursor)
        return
    _ahead.under_way.append(_ahead.thread.submit(_run, act, _own()))


@contextmanager
def open_cursor() -> Iterator[Any]:
    """A cursor that sends parameters beside the statement; Django's own writes them into it."""
    cursor: Any = psycopg.Cursor(_own())
    watched = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with watched(cursor) as wrapped, connection.wrap_database_errors:  # COPY is not wrapped
        yield wrapped


def _own() -> Any:
    """The driver's connection: Django's is of this thread alone."""
    connection.ensure_connection()
    own = connection.connection
    own.prepare_threshold = _OFTEN
    return own


def _run(act: Act, own: Any) -> None:
    with psycopg.Cursor(own) as cursor:
        act(cursor)


def _after_writes(
    execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any
) -> Any:
    if sql.startswith("ROLLBACK TO"):  # what failed is given up with the rest
        _drop()
    else:
        _settle()
    return execute(sql, parameters, many, context)


def _settle() -> None:
    """Wait for all, then raise what the first of them that failed raised."""
    under_way, _ahead.under_way = _ahead.under_way, []
    wait(under_way)
    with connection.wrap_database_errors:
        for each in under_way:
            each.result()


def _drop() -> None:
    wait(_ahead.under_way)
    _ahead.under_way.clear()
