"""What lies inside a backup: files and tables one after another, packed, each table closed by how
many rows it had and their digest. Pure.

Refuses to pass on a table whose rows are not those that were written.
"""

import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from doorstep.ledger.backup_rows import Column, Row, Table
from doorstep.ledger.refusals import Refused
from doorstep.ledger.sealed_files import Sealer

LEVEL = 1  # of zlib: a second for what the higher ones take three for, to save a tenth
_PIECE = 4 << 20  # bytes unpacked at a time
_FILE, _TABLE, _ROWS, _END, _CLOSE = b"F", b"T", b"R", b"E", b"C"
_encoder = msgspec.msgpack.Encoder()


class Sum(NamedTuple):
    """How many rows a table has, and the digest over them all in their order."""

    rows: int
    digest: str


class File(NamedTuple):
    """A file of the installation, by its path below the data folder."""

    path: str
    mode: int
    content: bytes


class Rows(NamedTuple):
    """Some rows of a table, as they were written; `read` takes them apart."""

    packed: bytes

    def read(self) -> list[list[Any]]:
        """The rows."""
        found: list[list[Any]] = msgspec.msgpack.decode(self.packed)
        return found


class End(NamedTuple):
    """The end of a table."""

    sum: Sum


Event = File | Table | Rows | End


class Digest:
    """The sum of a table; the same however its rows were put together."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = sha256()

    def add(self, packed: bytes) -> None:
        """Count rows as they were packed, without how many of them were packed together."""
        first = packed[0]
        length = 1 if first & 0xF0 == 0x90 else 3 if first == 0xDC else 5
        self.rows += first & 0x0F if length == 1 else int.from_bytes(packed[1:length], "big")
        self._hash.update(memoryview(packed)[length:])

    def sum(self) -> Sum:
        """What it comes to."""
        return Sum(self.rows, self._hash.hexdigest())


def pack(rows: list[Row]) -> bytes:
    """Rows as bytes, the same on every machine."""
    return _encoder.encode(rows)


class Writer:
    """Writes files and tables into a sealed file."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer, self._zlib = sealer, zlib.compressobj(LEVEL)
        self._digest = Digest()
        self.sums: dict[str, Sum] = {}
        self._table = ""

    def add_file(self, file: File) -> None:
        """A file, whole."""
        self._write(_FILE, _encoder.encode(file))

    def begin(self, table: Table) -> None:
        """The table that the next rows are of."""
        self._digest, self._table = Digest(), table.name
        self._write(_TABLE, _encoder.encode(table))

    def add(self, rows: list[Row]) -> None:
        """Rows of the table, in their order."""
        packed = pack(rows)
        self._digest.add(packed)
        self._write(_ROWS, packed)

    def end(self) -> None:
        """No row of this table is left."""
        self.sums[self._table] = self._digest.sum()
        self._write(_END, _encoder.encode(self._digest.sum()))

    def finish(self) -> None:
        """No table is left."""
        self._write(_CLOSE, _encoder.encode(len(self.sums)))
        self._sealer.write(self._zlib.flush())
        self._sealer.finish()

    def _write(self, kind: bytes, data: bytes) -> None:
        packed = self._zlib.compress(kind + len(data).to_bytes(4, "big") + data)
        if packed:
            self._sealer.write(packed)


def read(pieces: Iterator[bytes]) -> Iterator[Event]:
    """The files and tables of a backup, one after another.

    Raises:
        Refused: BACKUP_DAMAGED: it ends too early, or a table is not what was written.
    """
    source = _Source(pieces)
    digest, tables = Digest(), 0
    try:
        while True:
            kind, data = source.take(1), source.take(int.from_bytes(source.take(4), "big"))
            if kind == _ROWS:
                digest.add(data)
                yield Rows(data)
            elif kind == _END:
                end = End(msgspec.msgpack.decode(data, type=Sum))
                if end.sum != digest.sum():
                    raise _damaged()
                tables += 1
                yield end
            elif kind == _TABLE:
                digest = Digest()
                name, columns, key, is_counted = msgspec.msgpack.decode(data)
                yield Table(name, [Column(*each) for each in columns], key, is_counted)
            elif kind == _FILE:
                yield msgspec.msgpack.decode(data, type=File)
            elif kind == _CLOSE and msgspec.msgpack.decode(data) == tables and source.is_over():
                return
            else:
                raise _damaged()
    except (zlib.error, msgspec.MsgspecError):  # sealed so: whoever wrote it did not finish well
        raise _damaged() from None


def _damaged() -> Refused:
    return Refused("BACKUP_DAMAGED", at="…")


class _Source:
    """The unpacked bytes, so many as are asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._zlib = pieces, zlib.decompressobj()
        self._have, self._at = b"", 0

    def take(self, count: int) -> bytes:
        """The next so many bytes."""
        if len(self._have) - self._at < count:
            parts = [self._have[self._at :]]
            missing = count - len(parts[0])
            while missing > 0:
                piece = self._unpack()
                if piece is None:
                    raise _damaged()
                parts.append(piece)
                missing -= len(piece)
            self._have, self._at = b"".join(parts), 0
        self._at += count
        return self._have[self._at - count : self._at]

    def is_over(self) -> bool:
        """Whether nothing is left, and all of it was read to its end."""
        while self._at == len(self._have):
            piece = self._unpack()
            if piece is None:
                return self._zlib.eof and not self._zlib.unused_data
            self._have, self._at = piece, 0
        return False

    def _unpack(self) -> bytes | None:
        packed = self._zlib.unconsumed_tail
        while not packed:
            following = next(self._pieces, None)
            if following is None:
                return None
            packed = following
        return self._zlib.decompress(packed, _PIECE)
