"""Devices that push as fast as they are answered. Everything they send is made before the clock
starts: lines, chains, signatures, the very bytes of the requests. Knows nothing of the server.

One process plays many devices, each on its own connection that stays open; a device has one push
under way at a time, as a phone has.
"""

import contextlib
import heapq
import http.client
import json
import selectors
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from doorstep.kit import ids

TUBE = 10  # people in a tube
BOX = 20  # tubes in a box


@dataclass(slots=True)
class Push:
    """One request, ready to be sent, and what its answer must say."""

    request: bytes
    lines: int
    through: int


@dataclass(slots=True)
class Device:
    """An enrolled device and what it will push."""

    pushes: list[Push]
    next: int = 0
    begun: float = 0.0
    answer: bytearray = field(default_factory=bytearray)
    connection: socket.socket | None = None


@dataclass(slots=True)
class Tally:
    """What one process saw. Moments are of time.monotonic, waits are seconds."""

    begun: float = 0.0
    ended: float = 0.0
    sent: int = 0
    kept: int = 0
    known: int = 0
    flagged: int = 0  # lines with a verdict
    refused: int = 0  # answers that were neither 200 nor 503
    busy: int = 0  # answers 503, and none at all
    waits: list[float] = field(default_factory=list)
    answered: list[tuple[float, int]] = field(default_factory=list)  # when, and how many lines


@dataclass(frozen=True, slots=True)
class Job:
    """The devices of one process: (code, table, people) each; rounds in the order they are done."""

    port: int
    by: str
    rounds: list[str]
    devices: list[tuple[str, str, list[str]]]
    batch: int
    lines: int  # to prepare for each device


def prepare(job: Job, process: int) -> list[Device]:
    """Enrol the devices and make everything they will send."""
    made = []
    for number, (code, table, people) in enumerate(job.devices):
        key = ed25519.Ed25519PrivateKey.generate()
        cell, device = _enrol(job.port, code, key)
        lines = _write(job, table, people, f"{process:02X}{number:04X}")
        made.append(Device(list(_sign(job, cell, device, key, lines))))
    return made


def run(port: int, devices: list[Device], seconds: float, pause: float = 0.0) -> Tally:
    """Push until `seconds` are over or nothing is left; answers under way are waited for.

    Args:
        pause: seconds from one push of a device to its next; 0: as soon as it is answered. A wait
            counts from the moment a push was due, so a server that falls behind shows.
    """
    tally = Tally()
    selector = selectors.DefaultSelector()
    for device in devices:
        _connect(device, port, selector)
    tally.begun = time.monotonic()
    until = tally.begun + seconds
    due: list[tuple[float, int, Device]] = []  # what is to be sent, and when
    for n, device in enumerate(devices):
        device.begun = tally.begun + pause * n / len(devices)
        heapq.heappush(due, (device.begun, id(device), device))
    waiting = 0
    while due or waiting:
        now = time.monotonic()
        while due and due[0][0] <= now:
            device = heapq.heappop(due)[2]
            _write_out(device)
            waiting += 1
        for key, _ in selector.select(max(due[0][0] - now, 0) if due else None):
            device = key.data
            status, told = _receive(device)
            if status == 0:
                continue
            waiting -= 1
            if status == 503:
                tally.busy += 1
                selector.unregister(device.connection)
                _connect(device, port, selector)  # it may hang up on what it does not read
                again = time.monotonic() + told["retry_after"]
                heapq.heappush(due, (again, id(device), device))
                continue
            _count(tally, device, status, told)
            device.begun = device.begun + pause if pause else time.monotonic()
            if device.next < len(device.pushes) and device.begun < until:
                heapq.heappush(due, (device.begun, id(device), device))
    tally.ended = time.monotonic()
    for device in devices:
        assert device.connection is not None
        device.connection.close()
    return tally


def _connect(device: Device, port: int, selector: selectors.BaseSelector) -> None:
    if device.connection is not None:
        device.connection.close()
    device.connection = socket.create_connection(("127.0.0.1", port))
    device.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    selector.register(device.connection, selectors.EVENT_READ, device)


def _write_out(device: Device) -> None:
    assert device.connection is not None
    device.answer.clear()
    with contextlib.suppress(OSError):  # it hangs up on what it refuses; the answer says so
        device.connection.sendall(device.pushes[device.next].request)


def _receive(device: Device) -> tuple[int, dict[str, Any]]:
    """Status and body of a whole answer; status 0 while it is still coming."""
    assert device.connection is not None
    try:
        part = device.connection.recv(1 << 18)
    except OSError:
        part = b""
    if not part:  # no answer: the same push again
        return 503, {"retry_after": 1.0}
    device.answer += part
    head, separator, body = bytes(device.answer).partition(b"\r\n\r\n")
    if not separator:
        return 0, {}
    first, *rest = head.decode().lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in rest)
    if len(body) < int(headers["content-length"]):
        return 0, {}
    told = json.loads(body)
    if "retry-after" in headers:
        told["retry_after"] = float(headers["retry-after"])
    return int(first.split(" ")[1]), told


def _count(tally: Tally, device: Device, status: int, told: dict[str, Any]) -> None:
    push = device.pushes[device.next]
    now = time.monotonic()
    tally.waits.append(now - device.begun)
    tally.answered.append((now, push.lines))
    tally.sent += push.lines
    device.next += 1
    if status != 200 or told["through"] < push.through:
        tally.refused += 1
        return
    words = [line["answer"] for line in told["lines"]]
    known = words.count("known")
    tally.known += known
    tally.kept += push.lines - known - words.count("garbled")
    tally.flagged += sum(bool(line["codes"]) for line in told["lines"])


def _enrol(port: int, code: str, key: ed25519.Ed25519PrivateKey) -> tuple[str, str]:
    public = key.public_key().public_bytes_raw().hex()
    proof = key.sign(f"doorstep-v1\nenrol\n{code}\ned25519\n{public}\n".encode()).hex()
    asked = json.dumps({"code": code, "alg": "ed25519", "key": public, "proof": proof})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/field/v1/devices", asked)
    told = json.loads(connection.getresponse().read())
    connection.close()
    return told["cell"], told["device"]


def _write(job: Job, table: str, people: list[str], mark: str) -> list[bytes]:
    """The device's lines: tube after tube, opened, its people, closed; a box when it is full."""
    lines: list[bytes] = []
    tubes: list[str] = []
    at = datetime.now(UTC).isoformat(timespec="seconds")
    tail = f'"v":1,"at":"{at}","by":"{job.by}","place":"{table}"}}'
    serial = 0

    def add(kind: str, fields: str) -> None:
        lines.append(f'{{"id":"{ids.new()}","kind":"{kind}",{fields},{tail}'.encode())

    for round_ in job.rounds:
        for start in range(0, len(people), TUBE):
            if len(lines) >= job.lines:
                return lines[: job.lines]
            serial += 1
            tube, members = f"T{mark}{serial:06}", people[start : start + TUBE]
            said = f'"round":"{round_}","tube":"{tube}"'
            add("tube.opened", f'{said},"pool":"ten","table":"{table}"')
            for person in members:
                add("person.sampled", f'{said},"person":"{person}"')
            add("tube.closed", f'{said},"count":{len(members)}')
            tubes.append(tube)
            if len(tubes) == BOX:
                box = f'"round":"{round_}","box":"B{mark}{serial:06}","seal":"S{mark}{serial:06}"'
                add("box.sealed", f'{box},"tubes":{json.dumps(tubes)},"count":{BOX}')
                tubes.clear()
    return lines


def _sign(
    job: Job, cell: str, device: str, key: ed25519.Ed25519PrivateKey, lines: list[bytes]
) -> Iterator[Push]:
    public = key.public_key().public_bytes_raw()
    head = sha256(
        b"doorstep-v1" + uuid.UUID(cell).bytes + uuid.UUID(device).bytes + public
    ).digest()
    sent = datetime.now(UTC).isoformat()
    for start in range(0, len(lines), job.batch):
        part, previous = lines[start : start + job.batch], head
        for line in part:
            head = sha256(head + sha256(line).digest()).digest()
        first, count = start + 1, len(part)
        words = [cell, device, str(first), str(count), previous.hex(), head.hex(), sent]
        text = "\n".join(["doorstep-v1", "entries", *words, ""]).encode()
        body = b"\n".join(part) + b"\n"
        request = (
            f"POST /field/v1/entries HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\n"
            f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n"
            f"Doorstep-Device: {device}\r\nDoorstep-First: {first}\r\nDoorstep-Count: {count}\r\n"
            f"Doorstep-Previous: {previous.hex()}\r\nDoorstep-Head: {head.hex()}\r\n"
            f"Doorstep-Sent: {sent}\r\nDoorstep-Signature: {key.sign(text).hex()}\r\n\r\n"
        )
        yield Push(request.encode() + body, count, start + count)
