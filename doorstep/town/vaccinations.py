"""A list of vaccinated people as a centre would send it: some of an estate's people, a dose a
minute on the afternoon before the town's day, and the faults of real lists. Writes nothing but the
file.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from doorstep.town import people, plan
from doorstep.town.rosters import Cell

SHEET = "接种登记"
FIRST = datetime(2021, 6, 20, 14, 0)
HEADER = ("序号", "受种者姓名", "证件类型", "证件号码", "接种时间", "疫苗", "针次")
_TOP = 2  # lines above the first person


class Expected(NamedTuple):
    """What an import must find where the estate's roster is in the book: standings to be given,
    rows that say again what another said, cells that must not be taken.
    """

    new: int
    twice: int
    refused: list[Cell]


def write_list(
    path: Path, estate: plan.Estate, number: int, *, most: int = 60, seed: int = plan.SEED
) -> Expected:
    """Write the list of the first `most` people with a resident's identity number (the estate's
    number as in `people.draw_estate`).
    """
    drawn = people.draw_estate(estate, number, seed=seed)
    chosen = [one for one in drawn if one.document_type == "resident_id"][: most + 4]
    *good, dated, wrong, numbered, other = chosen
    rows: list[list[Any]] = [
        [one.name, "居民身份证", one.document, FIRST + timedelta(minutes=at)]
        for at, one in enumerate(good)
    ]
    rows.append(list(rows[0]))  # said twice
    later = FIRST + timedelta(hours=2)
    faults: list[tuple[list[Any], int, str]] = [
        ([good[0].name, "", good[0].document, later], 4, "DOSE_TWICE"),
        ([dated.name, "", dated.document, "2021-06-20"], 4, "TIME_MISSING"),
        ([wrong.name, "", _spoil(wrong.document), later], 3, "ID_CHECKSUM"),
        ([numbered.name, "", float(int(numbered.document[:17]) * 10), later], 3, "ID_DESTROYED"),
        (["别名", "", other.document, later], 1, "DOSE_NAME_DIFFERS"),
        ([wrong.name, "护照", "UTO99999999", later], 3, "DOSE_PERSON_UNKNOWN"),
    ]
    refused = [
        Cell(SHEET, _TOP + len(rows) + at, chr(65 + column), code)
        for at, (_row, column, code) in enumerate(faults, 1)
    ]
    _write(path, [*rows, *(row for row, _column, _code in faults)])
    return Expected(len(good), 1, refused)


def _write(path: Path, rows: list[list[Any]]) -> None:
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet(SHEET)
        moment = workbook.add_format({"num_format": "yyyy/m/d hh:mm"})
        sheet.merge_range(0, 0, 0, len(HEADER) - 1, "新冠病毒疫苗接种登记表")
        sheet.write_row(1, 0, HEADER)
        for at, row in enumerate(rows):
            for x, value in enumerate([at + 1, *row, "灭活疫苗", 1]):
                if isinstance(value, datetime):
                    sheet.write_datetime(_TOP + at, x, value, moment)
                else:
                    sheet.write(_TOP + at, x, value)
        sheet.write(_TOP + len(rows), 0, f"合计：{len(rows)}人")


def _spoil(number: str) -> str:
    return number[:17] + ("0" if number[17] != "0" else "1")
