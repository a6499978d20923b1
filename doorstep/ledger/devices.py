"""Enrolling and revoking devices. A code works for one key, for a while; a key must sign for
itself. Refuses a second key under a code; the same key again, whose answer was lost, gets it once
more.
"""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from doorstep.kit import clock, ids
from doorstep.ledger import book, chain, models, writer

CODE_INVALID = "CODE_INVALID"
KEY_INVALID = "KEY_INVALID"
PROOF_INVALID = "PROOF_INVALID"


def make_code(
    role: str,
    *,
    minutes: int,
    place: str | None = None,
    people: Sequence[str] = (),
    label: str = "",
) -> str:
    """A new enrolment code, shown once; the book keeps only its hash. `people` are the staff ids
    that may write with the device.
    """
    code = secrets.token_urlsafe(15)
    enrolment = models.Enrolment(
        code_hash=sha256(code.encode()).digest(),
        role=role,
        place=place,
        people=list(people),
        label=label,
        expires_at=clock.now() + minutes * clock.MINUTE,
    )
    writer.run(lambda: enrolment.save(force_insert=True))
    return code


def proof_text(code: str, algorithm: str, public_key: bytes) -> bytes:
    """What a device signs to show that it holds the private key."""
    return f"doorstep-v1\nenrol\n{code}\n{algorithm}\n{public_key.hex()}\n".encode()


def enrol(code: str, algorithm: str, public_key: bytes, proof: bytes) -> models.Device | str:
    """The new device, or the one this key has enrolled with this very code already; or the code of
    what is wrong. A refused try does not use up the code.
    """
    if algorithm not in chain.ALGORITHMS or len(public_key) not in (32, 65):
        return KEY_INVALID
    if not chain.is_signed(algorithm, public_key, proof, proof_text(code, algorithm, public_key)):
        return PROOF_INVALID
    return writer.run(lambda: _enrol(code, algorithm, public_key))


def _enrol(code: str, algorithm: str, public_key: bytes) -> models.Device | str:
    cell, now = book.lock_cell(), clock.now()
    enrolment = models.Enrolment.objects.filter(code_hash=sha256(code.encode()).digest())
    found = enrolment.filter(expires_at__gt=now).first()
    if found is None:
        return CODE_INVALID
    if found.device is not None:
        same = models.Device.objects.filter(id=found.device, algorithm=algorithm, revoked_at=None)
        return same.filter(public_key=public_key).first() or CODE_INVALID
    device = models.Device(
        id=ids.new(),
        algorithm=algorithm,
        public_key=public_key,
        role=found.role,
        place=found.place,
        label=found.label,
        enrolled_at=now,
    )
    device.head = chain.first_head(cell.id, device.id, public_key)
    device.save(force_insert=True)
    found.device = device.id
    found.save(update_fields=["device"])
    _assign(device.id, found.people, now)
    return device


def assign(device_id: str, people: Sequence[str]) -> None:
    """From now on these people, too, may write with the device."""
    writer.run(lambda: _assign(device_id, people, clock.now()))


def unassign(person: str, device_id: str | None = None) -> None:
    """From now on what this person writes with the device, or with any, is held when it comes."""
    ending = models.Assignment.objects.filter(person=person, until_at=None)
    if device_id is not None:
        ending = ending.filter(device_id=device_id)
    writer.run(lambda: ending.update(until_at=clock.now()))


def _assign(device_id: str, people: Sequence[str], now: int) -> None:
    open_ = models.Assignment.objects.filter(device_id=device_id, until_at=None)
    have = set(open_.values_list("person", flat=True))
    models.Assignment.objects.bulk_create(
        models.Assignment(device_id=device_id, person=person, from_at=now)
        for person in dict.fromkeys(people)
        if person not in have
    )


def revoke(device_id: str) -> None:
    """From now on the device's lines are kept aside. Revoking again changes nothing."""
    revoked = models.Device.objects.filter(id=device_id, revoked_at=None)
    writer.run(lambda: revoked.update(revoked_at=clock.now()))


def end_codes() -> None:
    """From now on no code that was made and not used enrols a device."""
    now = clock.now()
    waiting = models.Enrolment.objects.filter(device=None, expires_at__gt=now)
    writer.run(lambda: waiting.update(expires_at=now))
