"""Reads a list of vaccinated people (a spreadsheet as sheets.py opens it): a document, a name if it
stands there, and the moment of the dose.

Refuses to guess: a day without a time is refused, for hours are counted from it; a number whose
digits the file has lost is refused, never repaired. Knows no person and touches no database.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from doorstep.kit import clock
from doorstep.outside import roster_cells as read
from doorstep.outside import sheets
from doorstep.outside.sheets import Refusal, Sheet

_SYNONYMS: Final = {
    "document": "身份证号 证件号码 公民身份号码 身份证号码 身份证 证件号 身份号码 "
    "idnumber documentnumber idno passport document",
    "document_type": "证件类型 证件种类 证件名称 documenttype idtype",
    "name": "姓名 名字 受种者姓名 受种者 接种者姓名 人员姓名 name fullname",
    "at": "接种时间 接种日期时间 接种日期及时间 接种时刻 vaccinatedat vaccinationtime time",
    "on": "接种日期 vaccinationdate vaccinatedon date",
}
_MOMENTS: Final = (["document", "at"], ["document", "on"])
_HEADERS: Final = [sheets.Header(_SYNONYMS, needed, 2) for needed in _MOMENTS]
_TIME: Final = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?$")
_PARTED: Final = re.compile(r"^(.*?\d日?)[\sT]+(\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?)$")
_SERIAL: Final = re.compile(r"^\d{5}\.\d+$")  # a spreadsheet's day number with its hours
_DAY_0: Final = datetime(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Dose:
    """One row. `at` in microseconds; `row` is the line number the sheet shows (from 1)."""

    sheet: str
    row: int
    document_text: str
    document_type_text: str
    name: str
    at: int


@dataclass(slots=True)
class DoseFile:
    """`problem` is "" or a code, and then there are no rows."""

    rows: list[Dose] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    problem: str = ""


def read_doses(data: bytes, filename: str, zone: str) -> DoseFile:
    """Read a whole list; its times are of `zone` (an IANA name). Never raises for what is in the
    file: what cannot be read is told in `problem`, as by `sheets.read`, but DOSES_NO_HEADER where
    no line names the columns.
    """
    found, home = DoseFile(), ZoneInfo(zone)
    problem = sheets.read(data, filename, lambda grid: _read_sheet(grid, home, found), found.sheets)
    if problem == "HEADER_NOT_FOUND":
        problem = "DOSES_NO_HEADER"
    return DoseFile(sheets=found.sheets, problem=problem) if problem else found


def _read_sheet(grid: sheets.Grid, home: ZoneInfo, found: DoseFile) -> None:
    if sheets.is_blank(grid):
        found.sheets.append(Sheet(grid.name, "empty"))
        return
    header = next((each for one in _HEADERS if (each := one.find(grid))), None)
    if header is None:
        found.sheets.append(Sheet(grid.name, "no_header"))
        return
    start, columns = header
    taken = skipped = 0
    for at in range(start, len(grid.cells)):
        cell = sheets.cells_of(grid.cells[at], columns)
        if sheets.is_total(grid.cells[at]) or not any(map(read.text_of, cell.values())):
            skipped += any(map(read.text_of, grid.cells[at]))  # a sub-total, a signature
            continue
        row = _read_row(grid.name, at + 1, cell, columns, home, found.refusals)
        if row is not None:
            found.rows.append(row)
            taken += 1
    letters = {name: sheets.column_letters(x) for name, x in columns.items()}
    found.sheets.append(Sheet(grid.name, "read", taken, skipped, letters))


def _read_row(
    sheet: str,
    row: int,
    cell: dict[str, Any],
    columns: dict[str, int],
    home: ZoneInfo,
    refusals: list[Refusal],
) -> Dose | None:
    def refuse(name: str, code: str) -> None:
        letters = sheets.column_letters(columns[name]) if name in columns else ""
        written = read.mask(read.text_of(cell.get(name, "")))
        refusals.append(Refusal(sheet, row, letters, code, written, False))

    document = read.document_text(cell["document"])
    if not document:
        refuse("document", "ID_DESTROYED" if document is None else "ID_MISSING")
    moment = read_moment(cell.get("at", ""), cell.get("on", ""))
    at: int | None = None
    if isinstance(moment, str):
        refuse("at" if read.text_of(cell.get("at", "")) or "on" not in columns else "on", moment)
    elif (at := _to_micros(moment, home)) is None:
        refuse("at" if "at" in columns else "on", "TIME_UNREADABLE")
    if not document or at is None:
        return None
    kind = read.text_of(cell.get("document_type", ""))
    return Dose(sheet, row, document, kind, read.text_of(cell.get("name", "")), at)


def read_moment(value: Any, day: Any = "") -> datetime | str:
    """The local moment in a cell, or in one with the time and another with the day; else a code:
    TIME_MISSING for a day alone, DATE_MISSING for a time alone, TIME_UNREADABLE.
    """
    whole = _split(value)
    if whole is None:
        return "TIME_UNREADABLE"
    on, at = whole
    if on is None or at is None:
        more = _split(day)
        if more is None:
            return "TIME_UNREADABLE"
        on, at = on or more[0], at or more[1]
    if at is None:
        return "TIME_MISSING"
    return datetime.combine(on, at) if on else "DATE_MISSING"


def _split(value: Any) -> tuple[date | None, time | None] | None:
    """The day and the time in a cell, None each where it has none; None where it is neither."""
    if isinstance(value, datetime):
        return value.date(), value.time().replace(tzinfo=None)
    if isinstance(value, date):
        return value, None
    if isinstance(value, time):
        return None, value
    if isinstance(value, timedelta):  # how some workbooks keep a time of day
        moment = _DAY_0 + value
        return (None, moment.time()) if value < timedelta(days=1) else None
    text = read.plain(value)
    if not text:
        return None, None
    if _SERIAL.match(text):
        moment = _DAY_0 + timedelta(seconds=round(float(text) * 86_400))
        return moment.date(), moment.time()
    parted = _PARTED.match(text)
    days, times = (parted[1], parted[2]) if parted else (text, "")
    if not times and _TIME.match(text):
        days, times = "", text
    on = read.date_text(days)
    if on is None or (times and (at := _time(times)) is None):
        return None
    return date.fromisoformat(on) if on else None, at if times else None


def _time(text: str) -> time | None:
    match = _TIME.match(text)
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else None
    except ValueError:
        return None


def _to_micros(moment: datetime, home: ZoneInfo) -> int | None:
    if not 2000 <= moment.year <= 2099:
        return None
    return clock.to_micros(moment.replace(tzinfo=home))
