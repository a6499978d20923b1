"""The server is killed in the middle of pushes, as by a power cut: every answered line is in the
book once, the folded tables are those of a replay, the book is sound. On both databases.
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import psycopg
import pytest

from doorstep.bench.server import Installation
from tests.faults.client import Phone
from tests.faults.ground import PATIENCE

PHONES = 4
KILLS = 2


class Registrar(Phone):
    """Tube after tube, five lines a push, until the server is gone."""

    def __init__(self, port: int, world: dict[str, Any], number: int) -> None:
        super().__init__(port, world["codes"][number], world["by"], world["tables"][number])
        self.people = 0
        self.coming = self.make_lines(world["rounds"][0], world["people"][number::PHONES], number)

    def make_lines(self, round_: str, people: list[str], number: int) -> Iterator[bytes]:
        for start in range(0, len(people), 10):
            said = {"round": round_, "tube": f"T{number}{start:06}"}
            members = people[start : start + 10]
            yield self.entry("tube.opened", **said, pool="ten", table=self.place)
            for person in members:
                self.people += 1
                yield self.entry("person.sampled", **said, person=person)
            yield self.entry("tube.closed", **said, count=len(members))

    def take(self, count: int) -> None:
        self.write(islice(self.coming, count))

    def send(self) -> None:
        status, told, _ = self.push()
        assert status == 200, told

    def work(self) -> None:
        try:
            while True:
                self.take(5)
                self.send()
        except (OSError, http.client.HTTPException):
            return


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_killed_server_has_every_answered_line_once(database: str) -> None:
    with Installation(database) as installation:
        world = installation.ask("fill", str(PHONES), "1")
        installation.start()
        phones = [Registrar(installation.port, world, number) for number in range(PHONES)]
        for _ in range(KILLS):
            before = sum(phone.answered for phone in phones)
            workers = [threading.Thread(target=phone.work) for phone in phones]
            for worker in workers:
                worker.start()
            until = time.monotonic() + PATIENCE
            while sum(phone.answered for phone in phones) == before:
                assert time.monotonic() < until, "no push is answered"
                time.sleep(0.05)
            time.sleep(0.5)  # anywhere in the work
            installation.kill()
            for worker in workers:
                worker.join()
            assert any(len(phone.lines) > phone.answered for phone in phones)
            installation.start()
        for phone in phones:
            phone.send()  # what was not answered, again
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
        phones = [Registrar(installation.port, world, number) for number in range(PHONES)]
        workers = [threading.Thread(target=phone.work) for phone in phones]
        for worker in workers:
            worker.start()
        seen, wrote = [], []
        for _ in range(3):
            before = sum(phone.answered for phone in phones)
            told = json.loads(installation.command("ledger", "verify", "--json"))
            assert (told["found"], told["findings"], told["different"]) == (0, [], {})
            seen.append(told["lines"])
            wrote.append(sum(phone.answered for phone in phones) > before)
        installation.kill()
        for worker in workers:
            worker.join()
        # the server went on writing meanwhile, until the phones had nothing more to say
        assert wrote[0] and seen == sorted(seen)
        assert not (installation.folder / "data" / "verify.json").exists()


@pytest.mark.parametrize("database", ["postgres"])
def test_a_database_that_went_away_is_used_again_when_it_is_back(database: str) -> None:
    with Installation(database) as installation:
        world = installation.ask("fill", "1", "1")
        installation.start()
        phone = Registrar(installation.port, world, 0)
        for _ in range(3):
            phone.take(5)
            phone.send()
            with psycopg.connect(installation.environment["DOORSTEP_DATABASE"]) as other:
                other.execute(
                    # until they are gone: one that still answers a push is missed by the next
                    f"SELECT pg_terminate_backend(pid, {PATIENCE * 1000}) FROM pg_stat_activity "
                    "WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
            phone.take(5)
            phone.push()  # at most one push is told that storage failed
        phone.send()
        assert phone.answered == len(phone.lines) == 30
