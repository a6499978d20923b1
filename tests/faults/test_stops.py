"""A stop between any two steps: the server, a command or the database dies by SIGKILL at a random
step of taking pushes in, of what follows from a commit, of a checkpoint, of a backup; phones send
meanwhile, and again. No answered line is lost, none is there twice, the book is sound, the tables
are those of a replay, and in the end those of an installation that nothing has stopped.
"""

import os
import random
import threading
from typing import NamedTuple

import pytest

from doorstep.kit import clock
from tests.faults.ground import DATABASE, PHONES, Ground, Staff, grounds, push

IS_LONG = "DOORSTEP_SOAK" in os.environ
SCHEDULES = int(os.environ.get("DOORSTEP_EXAMPLES", "1000")) if IS_LONG else 14
TOGETHER = 14  # stops of one installation
PUSHES = 2  # of a phone, between two stops
PARTS = ["intake", "intake", "commit", "commit", "reaction", "checkpoint", "taking in", "backup"]
VICTIMS = ["server"] * 3 + (["backend", "database"] if DATABASE == "postgres" else [])


class Schedule(NamedTuple):
    """Where a stop is: in which part, how far into what it usually does, and who dies."""

    part: str
    share: float
    victim: str


def draw(chance: random.Random) -> Schedule:
    part, share, victim = chance.choice(PARTS), chance.random(), chance.choice(VICTIMS)
    return Schedule(part, share, "server" if part == "backup" else victim)


class Run:
    """One installation that is stopped, its phones, and how many steps its parts usually make."""

    def __init__(self, ground: Ground, staff: Staff) -> None:
        self.ground, self.staff = ground, staff
        self.key = str(ground.data.with_name("key"))
        self.backups = self.stops = 0
        assert ground.run("backup", "--new-key", self.key) == 0
        assert ground.serve()
        self.work()
        assert ground.wait()
        usual = ground.count()
        assert self.back_up() == 0
        usual["backup"] = ground.count()["backup"]
        ground.kill()
        assert ground.serve()
        assert ground.wait()
        self.usual = usual | {"taking in": ground.count()["taking in"]}
        ground.kill()

    def back_up(self, at: int = 0) -> int:
        """A backup, to be stopped at a step."""
        self.backups += 1
        file = str(self.ground.data.with_name(f"backup{self.backups}"))
        return self.ground.run("backup", file, "--key-file", self.key, "--elsewhere", "--json",
                               at=at)  # fmt: skip

    def work(self) -> None:
        """Every phone fills tubes and sends until it is answered, or nobody is there any more."""
        workers = [threading.Thread(target=self.send, args=[number]) for number in range(PHONES)]
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(0.05)
                self.ground.raise_database()

    def send(self, number: int) -> None:
        """What waits from before goes with the first push."""
        for _ in range(PUSHES):
            self.staff.write(number)
            if not push(self.staff.phones[number], self.ground):
                return

    def stop(self, schedule: Schedule) -> None:
        """Work until the stop, or to the end if it comes nowhere; then look at everything."""
        at = 1 + int(schedule.share * self.usual[schedule.part])
        if schedule.part == "backup":
            ended = self.back_up(at)
            assert ended in (0, -9)
            self.stops += ended == -9
            at = 0
        if schedule.part == "taking in":
            assert self.back_up() == 0
        if self.ground.serve(schedule.part, at, schedule.victim):
            self.work()
            self.ground.wait()
        self.ground.kill()
        self.stops += self.ground.count()[schedule.part] >= at > 0
        self.ground.raise_database()
        self.staff.check(self.ground)

    def finish(self, undisturbed: Ground, begun: int) -> None:
        """Send what is left, and compare with an installation to which all of it came at once."""
        told = []
        for ground in (self.ground, undisturbed):
            assert ground.serve()
            self.staff.send(ground)
            for phone in self.staff.phones:
                phone.answered = 0  # and all of it to the other
            assert ground.wait()
            ground.kill()
            told.append(ground.nursery.call("mean", begun))
        assert all(told[1][table] for table in ("sampling_stay", "sampling_notice", "rounds_mark"))
        for table, rows in told[1].items():
            assert told[0][table] == rows, table


@pytest.mark.parametrize("first", range(0, SCHEDULES, TOGETHER))
def test_a_stop_anywhere_loses_nothing_and_doubles_nothing(first: int) -> None:
    seeds = range(first, min(first + TOGETHER, SCHEDULES))
    with grounds() as (ground, undisturbed, staff):
        begun = clock.now()
        run = Run(ground, staff)
        for seed in seeds:
            schedule = draw(random.Random(seed))
            try:
                run.stop(schedule)
            except BaseException as problem:
                said = ground.log.read_text()[-4000:]
                problem.add_note(f"seed {seed}: {schedule}; the server said:\n{said}")
                raise
        run.finish(undisturbed, begun)
        # most stops were where they were to be: what usually happens has happened again
        assert run.stops > len(seeds) // 2
