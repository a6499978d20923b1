"""Pushes on the short way: past Django's middleware, which has nothing to say to a device. Every
other request goes on to Django.

Refuses to let those who send slowly stop the server: a body that is being sent holds a thread, with
no limit of time, so only so many may be sent at once, of devices and of anybody else, each by
itself. The threads beyond these are for whoever only asks. And to let large pushes, which wait long
for the writer, keep all threads from small ones: beyond so many they are told to come again.
"""

import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.db import close_old_connections

from doorstep.field import push
from doorstep.ledger import connections, writer

PATH = "/field/v1/entries"
BODILESS = ("GET", "HEAD")  # nobody reads the body of these
SMALL = 50  # lines of a push that never has to wait behind many large ones
WAIT = 1.0  # seconds in which a burst of pushes is read; only whoever has signed may wait
Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
_BUSY = """Too much is being sent just now. Try again in a moment.
正在提交的内容过多，请稍候再试。
"""


def before(django: Application, bodies: int, large: int) -> Application:
    """An application that answers pushes itself and leaves the rest to `django`.

    Args:
        bodies: how many genuine pushes may be on their way in at once, and as many other requests
            with a body.
        large: how many pushes of more than SMALL lines may be taken in at once.
    """
    pushes, others = threading.BoundedSemaphore(bodies), threading.BoundedSemaphore(bodies)
    larges = threading.BoundedSemaphore(large)

    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "POST":
            close_old_connections()  # one that broke must not be used again
            return _say(_take_in_turn(environ, pushes, larges), start)
        if environ["REQUEST_METHOD"] in BODILESS:
            return _ask(django, environ, start)
        if not others.acquire(blocking=False):
            return _turn_away(environ, start)
        try:
            return _ask(django, environ, start)
        finally:
            others.release()

    return application


def _ask(django: Application, environ: Environ, start: Start) -> Iterable[bytes]:
    try:
        return django(environ, start)
    finally:
        connections.let_go()


def _take_in_turn(
    environ: Environ, pushes: threading.BoundedSemaphore, larges: threading.BoundedSemaphore
) -> push.Answer:
    count = environ.get("HTTP_DOORSTEP_COUNT", "")
    if count.isdecimal() and len(count) < 3 and int(count) <= SMALL:
        return _take(environ, pushes)
    if not larges.acquire(blocking=False):
        return push.busy()
    try:
        return _take(environ, pushes)
    finally:
        larges.release()


def _take(environ: Environ, pushes: threading.BoundedSemaphore) -> push.Answer:
    def header(name: str) -> str:
        key = name.upper().replace("-", "_")
        return str(environ.get(key if key == "CONTENT_LENGTH" else f"HTTP_{key}", ""))

    def read(most: int) -> bytes:
        if not pushes.acquire(timeout=WAIT):
            raise writer.Busy
        try:
            body: bytes = environ["wsgi.input"].read(most)
            return body
        finally:
            pushes.release()

    return push.take(header, read)


def _turn_away(environ: Environ, start: Start) -> Iterable[bytes]:
    answer = push.busy()
    if environ["PATH_INFO"].startswith("/field/v1/"):
        return _say(answer, start)
    return _say(answer._replace(body=_BUSY.encode()), start, "text/plain; charset=utf-8")


def _say(answer: push.Answer, start: Start, kind: str = "application/json") -> list[bytes]:
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(answer.body))),
        ("Cache-Control", "no-store"),
    ]
    if answer.retry_after is not None:
        headers.append(("Retry-After", str(answer.retry_after)))
    start(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    return [answer.body]
