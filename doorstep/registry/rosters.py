"""Importing a roster: what a file would change, and changing it. The same for pages and commands.

A keyed difference: the same file again changes nothing. Rows that cannot be taken are named with
sheet, row, column and code, and the others go on. Nobody is moved out because a file is silent of
them unless that is asked for, and nobody whose row was refused. Refuses to repair a number, and to
take people from a place where the importer has no say.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from doorstep.ledger import refusals, store
from doorstep.outside import rosters as reader
from doorstep.outside import sheets as opening
from doorstep.registry import (
    access,
    models,
    queries,
    rights,
    roster_doors,
    roster_people,
    roster_writing,
    vault,
)

IMPORTERS = ("administrator", "duty_officer", "registrar")
MOST_SHOWN = 500  # changes and people gone that a report tells one by one
_NOWHERE = (None, None)
Gone = Literal["keep", "moved_out"]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A person a report tells of: masked name, door as people say it, and which fields differ."""

    sheet: str
    row: int
    name: str
    door: str
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class Report:
    """What became, or would become, of a file. `problem`: a code when nothing could be read.
    `noticed`: cells that were not taken in rows that were. `twice`: rows that said again what
    another said. `places`: kind → how many are missing in the book and made with the import.
    """

    file: str = ""  # SHA-256
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    twice: int = 0
    moved_out: int = 0
    committed: bool = False
    problem: str = ""
    places: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)  # what changed → of how many people
    refused: list[opening.Refusal] = field(default_factory=list)
    noticed: list[opening.Refusal] = field(default_factory=list)
    sheets: list[opening.Sheet] = field(default_factory=list)
    changes: list[Shown] = field(default_factory=list)  # the first MOST_SHOWN
    leaving: list[Shown] = field(default_factory=list)  # the first MOST_SHOWN

    def to_json(self) -> dict[str, Any]:
        """The report as plain data; a refused cell without what stood in it."""
        told = asdict(self)
        for name in ("refused", "noticed"):
            told[name] = [
                {key: getattr(each, key) for key in ("sheet", "row", "column", "code")}
                for each in getattr(self, name)
            ]
        return told


def preview(
    by: str,
    data: bytes,
    filename: str,
    place: str,
    *,
    new_places: bool = True,
    progress: Progress = lambda step, done, of: None,
) -> Report:
    """What an import of the file under an estate or building would do, for the staff id `by`.
    Writes nothing.

    Args:
        new_places: whether buildings, units and doors the book has not would be made; else their
            rows are refused.
        progress: called with a step (read, check, write) and how far it is.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, PLACE_NOT_ESTATE.
    """
    rights.require(by, IMPORTERS, place)
    file, digest = _read(data, filename, progress)
    return _plan(by, file, digest, place, new_places, progress)[0]


def commit(
    by: str,
    data: bytes,
    filename: str,
    place: str,
    *,
    gone: Gone = "keep",
    new_places: bool = True,
    progress: Progress = lambda step, done, of: None,
) -> Report:
    """Import the file for the staff id `by`; the report of what was done.

    People and entries are kept some thousands at a time, so that others who write get their turn;
    an import that is interrupted goes on when the file is sent again.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, PLACE_NOT_ESTATE, ROSTER_OUTRUN (another import of the same
            people was faster: send the file again).
    """
    rights.require(by, IMPORTERS, place)
    file, digest = _read(data, filename, progress)
    return commit_file(
        by, file, place, digest=digest, gone=gone, new_places=new_places, progress=progress
    )


def commit_file(
    by: str,
    file: reader.RosterFile,
    place: str,
    *,
    digest: str | None = None,
    gone: Gone = "keep",
    new_places: bool = True,
    progress: Progress = lambda step, done, of: None,
) -> Report:
    """Import rows that were read or made already; else like `commit`."""
    rights.require(by, IMPORTERS, place)
    report, doors, changes, leaving = _plan(by, file, digest or "", place, new_places, progress)
    if report.problem:
        return report
    batch = roster_writing.Batch(
        by, place, digest, changes, leaving if gone == "moved_out" else [], doors.planned
    )
    roster_writing.write(batch, lambda done, of: progress("write", done, of))
    report.committed = True
    report.moved_out = len(batch.leaving)
    return report


def rows_of(people: Sequence[reader.RosterRow], sheet: str = "") -> reader.RosterFile:
    """Rows made elsewhere as a file, for `commit_file`. Every column counts as present."""
    columns = dict.fromkeys(("document", "phone", "presence", "special"), "")
    found = reader.RosterFile(rows=list(people))
    found.sheets = [opening.Sheet(sheet, "read", len(people), 0, columns)]
    return found


def _read(data: bytes, filename: str, progress: Progress) -> tuple[reader.RosterFile, str]:
    progress("read", 0, 1)
    file = reader.read_roster(data, filename)
    progress("read", 1, 1)
    return file, hashlib.sha256(data).hexdigest()


_Planned = tuple[Report, roster_doors.Doors, list[roster_people.Change], list[roster_people.Known]]


def _plan(
    by: str,
    file: reader.RosterFile,
    digest: str,
    place: str,
    new_places: bool,
    progress: Progress,
) -> _Planned:
    ground = queries.find_place(place)
    if ground is None:
        raise refusals.Refused("NOT_FOUND")
    doors = roster_doors.Doors(ground, may_add=new_places)
    total = len(file.rows)
    lines = roster_people.read_lines(file, doors, lambda done: progress("check", done, total))
    known = _load_known(ground, {line.blind for line in lines.lines if line.blind})
    under = set(doors.doors.values())
    here = {
        person.id: person
        for person in known
        if person.door in under and person.presence != "moved_out"
    }
    changes, silent = roster_people.compare(lines.lines, known, set(here))
    twice = lines.twice + len(lines.lines) - len(changes)
    changes, elsewhere = _part_elsewhere(by, ground, changes, under)
    shielded = lines.shielded | {
        (each.line.door, roster_people.plain_name(each.line.name)) for each in elsewhere
    }
    leaving = [
        person
        for person in (here[one] for one in sorted(silent))
        if not {("", roster_people.plain_name(person.name)),
                (person.door or "", roster_people.plain_name(person.name))} & shielded
    ]  # fmt: skip
    progress("check", total, total)
    report = Report(digest, total + len(file.untaken), problem=file.problem, sheets=file.sheets)
    sheets = {sheet.name: sheet for sheet in file.sheets}
    lines.refused.extend(
        roster_people.name_cell(sheets, each.line.row, "document", "PERSON_ELSEWHERE", False)
        for each in elsewhere
    )
    report.refused = sorted(lines.refused, key=lambda each: (each.sheet, each.row, each.column))
    report.noticed = sorted(lines.noticed, key=lambda each: (each.sheet, each.row, each.column))
    report.twice = twice
    _count(report, changes, leaving, doors)
    return report, doors, changes, leaving


def _part_elsewhere(
    by: str, ground: models.Place, changes: Sequence[roster_people.Change], under: Collection[str]
) -> tuple[list[roster_people.Change], list[roster_people.Change]]:
    """What an importer may change, and what speaks of people who live where they have no say: with
    a number alone nobody takes a person out of another estate, or sees what it knows of them.
    """
    homes = {
        each.known.door
        for each in changes
        if each.known and each.known.door and each.known.presence != "moved_out"
    }
    held = access.places_for(rights.Staff(by), IMPORTERS)
    closed = {
        str(door)
        for door, path in store.select("registry_place", ["id", "path"], "id", homes - set(under))
        if not path.startswith(ground.path) and held.isdisjoint(path.strip("/").split("/"))
    }
    if closed and not models.Role.objects.exists():  # an installation begins, see registry.rights
        closed = set()
    parted: tuple[list[roster_people.Change], list[roster_people.Change]] = ([], [])
    for each in changes:
        known = each.known
        stays = known is not None and known.presence != "moved_out" and known.door in closed
        parted[stays].append(each)
    return parted


def _count(
    report: Report,
    changes: Sequence[roster_people.Change],
    leaving: Sequence[roster_people.Known],
    doors: roster_doors.Doors,
) -> None:
    differ = [each for each in changes if each.known is not None and each.fields]
    report.new = sum(each.known is None for each in changes)
    report.changed = len(differ)
    report.same = len(changes) - report.new - report.changed
    report.gone = len(leaving)
    report.places = dict(Counter(place.kind for place in doors.planned))
    report.fields = dict(Counter(name for each in differ for name in each.fields))
    shown = differ[:MOST_SHOWN]
    labels = queries.label_doors(
        {each.line.door for each in shown}
        | {each.door for each in leaving[:MOST_SHOWN] if each.door}
    )
    report.changes = [
        Shown(each.line.row.sheet, each.line.row.row, vault.mask_name(each.line.name),
              labels.get(each.line.door, each.line.row.door), each.fields)
        for each in shown
    ]  # fmt: skip
    report.leaving = [
        Shown("", 0, vault.mask_name(each.name), labels.get(each.door or "", ""))
        for each in leaving[:MOST_SHOWN]
    ]


def _load_known(ground: models.Place, blinds: Collection[str]) -> list[roster_people.Known]:
    """Everybody who lives or lived under the ground, and everybody who holds one of the documents:
    five statements however many they are.
    """
    homes: dict[str, tuple[str | None, str | None]] = {
        str(person): (str(door), presence)
        for person, door, presence in queries.residents_under(ground.id)
    }
    holders = {
        str(row[0]) for row in store.select("registry_document", ["person"], "blind", blinds)
    }
    for person, door, presence in store.select(
        "registry_residence", ["person", "door", "presence"], "person", holders - homes.keys()
    ):
        homes[str(person)] = (door and str(door), presence)
    people = homes.keys() | holders
    held: dict[str, tuple[tuple[str, str], ...]] = {}
    phones: dict[str, tuple[str, ...]] = {}
    for person, blind, kind in store.select(
        "registry_document", ["person", "blind", "type"], "person", people
    ):
        held[str(person)] = (*held.get(str(person), ()), (blind, kind))
    for person, blind in store.select("registry_contact", ["person", "blind"], "person", people):
        phones[str(person)] = (*phones.get(str(person), ()), blind)
    return [
        roster_people.Known(
            str(id_), name, sex, born_on, relation, tuple(roster_writing.flags_of(flags)),
            homes.get(str(id_), _NOWHERE)[0], homes.get(str(id_), _NOWHERE)[1],
            held.get(str(id_), ()), phones.get(str(id_), ()),
        )
        for id_, name, sex, born_on, relation, flags in store.select(
            "registry_person", ["id", "name", "sex", "born_on", "relation", "flags"], "id", people
        )
    ]  # fmt: skip
