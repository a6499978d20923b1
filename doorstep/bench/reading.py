"""`doorstep bench verify`, `bench replay`, `bench upgrade`: how many lines of a book are checked in
a second, and how many folded anew; how long a book of the first version takes to be brought up to
date. The book is filled by devices as in `bench intake`; what is measured is one process that does
nothing else. Refuses to give a figure for a book that is not sound.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

from doorstep.bench import inside, intake, load, machine, server


class Asked(NamedTuple):
    """What is to be measured. `lines`: about how many the devices send; `batch`: in a push. In
    `folder` the book is kept, and found by the next measurement there.
    """

    database: str
    lines: int
    devices: int
    batch: int
    folder: Path | None = None


def measure(what: str, asked: Asked) -> dict[str, Any]:
    """Fill a book, unless the folder has one, and read it: `verify` or `replay`; or make it one of
    the first version and bring it up to date: `upgrade`.

    Raises:
        RuntimeError: filling failed, or the book is not sound.
    """
    with server.Installation(asked.database, asked.folder) as installation:
        filled = installation.folder / "filled"
        if not filled.exists():
            _fill(installation, asked)
            filled.touch()
        if what == "upgrade":
            installation.ask("undo")
        told: dict[str, Any] = installation.ask(what)
        if told.pop("wrong"):
            raise RuntimeError(f"{what}: the book that was filled is not sound")
    return {
        "lines_per_second": round(told["lines"] / told["seconds"]),
        **told,
        "database": asked.database,
        "batch": asked.batch,
        "cpus": os.cpu_count(),
        "machine": machine.describe(),
    }


def _fill(installation: server.Installation, asked: Asked) -> None:
    each = max(asked.lines // asked.devices, asked.batch)
    people_each = inside.PEOPLE // asked.devices
    rounds = each * load.TUBE // ((load.TUBE + 2) * people_each) + 1
    filling = intake.Asked(asked.database, asked.devices, asked.batch, seconds=3_600)
    world = installation.ask("fill", str(asked.devices), str(rounds))
    installation.start()
    intake.send(filling, installation.port, world, each)
    installation.stop()
