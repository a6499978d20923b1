"""Short messages through a gateway: a POST of JSON, and a stand-in that keeps what it was given.

Refuses to say that a message went out when the gateway did not: Undelivered, and the caller tries
again with the same key. Knows nobody's number but those it was installed with.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import NamedTuple, Protocol

TIMEOUT = 10  # seconds
MAX_LENGTH = 500  # characters, as gateways split longer ones


class Message(NamedTuple):
    """What is sent to an audience. The same `key` again is the same message, sent once."""

    key: str
    audience: str
    text: str


class Undelivered(Exception):
    """The gateway did not take the message."""


class Gateway(Protocol):
    """Whatever carries messages."""

    def send(self, message: Message) -> None:
        """Hand a message over. Raises Undelivered."""
        ...


class StandIn:
    """Keeps messages instead of sending them, each key once; `broken` makes it refuse."""

    def __init__(self) -> None:
        self.sent: dict[str, Message] = {}
        self.broken = False

    def send(self, message: Message) -> None:
        """Keep the message. Raises Undelivered while broken."""
        if self.broken:
            raise Undelivered("the stand-in is broken")
        self.sent.setdefault(message.key, message)


class HttpGateway:
    """POSTs `{"key", "to", "text"}` to one address; `numbers` has the numbers of each audience."""

    def __init__(self, address: str, token: str, numbers: Mapping[str, list[str]]) -> None:
        self.address, self.token, self.numbers = address, token, numbers

    def send(self, message: Message) -> None:
        """Hand a message over for every number of its audience. Raises Undelivered."""
        to = self.numbers.get(message.audience, [])
        if not to:
            raise Undelivered(f"no number is known for {message.audience}")
        body = {"key": message.key, "to": to, "text": message.text[:MAX_LENGTH]}
        request = urllib.request.Request(
            self.address,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                return
        except (urllib.error.URLError, OSError) as problem:
            raise Undelivered(str(problem)) from problem


_gateway: Gateway = StandIn()


def install(gateway: Gateway) -> None:
    """Set what carries messages. Called once at start-up, and by tests."""
    global _gateway
    _gateway = gateway


def send(message: Message) -> None:
    """Hand a message to the installed gateway. Raises Undelivered."""
    _gateway.send(message)
