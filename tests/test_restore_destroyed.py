"""A backup from before a destruction is restored: what was destroyed is destroyed again before
anybody sees the book, by the list that lies beside the backups. Without the list nothing is
restored, or it is told for ever and can be made good.
"""

import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from doorstep.bench.server import DOORSTEP, Installation
from tests.test_erasure_files import BOTH, DAYS, ask, find, pass_days, verify
from tests.test_restore import back_up, has_tables, restore

Leave = Callable[..., "Left"]
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"])
MOMENTS = pytest.mark.parametrize("is_over", [True, False], ids=["when over", "when begun"])


class Left(NamedTuple):
    """What is left of an installation: the backup from before, its clock, the list beside the
    backups, what must be found nowhere, and the orders.
    """

    backup: Path
    digest: str
    clock: Path
    list: Path
    secrets: list[str]
    orders: list[str]


def destroy_after_backup(database: str, folder: Path, *, is_over: bool = True) -> Left:
    """An operation whose records were destroyed after a backup; the installation is gone. The
    backup is of the end of it, or from before its first sample.
    """
    folder.mkdir()
    with Installation(database) as at:
        ask(at, "begin")
        secrets = ask(at, "go_on") if is_over else []
        taken = back_up(at, folder / "before", "--elsewhere")
        secrets = secrets or ask(at, "go_on")
        pass_days(at, DAYS)
        orders = ask(at, "destroy_all")
        told = back_up(at, folder / "after", "--elsewhere")
        shutil.copy(at.environment["DOORSTEP_CLOCK"], folder / "clock")
        assert len(orders) == 3 and len(secrets) > 100
    return Left(
        folder / "before", taken["digest"], folder / "clock", Path(told["list"]), secrets, orders
    )


@pytest.fixture(scope="module")
def leave(tmp_path_factory: pytest.TempPathFactory) -> Leave:
    """What is left of an installation, in a folder of one's own: `leave(folder, database)`. Each is
    made once and copied; with another `name` it is another book.
    """

    @cache
    def make(database: str, is_over: bool, name: str) -> Left:
        folder = tmp_path_factory.mktemp("left") / name
        return destroy_after_backup(database, folder, is_over=is_over)

    def leave(folder: Path, database: str, *, is_over: bool = True, name: str = "one") -> Left:
        left = make(database, is_over, name)
        shutil.copytree(left.backup.parent, folder)
        backup, clock, orders = (
            folder / each.name for each in (left.backup, left.clock, left.list)
        )
        return left._replace(backup=backup, clock=clock, list=orders)

    return leave


def open_other(database: str, left: Left) -> Installation:
    """An empty installation whose clock goes on."""
    other = Installation(database)
    other.environment["DOORSTEP_CLOCK"] = str(left.clock)
    return other


def refused(at: Installation, left: Left, *words: str) -> str:
    """The code with which a restore is refused; nothing is there afterwards."""
    with pytest.raises(RuntimeError) as no:
        restore(at, left.backup, *words)
    said = str(no.value)
    assert not has_tables(at)
    assert not (Path(at.environment["DOORSTEP_DATA"]) / "key").exists()
    assert "未" in said
    code: str = json.loads(said.splitlines()[0])["refused"]
    return code


def assert_destroyed(at: Installation, left: Left) -> dict[str, Any]:
    """That the book is sound and says of the orders what it said before."""
    report = verify(at)
    assert report["found"] == 0 and report["different"] == {}, report["findings"]
    assert [each["entry"] for each in report["destroyed"]] == left.orders
    assert all(each["asked_by"] != each["ordered_by"] for each in report["destroyed"])
    # the backup it came from is known, and holds it all until somebody has seen to it
    assert all(left.digest in each["backups"] for each in report["destroyed"])
    assert [each["held"] for each in report["restored"]] == [True]
    return report


@BOTH
@MOMENTS
def test_what_a_backup_brings_back_is_destroyed_again(
    database: str, is_over: bool, leave: Leave, tmp_path: Path
) -> None:
    left = leave(tmp_path / "backups", database, is_over=is_over)
    with open_other(database, left) as other:
        assert restore(other, left.backup)["destroyed"] == left.orders
        report = assert_destroyed(other, left)
        if is_over:
            assert all(each["emptied"] for each in report["destroyed"])
        other.command("ledger", "destroy", "--sweep")
        assert find(other, left.secrets) == {}
        # what a phone still had of it comes in the place of lines that the backup had not
        assert {str(each) for each in ask(other, "come_late")} == {"['RECORDS_DESTROYED']"}
        assert_destroyed(other, left)
        assert json.loads(other.command("ledger", "verify", "--list", str(left.list)))["found"] == 0


@BOTH
def test_without_the_list_nothing_is_restored_unless_somebody_says_so(
    database: str, leave: Leave, tmp_path: Path
) -> None:
    left = leave(tmp_path / "backups", database)
    alone = left._replace(backup=tmp_path / "stick" / "before")
    alone.backup.parent.mkdir()
    shutil.copy(left.backup, alone.backup)
    shutil.copy(left.backup.parent / "key", alone.backup.parent / "key")
    with open_other(database, left) as other:
        assert refused(other, alone) == "LIST_MISSING"
        told = restore(other, alone.backup, "--without-list")
        assert told["destroyed"] is None
        assert find(other, left.secrets)
        report = verify(other)
        assert report["found"] == 0 and report["destroyed"] == []
        [since] = report["restored"]
        assert (since["backup"], since["held"]) == (told["digest"], False)
        with pytest.raises(RuntimeError) as damage:
            other.command("ledger", "verify", "--no-replay", "--list", str(left.list))
        assert str(damage.value).count("本账本未曾执行") == len(left.orders)
        # the next backup beside the list tells it too, and takes nothing from the list
        assert "destroy-again" in tell_of_backup(other, left)
        done = json.loads(other.command("ledger", "destroy-again", str(left.list)))
        assert done == {"destroyed": left.orders}
        assert find(other, left.secrets) == {}
        assert_destroyed(other, left)
        assert "destroy-again" not in tell_of_backup(other, left)
        again = json.loads(other.command("ledger", "destroy-again", str(left.list)))
        assert again == {"destroyed": []}


def tell_of_backup(at: Installation, left: Left) -> str:
    """What `doorstep backup` says on stderr, in the folder of the list."""
    file = left.backup.with_name(f"later{len(list(left.backup.parent.iterdir()))}")
    key = str(left.backup.parent / "key")
    words = [*DOORSTEP, "backup", str(file), "--key-file", key, "--json", "--elsewhere"]
    done = subprocess.run(words, env=at.environment, capture_output=True, text=True, check=True)
    return done.stderr


@ON_SQLITE
def test_a_list_that_is_not_this_books_newest_is_refused(
    database: str, leave: Leave, tmp_path: Path
) -> None:
    left = leave(tmp_path / "backups", database)
    good = left.list.read_bytes()
    strange = leave(tmp_path / "strange", database, name="strange")
    (tmp_path / "older").mkdir()
    with open_other(database, left) as other:
        for bent in (
            good.replace(b'"orders":[', b'"orders": [', 1),
            good.replace(b"operation", b"oparation", 1),
            b"\n".join([good.split(b"\n")[0], strange.list.read_bytes().split(b"\n")[1], b""]),
            good[:-2],
            good[: len(good) // 2],
            b"",
        ):
            left.list.write_bytes(bent)
            assert refused(other, left) == "LIST_UNREADABLE", bent[:80]
        assert refused(other, left, "--list", str(strange.list)) == "LIST_OF_ANOTHER"
        left.list.write_bytes(good)
        after = left._replace(backup=left.backup.with_name("after"))
        older = tmp_path / "older" / left.list.name
        said = json.loads(good.split(b"\n")[0])
        [(epoch, size)] = said["reach"]
        older.write_text(json.dumps(said | {"reach": [[epoch, size - 1]]}) + "\n")
        assert refused(other, after, "--list", str(older)) == "LIST_OLDER"
        assert restore(other, after.backup)["destroyed"] == []
        assert [each["held"] for each in verify(other)["restored"]] == [True]


@ON_SQLITE
def test_a_list_of_another_installation_is_never_written_over(
    database: str, leave: Leave, tmp_path: Path
) -> None:
    left = leave(tmp_path / "backups", database)
    bent = left.list.read_bytes().replace(b"operation", b"oparation", 1)
    with open_other(database, left) as other:
        restore(other, left.backup)
        left.list.write_bytes(bent)
        assert "或已被改动" in tell_of_backup(other, left)
        assert left.list.read_bytes() == bent
