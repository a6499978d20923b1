"""A device's session: it signs the server's nonce and gets a short bearer token.

No clock of the device is involved, and nothing is stored: nonce and token are sealed by the
server's own key and carry their end. Refuses a revoked device.
"""

import secrets

from django.core import signing
from django.http import HttpRequest

from doorstep.ledger import book, chain, models

NONCE_SECONDS = 60
TOKEN_SECONDS = 15 * 60
_nonces = signing.TimestampSigner(salt="doorstep field nonce")
_tokens = signing.TimestampSigner(salt="doorstep field token")


def make_nonce(device_id: str) -> str:
    """Something fresh for the device to sign within a minute."""
    return _nonces.sign(f"{device_id} {secrets.token_urlsafe(16)}")


def nonce_text(cell: str, device: str, nonce: str) -> bytes:
    """The bytes a device signs to open a session."""
    return f"doorstep-v1\nsession\n{cell}\n{device}\n{nonce}\n".encode()


def open_session(device_id: str, nonce: str, signature: bytes) -> str | None:
    """A bearer token, or None: a strange nonce, an unknown or revoked device, not its signature."""
    try:
        named = _nonces.unsign(nonce, max_age=NONCE_SECONDS).split(" ")[0]
    except signing.BadSignature:
        return None
    device = models.Device.objects.filter(id=device_id, revoked_at=None).first()
    if device is None or named != device_id:
        return None
    text = nonce_text(book.get_cell_id(), device_id, nonce)
    if not chain.is_signed(device.algorithm, bytes(device.public_key), signature, text):
        return None
    return _tokens.sign(device_id)


def get_device(request: HttpRequest) -> models.Device | None:
    """The device whose token the request bears; None when there is none or it has ended."""
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    if word != "Bearer":
        return None
    try:
        device_id = _tokens.unsign(token, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        return None
    return models.Device.objects.filter(id=device_id, revoked_at=None).first()
