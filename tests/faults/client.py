"""A phone as docs/sync.md has it, over real HTTP, for tests in which the server goes away: what was
not answered stays and is sent again.
"""

import http.client
import json
import uuid
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

AT = "2021-06-21T08:31:00+08:00"
Answer = tuple[int, dict[str, Any], dict[str, str]]


class Phone:
    """An enrolled device: its key, all its lines, and how many of them were answered."""

    patience = 60  # seconds to wait for an answer

    def __init__(self, port: int, code: str, by: str, place: str) -> None:
        self.port, self.by, self.place = port, by, place
        self.key = ed25519.Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes_raw()
        text = f"doorstep-v1\nenrol\n{code}\ned25519\n{public.hex()}\n".encode()
        asked = {"code": code, "alg": "ed25519", "key": public.hex()}
        asked["proof"] = self.key.sign(text).hex()
        _, told, _ = self.post("/field/v1/devices", json.dumps(asked).encode(), {})
        self.cell, self.id = str(told["cell"]), str(told["device"])
        start = b"doorstep-v1" + uuid.UUID(self.cell).bytes + uuid.UUID(self.id).bytes
        self.heads = [sha256(start + public).digest()]
        self.lines: list[bytes] = []
        self.answered = 0

    def entry(self, kind: str, **fields: object) -> bytes:
        """A line of this phone's person."""
        entry = {"id": str(uuid.uuid4()), "kind": kind, "v": 1, "by": self.by, "place": self.place}
        return json.dumps(entry | {"at": AT} | fields).encode()

    def write(self, lines: Iterable[bytes]) -> None:
        """Put lines into the outbox."""
        for line in lines:
            self.lines.append(line)
            self.heads.append(sha256(self.heads[-1] + sha256(line).digest()).digest())

    def push(self) -> Answer:
        """Send what waits; the answer's status, body and headers.

        Raises:
            OSError, http.client.HTTPException: there is no answer.
        """
        sent = len(self.lines)
        status, told, more = self.post("/field/v1/entries", *self.sign())
        if status == 200:
            assert (told["through"], told["head"]) == (sent, self.heads[sent].hex()), told
            self.answered = sent
        assert status == 200 or status >= 500, (status, told)
        return status, told, more

    def make_request(self) -> bytes:
        """The very bytes of a push of what waits."""
        body, headers = self.sign()
        headers |= {"Host": "localhost", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {word}\r\n" for name, word in headers.items())
        return f"POST /field/v1/entries HTTP/1.1\r\n{head}\r\n".encode() + body

    def sign(self) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a push of what waits."""
        waiting = self.lines[self.answered :]
        headers = {
            "Device": self.id,
            "First": str(self.answered + 1),
            "Count": str(len(waiting)),
            "Previous": self.heads[self.answered].hex(),
            "Head": self.heads[-1].hex(),
            "Sent": "2021-06-21T08:31:02+08:00",
        }
        text = "\n".join(["doorstep-v1", "entries", self.cell, *headers.values(), ""]).encode()
        headers["Signature"] = self.key.sign(text).hex()
        body = b"".join(line + b"\n" for line in waiting)
        return body, {f"Doorstep-{name}": word for name, word in headers.items()}

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            said = {name.lower(): word for name, word in answer.getheaders()}
            return answer.status, json.loads(answer.read()), said
        finally:
            connection.close()
