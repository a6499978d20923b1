"""Destroying records by their class: the entries that ask for it, order it and report backups gone,
and the act itself. There is no other way in, and no way back.

One transaction puts the order into the book, empties the lines and attachments of the class among
the first so many lines, keeps a signed closing balance, folds what is left anew and lets the
packages forget their personal data. What the database's files still hold is overwritten right after
(`sweeping`). Refuses an order by whoever asked, or of the same unit; who may ask, and whether a
pack's rule lets it happen yet, is asked before by whoever calls (command.destroying).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec

from doorstep.kit import clock, ids
from doorstep.ledger import (
    aside,
    attachments,
    balances,
    book,
    desk,
    kinds,
    models,
    reactions,
    refusals,
    replay,
    store,
)

CLASSES = ("operation", "roster", "log", "duty", "programme", "permanent")
OPERATION = "operation"  # also of a line that cannot be read, or whose kind is not installed
LAPSES = 7 * clock.DAY  # after which an approval comes too late
CHUNK = 5_000  # lines emptied with one statement
Size = Annotated[int, msgspec.Meta(ge=0)]


class _Named(kinds.Envelope, frozen=True, kw_only=True):
    """What is to be destroyed: the records of a class, among the first `lines` of the book, all of
    them received before a moment; by a rule of an adopted pack.
    """

    unit: kinds.Id
    holds: kinds.Word
    rule: kinds.Word
    pack: kinds.Digest
    before: kinds.Moment
    lines: Size


class DestructionAsked(_Named, frozen=True, kw_only=True, tag="destruction.asked"):
    """A first person asks for it. Nothing follows unless a second one orders it within days."""


class RecordsDestroyed(_Named, frozen=True, kw_only=True, tag="records.destroyed"):
    """The second person's order, and that it was carried out with this very line. `balance`: the
    digest of the closing balance.
    """

    asked: kinds.Id
    balance: kinds.Digest


class BackupDestroyed(kinds.Envelope, frozen=True, kw_only=True, tag="backup.destroyed"):
    """A person's word that a backup is gone: every copy of the file, or every copy of the one key
    or passphrase that opens it.
    """

    backup: kinds.Digest
    how: Literal["file", "key"]


KINDS = [
    kinds.Kind(shape, frozenset({kinds.DESK}), "permanent")
    for shape in (DestructionAsked, RecordsDestroyed, BackupDestroyed)
]
TABLE = "ledger_destruction"
COLUMNS = ["entry", "asked", "holds", "rule", "pack", "before_at", "lines", "balance", "at"]
COLUMNS += ["staff", "unit"]


class Order(NamedTuple):
    """A destruction that was carried out: the lines that asked for it and ordered it, and the
    closing balance, byte for byte.
    """

    asked: bytes
    ordered: bytes
    balance: bytes


class Wanted(NamedTuple):
    """What somebody wants destroyed. `before` is microseconds since 1970 UTC; `lines`: the book's
    first so many were all received before it (`count_before`).
    """

    holds: str
    rule: str
    pack: str
    before: int
    lines: int


Forget = Callable[[str, int], None]  # a class, and the moment before which it was received
_row_forgetters: list[Forget] = []
_file_forgetters: list[Forget] = []


def install(row_forgetters: Iterable[Forget], file_forgetters: Iterable[Forget]) -> None:
    """Install what packages forget besides lines and state. Each is called after the state was
    folded anew, in the same transaction: vault rows before what followed from them is forgotten
    (Reaction.known looks at them), files last. Called once, by config.wiring.
    """
    _row_forgetters[:] = row_forgetters
    _file_forgetters[:] = file_forgetters


def fold(batch: kinds.Batch) -> None:
    """One row for each destruction asked for or carried out, and for each backup that is gone."""
    named = batch.of(DestructionAsked, RecordsDestroyed)
    gone = batch.of(BackupDestroyed)
    if batch.voided:
        store.delete(TABLE, "entry", batch.voided)
        store.delete("ledger_backupgone", "entry", batch.voided)
    store.insert(TABLE, COLUMNS, [row_of(each) for each in named])
    store.insert(
        "ledger_backupgone",
        ["entry", "backup", "how", "at", "staff"],
        [(each.id, each.body.backup, each.body.how, each.at, each.by) for each in gone],
    )


def row_of(entry: kinds.Entry) -> store.Row:
    """The fact of an asking or ordering entry, as COLUMNS name it."""
    body = entry.body
    asked, balance = getattr(body, "asked", None), getattr(body, "balance", None)
    named = (body.holds, body.rule, body.pack, clock.to_micros(body.before), body.lines)
    return (entry.id, asked, *named, balance, entry.at, entry.by, body.unit)


def class_of(kind: str | None) -> str:
    """The class of a line by the name of its kind."""
    found = kinds.get_kind(kind) if kind else None
    return found.retention if found else OPERATION


def count_before(moment: int) -> int:
    """How many of the book's first lines were all received before a moment."""
    [[first]] = store.query("SELECT MIN(leaf) FROM ledger_line WHERE received_at >= %s", [moment])
    return book.get_cell().size if first is None else int(first)


def count_lines(holds: str, lines: int) -> dict[str, int]:
    """How many lines of a class would be emptied, by kind; "" are those that cannot be read."""
    counted = store.query(
        "SELECT kind, COUNT(*) FROM ledger_line WHERE leaf < %s AND destroyed IS NULL "
        "GROUP BY kind ORDER BY kind",
        [lines],
    )
    return {kind or "": count for kind, count in counted if class_of(kind) == holds}


def ask(by: str, unit: str, wanted: Wanted) -> str:
    """Ask for a destruction; the entry's id."""
    return desk.post(by, [{"kind": "destruction.asked", **_fields(unit, wanted)}])[0]


def find_asked(entry: str) -> models.Destruction | None:
    """What was asked for under this entry, if it still waits for a second person."""
    return next((each for each in list_asked() if each.entry == entry), None)


def list_asked() -> list[models.Destruction]:
    """What waits for a second person, the oldest first."""
    done = models.Destruction.objects.exclude(asked=None).values("asked")
    since = clock.now() - LAPSES
    waiting = models.Destruction.objects.filter(asked=None, at__gt=since).exclude(entry__in=done)
    return list(waiting.order_by("at", "entry"))


def order(by: str, unit: str, asked: str, *, check: Callable[[Wanted], None]) -> str:
    """Order what was asked for, and carry it out; the entry's id. `check` is asked under the book's
    lock whether it may still be done.

    Raises:
        Refused: DESTRUCTION_NOT_ASKED, NOT_SECOND, DESTRUCTION_UNDOING, or what `check` says.
            Nothing is destroyed then.
    """

    def act() -> str:
        cell = book.lock_cell()
        found = find_asked(asked)
        if found is None:
            raise refusals.Refused("DESTRUCTION_NOT_ASKED")
        if found.staff == by or found.unit == unit:
            raise refusals.Refused("NOT_SECOND")
        wanted = Wanted(found.holds, found.rule, found.pack, found.before_at, found.lines)
        check(wanted)
        if left := reactions.count_to_undo():  # what it says of destroyed records would stay
            raise refusals.Refused("DESTRUCTION_UNDOING", count=left)
        entry = ids.new()
        content = balances.make(cell, entry, wanted.holds, wanted.lines)
        said = {"asked": asked, "balance": balances.digest_of(content)}
        desk.post(by, [{"kind": "records.destroyed", "id": entry} | _fields(unit, wanted) | said])
        _carry_out(book.lock_cell(), [(entry, wanted, content)])
        return entry

    reactions.undo_withdrawn()
    return replay.run(act)


def list_orders() -> list[Order]:
    """Every destruction of this book, the first one first."""
    asked = {each.entry: each.asked for each in models.Destruction.objects.exclude(asked=None)}
    return [
        Order(_line_of(asking), _line_of(each.entry), bytes(each.content))
        for each in models.Balance.objects.order_by("number")
        if (asking := asked.get(each.entry))
    ]


def repeat(orders: Iterable[Order]) -> list[str]:
    """Carry out again what two people of this book have ordered and a backup from before has
    brought back, with their own entries; the entries of the orders that were not done here. What
    the backup had still to undo of what is destroyed is forgotten.

    Raises:
        Refused: LIST_UNREADABLE, an order is not one of two people, or its balance another's;
            LIST_PARTED, this book has a closing balance that theirs do not hold.
    """

    def act() -> list[str]:
        book.lock_cell()
        done = {str(each) for each in models.Balance.objects.values_list("entry", flat=True)}
        last = models.Balance.objects.order_by("-number").first()
        held = bytes(last.content) if last else None
        wanted = []
        for each in orders:
            entry, body = _read_order(each)
            if entry in done:
                continue
            if held is not None and not balances.holds(each.balance, held):
                raise refusals.Refused("LIST_PARTED")
            held = each.balance
            lines = min(body.lines, book.get_cell().size)
            before = clock.to_micros(body.before)
            named = Wanted(body.holds, body.rule, body.pack, before, lines)
            wanted.append((entry, named, each.balance))
            desk.post_again([each.asked, each.ordered])
        if wanted:
            _carry_out(book.lock_cell(), wanted)
        return [entry for entry, _, _ in wanted]

    return replay.run(act)


def report_backup(by: str, backup: str, how: str) -> str:
    """Keep a person's word that a backup is gone (`file`: every copy of it; `key`: every copy of
    what opens it); the entry's id.
    """
    return desk.post(by, [{"kind": "backup.destroyed", "backup": backup, "how": how}])[0]


def list_backups(destroyed: models.Destruction) -> list[models.Backup]:
    """The verified backups that still hold what was destroyed: taken before it, and not gone."""
    own = models.Line.objects.filter(entry=destroyed.entry).order_by("leaf").first()
    leaf = own.leaf if own else destroyed.lines
    gone = set(models.BackupGone.objects.values_list("backup", flat=True))
    return [
        backup
        for backup in models.Backup.objects.order_by("at")
        # either tells: a clock may have been set back, and a restore begins another epoch
        if (backup.size <= leaf or backup.at <= destroyed.at)
        and bytes(backup.digest).hex() not in gone
    ]


def _fields(unit: str, wanted: Wanted) -> dict[str, object]:
    before = clock.to_moment(wanted.before, book.get_cell().zone)
    named = {"holds": wanted.holds, "rule": wanted.rule, "pack": wanted.pack}
    return {"unit": unit, **named, "before": before, "lines": wanted.lines}


def _read_order(order: Order) -> tuple[str, RecordsDestroyed]:
    """The entry that ordered it, and what that says."""
    asked, ordered = kinds.read(order.asked), kinds.read(order.ordered)
    if (
        isinstance(asked, DestructionAsked)
        and isinstance(ordered, RecordsDestroyed)
        and ordered.asked == asked.id
        and ordered.by != asked.by
        and ordered.unit != asked.unit
        and ordered.balance == balances.digest_of(order.balance)
    ):
        return ordered.id, ordered
    raise refusals.Refused("LIST_UNREADABLE", file="…")


def _line_of(entry: str) -> bytes:
    found = models.Line.objects.filter(entry=entry, custody="kept").order_by("leaf")[0]
    return bytes(found.content)


def _carry_out(cell: models.Cell, orders: Sequence[tuple[str, Wanted, bytes]]) -> None:
    """Destroy what entries have ordered, and keep their closing balances."""
    named = attachments.list_named(class_of)  # before the lines that name them are gone
    for entry, wanted, content in orders:
        for start in range(0, wanted.lines, CHUNK):
            _empty_lines(entry, wanted, start, min(start + CHUNK, wanted.lines))
        _empty_attachments(entry, wanted, named)
        aside.forget(wanted.holds, wanted.before, class_of)
        balances.keep(cell, entry, content)
    replay.fold_anew_and_keep(cell)
    _forget(_row_forgetters, orders)
    reactions.forget_withdrawn()  # once it shows whose records are gone
    _forget(_file_forgetters, orders)  # last: a file that is gone comes back with no transaction


def _forget(forgetters: Iterable[Forget], orders: Sequence[tuple[str, Wanted, bytes]]) -> None:
    for forget in forgetters:
        for _entry, wanted, _content in orders:
            forget(wanted.holds, wanted.before)


def _empty_lines(entry: str, wanted: Wanted, start: int, end: int) -> None:
    """Empty the lines of a class with leaves [start, end), and every line of the class, wherever it
    stands, that bears an id of theirs: a record that was sent twice is destroyed twice. A book that
    was restored may have others there, which came after the moment.
    """
    holds = wanted.holds
    columns = ["leaf", "entry", "kind", "hash"]
    chunk = store.query(
        f"SELECT {', '.join(columns)} FROM ledger_line "
        "WHERE leaf >= %s AND leaf < %s AND received_at < %s AND destroyed IS NULL",
        [start, end, wanted.before],
    )
    named = {str(id_) for _, id_, kind, _ in chunk if id_ is not None and class_of(kind) == holds}
    again = store.select("ledger_line", columns, "entry", named)
    found = {
        leaf: str(id_) if id_ is not None else bytes(hashed).hex()
        for leaf, id_, kind, hashed in (*chunk, *again)
        if class_of(kind) == holds
    }
    store.update(
        "ledger_line",
        ["leaf", "content", "entry", "destroyed"],
        [(leaf, b"", balances.blind(named), entry) for leaf, named in sorted(found.items())],
    )


def _empty_attachments(entry: str, wanted: Wanted, named: dict[str, str]) -> None:
    """Those of the class received before the moment; what no line names is of the operation."""
    waiting = models.Attachment.objects.filter(destroyed=None, received_at__lt=wanted.before)
    digests = waiting.values_list("digest", flat=True)
    mine = [digest for digest in digests if named.get(digest, OPERATION) == wanted.holds]
    store.update(
        "ledger_attachment",
        ["digest", "sealed", "destroyed"],
        [(digest, b"", entry) for digest in mine],
    )


def count_destroyed() -> Counter[str]:
    """How many lines each destruction has emptied, by its entry."""
    counted = store.query(
        "SELECT destroyed, COUNT(*) FROM ledger_line WHERE destroyed IS NOT NULL GROUP BY destroyed"
    )
    return Counter({str(entry): count for entry, count in counted})
