"""The progress bar of a played day: played time, people done of people due, lines."""

import sys
import time
from collections.abc import Callable

from doorstep.kit import clock
from doorstep.play.player import Progress

WIDTH = 30
EVERY = 0.2  # seconds


def make_bar(zone: str) -> Callable[[Progress], None]:
    """A function that draws the bar on stderr, over itself."""
    drawn = 0.0

    def show(progress: Progress) -> None:
        nonlocal drawn
        if time.monotonic() - drawn < EVERY:
            return
        drawn = time.monotonic()
        full = WIDTH * progress.done // max(progress.due, 1)
        moment = clock.to_moment(progress.at, zone).strftime("%H:%M")
        held = "  paused 已暂停" if progress.paused else ""
        text = (
            f"\r{moment} {'█' * full}{'·' * (WIDTH - full)} "
            f"{progress.done:,} / {progress.due:,}  {progress.lines:,} lines{held}"
        )
        print(f"{text}\x1b[K", end="", file=sys.stderr, flush=True)

    return show
