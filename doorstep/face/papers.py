"""How every paper is drawn: its head and foot, paragraphs, facts beside a code, figures, tables; in
the reader's language, a Chinese face inside. Raises FileNotFoundError when the face is not
installed.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import segno

from doorstep.kit import paper

if TYPE_CHECKING:
    from fpdf import FPDF

INK, QUIET, RULE = (28, 31, 35), (92, 98, 104), (170, 174, 178)
FAMILY = paper.FAMILY
_CODE = 42.0  # mm: a phone reads it from an arm's length
_SEAL = 70.0  # mm: the line to sign on
_LABEL = 38.0  # mm for the names of the facts
_WIDE = 170.0  # mm
_MANY = 8  # columns: more stand on a page turned round


def begin(issuer: str, title: str, sentence: str) -> "FPDF":
    """A paper with its head. Raises FileNotFoundError when the face is not installed."""
    pdf = paper.begin()
    pdf.set_margin(20)
    pdf.set_title(title)
    pdf.add_page()
    write(pdf, issuer, 11, QUIET)
    write(pdf, title, 20)
    pdf.ln(2)
    write(pdf, sentence, 13)
    pdf.ln(4)
    return pdf


def end(pdf: "FPDF", issued: str, seal: str, note: str) -> None:
    """Who made it and when, a line to sign on, a note below it."""
    pdf.ln(6)
    write(pdf, issued, 11)
    pdf.ln(18)
    pdf.set_draw_color(*RULE)
    pdf.line(pdf.w - pdf.r_margin - _SEAL, pdf.get_y(), pdf.w - pdf.r_margin, pdf.get_y())
    pdf.set_x(pdf.w - pdf.r_margin - _SEAL)
    write(pdf, seal, 9, QUIET)
    pdf.ln(4)
    write(pdf, note, 9, QUIET)


def write(pdf: "FPDF", text: str, size: float, colour: tuple[int, int, int] = INK) -> None:
    """A paragraph; `size` in points."""
    pdf.set_font(FAMILY, size=size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.55, text, align="L", new_x="LMARGIN", new_y="NEXT")


def draw_facts(pdf: "FPDF", facts: Sequence[tuple[str, str]], code: str) -> None:
    """(name, text) below each other, and beside them a QR code."""
    begun = pdf.get_y()
    picture = io.BytesIO(make_code(code))
    pdf.image(picture, x=pdf.w - pdf.r_margin - _CODE, y=begun, w=_CODE, h=_CODE)
    pdf.set_y(begun)
    width = pdf.epw - _CODE - 8
    pdf.set_draw_color(*RULE)
    for name, text in facts:
        top = pdf.get_y()
        pdf.line(pdf.l_margin, top, pdf.l_margin + width, top)
        pdf.set_xy(pdf.l_margin, top + 1.5)
        pdf.set_font(FAMILY, size=9)
        pdf.set_text_color(*QUIET)
        pdf.multi_cell(_LABEL - 2, 5, name, align="L", new_x="LMARGIN", new_y="NEXT")
        below = pdf.get_y()
        pdf.set_xy(pdf.l_margin + _LABEL, top + 1)
        pdf.set_font(FAMILY, size=11)
        pdf.set_text_color(*INK)
        pdf.multi_cell(width - _LABEL, 6, text, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.set_y(max(below, pdf.get_y()) + 1.5)
    pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + width, pdf.get_y())
    pdf.set_y(max(pdf.get_y(), begun + _CODE + 4))


def write_counts(pdf: "FPDF", rows: Sequence[tuple[str, str]]) -> None:
    """(name, figure) below each other, over as many pages as they need."""
    pdf.set_font(FAMILY, size=10)
    pdf.set_text_color(*INK)
    for name, figure in rows:
        pdf.cell(pdf.epw - _LABEL, 5.5, name)
        pdf.cell(_LABEL, 5.5, figure, align="R", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(2)


def make_code(text: str) -> bytes:
    """A QR code as a PNG picture."""
    picture = io.BytesIO()
    options: dict[str, Any] = {"kind": "png", "scale": 8, "border": 0}
    segno.make(text, error="m").save(picture, **options)
    return picture.getvalue()


def draw_table(
    pdf: "FPDF",
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    words: Iterable[int] = (),
    note: str = "",
) -> None:
    """A table under its title; the first column and those in `words` are texts, the others figures.
    One of many columns stands on a page turned round.
    """
    from fpdf.fonts import FontFace  # loaded with the paper (kit.paper)

    wide = is_wide(heads)
    if wide:
        pdf.add_page(orientation="landscape")
    pdf.ln(2)
    write(pdf, title, 13)
    pdf.set_font(FAMILY, size=7 if wide else 9)
    texts = {0, *words}
    pdf.set_draw_color(*RULE)
    pdf.set_line_width(0.2)
    with pdf.table(
        width=pdf.epw if wide else _WIDE, col_widths=_widths_of(heads, rows),
        text_align=["LEFT" if at in texts else "RIGHT" for at in range(len(heads))],
        line_height=5 if wide else 6, padding=(0, 0.5), gutter_width=0,
        headings_style=FontFace(emphasis=""), borders_layout="HORIZONTAL_LINES",
    ) as table:  # fmt: skip
        table.row(list(heads))
        for row in rows:
            table.row(list(row))
    if note:
        write(pdf, note, 9, QUIET)
    pdf.ln(2)


def is_wide(heads: Sequence[str]) -> bool:
    """Whether a table of these columns stands on a page turned round."""
    return len(heads) > _MANY


def _widths_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns by their longest words, so that a list of buildings has room beside a number."""
    columns = zip(heads, *rows, strict=True)
    return [min(max(8, *(_length_of(cell) for cell in column)), 60) for column in columns]


def _length_of(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)  # Chinese is as wide as high
