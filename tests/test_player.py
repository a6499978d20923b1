"""A whole sampling day of one building, with its mistakes, against a real server on loopback:
nothing lost, nothing doubled, held as planted, suspect tubes rechecked, replay equal; also when the
server or the player is killed in the middle, when a person takes a table by hand or settles what is
held, and when the demo is told to end.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from doorstep.play import (
    acts,
    clocks,
    control,
    desks,
    hand,
    player,
    report,
    report_words,
    script,
    stage,
)

TABLES = 3


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The town with the people of one building and its day opened."""
    with _database(""):
        scene = stage.Stage(tmp_path_factory.mktemp("town"))
        few = ["--estate", "中海锦城国际花园", "--buildings", "1"]
        loaded = scene.ask("town", "load", *few)
        assert loaded["people"] > 100 and loaded["orders"] == 11
        opened = scene.ask("town", "open-day", "--tables", str(TABLES))
        assert opened["due"] > 100
        yield scene.folder


@pytest.fixture
def scene(town: Path, tmp_path: Path) -> Iterator[stage.Stage]:
    """A copy of the town, served."""
    with _database("copy"):
        shutil.copytree(town, tmp_path / "data")
        made = stage.Stage(tmp_path / "data")
        made.start()
        yield made
        made.stop()


class _database:  # noqa: N801  reads as what it gives
    """On PostgreSQL a database of its own, or a copy of the last; nothing to do on SQLite."""

    last = ""

    def __init__(self, how: str) -> None:
        self.how, self.before = how, os.environ.get("DOORSTEP_DATABASE", "")

    def __enter__(self) -> None:
        if not self.before:
            return
        import psycopg

        name = f"town_{uuid4().hex[:12]}"
        copied = f" TEMPLATE {_database.last}" if self.how else ""
        with psycopg.connect(self.before, autocommit=True) as line:
            line.execute(f"CREATE DATABASE {name}{copied}")
        if not self.how:
            _database.last = name
        head, mark, tail = self.before.partition("?")
        os.environ["DOORSTEP_DATABASE"] = f"{head.rpartition('/')[0]}/{name}{mark}{tail}"

    def __exit__(self, *problem: object) -> None:
        if self.before:
            os.environ["DOORSTEP_DATABASE"] = self.before


def perform(scene: stage.Stage, **changed: Any) -> tuple[acts.Script, control.State]:
    """Play the day as fast as it goes."""
    handed = hand.read(scene.play / "hand.json")
    written = script.write_script(handed)
    performer = player.Player(
        handed, written, url=scene.url, folder=scene.play,
        played=clocks.PlayedClock(scene.clock), speed=None, **changed,
    )  # fmt: skip
    performer.enrol()
    return written, performer.run()


def read_book(scene: stage.Stage) -> dict[str, Any]:
    """What the book says once the server has stopped; it must be whole."""
    scene.stop()
    book = scene.ask("town", "audit")
    assert scene.ask("ledger", "verify", "--no-replay")["findings"] == []
    assert scene.ask("ledger", "replay")["different"] == {}
    assert (book["lost"], book["doubled"], book["unfolded"]) == (0, 0, 0)
    return book


def sign_in(scene: stage.Stage) -> desks.Desk:
    handed = hand.read(scene.play / "hand.json")
    return desks.Desk(scene.url, handed.officer, handed.password)


def check_rechecks(written: acts.Script, state: control.State) -> None:
    """Both suspect tubes have a recheck of their own, complete and closed."""
    assert len(written.rechecks) == 2
    assert {of: (kept.due, kept.done, kept.closed) for of, kept in state.rechecks.items()} == {
        visit.of: (len(visit.tubes), len(visit.tubes), True) for visit in written.rechecks
    }
    assert len({kept.round for kept in state.rechecks.values()} - {""}) == 2


def settle(desk: desks.Desk, written: acts.Script) -> int:
    """Settle every held set on the review list: of several claims those of the first phone stand,
    a claim alone does not. How many sets there were.
    """
    phones = {act.id: act.phone for act in written.acts}
    count = 0
    while sets := re.findall(r'"(/sampling/review/[0-9a-f-]{36})"', desk.read("/sampling/review")):
        entries = re.findall(r'name="entries" value="([0-9a-f-]{36})"', desk.read(sets[0]))
        first = [entry for entry in entries if phones.get(entry) == phones.get(entries[0])]
        stands = first if len(entries) > 1 else []
        desk.post(sets[0], {"entries": entries, "stands": stands})
        count += 1
    return count


def found_codes(book: dict[str, Any]) -> dict[str, int]:
    return dict(sorted({**book["held_by_code"], **book["flagged_by_code"]}.items()))


def test_a_day_full_of_mistakes_is_kept_and_marked_as_it_happened(scene: stage.Stage) -> None:
    written, state = perform(scene)
    book = read_book(scene)
    assert state.finished and book["kept"] == len(written.acts)
    assert found_codes(book) == report.count_planted(written.planted)
    held = {each.code for each in written.planted if each.held}
    assert book["held_by_code"].keys() == held
    assert book["due"] == book["done"] + book["excused"] + book["refused"] + book["outstanding"]
    assert book["done"] > 0.85 * book["due"]
    assert book["tubes"]["reported"] == book["tubes"]["sampled"] - 1  # of the tube used twice
    # what waits for a person keeps the round open, and nobody is called missed yet
    assert (book["closed"], book["missed"]) == (False, 0)
    assert report.list_open(book) == {**book["held_by_code"], "TUBES_WITHOUT_RESULT": 1}
    assert report_words.CODES.keys() >= {*found_codes(book), "TUBES_WITHOUT_RESULT"}


def test_the_people_of_suspect_tubes_are_sampled_again_singly(scene: stage.Stage) -> None:
    written, state = perform(scene)
    check_rechecks(written, state)
    desk = sign_in(scene)
    positive = {
        visit.of: sum("Positive, reported" in desk.read(f"/sampling/tubes/{tube}")
                      for tube in visit.tubes.values())
        for visit in written.rechecks
    }  # fmt: skip
    pooled = {row.tube: row.outcome for file in written.files for row in file.rows}
    expected = {"positive": 1, "inconclusive": 0}
    assert positive == {visit.of: expected[pooled[visit.of]] for visit in written.rechecks}
    for visit in written.rechecks:
        for tube in visit.tubes.values():  # all of them have a result
            assert ", reported" in desk.read(f"/sampling/tubes/{tube}")


def test_once_a_person_has_settled_what_is_held_the_player_closes_the_round(
    scene: stage.Stage,
) -> None:
    written, _ = perform(scene)
    assert settle(sign_in(scene), written) > 3
    _, state = perform(scene)  # the day is over: only what was refused is asked again
    book = read_book(scene)
    check_rechecks(written, state)
    assert book["kept"] == len(written.acts)
    assert book["closed"] and book["outstanding"] == 0
    assert book["missed"] == book["due"] - book["done"] - book["excused"] - book["refused"] > 0
    assert book["held"] == 0 and book["missed_doors"]
    handed = hand.read(scene.play / "hand.json")
    english, chinese = report_words.list_sentences(report.make_report(handed, written, state, book))
    assert f"missed: {book['missed']};" in english and english.endswith("The round is closed.")
    assert f"漏检{book['missed']}人" in chinese and chinese.endswith("本轮已关闭。")


def test_the_server_dies_in_the_middle_of_the_day_and_nothing_is_lost(scene: stage.Stage) -> None:
    killed: list[int] = []

    def show(progress: player.Progress) -> None:
        if progress.lines > 120 and not killed:
            killed.append(progress.lines)
            scene.kill()
            scene.start()

    written, _ = perform(scene, show=show)
    book = read_book(scene)
    assert killed and book["kept"] == len(written.acts)
    assert found_codes(book) == report.count_planted(written.planted)


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
    first = next(iter(visit.tubes.values())).encode()
    outbox = scene.play / "phones" / f"{visit.phone}.lines"
    words = ["play", "sampling", "--data", str(scene.folder), "--url", scene.url]
    playing = subprocess.Popen([*stage.DOORSTEP, *words])
    while playing.poll() is None and not (outbox.exists() and first in outbox.read_bytes()):
        time.sleep(0.002)
    playing.kill()
    playing.wait()
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


def test_a_demo_that_is_told_to_end_takes_its_server_with_it(town: Path, tmp_path: Path) -> None:
    with _database("copy"):
        shutil.copytree(town, tmp_path / "data")
        scene = stage.Stage(tmp_path / "data")
        environment = os.environ | {"DOORSTEP_DATA": str(scene.folder)}
        words = ["demo", "--port", str(scene.port), "--speed", "300"]
        demo = subprocess.Popen([*stage.DOORSTEP, *words], env=environment)
        until = time.monotonic() + 60
        while control.read_state(scene.play).at == 0 and time.monotonic() < until:
            time.sleep(0.1)
        server = list_children(demo.pid)
        assert server
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 143
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


def test_the_command_plays_a_day_and_writes_its_report(town: Path, tmp_path: Path) -> None:
    with _database("copy"):
        shutil.copytree(town, tmp_path / "data")
        done = subprocess.run(
            [*stage.DOORSTEP, "play", "sampling", "--data", str(tmp_path / "data"), "--json"],
            capture_output=True, text=True, timeout=120,
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
