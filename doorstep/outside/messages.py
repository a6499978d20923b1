"""Short messages through a gateway: a POST of JSON, and a stand-in that keeps what it was given.

Refuses to say that a message went out when no gateway took it, or none is set up: Undelivered, and
the caller tries again with the same key. Knows nobody's number but those it was installed with.
"""

import http.client
import json
import logging
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

TIMEOUT = 10  # seconds
MAX_LENGTH = 500  # characters, as gateways split longer ones
_log = logging.getLogger(__name__)


class Message(NamedTuple):
    """What is sent to an audience. The same `key` again is the same message, sent once."""

    key: str
    audience: str
    text: str


class Undelivered(Exception):
    """The gateway did not take the message."""


class Gateway(Protocol):
    """Whatever carries messages."""

    def has(self, audience: str) -> bool:
        """Whether an audience can be reached."""
        ...

    def send(self, message: Message) -> None:
        """Hand a message over. Raises Undelivered."""
        ...


class Nowhere:
    """No gateway: nobody is told, and whoever wants to tell hears why."""

    def __init__(self, reason: str = "no gateway is set up 未设置消息通道") -> None:
        self.reason = reason

    def has(self, audience: str) -> bool:
        """Nobody can."""
        return False

    def send(self, message: Message) -> None:
        """Raises Undelivered."""
        raise Undelivered(self.reason)


class StandIn:
    """Keeps messages instead of sending them, each key once; `broken` makes it refuse. For
    demonstrations and tests alone: nobody is told.
    """

    def __init__(self) -> None:
        self.sent: dict[str, Message] = {}
        self.broken = False

    def has(self, audience: str) -> bool:
        """Everybody can."""
        return True

    def send(self, message: Message) -> None:
        """Keep the message. Raises Undelivered while broken."""
        if self.broken:
            raise Undelivered("the stand-in is broken")
        self.sent.setdefault(message.key, message)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A message that was sent on would arrive without its body, and its token elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


class HttpGateway:
    """POSTs `{"key", "to", "text"}` to one address; `numbers` has the numbers of each audience."""

    def __init__(self, address: str, token: str, numbers: Mapping[str, list[str]]) -> None:
        self.address, self.token, self.numbers = address, token, numbers
        self._opener = urllib.request.build_opener(_NoRedirect)

    def has(self, audience: str) -> bool:
        """Whether a number is known."""
        return bool(self.numbers.get(audience))

    def send(self, message: Message) -> None:
        """Hand a message over for every number of its audience. Raises Undelivered."""
        to = self.numbers.get(message.audience, [])
        if not to:
            raise Undelivered(f"no number is known for {message.audience} 未设置接收号码")
        body = {"key": message.key, "to": to, "text": message.text[:MAX_LENGTH]}
        request = urllib.request.Request(
            self.address,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT):
                return
        except (urllib.error.URLError, http.client.HTTPException, OSError) as problem:
            raise Undelivered(str(problem) or type(problem).__name__) from problem


class _Said(msgspec.Struct, forbid_unknown_fields=True):
    """messages.toml: `gateway` is http or stand-in; the rest is of http alone."""

    gateway: str
    address: str = ""
    token: str = ""
    numbers: dict[str, list[str]] = {}


def read_gateway(path: Path) -> Gateway:
    """The gateway that messages.toml names; one that sends nothing and says why where there is no
    such file, or it cannot be read.
    """
    try:
        said = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _Said)
    except FileNotFoundError:
        return Nowhere()
    except (OSError, ValueError) as problem:
        return _useless(path, str(problem))
    if said.gateway == "stand-in":
        return StandIn()
    if said.gateway != "http":
        return _useless(path, "gateway is http or stand-in")
    parts = urlsplit(said.address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return _useless(path, "address begins with https:// or http://")
    if not (said.token.isascii() and said.token.isprintable()):
        return _useless(path, "token is printable ASCII")
    return HttpGateway(said.address, said.token, said.numbers)


def _useless(path: Path, reason: str) -> Nowhere:
    _log.error("%s: %s", path, reason)
    return Nowhere(f"{path.name}: {reason}")


_gateway: Gateway = Nowhere()


def install(gateway: Gateway) -> None:
    """Set what carries messages. Called once at start-up, and by tests."""
    global _gateway
    _gateway = gateway


def has(audience: str) -> bool:
    """Whether the installed gateway can reach an audience."""
    return _gateway.has(audience)


def send(message: Message) -> None:
    """Hand a message to the installed gateway. Raises Undelivered."""
    _gateway.send(message)
