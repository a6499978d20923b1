"""The gateway for messages, against a small server of its own on loopback."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.outside import messages

MESSAGE = messages.Message("TUBE1:police:0", "police", "12栋，共2人：检测结果阳性，待复核。" * 40)
NUMBERS = {"police": ["+8600000000001", "+8600000000002"]}
SETTINGS = """
gateway = "http"
address = "http://127.0.0.1:{port}/messages"
token = "a-token"
[numbers]
police = ["+8600000000001", "+8600000000002"]
"""


class Server(http.server.ThreadingHTTPServer):
    """Keeps what it is sent and answers with `status`; 0 is an answer that is no HTTP."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, str, dict[str, str], Any]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.command, self.path, dict(self.headers), json.loads(body)))
        if not self.server.status:
            self.wfile.write(b"what?\r\n\r\n")
            return
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.got.append((self.command, self.path, {}, None))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def gateway_of(server: Server, tmp_path: Path) -> messages.Gateway:
    path = tmp_path / "messages.toml"
    path.write_text(SETTINGS.format(port=server.server_address[1]), "utf-8")
    return messages.read_gateway(path)


def test_a_message_goes_to_all_numbers_of_its_audience_with_its_key(
    server: Server, tmp_path: Path
) -> None:
    gateway_of(server, tmp_path).send(MESSAGE)
    [(_, path, headers, body)] = server.got
    assert path == "/messages" and headers["Authorization"] == "Bearer a-token"
    assert headers["Content-Type"] == "application/json"
    assert body == {"key": MESSAGE.key, "to": NUMBERS["police"], "text": MESSAGE.text[:500]}


@pytest.mark.parametrize("status", [0, 301, 302, 307, 400, 401, 429, 500, 503])
def test_what_the_gateway_did_not_take_is_undelivered(
    server: Server, tmp_path: Path, status: int
) -> None:
    server.status = status
    with pytest.raises(messages.Undelivered, match=str(status) if status else ".+"):
        gateway_of(server, tmp_path).send(MESSAGE)
    assert [each[1] for each in server.got] == ["/messages"]  # and is not sent on elsewhere


def test_a_gateway_that_is_not_there_and_one_that_hangs_are_undelivered(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setattr(messages, "TIMEOUT", 0.2)
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with pytest.raises(messages.Undelivered):
            messages.HttpGateway(address, "t", NUMBERS).send(MESSAGE)
    with pytest.raises(messages.Undelivered):
        messages.HttpGateway(address, "t", NUMBERS).send(MESSAGE)


def test_an_audience_without_a_number_is_undelivered(server: Server, tmp_path: Path) -> None:
    with pytest.raises(messages.Undelivered, match="community"):
        gateway_of(server, tmp_path).send(MESSAGE._replace(audience="community"))
    assert server.got == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no gateway is set up"),
        ("gateway = ", "messages.toml"),
        ('gateway = "pigeon"', "gateway is http or stand-in"),
        ('gateway = "http"', "address"),
        ('gateway = "http"\naddress = "ftp://127.0.0.1/"', "address"),
        ('gateway = "http"\naddress = "http://127.0.0.1/"\ntoken = "a\\nb"', "token"),
        ('gateway = "http"\nadress = "http://127.0.0.1/"', "adress"),
        ('gateway = "stand-in"\n[numbers]\npolice = "110"', "array"),
    ],
)
def test_without_a_gateway_nothing_is_said_to_be_sent(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "messages.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(messages.Undelivered, match=said):
        messages.read_gateway(path).send(MESSAGE)


def test_the_stand_in_is_only_where_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "messages.toml"
    path.write_text('gateway = "stand-in"', "utf-8")
    assert isinstance(messages.read_gateway(path), messages.StandIn)
    assert isinstance(messages._gateway, messages.Nowhere)
