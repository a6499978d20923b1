"""Played time: the file that a server started with DOORSTEP_CLOCK reads its clock from (kit.clock).

Only the player writes it. While a day runs it refuses to go backwards: the day's lines are in the
order of time. A day that was broken off begins again where its last line was.
"""

import os
import time
from pathlib import Path

from doorstep.kit import clock


class PlayedClock:
    """The played moment and how fast it runs; speed 0 stands still."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            raise FileNotFoundError(path)

    def now(self) -> int:
        """The played moment, µs since 1970 UTC."""
        played, true, speed = clock.CLOCK_FILE.unpack(self._path.read_bytes())
        return int(played + (time.time_ns() // 1000 - true) * speed)

    def run(self, speed: float) -> None:
        """Go on from the played moment at another speed."""
        start(self._path, self.now(), speed)

    def restart(self, played: int, speed: float) -> None:
        """Go on from `played`, though the clock may have run on while nobody played."""
        start(self._path, played, speed)

    def set(self, played: int, speed: float = 0) -> None:
        """Go on from `played`, unless it is later already."""
        start(self._path, max(played, self.now()), speed)


def start(path: Path, played: int, speed: float) -> None:
    """Write the clock file, in place: whoever has it open sees the change."""
    record = clock.CLOCK_FILE.pack(played, time.time_ns() // 1000, speed)
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.pwrite(file, record, 0)
    finally:
        os.close(file)
