"""Vaccinated people from a file: what it would note, and noting it; for pages and commands alike.

Each good row becomes the standing that a person would give by hand (registry.giving), from the
moment of the dose on. The same file again changes nothing. Rows that cannot be taken are named with
sheet, row, column and code, and the others go on. Refuses to guess who is meant: a number nobody
or somebody else on the roster has, and people of places where the importer has no say, are unknown.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from doorstep.kit import clock, documents
from doorstep.ledger import book, store
from doorstep.outside import sheets as opening
from doorstep.outside import vaccinations as reader
from doorstep.registry import access, giving, people, rights, vault
from doorstep.registry.roster_people import plain_name

IMPORTERS = giving.GIVERS
STANDING = "vaccinated"
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Report:
    """What became, or would become, of a file. `problem`: a code when nothing could be read. `new`:
    standings to be given; `same`: such as the book has; `twice`: rows that say again what another
    said.
    """

    file: str = ""  # SHA-256
    rows: int = 0
    new: int = 0
    same: int = 0
    twice: int = 0
    committed: bool = False
    problem: str = ""
    refused: list[opening.Refusal] = field(default_factory=list)
    sheets: list[opening.Sheet] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The report as plain data; a refused cell without what stood in it."""
        told = asdict(self)
        told["refused"] = [
            {key: getattr(each, key) for key in ("sheet", "row", "column", "code")}
            for each in self.refused
        ]
        return told


class _Held(NamedTuple):
    """A row and the blind indexes under which its person may be known."""

    dose: reader.Dose
    blinds: tuple[str, ...]


def preview(
    by: str, data: bytes, filename: str, *, progress: Progress = lambda step, done, of: None
) -> Report:
    """What the file would note, for the staff id `by`. Writes nothing. `progress` is called with a
    step (read, check, write) and how far it is.

    Raises:
        Refused: NOT_YOURS.
    """
    return _plan(by, data, filename, progress)[0]


def commit(
    by: str, data: bytes, filename: str, *, progress: Progress = lambda step, done, of: None
) -> Report:
    """Note it for the staff id `by`, some hundreds at a time; the report of what was done. One that
    is interrupted goes on when the file is sent again.

    Raises:
        Refused: NOT_YOURS.
    """
    report, gifts = _plan(by, data, filename, progress)
    if report.problem:
        return report
    giving.give_each(
        rights.Staff(by),
        STANDING,
        gifts,
        progress=lambda done: progress("write", done, len(gifts)),
    )
    report.committed = True
    return report


def _plan(
    by: str, data: bytes, filename: str, progress: Progress
) -> tuple[Report, list[giving.Gift]]:
    rights.require(by, IMPORTERS, None)
    progress("read", 0, 1)
    file = reader.read_doses(data, filename, book.get_cell().zone)
    progress("read", 1, 1)
    total = len(file.rows)
    progress("check", 0, total)
    report = Report(hashlib.sha256(data).hexdigest(), problem=file.problem, sheets=file.sheets)
    columns = {sheet.name: sheet.columns for sheet in file.sheets}
    report.refused = list(file.refusals)
    report.rows = total + len({(each.sheet, each.row) for each in file.refusals})

    def refuse(dose: reader.Dose, column: str, code: str) -> None:
        own = columns[dose.sheet]
        letters = own.get(column) or (own.get("on", "") if column == "at" else "")
        report.refused.append(opening.Refusal(dose.sheet, dose.row, letters, code, "", False))

    gifts = _choose(_find(rights.Staff(by), _read(file.rows, refuse), refuse), report, refuse)
    progress("check", total, total)
    had = giving.list_had(STANDING, [gift.person for gift in gifts])
    new = [gift for gift in gifts if (gift.person, gift.at) not in had]
    report.new, report.same = len(new), len(gifts) - len(new)
    report.refused.sort(key=lambda each: (each.sheet, each.row, each.column))
    return report, new


_Refuse = Callable[[reader.Dose, str, str], None]


def _read(rows: Iterable[reader.Dose], refuse: _Refuse) -> list[_Held]:
    """The rows whose number is one and whose moment is not ahead of us."""
    now = clock.now()
    held = []
    for dose in rows:
        read = documents.read(dose.document_text, dose.document_type_text)
        if isinstance(read, str):
            refuse(dose, "document", read)
        elif dose.at > now:
            refuse(dose, "at", "DOSE_AHEAD")
        else:
            own = vault.blind_document(read.type, read.issuer, read.link)
            held.append(_Held(dose, (own, *vault.blind_number(dose.document_text))))
    return held


def _find(
    staff: access.Staff, held: Sequence[_Held], refuse: _Refuse
) -> list[tuple[reader.Dose, people.Seen]]:
    """Whom each row means, among those that are this person's to note."""
    holders: defaultdict[str, set[str]] = defaultdict(set)
    blinds = {blind for each in held for blind in each.blinds}
    for person, blind in store.select("registry_document", ["person", "blind"], "blind", blinds):
        holders[blind].add(str(person))
    seen = people.get_people({one for found in holders.values() for one in found})
    mine = _list_mine(staff, seen.values())
    found = []
    for dose, candidates in held:
        meant = {one for blind in candidates for one in holders.get(blind, ())} & mine
        if len(meant) != 1:
            refuse(dose, "document", "DOSE_PERSON_UNKNOWN")
            continue
        [person] = meant
        if dose.name and plain_name(dose.name) != plain_name(seen[person].name):
            refuse(dose, "name", "DOSE_NAME_DIFFERS")
            continue
        found.append((dose, seen[person]))
    return found


def _list_mine(staff: access.Staff, seen: Collection[people.Seen]) -> set[str]:
    """Those whom this person may give a standing; whoever has no place is anybody's."""
    places = {each.place for each in seen if each.place}
    open_ = access.where(staff, IMPORTERS, places)
    return {each.id for each in seen if each.place is None or each.place in open_}


def _choose(
    found: Sequence[tuple[reader.Dose, people.Seen]], report: Report, refuse: _Refuse
) -> list[giving.Gift]:
    """One standing for each person and moment; two moments on one day exclude each other, and the
    first row counts.
    """
    zone = book.get_cell().zone
    on: dict[tuple[str, str], int] = {}
    gifts = []
    for dose, person in found:
        key = (person.id, clock.day_of(dose.at, zone))
        if key not in on:
            on[key] = dose.at
            gifts.append(giving.Gift(person.id, dose.at, person.place))
        elif on[key] == dose.at:
            report.twice += 1
        else:
            refuse(dose, "at", "DOSE_TWICE")
    return gifts
