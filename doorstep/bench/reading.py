"""`doorstep bench verify` and `bench replay`: how many lines a second of a book are checked,
and how many are folded anew. The book is filled by devices as in `bench intake`; what is measured
is one process that does nothing else. Refuses to give a figure for a book that is not sound.
"""

import os
from typing import Any, NamedTuple

from doorstep.bench import inside, intake, load, machine, server


class Asked(NamedTuple):
    """What is to be measured. `lines`: about how many the devices send; `batch`: in a push."""

    database: str
    lines: int
    devices: int
    batch: int


def measure(what: str, asked: Asked) -> dict[str, Any]:
    """Fill a book and read it: `verify` or `replay`.

    Raises:
        RuntimeError: filling failed, or the book is not sound.
    """
    each = max(asked.lines // asked.devices, asked.batch)
    people_each = inside.PEOPLE // asked.devices
    rounds = each * load.TUBE // ((load.TUBE + 2) * people_each) + 1
    filling = intake.Asked(asked.database, asked.devices, asked.batch, seconds=3_600)
    with server.Installation(asked.database) as installation:
        world = installation.ask("fill", str(asked.devices), str(rounds))
        installation.start()
        intake._send(filling, installation.port, world, each)
        installation.stop()
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
