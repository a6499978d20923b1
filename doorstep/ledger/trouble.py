"""What is wrong where the book lies, told from what a database or a disk raises, in words for
whoever looks after the machine: the disk is full, the database is away. It is the fault of no line:
whoever meets it lets everything go back, says so, and goes on as soon as it is over.

Refuses to guess: what it does not know is no trouble of the storage.
"""

import errno
import logging
import tempfile
import time

import django.db
from django.conf import settings

from doorstep.ledger import codes

AGAIN = 60.0  # seconds after which the log says once more what is still wrong
CALM = 3.0  # seconds without a failure before a commit ends it: a full disk has room for small ones
_log = logging.getLogger(__name__)
_errno = {
    errno.ENOSPC: "DISK_FULL",
    errno.EDQUOT: "DISK_FULL",
    errno.EROFS: "DISK_READ_ONLY",
    errno.EFBIG: "DISK_FAILS",
    errno.EIO: "DISK_FAILS",
}
# SQLite's primary result codes (sqlite.org/rescode.html)
_sqlite = {
    5: "DATABASE_BUSY",
    6: "DATABASE_BUSY",
    8: "DISK_READ_ONLY",
    10: "DISK_FAILS",
    11: "DATABASE_DAMAGED",
    13: "DISK_FULL",
    14: "DISK_FAILS",
    26: "DATABASE_DAMAGED",
}
# PostgreSQL's SQLSTATE (its manual, appendix A), by beginnings, the longer first
_postgresql = [
    ("53100", "DISK_FULL"),
    ("25006", "DISK_READ_ONLY"),
    ("55P03", "DATABASE_BUSY"),
    ("08", "DATABASE_GONE"),
    ("40", "DATABASE_BUSY"),
    ("53", "DATABASE_BUSY"),
    ("57", "DATABASE_GONE"),
    ("58", "DISK_FAILS"),
    ("XX001", "DATABASE_DAMAGED"),
    ("XX002", "DATABASE_DAMAGED"),
]
_GONE = ("OperationalError", "InterfaceError")
_now: str | None = None  # what is wrong
_failed_at = 0.0  # by the monotonic clock
_said: dict[str, float] = {}


def name_of(problem: BaseException | None) -> str | None:
    """The code (ledger.codes) of the trouble behind an exception; None if it is of another kind."""
    seen = 0
    while problem is not None and seen < 20:
        if name := _look(problem):
            return name
        problem, seen = problem.__cause__ or problem.__context__, seen + 1
    return None


def note(problem: BaseException) -> bool:
    """Remember and log what is wrong, in both languages; whether it is trouble of the storage."""
    global _now, _failed_at
    name = name_of(problem)
    if name is None:
        return False
    _now, _failed_at = name, time.monotonic()
    if time.monotonic() - _said.get(name, -AGAIN) >= AGAIN:
        _said[name] = time.monotonic()
        english, chinese = (codes.text_of(name, language) for language in ("en", "zh-hans"))
        _log.error("%s: %s %s (%s)", name, english, chinese, str(problem).strip())
    return True


def note_commit() -> None:
    """Something was written: whatever was wrong is over, once nothing has failed for a while."""
    global _now
    if _now is not None and time.monotonic() - _failed_at >= CALM:
        _log.warning("%s: over, writing goes on 已恢复，继续写入", _now)
        _said.pop(_now, None)
        _now = None


def get_present() -> str | None:
    """The code of what is wrong now, as far as this process has noticed."""
    return _now


def _look(problem: BaseException) -> str | None:
    if isinstance(problem, MemoryError):
        return "MEMORY_FULL"
    if isinstance(problem, OSError):
        return _errno.get(problem.errno or 0)
    if (code := getattr(problem, "sqlite_errorcode", None)) is not None:
        name = _sqlite.get(code & 0xFF)
        return "DISK_READ_ONLY" if name == "DISK_FAILS" and _is_read_only() else name
    if state := getattr(problem, "sqlstate", None):
        return next((name for begins, name in _postgresql if state.startswith(begins)), None)
    # what comes without a state comes from no database: none answered, or the connection is closed
    names = {each.__name__ for each in type(problem).__mro__}
    is_gone = hasattr(problem, "sqlstate") and not names.isdisjoint(_GONE)
    return "DATABASE_GONE" if is_gone or isinstance(problem, django.db.InterfaceError) else None


def _is_read_only() -> bool:
    """Whether no file can be made in the data folder. SQLite, which has its files open, says only
    that it could not write. Its own files are left alone: closing one would let its locks go.
    """
    try:
        tempfile.TemporaryFile(dir=settings.DATA).close()
    except OSError as problem:
        return problem.errno == errno.EROFS
    return False
