"""A whole sampling day of one building, with its mistakes, against a real server on loopback:
nothing lost, nothing doubled, held as planted, replay equal; also when the server is killed in the
middle, and when a person takes a table by hand.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from doorstep.play import acts, clocks, control, hand, player, report, script, stage

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
    assert scene.ask("ledger", "verify")["findings"] == []
    assert scene.ask("ledger", "replay")["different"] == {}
    assert (book["lost"], book["doubled"], book["unfolded"]) == (0, 0, 0)
    return book


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
    folder = tmp_path / "data" / "report"
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "采样日报告" in (folder / "report.html").read_text("utf-8")
