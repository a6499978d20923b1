"""The status letter: a page to print for somebody who must pass a gate or reach a hospital.

It says who (masked), what is known, and when nothing is known yet it opens a route instead of
closing a door. Its QR code holds the same words, sealed by this installation, so that whoever reads
it can check them here without looking anybody up. Refuses to say more than the page says.
"""

import json
import zlib
from typing import Any
from urllib.parse import quote

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import households, letter_pdf, records, standings
from doorstep.face import moments, pages, qr
from doorstep.kit import clock
from doorstep.operations.sampling import queries as sampling
from doorstep.registry import people
from doorstep.registry import queries as places

_SIGNER = signing.Signer(salt="doorstep status letter")
MOST_LINES = 6
_ABOVE = ("subdistrict", "community", "estate")


@never_cache
@pages.form_of("command:person", "person")
@pages.page(*people.REVEALERS)
@require_POST
def show_letter(request: HttpRequest, person: str) -> HttpResponse:
    """The letter, ready to print, or as a PDF file; each is a view that is in the book."""
    clear = people.reveal(request.user, person, "letter")
    letter, urgent = _write_letter(request, clear.seen)
    if request.POST.get("as") == "pdf":
        response = HttpResponse(letter_pdf.make_pdf(letter), content_type="application/pdf")
        name = quote(f"{letter.title} {clear.seen.label}".strip().replace("/", "-"))
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}.pdf"
        return response
    context: dict[str, Any] = {
        "person": clear.seen,
        "letter": letter,
        "urgent": urgent,
        "qr": qr.draw_qr(letter.address, scale=4),
    }
    return render(request, "command/letter.html", context)


def _write_letter(request: HttpRequest, seen: people.Seen) -> tuple[letter_pdf.Letter, bool]:
    """What the letter says, and whether care cannot wait."""
    person = seen.id
    now, zone = clock.now(), moments.zone()
    swabs = records.list_swabs(person)[:MOST_LINES]
    held = standings.list_of([person], now).get(person, [])
    papers = [
        (records.name_document(kind), number)
        for kind, number, *_rest in people.get_masked(person)[0]
    ]
    status = sampling.status_of(person, now)
    waiting = status.route != "none_needed"
    urgent = bool({"pregnant", "dialysis", "oncology"} & set(seen.flags))
    root = places.find_root()
    issuer = root.name if root else ""
    at = moments.say_fully(now, zone)
    meant = [swab for swab in swabs if status.swab and swab.tube == status.swab.tube]
    says = [f"{swab.outcome.text}, {moments.say_fully(swab.at, zone)}" for swab in meant[:1]]
    says += [each.name for each in held[:MOST_LINES]]
    told = {
        "name": seen.masked_name,
        "document": papers[0][1] if papers else "",
        "at": at,
        "says": says or [_("No result yet")],
        "by": issuer,
    }
    facts = [
        (_("Name"), _say_who(seen, now, zone)),
        *papers,
        (_("Lives at"), _say_address(seen.door) or "–"),
        *((_("Sampled"), f"{moments.say_fully(each.at, zone)} · {each.outcome.text}")
          for each in swabs),
    ]  # fmt: skip
    if not swabs:
        facts.append((_("Sampled"), _("No swab is known here.")))
    facts += [(_("Standing"), _say_standing(each, zone)) for each in held[:MOST_LINES]]
    advice = []
    if waiting:
        advice.append(
            _(
                "Take this person by the green channel. Take a single swab at once and wait for "
                "its result where care is given, not before the door."
            )
        )
    if urgent:
        advice.append(_("Care that cannot wait is given at once, whatever the result."))
    sentence = (
        _("To whom it may concern: no valid result yet. This is no reason to turn anybody away.")
        if waiting
        else _("To whom it may concern: what is known today.")
    )
    letter = letter_pdf.Letter(
        issuer,
        _("Status letter"),
        sentence,
        facts,
        advice,
        _("Issued by %(by)s on %(at)s.") % {"by": issuer, "at": at},
        _("Seal of the subdistrict, or signature"),
        _("The code holds the same words; scanned, it shows whether they come from here."),
        request.build_absolute_uri(reverse("command:check_letter")) + f"?t={_pack(told)}",
    )
    return letter, urgent


def _say_who(seen: people.Seen, now: int, zone: str) -> str:
    age = households.age_on(seen.born_on, clock.day_of(now, zone))
    parts = [seen.masked_name, str(households.SEXES.get(seen.sex, ""))]
    if age is not None:
        parts.append(ngettext("%(years)s year", "%(years)s years", age) % {"years": age})
    return " · ".join(part for part in parts if part)


def _say_address(door: str | None) -> str:
    """Subdistrict, community, estate and door: a hospital knows no flat by its number alone."""
    place = places.find_place(door) if door else None
    if place is None:
        return ""
    above = place.path.strip("/").split("/")[:-1]
    found = {each.id: each for each in map(places.find_place, above) if each}
    named = [found[one].name for one in above if one in found and found[one].kind in _ABOVE]
    return " ".join([*named, places.label_doors([place.id]).get(place.id, place.name)])


def _say_standing(held: standings.Held, zone: str) -> str:
    if held.until_at is None:
        return held.name
    until = moments.say_fully(held.until_at, zone)
    return _("%(what)s, until %(until)s") % {"what": held.name, "until": until}


@require_GET
def check_letter(request: HttpRequest) -> HttpResponse:
    """What a letter's QR code says, and whether it was issued here. Open to everybody: it shows
    nothing that is not on the paper in their hand.
    """
    told = _unpack(request.GET.get("t", "")[:4_000])
    return render(request, "command/letter_check.html", {"told": told})


def _pack(told: dict[str, Any]) -> str:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    body = signing.b64_encode(zlib.compress(text, 9)).decode()
    return _SIGNER.sign(body)


def _unpack(text: str) -> dict[str, Any] | None:
    try:
        body = _SIGNER.unsign(text)
        inflated = zlib.decompressobj().decompress(signing.b64_decode(body.encode()), 8_000)
        told = json.loads(inflated)
    except (signing.BadSignature, zlib.error, ValueError):
        return None
    return told if isinstance(told, dict) else None
