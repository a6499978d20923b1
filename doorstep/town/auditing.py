"""Compares the book with what the day's player was answered, line by line and row by row.

Knows of the player only what lies on disk as any phone keeps it: which lines it was answered for.
Reads; refuses to take the player's word for what the book holds.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from doorstep.ledger import book, store
from doorstep.registry import queries as registry

MOST_DOORS = 200  # doors of people not reached that are named
_FACTS = {  # kind of line → the table that must hold one row for each
    "person.sampled": "sampling_sample", "person.unsampled": "sampling_withdrawal",
    "tube.opened": "sampling_tubefact", "tube.closed": "sampling_tubefact",
    "box.sealed": "sampling_boxfact", "box.collected": "sampling_boxfact",
    "box.received": "sampling_boxfact", "person.added": "registry_listing",
    "visit.made": "rounds_mark", "subject.refused": "rounds_mark",
}  # fmt: skip


class Answered(NamedTuple):
    """A line the server answered for: its device and number, its bytes' hash, what it says."""

    device: str
    number: int
    hash: bytes
    entry: str
    kind: str


def audit(folder: Path) -> dict[str, Any]:
    """What became of the day whose hand and phones lie in `folder`."""
    handed = json.loads((folder / "hand.json").read_bytes())
    answered = list(read_answered(folder / "phones"))
    cell = book.get_cell()
    round_ = handed["round"]
    return {
        **_count_round(round_),
        "kept": len(answered),
        "lost": count_lost(answered),
        "unfolded": count_unfolded(answered),
        "doubled": count_doubled(answered),
        "held_by_code": _count_verdicts(held=True),
        "flagged_by_code": _count_verdicts(held=False),
        "tubes": _count_tubes(round_),
        "missed_doors": _list_missed(round_),
        "lines": cell.size,
        "root": book.root_at(cell.size).hex(),
    }


def read_answered(folder: Path) -> list[Answered]:
    """Every line of the phones in `folder` that the server has answered for."""
    found: list[Answered] = []
    for path in sorted(folder.glob("*.json")):
        kept = json.loads(path.read_bytes())
        outbox = path.with_suffix(".lines")
        lines = outbox.read_bytes().splitlines() if outbox.exists() else []
        for number, each in enumerate(lines[: kept["through"]], 1):
            line = each.partition(b" ")[2]
            said = json.loads(line)
            found.append(
                Answered(kept["device"], number, sha256(line).digest(), said["id"], said["kind"])
            )
    return found


def count_lost(answered: Sequence[Answered]) -> int:
    """Answered lines whose very bytes are not in the book under their number."""
    held: dict[tuple[str, int], bytes] = {}
    for device in {each.device for each in answered}:
        for number, hash_ in store.query(
            "SELECT number, hash FROM ledger_line WHERE device_id = %s", [device]
        ):
            held[device, number] = bytes(hash_)
    return sum(held.get((each.device, each.number)) != each.hash for each in answered)


def count_unfolded(answered: Sequence[Answered]) -> int:
    """Answered lines from which no row came; lines that nobody may act on make none."""
    void = {
        str(entry)
        for (entry,) in store.query(
            "SELECT entry FROM ledger_verdict WHERE code IN "
            "('NOT_ALLOWED', 'ID_REUSED', 'KIND_UNKNOWN', 'FOLD_FAILED')"
        )
    }
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for each in answered:
        if each.kind in _FACTS and each.entry not in void:
            wanted[_FACTS[each.kind]].add(each.entry)
    missing = 0
    for table, entries in wanted.items():
        found = {str(entry) for (entry,) in store.select(table, ["entry"], "entry", entries)}
        missing += len(entries - found)
    return missing


def count_doubled(answered: Sequence[Answered]) -> int:
    """Entries that the book keeps twice, rows that one entry made twice, people counted twice in a
    round, be it the day's own or a re-sampling.
    """
    entries = {each.entry for each in answered}
    kept = Counter(
        str(entry)
        for entry, custody in store.select("ledger_line", ["entry", "custody"], "entry", entries)
        if custody == "kept"
    )
    doubled = sum(count - 1 for count in kept.values() if count > 1)
    for table in set(_FACTS.values()):
        rows = Counter(str(e) for (e,) in store.select(table, ["entry"], "entry", entries))
        doubled += sum(count - 1 for count in rows.values())
    twice = store.query(
        "SELECT COUNT(*) FROM (SELECT person FROM sampling_sample WHERE state = 'effective' "
        "GROUP BY round, person HAVING COUNT(*) > 1) AS again"
    )
    return doubled + int(twice[0][0])


def _count_round(round_: str) -> dict[str, Any]:
    [row] = store.query(
        "SELECT state, due, done, excused, refused, held FROM rounds_round WHERE id = %s",
        [round_],
    )
    state, due, done, excused, refused, held = row
    outstanding = due - done - excused - refused
    return {
        "round": round_, "closed": state == "closed", "due": due, "done": done,
        "excused": excused, "refused": refused, "held": held,
        "outstanding": 0 if state == "closed" else outstanding,
        "missed": outstanding if state == "closed" else 0,
    }  # fmt: skip


def _count_verdicts(*, held: bool) -> dict[str, int]:
    rows = store.query(
        "SELECT code, COUNT(DISTINCT entry) FROM ledger_verdict WHERE held = %s "
        "GROUP BY code ORDER BY code",
        [held],
    )
    return dict(rows)


def _count_tubes(round_: str) -> dict[str, int]:
    """Five counters, in tubes."""
    names = ("sampled", "shipped", "received", "tested", "reported")
    sums = ", ".join(f"COUNT({name}_at)" for name in names)
    [row] = store.query(f"SELECT {sums} FROM sampling_tube WHERE round = %s", [round_])
    return dict(zip(names, row, strict=True))


def _list_missed(round_: str) -> list[str]:
    """The doors where somebody is not reached yet."""
    rows = store.query(
        "SELECT DISTINCT door FROM rounds_subject WHERE round = %s AND state IN ('due', 'held') "
        f"ORDER BY door LIMIT {MOST_DOORS}",
        [round_],
    )
    doors = [str(door) for (door,) in rows if door]
    labels = registry.label_doors(doors)
    return [labels.get(door, door) for door in doors]
