"""Reads a workbook of a civic programme (a spreadsheet as sheets.py opens it): a project on each
row. A sheet is told by its header, whatever it is called.

Knows no place, unit or person, and refuses nothing but a whole file: what a cell means is judged by
whoever knows them (operations.programme.actions.books).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from doorstep.outside import roster_cells as read
from doorstep.outside import sheets
from doorstep.outside.sheets import Sheet

COLUMNS: Final = {
    "code": "编号 项目编号 number code no",
    "zh": "项目名称 名称 项目 title project titleinchinese",
    "en": "英文名称 英文名 titleinenglish english",
    "category": "类别 项目类别 category",
    "level": "层级 级别 level",
    "place": "地点 社区 实施地点 place community",
    "unit": "责任单位 单位 牵头单位 unit",
    "leader": "负责人 负责人账号 责任人 leader account",
    "starts": "开始 开始日期 启动时间 start starts",
    "deadline": "期限 完成期限 完成时限 deadline",
    "milestones": "节点 里程碑 时间节点 milestones",
    "budget": "预算 预算元 投资额 budget",
    "story_zh": "内容 项目内容 简介 description descriptioninchinese",
    "story_en": "英文内容 descriptioninenglish",
}
MOST_ROWS: Final = 5_000
_LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A row's cells as plain text, by column; `letters` say where each column stands."""

    sheet: str
    row: int
    cells: dict[str, str]
    letters: dict[str, str]


@dataclass(slots=True)
class ProgrammeBook:
    """`problem` is "" or a code, and then there are no rows."""

    rows: list[ProjectRow] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    problem: str = ""


_HEADER: Final = sheets.Header(COLUMNS, ["zh", "category", "deadline"], 6)


def read_book(data: bytes, filename: str) -> ProgrammeBook:
    """Read a whole workbook. Never raises for what is in the file: what cannot be read is told in
    `problem`, as by `sheets.read`, but PROGRAMME_NO_HEADER where no line names the columns.
    """
    found = ProgrammeBook()
    problem = sheets.read(data, filename, lambda grid: _read_sheet(grid, found), found.sheets)
    if not problem and len(found.rows) > MOST_ROWS:
        problem = "FILE_TOO_MANY_ROWS"
    if problem == "HEADER_NOT_FOUND":
        problem = "PROGRAMME_NO_HEADER"
    return ProgrammeBook(sheets=found.sheets, problem=problem) if problem else found


def _read_sheet(grid: sheets.Grid, found: ProgrammeBook) -> None:
    if sheets.is_blank(grid):
        found.sheets.append(Sheet(grid.name, "empty"))
        return
    place = _HEADER.find(grid)
    if place is None:
        found.sheets.append(Sheet(grid.name, "no_header"))
        return
    start, columns = place
    letters = {name: sheets.column_letters(x) for name, x in columns.items()}
    taken = 0
    for at in range(start, len(grid.cells)):
        cells = _texts(sheets.cells_of(grid.cells[at], columns))
        if not any(cells.values()) or sheets.is_total(grid.cells[at]):
            continue
        found.rows.append(ProjectRow(grid.name, at + 1, cells, letters))
        taken += 1
    found.sheets.append(Sheet(grid.name, "read", taken, 0, letters))


def _texts(cells: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: _text(cells.get(name, "")) for name in COLUMNS}
    for day in ("starts", "deadline"):  # as people write them: 2021/6/21, 2021年6月21日
        texts[day] = read.date_text(cells.get(day, "")) or texts[day]
    return texts


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    # lines of a cell part its milestones; elsewhere they are space
    return "\n".join(read.plain(line) for line in read.text_of(cell)[:_LONGEST].split("\n")).strip()
