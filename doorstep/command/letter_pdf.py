"""The status letter as a PDF file of one A4 page, in the language of the reader: the same words as
the page, the same code, a Chinese face inside; and how every paper of the command post is drawn.
Refuses to say more than the page says.
"""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import segno
from fpdf import FPDF

from doorstep.kit import paper

INK, QUIET, RULE = (28, 31, 35), (92, 98, 104), (170, 174, 178)
_CODE = 42.0  # mm: a phone reads it from an arm's length
_SEAL = 70.0  # mm: the line to sign on
_LABEL = 38.0  # mm for the names of the facts


class Letter(NamedTuple):
    """What a letter says, ready to be drawn. `facts` are (name, text); `address` fills the code."""

    issuer: str
    title: str
    sentence: str
    facts: Sequence[tuple[str, str]]
    advice: Sequence[str]
    issued: str
    seal: str
    note: str
    address: str


def make_pdf(letter: Letter) -> bytes:
    """The document. Raises FileNotFoundError when the face is not installed."""
    pdf = begin(letter.issuer, letter.title, letter.sentence)
    draw_facts(pdf, letter.facts, letter.address)
    for each in letter.advice:
        pdf.ln(2)
        write(pdf, each, 12)
    end(pdf, letter.issued, letter.seal, letter.note)
    return bytes(pdf.output())


def begin(issuer: str, title: str, sentence: str) -> FPDF:
    """A paper with its head. Raises FileNotFoundError when the face is not installed."""
    pdf = FPDF(format="A4")
    pdf.add_font("noto", fname=paper.FONT)
    pdf.set_margin(20)
    pdf.set_title(title)
    pdf.add_page()
    write(pdf, issuer, 11, QUIET)
    write(pdf, title, 20)
    pdf.ln(2)
    write(pdf, sentence, 13)
    pdf.ln(4)
    return pdf


def end(pdf: FPDF, issued: str, seal: str, note: str) -> None:
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


def write(pdf: FPDF, text: str, size: float, colour: tuple[int, int, int] = INK) -> None:
    """A paragraph; `size` in points."""
    pdf.set_font("noto", size=size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.55, text, align="L", new_x="LMARGIN", new_y="NEXT")


def draw_facts(pdf: FPDF, facts: Sequence[tuple[str, str]], code: str) -> None:
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
        pdf.set_font("noto", size=9)
        pdf.set_text_color(*QUIET)
        pdf.multi_cell(_LABEL - 2, 5, name, align="L", new_x="LMARGIN", new_y="NEXT")
        below = pdf.get_y()
        pdf.set_xy(pdf.l_margin + _LABEL, top + 1)
        pdf.set_font("noto", size=11)
        pdf.set_text_color(*INK)
        pdf.multi_cell(width - _LABEL, 6, text, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.set_y(max(below, pdf.get_y()) + 1.5)
    pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + width, pdf.get_y())
    pdf.set_y(max(pdf.get_y(), begun + _CODE + 4))


def write_counts(pdf: FPDF, rows: Sequence[tuple[str, str]]) -> None:
    """(name, figure) below each other, over as many pages as they need."""
    pdf.set_font("noto", size=10)
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
