"""The app's icon, the door ajar of every page's head, as PNG: drawn here, so that no picture is
kept beside the code that could differ from it. Refuses nothing.
"""

import struct
import zlib
from functools import lru_cache

_PAPER, _INK, _DONE = b"\xfa\xfa\xf7", b"\x1c\x1f\x23", b"\x0b\x6e\x69"


@lru_cache(maxsize=8)
def draw_icon(size: int) -> bytes:
    """A square PNG of `size` pixels; the glyph keeps to the middle 60 %, which every mask shows."""
    unit = size / 100
    rows = bytearray()
    for y in range(size):
        rows.append(0)  # no filter
        rows += b"".join(_colour(x / unit, y / unit) for x in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _colour(x: float, y: float) -> bytes:
    """The colour at a point of a field of 100 by 100."""
    if 37 <= x < 63 and 30 <= y < 72:
        return _DONE  # the door
    if (30 <= x < 70 and 23 <= y < 72) or (20 <= x < 80 and 72 <= y < 78):
        return _PAPER if 35 <= x < 65 and 28 <= y < 72 else _INK  # the frame, the sill
    return _PAPER


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )
