"""What is said of where people live, and which of it counts. Pure: folds of registry and of rounds
ask it. Refuses nothing.
"""

from collections.abc import Iterable
from typing import NamedTuple


class Home(NamedTuple):
    """What an entry says of where a person lives, in the order in which such words outweigh each
    other: a roster's what a device added, a later turn (kinds.Entry.turn) an earlier one. `at` is
    microseconds since 1970 UTC.
    """

    listed: bool
    turn: str
    at: int
    entry: str
    door: str | None
    presence: str


def home_at(homes: Iterable[Home], until: int | None = None) -> Home | None:
    """Where a person lived by what was said until a moment (microseconds; None: until now)."""
    said = (home for home in homes if until is None or home.at <= until)
    return max(said, key=lambda home: home[:4], default=None)
