"""Time as integers: microseconds since 1970-01-01 UTC. Only `now` asks what time it is.

Refuses naive moments: a moment without an offset has no place in the book. A day that is played
runs on played time: the file named by DOORSTEP_CLOCK holds three little-endian numbers, the played
moment and the true moment it was set (µs, 64 bits each) and how fast played time runs (a double).
"""

import mmap
import os
import struct
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


CLOCK_FILE = struct.Struct("<qqd")


def _open_file() -> mmap.mmap | None:
    path = os.environ.get("DOORSTEP_CLOCK")
    if not path:
        return None
    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), CLOCK_FILE.size, access=mmap.ACCESS_READ)


_played = _open_file()


def now() -> int:
    """The present moment, microseconds since 1970 UTC; the played moment on a played day."""
    if _played is None:
        return time.time_ns() // 1000
    played, true, speed = CLOCK_FILE.unpack_from(_played)
    return int(played + (time.time_ns() // 1000 - true) * speed)


def is_played() -> bool:
    """Whether `now` tells played time."""
    return _played is not None


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware moment.

    Raises:
        ValueError: the moment carries no offset.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    since = moment - EPOCH
    # the sum is three times as fast as a division of timedeltas, and every line asks
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def to_moment(micros: int, zone: str) -> datetime:
    """The aware local moment of `micros` in an IANA zone such as Asia/Shanghai. What lies at the
    ends of the calendar, where zones have no moments, is shown as near to them as can be: a
    device's clock may say anything, and the page must stand.
    """
    return (EPOCH + timedelta(microseconds=min(max(micros, _FIRST), _LAST))).astimezone(
        ZoneInfo(zone)
    )


def day_of(micros: int, zone: str) -> str:
    """The cell's calendar day of a moment, as YYYY-MM-DD."""
    return to_moment(micros, zone).date().isoformat()


_FIRST = to_micros(datetime(1, 1, 3, tzinfo=UTC))
_LAST = to_micros(datetime(9999, 12, 29, tzinfo=UTC))
