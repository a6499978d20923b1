"""What a check says of destroyed records: that each line and attachment without bytes was emptied
by an entry of the book whose class and range it is of, that nothing of them was left over, and that
each closing balance is the one its entry names, signed.

Refuses to take an entry's row for the entry: the line itself is read again.
"""

from pathlib import Path
from typing import TypedDict

import msgspec

from doorstep.kit import clock
from doorstep.ledger import (
    balances,
    destruction_list,
    epochs,
    erasure,
    kinds,
    models,
    notes,
    verify_rows,
)
from doorstep.ledger.verify_rows import Line
from doorstep.ledger.verify_words import Finding, Findings


class Told(TypedDict):
    """One destruction, for a report. `at` and `before` are moments with an offset; `backups` hold
    the records still; `complete`: none does, and no file of the database.
    """

    entry: str
    at: str
    holds: str
    rule: str
    pack: str
    before: str
    lines: int
    asked_by: str
    ordered_by: str
    emptied: int
    attachments: int
    swept: bool
    backups: list[str]
    complete: bool


class Restored(TypedDict):
    """A restore, for a report: when, from which backup, and of which epoch and size the book in it
    was. `held`: a destruction list as new as the backup was given, then or since.
    """

    at: str
    backup: str
    epoch: int
    size: int
    held: bool


class Destroyed:
    """The destructions of a book, for whoever reads its lines."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        done = models.Destruction.objects.exclude(asked=None).order_by("at", "entry")
        self.done = {str(each.entry): each for each in done}
        self._of_class: dict[str, list[models.Destruction]] = {}
        for each in self.done.values():
            self._of_class.setdefault(each.holds, []).append(each)

    def why_not(self, line: Line, echoes: set[int]) -> str:
        """The code of what is wrong with a line as far as its destruction goes; "" if nothing is.
        `echoes`: leaves of lines that say again what an earlier destroyed one said.
        """
        if line.destroyed is None:
            done = self._of_class.get(erasure.class_of(line.kind), ())
            return "LINE_LEFT" if any(_reaches(each, line) for each in done) else ""
        by = self.done.get(line.destroyed)
        if by is None or by.holds != erasure.class_of(line.kind):
            return "LINE_EMPTIED"
        if not _reaches(by, line) and line.leaf not in echoes:
            return "LINE_EMPTIED"
        return "LINE_LEFT" if line.content else ""

    def check(self) -> None:
        """The destructions' own entries, and their balances."""
        kept = {each.entry: each for each in models.Balance.objects.order_by("number")}
        for entry, row in self.done.items():
            if not _is_as_written(row):
                self._findings.add("DESTRUCTION", entry=entry)
            if not _has_second(row):
                self._findings.add("DESTRUCTION_ALONE", entry=entry)
            balance = kept.pop(entry, None)
            if balance is None:
                self._findings.add("BALANCE_MISSING", entry=entry)
            elif why := _find_wrong(balance, row):
                self._findings.add("BALANCE", entry=entry, why=why)
        for entry in kept:
            self._findings.add("BALANCE", entry=entry, why="no entry ordered it")


def tell() -> list[Told]:
    """Every destruction: what, when, on whose order, and what is left to do."""
    emptied = erasure.count_destroyed()
    zone = models.Cell.objects.get(key=1).zone
    rows = list(models.Destruction.objects.order_by("at", "entry"))
    asked = {row.entry: row for row in rows if row.asked is None}
    swept = dict(models.Balance.objects.values_list("entry", "swept_at"))
    told: list[Told] = []
    for row in rows:
        if row.asked is None:
            continue
        backups = [bytes(each.digest).hex() for each in erasure.list_backups(row)]
        is_swept = swept.get(row.entry) is not None
        told.append(
            {
                "entry": row.entry,
                "at": clock.to_moment(row.at, zone).isoformat(),
                "holds": row.holds,
                "rule": row.rule,
                "pack": row.pack,
                "before": clock.to_moment(row.before_at, zone).isoformat(),
                "lines": row.lines,
                "asked_by": asked[row.asked].staff if row.asked in asked else "",
                "ordered_by": row.staff,
                "emptied": emptied[row.entry],
                "attachments": models.Attachment.objects.filter(destroyed=row.entry).count(),
                "swept": is_swept,
                "backups": backups,
                "complete": is_swept and not backups,
            }
        )
    return told


def tell_restored() -> list[Restored]:
    """Every restore of this book, the first one first."""
    restores = verify_rows.query(
        "SELECT l.received_at, l.content FROM ledger_device d "
        "JOIN ledger_line l ON l.device_id = d.id WHERE d.role = %s AND l.custody = 'kept' "
        "AND l.kind = 'book.restored' ORDER BY l.leaf",
        [kinds.DESK],
    )
    if not restores:
        return []
    zone = models.Cell.objects.get(key=1).zone
    held = [body.reach for body in destruction_list.list_held()]
    told: list[Restored] = []
    for received_at, content in restores:
        body = kinds.read(verify_rows.as_bytes(content))
        if isinstance(body, epochs.BookRestored):
            told.append(
                {
                    "at": clock.to_moment(received_at, zone).isoformat(),
                    "backup": body.backup,
                    "epoch": body.epoch,
                    "size": body.size,
                    "held": any(
                        destruction_list.covers(reach, body.epoch, body.size) for reach in held
                    ),
                }
            )
    return told


def hold_against(path: Path) -> list[Finding]:
    """The destructions that a list names and this book has not carried out.

    Raises:
        Refused: as `destruction_list.read` and `require_seal`.
    """
    content, raw = destruction_list.read(path, models.Cell.objects.get(key=1).id)
    destruction_list.require_seal(raw, path)
    unknown = destruction_list.find_unknown(content)
    return [Finding("DESTRUCTION_UNDONE", {"entry": entry}) for entry in unknown]


def is_rightly_gone(destroyed: str, sealed: bytes) -> bool:
    """Whether an attachment without bytes was emptied by an order of the book."""
    return not sealed and models.Destruction.objects.filter(entry=destroyed).exists()


def _reaches(row: models.Destruction, line: Line) -> bool:
    """Whether a line is one of those that an order names. In a restored book others may have come
    in their place, later than its moment.
    """
    return line.leaf < row.lines and line.received_at < row.before_at


def _is_as_written(row: models.Destruction) -> bool:
    """Whether a desk's line says what the row says."""
    found = verify_rows.query(
        "SELECT l.number, l.received_at, l.content, l.device_id FROM ledger_line l "
        "JOIN ledger_device d ON d.id = l.device_id "
        "WHERE l.entry = %s AND l.custody = 'kept' AND d.role = %s",
        [row.entry, kinds.DESK],
    )
    for number, received_at, content, device in found:
        body = kinds.read(verify_rows.as_bytes(content))
        if not isinstance(body, erasure.RecordsDestroyed):
            continue
        at = kinds.at_of(body)
        entry = kinds.Entry(body.id, at, body.by, body.place, device, number, received_at, body)
        return erasure.row_of(entry) == tuple(getattr(row, name) for name in erasure.COLUMNS)
    return False


def _has_second(row: models.Destruction) -> bool:
    """Whether somebody else, of another unit, asked for the very same."""
    asked = models.Destruction.objects.filter(entry=row.asked, asked=None).first()
    same = ("holds", "rule", "pack", "before_at", "lines")
    return (
        asked is not None
        and asked.staff != row.staff
        and asked.unit != row.unit
        and all(getattr(asked, name) == getattr(row, name) for name in same)
    )


def _find_wrong(balance: models.Balance, row: models.Destruction) -> str:
    content = bytes(balance.content)
    if balances.digest_of(content) != row.balance:
        return "its bytes are not those that the entry names"
    try:
        said = balances.read(content)
    except msgspec.MsgspecError:
        return "it cannot be read"
    if (said.entry, said.holds, said.lines) != (row.entry, row.holds, row.lines):
        return "it is of another destruction"
    origin = f"doorstep/{said.cell}/{balance.epoch}"
    keys = [notes.Key(origin, bytes(each.public_key)) for each in models.Signer.objects.all()]
    try:
        text = notes.read(balance.note.encode(), keys)
    except notes.Unsigned as problem:
        return str(problem)
    is_of_it = text == balances.text_of(row.entry, content)
    return "" if is_of_it else "its signature is of another text"
