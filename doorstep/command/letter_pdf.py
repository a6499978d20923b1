"""The status letter as a PDF file of one A4 page, in the language of the reader: the same words as
the page, the same code. Refuses to say more than the page says.
"""

from collections.abc import Sequence
from typing import NamedTuple

from doorstep.face import papers


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
    pdf = papers.begin(letter.issuer, letter.title, letter.sentence)
    papers.draw_facts(pdf, letter.facts, letter.address)
    for each in letter.advice:
        pdf.ln(2)
        papers.write(pdf, each, 12)
    papers.end(pdf, letter.issued, letter.seal, letter.note)
    return bytes(pdf.output())
