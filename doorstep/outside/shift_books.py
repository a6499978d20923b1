"""Reads a workbook for a shift plan (a spreadsheet as sheets.py opens it): people with skills,
places, shifts, days away and wishes; the cover that is wanted; shifts of one's own. A sheet is told
by its header, whatever it is called.

Refuses, row by row, what it cannot read; knows no person and plans nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final

from doorstep.outside import roster_cells as read
from doorstep.outside import sheets
from doorstep.outside.sheets import Refusal, Sheet

_PEOPLE: Final = {
    "name": "姓名 人员 name",
    "account": "账号 帐号 account",
    "skills": "技能 岗位技能 skills skill",
    "places": "可去地点 地点限定 places",
    "shifts": "可上班次 班次限定 shifts",
    "away": "不可用 请假 不能上班日 away unavailable",
    "wishes": "希望休息 休息意愿 wishesoff daysoffwished wishes",
    "before": "此前班次 上期班次 before shiftsbefore",
}
_COVER: Final = {
    "place": "地点 岗位 place",
    "shift": "班次 shift",
    "people": "人数 所需人数 people",
    "skill": "所需技能 技能 skill",
    "days": "日期 哪些天 days",
}
_SHIFTS: Final = {
    "shift": "班次名称 班次 shift",
    "start": "开始 上班时间 start",
    "hours": "时长 小时 hours",
    "night": "夜班 night",
}
_OFF: Final = {"休", "off", "-", "–", "·"}
_PARTS: Final = re.compile(r"[、,，;；\s]+")
_RANGE: Final = re.compile(r"^(\d{1,2})(?:[-–~至](\d{1,2}))?$")
_CLOCK: Final = re.compile(r"^([01]?\d|2[0-3])[:：]([0-5]\d)(?::00)?$")
_YES: Final = {"是", "y", "yes", "1", "true", "夜", "x", "√"}
MOST_PEOPLE_A_COVER: Final = 2_000


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who may work; days count from 1."""

    sheet: str
    row: int
    name: str
    account: str
    skills: tuple[str, ...]
    places: tuple[str, ...]
    shifts: tuple[str, ...]
    away: tuple[int, ...]
    wishes: tuple[int, ...]
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverRow:
    """So many in a place and shift; `days` empty: all."""

    sheet: str
    row: int
    place: str
    shift: str
    people: int
    skill: str
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift: `start` in minutes since midnight, how many `minutes` it lasts."""

    sheet: str
    row: int
    name: str
    start: int
    minutes: int
    night: bool


@dataclass(slots=True)
class ShiftBook:
    """`problem` is "" or a code, and then there are no rows."""

    people: list[PersonRow] = field(default_factory=list)
    cover: list[CoverRow] = field(default_factory=list)
    shifts: list[ShiftRow] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    problem: str = ""


class _Row:
    """The cells of a line; what is wrong with one is noted, and the row is not taken."""

    def __init__(
        self, sheet: str, row: int, cells: Mapping[str, Any], columns: Mapping[str, int],
        refusals: list[Refusal],
    ) -> None:  # fmt: skip
        self.sheet, self.row, self.refused = sheet, row, False
        self._cells, self._columns, self._refusals = cells, columns, refusals

    def text(self, name: str, needed: str = "") -> str:
        """A cell in plain words; `needed`: the code of a refusal where it is empty."""
        found = read.plain(self._cells.get(name, ""))[:60]
        if needed and not found:
            self.refuse(name, needed)
        return found

    def words(self, name: str) -> tuple[str, ...]:
        """Words with commas or spaces between them."""
        text = read.plain(self._cells.get(name, ""))
        return tuple(dict.fromkeys(each[:60] for each in _PARTS.split(text) if each))

    def days(self, name: str) -> tuple[int, ...]:
        """Days as "1, 3-5"."""
        found: set[int] = set()
        for each in self.words(name):
            match = _RANGE.match(each)
            first = int(match[1]) if match else 0
            last = int(match[2] or match[1]) if match else 0
            if not 1 <= first <= last <= 31:
                self.refuse(name, "DAYS_UNREADABLE")
                return ()
            found.update(range(first, last + 1))
        return tuple(sorted(found))

    def number(self, name: str, least: float, most: float) -> float:
        """A number within bounds."""
        try:
            value = float(read.plain(self._cells.get(name, "")))
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            self.refuse(name, "NUMBER_UNREADABLE")
        return value

    def clock(self, name: str) -> int:
        """A time of day, in minutes since midnight."""
        cell = self._cells.get(name, "")
        if isinstance(cell, time):
            return cell.hour * 60 + cell.minute
        match = _CLOCK.match(read.plain(cell))
        if match is None:
            self.refuse(name, "CLOCK_UNREADABLE")
            return 0
        return int(match[1]) * 60 + int(match[2])

    def refuse(self, name: str, code: str) -> None:
        """Note what is wrong with a cell."""
        letters = sheets.column_letters(self._columns[name]) if name in self._columns else ""
        written = read.text_of(self._cells.get(name, ""))[:40]
        self._refusals.append(Refusal(self.sheet, self.row, letters, code, written, False))
        self.refused = True


def read_book(data: bytes, filename: str) -> ShiftBook:
    """Read a whole workbook. Never raises for what is in the file: what cannot be read is told in
    `problem`, as by `sheets.read`, but SHIFTS_NO_HEADER where no line names the columns.
    """
    found = ShiftBook()
    problem = sheets.read(data, filename, lambda grid: _read_sheet(grid, found), found.sheets)
    if problem == "HEADER_NOT_FOUND":
        problem = "SHIFTS_NO_HEADER"
    return ShiftBook(sheets=found.sheets, problem=problem) if problem else found


def _read_sheet(grid: sheets.Grid, found: ShiftBook) -> None:
    if sheets.is_blank(grid):
        found.sheets.append(Sheet(grid.name, "empty"))
        return
    kinds = ((header.find(grid), take) for header, take in _KINDS)
    place, take = next((each for each in kinds if each[0] is not None), (None, _take_person))
    if place is None:
        found.sheets.append(Sheet(grid.name, "no_header"))
        return
    start, columns = place
    taken = 0
    for at in range(start, len(grid.cells)):
        cells = sheets.cells_of(grid.cells[at], columns)
        if not any(map(read.text_of, cells.values())):
            continue
        row = _Row(grid.name, at + 1, cells, columns, found.refusals)
        take(row, found)
        taken += not row.refused
    letters = {name: sheets.column_letters(x) for name, x in columns.items()}
    found.sheets.append(Sheet(grid.name, "read", taken, 0, letters))


def _take_person(row: _Row, found: ShiftBook) -> None:
    person = PersonRow(
        row.sheet, row.row, row.text("name", "NAME_MISSING"), row.text("account"),
        row.words("skills"), row.words("places"), row.words("shifts"), row.days("away"),
        row.days("wishes"),
        tuple("" if each.lower() in _OFF else each for each in _in_order(row, "before")),
    )  # fmt: skip
    if not row.refused:
        found.people.append(person)


def _in_order(row: _Row, name: str) -> list[str]:
    return [each[:60] for each in _PARTS.split(row.text(name)) if each]


def _take_cover(row: _Row, found: ShiftBook) -> None:
    cover = CoverRow(
        row.sheet, row.row, row.text("place", "PLACE_MISSING"), row.text("shift", "SHIFT_MISSING"),
        round(row.number("people", 1, MOST_PEOPLE_A_COVER)), row.text("skill"), row.days("days"),
    )  # fmt: skip
    if not row.refused:
        found.cover.append(cover)


def _take_shift(row: _Row, found: ShiftBook) -> None:
    shift = ShiftRow(
        row.sheet, row.row, row.text("shift", "SHIFT_MISSING"), row.clock("start"),
        round(60 * row.number("hours", 0.5, 16)), row.text("night").lower() in _YES,
    )  # fmt: skip
    if not row.refused:
        found.shifts.append(shift)


_KINDS: Final[list[tuple[sheets.Header, Callable[[_Row, ShiftBook], None]]]] = [
    (sheets.Header(_SHIFTS, ["shift", "start", "hours"], 3), _take_shift),
    (sheets.Header(_COVER, ["place", "shift", "people"], 3), _take_cover),
    (sheets.Header(_PEOPLE, ["name"], 1), _take_person),
]
