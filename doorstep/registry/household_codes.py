"""Household codes: what a household shows that it is one, and nothing else. Printed, given to the
door, typed or scanned by whoever lives there.

A code is drawn from the installation's key and the door, so that it can be printed again; the
server finds it by a keyed hash, so that the table of codes opens nothing. Refuses to tell anybody a
person, a door or a result for a code alone; a code that leaked is replaced by the next one.
"""

import hashlib
import hmac
from collections.abc import Collection

from doorstep.kit import clock, codes
from doorstep.ledger import keys, store, writer
from doorstep.registry import models

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another
_LENGTH = 11  # 55 bits, and the check character
_TABLE = "registry_householdcode"


def issue(doors: Collection[str]) -> dict[str, str]:
    """The code of each door; those that have none yet get one."""

    def act() -> dict[str, str]:
        known = {
            str(door): int(issued)
            for door, issued in store.select(_TABLE, ["door", "issued"], "door", set(doors))
        }
        made = {door: _make(door, known.get(door, 1)) for door in doors}
        now = clock.now()
        store.insert(
            _TABLE,
            ["door", "blind", "issued", "at"],
            [(door, _blind(made[door]), 1, now) for door in doors if door not in known],
        )
        return made

    return writer.run(act)


def replace(door: str) -> str:
    """A new code for a door whose code got into other hands; the old one opens nothing more."""

    def act() -> str:
        found = models.HouseholdCode.objects.filter(door=door).first()
        issued = found.issued + 1 if found else 1
        code = _make(door, issued)
        row = (door, _blind(code), issued, clock.now())
        store.upsert(_TABLE, ["door", "blind", "issued", "at"], [row], ["door"])
        return code

    return writer.run(act)


def find_door(text: str) -> str | None:
    """The door of a code as it was typed or scanned; None for any other text."""
    code = codes.normalise(text)
    if code is None or len(code) != _LENGTH + 1 or not codes.is_checked(code):
        return None
    rows = store.select(_TABLE, ["door"], "blind", [_blind(code)])
    return str(rows[0][0]) if rows else None


def spell(code: str) -> str:
    """A code as people read it, in fours."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def _make(door: str, issued: int) -> str:
    key = keys.derive("household code", 32)
    drawn = int.from_bytes(hmac.digest(key, f"{issued}\n{door}".encode(), hashlib.sha256)[:8])
    body = "".join(_LETTERS[drawn >> 5 * at & 31] for at in range(_LENGTH))
    return body + codes.check_character(body)


def _blind(code: str) -> str:
    key = keys.derive("household code blind", 32)
    return hmac.digest(key, code.encode(), hashlib.sha256)[:16].hex()
