"""One process writes an SQLite book at a time: the server, or one command. PostgreSQL needs no such
lock; its book is locked by the cell's row.
"""

import fcntl
from typing import IO

from django.conf import settings
from django.db import connection

_held: list[IO[str]] = []


class Taken(Exception):
    """Another process of this installation writes."""


def take() -> None:
    """Hold the lock until this process ends.

    Raises:
        Taken: a server runs on this data folder, or another command writes.
    """
    if connection.vendor != "sqlite" or _held:
        return
    file = open(settings.DATA / "writer.lock", "w")  # noqa: SIM115  held until the process ends
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise Taken from None
    _held.append(file)


def release() -> None:
    """Let another process of this installation write."""
    while _held:
        _held.pop().close()
