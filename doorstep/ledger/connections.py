"""How many connections to the database a server keeps. PostgreSQL has a process for each and, as it
comes, room for a hundred, which several servers share; they have more threads than that together.

Refuses to close one inside a transaction. SQLite's cost nothing and are all kept.
"""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections

KEPT = 16  # that stay open between requests
AT_ONCE = 12  # pushes that ask the database something before they come to the writer
_asking = threading.BoundedSemaphore(AT_ONCE)
_lock = threading.Lock()
_made: "weakref.WeakSet[Any]" = weakref.WeakSet()  # a thread that ends takes its own along


@contextmanager
def few() -> Iterator[None]:
    """Ask the database, with few others at a time; and let go of it before waiting for anything."""
    with _asking:
        try:
            yield
        finally:
            let_go()


def let_go() -> None:
    """Close this thread's connection if enough others are open."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return
    if connection.connection is None:
        return
    with _lock:
        _made.add(connections["default"])
        count = sum(each.connection is not None for each in _made)
    if count > KEPT:
        connection.close()
