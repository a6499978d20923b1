"""Badges for those who share phones: ten on an A4 page, to cut out. A badge has the masked name and
a code by which the field app knows who is there; it opens nothing without the PIN.

Refuses badges for people who are off duty, and more in one file than somebody would print at once.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import segno
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.face import pages
from doorstep.kit import paper
from doorstep.ledger import refusals
from doorstep.registry import models as registry
from doorstep.registry import people, staffing

if TYPE_CHECKING:
    from fpdf import FPDF

MOST = 1_000  # badges in one file
_WIDTH, _HEIGHT = 85.0, 54.0  # mm: a bank card, which every holder takes
_LEFT, _TOP = 20.0, 13.5  # mm on A4, two beside each other, five below each other
_INK, _QUIET, _RULE = (28, 31, 35), (92, 98, 104), (170, 174, 178)
_CODE = 38.0  # mm


class Badge(NamedTuple):
    """Who wears it: staff id, name (masked), unit."""

    staff: str
    name: str
    unit: str


def code_of(badge: Badge) -> str:
    """What the field app reads (its shift.js)."""
    return f"doorstep-badge:1:{badge.staff}:{badge.name}"


@pages.page(*staffing.ADMINISTRATORS)
@require_GET
def get_badges(request: HttpRequest) -> HttpResponse:
    """Badges of everybody on duty as PDF; of a unit with ?unit=, of one person with ?staff=."""
    found = registry.Staff.objects.filter(is_active=True).order_by("unit", "name", "id")
    if request.GET.get("staff"):
        found = found.filter(id=request.GET["staff"])
    if request.GET.get("unit"):
        found = found.filter(unit=request.GET["unit"])
    if found.count() > MOST:
        raise refusals.Refused("TOO_MANY_BADGES", most=MOST)
    units = dict(registry.Unit.objects.values_list("id", "name"))
    rows = [
        Badge(each.id, people.mask_name(each.name), units.get(each.unit or "", ""))
        for each in found
    ]
    headers = {"Content-Disposition": 'attachment; filename="badges.pdf"'}
    return HttpResponse(make_pdf(rows), content_type="application/pdf", headers=headers)


def make_pdf(badges: Sequence[Badge]) -> bytes:
    """The document. Raises FileNotFoundError when the face is not installed."""
    pdf = paper.begin()
    pdf.set_auto_page_break(False)
    pdf.set_title(_("Badges"))
    pdf.add_page()
    for number, badge in enumerate(badges):
        if number and number % 10 == 0:
            pdf.add_page()
        row, column = divmod(number % 10, 2)
        _draw(pdf, badge, _LEFT + column * _WIDTH, _TOP + row * _HEIGHT)
    return bytes(pdf.output())


def _draw(pdf: "FPDF", badge: Badge, x: float, y: float) -> None:
    pdf.set_draw_color(*_RULE)
    pdf.rect(x, y, _WIDTH, _HEIGHT)
    picture = io.BytesIO()
    options: dict[str, Any] = {"kind": "png", "scale": 6, "border": 0}
    segno.make(code_of(badge), error="m").save(picture, **options)
    pdf.image(picture, x=x + 5, y=y + 5, w=_CODE, h=_CODE)
    _write(pdf, x + _CODE + 9, y + 6, badge.name, 20, _INK)
    _write(pdf, x + _CODE + 9, y + 18, badge.unit, 9, _QUIET)
    _write(pdf, x + _CODE + 9, y + 38, "到户 Doorstep", 8, _QUIET)
    pdf.set_xy(x + 5, y + 45.5)
    pdf.set_font(paper.FAMILY, size=6)
    note = _(
        "Hold the code to the phone's camera or scanner. "
        "It names, and opens nothing without the PIN."
    )
    pdf.multi_cell(_WIDTH - 10, 2.8, note, align="L")


def _write(
    pdf: "FPDF", x: float, y: float, text: str, size: float, colour: tuple[int, ...]
) -> None:
    pdf.set_xy(x, y)
    pdf.set_font(paper.FAMILY, size=size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(_WIDTH - _CODE - 13, size * 0.5, text, align="L")
