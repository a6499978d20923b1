"""A process beside this one: what is said comes in order and whole, a failure is told and leaves
nobody waiting, and it ends with whoever started it.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doorstep.kit import beside

pytestmark = pytest.mark.once
ACTS = "doorstep.kit.tests.beside_acts"


def start(act: str, *words: object) -> tuple[beside.Beside, list[bool]]:
    begun: list[bool] = []
    return beside.Beside(f"{ACTS}.{act}", words, lambda: begun.append(True)), begun


def test_what_is_said_comes_in_order_and_whole() -> None:
    other, begun = start("gather", "first")
    with other:
        for number in range(50):
            other.say(f"{number}" * 1_000)
        assert other.ask() == ["first", *(f"{number}" * 1_000 for number in range(50))]
    assert begun == [True]


def test_whoever_says_more_than_is_taken_waits_and_loses_nothing() -> None:
    other, _ = start("dawdle")
    with other:
        for number in range(4 * beside.AHEAD):
            other.say(number)
        assert other.ask() == 4 * beside.AHEAD


def test_a_failure_is_told_and_nobody_waits_for_ever() -> None:
    other, begun = start("fail_at", "this")
    with other:
        for word in ["that", "this", *["more" * 100_000] * 3 * beside.AHEAD]:
            other.say(word)
        with pytest.raises(beside.Failed, match="this is not to be said"):
            other.ask()
    assert begun == [True]


@pytest.mark.parametrize(("act", "said"), [("fail_at_once", "not today"), ("vanish", "it ended")])
def test_one_that_never_answers(act: str, said: str) -> None:
    other, begun = start(act)
    with other, pytest.raises(beside.Failed, match=said):
        for _ in range(3 * beside.AHEAD):
            other.say("words")
        other.ask()
    assert begun == [True]


def test_a_machine_that_starts_no_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)
    with pytest.raises(beside.Failed, match="no more processes"):
        start("gather", "first")


def test_it_ends_when_the_block_fails(tmp_path: Path) -> None:
    other, _ = start("wait_and_tell", str(tmp_path / "who"))
    with pytest.raises(KeyError), other:
        for _ in range(3 * beside.AHEAD):
            other.say("words")
        raise KeyError
    assert other._process.exitcode == -signal.SIGTERM


def test_it_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "who"
    script = (
        "import time\n"
        "from doorstep.kit import beside\n"
        f"other = beside.Beside('{ACTS}.wait_and_tell', ({str(path)!r},), lambda: None)\n"
        "other.say('a word')\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    try:
        _wait_for(path)
        parent.kill()  # at once, as the system does when memory is short
        parent.wait()
        _wait_for(tmp_path / "who.ended")
    finally:
        if parent.poll() is None:
            os.killpg(parent.pid, signal.SIGKILL)
            parent.wait()


def _wait_for(path: Path) -> None:
    for _ in range(6_000):
        if path.exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{path.name} never came")
