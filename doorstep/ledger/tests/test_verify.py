"""How a check goes on: resumed is straight, a long book takes no more memory or statements than a
short one, upper tiles are read, and a damaged reading does not stop it. Damage itself:
test_verify_damage.
"""

import json
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.ledger import book, kinds, models, store, tree, verify, verify_rows
from doorstep.ledger.tests.verify_book import Pen, fill
from doorstep.ledger.verify_words import LISTED
from tests.stranger import BY, line

pytestmark = pytest.mark.django_db


class Broken(Exception):
    """The check was broken off."""


def break_off_at(size: int) -> Callable[[int, int], None]:
    def show(done: int, of: int) -> None:
        if done >= size:
            raise Broken

    return show


def damage() -> None:
    """Something of everything, along the whole book."""
    for leaf in range(5, book.get_cell().size, 40):
        models.Line.objects.filter(leaf=leaf).update(content=b"another")
        models.Line.objects.filter(leaf=leaf + 9).delete()
        models.Line.objects.filter(leaf=leaf + 17).update(number=90_000 + leaf)
        models.Push.objects.filter(id=_push_before(leaf + 25)).delete()
        models.Push.objects.filter(id=_push_before(leaf + 33)).update(signature=bytes(64))
    models.Checkpoint.objects.filter(size__gt=300).update(root=bytes(32))
    models.Attachment.objects.update(sealed=bytes(50))


def _push_before(leaf: int) -> int:
    [(push,)] = store.query(
        "SELECT MAX(p.id) FROM ledger_push p JOIN ledger_line l ON l.device_id = p.device_id "
        "AND l.number >= p.first AND l.number < p.first + p.count WHERE l.leaf <= %s "
        "AND l.leaf > %s",
        [leaf, leaf - 8],
    )
    return int(push or 0)


@pytest.mark.parametrize("chunk", [37, 256, 5_120])
def test_a_resumed_check_finds_what_a_straight_one_finds(
    cell: models.Cell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    fill()
    sound = verify.check_book()
    assert sound["findings"] == []
    damage()
    straight = verify.check_book()
    assert straight["found"] > 100 and straight["lines"] == sound["lines"]
    monkeypatch.setattr(verify_rows, "CHUNK", chunk)
    path = tmp_path / "verify.json"
    for size in range(50, straight["lines"], 117):
        with pytest.raises(Broken):
            verify.check_book(break_off_at(size), path=path, resume=True, leg=64)
    seen: list[int] = []
    report = verify.check_book(lambda done, of: seen.append(done), path=path, resume=True, leg=64)
    assert seen[0] > straight["lines"] - 200  # it did go on
    assert sorted(report["findings"]) == sorted(straight["findings"])
    assert {**report, "findings": 0} == {**straight, "findings": 0}
    assert not path.exists()


def test_a_state_of_another_book_or_half_a_file_is_not_gone_on_from(
    cell: models.Cell, tmp_path: Path
) -> None:
    Pen().push([line()] * 70)
    path = tmp_path / "verify.json"
    with pytest.raises(Broken):
        verify.check_book(break_off_at(65), path=path, leg=64)
    with pytest.raises(Broken):
        verify.check_book(break_off_at(70), path=path, leg=64, resume=True)
    saved = json.loads(path.read_bytes())
    assert saved["built"]["size"] == 64
    for content in (
        b"",
        b"{}",
        path.read_bytes()[:-9],
        _with(saved, cell=BY),
        _with(saved, epoch=9),
    ):
        path.write_bytes(content)
        assert verify._load(path, book.get_cell()) is None
        assert verify.check_book(path=path, resume=True)["findings"] == []


def _with(saved: dict[str, object], **changed: object) -> bytes:
    return json.dumps(saved | changed).encode()


def test_lines_that_came_between_two_legs_are_read_too(cell: models.Cell, tmp_path: Path) -> None:
    pen, path = Pen(), tmp_path / "verify.json"
    pen.push([line() for _ in range(90)])
    with pytest.raises(Broken):
        verify.check_book(break_off_at(90), path=path, leg=64)
    pen.push([line() for _ in range(20)], again=30)
    Pen("p256").push([line()])
    report = verify.check_book(path=path, resume=True, leg=64)
    assert (report["lines"], report["findings"], report["devices"]) == (111, [], 2)


def count_statements() -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert verify.check_book()["findings"] == []
    return len(queries)


def test_statements_are_by_the_chunk_and_not_by_the_row(cell: models.Cell) -> None:
    pens = [Pen() for _ in range(5)]
    pens[0].push([line() for _ in range(257)])  # from here to 512 lines there is one full tile
    counts = []
    for _ in range(2):
        for pen in pens:
            for turn in range(10):
                pen.push([line(), line()], again=min(turn, 3))
        counts.append(count_statements())
    assert counts[0] == counts[1] < 30


def test_a_long_book_takes_no_more_memory_than_a_short_one(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_rows, "CHUNK", 512)
    store.look_up_keys()  # as each view of the book does that begins a transaction of its own
    pen, peaks = Pen(), []
    for size in (6_000, 36_000):
        while len(pen.lines) < size:
            start = len(pen.lines)
            garbled = [b"%d" % n for n in range(start, start + 1_000)]
            pen.push(garbled, again=min(start, 500))
        tracemalloc.start()
        report = verify.check_book(leg=4_000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (report["lines"], report["findings"]) == (size, [])
    # a level of the tree holds up to 256 roots; one head a line would be megabytes
    assert peaks[1] - peaks[0] < 200_000 and peaks[1] < 4_000_000, peaks


def test_large_lines_are_read_few_at_a_time(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen = Pen()
    pen.push([b"x" * 1_000] * 50)
    monkeypatch.setattr(verify_rows, "LARGEST", 10_000)
    assert verify_rows.end_of_chunk(0, 50) == 6
    monkeypatch.setattr(verify_rows, "LARGEST", 10)
    assert verify_rows.end_of_chunk(0, 50) == 1
    assert verify.check_book()["findings"] == []


def test_tiles_of_every_level_are_read(cell: models.Cell) -> None:
    leaves = [sha256(b"%d" % n).digest() for n in range(70_000)]
    for start in range(0, 70_000, 7_000):
        book.add_leaves(book.lock_cell(), leaves[start : start + 7_000])
    missing = "lines 0 to 69999 are missing: the tree expects line 0 here"
    report = verify.check_book()
    assert report["findings"] == [missing]
    assert report["root"] == tree.root_of(leaves).hex()
    for level, number, at, text in (
        (0, 9, 3, "tile 1/0: hash 9 is not the root of tile 0/9"),
        (1, 0, 200, "tile 1/0: hash 200 is not the root of tile 0/200"),
        (1, 1, 2, "tile 1/1: hash 2 is not the root of tile 0/258"),
        (2, 0, 0, "tile 2/0: hash 0 is not the root of tile 1/0"),
    ):
        tile = models.Tile.objects.get(level=level, number=number)
        hashes = bytes(tile.hashes)
        models.Tile.objects.filter(pk=tile.pk).update(
            hashes=hashes[: at * 32] + bytes(32) + hashes[at * 32 + 32 :]
        )
        found = verify.check_book()["findings"]
        assert text in found and missing in found and len(found) <= 3 + (level == 0), found
        tile.save()
    models.Tile.objects.filter(level=2).delete()
    assert "tile 2/0: missing" in verify.check_book()["findings"]


def test_a_line_that_became_readable_is_what_it_was_kept_as(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kept when its kind was not installed; read after an upgrade, of its shape or not."""
    installed, folds = kinds.list_kinds(), list(kinds.list_folds())
    kinds.install([kind for kind in installed if kind.name != "person.sampled"], folds)
    pen = Pen()
    pen.push([line(), line(tube="not a tube"), line()])
    kinds.install(installed, folds)
    assert set(models.Line.objects.values_list("custody", flat=True)) == {"kept"}
    assert verify.check_book()["findings"] == []


def test_what_is_not_listed_is_counted(cell: models.Cell) -> None:
    pen = Pen()
    for _ in range(2):
        pen.push([line() for _ in range(800)])
    models.Line.objects.update(content=b"")
    report = verify.check_book()
    assert len(report["findings"]) == LISTED < 1_600 <= report["found"]


def test_a_book_that_is_empty_is_sound(cell: models.Cell) -> None:
    assert verify.check_book()["findings"] == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="other databases refuse such rows")
def test_what_sqlite_lets_somebody_write_is_named_and_stops_nothing(cell: models.Cell) -> None:
    Pen().push([line() for _ in range(6)])
    with connection.cursor() as cursor:
        for leaf, column, value in (
            (0, "content", "CAST('text' AS TEXT)"),
            (1, "number", "'many'"),
            (2, "received_at", "'late'"),
            (3, "kind", "CAST(x'ff00fe' AS TEXT)"),
            (4, "hash", "5"),
            (5, "device_id", "'nobody'"),
        ):
            cursor.execute(f"UPDATE ledger_line SET {column} = {value} WHERE leaf = {leaf}")
    found = verify.check_book()["findings"]
    for leaf in range(6):
        assert any(text.startswith(f"line {leaf} ") for text in found), found
