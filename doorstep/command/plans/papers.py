"""A plan as a file: a page of HTML that needs nothing else, or a PDF with the same tables and
pictures. Refuses to say more than the page says.
"""

import io
from collections.abc import Sequence

from django.template.loader import render_to_string
from fpdf import FPDF
from fpdf.fonts import FontFace

from doorstep.command import letter_pdf
from doorstep.command.plans.reports import Picture, Table

_FAMILY = "noto"  # the face that letter_pdf.begin brings
_WIDE = 170.0  # mm


def make_html(title: str, sentence: str, blocks: Sequence[Table | Picture], language: str) -> str:
    """A page of its own."""
    said = {"title": title, "sentence": sentence, "blocks": split(blocks), "language": language}
    return render_to_string("plans/paper.html", said)


def split(blocks: Sequence[Table | Picture]) -> list[dict[str, object]]:
    """The blocks as a template tells them apart."""
    return [{"table" if isinstance(block, Table) else "picture": block} for block in blocks]


def make_pdf(title: str, sentence: str, blocks: Sequence[Table | Picture], issued: str) -> bytes:
    """The document. Raises FileNotFoundError when the face is not installed."""
    pdf = letter_pdf.begin(issued, title, sentence)
    for block in blocks:
        if isinstance(block, Table):
            _draw_table(pdf, block)
        else:
            _draw_picture(pdf, block)
    return bytes(pdf.output())


def _draw_table(pdf: FPDF, block: Table) -> None:
    pdf.ln(2)
    letter_pdf.write(pdf, block.title, 13)
    pdf.set_font(_FAMILY, size=9)
    widths = (2, *([1] * (len(block.heads) - 1)))
    align = ("LEFT", *(["RIGHT"] * (len(block.heads) - 1)))
    with pdf.table(
        width=_WIDE, col_widths=widths, text_align=align, line_height=6,
        headings_style=FontFace(emphasis=""), borders_layout="HORIZONTAL_LINES",
    ) as table:  # fmt: skip
        table.row(list(block.heads))
        for row in block.rows:
            table.row(list(row))
    if block.note:
        letter_pdf.write(pdf, block.note, 9, letter_pdf.QUIET)
    pdf.ln(2)


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
