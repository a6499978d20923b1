"""Begins a command again on the town's own time: what is loaded on paper happened on its day.

The clock of a process is fixed when it starts (kit.clock), so the process begins anew. Refuses
nothing; on played time already it returns at once.
"""

import os
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from doorstep.kit import clock
from doorstep.town import plan


def start_of_day() -> int:
    """When the town is loaded and its played day begins: 07:30, µs since 1970 UTC."""
    zone = ZoneInfo(plan.get_plan().subdistrict.zone)
    morning = datetime.fromisoformat(f"{plan.DAY}T07:30").replace(tzinfo=zone)
    return clock.to_micros(morning)


def run_on_played_time(path: Path, played: int) -> None:
    """Go on only on played time that stands still at `played` (µs), by the clock file at `path`."""
    if clock.is_played():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(clock.CLOCK_FILE.pack(played, 0, 0.0))
    environment = os.environ | {"DOORSTEP_CLOCK": str(path)}
    command = [sys.executable, "-m", "doorstep.config.cli", *sys.argv[1:]]
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)
