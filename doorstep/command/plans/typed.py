"""Numbers and times of day as people type them into the planner's forms.

Refuses, by the planner's `Wrong` with the field of the form, what is none.
"""

import math

from doorstep.planning.wrong import Wrong


def number_of(field: str, text: str) -> float:
    """A number. Raises `Wrong`: TYPE, NOT_A_NUMBER."""
    try:
        value = float(text.replace(",", "").replace("，", ""))
    except ValueError:
        raise Wrong(field, "TYPE", right="123.4", got=text[:20]) from None
    if not math.isfinite(value):
        raise Wrong(field, "NOT_A_NUMBER")
    return value


def whole_of(field: str, text: str) -> int:
    """A whole number. Raises `Wrong`: TYPE, NOT_A_NUMBER."""
    value = number_of(field, text)
    if value != int(value):
        raise Wrong(field, "TYPE", right="123", got=text[:20])
    return int(value)


def clock_of(field: str, text: str) -> str:
    """A time of day as "08:30". Raises `Wrong`: TYPE."""
    hours, _, minutes = text.replace("：", ":").partition(":")
    if hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60:
        return f"{int(hours):02}:{int(minutes):02}"
    raise Wrong(field, "TYPE", right="HH:MM", got=text[:20])
