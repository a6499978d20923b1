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


def make_pdf(report: Report) -> bytes:
    """The document. Raises FileNotFoundError when the font is not installed."""
    pdf = FPDF(format="A4")
    pdf.add_font("noto", fname=paper.FONT)
    pdf.set_margin(18)
    pdf.add_page()
    pdf.set_font("noto", size=16)
    pdf.multi_cell(0, 9, f"{report.estate} {report.day}\n{' · '.join(words.TITLE)}", align="L")
    pdf.set_font("noto", size=10)
    for text in words.sentence(report):
        pdf.set_x(pdf.l_margin)
        pdf.multi_cell(0, 6, text, align="L")
    _section(pdf, "people", words.list_people(report))
    _chart(pdf, report)
    _section(pdf, "tubes", words.list_tubes(report))
    _section(pdf, "waiting", words.list_waiting(report))
    header = ("code 代码", "planted 预设", "held 待核", "marked 标记")
    _section(pdf, "codes", [header, *words.list_codes(report)])
    pdf.ln(2)
    _rows(pdf, words.list_planted(report))
    _section(pdf, "book", words.list_book(report))
    _section(pdf, "doors", [])
    pdf.multi_cell(0, 5, " · ".join(report.book["missed_doors"]) or "–", align="L")
    return bytes(pdf.output())


def _section(pdf: FPDF, name: str, rows: Sequence[Sequence[str]]) -> None:
    pdf.ln(4)
    pdf.set_font("noto", size=12)
    pdf.cell(0, 8, words.section(name), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("noto", size=9)
    _rows(pdf, rows)


def _rows(pdf: FPDF, rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        if len(row[-1]) > 40:  # a root takes the whole line
            pdf.cell(0, 5, f"{row[0]}  {row[-1]}", new_x="LMARGIN", new_y="NEXT")
            continue
        for at, each in enumerate(row):
            pdf.cell(88 if at == 0 else 28, 5, each, align="L" if at == 0 else "R")
        pdf.ln(5)


def _chart(pdf: FPDF, report: Report) -> None:
    """Four counters over the day, labelled at their ends."""
    pdf.ln(4)
    pdf.set_font("noto", size=12)
    pdf.cell(0, 8, words.section("history"), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("noto", size=8)
    history = report.history
    if len(history) < 2:
        return
    left, top, wide, high = pdf.l_margin, pdf.get_y(), 130.0, 50.0
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
