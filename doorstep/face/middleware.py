"""What goes with every answer: the content policy, cookies for https only, refusals as pages.

Refuses inline script and style for every page; a page that needs more may not have it.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from doorstep.face import errors
from doorstep.ledger import refusals

# wasm-unsafe-eval lets the field app's barcode reader (WebAssembly) run; it allows no script text.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

Answer = Callable[[HttpRequest], HttpResponseBase]


class Headers:
    """Sets the content policy, and marks every cookie as secure on https."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=()")
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            # pages hold people's data: no shared cache, no copy on a borrowed phone's disk
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


class Refusals:
    """Turns ledger.refusals.Refused of any view into a page (or a fragment) that says it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """The refusal as an answer; None for every other exception."""
        if isinstance(problem, refusals.Refused):
            return errors.refused(request, problem)
        return None
