"""Whether the planner is ready. On a new machine, and after an update, its kernels are compiled
first, some 25 seconds of a processor: a process of its own does so as soon as the server starts, at
a low priority, and keeps what it compiled with the installation.

Refuses nothing: who does not wait, or where it fails, compiles at the first plan. What it compiled
is for this machine's processor; another kind compiles anew at the first plan.
"""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

PATIENCE: Final = 120  # seconds that an act waits at most
_NICENESS: Final = 10
_PLANNING: Final = Path(__file__).parents[2] / "planning"
_process: subprocess.Popen[bytes] | None = None


def start() -> None:
    """Begin to compile, unless nothing compiles here or everything is compiled."""
    global _process  # noqa: PLW0603  the one of this server
    stamp = _stamp()
    if stamp is None or stamp.exists():
        return
    _process = subprocess.Popen(
        [sys.executable, "-P", "-m", "doorstep.command.plans.readiness"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    # somebody has to ask for its end, or the system keeps it listed; there may be no planning
    threading.Thread(target=_process.wait, name="kernels", daemon=True).start()


def is_getting_ready() -> bool:
    """Whether kernels are being compiled just now."""
    return _process is not None and _process.poll() is None


def wait() -> None:
    """Until the planner is ready, or as long as an act may take."""
    if _process is not None:
        try:
            _process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return  # the act compiles by itself what is not there yet


def compile_all() -> None:
    """Compile everything here, and note that it is done."""
    from doorstep.planning import warming

    stamp = _stamp()
    warming.compile_kernels()
    if stamp is not None:
        try:
            stamp.parent.mkdir(exist_ok=True)
            for old in stamp.parent.glob("compiled-*"):
                old.unlink(missing_ok=True)
            stamp.touch()
        except OSError:  # of an installation that cannot be written the user's cache is asked
            return


def _stamp() -> Path | None:
    """The note that this code is compiled, beside what the compiler keeps; None: no compiler. The
    compiler knows a file by its time and size, and so does this.
    """
    try:
        said = [importlib.metadata.version("numba"), sys.version]
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in sorted(_PLANNING.rglob("*.py")):
        found = file.stat()
        said.append(f"{file} {found.st_mtime_ns} {found.st_size}")
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    return _PLANNING / "__pycache__" / f"compiled-{digest[:16]}"


if __name__ == "__main__":
    os.nice(_NICENESS)
    compile_all()
