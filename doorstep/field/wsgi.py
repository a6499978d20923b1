"""Pushes on the short way: past Django's middleware, which has nothing to say to a device. Every
other request goes on to Django. Refuses nothing itself; field.push answers.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.db import close_old_connections

from doorstep.field import push

PATH = "/field/v1/entries"
Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]


def before(django: Application) -> Application:
    """An application that answers pushes itself and leaves the rest to `django`."""

    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return django(environ, start)

        def header(name: str) -> str:
            key = name.upper().replace("-", "_")
            return str(environ.get(key if key == "CONTENT_LENGTH" else f"HTTP_{key}", ""))

        close_old_connections()  # one that broke must not be used again
        answer = push.take(header, environ["wsgi.input"].read)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(answer.body))),
            ("Cache-Control", "no-store"),
        ]
        if answer.retry_after is not None:
            headers.append(("Retry-After", str(answer.retry_after)))
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    return application
