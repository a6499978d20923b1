"""`bench verify`, `bench replay` and `bench upgrade` measure what was filled, or what a folder has;
the command they time says what it found by its status, and in two languages.
"""

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from doorstep.bench import reading, server

KEYS = {"lines_per_second", "lines", "seconds", "database", "cpus"}


@pytest.mark.parametrize("database", server.DATABASES)
@pytest.mark.parametrize("what", ["verify", "replay"])
def test_a_short_measurement(what: str, database: str) -> None:
    told = reading.measure(what, reading.Asked(database, lines=300, devices=2, batch=50))
    assert told.keys() >= KEYS and told["lines"] > 300 and told["lines_per_second"] > 0
    assert (told["database"], "wrong" in told) == (database, False)


@pytest.mark.parametrize("database", server.DATABASES)
def test_an_upgrade_of_a_book_that_is_kept(tmp_path: Path, database: str) -> None:
    asked = reading.Asked(database, lines=300, devices=2, batch=50, folder=tmp_path)
    first = reading.measure("verify", asked)
    told = reading.measure("upgrade", asked)
    assert told["lines"] == first["lines"] and "wrong" not in told
    assert told["seconds"] >= told["migrate_seconds"] > 0 and told["rebuild_seconds"] > 0
    assert reading.measure("replay", asked)["lines"] == first["lines"]


@pytest.mark.once
def test_the_command_tells_a_sound_book_from_a_damaged_one() -> None:
    with server.Installation("sqlite") as installation:
        installation.ask("fill", "1", "1")

        def verify(*words: str) -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [*server.DOORSTEP, "ledger", "verify", *words],
                env=installation.environment,
                capture_output=True,
                text=True,
            )

        sound = verify()
        told = json.loads(sound.stdout)
        assert (sound.returncode, told["found"], told["different"]) == (0, 0, {})
        assert "The book is sound" in sound.stderr and "账本完好" in sound.stderr
        book = sqlite3.connect(installation.folder / "data" / "book.sqlite3")
        with book:
            book.execute("UPDATE ledger_line SET kind = 'tube.closed' WHERE leaf = 3")
            book.execute("DELETE FROM registry_residence WHERE rowid = 5")
        book.close()
        damaged = verify("--resume")
        told = json.loads(damaged.stdout)
        assert (damaged.returncode, told["found"]) == (1, 1 + len(told["different"]))
        assert told["findings"][0].startswith("line 3 ")
        assert told["different"]["registry_residence"] == [0, 1]
        assert "第3行" in damaged.stderr and "账本有损坏" in damaged.stderr
        quiet = verify("--json", "--no-replay")
        assert (quiet.returncode, quiet.stderr) == (1, "")
        assert "different" not in json.loads(quiet.stdout)
