"""QR codes on pages."""

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def draw_qr(text: str, scale: int = 6) -> SafeString:
    """A QR code as inline SVG without any style or script."""
    out = io.BytesIO()
    code = segno.make(text, error="m")
    code.save(out, kind="svg", scale=scale, border=2, xmldecl=False, svgns=True, svgclass="qr",
              lineclass=None, dark="#1C1F23", light="#FFFFFF", omitsize=True)  # fmt: skip
    return mark_safe(out.getvalue().decode())
