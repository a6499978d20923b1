"""The server and all it had is destroyed, and restored from a backup that was taken while phones
pushed: they send again what it does not have. Every line is in the book once, from either database
into either. And whoever is killed while a backup is put back leaves nothing half.
"""

import json
import os
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
import pytest

from doorstep.bench.server import DOORSTEP, Installation
from doorstep.kit import clock
from doorstep.play import phones
from doorstep.play.phones import Phone

PHONES = 3
PATIENCE = 120  # seconds after which something that should have come will not
Lines = Iterator[bytes]
SETUP = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'doorstep.config.settings'; "
SETUP += "django.setup(); "


def ask(at: Installation, text: str) -> str:
    """What a line of Python says inside an installation."""
    words = [DOORSTEP[0], "-c", SETUP + text]
    done = subprocess.run(words, env=at.environment, check=True, capture_output=True, text=True)
    return done.stdout


def fill(at: Installation, people: int = 6_000) -> dict[str, Any]:
    """An estate, a round, and a code for each phone."""
    text = "import json; from doorstep.bench import inside; "
    text += f"inside.PEOPLE, inside.DOORS = {people}, {people // 3}; "
    world: dict[str, Any] = json.loads(
        ask(at, f"{text} print(json.dumps(inside.fill({PHONES}, 1)))")
    )
    return world


def write_lines(world: dict[str, Any], number: int) -> Lines:
    """Tube after tube of the people of one table."""
    table, people = world["tables"][number], world["people"][number::PHONES]
    for start in range(0, len(people), 10):
        said = {"round": world["rounds"][0], "tube": f"T{number}{start:06}"}
        members = people[start : start + 10]
        yield write(world, table, "tube.opened", said | {"pool": "ten", "table": table})
        for person in members:
            yield write(world, table, "person.sampled", said | {"person": person})
        yield write(world, table, "tube.closed", said | {"count": len(members)})


def write(world: dict[str, Any], table: str, kind: str, fields: dict[str, object]) -> bytes:
    entry = {"id": str(uuid.uuid4()), "kind": kind, "v": 1, "by": world["by"], "place": table}
    moment = clock.to_moment(clock.now(), "UTC").isoformat()
    return json.dumps(entry | {"at": moment} | fields).encode()


def enrol(at: Installation, folder: Path, code: str, number: int) -> Phone:
    folder.mkdir(exist_ok=True)
    seed = number.to_bytes(32, "big")
    return phones.enrol(f"http://127.0.0.1:{at.port}", folder, f"phone{number}", code, seed)


@contextmanager
def pushing(those: list[Phone], lines: list[Lines]) -> Iterator[None]:
    """Every phone writes and pushes for as long as the block lasts."""
    stop = threading.Event()

    def work(phone: Phone, coming: Lines) -> None:
        while not stop.is_set():
            for line in islice(coming, 5):
                phone.add(line)
            phone.push(clock.now())
            time.sleep(0.05)

    workers = [threading.Thread(target=work, args=each) for each in zip(those, lines, strict=True)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def wait_until_answered(those: list[Phone]) -> None:
    """Until each phone that pushes has been answered for more lines than now, three times over."""
    until = time.monotonic() + PATIENCE
    for _ in range(3):
        before = [phone.through for phone in those]
        while any(phone.through <= had for phone, had in zip(those, before, strict=True)):
            assert time.monotonic() < until, before
            time.sleep(0.02)


def back_up(at: Installation, file: Path, *words: str) -> dict[str, Any]:
    key = file.parent / "key"
    if not key.exists():
        at.command("backup", "--new-key", str(key))
    said = at.command("backup", str(file), "--key-file", str(key), "--json", *words)
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


def restore(at: Installation, file: Path, *words: str) -> dict[str, Any]:
    key = str(file.parent / "key")
    said = at.command("restore", str(file), "--key-file", key, "--json", *words)
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


def count_sampled(those: list[Phone]) -> int:
    return sum(json.loads(line)["kind"] == "person.sampled" for p in those for line in p.lines)


def wait_for_safe(phone: Phone) -> int:
    """What the server says of `safe` once it has taken a backup in."""
    for _ in range(PATIENCE * 10):
        headers, body = phone._make_push(phone.through, 1, clock.now())
        told = phone._json("POST", "/field/v1/entries", body, headers)
        if told["safe"]:
            return int(told["safe"])
        time.sleep(0.1)
    return 0


WAYS = [("sqlite", "postgres"), ("postgres", "sqlite")]
if os.environ.get("DOORSTEP_SOAK"):
    WAYS += [("sqlite", "sqlite"), ("postgres", "postgres")]


@pytest.mark.parametrize(("before", "after"), WAYS)
def test_phones_go_on_with_a_restored_server(before: str, after: str, tmp_path: Path) -> None:
    file, folder = tmp_path / "backup", tmp_path / "phones"
    with Installation(before) as first:
        world = fill(first)
        first.start()
        those = [enrol(first, folder, world["codes"][n], n) for n in range(PHONES - 1)]
        lines = [write_lines(world, n) for n in range(PHONES)]
        with pushing(those, lines[:-1]):
            wait_until_answered(those)
            taken = back_up(first, file, "--elsewhere")
            wait_until_answered(those)
        assert taken["verified"] and taken["epoch"] == 1
        for phone in those:
            safe = wait_for_safe(phone)
            assert 0 < safe < phone.through
        # who comes after the backup is not in it
        those.append(enrol(first, folder, world["codes"][-1], PHONES - 1))
        with pushing(those, lines):
            wait_until_answered(those)
        late = those.pop()
        pushed = {phone.name: phone.through for phone in (*those, late)}
        for phone in (*those, late):
            phone.close()
        first.kill()
    assert not first.folder.exists()
    with Installation(after) as second:
        told = restore(second, file)
        assert (told["from_epoch"], told["epoch"], told["findings"]) == (1, 2, [])
        assert told["root"] == taken["root"]
        second.start()
        url = f"http://127.0.0.1:{second.port}"
        woken = {phone.name: phone for phone in phones.wake(url, folder)}
        assert {name: phone.through for name, phone in woken.items()} == pushed
        those = [woken[phone.name] for phone in those]
        with pushing(those, lines[:-1]):
            wait_until_answered(those)
        # unknown here: enrols anew and sends what it has under the new device
        with pytest.raises(phones.Trouble, match="401"):
            woken[late.name].add(next(lines[-1]))
            woken[late.name].push(clock.now())
        second.stop()
        code = second.command("device-code", "registrar", "--person", world["by"])
        second.start()
        again = enrol(second, tmp_path / "anew", code, 99)
        for line in woken[late.name].lines:
            again.add(line)
        again.push(clock.now())
        those.append(again)
        assert all(phone.through > pushed.get(phone.name, 0) for phone in those)
        for phone in those:
            phone.close()
        second.stop()
        counted = second.ask("count")
        sent, sampled = sum(len(p.lines) for p in those), count_sampled(those)
        # and that it was restored, and held against a destruction list
        assert counted["lines"] == counted["entries"] == sent + 2
        assert counted["sampled"] == counted["bound"] == counted["counted"] == sampled
        assert counted["done"] == sampled and counted["held"] == 0
        assert json.loads(second.command("ledger", "verify", "--json"))["findings"] == []
        assert json.loads(second.command("ledger", "replay"))["different"] == {}
        signed = "from doorstep.ledger import checkpoints; print(checkpoints.get_latest().note)"
        assert ask(second, signed).startswith(f"doorstep/{told['cell']}/2\n")
        assert f"/{told['cell']}/2+" in second.command("ledger", "keys").replace("doorstep", "")
        with pytest.raises(RuntimeError, match="not empty"):
            restore(second, file)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_killed_restore_leaves_nothing_half(database: str, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with Installation("sqlite") as first:
        fill(first)
        back_up(first, file)
    with Installation(database) as second:
        for step in ("read back", "load", "compare", "verify"):
            kill_while(second, file, step)
            assert not has_tables(second), step
        assert restore(second, file)["epoch"] == 2
        assert json.loads(second.command("ledger", "verify", "--json"))["findings"] == []


def kill_while(at: Installation, file: Path, step: str) -> None:
    """Begin to restore, and end it as a power cut does when it says that it has come to a step."""
    words = ["restore", str(file), "--key-file", str(file.parent / "key")]
    restoring = subprocess.Popen([*DOORSTEP, *words], env=at.environment, stderr=subprocess.PIPE)
    assert restoring.stderr is not None
    said = b""
    while step.encode() not in said:
        piece = os.read(restoring.stderr.fileno(), 1_000)
        assert piece, said.decode()
        said += piece
    restoring.kill()
    restoring.wait()


def has_tables(at: Installation) -> bool:
    if address := at.environment.get("DOORSTEP_DATABASE"):
        with psycopg.connect(address) as other:
            asked = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
            return other.execute(asked).fetchone() != (0,)
    return (Path(at.environment["DOORSTEP_DATA"]) / "book.sqlite3").exists()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_backup_of_an_older_version_is_brought_up_to_this_one(
    database: str, tmp_path: Path
) -> None:
    """The book as it was before there were backups, its last migrations taken back."""
    file = tmp_path / "backup"
    with Installation(database) as first:
        fill(first)
        back(first, "ledger", "0003")
        back(first, "rounds", "0002")
        taken = back_up(first, file)
        assert taken["verified"]
    with Installation(database) as second:
        restore(second, file)
        second.command("ledger", "rebuild")
        assert json.loads(second.command("ledger", "verify", "--json"))["found"] == 0


def back(at: Installation, package: str, migration: str) -> None:
    text = "from django.core.management import call_command; "
    ask(at, f"{text} call_command('migrate', '{package}', '{migration}', verbosity=0)")


@pytest.mark.once
def test_what_is_not_empty_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with Installation("sqlite") as first:
        fill(first)
        (tmp_path / "backup.part").write_bytes(b"x" * 10_000_000)  # of one that was stopped
        back_up(first, file)
        assert file.stat().st_size < 10_000_000 and not (tmp_path / "backup.part").exists()
        with pytest.raises(RuntimeError, match="already"):
            back_up(first, file)
    with Installation("sqlite") as other:
        data = Path(other.environment["DOORSTEP_DATA"])
        data.mkdir()
        (data / "key").write_bytes(b"k" * 32)  # of another installation
        with pytest.raises(RuntimeError, match="not empty"):
            restore(other, file)
        assert (data / "key").read_bytes() == b"k" * 32
        assert not (data / "book.sqlite3").exists()
        (data / "key").unlink()
        restore(other, file)


@pytest.mark.once
def test_a_book_that_is_damaged_is_restored_only_when_asked_for(tmp_path: Path) -> None:
    file, secret = tmp_path / "backup", tmp_path / "passphrase"
    secret.write_text("correct horse battery\n")
    words = [str(file), "--passphrase-file", str(secret), "--json"]
    with Installation("sqlite") as first:
        fill(first, people=60)
        text = "from doorstep.ledger.models import Line; "
        ask(first, f"{text} Line.objects.filter(leaf=1).update(content=b'bent')")
        with pytest.raises(RuntimeError, match="不算已验证"):
            first.command("backup", *words)
        assert not (Path(first.environment["DOORSTEP_DATA"]) / "backups").exists()
    with Installation("sqlite") as second:
        with pytest.raises(RuntimeError, match="RESTORE_UNSOUND"):
            second.command("restore", *words)
        assert not has_tables(second)
        with pytest.raises(RuntimeError, match="RESTORE_EPOCH"):
            second.command("restore", *words, "--epoch", "1")
        told = json.loads(second.command("restore", *words, "--epoch", "7", "--even-damaged"))
        assert told["epoch"] == 7 and any("line 1" in found for found in told["findings"])
