"""What reading an .xlsx would cost, before the reader sees it: it allocates what the file states,
and a small file may state a great deal.

Refuses, by a code, what would inflate or be laid out too large. Holds some hundred kilobytes of the
file at a time, however much it inflates to. Knows nothing of rosters.
"""

import functools
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_PARTS: Final = 2_000
_PIECE: Final = 1 << 18  # bytes that are inflated and looked through at a time
_TAIL: Final = 512  # of these, looked through again with the next: a word may be cut in two
_SPACE: Final = re.compile(rb"\s+")
_REFERENCE: Final = re.compile(rb"(?<=\W)r ?= ?[\"']([A-Za-z]*)(\d*)([\"']|\Z)")
_HELD: Final = re.compile(rb"<(?:\w+:)?(?:c|row|si)[ />]")  # what the reader keeps one by one


class Bounds(NamedTuple):
    """What may be: bytes of all parts inflated, rows of a sheet, rows x columns of a sheet."""

    inflated: int
    rows: int
    cells: int


class _Unfit(Exception): ...


def check(data: bytes, bounds: Bounds) -> str:
    """ "" for a workbook within the bounds, else FILE_KIND_UNKNOWN, FILE_INFLATES_TOO_LARGE,
    FILE_TOO_MANY_ROWS or FILE_UNREADABLE.

    Raises:
        zipfile.BadZipFile, zlib.error, struct.error: it is no whole zip file.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names or names & {"content.xml", "xl/workbook.bin"}:
        return "FILE_KIND_UNKNOWN"
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > bounds.inflated:
        return "FILE_INFLATES_TOO_LARGE"
    held = 0
    try:
        for part in parts:
            held = _check_part(_inflate(data, part), bounds, held)
    except _Unfit as problem:
        return str(problem)
    return ""


def _inflate(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part piece by piece. The directory may lie about its size: it is inflated up to what the
    directory states and no further.
    """
    at = part.header_offset
    name_size, extra_size = struct.unpack("<HH", data[at + 26 : at + 30])
    start = at + 30 + name_size + extra_size
    raw = memoryview(data)[start : start + part.compress_size]
    if part.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        raise _Unfit("FILE_UNREADABLE")
    unpacker = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    size = 0
    for begin in range(0, len(raw), _PIECE):
        waiting = bytes(raw[begin : begin + _PIECE])
        while waiting and not (unpacker and unpacker.eof):
            piece = unpacker.decompress(waiting, _PIECE) if unpacker else waiting
            waiting = unpacker.unconsumed_tail if unpacker else b""
            size += len(piece)
            if size > part.file_size:
                raise _Unfit("FILE_INFLATES_TOO_LARGE")
            yield piece
    if unpacker and (rest := unpacker.flush()):
        size += len(rest)
        yield rest
    if size != part.file_size:
        raise _Unfit("FILE_INFLATES_TOO_LARGE")


def _check_part(pieces: Iterator[bytes], bounds: Bounds, held: int) -> int:
    """How many cells, rows and texts there are with this part; one cell at XFD1048576 would make
    the reader allocate the whole sheet.
    """
    tallest = widest = 0
    tail = b""
    for piece in pieces:
        text = _SPACE.sub(b" ", tail + piece)
        for letters, digits in _references(text):
            tallest = max(tallest, int(digits))
            widest = max(widest, _column_number(letters))
        held += len(_HELD.findall(text, 0, max(len(text) - _TAIL, 0)))
        tail = text[-_TAIL:]
        if tallest > bounds.rows:
            raise _Unfit("FILE_TOO_MANY_ROWS")
        if tallest * widest > bounds.cells or held > bounds.cells + bounds.rows:
            raise _Unfit("FILE_INFLATES_TOO_LARGE")
    return held


def _references(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Letters and digits of the cells and rows that are named; one that is cut off comes again."""
    for letters, digits, closed in set(_REFERENCE.findall(text)):
        if not closed and len(letters) + len(digits) > _TAIL // 2:
            raise _Unfit("FILE_INFLATES_TOO_LARGE")  # or it would be cut off for ever
        if closed and digits:
            if len(letters) > 6 or len(digits) > 12:
                raise _Unfit("FILE_INFLATES_TOO_LARGE")
            yield letters, digits


@functools.lru_cache(maxsize=20_000)
def _column_number(letters: bytes) -> int:
    return functools.reduce(lambda number, letter: number * 26 + letter - 64, letters.upper(), 0)
