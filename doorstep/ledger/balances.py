"""The closing balance: what is left of destroyed lines for later folds, signed and without a
person, a door or a result in it; and how a line is known again whose bytes are gone.

A balance holds rows of state that a rule lets stay, such as the counters of a round, and the keys
that are closed for good: a line that names one is kept and has no effect. Each new balance takes up
what the last one held, so a replay loads the newest and folds the lines that are left. Refuses to
hold what no package has named; whether one is as it was signed, `verify_destroyed` tells.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import msgspec

from doorstep.ledger import checkpoints, kinds, models, store

GONE = "RECORDS_DESTROYED"
Row = Sequence[Any]


class Table(msgspec.Struct):
    """Rows of a state table."""

    columns: list[str]
    rows: list[list[Any]]


class Content(msgspec.Struct):
    """What a balance says. `entry`: the destruction it belongs to; `closed`: ids."""

    cell: str
    entry: str
    holds: str
    lines: int
    closed: list[str]
    tables: dict[str, Table]


class Keeper(NamedTuple):
    """What a package lets stay when a class of records is destroyed: rows of one table of its
    state, chosen for the first so many lines. Their first column is a key that is closed then.
    """

    holds: str
    table: str
    columns: Sequence[str]
    choose: Callable[[int], Iterable[Row]]


class Line(Protocol):
    """What is asked of a line here (folding.Read)."""

    @property
    def role(self) -> str: ...
    @property
    def entry(self) -> kinds.Envelope | kinds.Header: ...


_keepers: list[Keeper] = []
_closed: tuple[str, frozenset[str]] = ("", frozenset())  # of the newest balance seen


def install(keepers: Iterable[Keeper]) -> None:
    """Install what packages let stay. Called once, by config.wiring."""
    _keepers[:] = keepers


def blind(entry: str) -> str:
    """What stands beside a destroyed line in the place of its entry's id: an id made of it, or of
    the line's hash where it could not be read. Who has the id finds the line; who has the line's
    hash cannot guess what it said, for the 74 random bits of the id are in it and nowhere else.
    """
    text = sha256(b"doorstep-v1 destroyed " + entry.encode()).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"


def find_destroyed(named: Collection[str]) -> dict[tuple[str, bytes], str]:
    """By (id, or hash of what cannot be read; line's hash) the entry that ordered such a line's
    bytes destroyed, of those in the book.
    """
    if not named or _find_last() is None:
        return {}
    asked = {blind(each): each for each in named}
    columns = ["entry", "hash", "destroyed"]
    return {
        (asked[str(entry)], bytes(hashed)): str(by)
        for entry, hashed, by in store.select("ledger_line", columns, "entry", asked.keys())
    }


def find_line(entry: str) -> models.Line | None:
    """The first line of an entry, its bytes destroyed or not."""
    named = models.Line.objects.filter(entry__in=[entry, blind(entry)])
    return named.order_by("leaf").first()


def find_gone(lines: Collection[Line]) -> set[str]:
    """Those of the lines' entries that have no effect any more: what they name is closed, or their
    id is that of a destroyed record. What a desk has written is only the first.
    """
    last = _find_last()
    if last is None or not lines:
        return set()
    closed = _list_closed(last)
    gone = {line.entry.id for line in lines if getattr(line.entry, "round", None) in closed}
    asked = {blind(line.entry.id): line.entry.id for line in lines if line.role != kinds.DESK}
    found = store.select("ledger_line", ["entry"], "entry", asked.keys())
    return gone | {asked[str(entry)] for (entry,) in found}


def make(cell: models.Cell, entry: str, holds: str, lines: int) -> bytes:
    """The balance of a destruction about to be carried out: what the last one held, and what the
    packages let stay of this one.
    """
    last = models.Balance.objects.order_by("-number").first()
    said = read(bytes(last.content)) if last else Content(cell.id, "", "", 0, [], {})
    closed = set(said.closed)
    for keeper in _keepers:
        if keeper.holds != holds:
            continue
        table = said.tables.setdefault(keeper.table, Table(list(keeper.columns), []))
        rows = [_plain(row) for row in keeper.choose(lines)]
        table.rows = sorted([*table.rows, *rows], key=lambda row: str(row[0]))
        closed |= {str(row[0]) for row in rows}
    content = Content(cell.id, entry, holds, lines, sorted(closed), said.tables)
    return msgspec.json.encode(content, order="sorted")


def keep(cell: models.Cell, entry: str, content: bytes) -> None:
    """Sign a balance and keep it with the book; the caller holds the lock."""
    models.Balance.objects.create(
        number=models.Balance.objects.count() + 1,
        entry=entry,
        epoch=cell.epoch,
        content=content,
        note=checkpoints.sign(cell, text_of(entry, content)),
    )


def text_of(entry: str, content: bytes) -> str:
    """The text that is signed."""
    return f"doorstep closing balance\n{entry}\n{digest_of(content)}\n"


def digest_of(content: bytes) -> str:
    """SHA-256, as the entry of the destruction names it."""
    return sha256(content).hexdigest()


def read(content: bytes) -> Content:
    """What a balance says. Raises ValueError for anything else."""
    return msgspec.json.decode(content, type=Content)


def holds(content: bytes, other: bytes) -> bool:
    """Whether a balance holds all that another one does, as each must of those before it."""
    said, before = read(content), read(other)
    return set(before.closed) <= set(said.closed) and all(
        name in said.tables and all(row in said.tables[name].rows for row in table.rows)
        for name, table in before.tables.items()
    )


def load(tables: Collection[str]) -> None:
    """Put the rows of the newest balance into these state tables, before anything is folded."""
    last = models.Balance.objects.order_by("-number").first()
    if last is None:
        return
    for name, table in sorted(read(bytes(last.content)).tables.items()):
        if name in tables:
            store.insert(name, table.columns, [tuple(row) for row in table.rows])


def _find_last() -> str | None:
    found = store.query("SELECT entry FROM ledger_balance ORDER BY number DESC LIMIT 1")
    return str(found[0][0]) if found else None


def _list_closed(entry: str) -> frozenset[str]:
    global _closed
    if _closed[0] != entry:
        content = models.Balance.objects.get(entry=entry).content
        _closed = entry, frozenset(read(bytes(content)).closed)
    return _closed[1]


def _plain(row: Row) -> list[Any]:
    # an id is its text, whatever a database gives for it
    return [value if value is None or isinstance(value, int | str) else str(value) for value in row]
