"""Lists of vaccinated people as centres send them, and what is refused of them."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit import clock
from doorstep.outside import vaccinations

ZONE = "Asia/Shanghai"
ELEVEN = datetime(2021, 6, 20, 11, 5)
NUMBER = "100001199001010013"


def workbook(lines: list[list[Any]], dates: str = "yyyy-mm-dd hh:mm") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, form = book.add_worksheet("接种名单"), book.add_format({"num_format": dates})
        for y, line in enumerate(lines):
            for x, value in enumerate(line):
                if isinstance(value, date):
                    sheet.write_datetime(y, x, value, form)
                else:
                    sheet.write(y, x, value)
    return out.getvalue()


def read(data: bytes) -> vaccinations.DoseFile:
    return vaccinations.read_doses(data, "接种.xlsx", ZONE)


def told(found: vaccinations.DoseFile) -> list[tuple[str, int, str, str]]:
    return [(each.sheet, each.row, each.column, each.code) for each in found.refusals]


@pytest.mark.parametrize(
    ("value", "day"),
    [("2021-06-20 11:05", ""), ("2021/6/20 11:05:00", ""), ("2021年6月20日 11:05", ""),
     ("2021-06-20T11:05", ""), ("２０２１-06-20 11：05", ""), ("44367.461806", ""),
     (44367.461806, ""), (ELEVEN, ""), ("11:05", "2021-06-20"), ("11:05", ELEVEN.date()),
     (timedelta(hours=11, minutes=5), "2021.6.20"), (ELEVEN.time(), "20210620")],
)  # fmt: skip
def test_a_moment_in_every_hand(value: Any, day: Any) -> None:
    found = vaccinations.read_moment(value, day)
    assert isinstance(found, datetime) and abs(found - ELEVEN) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("value", "day", "code"),
    [("2021-06-20", "", "TIME_MISSING"), ("", ELEVEN.date(), "TIME_MISSING"),
     ("11:05", "", "DATE_MISSING"), ("昨天", "", "TIME_UNREADABLE"), ("", "", "TIME_MISSING"),
     ("2021-06-20 25:00", "", "TIME_UNREADABLE"), ("2021-02-30 11:05", "", "TIME_UNREADABLE"),
     ("11:05", "六月", "TIME_UNREADABLE")],
)  # fmt: skip
def test_a_moment_that_is_none_is_refused_and_not_guessed(value: Any, day: Any, code: str) -> None:
    assert vaccinations.read_moment(value, day) == code


def test_a_workbook_with_title_and_total() -> None:
    lines: list[list[Any]] = [
             ["桂城街道接种名单"], [], ["序号", "受种者姓名", "身份证号码", "接种时间", "针次"],
             [1, "王小明", NUMBER, ELEVEN, 1], [2, "李四", "10000119820304002X", "2021-06-20", 1],
             [3, "何五", 1.00001198203040e17, ELEVEN, 2], [4, "无号", "", "", 1],
             ["合计", "", "", "", 4]]  # fmt: skip
    found = read(workbook(lines))
    [dose] = found.rows
    assert (dose.document_text, dose.name, dose.row) == (NUMBER, "王小明", 4)
    assert dose.at == clock.to_micros(datetime.fromisoformat("2021-06-20T11:05:00+08:00"))
    assert told(found) == [
        ("接种名单", 5, "D", "TIME_MISSING"), ("接种名单", 6, "C", "ID_DESTROYED"),
        ("接种名单", 7, "C", "ID_MISSING"), ("接种名单", 7, "D", "TIME_MISSING"),
    ]  # fmt: skip
    assert found.sheets[0].skipped == 1


def test_day_and_time_in_two_columns_and_a_csv_in_gbk() -> None:
    text = f"证件号码,接种日期,接种时间\r\n{NUMBER},2021/6/20,11:05\r\n{NUMBER},,11:05\r\n"
    found = vaccinations.read_doses(text.encode("gbk"), "名单.csv", ZONE)
    assert len(found.rows) == 1 and told(found) == [("名单", 3, "C", "DATE_MISSING")]


def test_a_column_of_days_alone_is_refused_row_by_row() -> None:
    found = read(workbook([["证件号码", "接种日期"], [NUMBER, ELEVEN.replace(hour=0, minute=0)]],
                          "yyyy-mm-dd"))  # fmt: skip
    assert found.rows == [] and told(found) == [("接种名单", 2, "B", "TIME_MISSING")]


def test_what_is_no_such_list_says_so() -> None:
    for data, problem in (
        (b"", "FILE_EMPTY"),
        ("姓名,房号,电话\r\n甲,101,1".encode(), "DOSES_NO_HEADER"),
        (b"PK\x03\x04nothing", "FILE_UNREADABLE"),
    ):
        found = read(data)
        assert (found.problem, found.rows) == (problem, [])


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    read(data)
    read("证件号码,接种时间\n".encode() + data)
