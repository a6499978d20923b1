"""The roster of an estate as it would send it: a workbook with the messes of real rosters.

Half of the buildings have a sheet each, in the hand of one writer; the rest stand on one sheet, in
another's. Which cells cannot be taken is returned beside the file, so that an import can be
compared with the truth. `corrected` writes the same workbook with only those cells put right, as an
estate sends it again. Writes nothing but the file.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from doorstep.town import people, plan

_EPOCH = date(1899, 12, 30).toordinal()
_HAN = "〇一二三四五六七八九"
_TENS = ("", "十", "二十", "三十")
_NOTES = {
    "pregnant": "孕妇", "dialysis": "长期透析", "oncology": "肿瘤化疗", "infant": "婴儿",
    "alone": "独居老人", "bedridden": "卧床", "disabled": "持残疾证", "exam": "中考考生",
}  # fmt: skip
_STATES = {"present": ("在住", "√", "是"), "away": ("外出", "不在"), "moved_out": ("已搬走",)}
TYPES = {
    "resident_id": "居民身份证", "resident_id_15": "居民身份证", "hk_macau_permit": "回乡证",
    "taiwan_permit": "台胞证", "residence_permit": "港澳台居民居住证",
    "permanent_residence": "外国人永久居留身份证", "passport": "护照",
    "birth_certificate": "出生医学证明",
}  # fmt: skip
TWICE = 6  # people who stand on a second sheet too: owners here, tenants there


class Cell(NamedTuple):
    """A cell that must not be taken: sheet, line (from 1), column letter, code of the refusal."""

    sheet: str
    row: int
    column: str
    code: str


class Expected(NamedTuple):
    """What an import of the file into an estate without people must find.

    `new`: people to be made. `refused`: lines that must not be taken. `lost`: cells that must not
    be taken in lines that are. `twice`: lines that say again what another line said.
    """

    new: int
    refused: list[Cell]
    lost: list[Cell]
    twice: int


class _Line(NamedTuple):
    person: people.Person
    door: plan.Door
    fault: str  # what is wrong with this line, or ""


class _Column(NamedTuple):
    label: str
    write: Callable[[_Line, random.Random], Any]
    faults: dict[str, tuple[str, Callable[[_Line], Any]]] = {}  # fault → (code, what stands there)


# Faults, and whether the line is taken without the cell.
_FAULTS = {
    "id_number": False, "id_checksum": False, "no_name": False, "no_door": False,
    "phone_lost": True, "born_unreadable": True,
}  # fmt: skip


def write_messy_roster(
    path: Path, estate: plan.Estate, number: int, *, corrected: bool = False, seed: int = plan.SEED
) -> Expected:
    """Write the workbook of an estate (its number as in `people.draw_estate`)."""
    rng = random.Random(f"{seed}/roster/{estate.key}")
    doors = estate.list_doors()
    lines = [
        _Line(each, doors[each.door], "") for each in people.draw_estate(estate, number, seed=seed)
    ]
    lines = _spoil(lines, rng)
    half = estate.buildings // 2
    expected = Expected(sum(_is_taken(each) for each in lines), [], [], TWICE)
    with xlsxwriter.Workbook(str(path)) as workbook:
        book = _Book(workbook, expected, corrected, rng)
        for building in range(1, half + 1):
            own = [each for each in lines if each.door.building == building]
            book.write_neat(f"{building}号楼", estate, own)
        rest = [each for each in lines if each.door.building > half]
        fit = [each for each in lines if not each.fault and each.door.building <= half]
        book.write_long("其余楼栋", rest + rng.sample(fit, TWICE))
        hidden = workbook.add_worksheet("旧名单（勿用）")
        hidden.write_row(0, 0, ["姓名", "身份证号", "房号"])
        hidden.write_row(1, 0, ["作废", "000000000000000000", "000"])
        hidden.hide()
        workbook.add_worksheet("Sheet3")
    return expected._replace(new=len(lines)) if corrected else expected


def _spoil(lines: list[_Line], rng: random.Random) -> list[_Line]:
    plain = [
        at
        for at, each in enumerate(lines)
        if each.person.document_type == "resident_id" and each.person.phone
    ]
    drawn = rng.sample(plain, 2 * len(_FAULTS))
    for at, fault in zip(drawn, list(_FAULTS) * 2, strict=True):
        lines[at] = lines[at]._replace(fault=fault)
    return lines


def _is_taken(line: _Line) -> bool:
    return _FAULTS.get(line.fault, True)


class _Book:
    def __init__(
        self, workbook: Any, expected: Expected, corrected: bool, rng: random.Random
    ) -> None:
        self.workbook, self.expected = workbook, expected
        self.corrected, self.rng = corrected, rng
        self.bold = workbook.add_format({"bold": True, "align": "center"})
        self.day = workbook.add_format({"num_format": "yyyy/m/d"})

    def write_neat(self, name: str, estate: plan.Estate, lines: Sequence[_Line]) -> None:
        """A sheet of one building: a merged title, a header of two lines, merged doors, a total."""
        sheet = self.workbook.add_worksheet(name)
        columns = _neat_columns()
        title = f"{estate.name}{name}住户信息登记表"
        sheet.merge_range(0, 0, 0, len(columns) - 1, title, self.bold)
        sheet.write(1, 0, "填表人：楼长　　填表日期：2021年6月20日")
        sheet.merge_range(2, 3, 2, 5, "基本信息", self.bold)
        for x, column in enumerate(columns):
            if 3 <= x <= 5:
                sheet.write(3, x, column.label)
            else:
                sheet.merge_range(2, x, 3, x, column.label)
        top = 4
        for at, line in enumerate(lines):
            self._write_line(sheet, name, top + at, columns, line, at + 1)
        begun = 0
        for at in range(1, len(lines) + 1):
            if at == len(lines) or lines[at].door != lines[begun].door:
                self._merge_door(sheet, top, begun, at, lines)
                begun = at
        sheet.write(top + len(lines), 0, f"合计：{len(lines)}人")

    def write_long(self, name: str, lines: Sequence[_Line]) -> None:
        """One sheet for many buildings: no title, a sub-total every forty lines, blank lines."""
        sheet = self.workbook.add_worksheet(name)
        columns = _long_columns()
        for x, column in enumerate(columns):
            sheet.write(0, x, column.label)
        row = 1
        for at, line in enumerate(lines):
            self._write_line(sheet, name, row, columns, line, at + 1)
            row += 1
            if at % 40 == 39:
                sheet.write(row, 0, "小计")
                sheet.write(row, 1, 40)
                row += 2

    def _merge_door(
        self, sheet: Any, top: int, begun: int, end: int, lines: Sequence[_Line]
    ) -> None:
        if end - begun > 1 and not any(each.fault == "no_door" for each in lines[begun:end]):
            for x in (1, 2):
                text = f"{lines[begun].door.unit}单元" if x == 1 else lines[begun].door.label
                sheet.merge_range(top + begun, x, top + end - 1, x, text)

    def _write_line(
        self, sheet: Any, name: str, row: int, columns: Sequence[_Column], line: _Line, n: int
    ) -> None:
        for x, column in enumerate(columns):
            value = n if column.label == "序号" else column.write(line, self.rng)
            if line.fault in column.faults:
                code, spoilt = column.faults[line.fault]
                if not self.corrected:
                    value = spoilt(line)
                    cell = Cell(name, row + 1, chr(65 + x), code)
                    taken = _is_taken(line)
                    (self.expected.lost if taken else self.expected.refused).append(cell)
            if isinstance(value, datetime):
                sheet.write_datetime(row, x, value, self.day)
            elif isinstance(value, str):
                sheet.write_string(row, x, value)
            else:
                sheet.write(row, x, value)


def _flags(line: _Line, rng: random.Random) -> str:
    return "、".join(_NOTES[flag] for flag in line.person.flags) or rng.choice(("", "无", "/"))


def _state(line: _Line, rng: random.Random) -> str:
    return rng.choice(_STATES[line.person.presence])


def _day_neat(line: _Line, rng: random.Random) -> Any:
    """A real date, or one as people type it: 1990.1.3, 19900103."""
    born = datetime.fromisoformat(line.person.born_on)
    chance = rng.random()
    if chance < 0.5:
        return born
    if chance < 0.8:
        return f"{born.year}.{born.month}.{born.day}"
    return f"{born:%Y%m%d}"


def _day_long(line: _Line, rng: random.Random) -> Any:
    """A spreadsheet's bare number, or a date in Chinese numerals."""
    born = date.fromisoformat(line.person.born_on)
    if rng.random() < 0.6:
        return born.toordinal() - _EPOCH
    year = "".join(_HAN[int(digit)] for digit in str(born.year))
    return f"{year}年{_in_han(born.month)}月{_in_han(born.day)}日"


def _in_han(number: int) -> str:
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (_HAN[ones] if ones else "")


def _phone_neat(line: _Line, rng: random.Random) -> Any:
    phone = line.person.phone
    return phone and (f"{phone[:3]} {phone[3:7]} {phone[7:]}" if rng.random() < 0.3 else phone)


def _wrong_check(line: _Line) -> str:
    number = line.person.document
    return number[:17] + ("0" if number[17] != "0" else "1")


def _neat_columns() -> list[_Column]:
    return [
        _Column("序号", lambda line, rng: 0),
        _Column("梯", lambda line, rng: f"{line.door.unit}单元"),
        _Column("房号", lambda line, rng: line.door.label, {"no_door": ("DOOR_MISSING", _nothing)}),
        _Column("姓名", lambda line, rng: line.person.name + rng.choice(("", "", "　", " ")),
                {"no_name": ("NAME_MISSING", _nothing)}),
        _Column("性别", lambda line, rng: "男" if line.person.sex == "male" else "女"),
        _Column("出生年月日", _day_neat, {"born_unreadable": ("DATE_UNREADABLE", _vague)}),
        _Column("证件类型", lambda line, rng: TYPES[line.person.document_type]),
        _Column("公民身份号码", lambda line, rng: line.person.document, {
            "id_number": ("ID_DESTROYED", lambda line: float(int(line.person.document[:17]) * 10)),
            "id_checksum": ("ID_CHECKSUM", _wrong_check),
        }),
        _Column("联系电话", _phone_neat, {"phone_lost": ("PHONE_DESTROYED", _short)}),
        _Column("与户主关系", lambda line, rng: line.person.relation),
        _Column("居住状态", _state),
        _Column("备注", _flags),
    ]  # fmt: skip


def _long_columns() -> list[_Column]:
    return [
        _Column("序号", lambda line, rng: 0),
        _Column("楼栋", lambda line, rng: rng.choice(("{}栋", "{}座", "{}")).format(
            line.door.building)),
        _Column("单元号", lambda line, rng: line.door.unit),
        _Column("门牌号", lambda line, rng: int(line.door.label),
                {"no_door": ("DOOR_MISSING", _nothing)}),
        _Column("人员姓名", lambda line, rng: line.person.name,
                {"no_name": ("NAME_MISSING", _nothing)}),
        _Column("证件号码", lambda line, rng: line.person.document, {
            "id_number": ("ID_DESTROYED", lambda line: float(int(line.person.document[:17]) * 10)),
            "id_checksum": ("ID_CHECKSUM", _wrong_check),
        }),
        _Column("证件名称", lambda line, rng: TYPES[line.person.document_type]),
        _Column("性别", lambda line, rng: "男性" if line.person.sex == "male" else "女性"),
        _Column("出生日期", _day_long, {"born_unreadable": ("DATE_UNREADABLE", _vague)}),
        _Column("手机", lambda line, rng: float(line.person.phone) if line.person.phone else "-",
                {"phone_lost": ("PHONE_DESTROYED", _short)}),
        _Column("关系", lambda line, rng: line.person.relation),
        _Column("在住情况", _state),
        _Column("特殊情况", _flags),
    ]  # fmt: skip


def _nothing(line: _Line) -> str:
    return ""


def _vague(line: _Line) -> str:
    return f"约{line.person.born_on[:4]}年"


def _short(line: _Line) -> str:
    return "1.54E+10"
