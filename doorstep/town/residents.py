"""The town's people, handed to the registry as rosters: rows made here for most estates, and for
one of them the messy workbook that estates really send, sent once wrong and once corrected.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from doorstep.outside.rosters import RosterRow
from doorstep.registry import rosters as importing
from doorstep.town import duty, people, places, plan, rosters

BY_WORKBOOK: Final = "荷香里"  # the estate whose roster comes as a workbook: our choice

Progress = Callable[[int, int], None]


def load_estate(
    estate: plan.Estate,
    number: int,
    *,
    seed: int,
    buildings: int | None = None,
    progress: Progress = lambda done, of: None,
) -> importing.Report:
    """Put an estate's people on the book, or those of its first `buildings`; the report."""
    if estate.name == BY_WORKBOOK and buildings is None:
        return _load_workbook(estate, number, seed)
    listed = [
        row
        for row in list_rows(estate, number, seed=seed)
        if buildings is None or int(row.building) <= buildings
    ]
    rows = importing.rows_of(listed, estate.name)
    return importing.commit_file(
        duty.ADMINISTRATOR,
        rows,
        places.estate_id(number),
        new_places=False,
        progress=lambda step, done, of: progress(done, of) if step == "write" else None,
    )


def list_rows(estate: plan.Estate, number: int, *, seed: int = plan.SEED) -> Iterator[RosterRow]:
    """Everybody on an estate's roster, as a clean roster says it."""
    doors = estate.list_doors()
    for at, person in enumerate(people.draw_estate(estate, number, seed=seed), 1):
        door = doors[person.door]
        yield RosterRow(
            estate.name, at, str(door.building), str(door.unit), str(door.floor), door.label,
            person.name, person.sex, person.born_on, rosters.TYPES[person.document_type],
            person.document, person.phone, person.relation, person.presence, person.flags, "",
        )  # fmt: skip


def _load_workbook(estate: plan.Estate, number: int, seed: int) -> importing.Report:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{estate.name}.xlsx"
        for corrected in (False, True):
            rosters.write_messy_roster(path, estate, number, corrected=corrected, seed=seed)
            data, place = path.read_bytes(), places.estate_id(number)
            importing.preview(duty.ADMINISTRATOR, data, path.name, place, new_places=False)
            report = importing.commit(duty.ADMINISTRATOR, data, path.name, place, new_places=False)
    return report
