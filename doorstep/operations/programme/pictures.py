"""Photos and documents as somebody uploads them. A photo is opened, turned upright, made smaller
and written anew, so that nothing of the file remains but what is seen: no place, camera or time.

Refuses what is no picture whatever it is called, and pictures so large that opening them would
take the server's memory.
"""

import io
import warnings

from PIL import Image, ImageOps

from doorstep.ledger import refusals

MOST_BYTES = 12 << 20
MOST_PIXELS = 40_000_000
WIDEST = 1_600  # pixels, of the longer side
_FORMATS = ("JPEG", "PNG", "WEBP")
_PDF = b"%PDF-"


def read_picture(data: bytes) -> bytes:
    """The photo as JPEG without anything but its pixels.

    Raises:
        Refused: PICTURE_TOO_LARGE, PICTURE_UNREADABLE.
    """
    if len(data) > MOST_BYTES:
        raise refusals.Refused("PICTURE_TOO_LARGE", most=MOST_BYTES >> 20)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            found = Image.open(io.BytesIO(data), formats=_FORMATS)
            if found.width * found.height > MOST_PIXELS:
                raise refusals.Refused("PICTURE_UNREADABLE")
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((WIDEST, WIDEST))
            plain = Image.new("RGB", upright.size, "white")
            plain.paste(
                upright, mask=upright.getchannel("A") if "A" in upright.getbands() else None
            )
    except refusals.Refused:
        raise
    except Exception:  # its readers raise nearly anything on bytes that are not theirs
        raise refusals.Refused("PICTURE_UNREADABLE") from None
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()


def read_evidence(data: bytes) -> bytes:
    """A photo, or a PDF as it came: evidence is for those who work on the project.

    Raises:
        Refused: PICTURE_TOO_LARGE, EVIDENCE_UNREADABLE.
    """
    if len(data) > MOST_BYTES:
        raise refusals.Refused("PICTURE_TOO_LARGE", most=MOST_BYTES >> 20)
    if data.startswith(_PDF):
        return data
    try:
        return read_picture(data)
    except refusals.Refused:
        raise refusals.Refused("EVIDENCE_UNREADABLE") from None


def type_of(content: bytes) -> str:
    """The media type of what was kept."""
    return "application/pdf" if content.startswith(_PDF) else "image/jpeg"
