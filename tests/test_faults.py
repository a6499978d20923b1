"""The server is killed in the middle of pushes, as by a power cut: every answered line is in the
book once, the folded tables are those of a replay, the book is sound. On both databases.
"""

import contextlib
import http.client
import json
import threading
import time
import uuid
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from doorstep.bench.server import Installation

PHONES = 4
KILLS = 2


class Phone:
    """A registrar's phone: tube after tube, five lines a push, until the server is gone."""

    def __init__(self, port: int, world: dict[str, Any], number: int) -> None:
        self.port, self.by, self.table = port, world["by"], world["tables"][number]
        self.key = ed25519.Ed25519PrivateKey.generate()
        public = self.key.public_key().public_bytes_raw()
        code = world["codes"][number]
        text = f"doorstep-v1\nenrol\n{code}\ned25519\n{public.hex()}\n".encode()
        asked = {"code": code, "alg": "ed25519", "key": public.hex()}
        asked["proof"] = self.key.sign(text).hex()
        told = self.post("/field/v1/devices", json.dumps(asked).encode(), {})
        self.cell, self.id = str(told["cell"]), str(told["device"])
        start = b"doorstep-v1" + uuid.UUID(self.cell).bytes + uuid.UUID(self.id).bytes
        self.heads = [sha256(start + public).digest()]
        self.lines: list[bytes] = []
        self.answered = self.people = 0
        self.coming = self.make_lines(world["rounds"][0], world["people"][number::PHONES], number)

    def make_lines(self, round_: str, people: list[str], number: int) -> Iterator[bytes]:
        for start in range(0, len(people), 10):
            said = {"round": round_, "tube": f"T{number}{start:06}"}
            members = people[start : start + 10]
            yield self.entry("tube.opened", said | {"pool": "ten", "table": self.table})
            for person in members:
                self.people += 1
                yield self.entry("person.sampled", said | {"person": person})
            yield self.entry("tube.closed", said | {"count": len(members)})

    def entry(self, kind: str, fields: dict[str, object]) -> bytes:
        entry = {"id": str(uuid.uuid4()), "kind": kind, "v": 1, "by": self.by, "place": self.table}
        return json.dumps(entry | {"at": "2021-06-21T08:31:00+08:00"} | fields).encode()

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", path, body, headers)
            told: dict[str, Any] = json.loads(connection.getresponse().read())
            return told
        finally:
            connection.close()

    def take(self, count: int) -> None:
        for line in islice(self.coming, count):
            self.lines.append(line)
            self.heads.append(sha256(self.heads[-1] + sha256(line).digest()).digest())

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
        text = "\n".join(["doorstep-v1", "entries", self.cell, *headers.values(), ""]).encode()
        headers["Signature"] = self.key.sign(text).hex()
        body = b"".join(line + b"\n" for line in waiting)
        told = self.post(
            "/field/v1/entries", body, {f"Doorstep-{name}": word for name, word in headers.items()}
        )
        assert told["through"] == len(self.lines), told
        assert told["head"] == self.heads[-1].hex()
        self.answered = len(self.lines)

    def work(self) -> None:
        try:
            while True:
                self.take(5)
                self.push()
        except (OSError, http.client.HTTPException):
            return


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_killed_server_has_every_answered_line_once(database: str) -> None:
    with Installation(database) as installation:
        world = installation.ask("fill", str(PHONES), "1")
        installation.start()
        phones = [Phone(installation.port, world, number) for number in range(PHONES)]
        for _ in range(KILLS):
            before = sum(phone.answered for phone in phones)
            workers = [threading.Thread(target=phone.work) for phone in phones]
            for worker in workers:
                worker.start()
            time.sleep(0.8)
            installation.kill()
            for worker in workers:
                worker.join()
            assert sum(phone.answered for phone in phones) > before
            assert any(len(phone.lines) > phone.answered for phone in phones)
            installation.start()
        for phone in phones:
            phone.push()  # what was not answered, again
        installation.kill()
        counted = installation.ask("count")
        sent, people = sum(len(p.lines) for p in phones), sum(p.people for p in phones)
        assert counted["lines"] == counted["entries"] == sent
        assert counted["sampled"] == counted["bound"] == counted["counted"] == people
        assert counted["done"] == people
        assert json.loads(installation.command("ledger", "verify"))["findings"] == []
        assert json.loads(installation.command("ledger", "replay"))["different"] == {}


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_check_beside_a_running_server_reports_no_damage_that_is_none(database: str) -> None:
    with Installation(database) as installation:
        world = installation.ask("fill", str(PHONES), "1")
        installation.start()
        phones = [Phone(installation.port, world, number) for number in range(PHONES)]
        workers = [threading.Thread(target=phone.work) for phone in phones]
        for worker in workers:
            worker.start()
        seen = []
        for _ in range(3):
            before = sum(phone.answered for phone in phones)
            told = json.loads(installation.command("ledger", "verify", "--json"))
            assert (told["found"], told["findings"], told["different"]) == (0, [], {})
            seen.append(told["lines"])
            # the server went on writing meanwhile
            assert sum(phone.answered for phone in phones) > before
        installation.kill()
        for worker in workers:
            worker.join()
        assert seen == sorted(set(seen))
        assert not (installation.folder / "data" / "verify.json").exists()


def test_a_database_that_went_away_is_used_again_when_it_is_back() -> None:
    with Installation("postgres") as installation:
        world = installation.ask("fill", "1", "1")
        installation.start()
        phone = Phone(installation.port, world, 0)
        for _ in range(3):
            phone.take(5)
            phone.push()
            with psycopg.connect(installation.environment["DOORSTEP_DATABASE"]) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            phone.take(5)
            with contextlib.suppress(KeyError):  # at most one push is told that storage failed
                phone.push()
        phone.push()
        assert phone.answered == len(phone.lines) == 30
