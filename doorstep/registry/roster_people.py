"""From the rows of a roster to people: which rows say the same person, and whom the book knows.

Pure but for registry.vault's keyed hashes. The key of a person is the document, else door and name.
Refuses a number that two names claim; never guesses which of them is right.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from doorstep.kit import documents
from doorstep.outside.roster_cells import mask
from doorstep.outside.rosters import RosterFile, RosterRow
from doorstep.outside.sheets import Refusal, Sheet
from doorstep.registry import roster_doors, vault

_RANK = {"present": 0, "away": 1, "moved_out": 2}
Complain = Callable[[RosterRow, str, str, bool], None]


@dataclass(slots=True)
class Line:
    """One person as the file says, from all the rows that speak of them."""

    row: RosterRow
    door: str
    name: str
    document: documents.Document | None
    blind: str  # of the document; "" without one
    phones: tuple[tuple[str, str], ...]  # (blind, number)
    flags: tuple[str, ...]
    needs_said: str  # special: the sheet has a column for needs; remark: only one for remarks
    presence_said: bool
    sex: str = ""
    born_on: str | None = None
    relation: str = ""
    presence: str = "present"


class Lines(NamedTuple):
    """Everybody in the file. `shielded`: (door, name) of rows that were refused; door is "" where
    it could not be read. Nobody is said to be gone because their row was bad.
    """

    lines: list[Line]
    refused: list[Refusal]
    noticed: list[Refusal]
    shielded: set[tuple[str, str]]
    twice: int


def plain_name(name: str) -> str:
    """A name as names are compared: without spaces, width or case."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def read_lines(
    file: RosterFile, doors: roster_doors.Doors, progress: Callable[[int], None]
) -> Lines:
    """Check every row, find its door and its document, and join the rows of one person."""
    sheets = {sheet.name: sheet for sheet in file.sheets}
    refused = [each for each in file.refusals if not each.kept]
    noticed = [each for each in file.refusals if each.kept]
    shielded: set[tuple[str, str]] = set()
    by_key: dict[tuple[str, str], Line] = {}
    by_blind: dict[str, Line] = {}
    lines: list[Line] = []
    later: list[Line] = []
    twice = 0

    def complain(row: RosterRow, column: str, code: str, kept: bool) -> None:
        (noticed if kept else refused).append(name_cell(sheets, row, column, code, kept))

    for row in file.untaken:
        found = doors.find(row) if row.door else ""
        shielded.add((found if isinstance(found, str) else "", plain_name(row.name)))
    for number, row in enumerate(file.rows):
        if number % 5_000 == 0:
            progress(number)
        line = _read_line(row, sheets[row.sheet], doors, complain, shielded)
        if line is None:
            continue
        if not line.blind:
            later.append(line)  # those with documents first: a bare row may speak of one of them
            continue
        known = by_blind.get(line.blind)
        if known is None:
            by_blind[line.blind] = line
            by_key.setdefault((line.door, plain_name(line.name)), line)
            lines.append(line)
        elif plain_name(known.name) != plain_name(line.name):
            complain(row, "document", "ID_TWICE", False)
            shielded.add((line.door, plain_name(line.name)))
        else:
            twice += 1
            _join(known, line, complain)
    for line in later:
        key = (line.door, plain_name(line.name))
        if key in by_key:
            twice += 1
            _join(by_key[key], line, complain)
        else:
            by_key[key] = line
            lines.append(line)
    return Lines(lines, refused, noticed, shielded, twice)


def name_cell(
    sheets: Mapping[str, Sheet], row: RosterRow, column: str, code: str, kept: bool
) -> Refusal:
    """A cell that was not taken, as a report names it; `kept` as of Refusal."""
    letters = sheets[row.sheet].columns.get(column, "")
    said = {"document": row.document_text, "phone": row.phone}.get(column, "")
    value = mask(said) if said else getattr(row, column, "")
    return Refusal(row.sheet, row.row, letters, code, value, kept)


def _read_line(
    row: RosterRow,
    sheet: Sheet,
    doors: roster_doors.Doors,
    complain: Complain,
    shielded: set[tuple[str, str]],
) -> Line | None:
    document: documents.Document | None = None
    wrong = ""
    if row.document_text:
        read = documents.read(row.document_text, row.document_type_text)
        if isinstance(read, str):
            wrong = read
        else:
            document = read
    if not wrong and len(row.name) > 64:
        complain(row, "name", "NAME_TOO_LONG", False)
        return None
    if wrong:
        complain(row, "document", wrong, False)
    door = doors.find(row)
    if isinstance(door, roster_doors.Miss):
        if not wrong:
            complain(row, door.field, door.code, False)
        shielded.add(("", plain_name(row.name)))
        return None
    if wrong:
        shielded.add((door, plain_name(row.name)))
        return None
    blind = vault.blind_document(document.type, document.issuer, document.link) if document else ""
    said = (
        "special" if "special" in sheet.columns else "remark" if "remark" in sheet.columns else ""
    )
    return Line(
        row, door, row.name, document, blind, _phones(row, complain), row.flags, said,
        "presence" in sheet.columns, (document and document.sex) or row.sex,
        (document and document.born_on) or row.born_on, row.relation[:16], row.presence,
    )  # fmt: skip


def _phones(row: RosterRow, complain: Complain) -> tuple[tuple[str, str], ...]:
    if not row.phone:
        return ()
    found: dict[str, str] = {}
    for part in re.split(r"[/、，,;；|]| (?=1\d{10}\b)", row.phone):
        number = vault.plain_phone(part)
        if number:
            found[vault.blind_phone(number)] = number
        elif part.strip():
            complain(row, "phone", "PHONE_UNREADABLE", True)
    return tuple(found.items())


def _join(known: Line, again: Line, complain: Complain) -> None:
    """Let a second row of one person add what the first did not say. Where they live is told by
    the row that has them present; of two such, by the tenant's, else by the first.
    """
    if known.door != again.door and known.presence == again.presence == "present":
        complain(again.row, "door", "TWO_DOORS", True)
    if (_RANK[again.presence], not _rents(again)) < (_RANK[known.presence], not _rents(known)):
        known.door, known.presence = again.door, again.presence
        known.relation = again.relation or known.relation
    known.phones = tuple(dict.fromkeys((*known.phones, *again.phones)))
    known.flags = tuple(dict.fromkeys((*known.flags, *again.flags)))
    known.sex = known.sex or again.sex
    known.born_on = known.born_on or again.born_on
    known.relation = known.relation or again.relation


def _rents(line: Line) -> bool:
    said = f"{line.relation} {line.row.sheet}".casefold()
    return "租" in said or "tenant" in said


class Known(NamedTuple):
    """Somebody the book knows. `door` and `presence` are None for who lives nowhere yet."""

    id: str
    name: str
    sex: str
    born_on: str | None
    relation: str
    flags: tuple[str, ...]
    door: str | None
    presence: str | None
    documents: Collection[tuple[str, str]]  # (blind, type)
    phones: Collection[str]  # blinds


class Change(NamedTuple):
    """What a line says of somebody: `known` is None for a new person, `fields` what differs."""

    line: Line
    known: Known | None
    fields: tuple[str, ...]


def compare(
    lines: Iterable[Line], known: Iterable[Known], residents: set[str]
) -> tuple[list[Change], set[str]]:
    """Every line with whom it speaks of, and the residents no line speaks of."""
    by_blind: dict[str, Known] = {}
    by_key: dict[tuple[str, str], Known] = {}
    for each in sorted(known, key=lambda one: _RANK.get(one.presence or "", 9)):
        by_blind.update((blind, each) for blind, _ in each.documents)
        if each.door:
            by_key.setdefault((each.door, plain_name(each.name)), each)
    listed = list(lines)
    taken = {by_blind[line.blind].id for line in listed if line.blind in by_blind}
    spoken: set[str] = set()
    changes = []
    for line in listed:
        person = by_blind.get(line.blind) if line.blind else None
        if person is not None:
            if person.id in spoken:  # two documents in the file, one person in the book
                continue
        else:
            person = by_key.get((line.door, plain_name(line.name)))
            if person is not None and (person.id in taken or not _may_be(line, person)):
                person = None
        if person is not None:
            taken.add(person.id)
            spoken.add(person.id)
        changes.append(Change(line, person, _differences(line, person) if person else ()))
    return changes, residents - spoken


def _may_be(line: Line, person: Known) -> bool:
    """Whether the same name behind the same door is the same person: not with another document of
    one sort, nor with another day of birth.
    """
    if line.document is not None:
        family = family_of(line.document.type)
        if any(family_of(kind) == family for _, kind in person.documents):
            return False
    return not (line.born_on and person.born_on and line.born_on != person.born_on)


def family_of(kind: str) -> str:
    """The sort of document: a person has one of each."""
    return "resident_id" if kind == "resident_id_15" else kind


def _differences(line: Line, person: Known) -> tuple[str, ...]:
    presence = line.presence if line.presence_said else person.presence or line.presence
    pairs = {
        "name": (line.name, person.name),
        "sex": (line.sex or person.sex, person.sex),
        "born_on": (line.born_on or person.born_on, person.born_on),
        "relation": (line.relation or person.relation, person.relation),
        "flags": (set(flags_for(line, person)), set(person.flags)),
        "door": (line.door, person.door),
        "presence": (presence, person.presence),
    }
    found = [name for name, (said, had) in pairs.items() if said != had]
    if line.blind and all(line.blind != blind for blind, _ in person.documents):
        found.append("document")
    if line.phones and {blind for blind, _ in line.phones} != set(person.phones):
        found.append("phone")
    return tuple(found)


def flags_for(line: Line, person: Known | None) -> tuple[str, ...]:
    """A person's needs after this roster. A column for needs has the last word; remarks may only
    add, and a sheet with neither says nothing of them.
    """
    if person is None or line.needs_said == "special":
        return line.flags
    if line.needs_said == "remark":
        return tuple(dict.fromkeys((*person.flags, *line.flags)))
    return person.flags
