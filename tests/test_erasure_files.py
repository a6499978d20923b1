"""After a destruction no file of the installation holds a name, a door, a result, a sealed number
or a line of it: every byte of the data folder and of PostgreSQL's table files is read, and of a
restored backup. The server overwrites them by itself.
"""

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest

from doorstep.bench.server import Installation
from doorstep.kit import clock

ROOT = Path(__file__).parents[1]
DAYS = 200
_searched: dict[tuple[bytes, frozenset[str]], set[str]] = {}  # what was found in which bytes
BOTH = pytest.mark.parametrize("database", ["sqlite", "postgres"])


SETUP = """
import os, json, django
os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
django.setup()
from django.db import connection
from tests import ending
if connection.vendor == "sqlite":  # some builds overwrite by themselves what they free
    connection.cursor().execute("PRAGMA secure_delete=OFF")
"""


def ask(at: Installation, act: str, after: str = "") -> list[str]:
    """What a function of `ending` says inside an installation; `after`: what is done then."""
    text = f"{SETUP}print(json.dumps(ending.{act}()), flush=True)\n{after}"
    done = subprocess.run(
        [sys.executable, "-c", text], env=at.environment, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout.splitlines()[-1])
    return said


def pass_days(at: Installation, days: int) -> None:
    """Let every later process of the installation run so many days ahead."""
    now = time.time_ns() // 1000
    path = at.folder / "clock"
    path.write_bytes(struct.pack("<qqd", now + days * 86_400_000_000, now, 1.0))
    at.environment["DOORSTEP_CLOCK"] = str(path)


def list_files(at: Installation) -> Iterable[Path]:
    """Every file of the installation; of PostgreSQL those of tables, catalogues and indexes."""
    for folder, _, names in os.walk(at.folder):
        if "pg_wal" not in Path(folder).parts:
            yield from (Path(folder) / name for name in names)


def find(at: Installation, secrets: Iterable[str]) -> dict[str, set[str]]:
    """Which of the secrets stand in which file, as bytes."""
    if address := at.environment.get("DOORSTEP_DATABASE"):
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CHECKPOINT")  # what stands in the server's memory is in its files
    wanted = {secret: bytes.fromhex(secret) for secret in secrets}
    asked = frozenset(wanted)
    found: dict[str, set[str]] = {}
    for path in list_files(at):
        held = path.read_bytes() if path.is_file() else b""
        # most of a database's files are its catalogues: many times the same, and they do not change
        key = sha256(held).digest(), asked
        if key not in _searched:
            _searched[key] = {secret for secret, said in wanted.items() if said in held}
        if here := _searched[key]:
            found[str(path.relative_to(at.folder))] = here
    return found


def tell(at: Installation) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(at.command("ledger", "destroy", "--preview").splitlines()[-1])
    return said


def wait_until_swept(at: Installation) -> None:
    for _ in range(300):
        if all(each["swept"] for each in tell(at)["done"]):
            return
        time.sleep(0.1)
    raise AssertionError((at.folder / "server.log").read_text())


def verify(at: Installation) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(at.command("ledger", "verify", "--json").splitlines()[-1])
    return said


def test_a_played_book_is_asked_for_what_is_due_on_its_own_day() -> None:
    with Installation("sqlite") as at:
        ask(at, "fill")
        assert tell(at)["today"] == clock.day_of(clock.now(), "Asia/Shanghai")
        played = clock.to_micros(datetime(2021, 6, 21, 20, 30, tzinfo=UTC))
        (at.folder / "data" / "clock").write_bytes(clock.CLOCK_FILE.pack(played, 0, 0.0))
        assert tell(at)["today"] == "2021-06-22"


@BOTH
def test_no_file_holds_what_was_destroyed(database: str, tmp_path: Path) -> None:
    key, before, after = tmp_path / "key", tmp_path / "before", tmp_path / "after"
    with Installation(database) as at:
        # a planner keeps samples of the columns
        secrets = ask(at, "fill", after="connection.cursor().execute('ANALYZE')")
        for folder in ("results/done", "uploads"):  # files that came in, and what was said of them
            (at.folder / "data" / folder).mkdir(parents=True)
            (at.folder / "data" / folder / "a.json").write_bytes(bytes.fromhex(secrets[0]))
        at.command("backup", "--new-key", str(key))
        said = ("--key-file", str(key), "--json", "--elsewhere")
        at.command("backup", str(before), *said)
        known = set[str]().union(*find(at, secrets).values())
        # whoever looks does find; an id stands as bytes in one database and as text in the other
        assert len(known) > 0.6 * len(secrets) > 100
        pass_days(at, DAYS)
        entries = ask(at, "destroy_all")
        assert len(entries) == 3
        at.start()
        wait_until_swept(at)
        assert find(at, secrets) == {}
        at.stop()
        assert find(at, secrets) == {}
        report = verify(at)
        assert report["found"] == 0 and report["different"] == {}
        assert [each["entry"] for each in report["destroyed"]] == entries
        # the backup from before is named until somebody has seen to it
        assert {len(each["backups"]) for each in report["destroyed"]} == {1}
        assert not any(each["complete"] for each in report["destroyed"])
        at.command("backup", str(after), *said)
        with Installation(database) as other:
            other.environment["DOORSTEP_CLOCK"] = at.environment["DOORSTEP_CLOCK"]
            other.command("restore", str(after), *said[:3])
            assert find(other, secrets) == {}
            again = verify(other)
            assert again["found"] == 0 and len(again["destroyed"]) == 3


@BOTH
def test_whoever_stops_before_the_files_are_overwritten_can_finish_it(database: str) -> None:
    with Installation(database) as at:
        secrets = ask(at, "fill")
        pass_days(at, DAYS)
        ask(at, "destroy_all", after="os._exit(0)  # as a power cut does")
        assert find(at, secrets)
        assert not tell(at)["done"][0]["swept"]
        at.command("ledger", "destroy", "--sweep")
        assert tell(at)["done"][0]["swept"] and find(at, secrets) == {}


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_command_writes_nothing_while_a_server_runs(database: str) -> None:
    with Installation(database) as at:
        ask(at, "fill")
        at.start()
        assert tell(at)["due"][0]["problem"] == "DESTRUCTION_NOTHING"
        with pytest.raises(RuntimeError, match="A server runs on this data folder"):
            at.command("ledger", "destroy", "--sweep")
