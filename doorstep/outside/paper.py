"""Paper: A4 sheets as PDF with a Chinese face inside them, so that they print alike everywhere.

Refuses to fetch anything: the face comes from the libraries put there at set-up.
"""

from pathlib import Path
from typing import Literal

from fpdf import FPDF

_FACES = Path(__file__).parents[2] / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
FACE = "Noto Sans SC"
INK = (28, 31, 35)


class Sheet(FPDF):
    """A4 with 15 mm margins, the Chinese face in normal and bold, page numbers at the foot."""

    def footer(self) -> None:
        """The page number, and how many there are."""
        self.set_y(-12)
        self.set_font(FACE, size=8)
        self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="R")


def new_sheet(*, landscape: bool = False, title: str = "") -> Sheet:
    """An open document on its first page, 10 pt. Lengths are in millimetres.

    Raises:
        FileNotFoundError: the face is not there; `make setup` brings it.
    """
    orientation: Literal["landscape", "portrait"] = "landscape" if landscape else "portrait"
    sheet = Sheet(orientation=orientation, unit="mm", format="A4")
    sheet.add_font(FACE, "", _FACES / "400Regular" / "NotoSansSC_400Regular.ttf")
    sheet.add_font(FACE, "B", _FACES / "700Bold" / "NotoSansSC_700Bold.ttf")
    sheet.set_margin(15)
    sheet.set_auto_page_break(True, 15)
    sheet.set_title(title)
    sheet.set_text_color(*INK)
    sheet.add_page()
    sheet.set_font(FACE, size=10)
    return sheet
