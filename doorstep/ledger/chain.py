"""A device's chain: how its lines are numbered, hashed and signed. Pure; the rules of docs/sync.md.

Refuses to read a line: a chain covers the exact bytes, whatever they mean.
"""

from collections.abc import Iterable
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from doorstep.kit import ids

TAG = b"doorstep-v1"
ALGORITHMS = ("ed25519", "p256")


def split_lines(body: bytes) -> list[bytes]:
    """The lines of a push: exact bytes between newlines. A CR belongs to its line; an empty line
    is a line; one newline at the very end closes the last line and opens none.
    """
    if not body:
        return []
    return (body[:-1] if body.endswith(b"\n") else body).split(b"\n")


def count_lines(body: bytes) -> int:
    """How many lines `split_lines` would give, without making them."""
    return body.count(b"\n") + (body[-1:] not in (b"", b"\n"))


def first_head(cell: str, device: str, public_key: bytes) -> bytes:
    """head₀ = SHA-256("doorstep-v1" ‖ cell ‖ device ‖ public key); ids as their 16 bytes.

    Raises:
        ValueError: cell or device is not a canonical id.
    """
    return sha256(TAG + ids.to_bytes(cell) + ids.to_bytes(device) + public_key).digest()


def line_hash(line: bytes) -> bytes:
    """SHA-256 of the line's exact bytes."""
    return sha256(line).digest()


def next_head(head: bytes, hashed_line: bytes) -> bytes:
    """headₙ = SHA-256(headₙ₋₁ ‖ SHA-256(lineₙ))."""
    return sha256(head + hashed_line).digest()


def follow(head: bytes, hashed_lines: Iterable[bytes]) -> bytes:
    """The head after all the given line hashes."""
    for hashed in hashed_lines:
        head = sha256(head + hashed).digest()
    return head


def push_text(
    *, cell: str, device: str, first: int, count: int, previous: bytes, head: bytes, sent: str
) -> bytes:
    """The bytes a push's signature covers. Heads are lower-case hex, `sent` the header's text."""
    return (
        f"doorstep-v1\nentries\n{cell}\n{device}\n{first}\n{count}\n"
        f"{previous.hex()}\n{head.hex()}\n{sent}\n"
    ).encode()


def is_signed(algorithm: str, public_key: bytes, signature: bytes, text: bytes) -> bool:
    """Whether `signature` (64 bytes: Ed25519, or P-256 with SHA-256 as raw r ‖ s) is the key's own
    over `text`. Public keys are raw: 32 bytes, or the 65-byte uncompressed point. Never raises.
    """
    if len(signature) != 64:
        return False
    try:
        if algorithm == "ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
            return True
        if algorithm == "p256":
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            point.verify(encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))
            return True
    except (InvalidSignature, ValueError):
        return False
    return False
