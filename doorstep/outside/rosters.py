"""Reads a roster (a spreadsheet as sheets.py opens it) into plain rows, as estates send it.

Refuses to guess: a number whose digits the file has lost is refused, never repaired. It does not
judge identity numbers (doorstep.kit.documents does), touch a database, or raise on bad bytes.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from doorstep.outside import roster_cells as read
from doorstep.outside import sheets
from doorstep.outside.sheets import Refusal, Sheet

_SYNONYMS: Final = {
    "building": "楼栋 栋 幢 楼号 楼栋号 栋号 幢号 楼 楼幢 座 building block",
    "unit": "单元 梯 单元号 梯号 unit entrance",
    "floor": "楼层 层 floor storey",
    "door": "房号 门牌 室 门牌号 房间号 室号 户号 房屋号 房间 door room apartment flat roomno",
    "name": "姓名 名字 居民姓名 人员姓名 name fullname",
    "sex": "性别 sex gender",
    "born": "出生日期 出生年月日 出生年月 生日 dateofbirth birthdate born dob",
    "document": "身份证号 证件号码 公民身份号码 身份证号码 身份证 证件号 身份号码 公民身份证号码 "
    "idnumber documentnumber idno passport",
    "document_type": "证件类型 证件种类 证件名称 documenttype idtype",
    "phone": "联系电话 手机 手机号 手机号码 电话 电话号码 联系方式 联系手机 "
    "phone mobile telephone phonenumber",
    "relation": "与户主关系 户主关系 关系 relation relationship relationtohead",
    "presence": "是否在住 居住状态 居住情况 在住情况 是否居住 在住 presence status livinghere",
    "special": "特殊情况 特殊人群 人员类别 specialneeds special needs",
    "remark": "备注 说明 remark remarks note notes",
    "number": "序号 编号 no number",
}
_HEADER: Final = sheets.Header(_SYNONYMS, ["name"], 3)
_SHEET_BUILDING: Final = re.compile(
    r"^.{0,12}?[\dA-Z甲乙丙丁一二三四五六七八九十]+\s*(号楼|号|楼|栋|幢|座|#)$|^\d+$|^(building|block)\s*\w+$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person as the file says. `row` is the line number the sheet shows (from 1)."""

    sheet: str
    row: int
    building: str
    unit: str
    floor: str
    door: str
    name: str
    sex: str  # male | female | ""
    born_on: str | None
    document_type_text: str
    document_text: str
    phone: str
    relation: str
    presence: str  # present | away | moved_out
    flags: tuple[str, ...]
    remark: str


@dataclass(slots=True)
class RosterFile:
    """`problem` is "" or a code, and then there are no rows."""

    rows: list[RosterRow] = field(default_factory=list)
    untaken: list[RosterRow] = field(default_factory=list)  # what could be read of refused rows
    refusals: list[Refusal] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    problem: str = ""


def read_roster(data: bytes, filename: str) -> RosterFile:
    """Read a whole roster. Never raises: what cannot be read is told in `problem`, as
    by `sheets.read`.
    """
    found = RosterFile()
    problem = sheets.read(data, filename, lambda grid: _read_sheet(grid, found), found.sheets)
    return RosterFile(sheets=found.sheets, problem=problem) if problem else found


def _read_sheet(grid: sheets.Grid, found: RosterFile) -> None:
    if sheets.is_blank(grid):
        found.sheets.append(Sheet(grid.name, "empty"))
        return
    sheets.fill_merges(grid, 0, sheets.HEADER_WITHIN + 1, None)
    header = _HEADER.find(grid)
    if header is None:
        found.sheets.append(Sheet(grid.name, "no_header"))
        return
    start, columns = header
    place_columns = {
        columns[name] for name in ("building", "unit", "floor", "door") if name in columns
    }
    sheets.fill_merges(grid, start, len(grid.cells), place_columns)
    taken = skipped = 0
    above: dict[str, Any] = {}
    for at in range(start, len(grid.cells)):
        line = grid.cells[at]
        cell = sheets.cells_of(line, columns)
        if _is_no_person(line, cell):
            skipped += any(read.text_of(value) for value in line)
            continue
        if grid.carries:
            _carry(cell, above)
        row, whole = _read_row(grid.name, at + 1, cell, columns, found.refusals)
        (found.rows if whole else found.untaken).append(row)
        taken += whole
    letters = {name: sheets.column_letters(x) for name, x in columns.items()}
    found.sheets.append(Sheet(grid.name, "read", taken, skipped, letters))


def _is_no_person(line: list[Any], cell: dict[str, Any]) -> bool:
    name = read.text_of(cell["name"])
    if _HEADER.field_of(cell["name"]) == "name":
        return True
    if name and read.text_of(cell.get("document", "")):
        return False
    if sheets.is_total(line) or sheets.TOTAL.match(name):
        return True
    return not name and not any(
        read.text_of(cell.get(key, "")) for key in ("document", "phone", "born")
    )


def _carry(cell: dict[str, Any], above: dict[str, Any]) -> None:
    levels = [name for name in ("building", "unit", "floor", "door") if name in cell]
    for depth, name in enumerate(levels):
        if read.text_of(cell[name]):
            if read.text_of(cell[name]) != read.text_of(above.get(name, "")):
                for lower in levels[depth + 1 :]:
                    above.pop(lower, None)
            above[name] = cell[name]
        else:
            cell[name] = above.get(name, "")


def _read_row(
    sheet: str, row: int, cell: dict[str, Any], columns: dict[str, int], refusals: list[Refusal]
) -> tuple[RosterRow, bool]:
    def written(name: str) -> str:
        return read.text_of(cell.get(name, ""))

    def plain(name: str) -> str:
        return read.plain(cell.get(name, ""))

    def refuse(name: str, code: str, *, kept: bool) -> None:
        column = sheets.column_letters(columns[name]) if name in columns else ""
        refusals.append(Refusal(sheet, row, column, code, read.mask(written(name)), kept))

    name = re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", read.text_of(cell["name"]))
    document = read.document_text(cell.get("document", ""))
    door = None if isinstance(cell.get("door"), date) else plain("door")
    if document is None:
        refuse("document", "ID_DESTROYED", kept=False)
    if not name:
        refuse("name", "NAME_MISSING", kept=False)
    if not door:  # "3-2" typed into a general cell has become a date
        refuse("door", "DOOR_DESTROYED" if door is None else "DOOR_MISSING", kept=False)
    phone = read.phone_text(cell.get("phone", ""))
    if phone is None:
        refuse("phone", "PHONE_DESTROYED", kept=True)
    born_on = read.date_text(cell.get("born", ""))
    if born_on is None:
        refuse("born", "DATE_UNREADABLE", kept=True)
    presence = read.presence_of(cell.get("presence", ""))
    if presence is None:
        refuse("presence", "PRESENCE_UNREADABLE", kept=True)
    building = plain("building")
    if not building and "building" not in columns and _SHEET_BUILDING.match(sheet.strip()):
        building = sheet.strip()
    notes = "；".join(text for key in ("special", "remark") if (text := written(key)))
    row_read = RosterRow(
        sheet, row, building, plain("unit"), plain("floor"), door or "", name,
        read.sex_of(cell.get("sex", "")), born_on or None, written("document_type"),
        document or "", phone or "", written("relation"), presence or "present",
        read.flags_in(notes), notes,
    )  # fmt: skip
    return row_read, bool(document is not None and name and door)
