"""A server never shares its port with another: answers would come of two books. A port that was
found for one stays its own until it starts.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from doorstep.config.commands import server
from doorstep.kit import ports

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


@pytest.mark.skipif(sys.platform != "linux", reason="held on Linux alone")
def test_a_port_that_was_found_is_given_to_nobody_else_and_a_server_may_listen_there() -> None:
    port = ports.find_free()
    with socket.socket() as other, pytest.raises(OSError):
        other.bind(("127.0.0.1", port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    assert server._is_free("127.0.0.1", port)
    for host in ("127.0.0.1", "0.0.0.0"):
        with socket.socket() as listening:
            for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):  # as a server has it
                listening.setsockopt(socket.SOL_SOCKET, option, 1)
            listening.bind((host, port))
            listening.listen()
            socket.create_connection(("127.0.0.1", port), 1).close()
    ports.release(port)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
