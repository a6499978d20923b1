"""One copy of a public page, or of a style or script, for everybody who asks within seconds: on an
evening on which the whole town reads, it is made once and given out ten thousand times, past
everything else the server does. What is old is asked for again by one reader, while the others get
the old copy; a page that says by its ETag that nothing has changed need not be made anew.

Keeps what says itself that it is public, and nothing that has a query, a cookie or a session.
Refuses to grow: at most MOST copies.
"""

import gzip
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any, NamedTuple

from doorstep.public import faces

PREFIX, STATIC = "/public/", "/static/"
MOST = 2_000
STALE = 300  # seconds after which an old copy is given out no more
_LARGEST = 2 << 20  # bytes of a copy
_TYPES = ("text/", "image/svg", "application/json", "application/wasm")  # worth packing
_OF_ONE = (  # headers: what one reader has, or can read
    "HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING",
)  # fmt: skip
_OWN = ("vary", "content-length", "etag")  # headers that are said anew
Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]


class _Copy(NamedTuple):
    made: float
    status: str
    headers: list[tuple[str, str]]
    body: bytes
    packed: bytes | None
    tag: str
    validator: str  # the page's own ETag, to ask by whether it would be another


def before(django: Application, clock: Callable[[], float] = time.monotonic) -> Application:
    """An application that gives out copies of public pages and leaves the rest to `django`."""
    copies: OrderedDict[str, _Copy] = OrderedDict()
    lock = threading.Lock()
    making: set[str] = set()

    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not _may_be_copied(environ, path):
            return django(environ, start)
        key = path  # a page has addresses in it; a style has none, and is large
        if not path.startswith(STATIC):
            key = f"{environ.get('wsgi.url_scheme')}://{environ.get('HTTP_HOST', '')}{path}"
        with lock:
            held = copies.get(key)
            age = clock() - held.made if held else STALE
            if held and (age < faces.FRESH or (age < STALE and key in making)):
                copies.move_to_end(key)
                fresh = held
            else:
                fresh = None
                making.add(key)
        if fresh is not None:
            return _give(environ, fresh, start)
        try:
            made = _make(django, environ, clock(), held)
        finally:
            with lock:
                making.discard(key)
        with lock:
            copies.pop(key, None)
            if made.tag:
                copies[key] = made
                while len(copies) > MOST:
                    copies.popitem(last=False)
        return _give(environ, made, start)

    return application


def _may_be_copied(environ: Environ, path: str) -> bool:
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("QUERY_STRING"):
        return False
    if path.startswith(STATIC):
        return "HTTP_RANGE" not in environ
    return path.startswith(PREFIX) and path[len(PREFIX) :].split("/", 1)[0] in faces.FACES


def _make(django: Application, environ: Environ, now: float, held: _Copy | None) -> _Copy:
    """What Django answers to a stranger's GET, the copy held where that is still so; `tag` is empty
    where it is not to be kept.
    """
    said: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> None:
        said["status"], said["headers"] = status, headers

    # a stranger: whoever is signed in reads the same page as everybody
    asked = {key: value for key, value in environ.items() if key not in _OF_ONE}
    if held is not None and held.validator:
        asked["HTTP_IF_NONE_MATCH"] = held.validator
    answer = django(asked | {"REQUEST_METHOD": "GET"}, start)
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    if held is not None and said["status"].startswith("304"):
        return held._replace(made=now)
    headers = [(name, value) for name, value in said["headers"]
               if name.lower() not in _OWN]  # fmt: skip
    validator = next((value for name, value in said["headers"] if name.lower() == "etag"), "")
    named = {name.lower(): value for name, value in headers}
    public = "public" in named.get("cache-control", "") and "set-cookie" not in named
    if not said["status"].startswith("200") or not public or len(body) > _LARGEST:
        return _Copy(now, said["status"], headers, body, None, "", "")
    packs = named.get("content-type", "").startswith(_TYPES)
    packed = gzip.compress(body, 6, mtime=0) if packs else None
    tag = f'"{sha256(body).hexdigest()[:24]}"'
    return _Copy(now, said["status"], headers, body, packed, tag, validator)


def _give(environ: Environ, copy: _Copy, start: Start) -> Iterable[bytes]:
    headers = list(copy.headers)
    body = copy.body
    if copy.tag:
        headers += [("ETag", copy.tag), ("Vary", "Accept-Encoding")]
        if copy.tag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start("304 Not Modified", [h for h in headers if h[0].lower() != "content-type"])
            return []
        if copy.packed is not None and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            body = copy.packed
            headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    start(copy.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
