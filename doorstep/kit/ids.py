"""Identities: UUIDs as canonical lower-case text of 36 characters. Refuses every other spelling,
because sameness of an entry is decided by comparing this text.
"""

import os
import re
import time
from collections.abc import Collection

PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
LENGTH = 36  # of the text
SIZE = 16  # bytes
_CANONICAL = re.compile(PATTERN)
_INSIDE = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_DASHES = (8, 13, 18, 23)


def new() -> str:
    """A fresh UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits."""
    return at_millis(time.time_ns() // 1_000_000)


def at_millis(millis: int, drawn: bytes | None = None) -> str:
    """A UUIDv7 whose time part is `millis` since 1970 UTC. The rest is random, or always the same
    for the same ten bytes `drawn`.
    """
    noise = int.from_bytes(drawn or os.urandom(10), "big")
    value = (millis & (1 << 48) - 1) << 80 | 7 << 76 | (noise >> 62 & 0xFFF) << 64
    value |= 2 << 62 | noise & (1 << 62) - 1
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_canonical(text: str) -> bool:
    """Whether `text` is a UUID in the one spelling the book keeps."""
    return _CANONICAL.match(text) is not None


def find(text: str) -> str | None:
    """The first id in what a printed code says, however it is spelt there; None without one."""
    found = _INSIDE.search(text)
    return found[0].lower() if found else None


def to_bytes(text: str) -> bytes:
    """The 16 bytes of a canonical id. Raises ValueError for any other text."""
    if not is_canonical(text):
        raise ValueError("not a canonical id")
    return bytes.fromhex(text.replace("-", ""))


def all_to_bytes(texts: Collection[str], before: bytes = b"") -> bytes:
    """The 16 bytes of each of many canonical ids, one after another, in a third of the time; with
    the bytes `before` before each.

    Raises:
        ValueError: one of them is not canonical.
    """
    text = ",".join(texts)
    dashes = "".join([text[at :: LENGTH + 1] for at in _DASHES])
    digits = text.replace("-", "").replace(",", before.hex())
    if texts:
        digits = before.hex() + digits
    data = bytes.fromhex(digits)
    # as many digits, commas and dashes as there must be, and where they must be
    if (
        data.hex() != digits
        or len(data) != (len(before) + SIZE) * len(texts)
        or len(text) != max((LENGTH + 1) * len(texts) - 1, 0)
        or text[LENGTH :: LENGTH + 1] != "," * (len(texts) - 1)
        or dashes != "-" * len(_DASHES) * len(texts)
    ):
        raise ValueError("not a canonical id")
    return data
