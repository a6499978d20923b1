"""Reads and writes the CSV result files of laboratories.

Every row is taken or refused with a code; bad bytes never raise. It refuses to guess: a date
without an hour, an outcome it does not know and a preliminary result are refused, not bent.
"""

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

Outcome = Literal["negative", "positive", "inconclusive", "invalid"]
Status = Literal["F", "C"]

MAX_BYTES = 8 * 1024 * 1024
MAX_ROWS = 50_000  # header and blank rows count too
MAX_COLUMNS = 200
MAX_TEXT = 200  # characters in a laboratory's name or a result id


class Result(NamedTuple):
    """One row taken. Times are microseconds since 1970 UTC; `row` counts from 1, the header."""

    tube: str
    outcome: Outcome
    tested_at: int
    reported_at: int
    laboratory: str
    ct_orf1ab: float | None
    ct_n: float | None
    status: Status
    corrects: str
    row: int


class Refusal(NamedTuple):
    """Why a row was not taken. Row 0 is the whole file; column "" is the whole row.

    A row with several faults has several refusals.
    """

    row: int
    column: str
    code: str


class ResultFile(NamedTuple):
    """What a file held. `digest` is the SHA-256 of its bytes: the same file has the same one."""

    digest: str
    rows: list[Result]
    refusals: list[Refusal]


# Field -> headers seen in the wild, first one written by `write_results`.
_HEADERS: dict[str, tuple[str, ...]] = {
    "tube": ("采样管编号", "管码", "试管编号", "采样管码", "试管码", "管号", "tube", "tube_code",
             "tube_id"),
    "result": ("检测结果", "结果", "核酸检测结果", "result", "outcome", "test_result"),
    "tested_at": ("检测时间", "检验时间", "tested_at", "test_time", "tested"),
    "reported_at": ("报告时间", "结果报告时间", "reported_at", "report_time", "reported"),
    "laboratory": ("检测机构", "检验机构", "实验室", "检测单位", "laboratory", "lab"),
    "ct_orf1ab": ("Ct ORF1ab", "ORF1ab", "ORF1ab基因Ct值", "ORF1ab Ct值", "ORF1ab Ct"),
    "ct_n": ("Ct N", "N基因Ct值", "N Ct值", "N Ct", "N基因"),
    "status": ("结果状态", "状态", "status", "result_status"),
    "corrects": ("Corrected_result_ID", "更正结果编号", "被更正结果编号", "corrects"),
}  # fmt: skip
_REQUIRED = ("tube", "result", "tested_at", "reported_at")
_OUTCOMES: dict[str, Outcome] = {
    "阴性": "negative", "阴": "negative", "negative": "negative", "neg": "negative",
    "-": "negative", "(-)": "negative", "阴性(-)": "negative",
    "阳性": "positive", "阳": "positive", "positive": "positive", "pos": "positive",
    "+": "positive", "(+)": "positive", "阳性(+)": "positive",
    "可疑": "inconclusive", "灰区": "inconclusive", "inconclusive": "inconclusive",
    "suspicious": "inconclusive", "±": "inconclusive", "(±)": "inconclusive",
    "无效": "invalid", "invalid": "invalid",
}  # fmt: skip
_WRITTEN: dict[Outcome, str] = {
    "negative": "阴性", "positive": "阳性", "inconclusive": "可疑", "invalid": "无效",
}  # fmt: skip
_STATUSES = {"f": "F", "final": "F", "c": "C", "corrected": "C", "p": "P", "preliminary": "P"}
_NO_CT = frozenset(("", "-", "--", "/", "0", "noct", "undetermined", "n/a", "na", "未检出", "无"))

_TUBE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # refuses 2.02106E+14, as Excel leaves it
_CT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,20})?")
_OFFSET = r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
_CLOCK = r"(?P<s>[0-9]{2})(?:\.(?P<f>[0-9]{1,6}))?"
_TIMES = (
    re.compile(
        r"(?P<y>[0-9]{4})[-/.年](?P<mo>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?[T ]+"
        rf"(?P<h>[0-9]{{1,2}}):(?P<mi>[0-9]{{2}})(?::{_CLOCK})? ?{_OFFSET}"
    ),
    re.compile(
        r"(?P<y>[0-9]{4})(?P<mo>[0-9]{2})(?P<d>[0-9]{2})"
        rf"(?P<h>[0-9]{{2}})(?P<mi>[0-9]{{2}})(?:{_CLOCK})?{_OFFSET}"
    ),
)
_SERIAL = re.compile(r"[0-9]{5}\.[0-9]{1,15}")
_EXCEL_DAY_0 = datetime(1899, 12, 30)  # right for every serial after 1 March 1900
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")  # what a spreadsheet would run, and our guard


def read_results(data: bytes, zone: str) -> ResultFile:
    """Read a laboratory's CSV file; times without an offset are in `zone` (an IANA name).

    Nothing in `data` raises. An unknown `zone` is a fault of our configuration and raises
    `ZoneInfoNotFoundError`. A quoting fault (ROW_UNREADABLE) ends the reading at its row: what
    follows cannot be split safely.
    """
    home = ZoneInfo(zone)
    digest = hashlib.sha256(data).hexdigest()
    if len(data) > MAX_BYTES:
        return ResultFile(digest, [], [Refusal(0, "", "FILE_TOO_LARGE")])
    text = _decode(data)
    if text is None:
        return ResultFile(digest, [], [Refusal(0, "", "FILE_UNREADABLE")])
    found = ResultFile(digest, [], [])
    columns: dict[str, int] | None = None
    width = 0
    number = 0
    lines = _split(text)
    while True:
        number += 1
        try:
            cells = next(lines, None)
        except csv.Error:
            found.refusals.append(Refusal(number, "", "ROW_UNREADABLE"))
            break
        if cells is None:
            break
        if number > MAX_ROWS:
            return ResultFile(digest, [], [Refusal(0, "", "FILE_TOO_MANY_ROWS")])
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns, faults = _read_header(cells, number)
            width = len(cells)
            if faults:
                return ResultFile(digest, [], faults)
        else:
            _read_row(cells, width, columns, number, home, found)
    if columns is None and not found.refusals:
        found.refusals.append(Refusal(0, "", "FILE_EMPTY"))
    return found


def write_results(rows: Iterable[Result], zone: str) -> bytes:
    """Write a result file as a laboratory would: UTF-8 with BOM, CRLF, times with `zone`'s offset.

    `read_results` of it gives the same rows, numbered from 2. Texts that a spreadsheet would run
    as a formula are guarded with an apostrophe, which `read_results` takes off.
    """
    home = ZoneInfo(zone)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names[0] for names in _HEADERS.values())
    for row in rows:
        writer.writerow(
            (
                row.tube,
                _WRITTEN[row.outcome],
                _write_time(row.tested_at, home),
                _write_time(row.reported_at, home),
                _guard(row.laboratory),
                "" if row.ct_orf1ab is None else row.ct_orf1ab,
                "" if row.ct_n is None else row.ct_n,
                row.status,
                _guard(row.corrects),
            )
        )
    return out.getvalue().encode("utf-8-sig")


def _decode(data: bytes) -> str | None:
    # GB18030 contains GBK. UTF-8 first: Chinese GBK text is practically never valid UTF-8.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _split(text: str) -> Iterator[list[str]]:
    # The header decides the separator: some spreadsheets export ";" or tabs under the name CSV.
    head = text.lstrip().partition("\n")[0]
    mark = "," if "," in head else ";" if ";" in head else "\t" if "\t" in head else ","
    return csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)


def _fold_header(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s_\-()\[\]:.*']", "", plain)


_FIELDS = {_fold_header(name): field for field, names in _HEADERS.items() for name in names}


def _read_header(cells: list[str], number: int) -> tuple[dict[str, int], list[Refusal]]:
    columns: dict[str, int] = {}
    if len(cells) > MAX_COLUMNS:
        return columns, [Refusal(number, "", "FILE_TOO_MANY_COLUMNS")]
    faults = []
    for index, cell in enumerate(cells):
        field = _FIELDS.get(_fold_header(cell))
        if field is None:
            continue  # columns that are not ours may stand anywhere
        if field in columns:
            faults.append(Refusal(number, field, "COLUMN_TWICE"))
        columns.setdefault(field, index)
    faults += [Refusal(number, f, "COLUMN_MISSING") for f in _REQUIRED if f not in columns]
    return columns, faults


def _read_row(
    cells: list[str],
    width: int,
    columns: dict[str, int],
    number: int,
    home: ZoneInfo,
    found: ResultFile,
) -> None:
    code = _shape_fault(cells, width, columns)
    if code:
        found.refusals.append(Refusal(number, "", code))
        return
    cell = {f: _clean(cells[i]) if i < len(cells) else "" for f, i in columns.items()}
    corrects = _unguard(cell.get("corrects", ""))
    laboratory = _unguard(cell.get("laboratory", ""))
    # No status column: final, unless the row names the result it corrects.
    mark = cell.get("status", "").casefold() or ("c" if corrects else "f")
    status = _STATUSES.get(mark)
    if status == "P":
        found.refusals.append(Refusal(number, "status", "RESULT_PRELIMINARY"))
        return
    outcome = _OUTCOMES.get(cell["result"].casefold().replace("\u2212", "-"))
    tested_at = _read_time(cell["tested_at"], home)
    reported_at = _read_time(cell["reported_at"], home)
    orf_ok, ct_orf1ab = _read_ct(cell.get("ct_orf1ab", ""))
    n_ok, ct_n = _read_ct(cell.get("ct_n", ""))
    checks = (
        ("tube", "TUBE_UNREADABLE", _TUBE.fullmatch(cell["tube"]) is not None),
        ("result", "RESULT_UNKNOWN", outcome is not None),
        ("tested_at", "TIME_UNREADABLE", tested_at is not None),
        ("reported_at", "TIME_UNREADABLE", reported_at is not None),
        ("laboratory", "TEXT_TOO_LONG", len(laboratory) <= MAX_TEXT),
        ("ct_orf1ab", "CT_UNREADABLE", orf_ok),
        ("ct_n", "CT_UNREADABLE", n_ok),
        ("status", "STATUS_UNKNOWN", status is not None),
        ("corrects", "TEXT_TOO_LONG", len(corrects) <= MAX_TEXT),
    )
    faults = [Refusal(number, column, code) for column, code, good in checks if not good]
    found.refusals.extend(faults)
    if faults or outcome is None or tested_at is None or reported_at is None:
        return
    found.rows.append(
        Result(
            cell["tube"], outcome, tested_at, reported_at, laboratory, ct_orf1ab, ct_n,
            "C" if status == "C" else "F", corrects, number,
        )
    )  # fmt: skip


def _shape_fault(cells: list[str], width: int, columns: dict[str, int]) -> str:
    if any("\n" in cell or "\r" in cell for cell in cells):
        return "ROW_LINE_BREAK"  # a stray quote swallows the rows below it: never pass over that
    if any(cell.strip() for cell in cells[width:]):
        return "ROW_TOO_MANY_COLUMNS"
    # Spreadsheets drop empty cells at the end of a row: only what must be filled is missed.
    if any(columns[field] >= len(cells) for field in _REQUIRED):
        return "ROW_TOO_FEW_COLUMNS"
    return ""


def _clean(cell: str) -> str:
    text = unicodedata.normalize("NFKC", cell.replace("\x00", "")).strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        text = text[2:-1].strip()  # ="0012" keeps leading zeros in a spreadsheet
    return text


def _guard(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text


def _unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _read_ct(text: str) -> tuple[bool, float | None]:
    # Not detected is no value; a cycle count beyond 60 is not a Ct.
    if text.casefold().replace(" ", "") in _NO_CT:
        return True, None
    if _CT.fullmatch(text) is None or not 0 < float(text) <= 60:
        return False, None
    return True, float(text)


def _read_time(text: str, home: ZoneInfo) -> int | None:
    if _SERIAL.fullmatch(text):
        # A serial holds about a tenth of a second: rounded to the second it was typed as.
        seconds = round(float(text) * 86_400)
        return _to_micros(_EXCEL_DAY_0 + timedelta(seconds=seconds), home)
    for pattern in _TIMES:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        part = match.groupdict()
        try:
            naive = datetime(
                int(part["y"]), int(part["mo"]), int(part["d"]), int(part["h"]), int(part["mi"]),
                int(part["s"] or 0), int((part["f"] or "").ljust(6, "0")),
            )  # fmt: skip
            return _to_micros(naive, _read_offset(part["offset"]) or home)
        except ValueError:
            return None
    return None


def _read_offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError("no such offset")
    delta = timedelta(hours=hours, minutes=minutes)
    return timezone(-delta if text[0] == "-" else delta)


def _to_micros(naive: datetime, where: tzinfo) -> int | None:
    if not 2000 <= naive.year <= 2099:
        return None
    moment = naive.replace(tzinfo=where).astimezone(UTC)
    if moment.astimezone(where).replace(tzinfo=None) != naive:
        return None  # an hour that clocks skipped in spring
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _write_time(at: int, home: ZoneInfo) -> str:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(home).isoformat()
