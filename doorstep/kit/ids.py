"""Identities: UUIDs as canonical lower-case text of 36 characters. Refuses every other spelling,
because sameness of an entry is decided by comparing this text.
"""

import os
import re
import time

PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z"
_CANONICAL = re.compile(PATTERN)


def new() -> str:
    """A fresh UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then random bits."""
    return at_millis(time.time_ns() // 1_000_000)


def at_millis(millis: int) -> str:
    """A UUIDv7 whose time part is `millis` since 1970 UTC."""
    noise = int.from_bytes(os.urandom(10), "big")
    value = (millis & (1 << 48) - 1) << 80 | 7 << 76 | (noise >> 62 & 0xFFF) << 64
    value |= 2 << 62 | noise & (1 << 62) - 1
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_canonical(text: str) -> bool:
    """Whether `text` is a UUID in the one spelling the book keeps."""
    return _CANONICAL.match(text) is not None


def to_bytes(text: str) -> bytes:
    """The 16 bytes of a canonical id. Raises ValueError for any other text."""
    if not is_canonical(text):
        raise ValueError("not a canonical id")
    return bytes.fromhex(text.replace("-", ""))
