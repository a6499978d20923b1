"""Reading the book for a check: plain rows, a chunk at a time, whatever a damaged database gives.

A row that cannot be what it should be is still read, so that it can be named. Refuses to hold more
than CHUNK lines or, as long as there is more than one, LARGEST bytes of them.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec
from django.db import OperationalError, connection, transaction

from doorstep.ledger import store

CHUNK = 5_120  # lines read together: twenty tiles
LARGEST = 32 << 20  # bytes of lines read together

_LINES = (
    "SELECT leaf, device_id, number, received_at, hash, content, custody, entry, kind, clock_off, "
    "destroyed FROM ledger_line "
)
_PUSHES = (
    "SELECT id, device_id, first, count, previous, head, sent, signature, received_at "
    "FROM ledger_push "
)


class Line(NamedTuple):
    """A row of a line as it is stored."""

    leaf: int
    device: str
    number: int
    received_at: int
    hash: bytes
    content: bytes
    custody: str
    entry: str | None
    kind: str | None
    clock_off: bool
    destroyed: str | None


class Push(msgspec.Struct, array_like=True, frozen=True):
    """A row of a push as it is stored."""

    id: int
    device: str
    first: int
    count: int
    previous: bytes
    head: bytes
    sent: str
    signature: bytes
    received_at: int

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.first + self.count - 1


@contextmanager
def snapshot() -> Iterator[None]:
    """One view of the book for as long as the block lasts; a server beside it goes on writing.

    Inside a transaction of the caller's it is the caller's view.
    """
    if connection.in_atomic_block:
        yield
        return
    with reading(), transaction.atomic():
        if connection.vendor == "postgresql":
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        store.look_up_keys()
        yield


@contextmanager
def reading() -> Iterator[None]:
    """Transactions that begin in this block take no writer's lock, which on SQLite all others do:
    a server would stand still until the check is over.
    """
    connection.ensure_connection()  # which sets the mode
    mode = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]


@contextmanager
def still() -> Iterator[Callable[[], None]]:
    """Until the function is called that this gives, or the block ends, nobody commits on SQLite:
    two processes that begin to read meanwhile have one view. On PostgreSQL a view has a name.

    Raises:
        OperationalError: the disk is read-only, or somebody is writing for long.
    """
    if connection.vendor != "sqlite":
        yield _do_nothing
        return
    own: Any = connection
    mode = own.transaction_mode  # which asking for the parameters sets back
    lock = own.get_new_connection(own.get_connection_params())
    own.transaction_mode = mode
    try:
        lock.execute("BEGIN IMMEDIATE")
        yield lock.close
    finally:
        lock.close()


def _do_nothing() -> None:
    """Nobody has to be let go."""


def as_bytes(value: Any) -> bytes:
    """A column of bytes, though somebody wrote something else there."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    return str(value).encode("utf-8", "surrogateescape")


def as_int(value: Any) -> int:
    """A column of numbers; -1, which none of the book is, for what is no number at all."""
    return value if type(value) is int else -1


def end_of_chunk(start: int, size: int, lines: int = 0, largest: int = 0) -> int:
    """Where to stop reading lines that begin at `start`, if not so many lines and bytes of them as
    a check reads.
    """
    end, largest = min(start + (lines or CHUNK), size), largest or LARGEST
    while end - start > 1:
        [[held]] = query(
            "SELECT SUM(length(content)) FROM ledger_line WHERE leaf >= %s AND leaf < %s",
            [start, end],
        )
        if held is None or held <= largest:
            break
        end = start + (end - start) // 2
    return end


def read_lines(start: int, end: int) -> list[Line]:
    """The lines with leaves [start, end), in their order."""
    return [
        _as_line(row)
        for row in query(_LINES + "WHERE leaf >= %s AND leaf < %s ORDER BY leaf", [start, end])
    ]


def read_outside(size: int, limit: int) -> list[Line]:
    """Lines that no book of `size` has room for."""
    where = "WHERE leaf < 0 OR leaf >= %s ORDER BY leaf LIMIT %s"
    return [_as_line(row) for row in query(_LINES + where, [size, limit])]


def next_leaf(start: int, size: int) -> int:
    """The first leaf from `start` on that there is; `size` when there is none below it."""
    [[found]] = query(
        "SELECT MIN(leaf) FROM ledger_line WHERE leaf >= %s AND leaf < %s", [start, size]
    )
    return size if found is None else int(found)


def find_known(start: int, end: int) -> set[int]:
    """Those of the leaves [start, end) whose entry the book had before, with the same bytes."""
    return {
        leaf
        for (leaf,) in query(
            "SELECT l.leaf FROM ledger_line l WHERE l.leaf >= %s AND l.leaf < %s "
            "AND l.entry IS NOT NULL AND EXISTS (SELECT 1 FROM ledger_line o "
            "WHERE o.entry = l.entry AND o.leaf < l.leaf AND o.leaf >= 0 AND o.hash = l.hash)",
            [start, end],
        )
    }


def find_echoes(start: int, end: int) -> set[int]:
    """Those of the destroyed leaves [start, end) whose entry's id an earlier destroyed one had."""
    return {
        leaf
        for (leaf,) in query(
            "SELECT l.leaf FROM ledger_line l WHERE l.leaf >= %s AND l.leaf < %s "
            "AND l.destroyed IS NOT NULL AND EXISTS (SELECT 1 FROM ledger_line o "
            "WHERE o.entry = l.entry AND o.leaf < l.leaf AND o.destroyed IS NOT NULL)",
            [start, end],
        )
    }


def read_pushes(after: int, limit: int) -> list[Push]:
    """The next pushes after one's id, in their order."""
    return [
        _as_push(row)
        for row in query(_PUSHES + "WHERE id > %s ORDER BY id LIMIT %s", [after, limit])
    ]


def find_push(device: str, number: int, after: int) -> Push | None:
    """The first push after an id that covers a number of a device."""
    found = query(
        _PUSHES + "WHERE device_id = %s AND first <= %s AND first + count > %s AND id > %s "
        "ORDER BY id LIMIT 1",
        [device, number, number, after],
    )
    return _as_push(found[0]) if found else None


def next_signed(device: str, number: int, after: int) -> int | None:
    """The lowest number above `number` at which a later push of the device begins."""
    found: int | None
    [[found]] = query(
        "SELECT MIN(first) FROM ledger_push WHERE device_id = %s AND first > %s AND id > %s",
        [device, number, after],
    )
    return found


def has_lines(device: str, first: int, last: int, leaf: int) -> bool:
    """Whether the book has, from `leaf` on, a line of a device with one of these numbers."""
    return bool(
        query(
            "SELECT 1 FROM ledger_line WHERE device_id = %s AND number >= %s AND number <= %s "
            "AND leaf >= %s LIMIT 1",
            [device, first, last, leaf],
        )
    )


def read_hashes(keys: Collection[tuple[str, int]]) -> dict[tuple[str, int], bytes]:
    """The stored hashes of lines by device and number."""
    columns = ["device_id", "number", "hash"]
    return {
        (device, number): as_bytes(hashed)
        for device, number, hashed in store.select_pairs(
            "ledger_line", columns, ("device_id", "number"), keys
        )
    }


def read_tiles(level: int, first: int, last: int) -> dict[int, bytes]:
    """The stored tiles of a level from one number to another, both included."""
    return {
        number: as_bytes(hashes)
        for number, hashes in query(
            "SELECT number, hashes FROM ledger_tile "
            "WHERE level = %s AND number >= %s AND number <= %s",
            [level, first, last],
        )
    }


def query(sql: str, parameters: list[Any]) -> list[Any]:
    """Rows; text that is not UTF-8 is read with marks in it rather than not at all."""
    try:
        return store.query(sql, parameters)
    except OperationalError as problem:
        if connection.vendor != "sqlite" or "decode" not in str(problem).lower():
            raise
        connection.connection.text_factory = lambda text: text.decode("utf-8", "replace")
        return store.query(sql, parameters)


def _as_line(row: Any) -> Line:
    line = Line._make(row)
    numbers = type(line.number) is int is type(line.received_at)
    if numbers and type(line.hash) is bytes is type(line.content):
        return line
    return line._replace(
        number=as_int(line.number),
        received_at=as_int(line.received_at),
        hash=as_bytes(line.hash),
        content=as_bytes(line.content),
    )


def _as_push(row: Any) -> Push:
    number, device, first, count, previous, head, sent, signature, received_at = row
    return Push(
        number,
        device,
        as_int(first),
        as_int(count),
        as_bytes(previous),
        as_bytes(head),
        sent,
        as_bytes(signature),
        as_int(received_at),
    )


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
