"""What a measurement ran on: processors, memory, and how fast the disk keeps what it is given.

Figures without these tell nothing, so every report carries them.
"""

import os
import platform
import tempfile
import time
from pathlib import Path

FSYNC_SECONDS = 1.0


def describe() -> str:
    """The machine in one line: processor, memory in GiB, system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def count_fsyncs(folder: Path) -> int:
    """How many times a second `folder`'s disk keeps 4 KiB for good, one after another."""
    block, done = os.urandom(4096), 0
    with tempfile.TemporaryFile(dir=folder) as file:
        begun = time.perf_counter()
        while (spent := time.perf_counter() - begun) < FSYNC_SECONDS:
            os.pwrite(file.fileno(), block, 4096 * (done % 256))
            os.fsync(file.fileno())
            done += 1
    return round(done / spent)


def percentile(values: list[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
