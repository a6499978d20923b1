"""Moments as people say them: "08:31", "in 12 min", "yesterday 18:05". Pure but for `zone`.

Refuses to ask the time itself: `now` comes from kit.clock through the caller.
"""

from datetime import date, datetime

from django.utils.translation import gettext, ngettext, pgettext

from doorstep.kit import clock
from doorstep.ledger import book

# before a book is open no page shows a moment of it; this is only for the frame
_FIRST_ZONE = "Asia/Shanghai"
_zone = ""


def zone() -> str:
    """The cell's IANA zone, read once; a cell never changes its zone."""
    global _zone
    if not _zone:
        try:
            _zone = str(book.get_cell().zone)
        except Exception:  # no book, no table: the frame of an error page must still stand
            return _FIRST_ZONE
    return _zone


def say(at: int, now: int, zone: str) -> str:
    """The moment as a person says it: "08:31", "yesterday 18:05", "21 June 08:31"."""
    moment, today = clock.to_moment(at, zone), clock.to_moment(now, zone).date()
    time = f"{moment:%H:%M}"
    days = (moment.date() - today).days
    if days == 0:
        return time
    if days == -1:
        return gettext("yesterday %(time)s") % {"time": time}
    if days == 1:
        return gettext("tomorrow %(time)s") % {"time": time}
    return f"{say_day(moment.date(), today)} {time}"


def say_near(at: int, now: int, zone: str) -> str:
    """Within the hour "in 12 min" or "12 min ago", else as `say`."""
    seconds = round((at - now) / clock.SECOND)
    minutes = abs(seconds) // 60
    if abs(seconds) >= 3600:
        return say(at, now, zone)
    if minutes == 0:
        return gettext("now")
    if seconds > 0:
        return gettext("in %(minutes)d min") % {"minutes": minutes}
    return gettext("%(minutes)d min ago") % {"minutes": minutes}


def say_span(micros: int) -> str:
    """A length of time: "45 s", "12 min", "3 h 05 min", "2 days"."""
    seconds = round(micros / clock.SECOND)
    if seconds < 60:
        return gettext("%(seconds)d s") % {"seconds": seconds}
    minutes = seconds // 60
    if minutes < 60:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if minutes < 48 * 60:
        return gettext("%(hours)d h %(minutes)02d min") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    days = minutes // 1440
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def say_day(day: date, today: date) -> str:
    """A date: "21 June", with the year if it is not this one."""
    names = {"day": day.day, "month": _month(day.month), "number": day.month, "year": day.year}
    if day.year == today.year:
        return pgettext("date", "%(day)d %(month)s") % names
    return pgettext("date", "%(day)d %(month)s %(year)d") % names


def say_fully(at: int, zone: str) -> str:
    """Day, year and minute: "21 June 2021 09:14"."""
    moment = clock.to_moment(at, zone)
    return f"{say_day(moment.date(), date(1, 1, 1))} {moment:%H:%M}"


def say_exactly(at: int, zone: str) -> str:
    """The exact moment for a title: "2021-06-21 09:14:05 +08:00"."""
    moment = clock.to_moment(at, zone)
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:]}"


def to_attribute(at: int, zone: str) -> str:
    """The moment for <time datetime>: RFC 3339 with the zone's offset."""
    return clock.to_moment(at, zone).isoformat(timespec="seconds")


def to_datetime(at: int, zone: str) -> datetime:
    """The local moment without offset, for a spreadsheet."""
    return clock.to_moment(at, zone).replace(tzinfo=None)


def _month(number: int) -> str:
    return [
        pgettext("month", "January"),
        pgettext("month", "February"),
        pgettext("month", "March"),
        pgettext("month", "April"),
        pgettext("month", "May"),
        pgettext("month", "June"),
        pgettext("month", "July"),
        pgettext("month", "August"),
        pgettext("month", "September"),
        pgettext("month", "October"),
        pgettext("month", "November"),
        pgettext("month", "December"),
    ][number - 1]
