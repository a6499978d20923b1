"""A list as a spreadsheet or as text. Refuses to let a cell act as a formula, and to turn an
identity number or a phone into a number.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence, Sized
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext

from doorstep.face import moments
from doorstep.face.columns import Column, Text
from doorstep.kit import clock
from doorstep.ledger import refusals

MOST_SHEET_ROWS: Final = 1_048_575
MOST_COPIED: Final = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = {"moment": 16, "near": 16, "day": 12, "number": 10, "span": 12, "chip": 14, "code": 18}


def plain(column: Column, value: Any) -> str:
    """A cell as plain words, as a person would read it on the page."""
    if value is None:
        return ""
    if column.kind in ("moment", "near"):
        return moments.say(value, clock.now(), moments.zone())
    if column.kind == "day":
        today = clock.to_moment(clock.now(), moments.zone()).date()
        return moments.say_day(date.fromisoformat(value), today) if value else ""
    if column.kind == "span":
        return moments.say_span(value)
    if column.kind == "number":
        return f"{value:,}"
    if column.kind == "html":
        return strip_tags(str(value))
    return str(value.text) if hasattr(value, "text") else str(value)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula (ASVS 5.0 V1.2.10)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def to_xlsx(
    title: Text, columns: Sequence[Column], rows: Iterable[Any], *, total: int | None = None
) -> HttpResponseBase:
    """All rows, as an Excel file: numbers and moments as such, all else as text. `total`: how many
    there are, where that is known without counting.

    Raises:
        Refused: TOO_MANY_ROWS, more than a sheet holds.
    """
    # known before a million rows are written
    if _is_too_long(rows) if total is None else total > MOST_SHEET_ROWS:
        raise _too_many()
    import xlsxwriter  # takes long to load, and few processes write a sheet

    columns = [column for column in columns if column.sheet]
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115  the response closes it
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet(_sheet_name(str(title)))
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    for at, column in enumerate(columns):
        sheet.set_column(at, at, _WIDTHS.get(column.kind, 24))
        sheet.write_string(0, at, harmless(str(column.text)), head)
    last = 0
    zone = moments.zone()
    for last, row in enumerate(each(rows), 1):
        if last > MOST_SHEET_ROWS:  # it has grown meanwhile
            book.close()
            file.close()
            raise _too_many()
        for at, column in enumerate(columns):
            _write(sheet, last, at, column, column.read(row), text, zone)
    sheet.freeze_panes(1, 1)
    if columns:
        sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    book.close()
    file.seek(0)
    response = FileResponse(file, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name(title))}"
    return response


def to_text(title: Text, columns: Sequence[Column], rows: Iterable[Any]) -> HttpResponse:
    """The rows as text to paste into a chat: one line a row, masked, at most 500 rows."""
    columns = [column for column in columns if column.mask is not None]
    lines = [str(title)] if title else []
    found = list(islice(each(rows), MOST_COPIED + 1))
    for number, row in enumerate(found[:MOST_COPIED], 1):
        said = (_masked(column, column.read(row)) for column in columns)
        lines.append(f"{number}. " + " · ".join(part for part in said if part))
    if len(found) > MOST_COPIED:
        lines.append(gettext("… and more; take the spreadsheet."))
    count = min(len(found), MOST_COPIED)
    at = moments.say_fully(clock.now(), moments.zone())
    foot = ngettext("%(count)d row, %(at)s", "%(count)d rows, %(at)s", count)
    lines.append(foot % {"count": count, "at": at})
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def file_name(title: Text) -> str:
    """The name of the file: the list's title and the local moment."""
    at = moments.to_datetime(clock.now(), moments.zone())
    title = "".join(c for c in str(title) if c.isalnum() or c in " -_")
    return f"{' '.join(title.split()) or 'list'} {at:%Y-%m-%d %H%M}.xlsx"


def each(rows: Any) -> Iterator[Any]:
    """Rows one after another, never all in memory."""
    return rows.iterator(chunk_size=2000) if isinstance(rows, QuerySet) else iter(rows)


def _is_too_long(rows: Any) -> bool:
    if isinstance(rows, QuerySet):
        return rows.order_by()[MOST_SHEET_ROWS : MOST_SHEET_ROWS + 1].exists()
    return isinstance(rows, Sized) and len(rows) > MOST_SHEET_ROWS


def _too_many() -> refusals.Refused:
    return refusals.Refused("TOO_MANY_ROWS", most=f"{MOST_SHEET_ROWS:,}")


def _masked(column: Column, value: Any) -> str:
    words = plain(column, value)
    return column.mask(words) if column.mask is not None and words else ""


def _write(sheet: Any, row: int, at: int, column: Column, value: Any, text: Any, zone: str) -> None:
    if value is None or value == "":
        return
    if column.kind in ("moment", "near"):
        local: datetime = moments.to_datetime(value, zone)
        sheet.write_datetime(row, at, local)
    elif column.kind == "number" and isinstance(value, int | float):
        sheet.write_number(row, at, value)
    elif column.kind == "day":
        sheet.write_string(row, at, str(value), text)
    else:
        sheet.write_string(row, at, harmless(plain(column, value))[:32_767], text)


def _sheet_name(title: str) -> str:
    clean = "".join(c for c in title if c not in "[]:*?/\\'").strip()
    return clean[:31] or "1"
