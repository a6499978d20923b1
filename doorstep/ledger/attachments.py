"""Attachments: bytes a line names by digest, sealed on disk, erasable without touching the book.

digest = SHA-256(16 random bytes ‖ content); the salt lies in the bytes alone, so once they are gone
the digest tells nothing. Refuses bytes that are not what the digest says, and to keep anew those of
an attachment that was destroyed: it is known.
"""

import os
from collections.abc import Callable, Collection
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doorstep.kit import clock
from doorstep.ledger import book, chain, keys, kinds, models, store, writer

NONCE = 12  # bytes
SALT = 16  # bytes


def attachment_text(cell: str, device: str, digest: str) -> bytes:
    """The bytes a device signs to hand in an attachment."""
    return f"doorstep-v1\nattachment\n{cell}\n{device}\n{digest}\n".encode()


def judge(device_id: str, digest: str, signature: bytes) -> int:
    """Whether the device may hand in what has this digest, which is all that it signs, so that no
    body need be read of one that may not. The HTTP status to answer: 200 it may, 401 unknown device
    or not its signature, 403 revoked.
    """
    device = models.Device.objects.filter(id=device_id).first()
    if device is None:
        return 401
    text = attachment_text(book.get_cell_id(), device_id, digest)
    if not chain.is_signed(device.algorithm, bytes(device.public_key), signature, text):
        return 401
    return 200 if device.revoked_at is None else 403


def keep(device_id: str, digest: str, body: bytes, signature: bytes) -> int:
    """Keep an attachment; the HTTP status to answer: 200 kept or had already, 400 not these bytes,
    401 and 403 as `judge` says: a device may have been revoked while it sent.
    """
    status = judge(device_id, digest, signature)
    if status != 200:
        return status
    if sha256(body).hexdigest() != digest:
        return 400
    row = {"device_id": device_id, "received_at": clock.now(), "sealed": _seal(digest, body)}
    writer.run(lambda: models.Attachment.objects.get_or_create(digest=digest, defaults=row))
    return 200


def put(device_id: str, content: bytes) -> str:
    """Keep what a desk attaches, within the caller's transaction; its digest. `device_id`: the
    desk's, which signs no attachment: the line that names it does.
    """
    body = os.urandom(SALT) + content
    digest = sha256(body).hexdigest()
    models.Attachment.objects.create(
        digest=digest, device_id=device_id, received_at=clock.now(), sealed=_seal(digest, body)
    )
    return digest


def read(digest: str) -> bytes | None:
    """The content behind a digest, without its salt; None when it is not here, yet or any more."""
    return read_many([digest]).get(digest)


def read_many(digests: Collection[str]) -> dict[str, bytes]:
    """The contents behind digests, without their salts, as far as they are here."""
    found = {}
    for digest, value, destroyed in store.select(
        "ledger_attachment", ["digest", "sealed", "destroyed"], "digest", set(digests)
    ):
        if destroyed is None:
            sealed = bytes(value)
            opened = _cipher().decrypt(sealed[:NONCE], sealed[NONCE:], digest.encode())
            found[digest] = opened[SALT:]
    return found


def list_named(class_of: Callable[[str | None], str]) -> dict[str, str]:
    """By digest the class of the line that names it, as far as lines have their bytes."""
    naming = [
        kind.name for kind in kinds.list_kinds() if "attachment" in kind.shape.__struct_fields__
    ]
    marks = ", ".join(["%s"] * len(naming))
    rows = store.query(
        f"SELECT kind, content FROM ledger_line WHERE kind IN ({marks}) AND destroyed IS NULL",
        naming,
    )
    read = ((kind, kinds.read(bytes(content))) for kind, content in rows)
    named = ((kind, getattr(entry, "attachment", None)) for kind, entry in read)
    return {digest: class_of(kind) for kind, digest in named if digest is not None}


def _seal(digest: str, body: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + _cipher().encrypt(nonce, body, digest.encode())


def _cipher() -> AESGCM:
    return AESGCM(keys.derive("attachments", 32))
