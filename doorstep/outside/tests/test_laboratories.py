"""Result files as laboratories send them: every row taken or refused, nothing raised."""

import hashlib
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.outside import laboratories
from doorstep.outside.laboratories import Refusal, Result

ZONE = "Asia/Shanghai"
HEAD = "管码,结果,检测时间,报告时间,实验室,Ct ORF1ab,Ct N,状态,Corrected_result_ID\n"
GOOD = "T001,阴性,2021/6/21 8:05,2021/6/21 12:00,甲,,,F,\n"


def micros(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp()) * 1_000_000


AT_0805 = micros("2021-06-21T08:05:00+08:00")
AT_1200 = micros("2021-06-21T12:00:00+08:00")
ROW = Result("T001", "negative", AT_0805, AT_1200, "甲", None, None, "F", "", 2)


def read(text: str) -> laboratories.ResultFile:
    return laboratories.read_results(text.encode(), ZONE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, ending: str) -> None:
    data = (HEAD + GOOD).replace("\n", ending).encode(encoding)
    found = laboratories.read_results(data, ZONE)
    assert found == (hashlib.sha256(data).hexdigest(), [ROW], [])


@pytest.mark.parametrize(
    "name", ["管码", "采样管编号", "试管编号", "Tube", " TUBE ", "采样管\u3000编号"]
)
def test_columns_move_and_have_other_names(name: str) -> None:
    head = f"序号,reported_at,Result,{name},Tested At,备注\n"
    found = read(head + "1,2021-06-21 12:00,Negative,T001,2021-06-21 08:05:00,x\n")
    assert found.rows == [ROW._replace(laboratory="")]
    assert found.refusals == []


def test_other_separators() -> None:
    for mark in ";\t":
        assert read((HEAD + GOOD).replace(",", mark)).rows == [ROW]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("阴性", "negative"), ("-", "negative"), ("阳性", "positive"), ("＋", "positive"),
     ("POSITIVE", "positive"), ("可疑", "inconclusive"), ("inconclusive", "inconclusive"),
     ("无效", "invalid"), ("Invalid", "invalid"), ("阴性（-）", "negative")],
)  # fmt: skip
def test_outcomes(text: str, outcome: str) -> None:
    assert [row.outcome for row in read(HEAD + GOOD.replace("阴性", text)).rows] == [outcome]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2021/6/21 8:05", "2021-06-21T08:05:00+08:00"),
        ("2021年6月21日 8:05", "2021-06-21T08:05:00+08:00"),
        ("20210621080500", "2021-06-21T08:05:00+08:00"),
        ("202106210805", "2021-06-21T08:05:00+08:00"),
        ("20220119182100-0500", "2022-01-19T23:21:00+00:00"),
        ("2021-06-21T08:05:00+08:00", "2021-06-21T00:05:00+00:00"),
        ("2021-06-21T00:05:00Z", "2021-06-21T00:05:00+00:00"),
        ("44368.34", "2021-06-21T08:09:36+08:00"),
    ],
)
def test_odd_dates(text: str, iso: str) -> None:
    found = read(HEAD + GOOD.replace("2021/6/21 8:05", text))
    assert [row.tested_at for row in found.rows] == [micros(iso)]


def test_a_time_without_offset_is_in_the_zone_given() -> None:
    found = laboratories.read_results((HEAD + GOOD).encode(), "America/New_York")
    assert found.rows[0].tested_at == micros("2021-06-21T08:05:00-04:00")
    skipped = (HEAD + GOOD.replace("2021/6/21 8:05", "2021/3/14 2:30")).encode()
    found = laboratories.read_results(skipped, "America/New_York")
    assert found.refusals == [Refusal(2, "tested_at", "TIME_UNREADABLE")]


@pytest.mark.parametrize(
    ("old", "new", "column", "code"),
    [
        ("T001", "", "tube", "TUBE_UNREADABLE"),
        ("T001", "2.02106E+14", "tube", "TUBE_UNREADABLE"),
        ("阴性", "弱阳性", "result", "RESULT_UNKNOWN"),
        ("阴性", "", "result", "RESULT_UNKNOWN"),
        ("2021/6/21 8:05", "", "tested_at", "TIME_UNREADABLE"),
        ("2021/6/21 8:05", "2021-06-21", "tested_at", "TIME_UNREADABLE"),
        ("2021/6/21 8:05", "2021/2/30 8:05", "tested_at", "TIME_UNREADABLE"),
        ("2021/6/21 8:05", "20210621080500+9900", "tested_at", "TIME_UNREADABLE"),
        ("2021/6/21 12:00", "0001-01-01 00:00", "reported_at", "TIME_UNREADABLE"),
        ("甲,,", "甲,高,", "ct_orf1ab", "CT_UNREADABLE"),
        ("甲,,", "甲,,99", "ct_n", "CT_UNREADABLE"),
        (",F,", ",X,", "status", "STATUS_UNKNOWN"),
        (",F,", ",P,", "status", "RESULT_PRELIMINARY"),
        ("甲", "甲" * 201, "laboratory", "TEXT_TOO_LONG"),
        (",F,", ",F,,too,many", "", "ROW_TOO_MANY_COLUMNS"),
        (",2021/6/21 12:00,甲,,,F,", "", "", "ROW_TOO_FEW_COLUMNS"),
        ("甲", '"甲\nT009"', "", "ROW_LINE_BREAK"),
    ],
)
def test_one_bad_row_is_refused_and_the_next_is_taken(
    old: str, new: str, column: str, code: str
) -> None:
    bad = GOOD.replace(old, new, 1)
    assert bad != GOOD
    found = read(HEAD + bad + GOOD)
    assert found.refusals == [Refusal(2, column, code)]
    assert found.rows == [ROW._replace(row=3)]


def test_every_fault_of_a_row_is_named() -> None:
    found = read(HEAD + "?,?,?,?,甲,?,?,?,\n")
    assert [r.column for r in found.refusals] == [
        "tube", "result", "tested_at", "reported_at", "ct_orf1ab", "ct_n", "status"
    ]  # fmt: skip


def test_quoted_commas_ct_corrections_blank_rows_and_short_rows() -> None:
    found = read(
        HEAD + '="0012",阳性,2021/6/21 8:05,2021/6/21 12:00,"甲, ""乙""",31.5,NoCt,C,R-7\n'
        ",,,,,,,,\n\n" + "T001,阴性,2021/6/21 8:05,2021/6/21 12:00,甲\n"
    )
    first = Result("0012", "positive", AT_0805, AT_1200, '甲, "乙"', 31.5, None, "C", "R-7", 2)
    assert found.rows == [first, ROW._replace(row=5)]
    assert found.refusals == []


def test_an_open_quote_never_swallows_rows_silently() -> None:
    found = read(HEAD + GOOD + GOOD.replace("甲", '"甲') + GOOD)
    assert found.rows == [ROW]
    assert found.refusals == [Refusal(3, "", "ROW_UNREADABLE")]


def test_files_without_rows() -> None:
    assert read(HEAD)[1:] == ([], [])
    for empty in ("", "\ufeff", "\n\n", ",,\n"):
        assert read(empty)[1:] == ([], [Refusal(0, "", "FILE_EMPTY")])
    assert laboratories.read_results(b"\xff\xff\xff", ZONE).refusals == [
        Refusal(0, "", "FILE_UNREADABLE")
    ]


def test_headers_that_cannot_be_read() -> None:
    assert read("管码,结果,报告时间\nT1,阴性,x\n").refusals == [
        Refusal(1, "tested_at", "COLUMN_MISSING")
    ]
    assert Refusal(1, "tube", "COLUMN_TWICE") in read("tube," + HEAD + GOOD).refusals
    assert read("," * 300 + HEAD).refusals == [Refusal(1, "", "FILE_TOO_MANY_COLUMNS")]


def test_bounds() -> None:
    big = laboratories.read_results(b"x" * (laboratories.MAX_BYTES + 1), ZONE)
    assert big[1:] == ([], [Refusal(0, "", "FILE_TOO_LARGE")])
    many = read(HEAD + "\n" * laboratories.MAX_ROWS)
    assert many[1:] == ([], [Refusal(0, "", "FILE_TOO_MANY_ROWS")])


def test_written_files_read_back_the_same() -> None:
    rows = [
        ROW,
        Result("0012", "positive", AT_0805 + 7, AT_1200, '=1+1, "x"', 31.25, 0.1, "C", "-9", 3),
        Result("T3", "inconclusive", AT_0805, AT_1200, "'=x", None, 38.0, "F", "", 4),
        Result("T4", "invalid", AT_0805, AT_1200, "", None, None, "F", "", 5),
    ]
    data = laboratories.write_results(rows, ZONE)
    assert b"'=1+1" in data
    assert laboratories.read_results(data, ZONE)[1:] == (rows, [])


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.booleans(),
    st.lists(st.lists(st.text(max_size=12) | st.sampled_from(GOOD.strip().split(",")),
                      max_size=11), max_size=4),
)  # fmt: skip
def test_nothing_raises(raw: bytes, headed: bool, cells: list[list[str]]) -> None:
    body = "\n".join(",".join(row) for row in cells).encode("utf-8", "replace")
    data = (HEAD.encode() if headed else b"") + body + raw
    found = laboratories.read_results(data, ZONE)
    assert found.digest == hashlib.sha256(data).hexdigest()
    assert not {row.row for row in found.rows} & {refusal.row for refusal in found.refusals}
