"""Rosters as estates send them, built in memory."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.outside import roster_cells, rosters, sheets, workbooks


def book(fill: Callable[[Any], None]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        fill(workbook)
    return out.getvalue()


def sheet_of(lines: list[list[Any]], name: str = "Sheet1") -> bytes:
    def fill(workbook: Any) -> None:
        sheet = workbook.add_worksheet(name)
        for y, line in enumerate(lines):
            sheet.write_row(y, 0, line)

    return book(fill)


def messy(workbook: Any) -> None:
    sheet = workbook.add_worksheet("一期")
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet.merge_range("A1:L1", "阳光花园住户花名册")
    sheet.merge_range("A2:A3", "序号")
    sheet.merge_range("B2:D2", "住址")
    sheet.write_row("B3", ["楼栋", "单元", "房号"])
    for x, label in enumerate(
        [
            "姓 名",
            "性别",
            "出生日期",
            "公民身份号码（必填）",
            "手机",
            "与户主关系",
            "居住状态",
            "特殊情况",
        ]
    ):
        sheet.merge_range(1, 4 + x, 2, 4 + x, label)
    sheet.merge_range("B4:B6", "3栋")
    sheet.merge_range("D4:D5", "５０１　")
    sheet.write_row("E4", ["张　三 ", "男"])
    sheet.write_datetime("G4", datetime(1990, 3, 7), day)
    sheet.write_row("H4", [" 11010119900307001X　", 13800138000, "户主", "在住", "血液透析、独居"])
    sheet.write("C4", 1)
    sheet.write_row("E5", ["李四", "女", 43831, "无", "138 0013 8000", "配偶", "已搬离", "非孕妇"])
    sheet.write_row("D6", [502, "王五", "男", "二〇二〇年十一月二十三日", 110101199003070011])
    sheet.write_row("A7", ["小计", "", "", "", 3])
    sheet.write_row("D8", ["601", "赵六", "/", "2020.1.3", "E12345678", "1.38E+10"])
    workbook.add_worksheet("旧表").hide()


def test_messy_workbook() -> None:
    found = rosters.read_roster(book(messy), "花名册.xlsx")
    assert found.problem == ""
    zhang, li, zhao = found.rows
    assert zhang == rosters.RosterRow(
        "一期", 4, "3栋", "1", "", "501", "张三", "male", "1990-03-07", "", "11010119900307001X",
        "13800138000", "户主", "present", ("dialysis", "alone"), "血液透析、独居",
    )  # fmt: skip
    assert (li.building, li.door, li.born_on, li.document_text) == ("3栋", "501", "2020-01-01", "")
    assert (li.phone, li.presence, li.flags) == ("13800138000", "moved_out", ())
    assert (zhao.building, zhao.phone, zhao.born_on, zhao.sex) == ("", "", "2020-01-03", "")
    assert [(r.row, r.column, r.code, r.kept) for r in found.refusals] == [
        (6, "H", "ID_DESTROYED", False),
        (8, "I", "PHONE_DESTROYED", True),
    ]
    assert "0101" not in found.refusals[0].value
    assert [(s.name, s.state, s.rows, s.skipped) for s in found.sheets] == [
        ("一期", "read", 2 + 1, 1),
        ("旧表", "hidden", 0, 0),
    ]


def test_one_sheet_per_building_and_english() -> None:
    def fill(workbook: Any) -> None:
        for name in ("1号楼", "B座", "说明"):
            sheet = workbook.add_worksheet(name)
            if name != "说明":
                sheet.write_row(0, 0, ["No.", "Room", "Full name", "Phone", "Remarks"])
                sheet.write_row(1, 0, [1, 101, "Ann Lee", 13900139000, "pregnant; not disabled"])
            else:
                sheet.write(0, 0, "填表须知")

    found = rosters.read_roster(book(fill), "a.xlsx")
    assert [(r.building, r.door, r.name, r.flags) for r in found.rows] == [
        ("1号楼", "101", "Ann Lee", ("pregnant",)),
        ("B座", "101", "Ann Lee", ("pregnant",)),
    ]
    assert found.sheets[2].state == "no_header"


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_csv(encoding: str) -> None:
    text = (
        "楼栋,单元,房号,姓名,身份证号,联系电话\r\n"
        "1栋,1,101,张三,110101199003070011,13800138000.0\r\n"
        ",,,李四,1.10101E+17,1.3800138001E+10\r\n"
        ",,102,王五,-,1.3800138001E+10\r\n"
        "2栋,1,,孙七,,\r\n合计,,,3,,\r\n"
    )
    found = rosters.read_roster(text.encode(encoding), "花名册.csv")
    assert [(r.row, r.building, r.door, r.name, r.document_text, r.phone) for r in found.rows] == [
        (2, "1栋", "101", "张三", "110101199003070011", "13800138000"),
        (4, "1栋", "102", "王五", "", "13800138001"),
    ]
    assert [(r.row, r.code) for r in found.refusals] == [(3, "ID_DESTROYED"), (5, "DOOR_MISSING")]


def test_blank_door_in_a_workbook_is_not_guessed() -> None:
    lines = [["房号", "姓名", "手机"], ["101", "张三", ""], ["", "李四", "1"], ["", "姓名", ""]]
    found = rosters.read_roster(sheet_of(lines), "a.xlsx")
    assert [r.name for r in found.rows] == ["张三"]
    assert [(r.row, r.column, r.code) for r in found.refusals] == [(3, "A", "DOOR_MISSING")]


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2020.1.3", "2020-01-03"), ("19900101", "1990-01-01"), (19900101.0, "1990-01-01"),
        (43831.0, "2020-01-01"), ("43831", "2020-01-01"), ("二〇二〇年一月三日", "2020-01-03"),
        ("二零二零年十月三十一日", "2020-10-31"), ("2020年1月3日", "2020-01-03"),
        ("２０２０／１／３", "2020-01-03"), ("1990-01-01 00:00:00", "1990-01-01"), ("无", ""),
        ("1990", None), ("2021.2.29", None), ("二〇二〇年十三月三日", None), ("去年", None),
        ("1990.13.1", None), (199001.0, None),
    ],
)  # fmt: skip
def test_dates(value: Any, day: str | None) -> None:
    assert roster_cells.date_text(value) == day


@pytest.mark.parametrize(
    ("value", "phone"),
    [
        (13800138000.0, "13800138000"), ("+86 138-0013-8000", "13800138000"), ("-", ""),
        ("1.38E+10", None), ("1.38001E+10", None), ("1.3800138000e+10", "13800138000"),
        ("010-88886666", "010-88886666"), (1.3800138e20, None), (138.5, None),
    ],
)  # fmt: skip
def test_phones(value: Any, phone: str | None) -> None:
    assert roster_cells.phone_text(value) == phone


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    def far(workbook: Any) -> None:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["房号", "姓名", "手机"])
        sheet.write(150_000, 16_383, 1)

    assert rosters.read_roster(book(far), "a.xlsx").problem == "FILE_INFLATES_TOO_LARGE"
    good = sheet_of([["房号", "姓名", "手机"], ["1", "张三", ""]])
    assert rosters.read_roster(good, "a.xlsx").problem == ""
    monkeypatch.setattr(sheets, "MAX_INFLATED", 3000)
    assert rosters.read_roster(good, "a.xlsx").problem == "FILE_INFLATES_TOO_LARGE"
    monkeypatch.undo()
    monkeypatch.setattr(sheets, "MAX_ROWS", 1)
    assert rosters.read_roster(good, "a.xlsx").problem == "FILE_TOO_MANY_ROWS"
    monkeypatch.setattr(sheets, "MAX_BYTES", 100)
    assert rosters.read_roster(good, "a.xlsx").problem == "FILE_TOO_LARGE"


def test_directory_that_lies_about_a_size() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 1_000_000)
    lie = out.getvalue().replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert rosters.read_roster(lie, "a.xlsx").problem == "FILE_INFLATES_TOO_LARGE"


def workbook_of(sheet: bytes) -> bytes:
    """A workbook whose one sheet is these bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as good, zipfile.ZipFile(out, "w", 8) as made:
        for name in good.namelist():
            made.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else good.read(name))
    return out.getvalue()


@pytest.mark.parametrize("cell", [b'<c r="A1"/>', b"<c/>", b"<x:c s='1'/>", b"<si/>"])
def test_many_cells_in_a_small_file_are_refused_in_little_memory(cell: bytes) -> None:
    bomb = workbook_of(b'<worksheet><sheetData><row r="1">' + cell * 8_000_000)
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    try:
        problem = workbooks.check(bomb, workbooks.Bounds(300_000_000, 200_000, 100_000))
        assert problem == "FILE_INFLATES_TOO_LARGE"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "reference",
    [b' r="XFD200000"', b"\n  r\t=\n'XFD200000'", b" r" + b" " * 900 + b"='XFD200000'",
     b' s="1"r="xfd200000"', b' r="' + b"A" * 900 + b'1"', b' r="A' + b"0" * 900 + b'200000"'],
)  # fmt: skip
def test_a_far_cell_is_seen_wherever_it_is_cut(reference: bytes) -> None:
    bounds = workbooks.Bounds(300_000_000, 200_000, 6_000_000)
    near = reference.replace(b"XFD", b"B").replace(b"xfd", b"b")
    for before in range(-20, 3):  # about the place where a piece ends
        for named, problem in ((reference, "FILE_INFLATES_TOO_LARGE"), (near, "")):
            text = b"<worksheet>" + b"x" * (workbooks._PIECE + before * 50) + b"<c" + named + b"/>"
            if len(named) < 100 or problem or b" " * 900 in named:
                assert workbooks.check(workbook_of(text), bounds) == problem, (before, named)


@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=2000))
def test_arbitrary_bytes_never_raise(start: bytes, data: bytes) -> None:
    found = rosters.read_roster(start + data, "x")
    assert found.problem and not found.rows


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_damaged_workbooks_never_raise(at: int, byte: int) -> None:
    data = bytearray(GOOD)
    data[at % len(data)] = byte
    found = rosters.read_roster(bytes(data), "x.xlsx")
    assert not (found.problem and found.rows)


GOOD = book(messy)


def test_an_old_workbook_is_read_too() -> None:
    """A BIFF file, as offices still send them: the same rows as from an .xlsx."""
    found = rosters.read_roster((Path(__file__).parent / "old.xls").read_bytes(), "花名册.xls")
    assert found.problem == "" and found.refusals == []
    assert [(row.door, row.name, row.phone) for row in found.rows] == [
        ("101", "陈大文", "15400000001"),
        ("102", "林小雨", "15400000002"),
    ]
    assert rosters.read_roster(b"\xd0\xcf\x11\xe0 no more", "a.xls").problem == "FILE_UNREADABLE"
