"""Labels for tubes and boxes: A4 sheets of stickers as PDF, and ZPL for a thermal printer.

Bars are drawn as lines, not as a picture, so any printer keeps them sharp. Refuses a label whose
bars would be too narrow for a laboratory's reader.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import zxingcpp

from doorstep.kit import paper

if TYPE_CHECKING:
    from fpdf import FPDF

MOST = 5_000  # labels in one document
NARROWEST = 0.19  # mm, a bar that readers of laboratory tracks still tell
QUIET_BARS = 10  # widths of white that Code 128 needs on each side


class Sheet(NamedTuple):
    """A sheet of stickers, in millimetres on A4."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float


SHEETS = {
    "65": Sheet(5, 13, 38.1, 21.2, 4.75, 10.7, 2.5),
    "40": Sheet(4, 10, 48.5, 25.4, 8.0, 21.5, 0.0),
    "24": Sheet(3, 8, 63.5, 33.9, 7.2, 12.9, 2.5),
}


class Label(NamedTuple):
    """What stands on a sticker: the code, and a line of words below it (the table, the day).
    `plain` is that line in ASCII, for printers that have no other characters.
    """

    code: str
    note: str = ""
    plain: str = ""


class TooNarrow(ValueError):
    """The code is too long for the sticker."""


def make_pdf(labels: Sequence[Label], sheet: Sheet, *, matrix: bool = False) -> bytes:
    """Stickers row by row, with a DataMatrix beside the bars if asked for.

    Raises:
        TooNarrow: a code does not fit the sticker in bars that can be read.
    """
    pdf = paper.begin()
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    for at, label in enumerate(labels):
        place = at % (sheet.columns * sheet.rows)
        if place == 0:
            pdf.add_page()
        row, column = divmod(place, sheet.columns)
        x = sheet.left + column * (sheet.width + sheet.gap)
        _draw(pdf, label, sheet, x, sheet.top + row * sheet.height, matrix)
    return bytes(pdf.output())


def make_zpl(labels: Sequence[Label], *, dots: int = 8) -> str:
    """The same labels, 50 x 25 mm, for a thermal printer of `dots` a millimetre (8 is 203 dpi).
    Such printers seldom have more than ASCII, so the line below the code is `plain`, or `note`
    where that is ASCII; without either there is no third field.
    """
    width, height = 50 * dots, 25 * dots
    out = []
    for label in labels:
        note = label.plain or (label.note if label.note.isascii() else "")
        note = "".join(character for character in note if character not in "^~")
        below = f"^FO{3 * dots},{20 * dots}^A0N,{3 * dots},{3 * dots}^FD{note}^FS" if note else ""
        out.append(
            f"^XA^PW{width}^LL{height}^CI28"
            f"^FO{3 * dots},{2 * dots}^BY2,2^BCN,{11 * dots},N,N,N,A^FD{label.code}^FS"
            f"^FO{3 * dots},{15 * dots}^A0N,{4 * dots},{4 * dots}^FD{label.code}^FS"
            f"{below}^XZ"
        )
    return "\n".join(out) + "\n"


def fit(words: str, room: float, measure: Callable[[str], float]) -> str:
    """As much of the words as `room` takes; the end stays, which has the day, and an … is put
    where something was left out.
    """
    if measure(words) <= room:
        return words
    head, _, end = words.rpartition(" ")
    while head and measure(f"{head}… {end}") > room:
        head = head[:-1]
    return f"{head}… {end}" if head else end


def _draw(pdf: "FPDF", label: Label, sheet: Sheet, x: float, y: float, matrix: bool) -> None:
    bars = _bars(label.code)
    room = sheet.width - (sheet.height * 0.6 if matrix else 0)
    module = min(room / (len(bars) + 2 * QUIET_BARS), 0.33)
    if module < NARROWEST:
        raise TooNarrow(label.code)
    tall = sheet.height * 0.5
    start = x + (room - module * len(bars)) / 2
    for begin, length in _runs(bars):
        pdf.rect(start + begin * module, y + 1.8, length * module, tall, style="F")
    pdf.set_font(paper.FAMILY, size=9 if sheet.height < 25 else 11)
    pdf.set_xy(x, y + 1.8 + tall + 0.4)
    pdf.cell(room, 4, label.code, align="C")
    if label.note:
        pdf.set_font(paper.FAMILY, size=6 if sheet.height < 25 else 8)
        pdf.set_xy(x, y + 1.8 + tall + 4.2)
        pdf.cell(room, 3, fit(label.note, room - 2, pdf.get_string_width), align="C")
    if matrix:
        _draw_matrix(pdf, label.code, x + room, y + 2, sheet.height * 0.55)


def _draw_matrix(pdf: "FPDF", code: str, x: float, y: float, size: float) -> None:
    rows = _matrix(code)
    module = size / (len(rows) + 2)
    for down, row in enumerate(rows):
        for begin, length in _runs(row):
            pdf.rect(
                x + begin * module, y + down * module, length * module, module * 1.01, style="F"
            )


@cache
def _bars(code: str) -> bytes:
    """A line through the Code 128 of a code, one byte for each narrowest bar: 1 is black."""
    return _pixels(code, zxingcpp.BarcodeFormat.Code128)[0]


@cache
def _matrix(code: str) -> tuple[bytes, ...]:
    return tuple(_pixels(code, zxingcpp.BarcodeFormat.DataMatrix))


def _pixels(code: str, kind: "zxingcpp.BarcodeFormat") -> list[bytes]:
    image: Any = zxingcpp.create_barcode(code, kind).to_image(scale=1, add_quiet_zones=False)
    view = memoryview(image)
    height, width = view.shape or (0, 0)
    flat = view.tobytes()
    return [
        bytes(1 if value < 128 else 0 for value in flat[at * width : (at + 1) * width])
        for at in range(height)
    ]


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """(begin, length) of every stretch of black."""
    begin = -1
    for at, value in enumerate((*row, 0)):
        if value and begin < 0:
            begin = at
        elif not value and begin >= 0:
            yield begin, at - begin
            begin = -1
