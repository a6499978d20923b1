"""Refusals and error pages, in the reader's language: what happened, what was kept, what next.

Says nothing of the server's insides; an error page needs no database and no session.
"""

import sys
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from doorstep.face import pages
from doorstep.ledger import codes, refusals, trouble

STATUS = {"NOT_YOURS": 403, "NOT_FOUND": 404, "REQUEST_INVALID": 422}


@dataclass(frozen=True)
class Refusal:
    """A refusal ready to be shown: texts in the reader's language and the code's number."""

    code: str
    number: int
    text: str
    kept: str
    next: str


def describe(problem: refusals.Refused, apart: bool = False) -> Refusal:
    """What a page shows of a refusal; `kept` and `next` may come as facts of the refusal. `apart`:
    on a page of its own, from which one goes back to the form.
    """
    facts = dict(problem.facts)
    number = codes.CODES[problem.code][0] if problem.code in codes.CODES else 0
    advice = {
        "NOT_YOURS": gettext(
            "If you should have one, ask your administrator for the role at this place."
        ),
        "NOT_FOUND": gettext("Check the address or the number, or begin again at the first page."),
    }
    again = (
        gettext("Go back, put it right, and try again.")
        if apart
        else gettext("Put it right, and try again.")
    )
    usual = advice.get(problem.code) or again
    text = codes.text_of(problem.code, get_language() or "en", **facts)
    kept = str(facts.get("kept") or gettext("Nothing was changed."))
    if text.endswith(kept):  # said already
        kept = ""
    return Refusal(problem.code, number, text, kept, str(facts.get("next") or usual))


def refused(request: HttpRequest, problem: refusals.Refused) -> HttpResponse:
    """A refusal as a page, or for htmx as the message alone (swapped into #messages).

    Status: 403 NOT_YOURS, 404 NOT_FOUND, 422 REQUEST_INVALID, else 409; a refusal may carry its
    own as the fact `status`.
    """
    fact: Any = problem.facts.get("status")
    status = int(fact) if fact else STATUS.get(problem.code, 409)
    fragment = request.headers.get("HX-Request") == "true"
    name = "face/refusal.html" if fragment else "face/refused.html"
    context = {"refusal": describe(problem, apart=not fragment), "back": _back(request)}
    return render(request, name, context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400"""
    return _page(
        request,
        400,
        gettext("This address or form is not right."),
        gettext("Go back and try again; if you typed the address, check it."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403"""
    return _page(
        request,
        403,
        gettext("You have no role for this here."),
        gettext("If you should have, ask your administrator for the role at this place."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404"""
    return _page(
        request,
        404,
        gettext("There is no such page, or it is not yours to see."),
        gettext("Check the address, or begin again at the first page."),
    )


def not_allowed(request: HttpRequest) -> HttpResponse:
    """405: the address of an act, opened as a page; by a reload, or by going back after signing
    in again.
    """
    return _page(
        request,
        405,
        gettext("This address does something; it is no page to open."),
        gettext("Nothing was changed. Go back to the page with the form, and press its button."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 with what is wrong where the book lies, if it is that: it is tried again."""
    request.failed = True  # type: ignore[attr-defined]
    name = trouble.name_of(sys.exc_info()[1])
    if name is not None:
        page = _page(
            request,
            503,
            codes.text_of(name, get_language() or "en"),
            gettext("Everything acknowledged before is kept. Try again in a minute; if it stays, "
                    "tell whoever looks after the server what stands here."),
        )  # fmt: skip
        page.headers["Retry-After"] = "60"
        return page
    return _page(
        request,
        500,
        gettext("The server could not do this."),
        gettext("Everything acknowledged before is kept. Try again in a minute; if it stays, "
                "tell your administrator the time and what you did."),
    )  # fmt: skip


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form from another page, or one kept open over a sign-in."""
    return _page(
        request,
        403,
        gettext("This form is too old to be sent."),
        gettext("Nothing was changed. Open the page again and fill in the form once more."),
    )


def _page(request: HttpRequest, status: int, happened: str, then: str) -> HttpResponse:
    back = _back(request)
    context = {
        "status": status,
        "happened": happened,
        "then": then,
        "back": back if back != "/" else "",
    }
    return render(request, "face/error.html", context, status=status)


def _back(request: HttpRequest) -> str:
    """The page the person came from, if it is another one of ours; else the first page."""
    came_from = pages.find_referer(request)
    return came_from if came_from and came_from != request.get_full_path() else "/"
