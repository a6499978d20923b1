"""The public's pages are the same for everybody who asks for the same address: language and size of
letters stand in it, nobody is signed in, no cookie is read or set. So one copy serves all.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.http import require_safe

FRESH = 60  # seconds that a copy is given out before it is made anew


class Face(NamedTuple):
    """A language, and how large the letters are."""

    key: str
    language: str
    large: bool

    @property
    def other(self) -> str:
        """The same in the other language."""
        return ("zh" if self.language == "en" else "en") + ("-large" if self.large else "")

    @property
    def resized(self) -> str:
        """The same in the other size."""
        plain = self.key.removesuffix("-large")
        return plain if self.large else f"{plain}-large"


FACES = {
    key: Face(key, "zh-hans" if key.startswith("zh") else "en", key.endswith("-large"))
    for key in ("en", "zh", "en-large", "zh-large")
}
View = Callable[..., HttpResponseBase]


def page(view: Callable[..., HttpResponse]) -> View:
    """A page anybody may read: its argument `face` is read, its language is spoken, and one copy is
    for all, for FRESH seconds. Raises Http404 for a face there is not.
    """

    @require_safe
    @functools.wraps(view)
    def shown(request: HttpRequest, face: str, **arguments: Any) -> HttpResponse:
        with speaking(face) as found:
            answer = view(request, found, **arguments)
        answer.headers.setdefault("Cache-Control", f"public, max-age={FRESH}")
        answer.headers["Content-Language"] = found.language
        return answer

    return shown


class speaking:
    """Within it the language of a face is spoken. Raises Http404 for a face there is not."""

    def __init__(self, face: str) -> None:
        if face not in FACES:
            raise Http404
        self._face = FACES[face]
        self._language = translation.override(self._face.language)

    def __enter__(self) -> Face:
        self._language.__enter__()
        return self._face

    def __exit__(self, *problem: Any) -> None:
        self._language.__exit__(*problem)


def find_face(request: HttpRequest) -> str:
    """The face of whoever has not said: by the language the browser asks for."""
    language = translation.get_language_from_request(request)
    return "zh" if language.startswith("zh") else "en"


@require_safe
def lead(request: HttpRequest, rest: str = "") -> HttpResponse:
    """From an address without a face to the one with it, as a code on a site has it."""
    query = request.META.get("QUERY_STRING", "")
    address = f"/public/{find_face(request)}/{rest}"
    answer = HttpResponseRedirect(f"{address}?{query}" if query else address)
    answer["Vary"] = "Accept-Language, Cookie"
    return answer
