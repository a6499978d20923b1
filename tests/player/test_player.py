"""The player of a day is stopped or killed and goes on where it was, leaves alone what a person
took by hand, ends its server with itself, and writes its report: against a real server on loopback.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doorstep.play import control, hand, player, report, script, stage
from tests.player.ground import Still, check_rechecks, copied, found_codes, perform, read_book

pytestmark = pytest.mark.once
PATIENCE = 300  # seconds after which something that should have come will not
# `doorstep …`, killed when a line with a certain word lies in a phone's outbox and is to be sent
DIE_AFTER = """
import os, signal, sys
from doorstep.config import cli
from doorstep.play import phones
word, *sys.argv[1:] = sys.argv[1:]
push = phones.Phone.push
def push_or_die(phone, now):
    phone.flush()
    if any(word.encode() in line for line in phone.lines):
        os.kill(os.getpid(), signal.SIGKILL)
    return push(phone, now)
phones.Phone.push = push_or_die
sys.exit(cli.main())
"""


def test_the_player_is_stopped_and_goes_on_where_it_was(scene: stage.Stage) -> None:
    def stop(progress: player.Progress) -> None:
        if progress.lines > 120:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(scene, show=stop)
    outboxes = (scene.play / "phones").glob("*.lines")
    on_disk = sum(len(each.read_bytes().splitlines()) for each in outboxes)
    behind = control.read_state(scene.play).at
    written, state = perform(scene)
    assert on_disk == sum(act.at <= behind for act in written.acts)
    book = read_book(scene)
    assert state.finished and book["kept"] == len(written.acts)
    assert found_codes(book) == report.count_planted(written.planted)


def test_the_player_is_killed_in_the_middle_of_a_recheck_and_goes_on(scene: stage.Stage) -> None:
    handed = hand.read(scene.play / "hand.json")
    visit = script.write_script(handed).rechecks[0]
    first = next(iter(visit.tubes.values()))
    outbox = scene.play / "phones" / f"{visit.phone}.lines"
    words = ["play", "sampling", "--data", str(scene.folder), "--url", scene.url]
    died = subprocess.run([sys.executable, "-c", DIE_AFTER, first, *words])
    assert died.returncode == -signal.SIGKILL and first.encode() in outbox.read_bytes()
    kept = control.read_state(scene.play)
    assert kept.rechecks[visit.of].round and not kept.finished
    written, state = perform(scene)
    check_rechecks(written, state)
    assert state.rechecks[visit.of].round == kept.rechecks[visit.of].round
    book = read_book(scene)
    assert book["kept"] == len(written.acts)
    assert found_codes(book) == report.count_planted(written.planted)


def test_a_table_taken_by_hand_is_left_alone_and_its_boxes_still_agree(
    scene: stage.Stage,
) -> None:
    control.write_control(scene.play, control.Control(taken=["table-01"]))
    handed = hand.read(scene.play / "hand.json")
    written, _ = perform(scene)
    book = read_book(scene)
    lines = (scene.play / "phones" / "table-01.lines").exists()
    assert not lines  # its phone wrote nothing at all
    assert 0 < book["kept"] < len(written.acts)
    assert book["flagged_by_code"].get("BOX_UNBALANCED", 0) <= 1
    assert book["outstanding"] > len(handed.due) / 6  # those who stood there wait for the person


def test_a_demo_that_is_told_to_end_takes_its_server_with_it(town: Still, tmp_path: Path) -> None:
    with copied(town, tmp_path / "data") as scene:
        environment = os.environ | {"DOORSTEP_DATA": str(scene.folder)}
        words = ["demo", "--port", str(scene.port), "--speed", "300"]
        demo = subprocess.Popen([*stage.DOORSTEP, *words], env=environment)
        until = time.monotonic() + PATIENCE
        while control.read_state(scene.play).at == 0 and time.monotonic() < until:
            time.sleep(0.1)
        server = list_children(demo.pid)
        assert server
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(PATIENCE) == 143
        assert not any(is_running(pid) for pid in server)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", scene.port), 1)
        scene.start()  # and the day goes on where it was
        written, state = perform(scene)
        book = read_book(scene)
    assert state.finished and book["kept"] == len(written.acts)
    assert found_codes(book) == report.count_planted(written.planted)


def list_children(pid: int) -> list[int]:
    """The processes below this one, the first of them first."""
    found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [each for child in found for each in list_children(child)]


def test_the_command_plays_a_day_and_writes_its_report(town: Still, tmp_path: Path) -> None:
    with copied(town, tmp_path / "data"):
        done = subprocess.run(
            [*stage.DOORSTEP, "play", "sampling", "--data", str(tmp_path / "data"), "--json"],
            capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["lost"], told["doubled"], told["findings"], told["different"]) == (0, 0, [], {})
    assert told["history"][-1]["reported"] > 100
    assert not told["closed"] and told["to_settle"].keys() > told["held_by_code"].keys()
    assert [(each["due"] - each["done"], each["closed"]) for each in told["rechecks"]] == [
        (0, True), (0, True),
    ]  # fmt: skip
    folder = tmp_path / "data" / "report"
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    page = (folder / "report.html").read_text("utf-8")
    assert "采样日报告" in page and "本轮尚未关闭" in page and "单采复核" in page


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
