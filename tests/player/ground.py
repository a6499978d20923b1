"""The town with one building whose day is opened: copies of it to play the day on, and what must be
true of the book afterwards.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from doorstep.play import acts, clocks, control, desks, hand, player, script, stage

TABLES = 3


class Still(NamedTuple):
    """An installation that nobody serves, and the address of its database, "" on SQLite."""

    folder: Path
    database: str


class Played(NamedTuple):
    """The day played to its end: what stands still, what was to happen, and how it ended."""

    still: Still
    written: acts.Script
    state: control.State


def open_town(folder: Path) -> Still:
    """The town with the people of one building and its day opened."""
    with _database():
        scene = stage.Stage(folder)
        few = ["--estate", "中海锦城国际花园", "--buildings", "1"]
        loaded = scene.ask("town", "load", *few)
        assert loaded["people"] > 100 and loaded["orders"] == 11
        opened = scene.ask("town", "open-day", "--tables", str(TABLES))
        assert opened["due"] > 100
        return stop(scene)


@contextmanager
def copied(still: Still, folder: Path) -> Iterator[stage.Stage]:
    """A copy of an installation, with a database of its own; its server is stopped in the end."""
    with _database(still.database):
        shutil.copytree(still.folder, folder)
        scene = stage.Stage(folder)
        try:
            yield scene
        finally:
            scene.stop()


def stop(scene: stage.Stage) -> Still:
    """Stop an installation, to be copied."""
    scene.stop()
    return Still(scene.folder, scene.environment.get("DOORSTEP_DATABASE", ""))


@contextmanager
def _database(model: str = "") -> Iterator[None]:
    """On PostgreSQL what is started meanwhile has a new database, or a copy of one that nobody
    uses; nothing to do on SQLite.
    """
    before = os.environ.get("DOORSTEP_DATABASE", "")
    if not before:
        yield
        return
    import psycopg

    name = f"town_{uuid4().hex[:12]}"
    template = f" TEMPLATE {psycopg.conninfo.conninfo_to_dict(model)['dbname']}" if model else ""
    with psycopg.connect(before, autocommit=True) as line:
        line.execute(f"CREATE DATABASE {name}{template}")
    head, mark, tail = before.partition("?")
    os.environ["DOORSTEP_DATABASE"] = f"{head.rpartition('/')[0]}/{name}{mark}{tail}"
    try:
        yield
    finally:
        os.environ["DOORSTEP_DATABASE"] = before


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


def found_codes(book: dict[str, Any]) -> dict[str, int]:
    return dict(sorted({**book["held_by_code"], **book["flagged_by_code"]}.items()))
