"""Moments as people type them into a form: a day and a time of the cell's zone.

Refuses a moment that the clocks of the zone skipped, and anything that is none.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.kit import clock
from doorstep.ledger import book, refusals

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")


def read(day: str, time: str) -> int:
    """Microseconds of a day (YYYY-MM-DD) and a time (HH:MM). Raises Refused: TIME_UNREADABLE."""
    found = _TIME.fullmatch(time.strip())
    try:
        naive = datetime.fromisoformat(day.strip()) if found else None
    except ValueError:
        naive = None
    if naive is None or found is None or naive.tzinfo is not None:
        raise refusals.Refused("TIME_UNREADABLE")
    naive = naive.replace(hour=0, minute=0) + timedelta(
        hours=int(found.group(1)), minutes=int(found.group(2))
    )
    zone = str(book.get_cell().zone)
    moment = naive.replace(tzinfo=ZoneInfo(zone))
    micros = clock.to_micros(moment)
    if clock.to_moment(micros, zone).replace(tzinfo=None) != naive:
        raise refusals.Refused("TIME_UNREADABLE")
    return micros


def read_local(text: str) -> int:
    """Microseconds of what a datetime-local field sends. This very minute is this very moment: its
    beginning would lie before what was done in it. Raises Refused: TIME_UNREADABLE.
    """
    day, _, time = text.strip().partition("T")
    minute, now = read(day, time[:5]), clock.now()
    return now if minute <= now < minute + clock.MINUTE else minute


def to_local(micros: int) -> str:
    """What a datetime-local field takes."""
    zone = str(book.get_cell().zone)
    return clock.to_moment(micros, zone).strftime("%Y-%m-%dT%H:%M")
