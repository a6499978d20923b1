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


def test_what_is_said_comes_in_order_and_whole() -> None:
    with beside.Beside(f"{ACTS}.gather") as other:
        other.begin("first")
        for number in range(50):
            other.say(f"{number}" * 1_000)
        assert other.ask() == ["first", *(f"{number}" * 1_000 for number in range(50))]


def test_whoever_says_more_than_is_taken_waits_and_loses_nothing() -> None:
    with beside.Beside(f"{ACTS}.dawdle") as other:
        other.begin()
        for number in range(4 * beside.AHEAD):
            other.say(number)
        assert other.ask() == 4 * beside.AHEAD


def test_a_failure_is_told_and_nobody_waits_for_ever() -> None:
    with beside.Beside(f"{ACTS}.fail_at") as other:
        other.begin("this")
        for word in ["that", "this", *["more" * 100_000] * 3 * beside.AHEAD]:
            other.say(word)
        with pytest.raises(beside.Failed, match="this is not to be said"):
            other.ask()


def test_one_that_never_answers() -> None:
    with beside.Beside(f"{ACTS}.vanish") as other:
        other.begin()
        for _ in range(3 * beside.AHEAD):
            other.say("words")
        with pytest.raises(beside.Failed, match="it ended"):
            other.ask()


@pytest.mark.parametrize(
    ("act", "said"), [("fail_at_once", "not today"), ("vanish_at_once", "it ended")]
)
def test_one_that_never_begins(act: str, said: str) -> None:
    with pytest.raises(beside.Failed, match=said), beside.Beside(f"{ACTS}.{act}") as other:
        other.begin()


def test_one_that_has_nothing_to_do() -> None:
    with pytest.raises(beside.Failed, match="no_such_thing"):
        beside.Beside(f"{ACTS}.no_such_thing")


def test_one_that_is_gone_before_it_is_asked_to_begin() -> None:
    with beside.Beside(f"{ACTS}.gather") as other:
        other._process.kill()
        other._process.join()
        with pytest.raises(beside.Failed, match="it ended"):
            other.begin("first")


def test_a_machine_that_starts_no_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: object) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)
    with pytest.raises(beside.Failed, match="no more processes"):
        beside.Beside(f"{ACTS}.gather")


def test_it_ends_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), beside.Beside(f"{ACTS}.wait_and_tell") as other:
        other.begin(str(tmp_path / "who"))
        for _ in range(3 * beside.AHEAD):
            other.say("words")
        raise KeyError
    assert other._process.exitcode == -signal.SIGTERM


def test_it_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "who"
    script = (
        "import time\n"
        "from doorstep.kit import beside\n"
        f"other = beside.Beside('{ACTS}.wait_and_tell')\n"
        f"other.begin({str(path)!r})\n"
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
