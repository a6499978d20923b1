"""A plan as a file: a page of HTML that needs nothing else, or a PDF with the same tables and
pictures. Refuses to say more than the page says.
"""

import io
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.template.loader import render_to_string

from doorstep.command.plans.blocks import Picture, Report, Table, split
from doorstep.face import moments, papers
from doorstep.kit import clock

if TYPE_CHECKING:
    from fpdf import FPDF

_WIDE = 170.0  # mm


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
    pdf = papers.begin(issued, title, report.sentence)
    # what turns the page round comes last
    for block in sorted(report.blocks, key=_is_turned):
        if isinstance(block, Table):
            papers.draw_table(
                pdf, block.title, block.heads, block.rows, words=block.words, note=block.note
            )
        else:
            _draw_picture(pdf, block)
    return bytes(pdf.output())


def _is_turned(block: Table | Picture) -> bool:
    return isinstance(block, Table) and papers.is_wide(block.heads)


def _draw_picture(pdf: "FPDF", block: Picture) -> None:
    height = _WIDE * _share_of(block.svg)
    if pdf.get_y() + height + 12 > pdf.h - pdf.b_margin:
        pdf.add_page()
    papers.write(pdf, block.title, 11)
    svg = block.svg.replace("<svg ", f'<svg font-family="{papers.FAMILY}" ', 1)
    pdf.image(io.BytesIO(svg.encode()), w=_WIDE)
    pdf.ln(3)


def _share_of(svg: str) -> float:
    """The height of a picture by its width."""
    width, height = svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split()
    return float(height) / float(width)
