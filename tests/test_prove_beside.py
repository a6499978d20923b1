"""A proof is made beside a running server: of a line that a checkpoint has it needs no write. One
that nobody has signed yet waits for the server, where only one process may write.
"""

import json
import subprocess
import time
from pathlib import Path

import pytest

from doorstep.bench.server import DOORSTEP, Installation
from tests.test_erasure_files import BOTH, ask


def prove(at: Installation, leaf: int) -> "subprocess.CompletedProcess[str]":
    command = [*DOORSTEP, "ledger", "prove", str(leaf)]
    return subprocess.run(command, env=at.environment, capture_output=True, text=True)


@BOTH
def test_a_line_that_is_signed_is_proved_beside_the_server(database: str, tmp_path: Path) -> None:
    with Installation(database) as at:
        ask(at, "begin")
        first = int(str(ask(at, "write_at_desk")))
        at.start()
        for _ in range(300):  # until the server has signed it
            made = prove(at, first)
            if made.returncode == 0:
                break
            time.sleep(0.1)
        assert made.returncode == 0, made.stderr
        key = at.command("ledger", "keys")
        (tmp_path / "proof").write_text(made.stdout)
        told = at.command("ledger", "verify-proof", str(tmp_path / "proof"), "--key", key)
        shown = json.loads(told)
        assert shown["proven"] and shown["line"] == first


@pytest.mark.once
def test_a_line_that_nobody_has_signed_is_not_signed_beside_a_server() -> None:
    with Installation("sqlite") as at:
        ask(at, "begin")
        leaf = int(str(ask(at, "write_at_desk")))
        lock = "from doorstep.config import lock; lock.take(); print(1, flush=True); input()"
        setup = "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = "
        setup += "'doorstep.config.settings'; django.setup(); "
        words = [DOORSTEP[0], "-c", setup + lock]
        with subprocess.Popen(words, env=at.environment, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as server:  # fmt: skip
            assert server.stdout is not None and server.stdout.readline()
            refused = prove(at, leaf)
            assert (refused.returncode, refused.stdout) == (3, "")
            assert "A server runs on this data folder" in refused.stderr
            server.communicate(b"\n")
        assert prove(at, leaf).returncode == 0  # it is signed now
        assert prove(at, leaf - 1).returncode == 0
