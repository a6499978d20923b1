"""The ids of everything in the town: always the same, so that pictures, notes and tests agree.

They have the shape of a UUIDv7 of the evening before the town's first order; what they name stands
in their last digits. Refuses a kind of thing it does not know (KeyError).
"""

from typing import Final

_KINDS: Final = {
    "subdistrict": 1, "community": 2, "estate": 3, "building": 4, "unit": 5, "door": 6, "table": 7,
    "office": 8, "staff": 9, "person": 10, "visitor": 11,
}  # fmt: skip
_EVENING: Final = "017a0017-d600"  # the milliseconds of 12 June 2021, 20:00 in Guicheng
IN_AN_ESTATE: Final = 1_000_000


def id_of(kind: str, number: int) -> str:
    """The id of the `number`th thing of a kind."""
    return f"{_EVENING}-7000-8{_KINDS[kind]:03x}-{number:012x}"


def in_estate(kind: str, estate: int, number: int) -> str:
    """The id of the `number`th thing of a kind in the `estate`th estate."""
    return id_of(kind, estate * IN_AN_ESTATE + number)
