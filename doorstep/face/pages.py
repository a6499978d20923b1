"""How a page is guarded. Every page of every operation is one function under `@pages.page(...)`.

Refuses to let a page run for somebody who is not signed in or holds no role for the place.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

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
    wanted = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{address}?{urlencode({'next': wanted})}")
