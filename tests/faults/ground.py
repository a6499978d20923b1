"""An installation that is stopped again and again, and the phones that go on sending to it."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from doorstep.bench.server import Installation
from tests.faults import inside, steps
from tests.faults.client import Phone

DATABASE = "postgres" if os.environ.get("DOORSTEP_TEST_ON") == "postgresql" else "sqlite"
PHONES = 3
PATIENCE = 300  # seconds after which something that should have come will not
GONE = (OSError, http.client.HTTPException)


class Nursery:
    """What begins the processes of one installation; see nursery.py."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            env=environment,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **asked: Any) -> Any:
        """An answer of the nursery."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def call(self, name: str, *arguments: Any, module: str = "tests.faults.inside") -> Any:
        """What a function of a module returns.

        Raises:
            RuntimeError: it failed; why stands on stderr.
        """
        told = self.ask(do="call", name=name, arguments=arguments, module=module)
        if isinstance(told, dict) and "failed" in told and "lines" not in told:
            raise RuntimeError(f"{name} failed: {told}")
        return told

    def close(self) -> None:
        """End it; what it has begun goes on."""
        self._process.communicate()


class Ground:
    """An installation, running or stopped."""

    def __init__(
        self, installation: Installation, environment: dict[str, str], port: int, name: str = "own"
    ) -> None:
        self.installation, self.environment, self.port = installation, environment, port
        self.data = Path(environment["DOORSTEP_DATA"])
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.log = self.data.with_suffix(f".{name}.log")
        self.counters = self.data.with_suffix(f".{name}.steps")
        self.nursery = Nursery(environment)
        self.process: int | None = None

    def close(self) -> None:
        """Stop it and forget it."""
        self.kill()
        self.nursery.close()

    def serve(self, part: str = "intake", at: int = 0, victim: str = "server") -> bool:
        """Start the server, to be stopped at a step; whether it lived long enough to answer."""
        self.begin("run", "--port", str(self.port), counted=self._steps(part, at, victim))
        return self.await_answer()

    def serve_watched(self) -> Path:
        """Start the server as it is; the file that tells how many lines waited at most."""
        watch = self.counters.with_suffix(".most")
        self.begin("run", "--port", str(self.port), watch=str(watch))
        assert self.await_answer()
        return watch

    def begin(
        self, *words: str, counted: dict[str, Any] | None = None, watch: str | None = None
    ) -> int:
        """Begin a command that is to stay; its process."""
        asked = {"words": words, "log": str(self.log), "steps": counted, "watch": watch}
        self.process = int(self.nursery.ask(do="begin", **asked))
        return self.process

    def await_answer(self) -> bool:
        """Whether the server answers before it ends."""
        for _ in range(PATIENCE * 50):
            if self.answers():
                return True
            if self.status() is not None:
                return False
            self.raise_database()
            time.sleep(0.02)
        raise RuntimeError(self.log.read_text())

    def run(self, *words: str, at: int = 0) -> int:
        """Run a command to its end, or to its stop at a step of the part `backup`; its exit status,
        -9 if it was stopped.
        """
        counted = self._steps("backup", at, "server")
        asked = {"words": words, "log": str(self.log), "steps": counted, "watch": None}
        process = self.nursery.ask(do="begin", **asked)
        for _ in range(PATIENCE * 50):
            ended = self.nursery.ask(do="status", process=process)
            if ended is not None:
                return int(ended)
            time.sleep(0.02)
        raise RuntimeError(self.log.read_text())

    def status(self) -> int | None:
        """How the server ended; None while it runs."""
        if self.process is None:
            return 0
        ended: int | None = self.nursery.ask(do="status", process=self.process)
        if ended is not None:
            self.process = None
        return ended

    def kill(self) -> None:
        """Stop the server at once, if it has not been."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process, 9)
        while self.status() is None or self.answers():  # its workers end a moment later
            time.sleep(0.01)

    def answers(self) -> bool:
        """Whether somebody listens."""
        with contextlib.closing(socket.socket()) as trying:
            return trying.connect_ex(("127.0.0.1", self.port)) == 0

    def count(self) -> dict[str, int]:
        """How many steps each part has made since the last start."""
        return steps.read(self.counters.read_bytes())

    def wait(self) -> bool:
        """Until all is done that follows from what was written; not, if the server is stopped."""
        until = time.monotonic() + PATIENCE
        quiet = 0
        # twice: between what a reaction does and its note that it is done nothing seems to wait
        while quiet < 2:
            assert time.monotonic() < until, "what follows from a commit is never done"
            if self.status() is not None:
                return False
            self.raise_database()
            with contextlib.suppress(RuntimeError):  # the database has just been stopped
                quiet = quiet + 1 if self.nursery.call("count_waiting") == 0 else 0
            time.sleep(0.2)
        return True

    def list_processes(self) -> list[int]:
        """The server's processes, the first of them first; none where /proc is not."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has just ended
                if os.getpgid(int(process.name)) == self.process:
                    found.append(int(process.name))
        return sorted(found, key=lambda number: (number != self.process, number))

    def measure_memory(self) -> int:
        """The largest resident memory that a process of the server ever had, in MiB."""
        texts = [Path(f"/proc/{each}/status").read_text() for each in self.list_processes()]
        lines = [line.split() for text in texts for line in text.splitlines()]
        return max((int(line[1]) >> 10 for line in lines if line[0] == "VmHWM:"), default=0)

    def raise_database(self) -> None:
        """Until the database takes connections: start it again if it is down. That its first
        process runs is not enough, for it runs while it recovers too.

        Raises:
            RuntimeError: it does not come back.
        """
        postgres = self.installation._postgres
        if postgres is None:
            return
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.environment["DOORSTEP_DATABASE"]).close()
                return
            if not postgres.get_postmaster_info().is_running():
                # on a busy machine it recovers for longer than the start waits; then it is looked
                # for again while it still says that it is starting
                with contextlib.suppress(subprocess.SubprocessError, AssertionError):
                    postgres.ensure_postgres_running()
            time.sleep(0.1)
        raise RuntimeError("the database does not come back")

    def _steps(self, part: str, at: int, victim: str) -> dict[str, Any]:
        self.counters.write_bytes(bytes(steps.SIZE * len(steps.NAMES)))
        postgres = self.installation._postgres
        told = {"part": part, "at": at, "victim": victim, "counters": str(self.counters)}
        return told | {"postmaster": postgres.get_pid() if postgres is not None else 0}


class Staff:
    """The phones, and what they have to do: tube after tube, each in a box of its own and in one
    push.
    """

    def __init__(self, ground: Ground, world: dict[str, Any]) -> None:
        self.phones = [
            Phone(ground.port, world["codes"][n], world["by"], world["tables"][n])
            for n in range(PHONES)
        ]
        self.world = world
        self.round: str = world["rounds"][0]
        self.people: list[str] = world["people"]
        self.tubes = [0] * PHONES

    def write(self, number: int) -> None:
        """A phone fills a tube."""
        phone, at = self.phones[number], self.tubes[number]
        self.tubes[number] += 1
        tube = inside.tube(number, at)
        said = {"round": self.round, "tube": tube}
        sealed = {"round": self.round, "box": f"B{tube}", "seal": f"S{tube}", "tubes": [tube]}
        start = (at * PHONES + number) * inside.MEMBERS
        members = self.people[start : start + inside.MEMBERS]
        assert len(members) == inside.MEMBERS, "the estate has no more people"
        phone.write(
            [
                phone.entry("tube.opened", **said, pool="ten", table=phone.place),
                *(phone.entry("person.sampled", **said, person=each) for each in members),
                phone.entry("tube.closed", **said, count=len(members)),
                phone.entry("box.sealed", **sealed, count=1),
            ]
        )

    def send(self, ground: Ground) -> None:
        """Send all that waits, again and again until it is answered: no server is helped up.

        Raises:
            AssertionError: it does not come back by itself.
        """
        for phone in self.phones:
            for _ in range(PATIENCE):
                if push(phone, ground):
                    break
                time.sleep(1)
            else:
                raise AssertionError("there is no server")

    def check(self, ground: Ground) -> None:
        """That the book is sound and folds to its tables, and has every answered line once."""
        told = ground.nursery.call("check")
        assert (told["findings"], told["different"], told["failed"]) == ([], {}, 0)
        for phone in self.phones:
            kept, sent = told["lines"][phone.id], [sha256(each).hexdigest() for each in phone.lines]
            assert len(kept) >= phone.answered and kept == sent[: len(kept)]


def work(staff: Staff, ground: Ground) -> None:
    """Every phone fills a tube and sends it, one after the other."""
    for number in range(len(staff.phones)):
        staff.write(number)
    staff.send(ground)


def push(phone: Phone, ground: Ground) -> bool:
    """Send what waits until it is answered; whether it was, for the server may be gone."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if phone.push()[0] == 200:
                return True
        except GONE:
            if not ground.answers():
                return False
        time.sleep(0.1)
    raise AssertionError("the server does not come back by itself")


@contextlib.contextmanager
def laid_out(codes: int = PHONES, **environment: str) -> Iterator[tuple[Ground, Staff]]:
    """An installation with enrolled phones, and further codes; its server is stopped."""
    with Installation(DATABASE) as installation, contextlib.ExitStack() as stack:
        ground = Ground(installation, installation.environment | environment, installation.port)
        stack.callback(ground.close)
        world = ground.nursery.call("build", codes)
        assert ground.serve()
        staff = Staff(ground, world)
        ground.kill()
        yield ground, staff


@contextlib.contextmanager
def grounds() -> Iterator[tuple[Ground, Ground, Staff]]:
    """An installation with enrolled phones; a copy of it that nothing will disturb; the phones."""
    with laid_out() as (first, staff), contextlib.ExitStack() as stack:
        installation = first.installation
        copy = first.environment | {"DOORSTEP_DATA": str(installation.folder / "copy")}
        shutil.copytree(first.data, copy["DOORSTEP_DATA"])
        if DATABASE == "postgres":
            installation._postgres.psql("CREATE DATABASE copy TEMPLATE postgres")
            copy["DOORSTEP_DATABASE"] = installation._postgres.get_uri("copy")
        other = Ground(installation, copy, installation.port)
        stack.callback(other.close)
        yield first, other, staff
