"""A plan as a file: a page of HTML that needs nothing else, or a PDF with the same tables and
pictures. Refuses to say more than the page says.
"""

import io

from django.http import HttpResponse
from django.template.loader import render_to_string
from fpdf import FPDF
from fpdf.fonts import FontFace

from doorstep.command import letter_pdf
from doorstep.command.plans.blocks import Picture, Report, Table, split
from doorstep.face import moments
from doorstep.kit import clock

_FAMILY = "noto"  # the face that letter_pdf.begin brings
_WIDE = 170.0  # mm
_MANY = 8  # columns: more stand on a page turned round


def make_html(title: str, report: Report, language: str) -> str:
    """A page of its own."""
    said = {
        "title": title, "sentence": report.sentence, "blocks": split(report.blocks),
        "language": language,
    }  # fmt: skip
    return render_to_string("plans/paper.html", said)


def answer_pdf(title: str, report: Report) -> HttpResponse:
    """The document as an answer. Raises FileNotFoundError when the face is not installed."""
    issued = moments.say_fully(clock.now(), moments.zone())
    body = make_pdf(title, report, issued)
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="plan.pdf"'
    return response


def make_pdf(title: str, report: Report, issued: str) -> bytes:
    """The document. Raises FileNotFoundError when the face is not installed."""
    pdf = letter_pdf.begin(issued, title, report.sentence)
    # what turns the page round comes last
    for block in sorted(report.blocks, key=_is_wide):
        if isinstance(block, Table):
            _draw_table(pdf, block)
        else:
            _draw_picture(pdf, block)
    return bytes(pdf.output())


def _draw_table(pdf: FPDF, block: Table) -> None:
    wide = _is_wide(block)
    if wide:  # a plan of shifts has a column for each day
        pdf.add_page(orientation="landscape")
    pdf.ln(2)
    letter_pdf.write(pdf, block.title, 13)
    pdf.set_font(_FAMILY, size=7 if wide else 9)
    align = ["LEFT" if at in (0, *block.words) else "RIGHT" for at in range(len(block.heads))]
    pdf.set_draw_color(*letter_pdf.RULE)
    pdf.set_line_width(0.2)
    with pdf.table(
        width=pdf.epw if wide else _WIDE, col_widths=_widths_of(block), text_align=align,
        line_height=5 if wide else 6, padding=(0, 0.5), gutter_width=0,
        headings_style=FontFace(emphasis=""), borders_layout="HORIZONTAL_LINES",
    ) as table:  # fmt: skip
        table.row(list(block.heads))
        for row in block.rows:
            table.row(list(row))
    if block.note:
        letter_pdf.write(pdf, block.note, 9, letter_pdf.QUIET)
    pdf.ln(2)


def _is_wide(block: Table | Picture) -> bool:
    return isinstance(block, Table) and len(block.heads) > _MANY


def _widths_of(block: Table) -> list[int]:
    """Columns by their longest words, so that a list of buildings has room beside a number."""
    columns = zip(block.heads, *block.rows, strict=True)
    return [min(max(8, *(_length_of(cell) for cell in column)), 60) for column in columns]


def _length_of(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)  # Chinese is as wide as high


def _draw_picture(pdf: FPDF, block: Picture) -> None:
    height = _WIDE * _share_of(block.svg)
    if pdf.get_y() + height + 12 > pdf.h - pdf.b_margin:
        pdf.add_page()
    letter_pdf.write(pdf, block.title, 11)
    svg = block.svg.replace("<svg ", f'<svg font-family="{_FAMILY}" ', 1)
    pdf.image(io.BytesIO(svg.encode()), w=_WIDE)
    pdf.ln(3)


def _share_of(svg: str) -> float:
    """The height of a picture by its width."""
    width, height = svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split()
    return float(height) / float(width)
