"""The status letter: a page to print for somebody who must pass a gate or reach a hospital.

It says who (masked), what is known, and when nothing is known yet it opens a route instead of
closing a door. Its QR code holds the same words, sealed by this installation, so that whoever reads
it can check them here without looking anybody up. Refuses to say more than the page says.
"""

import json
import zlib
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import devices, households, records, standings
from doorstep.face import moments, pages
from doorstep.kit import clock
from doorstep.registry import needs, people
from doorstep.registry import queries as places

_SIGNER = signing.Signer(salt="doorstep status letter")
MOST_LINES = 6


@never_cache
@pages.page(*people.REVEALERS)
@require_POST
def show_letter(request: HttpRequest, person: str) -> HttpResponse:
    """The letter, ready to print; printing one is a view that is in the book."""
    clear = people.reveal(request.user, person, "letter")
    now, zone = clock.now(), moments.zone()
    swabs = records.list_swabs(person)[:MOST_LINES]
    held = standings.list_of([person], now).get(person, [])
    lines = [f"{swab.outcome.text}, {moments.say_fully(swab.at, zone)}" for swab in swabs[:1]]
    lines += [each.name for each in held[:MOST_LINES]]
    seen = clear.seen
    papers = [
        (records.name_document(kind), number)
        for kind, number, *_rest in people.get_masked(person)[0]
    ]
    root = places.find_root()
    told = {
        "name": seen.masked_name,
        "document": papers[0][1] if papers else "",
        "at": moments.say_fully(now, zone),
        "says": lines or [_("No result yet")],
        "by": root.name if root else "",
    }
    address = request.build_absolute_uri(reverse("command:check_letter")) + f"?t={_pack(told)}"
    context: dict[str, Any] = {
        "person": seen,
        "papers": papers,
        "age": households.age_on(seen.born_on, clock.day_of(now, zone)),
        "swabs": swabs,
        "held": held,
        "waiting": not swabs or swabs[0].outcome.state != "done",
        "urgent": bool({"pregnant", "dialysis", "oncology"} & set(seen.flags)),
        "needs": needs.list_needs(),
        "now": now,
        "issuer": root,
        "qr": devices.draw_qr(address, scale=4),
    }
    return render(request, "command/letter.html", context)


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
