"""The roster of 中海锦城 as an estate would send it: a workbook with every mess of real rosters.

What each mess is and which cells must be refused is returned beside the file, so a test can compare
an import with the truth. `corrected` writes the same workbook with only those cells put right, as an
estate sends it again. Writes nothing but the file.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from doorstep.town import faults, people, plan

_EPOCH = date(1899, 12, 30).toordinal()
_HAN = "〇一二三四五六七八九"
FIRST, SECOND = range(1, 17), range(17, 31)  # the buildings of each way of writing; then the rest
TWICE = 30  # tenants that stand on a second sheet too


class Cell(NamedTuple):
    """A cell that must not be taken, by its sheet, line (from 1), column letters and code."""

    sheet: str
    row: int
    column: str
    code: str


class Expected(NamedTuple):
    """What an import of the file into an empty estate must find.

    `rows`: lines with a person, refused ones included. `new`: people to be made. `refused`: lines
    that must not be taken. `lost`: cells that must not be taken in lines that are. `twice`: lines
    that say again what another line said. `truth`: everybody, as they are.
    """

    rows: int
    new: int
    refused: list[Cell]
    lost: list[Cell]
    twice: int
    truth: list[people.Person]


class _Column(NamedTuple):
    label: str
    field: str
    write: Callable[[people.Person, plan.Door, int], Any]


def write_messy_roster(path: Path, *, corrected: bool = False, seed: int = plan.SEED) -> Expected:
    """Write the workbook and say what must come of it."""
    estate = plan.get_plan().get_estate(plan.ESTATE)
    everybody = people.draw_estate(estate, 0, seed=seed)
    book = _Book(path, estate, everybody, corrected, random.Random(f"{seed}/mess"))
    with xlsxwriter.Workbook(str(path), {"constant_memory": False}) as workbook:
        book.write(workbook)
    broken = {cell.row_key for cell in ()}
    del broken
    new = len(everybody) - len(book.refused)
    return Expected(
        rows=book.rows, new=new, refused=book.refused, lost=book.lost, twice=TWICE, truth=everybody
    )
