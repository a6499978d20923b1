"""The server is killed in the middle of pushes: every answered line is in the book, once."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

BY = str(uuid.uuid4())
DOORSTEP = [sys.executable, "-m", "doorstep.config.cli"]


class Server:
    """A real server on loopback with a data folder of its own."""

    def __init__(self, data: Path, devices: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.environment = os.environ | {"DOORSTEP_DATA": str(data)}
        self.command("init", "--zone", "Asia/Shanghai")
        code = ["device-code", "registrar", "--person", BY]
        self.codes = [self.command(*code) for _ in range(devices)]
        self.start()

    def start(self) -> None:
        command = [*DOORSTEP, "run", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [*DOORSTEP, *words], env=self.environment, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", path, body, headers)
            told: dict[str, object] = json.loads(connection.getresponse().read())
            return told
        finally:
            connection.close()


class Device:
    """Enrols, then pushes five lines at a time until the server is gone."""

    def __init__(self, server: Server) -> None:
        self.server, self.key = server, ed25519.Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes_raw()
        code = server.codes.pop()
        text = f"doorstep-v1\nenrol\n{code}\ned25519\n{public.hex()}\n".encode()
        asked = {"code": code, "alg": "ed25519", "key": public.hex()}
        asked["proof"] = self.key.sign(text).hex()
        told = server.post("/field/v1/devices", json.dumps(asked).encode(), {})
        self.cell, self.id = str(told["cell"]), str(told["device"])
        start = b"doorstep-v1" + uuid.UUID(self.cell).bytes + uuid.UUID(self.id).bytes
        self.heads = [sha256(start + public).digest()]
        self.lines: list[bytes] = []
        self.answered = 0

    def write(self) -> None:
        entry = {"id": str(uuid.uuid4()), "kind": "person.sampled", "v": 1}
        entry |= {"at": "2021-06-21T08:31:00+08:00", "by": BY}
        self.lines.append(json.dumps(entry).encode())
        self.heads.append(sha256(self.heads[-1] + sha256(self.lines[-1]).digest()).digest())

    def push(self) -> None:
        waiting = self.lines[self.answered :]
        headers = {
            "Device": self.id,
            "First": str(self.answered + 1),
            "Count": str(len(waiting)),
            "Previous": self.heads[self.answered].hex(),
            "Head": self.heads[-1].hex(),
            "Sent": "2021-06-21T08:31:02+08:00",
        }
        words = [self.cell, *headers.values()]
        text = "\n".join(["doorstep-v1", "entries", *words, ""]).encode()
        headers["Signature"] = self.key.sign(text).hex()
        body = b"".join(line + b"\n" for line in waiting)
        told = self.server.post(
            "/field/v1/entries", body, {f"Doorstep-{name}": word for name, word in headers.items()}
        )
        assert told["through"] == len(self.lines), told
        self.answered = len(self.lines)

    def work(self) -> None:
        try:
            while True:
                for _ in range(5):
                    self.write()
                self.push()
        except (OSError, http.client.HTTPException):
            return


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, devices=3)
    yield server
    server.kill()


def test_a_killed_server_has_every_answered_line_once(server: Server) -> None:
    phones = [Device(server) for _ in range(3)]
    for _ in range(2):
        before = sum(phone.answered for phone in phones)
        workers = [threading.Thread(target=phone.work) for phone in phones]
        for worker in workers:
            worker.start()
        time.sleep(0.7)
        server.kill()
        for worker in workers:
            worker.join()
        assert sum(phone.answered for phone in phones) > before
        server.start()
    for phone in phones:
        phone.push()  # what was not answered, again
    report = json.loads(server.command("ledger", "verify"))
    assert report["findings"] == []
    assert report["lines"] == sum(len(phone.lines) for phone in phones)
