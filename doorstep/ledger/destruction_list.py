"""The destruction list: every destruction this book knows of, as one file beside its backups, so
that a backup from before one cannot bring the records back unnoticed.

A backup renews the list in its folder, a restore reads it there and carries out again what the
backup does not know. It is plain text: the two people's entries byte for byte and the closing
balance, which name no resident; its last line is HMAC-SHA256 of the first under a key of the
installation, which every backup holds. Refuses a list of another book, one that was bent, and to
drop an order that this book does not know: the folder's list only grows.
"""

import hmac
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from django.db import connection

from doorstep.kit import clock
from doorstep.ledger import backups, book, desk, erasure, keys, kinds, models, replay, store
from doorstep.ledger.refusals import Refused

FORMAT = 1
LARGEST = 64 << 20  # bytes of a file that is looked at
_CELL, _BALANCE = "ledger_cell", "ledger_balance"
Size = Annotated[int, msgspec.Meta(ge=0)]
Reach = Annotated[list[tuple[Size, Size]], msgspec.Meta(max_length=500)]


class DestructionListed(kinds.Envelope, frozen=True, kw_only=True, tag="destruction.listed"):
    """The book was held against a list (its digest): what that names is destroyed here too.
    `reach`: of which epochs, and of how many lines of each, it knows every destruction; `orders`:
    how many it names.
    """

    list: kinds.Digest
    reach: Reach
    orders: Size


KINDS = [kinds.Kind(DestructionListed, frozenset({kinds.DESK}), "permanent")]


class Order(msgspec.Struct, frozen=True):
    """A destruction: the lines that asked for it and ordered it, and its closing balance."""

    asked: str
    ordered: str
    balance: str


class Backup(msgspec.Struct, frozen=True):
    """A verified backup the book knew of; `digest` and `root` are hex."""

    digest: str
    at: int
    epoch: int
    size: int
    root: str


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a list says: the book it is of, when it was written, and its `reach`: epoch and size.
    Each restore begins an epoch; what was destroyed in another one after the backup was taken a
    book knows by a list alone.
    """

    format: int
    cell: str
    at: int
    reach: Reach
    orders: list[Order]
    backups: list[Backup]

    def covers(self, epoch: int, size: int) -> bool:
        """Whether it is as new as a book of that epoch was with so many lines."""
        return covers(self.reach, epoch, size)


class Left(NamedTuple):
    """A list that was renewed, and how many destructions it names that the book does not know."""

    path: Path
    unknown: int


def covers(reach: Reach, epoch: int, size: int) -> bool:
    """Whether a list that reaches so far is as new as a book of an epoch with so many lines."""
    return any(of == epoch and through >= size for of, through in reach)


def path_in(folder: Path, cell: str) -> Path:
    """Where the list of a book lies among its backups."""
    return folder / f"destructions-{cell}.list"


def read(path: Path, cell: str) -> tuple[Content, bytes]:
    """A list of this cell, and its bytes. Whether nobody bent it `require_seal` tells.

    Raises:
        Refused: LIST_UNREADABLE, LIST_OF_ANOTHER.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(LARGEST)
    try:
        content = msgspec.json.decode(raw.split(b"\n")[0], type=Content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Refused("LIST_UNREADABLE", file=path) from None
    if content.format != FORMAT:
        raise Refused("LIST_UNREADABLE", file=path)
    if content.cell != cell:
        raise Refused("LIST_OF_ANOTHER", file=path)
    return content, raw


def require_seal(raw: bytes, path: Path) -> None:
    """Refuse a list that this installation's key has not sealed.

    Raises:
        Refused: LIST_UNREADABLE.
    """
    text = raw.split(b"\n")[0]
    if not hmac.compare_digest(raw, text + b"\n" + _seal(text) + b"\n"):
        raise Refused("LIST_UNREADABLE", file=path)


def leave(folder: Path) -> Left | None:
    """Renew the list among the backups of a folder. Orders that stand there and that this book
    does not know stay in it. None where there is no book.

    Raises:
        Refused: LIST_UNREADABLE: a list is there that this installation did not write. It is left.
        OSError: it cannot be written.
    """
    tables = set(connection.introspection.table_names())
    # plain columns: as a backup, it may be of an older version, in which nothing was destroyed
    rows = store.query("SELECT id, epoch, size FROM ledger_cell") if _CELL in tables else []
    if not rows:
        return None
    [(cell, epoch, size)] = rows
    path = path_in(folder, str(cell))
    orders, known, reach = _list_own() if _BALANCE in tables else ([], [], [])
    reach.append((epoch, size))
    unknown: list[Order] = []
    if path.exists():
        there, raw = read(path, str(cell))
        require_seal(raw, path)
        unknown = [each for each in there.orders if each not in orders]
        known += [each for each in there.backups if each not in known]
        reach += there.reach
    furthest = sorted(dict(sorted(reach)).items())
    content = Content(FORMAT, str(cell), clock.now(), furthest, [*orders, *unknown], known)
    text = msgspec.json.encode(content)
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(text + b"\n" + _seal(text) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    backups.sync_folder(folder)
    return Left(path, len(unknown))


def find_unknown(content: Content) -> list[str]:
    """The entries of those destructions of a list that were not carried out in this book."""
    done = set(models.Balance.objects.values_list("entry", flat=True))
    return [entry for entry in map(_entry_of, content.orders) if entry not in done]


def carry_out(by: str, path: Path) -> list[str]:
    """Carry out again what a list names and this book does not know, and say in the book, for the
    staff id `by`, that it was held against it; the entries of those orders. Backups that the list
    knows are known from now on.

    Raises:
        Refused: as `read`, `require_seal` and `erasure.repeat`. Nothing is destroyed then.
    """

    def act() -> list[str]:
        content, raw = read(path, book.lock_cell().id)
        require_seal(raw, path)
        orders = [
            erasure.Order(each.asked.encode(), each.ordered.encode(), each.balance.encode())
            for each in content.orders
        ]
        done = erasure.repeat(orders)
        for each in content.backups:
            know(each)
        said = {"list": sha256(raw).hexdigest(), "reach": content.reach, "orders": len(orders)}
        desk.post(by, [{"kind": "destruction.listed", **said}])
        return done

    return replay.run(act)


def know(backup: Backup) -> None:
    """Let the book know of a backup that holds what it holds."""
    models.Backup.objects.get_or_create(
        digest=bytes.fromhex(backup.digest),
        defaults={
            "at": backup.at,
            "epoch": backup.epoch,
            "size": backup.size,
            "root": bytes.fromhex(backup.root),
            "apart": False,  # no device relies on it because of this
        },
    )


def list_held() -> Iterator[DestructionListed]:
    """Every entry that says which list this book was held against."""
    for (content,) in store.query(
        "SELECT l.content FROM ledger_device d JOIN ledger_line l ON l.device_id = d.id "
        "WHERE d.role = %s AND l.custody = 'kept' AND l.kind = 'destruction.listed' "
        "ORDER BY l.leaf",
        [kinds.DESK],
    ):
        body = kinds.read(bytes(content))
        if isinstance(body, DestructionListed):
            yield body


def _list_own() -> tuple[list[Order], list[Backup], list[tuple[int, int]]]:
    """The destructions and the backups of this book, and of which other epochs it knows them."""
    orders = [Order(*(part.decode() for part in each)) for each in erasure.list_orders()]
    known = [
        Backup(bytes(each.digest).hex(), each.at, each.epoch, each.size, bytes(each.root).hex())
        for each in models.Backup.objects.order_by("at")
    ]
    return orders, known, [each for body in list_held() for each in body.reach]


def _entry_of(order: Order) -> str:
    entry = kinds.read(order.ordered.encode())
    return entry.id if entry else ""


def _seal(text: bytes) -> bytes:
    return hmac.digest(keys.derive("destruction list", 32), text, "sha256").hex().encode()
