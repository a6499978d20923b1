"""Reads a roster file (.xlsx, .xls, UTF-8 or GBK CSV) into plain rows, as estates send it.

Refuses to guess: a number whose digits the file has lost is refused, never repaired. It does not
judge identity numbers (doorstep.kit.documents does), touch a database, or raise on bad bytes.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import python_calamine

from doorstep.outside import roster_cells as read
from doorstep.outside import workbooks

MAX_BYTES: Final = 20_000_000  # the file as sent
MAX_INFLATED: Final = 300_000_000  # all parts of an .xlsx together, inflated
MAX_ROWS: Final = 200_000  # lines over all sheets, headers and blanks included
MAX_CELLS: Final = 6_000_000  # rows x columns of one sheet: the reader allocates it whole
HEADER_WITHIN: Final = 30  # a header is looked for in the first so many lines

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
_FIELD: Final = {word: name for name, words in _SYNONYMS.items() for word in words.split()}
_TOTAL: Final = re.compile(
    r"^(.{0,12}(小计|合计|总计|累计)|共\s*\d+\s*[户人].*|sub-?\s?total|grand total|total)"
    r"[\s:\d户人.]*$",
    re.I,
)
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cell that was not taken; `kept` tells whether its row was taken without it."""

    sheet: str
    row: int
    column: str  # as the sheet letters it: A, B, …; "" when the column is missing
    code: str
    value: str  # masked
    kept: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What became of one sheet: state is read | hidden | no_header | empty."""

    name: str
    state: str
    rows: int = 0
    skipped: int = 0  # sub-totals, repeated headers, lines without a person
    columns: dict[str, str] = field(default_factory=dict)  # what was found → A, B, …


@dataclass(slots=True)
class RosterFile:
    """`problem` is "" or a code, and then there are no rows."""

    rows: list[RosterRow] = field(default_factory=list)
    untaken: list[RosterRow] = field(default_factory=list)  # what could be read of refused rows
    refusals: list[Refusal] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    problem: str = ""


class _Problem(Exception): ...


@dataclass(slots=True)
class _Grid:
    name: str
    cells: list[list[Any]]
    merges: list[tuple[tuple[int, int], tuple[int, int]]]
    carries: bool  # CSV has lost its merged cells: a blank place repeats the one above


def read_roster(data: bytes, filename: str) -> RosterFile:
    """Read a whole roster. Never raises: what cannot be read is told in `problem`.

    Problems: FILE_EMPTY, FILE_TOO_LARGE, FILE_INFLATES_TOO_LARGE, FILE_TOO_MANY_ROWS,
    FILE_PROTECTED, FILE_UNREADABLE, FILE_KIND_UNKNOWN, FILE_ENCODING_UNKNOWN, HEADER_NOT_FOUND.
    """
    found = RosterFile()
    try:
        total = 0
        for grid in _open(data, filename, found):
            total += len(grid.cells)
            if total > MAX_ROWS:
                raise _Problem("FILE_TOO_MANY_ROWS")
            _read_sheet(grid, found)
        if not any(sheet.state == "read" for sheet in found.sheets):
            raise _Problem("HEADER_NOT_FOUND")
    except _Problem as problem:
        return RosterFile(sheets=found.sheets, problem=str(problem))
    except python_calamine.PasswordError:
        return RosterFile(problem="FILE_PROTECTED")
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # a panic inside the reader is not an Exception
        return RosterFile(problem="FILE_UNREADABLE")
    return found


def _open(data: bytes, filename: str, found: RosterFile) -> Iterator[_Grid]:
    if not data.strip():
        raise _Problem("FILE_EMPTY")
    if len(data) > MAX_BYTES:
        raise _Problem("FILE_TOO_LARGE")
    if data.startswith(b"PK"):
        if problem := workbooks.check(data, workbooks.Bounds(MAX_INFLATED, MAX_ROWS, MAX_CELLS)):
            raise _Problem(problem)
    elif not data.startswith(b"\xd0\xcf\x11\xe0"):
        yield _open_csv(data, filename)
        return
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for index, meta in enumerate(book.sheets_metadata):
            if meta.visible != python_calamine.SheetVisibleEnum.Visible:
                found.sheets.append(Sheet(meta.name, "hidden"))
            elif meta.typ == python_calamine.SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_index(index)
                if sheet.total_height > MAX_ROWS:
                    raise _Problem("FILE_TOO_MANY_ROWS")
                if sheet.total_height * sheet.total_width > MAX_CELLS:
                    raise _Problem("FILE_INFLATES_TOO_LARGE")
                cells = sheet.to_python(skip_empty_area=False)
                yield _Grid(meta.name, cells, sheet.merged_cell_ranges or [], False)


def _column_letters(index: int) -> str:
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _open_csv(data: bytes, filename: str) -> _Grid:
    text = None
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        raise _Problem("FILE_ENCODING_UNKNOWN")
    if "\0" in text:
        raise _Problem("FILE_KIND_UNKNOWN")
    head = text[:4000]
    delimiter = max(",\t;", key=head.count)
    cells: list[list[Any]] = []
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        cells.append(list(line))
        if len(cells) > MAX_ROWS:
            raise _Problem("FILE_TOO_MANY_ROWS")
    stem = re.sub(r"\.\w{1,5}$", "", filename.replace("\\", "/").rsplit("/", 1)[-1])
    return _Grid(stem, cells, [], True)


def _field_of(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > 60:
        return None
    label = unicodedata.normalize("NFKC", value).lower()
    label = re.sub(r"\(.*?\)|【.*?】|\[.*?\]", "", label)
    return _FIELD.get(re.sub(r"[\s*:._\-/'\u200b\ufeff]+", "", label))


def _fill_merges(grid: _Grid, top: int, bottom: int, columns: set[int] | None) -> None:
    """Give every cell of a merged range its value; below the header for place columns only."""
    for (row, column), (last_row, last_column) in grid.merges:
        if row >= len(grid.cells) or column >= len(grid.cells[row]):
            continue
        if row < top or (columns is not None and column not in columns):
            continue
        value = grid.cells[row][column]
        for y in range(row, min(last_row + 1, bottom, len(grid.cells))):
            line = grid.cells[y]
            for x in range(column, min(last_column + 1, len(line))):
                if columns is None or x in columns:
                    line[x] = value


def _find_header(grid: _Grid) -> tuple[int, dict[str, int]] | None:
    """(first data line, column of each field); a second header line refines the first."""
    for at, line in enumerate(grid.cells[:HEADER_WITHIN]):
        by_column = {x: name for x, value in enumerate(line) if (name := _field_of(value))}
        below = grid.cells[at + 1] if at + 1 < len(grid.cells) else []
        second = {x: name for x, value in enumerate(below) if (name := _field_of(value))}
        names = [x for x, name in by_column.items() if name == "name"]
        if not names:
            continue
        start = at + 1
        here = below[names[0]] if names[0] < len(below) else ""
        if second and (not read.text_of(here) or _field_of(here) == "name"):
            by_column |= second
            start += 1
        columns: dict[str, int] = {}
        for x in sorted(by_column):
            columns.setdefault(by_column[x], x)
        if "name" in columns and len(columns) >= 3:
            return start, columns
    return None


def _read_sheet(grid: _Grid, found: RosterFile) -> None:
    if not any(read.text_of(value) for line in grid.cells for value in line):
        found.sheets.append(Sheet(grid.name, "empty"))
        return
    _fill_merges(grid, 0, HEADER_WITHIN + 1, None)
    header = _find_header(grid)
    if header is None:
        found.sheets.append(Sheet(grid.name, "no_header"))
        return
    start, columns = header
    place_columns = {
        columns[name] for name in ("building", "unit", "floor", "door") if name in columns
    }
    _fill_merges(grid, start, len(grid.cells), place_columns)
    taken = skipped = 0
    above: dict[str, Any] = {}
    for at in range(start, len(grid.cells)):
        line = grid.cells[at]
        cell = {name: line[x] if x < len(line) else "" for name, x in columns.items()}
        if _is_no_person(line, cell):
            skipped += any(read.text_of(value) for value in line)
            continue
        if grid.carries:
            _carry(cell, above)
        row, whole = _read_row(grid.name, at + 1, cell, columns, found.refusals)
        (found.rows if whole else found.untaken).append(row)
        taken += whole
    letters = {name: _column_letters(x) for name, x in columns.items()}
    found.sheets.append(Sheet(grid.name, "read", taken, skipped, letters))


def _is_no_person(line: list[Any], cell: dict[str, Any]) -> bool:
    name = read.text_of(cell["name"])
    if _field_of(cell["name"]) == "name":
        return True
    if name and read.text_of(cell.get("document", "")):
        return False
    first = next((text for value in line if (text := read.plain(value))), "")
    if _TOTAL.match(first) or _TOTAL.match(name):
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
        column = _column_letters(columns[name]) if name in columns else ""
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
