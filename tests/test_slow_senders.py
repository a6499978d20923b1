"""Those who begin to send and do not end, anybody or a device of ours, hold up neither the pages
nor the devices that send at once.
"""

import contextlib
import http.client
import json
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.bench.server import Installation
from doorstep.config import serving
from tests import stranger

PATIENCE = 10  # seconds in which a page must come
NOTICED = 60  # seconds after which what the server should have noticed it will not
SLOW = serving.THREADS + 6


class Sent:
    """The client of a stranger.Phone, over real HTTP; `headers` are those of its last request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.headers: dict[str, str] = {}

    def post(
        self, path: str, body: str | bytes, content_type: str, headers: dict[str, str] | None = None
    ) -> Any:
        """Send it all at once; what Django's test client gives, as far as a phone needs it."""
        self.headers = {"Content-Type": content_type} | (headers or {})
        status, content, _ = ask(self.port, "POST", path, body, self.headers)
        return Said(status, content)


class Said:
    """An answer."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status_code, self.content = status, content

    def json(self) -> Any:
        """The answer as data."""
        return json.loads(self.content)


def ask(
    port: int,
    method: str,
    path: str,
    body: str | bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return (
            answer.status,
            answer.read(),
            {name.lower(): word for name, word in answer.getheaders()},
        )


@contextlib.contextmanager
def sending(
    port: int, path: str, headers: dict[str, str], has_come: Callable[[list[socket.socket]], bool]
) -> Iterator[None]:
    """SLOW connections that have sent their headers and three bytes of a body, and wait; entered
    once the server has taken notice of them.
    """
    said = {"Host": "127.0.0.1"} | headers | {"Content-Length": "1000000"}
    head = "".join(f"{name}: {word}\r\n" for name, word in said.items())
    with contextlib.ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), NOTICED))
            for _ in range(SLOW)
        ]
        for each in slow:
            each.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\nabc".encode())
        until = time.monotonic() + NOTICED
        while not has_come(slow):
            assert time.monotonic() < until, "the server takes no notice of them"
            time.sleep(0.05)
        yield


@pytest.fixture(scope="module")
def phone() -> Iterator[stranger.Phone]:
    """An enrolled phone that speaks to a server of its own, on the database of this run."""
    database = "postgres" if os.environ.get("DOORSTEP_TEST_ON") == "postgresql" else "sqlite"
    with Installation(database) as installation:
        installation.command("init")
        code = installation.command("device-code", "registrar", "--person", stranger.BY)
        installation.start()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(stranger, "Client", lambda: Sent(installation.port))
            yield stranger.Phone(code)


def test_whoever_only_begins_to_send_does_not_stop_the_pages_or_a_phone(
    phone: stranger.Phone,
) -> None:
    port = phone.http.port  # type: ignore[attr-defined]
    with sending(port, "/field/v1/session", {}, is_full):
        assert ask(port, "GET", "/sign-in")[0] == 200
        assert phone.push([stranger.line()]).status_code == 200
        for path in ("/sign-in", "/field/v1/session"):
            status, body, headers = ask(port, "POST", path, b"{}")
            assert status == 503 and headers["retry-after"] == "1" and body, path
    wait_until_free(port)


def test_a_push_that_is_not_signed_is_answered_before_its_body(phone: stranger.Phone) -> None:
    port = phone.http.port  # type: ignore[attr-defined]
    forged = phone.http.headers | {"Doorstep-Signature": "0" * 128}  # type: ignore[attr-defined]
    # each of them is answered
    with sending(port, "/field/v1/entries", forged, lambda slow: count_answered(slow) == SLOW):
        assert ask(port, "GET", "/sign-in")[0] == 200
        assert phone.push([stranger.line()]).status_code == 200
        assert ask(port, "POST", "/sign-in")[0] != 503


def test_a_phone_that_only_begins_to_send_stops_no_page(phone: stranger.Phone) -> None:
    port = phone.http.port  # type: ignore[attr-defined]
    assert phone.push([stranger.line()]).status_code == 200
    headers = phone.http.headers  # type: ignore[attr-defined]
    with sending(port, "/field/v1/entries", headers, is_full):
        assert ask(port, "GET", "/sign-in")[0] == 200
        assert ask(port, "POST", "/sign-in")[0] != 503
        busy = phone.push([stranger.line()])
        assert busy.status_code == 503 and busy.json() == {"code": "BUSY"}
    for _ in range(NOTICED * 10):
        if phone.push([stranger.line()]).status_code == 200:
            return
        time.sleep(0.1)
    raise AssertionError("a phone is told to wait for ever")


def test_the_system_looks_whether_who_sends_is_still_there(phone: stranger.Phone) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("only Linux shows its connections")
    port = phone.http.port  # type: ignore[attr-defined]

    def are_looked_after(_: object) -> bool:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
        here = [row[5] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"]
        # 02: the timer that runs is the keepalive's
        timers = {timer.partition(":")[0] for timer in here}
        return len(here) >= serving.BODIES and timers == {"02"}

    with sending(port, "/field/v1/session", {}, are_looked_after):
        pass


def is_full(slow: list[socket.socket]) -> bool:
    """Whether they have taken all the places there are for bodies: the others are turned away."""
    return count_answered(slow) >= SLOW - serving.BODIES


def count_answered(slow: list[socket.socket]) -> int:
    return len(select.select(slow, [], [], 0)[0])


def wait_until_free(port: int) -> None:
    for _ in range(NOTICED * 10):
        if ask(port, "POST", "/sign-in")[0] != 503:
            return
        time.sleep(0.1)
    raise AssertionError("the connections are closed, and their places are not free")
