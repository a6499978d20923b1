"""The end of the operation on pages: what still stands, asking for the end, confirming it as the
second person, and the protocol of what ended, also as a PDF file.

Names what is not finished before anything else. Refuses nothing of its own: rules are those of
command.closing.
"""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.command import closing, closing_words, destroying, letter_pdf
from doorstep.face import errors, moments, pages
from doorstep.kit import clock
from doorstep.ledger import refusals
from doorstep.orders import closing as closings
from doorstep.orders import days

PAPER, WHY = "paper-", "why-"  # before an authority, and an id, in the names of fields
ALL = "all-"  # before one of GROUPS: why, for whatever of it has no word of its own
GROUPS = {
    "orders": closings.FOR_ORDER,
    "rounds": closings.FOR_ROUND,
    "devices": closings.FOR_DEVICE,
}


@pages.page(*closing.READERS)
@require_http_methods(["GET", "POST"])
def show_closing(request: HttpRequest) -> HttpResponse:
    """What still stands, what waits for a second person, what has ended; and asking for it."""
    destroying.require_whole(request.user, closing.READERS)
    said = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            closing.ask(
                request.user,
                on=said.get("on", ""),
                reason=said.get("reason", ""),
                papers=_read(said, PAPER),
                despite=_read_despite(said),
            )
        except refusals.Refused as problem:
            if problem.code in ("NOT_YOURS", "NOT_FOUND"):
                raise
            context["refusal"] = errors.describe(problem)
            status = errors.STATUS.get(problem.code, 409)
        else:
            done = _("Asked. A second person of another unit confirms it on that day.")
            messages.success(request, done)
            return HttpResponseRedirect(reverse("command:closing"))
    return render(request, "command/closing.html", context | _context(request, said), status=status)


def _read(said: Any, before: str) -> dict[str, str]:
    """The fields whose names begin so: what is behind that → what was chosen or written."""
    return {
        name.removeprefix(before): said[name].strip()
        for name in said
        if name.startswith(before) and said[name].strip()
    }


def _read_despite(said: Any) -> dict[str, str]:
    """Why each thing that is not finished ends, or stays open: its own word, or its group's."""
    common = {may: said.get(f"{ALL}{group}", "") for group, may in GROUPS.items()}
    unfinished = closing.look(clock.now()).list_unfinished()
    return {one: common[may] for one, may in unfinished.items() if common[may]} | _read(said, WHY)


@pages.form_of("command:closing")
@pages.page(*closing.SECONDS)
@require_POST
def confirm(request: HttpRequest, asked: str) -> HttpResponse:
    """End the operation."""
    entry = closing.confirm(request.user, asked=asked)
    said = _("The operation has ended. Print the protocol, have it signed, and keep it.")
    messages.success(request, said)
    return HttpResponseRedirect(reverse("command:closing_protocol") + f"?of={entry}")


@pages.page(*closing.READERS)
@require_GET
def show_protocol(request: HttpRequest) -> HttpResponse:
    """What ended, ready to print, or as a PDF file: of the closing `of`, or of the last one."""
    destroying.require_whole(request.user, closing.READERS)
    done = [each for each in closings.list_all() if each.asked]
    wanted = request.GET.get("of")
    found = next((each for each in done if wanted in (None, each.entry)), None)
    if found is None and wanted:
        raise refusals.Refused("NOT_FOUND")
    address = reverse("command:closing_protocol")
    context: dict[str, Any] = {"breadcrumbs": _breadcrumbs(_("Protocol"))}
    if found is not None:
        link = request.build_absolute_uri(f"{address}?of={found.entry}")
        letter = closing_words.write_protocol(found, link)
        if request.GET.get("as") == "pdf":
            name = quote(f"{letter.title} {found.day}".replace("/", "-"))
            response = HttpResponse(letter_pdf.make_pdf(letter), content_type="application/pdf")
            response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}.pdf"
            return response
        context |= {"letter": letter, "closing": found}
    return render(request, "command/closing_protocol.html", context)


def _breadcrumbs(last: str) -> list[tuple[str, str | None]]:
    return [
        (_("The book"), reverse("command:book")),
        (_("End of the operation"), reverse("command:closing")),
        (last, None),
    ]


def _context(request: HttpRequest, said: Any) -> dict[str, Any]:
    now = clock.now()
    today = clock.day_of(now, moments.zone())
    standing = closing.look(now)
    on = said.get("on") or today
    everything = closings.list_all()
    waiting = [
        closing_words.describe_waiting(each, standing, today) for each in closings.list_waiting(now)
    ]
    stopped = all("problem" in each for each in waiting)
    return {
        "today": today,
        "on": on,
        "reason": said.get("reason", ""),
        "reasons": [("", "–"), *closing_words.name_reasons().items()],
        "standing": standing,
        "papers": [
            (f"{PAPER}{authority}", name, said.get(f"{PAPER}{authority}", ""))
            for authority, name in closing_words.name_authorities(standing)
        ],
        "orders": closing_words.describe_orders(standing, said, WHY),
        "rounds": closing_words.describe_rounds(standing, said, WHY),
        "unsent": closing_words.describe_unsent(standing, said, WHY),
        "common": closing_words.ask_why_all(GROUPS, said, ALL),
        "dying": closing_words.describe_dying(closing.list_dying(_day(on, today))),
        "waiting": waiting,
        "done": closing_words.describe_done([each for each in everything if each.asked]),
        # asked for and good to be confirmed: a second asking would only confuse
        "may_ask": stopped and destroying.may_whole(request.user, closing.ASKERS),
        "may_confirm": destroying.may_whole(request.user, closing.SECONDS),
        "breadcrumbs": [
            (_("The book"), reverse("command:book")),
            (_("End of the operation"), None),
        ],
    }


def _day(text: str, today: str) -> str:
    """The day in the form, or today where it is none yet."""
    try:
        days.add(text, 0)
    except (ValueError, OverflowError):
        return today
    return text
