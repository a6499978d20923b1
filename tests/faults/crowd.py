"""Many phones at once, played by the benchmarks' client; what they send needs no folding."""

import json
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ed25519

from doorstep.bench import load
from doorstep.kit import ids
from tests.faults.client import AT
from tests.faults.ground import PHONES, Ground, Staff


def enrol(ground: Ground, staff: Staff, count: int, lines: int, pushes: int) -> list[load.Device]:
    """Phones that have so many pushes of so many lines ready, of a kind that needs no folding."""
    job = load.Job(ground.port, staff.world["by"], [], [], lines, 0)
    made = []
    for code in staff.world["codes"][PHONES:][:count]:
        key = ed25519.Ed25519PrivateKey.generate()
        cell, device = load._enrol(ground.port, code, key)
        written = list(write(job.by, lines * pushes))
        made.append(load.Device(list(load._sign(job, cell, device, key, written))))
    return made


def write(by: str, count: int) -> Iterator[bytes]:
    for _ in range(count):
        entry = {"id": ids.new(), "kind": "bell.rung", "v": 1, "at": AT, "by": by}
        yield json.dumps(entry | {"bell": "front door, third floor, on the left" * 3}).encode()
