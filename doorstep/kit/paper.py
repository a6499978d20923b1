"""The face that every PDF carries inside it, so that Chinese prints alike everywhere. Set-up brings
it; refuses nothing: whoever draws without it gets FileNotFoundError.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

FAMILY = "noto"  # the face's name on a paper
FONT = (
    Path(__file__).parents[2]
    / "node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf"
)


def begin() -> "FPDF":
    """A document of A4 pages, none yet, that has the face. Raises FileNotFoundError when it is not
    installed.
    """
    from fpdf import FPDF  # a third of a second, which a command that draws nothing need not wait

    pdf = FPDF(format="A4")
    pdf.add_font(FAMILY, fname=FONT)
    return pdf
