"""Writes what a roster changes: people, documents and phones in the vault, residences in the book.

Some thousands of people in a transaction, so that others who write get their turn. Refuses, before
anything of a part is kept, a document that somebody else has got meanwhile.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from doorstep.kit import ids
from doorstep.ledger import desk, refusals, store, writer
from doorstep.registry import entries, places, roster_people, vault

MOST_IN_AN_ENTRY = entries.MAX_RESIDENTS
TOGETHER = 10 * MOST_IN_AN_ENTRY  # people in one transaction
_PERSON = ["id", "name", "sex", "born_on", "relation", "flags"]
_DOCUMENT = ["person", "type", "issuer", "blind", "sealed"]
_CONTACT = ["person", "blind", "sealed"]


class Batch(NamedTuple):
    """All that one import writes. `planned`: places to be made, parents first."""

    by: str
    place: str
    digest: str | None
    changes: Sequence[roster_people.Change]
    leaving: Sequence[roster_people.Known]
    planned: Sequence[places.NewPlace]


class _Rows:
    """The rows of one part."""

    def __init__(self) -> None:
        self.people: list[tuple[Any, ...]] = []
        self.documents: list[tuple[Any, ...]] = []
        self.contacts: list[tuple[Any, ...]] = []
        self.phones_changed: list[str] = []
        self.residents: list[tuple[str, str | None, str]] = []

    def add(self, change: roster_people.Change) -> None:
        """Add what one line changes."""
        line, known, fields = change
        new = known is None
        person = ids.new() if known is None else known.id
        if new or {"name", "sex", "born_on", "relation", "flags"}.intersection(fields):
            flags = json.dumps(roster_people.flags_for(line, known))
            self.people.append(
                (person, line.name, line.sex or (known.sex if known else ""),
                 line.born_on or (known.born_on if known else None),
                 line.relation or (known.relation if known else ""), flags)
            )  # fmt: skip
        if line.document is not None and (new or "document" in fields):
            read = line.document
            sealed = vault.seal(read.number, person)
            self.documents.append((person, read.type, read.issuer, line.blind, sealed))
        if line.phones and (new or "phone" in fields):
            if not new:
                self.phones_changed.append(person)
            self.contacts += [
                (person, blind, vault.seal(number, person)) for blind, number in line.phones
            ]
        if new or "door" in fields or "presence" in fields:
            presence = line.presence
            if known is not None and known.presence and not line.presence_said:
                presence = known.presence
            self.residents.append((person, line.door, presence))

    def put(self) -> None:
        """Store the part's vault rows; runs in the transaction of its entries."""
        blinds = [row[3] for row in self.documents]
        if store.select("registry_document", ["person"], "blind", blinds):
            raise refusals.Refused("ROSTER_OUTRUN")
        store.upsert("registry_person", _PERSON, self.people, ["id"])
        store.insert("registry_document", _DOCUMENT, self.documents)
        store.delete("registry_contact", "person", self.phones_changed)
        store.insert("registry_contact", _CONTACT, self.contacts)


def write(batch: Batch, progress: Callable[[int, int], None]) -> None:
    """Write it all, part by part; `progress` is told how many people are written of how many.

    Raises:
        Refused: ROSTER_OUTRUN, PLACE_EXISTS. The parts before are kept.
    """
    changes = [each for each in batch.changes if each.known is None or each.fields]
    total = len(changes) + len(batch.leaving)
    if batch.planned:
        writer.run(places.prepare(batch.planned))
    progress(0, total)
    for start in range(0, len(changes), TOGETHER):
        rows = _Rows()
        for change in changes[start : start + TOGETHER]:
            rows.add(change)
        _post(batch, rows)
        progress(min(start + TOGETHER, len(changes)), total)
    for start in range(0, len(batch.leaving), TOGETHER):
        rows = _Rows()
        rows.residents = [
            (person.id, person.door, "moved_out")
            for person in batch.leaving[start : start + TOGETHER]
            if person.door
        ]
        _post(batch, rows)
    progress(total, total)


def _post(batch: Batch, rows: _Rows) -> None:
    lines: list[dict[str, Any]] = [
        {
            "kind": "residents.listed",
            "place": batch.place,
            "file": batch.digest or None,
            "residents": rows.residents[start : start + MOST_IN_AN_ENTRY],
        }
        for start in range(0, len(rows.residents), MOST_IN_AN_ENTRY)
    ]
    if lines:
        desk.post(batch.by, lines, within=rows.put)
    else:
        writer.run(rows.put)


def flags_of(value: object) -> list[str]:
    """Special needs as the database gives them: JSON text from SQLite, a list from PostgreSQL."""
    found = json.loads(value) if isinstance(value, str) else value
    return [str(flag) for flag in found] if isinstance(found, list) else []
