"""The day report as PDF on A4, with a Chinese font embedded. Refuses to draw without the font."""

from collections.abc import Sequence

from fpdf import FPDF

from doorstep.kit import paper
from doorstep.play import report_words as words
from doorstep.play.report import Report

_COLOURS = {
    "sampled": (15, 118, 110), "shipped": (91, 75, 138), "received": (154, 98, 0),
    "reported": (28, 31, 35),
}  # fmt: skip
_ROW, _GAP, _CHART = 5, 6, 50.0  # mm


def make_pdf(report: Report) -> bytes:
    """The document. Raises FileNotFoundError when the font is not installed."""
    pdf = paper.begin()
    pdf.set_margin(18)
    pdf.add_page()
    pdf.set_font(paper.FAMILY, size=16)
    pdf.multi_cell(0, 9, f"{report.estate} {report.day}\n{' · '.join(words.TITLE)}", align="L")
    pdf.set_font(paper.FAMILY, size=10)
    for text in words.list_sentences(report):
        pdf.set_x(pdf.l_margin)
        pdf.multi_cell(0, 6, text, align="L")
    _section(pdf, "people", words.list_people(report))
    _section(pdf, "open", words.list_open_rows(report))
    _chart(pdf, report)
    _section(pdf, "tubes", words.list_tubes(report))
    _section(pdf, "rechecks", words.list_rechecks(report))
    _section(pdf, "waiting", [words.WAITING_HEADER, *words.list_waiting(report)])
    _section(pdf, "codes", [words.CODES_HEADER, *words.list_codes(report)])
    _section(pdf, "mistakes", [words.MISTAKES_HEADER, *words.list_planted(report)])
    _section(pdf, "book", words.list_book(report))
    _heading(pdf, "doors", room=20)
    pdf.set_font(paper.FAMILY, size=9)
    pdf.multi_cell(0, 5, _join_doors(report), align="L")
    return bytes(pdf.output())


def _join_doors(report: Report) -> str:
    # a label is not broken at the end of a line
    doors = [each.replace(" ", "\N{NO-BREAK SPACE}") for each in report.book["missed_doors"]]
    return "   ".join(doors) or "–"


def _section(pdf: FPDF, name: str, rows: Sequence[Sequence[str]]) -> None:
    """A heading and its rows, on one page where they fit on one; nothing without rows."""
    if not rows:
        return
    _heading(pdf, name, room=_ROW * len(rows))
    pdf.set_font(paper.FAMILY, size=9)
    widths = _measure(pdf, rows)
    for row in rows:
        for at, each in enumerate(row):
            pdf.cell(widths[at], _ROW, each, align="L" if at == 0 else "R")
        pdf.ln(_ROW)


def _heading(pdf: FPDF, name: str, *, room: float) -> None:
    """A heading; on a new page when what follows, `room` mm high, fits there and not here."""
    needed = 12 + room
    if pdf.will_page_break(needed) and needed < pdf.eph:
        pdf.add_page()
    else:
        pdf.ln(4)
    pdf.set_font(paper.FAMILY, size=12)
    pdf.cell(0, 8, words.section(name), new_x="LMARGIN", new_y="NEXT")


def _measure(pdf: FPDF, rows: Sequence[Sequence[str]]) -> list[float]:
    """The columns' widths in mm, as their longest text asks for."""
    columns = range(max(len(row) for row in rows))
    return [
        max(pdf.get_string_width(row[at]) for row in rows if len(row) > at) + _GAP for at in columns
    ]


def _chart(pdf: FPDF, report: Report) -> None:
    """Four counters over the day, labelled at their ends."""
    _heading(pdf, "history", room=_CHART + 6)
    pdf.set_font(paper.FAMILY, size=8)
    history = report.history
    if len(history) < 2:
        return
    left, top, wide, high = pdf.l_margin, pdf.get_y(), 130.0, _CHART
    start, end = history[0].at, history[-1].at
    most = max(1, *(each.sampled for each in history), report.people)
    pdf.set_line_width(0.4)
    for name, colour in _COLOURS.items():
        points = [
            (left + (each.at - start) / (end - start) * wide,
             top + high - getattr(each, name) / most * high)
            for each in history
        ]  # fmt: skip
        pdf.set_draw_color(*colour)
        pdf.set_text_color(*colour)
        pdf.polyline(points)
        pdf.text(left + wide + 3, top + 3 + 5 * list(_COLOURS).index(name), words.label(name))
    pdf.set_text_color(28, 31, 35)
    for at, text in words.list_hours(report):
        pdf.text(left + (at - start) / (end - start) * wide - 3, top + high + 4, text)
    pdf.set_y(top + high + 6)
