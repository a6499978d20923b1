"""Stops a process between two steps of named files, as a power cut does: not an exception that the
code could catch, but SIGKILL, before the Nth line of Python that any thread runs in them.

Installed by the process that is to be stopped, before its threads start; the server knows nothing
of it. Refuses to count what other files do.
"""

import mmap
import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import django.db.transaction
from django.db import connection

from doorstep.field import wsgi
from doorstep.ledger import writer

ROOT = Path(__file__).parents[2] / "doorstep"
COMMIT = django.db.transaction.__file__
Tracer = Any  # what sys.settrace takes and gives
PARTS: dict[str, Sequence[str]] = {
    "intake": [
        *(f"ledger/{name}.py" for name in ("intake", "writer", "folding", "book", "tree", "store")),
        *(f"ledger/{name}.py" for name in ("store_sqlite", "store_postgresql", "verdicts")),
        "field/push.py", "field/wsgi.py", "registry/entries.py", "rounds/entries.py",
        "rounds/effects.py", "operations/sampling/entries.py", COMMIT,
    ],
    "commit": ["ledger/writer.py", COMMIT],
    "reaction": [
        "ledger/reactions.py", "ledger/desk.py", "operations/sampling/reactions.py",
        "rounds/actions.py", COMMIT,
    ],
    "checkpoint": ["ledger/checkpoints.py", "ledger/notes.py", "ledger/keys.py"],
    "taking in": ["ledger/backups.py"],
    "backup": [
        "config/commands/backup.py", "ledger/backups.py", "ledger/backup_rows.py",
        "ledger/backup_stream.py", "ledger/sealed_files.py",
    ],
}  # fmt: skip


NAMES = list(PARTS)
SIZE = 8  # bytes of a counter


class Steps:
    """Counts the steps of each part in a file that others may read; at one of them it does what is
    asked for: the death of this process, or of its database.

    Args:
        part: whose step it is.
        at: how many steps of the part are made before it; 0: never.
        counters: the file.
        victim: "server", "backend" or "database".
        postmaster: the database's first process, 0 if it has none.
    """

    def __init__(self, part: str, at: int, counters: str, victim: str, postmaster: int) -> None:
        with open(counters, "r+b") as file:
            self._counters = mmap.mmap(file.fileno(), SIZE * len(NAMES))
        self._seen = [0] * len(NAMES)
        self._part, self._at = NAMES.index(part), at
        self._victim, self._postmaster = victim, postmaster
        self._tracers = {
            name: self._trace([n for n, files in enumerate(PARTS.values()) if name in _full(files)])
            for files in PARTS.values()
            for name in _full(files)
        }

    def install(self) -> None:
        """Count in this thread, in all that Python starts from now on, and in those that the server
        hands its requests to.
        """
        before = wsgi.before

        def counted(django: wsgi.Application, *limits: int) -> wsgi.Application:
            application = before(django, *limits)

            def count(environ: wsgi.Environ, start: wsgi.Start) -> Iterable[bytes]:
                sys.settrace(self._enter)
                return application(environ, start)

            return count

        wsgi.before = counted
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Tracer | None:
        return self._tracers.get(frame.f_code.co_filename)

    def _trace(self, parts: Sequence[int]) -> Tracer:
        def step(frame: FrameType, event: str, argument: object) -> Tracer:
            if event == "line":
                for part in parts:
                    self._count(part)
            return step

        return step

    def _count(self, part: int) -> None:
        self._seen[part] += 1
        self._counters[part * SIZE : (part + 1) * SIZE] = self._seen[part].to_bytes(SIZE, "little")
        if (part, self._seen[part]) == (self._part, self._at):
            self._stop()

    def _stop(self) -> None:
        if self._victim == "server":  # and the process that watches over it
            os.killpg(os.getpgrp(), signal.SIGKILL)
        elif self._victim == "database":  # as `pg_ctl stop -m immediate` does
            os.kill(self._postmaster, signal.SIGQUIT)
        elif connection.connection is not None and not connection.connection.closed:
            # what works for this thread; all others of the database end with it
            os.kill(connection.connection.info.backend_pid, signal.SIGKILL)


class Watch:
    """Keeps in a file how many lines waited for the writer at most, as seen by every request."""

    def __init__(self, path: str) -> None:
        Path(path).write_bytes(bytes(SIZE))
        with open(path, "r+b") as file:
            self._most = mmap.mmap(file.fileno(), SIZE)

    def install(self) -> None:
        """Look whenever the server gets a request."""
        before = wsgi.before

        def watched(django: wsgi.Application, *limits: int) -> wsgi.Application:
            application = before(django, *limits)

            def look(environ: wsgi.Environ, start: wsgi.Start) -> Iterable[bytes]:
                most = max(writer._waiting, int.from_bytes(self._most[:], "little"))
                self._most[:] = most.to_bytes(SIZE, "little")
                return application(environ, start)

            return look

        wsgi.before = watched


def read(counters: bytes) -> dict[str, int]:
    """How many steps each part made, from the file's content."""
    return {
        name: int.from_bytes(counters[n * SIZE : (n + 1) * SIZE], "little")
        for n, name in enumerate(NAMES)
    }


def _full(files: Iterable[str]) -> list[str]:
    return [str(ROOT / name) for name in files]
