"""The first minute of a shift: all phones of a large estate ask for their first snapshot at once.
Each gets the people of its own place and no others, at once or when it comes again after a 503, and
the server's memory stays within bounds. On both databases.

The estate has 10,000 people; the long form (DOORSTEP_SOAK) has 300 phones.
"""

import contextlib
import gzip
import http.client
import json
import os
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from doorstep.bench.server import Installation
from tests.faults.client import Phone
from tests.faults.ground import DATABASE, PATIENCE, Ground

IS_LONG = "DOORSTEP_SOAK" in os.environ
PHONES = 300 if IS_LONG else 40
MEMORY = 400  # MiB of a server process
TICKS = os.sysconf("SC_CLK_TCK")


class Told(NamedTuple):
    """What a phone was told: every status on the way, the snapshot as it came, and when."""

    statuses: list[int]
    packed: bytes
    at: float


def ask(phone: Phone, statuses: list[int], path: str, body: Any = None, token: str = "") -> bytes:
    """An answer 200, after however many 503, each of which says when to come again."""
    until = time.monotonic() + PATIENCE
    method = "GET" if body is None else "POST"
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"} if token else {}
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", phone.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body and json.dumps(body), headers)
            answer = connection.getresponse()
            statuses.append(answer.status)
            told = answer.read()
        if answer.status != 503:
            return told
        time.sleep(float(answer.headers["Retry-After"]))
    raise AssertionError(f"{path} is never answered")


def pull(phone: Phone) -> Told:
    """A session and the whole snapshot, as docs/sync.md has it."""
    statuses: list[int] = []
    nonce = json.loads(ask(phone, statuses, "/field/v1/session", {"device": phone.id}))["nonce"]
    text = f"doorstep-v1\nsession\n{phone.cell}\n{phone.id}\n{nonce}\n".encode()
    signed = {"device": phone.id, "nonce": nonce, "signature": phone.key.sign(text).hex()}
    token = json.loads(ask(phone, statuses, "/field/v1/session", signed))["token"]
    packed = ask(phone, statuses, "/field/v1/snapshot?since=", token=token)
    return Told(statuses, packed, time.monotonic())


def pull_at_once(phones: list[Phone]) -> tuple[list[Told], float]:
    """What each phone was told, and when they began."""
    told: list[Told | None] = [None] * len(phones)
    together = threading.Barrier(len(phones) + 1)

    def work(number: int) -> None:
        together.wait()
        told[number] = pull(phones[number])

    threads = [threading.Thread(target=work, args=[number]) for number in range(len(phones))]
    for thread in threads:
        thread.start()
    together.wait()
    begun = time.monotonic()
    for thread in threads:
        thread.join()
    got = [each for each in told if each is not None]
    assert len(got) == len(phones), "a phone was not answered"
    return got, begun


def measure_processors(ground: Ground) -> float:
    """Seconds of processor time that the server has used; 0 where /proc is not."""
    texts = [Path(f"/proc/{each}/stat").read_text() for each in ground.list_processes()]
    spent = [text.rpartition(")")[2].split()[11:13] for text in texts]
    return sum(int(part) for both in spent for part in both) / TICKS


def check(told: Told, phone: Phone, post: dict[str, str], world: dict[str, Any]) -> None:
    """The snapshot is this phone's, with the round, and who lives where it works; couriers, who go
    to no door, get no names.
    """
    assert set(told.statuses) <= {200, 503}
    snapshot = json.loads(gzip.decompress(told.packed))
    own = {name: snapshot[name] for name in ("device", "role", "place", "area", "staff", "since")}
    assert own == {
        "device": phone.id,
        "role": post["role"],
        "place": post["place"],
        "area": post["area"],
        "staff": [world["by"]],
        "since": None,
    }
    assert list(snapshot["rounds"]) == [world["round"]]
    people = world["people"][post["area"]] if post["role"] == "registrar" else []
    assert sorted(snapshot["people"]) == sorted(people)
    assert {door for _, door in snapshot["people"].values()} == snapshot["doors"].keys()
    due = snapshot["due"].get(world["round"], {})
    assert sorted(due) == sorted(people)
    assert {name for name, _ in snapshot["people"].values()} <= {"测*"}


def test_all_phones_of_an_estate_ask_for_their_first_snapshot_at_once() -> None:
    with contextlib.ExitStack() as stack:
        installation = stack.enter_context(Installation(DATABASE))
        ground = Ground(installation, installation.environment, installation.port)
        stack.callback(ground.close)
        world = ground.nursery.call("build_estate", PHONES)
        ground.serve_watched()
        phones = [
            Phone(ground.port, post["code"], world["by"], post["place"]) for post in world["posts"]
        ]
        before, used = ground.measure_memory(), measure_processors(ground)
        told, begun = pull_at_once(phones)
        seconds = max(each.at for each in told) - begun
        busy = sum(each.statuses.count(503) for each in told)
        after = ground.measure_memory()
        used = measure_processors(ground) - used
        print(
            f"{PHONES} phones on {DATABASE}: {seconds:.1f} s, {used:.1f} s of processors, "
            f"{busy} times busy, {after} MiB ({before} before)"
        )
        for each, phone, post in zip(told, phones, world["posts"], strict=True):
            check(each, phone, post, world)
        assert 0 < after < MEMORY
