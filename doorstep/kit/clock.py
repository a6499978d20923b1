"""Time as integers: microseconds since 1970-01-01 UTC. Only `now` asks what time it is.

Refuses naive moments: a moment without an offset has no place in the book.
"""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """The present moment, microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware moment.

    Raises:
        ValueError: the moment carries no offset.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    return (moment - EPOCH) // timedelta(microseconds=1)


def to_moment(micros: int, zone: str) -> datetime:
    """The aware local moment of `micros` in an IANA zone such as Asia/Shanghai."""
    return (EPOCH + timedelta(microseconds=micros)).astimezone(ZoneInfo(zone))


def day_of(micros: int, zone: str) -> str:
    """The cell's calendar day of a moment, as YYYY-MM-DD."""
    return to_moment(micros, zone).date().isoformat()
