"""More is sent than the server can take. It says so, 503 and when to come again, and holds no more
lines in memory than it was told; whoever comes again loses nothing; a few lines do not wait behind
all the large pushes that came before them. Counts lines, not time.
"""

import gzip
import threading
import time

from doorstep.bench import load
from doorstep.config import serving
from doorstep.ledger import intake, writer
from tests.faults.client import Phone
from tests.faults.crowd import enrol, write
from tests.faults.ground import PHONES, laid_out

CROWD = 500
LINES = 80  # in one push, a large one: 56 of them are more than may wait
FEWEST = intake.MAX_BYTES >> 10  # lines that may wait, at the least
FEW = 6  # lines in a small one
MEMORY = 300  # MiB of a server process
MEMORY_OF_LONG_LINES = 350  # the same, when each has the longest line there may be
PATH = "/field/v1/entries"
LONG = 600  # seconds that are never over


def test_a_crowd_is_told_to_wait_and_no_more_is_held_than_configured() -> None:
    fewest = {"DOORSTEP_WAITING_LINES": str(FEWEST)}
    with laid_out(PHONES + CROWD, **fewest) as (ground, staff):
        watch = ground.serve_watched()
        crowd = enrol(ground, staff, CROWD, LINES, 1)
        tally = load.run(ground.port, crowd, LONG)
        assert (tally.refused, tally.kept, tally.known) == (0, CROWD * LINES, 0)
        assert tally.busy > 0
        most = int.from_bytes(watch.read_bytes(), "little")
        assert LINES < most <= FEWEST
        memory = ground.measure_memory()
        print(f"{tally.busy} times busy, {most} lines waited, {memory} MiB")
        assert memory < MEMORY
        ground.kill()
        told = ground.nursery.call("check")
        assert (told["findings"], told["different"]) == ([], {})


def test_a_few_lines_wait_behind_one_group_of_large_pushes_at_most() -> None:
    count, lines = 200, 400
    assert count > 3 * serving.THREADS and count * lines > 6 * writer.MAX_LINES_TOGETHER
    # in the order in which they came, more would be before it than may be
    assert serving.LARGE * lines > 4 * writer.MAX_LINES_TOGETHER
    with laid_out(PHONES + count) as (ground, staff):
        assert ground.serve_watched()
        crowd = enrol(ground, staff, count, lines, 1)
        small: Phone = staff.phones[0]
        sending = threading.Thread(target=load.run, args=(ground.port, crowd, LONG))
        sending.start()
        behind = []
        while sending.is_alive():
            small.write([*write(staff.world["by"], FEW)])
            size, *_ = ground.nursery.call("find_lines", small.id)
            assert small.push()[0] == 200
            *_, last = ground.nursery.call("find_lines", small.id)
            behind.append(last - size)
        sending.join()
        # the group that is being kept when it comes, and the one it is in; and what was kept
        # between looking and sending
        assert behind and max(behind) <= 3 * writer.MAX_LINES_TOGETHER, behind


def test_the_longest_lines_are_held_a_few_at_a_time() -> None:
    longest = b"x" * (intake.MAX_BYTES - 1)
    count = serving.THREADS
    with laid_out(PHONES + count) as (ground, staff):
        watch = ground.serve_watched()
        phones = [
            Phone(ground.port, code, staff.world["by"], staff.phones[0].place)
            for code in staff.world["codes"][PHONES:]
        ]
        statuses: list[int] = []

        def send(phone: Phone) -> None:
            phone.write([longest])
            body, headers = phone.sign()
            packed = gzip.compress(body)
            while 200 not in (
                told := phone.post(PATH, packed, headers | {"Content-Encoding": "gzip"})
            ):
                statuses.append(told[0])
                time.sleep(float(told[2]["retry-after"]))

        threads = [threading.Thread(target=send, args=[phone]) for phone in phones]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) == {503}
        assert int.from_bytes(watch.read_bytes(), "little") <= serving.WAITING
        memory = ground.measure_memory()
        print(f"{len(statuses)} times busy, {memory} MiB")
        assert memory < MEMORY_OF_LONG_LINES
