"""The status letter as a PDF file of one A4 page, in the language of the reader: the same words as
the page, the same code, a Chinese face inside. Refuses to say more than the page says.
"""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import segno
from fpdf import FPDF

from doorstep.kit import paper

_INK, _QUIET, _RULE = (28, 31, 35), (92, 98, 104), (170, 174, 178)
_CODE = 42.0  # mm: a phone reads it from an arm's length
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
    pdf = FPDF(format="A4")
    pdf.add_font("noto", fname=paper.FONT)
    pdf.set_margin(20)
    pdf.set_title(letter.title)
    pdf.add_page()
    _write(pdf, letter.issuer, 11, _QUIET)
    _write(pdf, letter.title, 20)
    pdf.ln(2)
    _write(pdf, letter.sentence, 13)
    pdf.ln(4)
    top = pdf.get_y()
    _draw_code(pdf, letter.address, pdf.w - pdf.r_margin - _CODE, top)
    _draw_facts(pdf, letter.facts)
    pdf.set_y(max(pdf.get_y(), top + _CODE + 4))
    for each in letter.advice:
        pdf.ln(2)
        _write(pdf, each, 12)
    pdf.ln(6)
    _write(pdf, letter.issued, 11)
    pdf.ln(18)
    pdf.set_draw_color(*_RULE)
    pdf.line(pdf.w - pdf.r_margin - 70, pdf.get_y(), pdf.w - pdf.r_margin, pdf.get_y())
    pdf.set_x(pdf.w - pdf.r_margin - 70)
    _write(pdf, letter.seal, 9, _QUIET)
    pdf.ln(4)
    _write(pdf, letter.note, 9, _QUIET)
    return bytes(pdf.output())


def _write(pdf: FPDF, text: str, size: float, colour: tuple[int, int, int] = _INK) -> None:
    pdf.set_font("noto", size=size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.55, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _draw_facts(pdf: FPDF, facts: Sequence[tuple[str, str]]) -> None:
    width = pdf.epw - _CODE - 8
    pdf.set_draw_color(*_RULE)
    for name, text in facts:
        top = pdf.get_y()
        pdf.line(pdf.l_margin, top, pdf.l_margin + width, top)
        pdf.set_xy(pdf.l_margin, top + 1.5)
        pdf.set_font("noto", size=9)
        pdf.set_text_color(*_QUIET)
        pdf.multi_cell(_LABEL - 2, 5, name, align="L", new_x="LMARGIN", new_y="NEXT")
        below = pdf.get_y()
        pdf.set_xy(pdf.l_margin + _LABEL, top + 1)
        pdf.set_font("noto", size=11)
        pdf.set_text_color(*_INK)
        pdf.multi_cell(width - _LABEL, 6, text, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.set_y(max(below, pdf.get_y()) + 1.5)
    pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + width, pdf.get_y())


def _draw_code(pdf: FPDF, address: str, x: float, y: float) -> None:
    picture = io.BytesIO()
    options: dict[str, Any] = {"kind": "png", "scale": 8, "border": 0}
    segno.make(address, error="m").save(picture, **options)
    pdf.image(picture, x=x, y=y, w=_CODE, h=_CODE)
