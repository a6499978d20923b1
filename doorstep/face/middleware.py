"""What goes with every answer: the content policy, cookies for https only, refusals as pages,
static files compressed, and a page for whoever opens the address of an act.

Refuses inline script and style for every page; a page that needs more may not have it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware

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

_PACKED = ("image/png", "font/")  # what a further compression makes no smaller
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


class Compressed(GZipMiddleware):
    """Compresses static files on their way: a phone's first load comes over whatever net there is.
    Refuses everything else: the length of a compressed page tells of what is secret in it.
    """

    def process_request(self, request: HttpRequest) -> None:
        """What was compressed bears a weak tag; whoever serves the file knows a strong one."""
        known = request.META.get("HTTP_IF_NONE_MATCH", "")
        if request.path.startswith(settings.STATIC_URL) and known.startswith("W/"):
            request.META["HTTP_IF_NONE_MATCH"] = known.removeprefix("W/")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """The answer to a GET of a static file that is not compressed in itself, compressed."""
        is_whole = request.method == "GET" and response.status_code == 200
        is_packed = response.headers.get("Content-Type", "").startswith(_PACKED)
        if is_whole and not is_packed and request.path.startswith(settings.STATIC_URL):
            return super().process_response(request, response)
        return response


class Language(LocaleMiddleware):
    """Chooses the language of a page. Says nothing of languages about the public log: it is the
    same bytes for everybody, of which a shared cache is to keep one copy.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Django's, but for the log."""
        if request.path_info.startswith("/log/"):
            return response
        return super().process_response(request, response)


class NoNul:
    """Refuses a NUL in an address or a form: no text has one, and PostgreSQL keeps none."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Answer, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> None:
        """Look before the view does; a device's body is bytes, and its own view's to read."""
        said = [request.path, *_words_of(request.GET)]
        if not getattr(view, "csrf_exempt", False):
            said += _words_of(request.POST)
        if any("\0" in word for word in said):
            raise BadRequest("a NUL")


def _words_of(query: QueryDict) -> list[str]:
    return [word for name, words in query.lists() for word in (name, *words)]


class Refusals:
    """Turns ledger.refusals.Refused of any view into a page (or a fragment) that says it; and the
    empty answer to a method a view does not take, when a browser asks, into a page with a way back.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and _is_navigated(request):
            page = errors.not_allowed(request)
            page.headers["Allow"] = response.headers.get("Allow", "")
            return page
        return response

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """The refusal as an answer; None for every other exception."""
        if isinstance(problem, refusals.Refused):
            return errors.refused(request, problem)
        return None


def _is_navigated(request: HttpRequest) -> bool:
    """Whether a person opens the address in a browser; a program takes anything ("*/*")."""
    return "text/html" in request.headers.get("Accept", "")
