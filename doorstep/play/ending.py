"""How a played day is broken off: Ctrl-C and SIGTERM alike raise KeyboardInterrupt, once, so that
the server is stopped and the day can go on later. Refuses to be interrupted while it stops.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Ending:
    """Which signal came, and the exit status that says so; 0 for none."""

    status = 0


@contextmanager
def orderly() -> Iterator[Ending]:
    """Within it either signal raises KeyboardInterrupt, the first time it comes."""
    ending = Ending()

    def end(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        ending.status = 128 + number
        raise KeyboardInterrupt

    before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ending
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
