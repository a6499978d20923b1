"""Refusals and error pages, in the reader's language: what happened, what was kept, what next.

Says nothing of the server's insides; an error page needs no database and no session.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext

from doorstep.ledger import codes, refusals

STATUS = {"NOT_YOURS": 403, "NOT_FOUND": 404, "REQUEST_INVALID": 422}


@dataclass(frozen=True)
class Refusal:
    """A refusal ready to be shown: texts in the reader's language and the code's number."""

    code: str
    number: int
    text: str
    kept: str
    next: str


def describe(problem: refusals.Refused) -> Refusal:
    """What a page shows of a refusal; `kept` and `next` may come as facts of the refusal."""
    facts = dict(problem.facts)
    number = codes.CODES[problem.code][0] if problem.code in codes.CODES else 0
    return Refusal(
        problem.code,
        number,
        codes.text_of(problem.code, get_language() or "en", **facts),
        str(facts.get("kept") or gettext("Nothing was changed.")),
        str(facts.get("next") or gettext("Go back, put it right, and try again.")),
    )


def refused(request: HttpRequest, problem: refusals.Refused) -> HttpResponse:
    """A refusal as a page, or for htmx as the message alone (swapped into #messages).

    Status: 403 NOT_YOURS, 404 NOT_FOUND, 422 REQUEST_INVALID, else 409; a refusal may carry its
    own as the fact `status`.
    """
    fact: Any = problem.facts.get("status")
    status = int(fact) if fact else STATUS.get(problem.code, 409)
    fragment = request.headers.get("HX-Request") == "true"
    name = "face/refusal.html" if fragment else "face/refused.html"
    context = {"refusal": describe(problem), "back": _back(request)}
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


def server_error(request: HttpRequest) -> HttpResponse:
    """500"""
    request.failed = True  # type: ignore[attr-defined]
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
    context = {"status": status, "happened": happened, "then": then, "bare": True}
    return render(request, "face/error.html", context, status=status)


def _back(request: HttpRequest) -> str:
    """The page the person came from, if it is one of ours."""
    from django.utils.http import url_has_allowed_host_and_scheme

    referer = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(referer, {request.get_host()})
    return referer if ours and referer else "/"
