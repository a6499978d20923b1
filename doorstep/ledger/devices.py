"""Enrolling and revoking devices. A code works once, for a while; a key must sign for itself."""

import secrets
from hashlib import sha256

from django.db import transaction

from doorstep.kit import clock, ids
from doorstep.ledger import book, chain, models

CODE_INVALID = "CODE_INVALID"
KEY_INVALID = "KEY_INVALID"
PROOF_INVALID = "PROOF_INVALID"


def make_code(role: str, *, minutes: int, place: str | None = None) -> str:
    """A new enrolment code, shown once; the book keeps only its hash."""
    code = secrets.token_urlsafe(15)
    with transaction.atomic():
        models.Enrolment.objects.create(
            code_hash=sha256(code.encode()).digest(),
            role=role,
            place=place,
            expires_at=clock.now() + minutes * clock.MINUTE,
        )
    return code


def proof_text(code: str, algorithm: str, public_key: bytes) -> bytes:
    """What a device signs to show that it holds the private key."""
    return f"doorstep-v1\nenrol\n{code}\n{algorithm}\n{public_key.hex()}\n".encode()


def enrol(code: str, algorithm: str, public_key: bytes, proof: bytes) -> models.Device | str:
    """The new device, or the code of what is wrong. A refused try does not use up the code."""
    if algorithm not in chain.ALGORITHMS or len(public_key) not in (32, 65):
        return KEY_INVALID
    if not chain.is_signed(algorithm, public_key, proof, proof_text(code, algorithm, public_key)):
        return PROOF_INVALID
    with transaction.atomic():
        cell = book.lock_cell()
        enrolment = models.Enrolment.objects.filter(code_hash=sha256(code.encode()).digest())
        found = enrolment.filter(device=None, expires_at__gt=clock.now()).first()
        if found is None:
            return CODE_INVALID
        device = models.Device(
            id=ids.new(),
            algorithm=algorithm,
            public_key=public_key,
            role=found.role,
            place=found.place,
            enrolled_at=clock.now(),
        )
        device.head = chain.first_head(cell.id, device.id, public_key)
        device.save(force_insert=True)
        found.device = device.id
        found.save(update_fields=["device"])
    return device


def revoke(device_id: str) -> None:
    """From now on the device's lines are kept aside. Revoking again changes nothing."""
    with transaction.atomic():
        models.Device.objects.filter(id=device_id, revoked_at=None).update(revoked_at=clock.now())
