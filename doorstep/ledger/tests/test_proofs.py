"""Checkpoints and proofs: signed, growing, refused when the book was changed under the server; and
a proof says nothing that is not so, however it is bent.
"""

import base64
from collections.abc import Iterator
from hashlib import sha256

import pytest

from doorstep.kit import clock
from doorstep.ledger import book, checkpoints, keys, models, notes, proofs, reactions
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(cell: models.Cell) -> Phone:
    phone = Phone()
    phone.push([line() for _ in range(300)])
    return phone


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A clock that a test may move."""
    moved, now = [0], clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + moved[0])
    yield moved


def test_a_checkpoint_says_what_the_book_is(phone: Phone) -> None:
    found = checkpoints.publish()
    cell = book.get_cell()
    said = proofs.read_checkpoint(found.note.encode(), checkpoints.list_keys())
    assert said == proofs.Checkpoint(f"doorstep/{cell.id}/1", 300, book.root_at(300))
    assert checkpoints.publish().pk == found.pk  # nothing new, nothing signed
    phone.push([line()])
    assert checkpoints.publish().size == 301
    assert proofs.read_checkpoint(found.note.encode(), checkpoints.list_keys()) == said


def test_the_worker_signs_once_a_minute_while_lines_come(
    phone: Phone, later: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions, "_reactions", [checkpoints.REACTION])

    def sizes() -> list[int]:
        return list(models.Checkpoint.objects.order_by("size").values_list("size", flat=True))

    for _ in range(3):
        reactions.run_once()
    assert sizes() == [300]
    phone.push([line()])
    reactions.run_once()
    assert sizes() == [300]
    later[0] += clock.MINUTE
    for _ in range(3):
        reactions.run_once()
    assert sizes() == [300, 301] and models.Done.objects.count() <= 1


def test_a_book_that_was_changed_is_not_signed(
    phone: Phone, later: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints.publish()
    tile = models.Tile.objects.get(level=0, number=0)
    tile.hashes = bytes(32) + bytes(tile.hashes)[32:]
    tile.save()
    phone.push([line()])
    with pytest.raises(checkpoints.Forked):
        checkpoints.publish()
    later[0] += clock.MINUTE
    monkeypatch.setattr(reactions, "_reactions", [checkpoints.REACTION])
    assert reactions.run_once() == 0
    [stuck] = reactions.list_stuck()
    assert stuck.reaction == "checkpoint" and "300" in stuck.error + stuck.fact
    assert models.Checkpoint.objects.count() == 1


def test_a_shorter_book_is_not_signed(phone: Phone) -> None:
    checkpoints.publish()
    leaves = [bytes(32)] * 200  # the same place in the table, fewer lines
    models.Tile.objects.all().delete()
    cell = book.lock_cell()
    cell.size, cell.nodes = 0, b""
    cell.save()
    book.add_leaves(book.lock_cell(), leaves)
    with pytest.raises(checkpoints.Forked):
        checkpoints.publish()


def test_a_proof_is_checked_with_nothing_but_a_key(phone: Phone) -> None:
    for leaf in (0, 255, 256, 299):
        content = checkpoints.prove(leaf).encode()
        shown = proofs.check_proof(content, checkpoints.list_keys())
        kept = models.Line.objects.get(leaf=leaf)
        assert (shown.leaf, shown.number) == (leaf, kept.number)
        assert shown.hashed == sha256(bytes(kept.content)).digest()
        assert shown.received_at == kept.received_at
        assert shown.device.hex() == kept.device_id.replace("-", "")


def test_a_bent_proof_is_no_proof(phone: Phone) -> None:
    good = checkpoints.prove(7)
    known = checkpoints.list_keys()
    phone.push([line()])
    checkpoints.publish()
    other = checkpoints.prove(8)
    head, _, note = good.partition("\n\n")
    lines = head.split("\n")
    data = bytearray(base64.b64decode(lines[1].removeprefix("extra ")))
    data[40] ^= 1
    stranger = [notes.Key(known[0].name, bytes(range(32)))]
    for keys_, bent in (
        (stranger, good),
        ([], good),
        (known, ""),
        (known, good.replace("index 7", "index 8")),
        (known, good.replace("index 7", "index 07")),
        (known, good.replace("index 7", "index 99999999999999999999999")),
        (known, good.replace(proofs.TITLE, "c2sp.org/tlog-proof@v2")),
        (known, head + "\n\n" + note.replace("\n300\n", "\n301\n")),
        (known, head + "\n\n" + other.partition("\n\n")[2]),
        (known, "\n".join([*lines[:3], *lines[4:]]) + "\n\n" + note),
        (known, "\n".join([*lines, lines[-1]]) + "\n\n" + note),
        (known, head.replace(lines[1], "extra " + base64.b64encode(data).decode()) + "\n\n" + note),
        (known, head.replace(lines[1], "extra ") + "\n\n" + note),
        (known, good.encode().decode()[:-30]),
    ):
        with pytest.raises(proofs.Unproven):
            proofs.check_proof(bent.encode(), keys_)
    assert proofs.check_proof(good.encode(), known).leaf == 7


def test_a_new_key_signs_beside_the_old_one_for_ninety_days(phone: Phone, later: list[int]) -> None:
    checkpoints.publish()
    [old] = checkpoints.list_keys()
    new = checkpoints.rotate()
    assert checkpoints.list_keys() == [new, old]
    phone.push([line()])
    note = checkpoints.publish().note.encode()
    for key in (old, new):
        assert proofs.read_checkpoint(note, [key]).size == 301
    later[0] += checkpoints.OVERLAP
    phone.push([line()])
    note = checkpoints.publish().note.encode()
    assert proofs.read_checkpoint(note, [new]).size == 302
    with pytest.raises(proofs.Unproven):
        proofs.read_checkpoint(note, [old])


def test_tiles_are_named_as_their_text_says() -> None:
    assert proofs.write_tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert proofs.write_tile_path(2, 0, 1) == "tile/2/000.p/1"
    for number in (0, 7, 999, 1000, 1_000_000, 273_000_001):
        text = proofs.write_tile_path(0, number).removeprefix("tile/0/")
        assert proofs.read_tile_number(text) == number
    for wrong in ("", "1", "0001", "x000/001", "x001", "001/002", "x001/x002", "xx01/001", "-01"):
        assert proofs.read_tile_number(wrong) is None
    # the example of tlog-tiles: 70,000 leaves
    assert [proofs.count_in_tile(70_000, 0, n) for n in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [proofs.count_in_tile(70_000, 1, n) for n in (0, 1, 2)] == [256, 17, 0]
    assert [proofs.count_in_tile(70_000, 2, n) for n in (0, 1)] == [1, 0]


def test_every_key_of_the_book_comes_from_the_one_secret(phone: Phone) -> None:
    checkpoints.publish()
    [key] = checkpoints.list_keys()
    [signer] = models.Signer.objects.all()
    assert bytes(signer.public_key) == key.public
    assert keys.derive("checkpoint 1", 32) != keys.derive("checkpoint 2", 32)
