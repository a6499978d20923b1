"""Accounts of other field apps. Each is a device of its own, enrolled like any other; but the app
cannot sign, so the server holds the device's key and signs in its place (docs/adr/0008).

Refuses whoever guesses, as at signing in, and an account whose device is revoked or has another key
than this installation makes. A password is shown once; only its Argon2 hash is kept.
"""

import base64
import binascii
import hmac
import secrets
import threading
from collections import OrderedDict
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ed25519
from django.contrib.auth import hashers

from doorstep.face import accounts as guessing
from doorstep.field.models import Account
from doorstep.ledger import devices, keys, refusals, writer
from doorstep.registry import queries

ROLE = "registrar"
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is taken for something else
SIGN_IN, WAIT, GONE = "OPENROSA_SIGN_IN", "OPENROSA_WAIT", "OPENROSA_GONE"
LONGEST = 512  # characters of an Authorization header
MOST_REMEMBERED = 1_000
_ALGORITHM = "ed25519"
_memory_key = secrets.token_bytes(32)
_lock = threading.Lock()
# an app sends its password with every request, and a hash takes 40 ms: who was right is remembered
_remembered: OrderedDict[str, bytes] = OrderedDict()


class Made(NamedTuple):
    """A new account, the only time its password is known."""

    device: str
    user: str
    password: str


def make_account(*, table: str, person: str, label: str = "") -> Made:
    """Enrol another field app for one person at one table.

    Raises:
        Refused: NOT_FOUND, the place is no table.
    """
    found = queries.find_place(table)
    if found is None or found.kind != "table":
        raise refusals.Refused("NOT_FOUND")
    user = f"app-{_draw(8)}"
    password = "-".join(_draw(5) for _ in range(4))
    encoded = hashers.make_password(password)
    key = get_key(user)
    public = key.public_key().public_bytes_raw()

    def enrol() -> str:
        code = devices.make_code(ROLE, minutes=1, place=table, people=[person], label=label)
        proof = key.sign(devices.proof_text(code, _ALGORITHM, public))
        device = devices.enrol(code, _ALGORITHM, public, proof)
        assert not isinstance(device, str), device
        Account.objects.create(device=device, user=user, password=encoded, person=person)
        return str(device.id)

    return Made(writer.run(enrol), user, password)


def _draw(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def get_key(user: str) -> ed25519.Ed25519PrivateKey:
    """The key that the server holds for an account, always the same in this installation."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(keys.derive(f"field app {user}", 32))


def find_account(header: str, address: str) -> Account | str:
    """Whose Basic credentials (RFC 7617) an Authorization header holds, or the code of a refusal.
    `address` is where the request comes from.
    """
    user, password = _read_header(header)
    if not user:
        return SIGN_IN
    guessed = f"field app {user}"
    if guessing.minutes_to_wait(guessed, address):
        return WAIT
    account = Account.objects.select_related("device").filter(user=user).first()
    if not _is_right(account, password):
        guessing.note_failure(guessed, address)
        return SIGN_IN
    assert account is not None
    guessing.note_success(guessed, address)
    device = account.device
    public = get_key(user).public_key().public_bytes_raw()
    if device.revoked_at is not None or bytes(device.public_key) != public:
        return GONE
    return account


def _read_header(header: str) -> tuple[str, str]:
    """User and password; two empty texts where there are none."""
    word, _, packed = header[:LONGEST].partition(" ")
    if word.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(packed, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, colon, password = text.partition(":")
    return (user, password) if colon and "\0" not in text else ("", "")


def _is_right(account: Account | None, password: str) -> bool:
    """Whether it is the account's password; takes as long where there is no account."""
    if account is None:
        return guessing.verify(password, None)[0]
    said = f"{account.password}\n{password}".encode()
    mark = hmac.digest(_memory_key, said, "sha256")
    with _lock:
        known = _remembered.get(account.user)
    if known is not None and hmac.compare_digest(known, mark):
        return True
    if not guessing.verify(password, account.password)[0]:
        return False
    with _lock:
        _remembered[account.user] = mark
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return True
