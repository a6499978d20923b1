"""The field app's own addresses: the page, the worker that keeps it on the phone, the manifest,
the words. No sign-in: none of it says anything of anybody; what does comes through /field/v1/, to
an enrolled device.

Refuses to depend on who asks: each answer is the same bytes for every phone, so that the worker
can hold it against a digest.
"""

import base64
import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.http import require_GET

from doorstep.field import icons, screens, words

PAGE = "/field/"
SIZES = (192, 512)
# what the app uses of others; all of field/ and of the screens' folders is found by itself
SHARED = ("face/face.css", "face/scanner.js", "face/door.svg")
# fetched after the start, for not every phone needs it: the barcode reader, 1 MB
LATER = ("lib/zxing/index.js", "lib/zxing/zxing_reader.wasm")
_WORKER = "field/sw.js"


class Bundle(NamedTuple):
    """The app as one phone keeps it: a version that changes with any byte of it, the files by
    address with their digest (as in subresource integrity), those fetched later, the words.
    """

    version: str
    files: dict[str, str]
    later: dict[str, str]
    page: bytes
    worker: str
    words: dict[str, bytes]


@cache
def get_bundle() -> Bundle:
    """Read once: files that change need a new start of the server, as its own code does."""
    own = {path: Path(found).read_bytes() for path, found in _find_files()}
    worker = own.pop(_WORKER).decode()
    scripts = [content.decode() for path, content in own.items() if path.endswith(".js")]
    spoken = {
        language: json.dumps(words.make_words(language, scripts), ensure_ascii=False).encode()
        for language in words.LANGUAGES
    }
    page = _render_page()
    files = {static(path): _digest(content) for path, content in own.items()}
    files |= {f"{PAGE}words/{each}.json": _digest(content) for each, content in spoken.items()}
    files[PAGE] = _digest(page)
    later = {static(path): _digest(Path(_find(path)).read_bytes()) for path in LATER}
    version = sha256(json.dumps([files, later, worker]).encode()).hexdigest()[:12]
    return Bundle(version, files, later, page, worker, spoken)


def _find_files() -> Iterator[tuple[str, str]]:
    folders = sorted({"field", *(screen.folder for screen in screens.list_screens())})
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            if any(path.startswith(f"{folder}/") for folder in folders):
                yield path, storage.path(path)
    for path in SHARED:
        yield path, _find(path)


def _find(path: str) -> str:
    found = finders.find(path)
    if found is None:
        raise FileNotFoundError(f"{path}: set-up has not brought it")
    return str(found)


def _digest(content: bytes) -> str:
    return "sha256-" + base64.b64encode(sha256(content).digest()).decode()


def _render_page() -> bytes:
    with translation.override("en"):  # the page is kept for all; the phone puts its own words
        return _render_in_english()


def _render_in_english() -> bytes:
    listed = [
        {
            "name": screen.name,
            "title": str(screen.title),
            "roles": list(screen.roles),
            "module": static(screen.module),
        }
        for screen in screens.list_screens()
    ]
    context = {"screens": listed, "rules": screens.make_rules()}
    return render_to_string("field/app.html", context).encode()


@require_GET
def show_page(request: HttpRequest) -> HttpResponse:
    """The app; all it shows it makes itself, on the phone."""
    return HttpResponse(get_bundle().page, headers={"Cache-Control": "no-cache"})


@require_GET
def get_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of what it keeps before it: any change of a file is a
    change of the worker, which is what makes a browser look for a new version.
    """
    bundle = get_bundle()
    kept = {"version": bundle.version, "files": bundle.files, "later": bundle.later}
    text = f"self.doorstep = {json.dumps(kept)};\n{bundle.worker}"
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers=headers)


@require_GET
def get_files(request: HttpRequest) -> JsonResponse:
    """What a phone keeps, for whoever wants to check a phone or a mirror."""
    bundle = get_bundle()
    answer = {"version": bundle.version, "files": bundle.files, "later": bundle.later}
    return JsonResponse(answer, headers={"Cache-Control": "no-cache"})


@require_GET
def get_words(request: HttpRequest, language: str) -> HttpResponse:
    """Texts and codes in one language."""
    found = get_bundle().words.get(language)
    if found is None:
        raise Http404
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(found, content_type="application/json", headers=headers)


@require_GET
def get_manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to install the app."""
    icon = {"type": "image/png"}
    sources = [
        icon | {"src": f"{PAGE}icon-{size}.png", "sizes": f"{size}x{size}", "purpose": purpose}
        for size in SIZES
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "id": PAGE,
        "name": "到户 Doorstep",
        "short_name": "到户",
        "start_url": PAGE,
        "scope": PAGE,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#FAFAF7",
        "theme_color": "#FAFAF7",
        "icons": sources,
    }
    return JsonResponse(manifest, content_type="application/manifest+json")


@require_GET
def get_icon(request: HttpRequest, size: int) -> HttpResponse:
    """The icon as PNG, in one of the sizes of the manifest."""
    if size not in SIZES:
        raise Http404
    headers = {"Cache-Control": "max-age=86400"}
    return HttpResponse(icons.draw_icon(size), content_type="image/png", headers=headers)
