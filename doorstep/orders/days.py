"""Calendar days of the cell: text YYYY-MM-DD, never a moment. Pure; asks no clock."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from doorstep.kit import clock


def start_of(day: str, zone: str) -> int:
    """The first moment of a day in an IANA zone, microseconds since 1970 UTC."""
    return clock.to_micros(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)))


def add(day: str, days: int) -> str:
    """The day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def number(day: str, first: str) -> int:
    """Which day `day` is, counting `first` as day 1; zero or less before it."""
    return (date.fromisoformat(day) - date.fromisoformat(first)).days + 1
