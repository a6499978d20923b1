"""A device as anybody would write it from docs/sync.md: its own key, chain, outbox and HTTP.

Every line is in the outbox on disk before it is pushed, so a phone that was killed goes on where it
was, and one whose server was restored from a backup sends again what that does not have. Refuses to
believe an answer whose head is not its own.
"""

import http.client
import json
import os
import socket
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519

from doorstep.kit import clock, ids

MOST_LINES = 500  # in one push
TRIES = 8
TIMEOUT = 30  # seconds


class Trouble(Exception):
    """The server did not answer as the contract says, however often it was asked."""


class Kept(msgspec.Struct):
    """What a phone keeps of itself on disk."""

    name: str
    seed: str  # the private key, hex
    device: str
    cell: str
    through: int = 0  # lines the server has answered for


class Said(NamedTuple):
    """What the server said of one line: custody and codes."""

    number: int
    answer: str
    codes: list[str]


class Phone:
    """One enrolled device. Lines are numbered from 1 in the order they were added."""

    def __init__(self, url: str, folder: Path, kept: Kept) -> None:
        self._host = urlsplit(url).netloc
        self._folder, self._kept = folder, kept
        self._private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept.seed))
        public = self._private.public_key().public_bytes_raw()
        start = b"doorstep-v1" + ids.to_bytes(kept.cell) + ids.to_bytes(kept.device) + public
        self._heads = [sha256(start).digest()]
        self.lines: list[bytes] = []
        self.offsets: list[int] = []  # how far this phone's clock was off when it wrote the line
        self._http: http.client.HTTPConnection | None = None
        self._outbox: BinaryIO | None = None
        self._read_outbox()

    @property
    def name(self) -> str:
        """What the day's script calls this phone."""
        return self._kept.name

    @property
    def device(self) -> str:
        """The id the server gave."""
        return self._kept.device

    @property
    def through(self) -> int:
        """The number of the last line the server has answered for."""
        return self._kept.through

    @property
    def waiting(self) -> int:
        """Lines that are not answered yet."""
        return len(self.lines) - self._kept.through

    def add(self, line: bytes, offset: int = 0) -> None:
        """Number a line and keep it in the outbox; `offset` µs is how wrong this clock is."""
        if self._outbox is None:
            self._outbox = (self._folder / f"{self.name}.lines").open("ab")
        self._outbox.write(b"%d %s\n" % (offset, line))
        self._number(line, offset)

    def flush(self) -> None:
        """See to it that a phone woken later finds every line that was added."""
        if self._outbox is not None:
            self._outbox.flush()

    def push(self, now: int) -> list[Said]:
        """Push all that waits, at the played moment `now`; what is said of unusual lines.

        Raises:
            Trouble: the server did not take it.
        """
        said: list[Said] = []
        self.flush()  # first on disk, then on the way
        while self.waiting:
            first = self.through + 1
            said += self._push(first, self._count_alike(first), now)
        return said

    def push_badly(self, now: int, *, whole: bool) -> None:
        """Begin a push and break off: in the middle of its body, or before its answer is read. The
        outbox stays as it is.
        """
        self.flush()
        first = self.through + 1
        head, body = self._make_push(first, self._count_alike(first), now)
        text = "POST /field/v1/entries HTTP/1.1\r\nHost: " + self._host + "\r\n"
        text += "".join(f"{name}: {value}\r\n" for name, value in head.items())
        text += f"Content-Length: {len(body)}\r\nContent-Type: application/x-ndjson\r\n\r\n"
        host, _, port = self._host.partition(":")
        with socket.create_connection((host, int(port or 80)), TIMEOUT) as line:
            line.sendall(text.encode() + (body if whole else body[: len(body) // 2]))

    def pull(self) -> dict[str, Any]:
        """Open a session and fetch the snapshot for this device's place and shift."""
        asked = {"device": self.device}
        nonce = self._json("POST", "/field/v1/session", json.dumps(asked).encode())["nonce"]
        text = f"doorstep-v1\nsession\n{self._kept.cell}\n{self.device}\n{nonce}\n"
        asked |= {"nonce": nonce, "signature": self._private.sign(text.encode()).hex()}
        token = self._json("POST", "/field/v1/session", json.dumps(asked).encode())["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        return self._json("GET", "/field/v1/snapshot", b"", bearer)

    def attach(self, content: bytes, salt: bytes) -> str:
        """Hand in what a line will name; its digest. `salt`: 16 bytes that stay in the blob."""
        body = salt + content
        digest = sha256(body).hexdigest()
        text = f"doorstep-v1\nattachment\n{self._kept.cell}\n{self.device}\n{digest}\n"
        headers = {"Doorstep-Device": self.device}
        headers["Doorstep-Signature"] = self._private.sign(text.encode()).hex()
        self._json("PUT", f"/field/v1/attachments/{digest}", body, headers)
        return digest

    def close(self) -> None:
        """Hang up and close the outbox; the next push opens a new connection."""
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None
        self._hang_up()

    def _hang_up(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def _count_alike(self, first: int) -> int:
        """How many lines from `first` on were written by the same clock: a push states one."""
        offset, count = self.offsets[first - 1], 0
        for each in self.offsets[first - 1 : first - 1 + MOST_LINES]:
            if each != offset:
                break
            count += 1
        return count

    def _push(self, first: int, count: int, now: int) -> list[Said]:
        headers, body = self._make_push(first, count, now)
        told = self._json("POST", "/field/v1/entries", body, headers, gap=True)
        last, through = first + count - 1, told["through"]
        is_gap = "lines" not in told and through < first - 1  # the server has been restored
        if not is_gap and not last <= through < len(self._heads):
            raise Trouble(f"{self.name}: through {through}, sent through {last}")
        if told["head"] != self._heads[through].hex():
            raise Trouble(f"{self.name}: the server has another head")
        self._kept.through = through if is_gap else last
        self._save()
        return [Said(each["n"], each["answer"], each["codes"]) for each in told.get("lines", ())]

    def _make_push(self, first: int, count: int, now: int) -> tuple[dict[str, str], bytes]:
        previous, head = self._heads[first - 1].hex(), self._heads[first + count - 1].hex()
        moment = clock.EPOCH + timedelta(microseconds=now + self.offsets[first - 1])
        sent = moment.isoformat()
        text = (
            f"doorstep-v1\nentries\n{self._kept.cell}\n{self.device}\n{first}\n{count}\n"
            f"{previous}\n{head}\n{sent}\n"
        )
        headers = {
            "Doorstep-Device": self.device,
            "Doorstep-First": str(first),
            "Doorstep-Count": str(count),
            "Doorstep-Previous": previous,
            "Doorstep-Head": head,
            "Doorstep-Sent": sent,
            "Doorstep-Written": str(len(self.lines)),
            "Doorstep-Signature": self._private.sign(text.encode()).hex(),
        }
        return headers, b"".join(line + b"\n" for line in self.lines[first - 1 :][:count])

    def _json(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        gap: bool = False,
    ) -> dict[str, Any]:
        def ask() -> tuple[int, bytes]:
            if self._http is None:
                self._http = http.client.HTTPConnection(self._host, timeout=TIMEOUT)
            self._http.request(method, path, body, headers or {})
            answer = self._http.getresponse()
            return answer.status, answer.read()

        return _insist(ask, self._hang_up, f"{self.name}: {method} {path}", gap=gap)

    def _number(self, line: bytes, offset: int) -> None:
        self.lines.append(line)
        self.offsets.append(offset)
        self._heads.append(sha256(self._heads[-1] + sha256(line).digest()).digest())

    def _read_outbox(self) -> None:
        path = self._folder / f"{self.name}.lines"
        if not path.exists():
            return
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]  # a last line without its end was never numbered
        if len(whole) < len(data):
            path.write_bytes(whole)
        for each in whole.splitlines():
            offset, _, line = each.partition(b" ")
            self._number(line, int(offset))

    def _save(self) -> None:
        path = self._folder / f"{self.name}.json"
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self._kept))
        os.replace(fresh, path)


def enrol(url: str, folder: Path, name: str, code: str, seed: bytes) -> Phone:
    """Enrol with a single-use code and the key made from 32 bytes; or wake the phone that lies in
    `folder` already.

    Raises:
        Trouble: the code was refused.
    """
    path = folder / f"{name}.json"
    if path.exists():
        return Phone(url, folder, msgspec.json.decode(path.read_bytes(), type=Kept))
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw().hex()
    text = f"doorstep-v1\nenrol\n{code}\ned25519\n{public}\n"
    asked = {"code": code, "alg": "ed25519", "key": public}
    asked["proof"] = private.sign(text.encode()).hex()
    body = json.dumps(asked).encode()
    host = urlsplit(url).netloc

    def ask() -> tuple[int, bytes]:
        line = http.client.HTTPConnection(host, timeout=TIMEOUT)
        try:
            line.request("POST", "/field/v1/devices", body)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    told = _insist(ask, lambda: None, f"{name}: enrol")
    phone = Phone(url, folder, Kept(name, seed.hex(), told["device"], told["cell"]))
    phone._save()
    return phone


def wake(url: str, folder: Path) -> list[Phone]:
    """The phones that lie in `folder`."""
    kept: Sequence[Kept] = [
        msgspec.json.decode(path.read_bytes(), type=Kept) for path in sorted(folder.glob("*.json"))
    ]
    return [Phone(url, folder, each) for each in kept]


def _insist(
    ask: Callable[[], tuple[int, bytes]],
    hang_up: Callable[[], None],
    what: str,
    *,
    gap: bool = False,
) -> dict[str, Any]:
    """The answer's JSON; asked again after a broken line or a busy server. With `gap` a 409, which
    says how far the server is, is an answer too.
    """
    pause = 0.05
    for _ in range(TRIES):
        try:
            status, body = ask()
        except (OSError, http.client.HTTPException):
            hang_up()
            status, body = 0, b""
        if status == 200 or (gap and status == 409):
            told: dict[str, Any] = json.loads(body)
            return told
        if status not in (0, 502, 503):
            raise Trouble(f"{what}: {status} {body[:200].decode(errors='replace')}")
        time.sleep(pause)
        pause *= 2
    raise Trouble(f"{what}: no answer")
