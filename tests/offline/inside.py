"""What the tests of phones do on the server's machine, in a process of its own; called by the
nursery (tests/faults/nursery.py).
"""

import json
from typing import Any

from doorstep.ledger import desk, devices, store


def revoke(device: str) -> None:
    devices.revoke(device)


def act(by: str, fields: str) -> Any:
    """Post an entry in somebody's name, as a desk does."""
    return desk.post(by, [json.loads(fields)])


def code(role: str, place: str, *people: str) -> str:
    """A code to enrol a phone with."""
    return devices.make_code(role, minutes=60, place=place or None, people=people)


def query(text: str) -> Any:
    return store.query(text)
