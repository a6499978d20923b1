"""How a page is guarded. Every page of every operation is one function under `@pages.page(...)`.

Refuses to let a page run for somebody who is not signed in or holds no role for the place.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.core.exceptions import DisallowedHost
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from doorstep.ledger import refusals

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def page(*roles: str) -> Callable[[View], View]:
    """Guard a view: signed in, and holding one of `roles`.

    If the address has an argument `place`, the role must hold at that place (a role at a place
    covers what is below it); otherwise a role anywhere will do, and the view itself calls
    `require` once it knows the place. Without roles any signed-in staff may see the page.
    """

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if roles:
                require(request, *roles, place=kwargs.get("place"))
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]

    return guard


def form_of(name: str, *arguments: str) -> Callable[[View], View]:
    """Guard an address that only takes a form, from outside `page`. Whoever comes there with GET,
    by reloading or by a link back, is led to the page the form is on instead of to an empty 405:
    the page called `name`, with those `arguments` of this address. The query goes along.
    """

    def guard(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method not in ("GET", "HEAD"):
                return HttpResponseNotAllowed(["POST"])
            address = reverse(name, args=[kwargs[each] for each in arguments])
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"{address}?{query}" if query else address)

        return guarded  # type: ignore[return-value]

    return guard


def require(request: HttpRequest, *roles: str, place: str | None) -> None:
    """Refuse unless the signed-in staff holds one of `roles` at `place` (None: anywhere).

    Raises:
        Refused: NOT_YOURS.
    """
    from doorstep.registry import access

    if not access.has(request.user, list(roles), place):
        raise refusals.Refused("NOT_YOURS")


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page instead of a person for the whole."""
    return request.headers.get("HX-Request") == "true"


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    address = reverse("face:sign_in")
    if is_fragment(request):
        # the whole page goes to sign in, not the part that was polled
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    if request.method == "GET":
        return HttpResponseRedirect(f"{address}?{urlencode({'next': request.get_full_path()})}")
    # the shift ended while a form was open: back to the form afterwards, and no doubt about it
    said = {"next": find_referer(request) or "/", "unsent": "1"}
    return HttpResponseRedirect(f"{address}?{urlencode(said)}")


def find_referer(request: HttpRequest) -> str:
    """The path of the page the person came from, if it is one of ours; else nothing."""
    referer = request.headers.get("Referer", "")
    try:
        host = request.get_host()
    except DisallowedHost:  # asked for under another name: the page that says so wants this, too
        return ""
    if not url_has_allowed_host_and_scheme(referer, {host}):
        return ""
    parts = urlsplit(referer)
    return urlunsplit(("", "", parts.path, parts.query, ""))
