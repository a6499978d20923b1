"""Times of day as a problem says them: "HH:MM", of one day. Knows no date and no zone."""

from typing import Annotated

from msgspec import Meta

Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]


def minutes_of(text: str) -> int:
    """Minutes since midnight of a `Clock`."""
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)
