"""The server a day is played on: an installation in a folder of its own, run as a process like any
other, on played time. Refuses to start on a port that is taken.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from doorstep.kit import ports

DOORSTEP = [sys.executable, "-m", "doorstep.config.cli"]
PATIENCE = 60  # seconds for a server to answer, and to stop


class Failed(Exception):
    """A command or the server did not do what was asked; the text is what it said."""


class Stage:
    """An installation in `folder`, served at `url` while it runs."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.clock = folder / "clock"
        self.port = port or ports.find_free()
        self.environment = os.environ | {
            "DOORSTEP_DATA": str(folder),
            "DOORSTEP_CLOCK": str(self.clock),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def play(self) -> Path:
        """Where the player keeps its things."""
        return self.folder / "play"

    def ask(self, *words: str, show: bool = False) -> dict[str, Any]:
        """Run a command in this installation; the JSON in its last line. With `show` its progress
        is seen.

        Raises:
            Failed: it said no JSON.
        """
        environment = dict(self.environment)
        if not self.clock.exists():
            del environment["DOORSTEP_CLOCK"]  # the first command makes it
        done = subprocess.run(
            [*DOORSTEP, *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=None if show else subprocess.PIPE,
            text=True,
        )
        try:
            told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            raise Failed(f"doorstep {' '.join(words)}: {done.stderr or done.stdout}") from None
        return told

    def require_port(self) -> None:
        """Refuse, before any long work, a port on which something answers. Raises Failed."""
        if _is_answered(self.port):
            raise Failed(
                f"port {self.port} is taken; --port names another. 端口{self.port}已被占用，"
                "请用--port另选。"
            )

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            Failed: it ended, or did not answer in a minute.
        """
        self.require_port()
        gateway = self.folder / "messages.toml"
        if not gateway.exists():  # of a played day nobody is told
            gateway.write_text('gateway = "stand-in"\n', "utf-8")
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*DOORSTEP, "run", "--port", str(self.port)],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the player, which then stops the server
            )
        for _ in range(PATIENCE * 10):
            if self._process.poll() is not None:
                break
            if _is_answered(self.port):
                return
            time.sleep(0.1)
        self.stop()
        raise Failed((self.folder / "server.log").read_text()[-2_000:])

    def stop(self) -> None:
        """Stop the server, if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def kill(self) -> None:
        """Take the server down without a word, as a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            while _is_answered(self.port):  # its workers die a moment later
                time.sleep(0.05)


def _is_answered(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
