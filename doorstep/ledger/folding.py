"""From lines just kept to rows: which entries count, and the folds over them.

An entry counts when its kind is installed, its id means one thing only, and its writer may write it
or a person has settled that it stands. An id that a desk has given is the desk's: a device that
uses it again is flagged, and takes nothing away. A fold that raises never stops a device: the batch
is halved until the line that cannot be folded is alone, kept and marked FOLD_FAILED.
"""

import logging
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction

from doorstep.ledger import balances, kinds, settlements, store, trouble, verdicts

OWNER = "ledger"
TOGETHER = 5_000  # lines folded again together
Run = Callable[[kinds.Batch], None]
_log = logging.getLogger(__name__)
Span = tuple[float, float]  # microseconds since 1970 UTC: from, until
_ALWAYS = [(-math.inf, math.inf)]


class Read(NamedTuple):
    """A kept line with what it was read as. `received_at` is microseconds since 1970 UTC."""

    device: str
    role: str
    number: int
    received_at: int
    hash: bytes
    entry: kinds.Envelope | kinds.Header
    clock_off: bool


def run_folds(batch: kinds.Batch) -> None:
    """Call every fold, bottom package first."""
    for fold in kinds.list_folds():
        fold(batch)


def fold_lines(
    zone: str,
    lines: Sequence[Read],
    disputed: Collection[str],
    *,
    fresh: bool = False,
    run: Run = run_folds,
) -> None:
    """Fold kept lines; `disputed` are those of their ids that the book holds with different bytes.
    `fresh`: the lines were never folded, so that nothing can have been said of them. `run` is given
    what counts of them.
    """
    given = _list_given(disputed)
    lines = [line for line in lines if line.role == kinds.DESK or line.entry.id not in given]
    settled = _fold_settlements(zone, lines, set(disputed) - given)
    again = _read_again(settled - {line.entry.id for line in lines}) if settled else []
    disputed = set(disputed) | find_disputed({line.entry.id for line in again})
    given |= _list_given(disputed - given)
    again = [line for line in again if line.role == kinds.DESK or line.entry.id not in given]
    devices = {line.device for line in (*lines, *again) if line.role != kinds.DESK}
    words = settlements.get_settlements({line.entry.id for line in (*lines, *again)})
    standing = _Standing(devices, words)
    gone = balances.find_gone((*lines, *again))
    entries: list[kinds.Entry] = []
    voided = disputed - given
    # whoever settles it has seen that neither line counts; what happened is written anew at a desk
    rows: list[tuple[str, str, bool]] = [
        (entry, "ID_REUSED", entry in voided and settlements.stands([entry], words) is None)
        for entry in disputed
    ]
    rows += [(entry, "CLOCK_OFF", False) for entry in _find_clock_off(voided)]
    for line in (*lines, *again):
        entry = line.entry
        if line.clock_off:
            rows.append((entry.id, "CLOCK_OFF", False))
        if entry.id in voided:
            continue
        if entry.id in gone:
            rows.append((entry.id, balances.GONE, False))
            voided.add(entry.id)
        elif isinstance(entry, kinds.Header):
            known = kinds.is_known(entry)  # since an upgrade, and not in the shape of its kind
            rows.append((entry.id, "GARBLED" if known else "KIND_UNKNOWN", True))
        elif standing.counts(line):
            entries.append(_as_entry(line, entry))
        else:
            rows.append((entry.id, "NOT_ALLOWED", True))
            voided.add(entry.id)
    touched = {line.entry.id for line in (again if fresh else (*lines, *again))} | voided
    verdicts.replace(OWNER, touched, set(rows))
    _run(zone, entries, voided, settled, run)


def list_entries(where: str, parameters: Sequence[object]) -> list[Read]:
    """Kept lines of the book, read again; `where` is a condition of ours on ledger_line l."""
    found = store.query_bytes(
        "SELECT CAST(l.device_id AS text), d.role, l.number, l.received_at, l.hash, l.content, "
        "l.clock_off FROM ledger_line l JOIN ledger_device d ON d.id = l.device_id "
        f"WHERE l.custody = 'kept' AND l.destroyed IS NULL AND {where} ORDER BY l.leaf",
        parameters,
    )
    lines = []
    for device, role, number, received_at, hashed, content, clock_off in found:
        entry = kinds.read(bytes(content)) or kinds.read_header(bytes(content))
        if entry is not None:
            lines.append(
                Read(device, role, number, received_at, bytes(hashed), entry, bool(clock_off))
            )
    return lines


def fold_again(zone: str) -> int:
    """Fold what could not be folded before: failed lines, and kinds and versions that are known by
    now. Returns how many lines were tried.
    """
    found = store.query(
        "SELECT DISTINCT entry FROM ledger_verdict WHERE code IN ('FOLD_FAILED', 'KIND_UNKNOWN')"
    )
    waiting = [str(entry) for (entry,) in found]
    count = 0
    for start in range(0, len(waiting), TOGETHER):
        lines = [
            line
            for line in _read_again(waiting[start : start + TOGETHER])
            if isinstance(line.entry, kinds.Envelope) or kinds.is_known(line.entry)
        ]
        if lines:
            count += len(lines)
            fold_lines(zone, lines, find_disputed({line.entry.id for line in lines}))
    return count


def fold_anew(zone: str, entries: Collection[str]) -> None:
    """Take away what the folds made of entries, and fold all lines that bear these ids again."""
    if not entries:
        return
    gone = kinds.Batch([], zone, entries)
    settlements.fold(gone)
    run_folds(gone)
    fold_lines(zone, _read_again(entries), find_disputed(entries))


def find_disputed(entries: Collection[str]) -> set[str]:
    """Those of the ids that the book holds with different bytes."""
    counts = Counter(
        str(entry)
        for entry, custody in store.select("ledger_line", ["entry", "custody"], "entry", entries)
        if custody == "kept"
    )
    return {entry for entry, count in counts.items() if count > 1}


def _find_clock_off(entries: Collection[str]) -> set[str]:
    """Those of the ids under which any kept line came by a clock that was off."""
    columns = ["entry", "custody", "clock_off"]
    return {
        str(entry)
        for entry, custody, off in store.select("ledger_line", columns, "entry", entries)
        if custody == "kept" and off
    }


def _list_given(entries: Collection[str]) -> set[str]:
    """Those of the ids that a desk has given to an entry of its own."""
    if not entries:
        return set()
    marks = ", ".join(["%s"] * len(entries))
    return {
        str(entry)
        for (entry,) in store.query(
            "SELECT l.entry FROM ledger_line l JOIN ledger_device d ON d.id = l.device_id "
            f"WHERE d.role = %s AND l.custody = 'kept' AND l.entry IN ({marks})",
            [kinds.DESK, *entries],
        )
    }


class _Standing:
    """Whether a line's writer may write it, or a person has said that it stands."""

    def __init__(self, devices: Collection[str], words: Sequence[settlements.Settlement]) -> None:
        begun = store.select("ledger_device", ["id", "enrolled_at", "place"], "id", devices)
        self.places = {str(device): place and str(place) for device, _at, place in begun}
        self.people = _list_people({str(device): at for device, at, _place in begun})
        self.words = words
        self.known: dict[tuple[type, str, str, str], tuple[list[Span], str | None]] = {}

    def counts(self, line: Read) -> bool:
        asked = (type(line.entry), line.role, line.device, line.entry.by)
        known = self.known.get(asked)
        if known is None:
            kind = kinds.get_kind(kinds.name_of(line.entry))
            assert kind is not None
            spans = _ALWAYS if line.role == kinds.DESK else self.people.get(asked[2:], [])
            # a desk's acts have asked already
            named = None if line.role == kinds.DESK else kind.in_name_of
            known = self.known[asked] = spans if line.role in kind.writers else [], named
        spans, named = known
        if named is None or getattr(line.entry, named) in (None, self.places.get(line.device)):
            for first, until in spans:
                if first <= line.received_at < until:
                    return True
        return bool(settlements.stands([line.entry.id], self.words)) if self.words else False


def _fold_settlements(zone: str, lines: Iterable[Read], disputed: Collection[str]) -> set[str]:
    settling = [line for line in lines if isinstance(line.entry, settlements.LineSettled)]
    counting = [line for line in settling if line.role == kinds.DESK]
    if not counting and not disputed:
        return set()
    batch = kinds.Batch(
        [_as_entry(line, line.entry) for line in counting if line.entry.id not in disputed],
        zone,
        disputed,
    )
    named = {claim for (claim,) in store.select(settlements.TABLE, ["claim"], "entry", disputed)}
    settlements.fold(batch)
    for entry in batch.of(settlements.LineSettled):
        named.update(entry.body.entries)
    return named


def _read_again(entries: Collection[str]) -> list[Read]:
    leaves = [row[0] for row in store.select("ledger_line", ["leaf"], "entry", entries)]
    if not leaves:
        return []
    marks = ", ".join(str(int(leaf)) for leaf in leaves)
    return list_entries(f"l.leaf IN ({marks})", ())


def _list_people(enrolled: Mapping[str, int]) -> dict[tuple[str, str], list[Span]]:
    """When the server may receive what each person writes with each device (id → enrolled at);
    else it is held. The time of who was there at its enrolment has no beginning: the server's clock
    may have been set back since. Of whoever came later, what was held before stays held.
    """
    columns = ["device_id", "person", "from_at", "until_at"]
    people: dict[tuple[str, str], list[Span]] = {}
    for device, person, first, until in sorted(
        store.select("ledger_assignment", columns, "device_id", enrolled.keys()),
        key=lambda row: row[2],
    ):
        spans = people.setdefault((str(device), str(person)), [])
        begins = -math.inf if first == enrolled[device] else first
        spans.append((begins, math.inf if until is None else until))
    return people


def _as_entry(line: Read, entry: kinds.Envelope | kinds.Header) -> kinds.Entry:
    return kinds.Entry(
        entry.id,
        kinds.at_of(entry),
        entry.by,
        entry.place,
        line.device,
        line.number,
        line.received_at,
        entry,
    )


def _run(
    zone: str,
    entries: list[kinds.Entry],
    voided: Collection[str],
    settled: Collection[str],
    run: Run,
) -> None:
    try:
        with transaction.atomic():
            run(kinds.Batch(entries, zone, voided, settled))
    except Exception as problem:
        if not entries or trouble.name_of(problem):  # a full disk is no fault of a line
            raise
        if len(entries) > 1:
            half = len(entries) // 2
            _run(zone, entries[:half], voided, settled, run)
            _run(zone, entries[half:], voided, settled, run)
            return
        _log.exception("entry %s could not be folded", entries[0].id)
        store.insert(
            verdicts.TABLE,
            ["entry", "owner", "code", "held"],
            [(entries[0].id, OWNER, "FOLD_FAILED", True)],
        )
