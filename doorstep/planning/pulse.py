"""How a long search tells how far it is, and hears that it is to stop.

A search calls its pulse from time to time and stops soon after the answer was no, with the best it
has by then. It reads no clock itself: a limit in seconds is the caller's pulse.
"""

from collections.abc import Callable
from typing import Final

Pulse = Callable[[float], bool]
"""Called with the share done, 0 to 1 and never falling; True: go on."""


def _go_on(share: float) -> bool:
    return True


ENDLESS: Final[Pulse] = _go_on
"""A pulse that never stops a search: it ends by its own limits."""


def part_of(whole: Pulse, start: float, end: float) -> Pulse:
    """The pulse of a step that goes from `start` to `end` (shares of the whole)."""
    return lambda share: whole(start + (end - start) * min(max(share, 0.0), 1.0))
