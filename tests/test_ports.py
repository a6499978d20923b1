"""A server never shares its port with another: answers would come of two books."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once


def test_a_port_on_which_somebody_listens_is_refused(tmp_path: Path) -> None:
    environment = os.environ | {"DOORSTEP_DATA": str(tmp_path)}
    environment.pop("DOORSTEP_DATABASE", None)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as a server of ours has it
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "doorstep.config.cli", "run", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 3 and port in done.stderr and "--port" in done.stderr
    assert not (tmp_path / "book.sqlite3").exists()
