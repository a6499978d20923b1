"""Opens a spreadsheet as somebody sends it (.xlsx, .xls, UTF-8 or GBK CSV): its visible sheets as
grids of cells, within limits, and the line that names the columns.

Knows nothing of what the rows mean. Refuses, by a code, what is too large, protected or no
spreadsheet; never raises on bad bytes.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import python_calamine

from doorstep.outside import roster_cells, workbooks

MAX_BYTES: Final = 20_000_000  # the file as sent
MAX_INFLATED: Final = 300_000_000  # all parts of an .xlsx together, inflated
MAX_ROWS: Final = 200_000  # lines over all sheets, headers and blanks included
MAX_CELLS: Final = 6_000_000  # rows x columns of one sheet: the reader allocates it whole
HEADER_WITHIN: Final = 30  # a header is looked for in the first so many lines
TOTAL: Final = re.compile(
    r"^(.{0,12}(小计|合计|总计|累计)|共\s*\d+\s*[户人].*|sub-?\s?total|grand total|total)"
    r"[\s:\d户人.]*$",
    re.I,
)


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
class Grid:
    """One sheet. `merges` are ((row, column), (last row, last column)) from 0."""

    name: str
    cells: list[list[Any]]
    merges: list[tuple[tuple[int, int], tuple[int, int]]]
    carries: bool  # CSV has lost its merged cells: a blank place repeats the one above


class Problem(Exception):
    """Why a whole file is not read: a code."""


class Header:
    """What columns may be called, and which must be there: `needed`, and `least` in all."""

    def __init__(self, synonyms: Mapping[str, str], needed: Collection[str], least: int) -> None:
        words = synonyms.items()
        self._fields = {word: name for name, said in words for word in said.split()}
        self._needed, self._least = list(needed), least

    def field_of(self, value: Any) -> str | None:
        """The field that a cell names."""
        if not isinstance(value, str) or len(value) > 60:
            return None
        label = unicodedata.normalize("NFKC", value).lower()
        label = re.sub(r"\(.*?\)|【.*?】|\[.*?\]", "", label)
        return self._fields.get(re.sub(r"[\s*:._\-/'\u200b\ufeff]+", "", label))

    def find(self, grid: Grid) -> tuple[int, dict[str, int]] | None:
        """(first data line, column of each field); a second header line refines the first."""
        first = self._needed[0]
        for at, line in enumerate(grid.cells[:HEADER_WITHIN]):
            by_column = {x: name for x, value in enumerate(line) if (name := self.field_of(value))}
            below = grid.cells[at + 1] if at + 1 < len(grid.cells) else []
            second = {x: name for x, value in enumerate(below) if (name := self.field_of(value))}
            known = [x for x, name in by_column.items() if name == first]
            if not known:
                continue
            start = at + 1
            here = below[known[0]] if known[0] < len(below) else ""
            if second and (not roster_cells.text_of(here) or self.field_of(here) == first):
                by_column |= second
                start += 1
            columns: dict[str, int] = {}
            for x in sorted(by_column):
                columns.setdefault(by_column[x], x)
            if all(name in columns for name in self._needed) and len(columns) >= self._least:
                return start, columns
        return None


def read(
    data: bytes, filename: str, read_sheet: Callable[[Grid], None], sheets: list[Sheet]
) -> str:
    """Hand every visible sheet to `read_sheet`, which puts into `sheets` what became of it; "" or
    why the file is not read. Never raises.

    Problems: FILE_EMPTY, FILE_TOO_LARGE, FILE_INFLATES_TOO_LARGE, FILE_TOO_MANY_ROWS,
    FILE_PROTECTED, FILE_UNREADABLE, FILE_KIND_UNKNOWN, FILE_ENCODING_UNKNOWN, HEADER_NOT_FOUND.
    """
    try:
        total = 0
        for grid in _open(data, filename, sheets):
            total += len(grid.cells)
            if total > MAX_ROWS:
                raise Problem("FILE_TOO_MANY_ROWS")
            read_sheet(grid)
        if not any(sheet.state == "read" for sheet in sheets):
            raise Problem("HEADER_NOT_FOUND")
    except Problem as problem:
        return str(problem)
    except python_calamine.PasswordError:
        return "FILE_PROTECTED"
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # a panic inside the reader is not an Exception
        return "FILE_UNREADABLE"
    return ""


def cells_of(line: list[Any], columns: Mapping[str, int]) -> dict[str, Any]:
    """The cells of a line by field; "" beyond its end."""
    return {name: line[x] if x < len(line) else "" for name, x in columns.items()}


def is_total(line: list[Any]) -> bool:
    """Whether a line begins as a sub-total does."""
    first = next((text for value in line if (text := roster_cells.plain(value))), "")
    return TOTAL.match(first) is not None


def is_blank(grid: Grid) -> bool:
    """Whether nothing stands on a sheet."""
    return not any(roster_cells.text_of(value) for line in grid.cells for value in line)


def fill_merges(grid: Grid, top: int, bottom: int, columns: set[int] | None) -> None:
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


def _open(data: bytes, filename: str, sheets: list[Sheet]) -> Iterator[Grid]:
    if not data.strip():
        raise Problem("FILE_EMPTY")
    if len(data) > MAX_BYTES:
        raise Problem("FILE_TOO_LARGE")
    if data.startswith(b"PK"):
        if problem := workbooks.check(data, workbooks.Bounds(MAX_INFLATED, MAX_ROWS, MAX_CELLS)):
            raise Problem(problem)
    elif not data.startswith(b"\xd0\xcf\x11\xe0"):
        yield _open_csv(data, filename)
        return
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for index, meta in enumerate(book.sheets_metadata):
            if meta.visible != python_calamine.SheetVisibleEnum.Visible:
                sheets.append(Sheet(meta.name, "hidden"))
            elif meta.typ == python_calamine.SheetTypeEnum.WorkSheet:
                sheet = book.get_sheet_by_index(index)
                if sheet.total_height > MAX_ROWS:
                    raise Problem("FILE_TOO_MANY_ROWS")
                if sheet.total_height * sheet.total_width > MAX_CELLS:
                    raise Problem("FILE_INFLATES_TOO_LARGE")
                cells = sheet.to_python(skip_empty_area=False)
                yield Grid(meta.name, cells, sheet.merged_cell_ranges or [], False)


def column_letters(index: int) -> str:
    """A, B, … AA of a column counted from 0."""
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _open_csv(data: bytes, filename: str) -> Grid:
    text = None
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        raise Problem("FILE_ENCODING_UNKNOWN")
    if "\0" in text:
        raise Problem("FILE_KIND_UNKNOWN")
    head = text[:4000]
    delimiter = max(",\t;", key=head.count)
    cells: list[list[Any]] = []
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        cells.append(list(line))
        if len(cells) > MAX_ROWS:
            raise Problem("FILE_TOO_MANY_ROWS")
    stem = re.sub(r"\.\w{1,5}$", "", filename.replace("\\", "/").rsplit("/", 1)[-1])
    return Grid(stem, cells, [], True)
