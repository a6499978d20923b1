"""A long book is folded by two processes at once, in one view beside a server that goes on taking
lines: they find what one process finds, of whatever table, and where two cannot, one does it all.
"""

import json
import subprocess
import sys
import threading
from typing import Any

from doorstep.bench import intake, load
from doorstep.bench.server import Installation
from tests.test_erasure_files import BOTH

DEVICES, BATCH = 4, 50
ASKED = intake.Asked("", DEVICES, BATCH, seconds=600)
SCRIPT = """
import json, logging, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
import django
django.setup()
from django.db import connection
from doorstep.ledger import book, replay
what, *words = sys.argv[1:]
logging.basicConfig()
if what == "damage":
    with connection.cursor() as cursor:
        for word in words:
            cursor.execute(word)
    print(json.dumps({}))
else:
    replay.LONG = 0 if what != "one" else 10**9
    if what == "failing":
        replay._FOLD_BELOW = "doorstep.ledger.replay.there_is_no_such_thing"
    report = replay.replay()
    print(json.dumps({**report, "after": book.get_cell().size}))
"""


def run(at: Installation, *words: str) -> tuple[dict[str, Any], str]:
    """What a replay says, and what is logged."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], env=at.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def fill(at: Installation, each: int) -> None:
    world = at.ask("fill", str(DEVICES), "1")
    at.start()
    tallies, _ = intake.send(ASKED, at.port, world, each)
    assert sum(tally.kept for tally in tallies) >= DEVICES * each


@BOTH
def test_two_processes_find_what_one_finds(database: str) -> None:
    with Installation(database) as at:
        fill(at, 300)
        at.stop()
        report, said = run(at, "two")
        assert (report["different"], "one process" in said) == ({}, False)
        assert run(at, "one")[0] == report
        below = "DELETE FROM rounds_slot"
        above = "UPDATE sampling_tube SET people = people + 1"
        both = (
            "INSERT INTO ledger_verdict (entry, owner, code, held) "
            "SELECT entry, '{}', 'ODD', TRUE FROM rounds_mark"
        )
        nobody = "stranger"
        run(at, "damage", below, above, *map(both.format, ("orders", "sampling", nobody)))
        found, said = run(at, "two")
        assert "one process" not in said and run(at, "one")[0] == found
        different = found["different"]
        assert different.keys() == {"rounds_slot", "sampling_tube", "ledger_verdict"}
        marks = different["ledger_verdict"][0]
        assert marks % 3 == 0 and marks >= 3 * DEVICES * 200 and different["sampling_tube"][0] > 0
        # where the other process fails, this one folds it all, and says so
        alone, said = run(at, "failing")
        assert alone == found and "the book is folded by one process" in said


@BOTH
def test_both_read_one_view_beside_a_server_that_takes_lines(database: str) -> None:
    with Installation(database) as at:
        world: dict[str, Any] = at.ask("fill", str(DEVICES), "4")
        at.start()
        devices = intake.share_people(world)
        job = load.Job(at.port, world["by"], world["rounds"], devices, BATCH, 3_000)
        phones = load.prepare(job, 0)
        enough = threading.Event()
        told: list[load.Tally] = []

        def send() -> None:
            # slowly, so that they come for as long as the replays take
            while not enough.is_set() and all(each.next < len(each.pushes) for each in phones):
                told.append(load.run(at.port, phones, 1, pause=1))

        sender = threading.Thread(target=send)
        sender.start()
        seen: list[int] = []
        came: list[int] = []
        try:
            while sender.is_alive() and not (len(set(seen)) >= 3 and max(came) > 0):
                report, said = run(at, "two")
                assert (report["different"], "one process" in said) == ({}, False)
                assert not seen or report["lines"] >= seen[-1]
                seen.append(report["lines"])
                came.append(report["after"] - report["lines"])
        finally:
            enough.set()
            sender.join()
        assert sum(tally.refused for tally in told) == 0
        # each saw more of the book than the last, and lines came while one folded
        assert len(set(seen)) >= 3 and max(came) > 0, (seen, came)
