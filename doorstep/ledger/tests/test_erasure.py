"""Destroying records by class: chains, tree, proofs and replay stay right; verify says what was
destroyed, tells it from damage and finds what somebody bent; a record that comes again is known.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from doorstep.kit import clock, ids
from doorstep.ledger import (
    attachments,
    balances,
    book,
    checkpoints,
    desk,
    erasure,
    kinds,
    models,
    proofs,
    refusals,
    replay,
    verdicts,
    verify,
)
from doorstep.ledger.tests.verify_book import PERSON, Pen, fill, id_of
from tests.stranger import BY, line

pytestmark = pytest.mark.django_db
SECOND = "0190a0a0-0000-7000-8000-00000000000c"
UNIT, OTHER_UNIT = "0190a0a0-0000-7000-8000-0000000000b1", "0190a0a0-0000-7000-8000-0000000000b2"
PACK = sha256(b"a pack").hexdigest()
SIZE = 90


def wanted(holds: str = "operation", lines: int | None = None) -> erasure.Wanted:
    size = book.get_cell().size if lines is None else lines
    return erasure.Wanted(holds, f"{holds}_closed", PACK, clock.now() + clock.HOUR, size)


def destroy(holds: str = "operation", lines: int | None = None) -> str:
    """Ask and order; the entry of the order."""
    asked = erasure.ask(BY, UNIT, wanted(holds, lines))
    return erasure.order(SECOND, OTHER_UNIT, asked, check=lambda _: None)


def assert_sound() -> verify.Report:
    report = verify.check_book()
    assert report["findings"] == []
    assert replay.replay()["different"] == {}
    return report


def lines_of(device: str) -> list[models.Line]:
    return list(models.Line.objects.filter(device_id=device).order_by("number"))


def test_a_destroyed_line_keeps_its_hash_and_place_and_nothing_it_said(cell: models.Cell) -> None:
    pens = fill(SIZE)
    before = {each.leaf: each for each in models.Line.objects.all()}
    root, size = book.root_at(book.get_cell().size), book.get_cell().size
    entry = destroy()
    assert book.root_at(size) == root
    gone = [each for each in models.Line.objects.filter(leaf__lt=size) if each.destroyed]
    assert len(gone) > 200
    for each in gone:
        was = before[each.leaf]
        assert (bytes(each.content), each.destroyed) == (b"", entry)
        assert bytes(each.hash) == bytes(was.hash) == sha256(bytes(was.content)).digest()
        same = ("device_id", "number", "received_at", "custody", "kind")
        assert [getattr(each, name) for name in same] == [getattr(was, name) for name in same]
        assert each.entry == balances.blind(was.entry or bytes(was.hash).hex())
    # who looked at whose record, and what was said of the book, is of other classes
    left = models.Line.objects.filter(leaf__lt=size, destroyed=None)
    assert {each.kind for each in left} == {"person.viewed", "device.revoked"}
    assert all(bytes(each.content) == bytes(before[each.leaf].content) for each in left)
    assert {device.id: device.through for device in models.Device.objects.all()}.items() >= {
        pen.id: len(pen.lines) for pen in pens[:3]
    }.items()


def test_verify_says_what_was_destroyed_when_and_on_whose_order(cell: models.Cell) -> None:
    fill(SIZE)
    assert assert_sound()["destroyed"] == []
    lines = book.get_cell().size
    entry = destroy()
    [told] = assert_sound()["destroyed"]
    named = {"entry": entry, "holds": "operation", "rule": "operation_closed", "pack": PACK,
             "lines": lines, "asked_by": BY, "ordered_by": SECOND, "attachments": 2,
             "swept": False, "backups": [], "complete": False}  # fmt: skip
    assert named.items() <= told.items()
    assert told["emptied"] == models.Line.objects.filter(destroyed=entry).count()
    models.Balance.objects.update(swept_at=clock.now())
    assert verify.check_book()["destroyed"][0]["complete"]


def test_a_proof_from_before_and_one_from_after_both_hold(cell: models.Cell) -> None:
    fill(SIZE)
    early = models.Line.objects.filter(kind="person.sampled").order_by("leaf")[5]
    before = checkpoints.prove(early.leaf)
    destroy()
    keys = checkpoints.list_keys()
    for proof in (before, checkpoints.prove(early.leaf)):
        shown = proofs.check_proof(proof.encode(), keys)
        assert (shown.leaf, shown.hashed) == (early.leaf, sha256(bytes(early.content)).digest())


def test_attachments_go_with_the_class_of_the_line_that_names_them(cell: models.Cell) -> None:
    pen = Pen()
    named, loose = pen.attach(b"a note of her"), pen.attach(b"a picture")
    pen.push([line(kind="person.added", person=PERSON, attachment=named)])
    destroy("operation")
    assert attachments.read(loose) is None and attachments.read(named) == b"a note of her"
    assert bytes(models.Attachment.objects.get(digest=loose).sealed) == b""
    destroy("roster")
    assert attachments.read(named) is None
    assert [each["attachments"] for each in assert_sound()["destroyed"]] == [1, 1]


def test_an_attachment_that_comes_again_is_not_kept_anew(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.urandom", lambda size: bytes(size))
    pen = Pen()
    digest = pen.attach(b"a picture")
    destroy()
    assert pen.attach(b"a picture") == digest
    assert attachments.read(digest) is None and not models.Attachment.objects.get().sealed
    assert_sound()


def test_a_record_that_comes_again_is_known_and_not_kept_anew(cell: models.Cell) -> None:
    first = Pen()
    said = [line(), b"no entry at all", line()]
    first.push(said)
    entry = destroy()
    assert first.push([line()], again=3) == 200  # overlaps what was destroyed
    second = Pen()  # the phone was installed anew, and sends what it had
    assert second.push(said) == 200
    again = lines_of(second.id)
    assert [each.custody for each in again] == ["known", "garbled", "known"]
    assert [(bytes(each.content), each.destroyed) for each in again] == [(b"", entry)] * 3
    assert not verdicts.list_verdicts({id_of(said[0])})
    assert_sound()
    assert second.push([], again=3) == 200


def test_another_line_under_a_destroyed_id_has_no_effect_now_or_in_a_replay(
    cell: models.Cell,
) -> None:
    first = Pen()
    taken = line()
    first.push([taken])
    destroy()
    late = line(id=id_of(taken), tube="GC000002")
    assert Pen().push([late]) == 200
    assert verdicts.list_verdicts({id_of(taken)}) == {id_of(taken): [balances.GONE]}
    assert models.Line.objects.order_by("-leaf")[0].content == late
    assert_sound()


def test_destroying_one_of_two_claims_brings_the_other_to_no_effect(cell: models.Cell) -> None:
    first, second = Pen(), Pen()
    taken = line()
    first.push([taken])
    lines = book.get_cell().size
    second.push([line(id=id_of(taken), tube="GC000002"), taken])
    destroy(lines=lines)
    # the record is gone wherever it stands, also beyond the first lines
    assert [bytes(each.content) for each in models.Line.objects.filter(leaf__lt=3)] == [b""] * 3
    assert_sound()


def test_lines_that_came_later_stay_and_go_with_a_later_order(cell: models.Cell) -> None:
    pen = Pen()
    pen.push([line(), line()])
    lines = book.get_cell().size
    late = line()
    pen.push([late])
    first = destroy(lines=lines)
    assert bytes(lines_of(pen.id)[2].content) == late
    assert_sound()
    second = destroy()
    assert [each.destroyed for each in lines_of(pen.id)] == [first, first, second]
    assert [each["emptied"] for each in assert_sound()["destroyed"]] == [2, 1]


def test_a_desks_entry_stays_though_a_device_used_its_id(cell: models.Cell) -> None:
    [entry] = desk.post(BY, [{"kind": "person.viewed", "person": PERSON, "what": "record"}])
    Pen().push([line(id=entry)])
    destroy()
    assert verdicts.list_verdicts({entry}) == {}
    assert len(assert_sound()["destroyed"]) == 1


def test_lines_kept_aside_of_a_revoked_device_go_too(cell: models.Cell) -> None:
    from doorstep.ledger import devices

    pen = Pen()
    devices.revoke(pen.id)
    assert pen.push([line(), b"garbled", line(kind="person.added", person=PERSON)]) == 403
    destroy()
    [left] = models.AsideLine.objects.all()
    assert b"person.added" in bytes(left.content)


def test_a_desk_act_about_what_is_closed_is_refused(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = ids.new()
    Pen().push([line()])
    destroy()
    said = balances.read(bytes(models.Balance.objects.get().content))
    monkeypatch.setattr(balances, "_closed", (said.entry, frozenset({closed})))
    with pytest.raises(refusals.Refused, match=balances.GONE):
        desk.post(BY, [{"kind": "round.reopened", "round": closed, "reason": "mistake"}])
    pen = Pen()
    late = line(round=closed)
    assert pen.push([late]) == 200
    assert verdicts.list_verdicts({id_of(late)}) == {id_of(late): [balances.GONE]}


# ---- who may ----


def test_it_takes_two_people_of_two_units_and_an_asking_of_these_days(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pen().push([line()])
    asked = erasure.ask(BY, UNIT, wanted())
    for by, unit in ((BY, OTHER_UNIT), (SECOND, UNIT)):
        with pytest.raises(refusals.Refused, match="NOT_SECOND"):
            erasure.order(by, unit, asked, check=lambda _: None)
    with pytest.raises(refusals.Refused, match="DESTRUCTION_NOT_ASKED"):
        erasure.order(SECOND, OTHER_UNIT, ids.new(), check=lambda _: None)
    now = clock.now
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: now() + erasure.LAPSES)
        with pytest.raises(refusals.Refused, match="DESTRUCTION_NOT_ASKED"):
            erasure.order(SECOND, OTHER_UNIT, asked, check=lambda _: None)
    assert not models.Line.objects.exclude(destroyed=None).exists()
    erasure.order(SECOND, OTHER_UNIT, asked, check=lambda _: None)
    with pytest.raises(refusals.Refused, match="DESTRUCTION_NOT_ASKED"):
        erasure.order(SECOND, OTHER_UNIT, asked, check=lambda _: None)


def test_what_is_refused_at_the_last_moment_destroys_nothing(cell: models.Cell) -> None:
    Pen().push([line()])
    asked = erasure.ask(BY, UNIT, wanted())
    size = book.get_cell().size

    def check(found: erasure.Wanted) -> None:
        assert found == wanted()._replace(before=found.before, lines=size - 1)
        raise refusals.Refused("DESTRUCTION_ORDERS", count=1)

    with pytest.raises(refusals.Refused, match="DESTRUCTION_ORDERS"):
        erasure.order(SECOND, OTHER_UNIT, asked, check=check)
    assert book.get_cell().size == size
    assert not models.Line.objects.exclude(destroyed=None).exists()


def test_every_kind_and_table_has_a_class_that_is_known() -> None:
    from django.apps import apps

    assert {kind.retention for kind in kinds.list_kinds()} <= set(erasure.CLASSES)
    ours = [each for each in apps.get_models() if each.__module__.startswith("doorstep.")]
    assert {getattr(each, "retention", None) for each in ours} <= set(erasure.CLASSES)


# ---- what somebody bent ----


def bend_line(**fields: Any) -> Callable[[str], None]:
    def bend(entry: str) -> None:
        line_ = models.Line.objects.filter(destroyed=entry).order_by("leaf")[3]
        models.Line.objects.filter(leaf=line_.leaf).update(**fields)

    return bend


def empty_another(entry: str) -> None:
    """A line of a class that nobody ordered destroyed."""
    kept = models.Line.objects.filter(kind="person.viewed").order_by("leaf")[0]
    models.Line.objects.filter(leaf=kept.leaf).update(
        content=b"", destroyed=entry, entry=balances.blind(str(kept.entry))
    )


def empty_a_later_one(entry: str) -> None:
    pen = Pen()
    pen.push([line()])
    [late] = lines_of(pen.id)
    models.Line.objects.filter(leaf=late.leaf).update(content=b"", destroyed=entry)


def rewrite_balance(entry: str) -> None:
    [balance] = models.Balance.objects.all()
    models.Balance.objects.update(content=bytes(balance.content).replace(b"[]", b"[ ]", 1))


def forge_signature(entry: str) -> None:
    [balance] = models.Balance.objects.all()
    models.Balance.objects.update(note=balance.note.replace("balance", "Balance"))


def swap_row(entry: str) -> None:
    models.Destruction.objects.filter(entry=entry).update(staff=BY)


def invent_row(entry: str) -> None:
    [row] = models.Destruction.objects.filter(entry=entry)
    row.entry = ids.new()
    row.save(force_insert=True)


@pytest.mark.parametrize(
    ("bend", "found"),
    [
        (bend_line(destroyed=None), ["the bytes are not those of the stored hash"]),
        (bend_line(content=b"back again"), ["its bytes are still here"]),
        (bend_line(hash=bytes(32)), ["is of another line"]),
        (bend_line(destroyed=PERSON), ["did not order that"]),
        (empty_another, ["did not order that"]),
        (empty_a_later_one, ["did not order that"]),
        (rewrite_balance, ["not those that the entry names"]),
        (forge_signature, ["closing balance of destruction"]),
        (lambda entry: models.Balance.objects.all().delete(), ["closing balance of", "missing"]),
        (swap_row, ["no desk has written what is kept", "nobody of another unit asked"]),
        (invent_row, ["no desk has written", "missing"]),
        (lambda entry: models.Attachment.objects.update(sealed=b"x"), ["attachment"]),
        (lambda entry: models.Attachment.objects.update(destroyed=PERSON), ["attachment"]),
    ],
)
def test_what_was_bent_is_found(
    cell: models.Cell, bend: Callable[[str], None], found: list[str]
) -> None:
    pens = fill(30)
    entry = destroy()
    pens[0].push([line()])
    assert_sound()
    bend(entry)
    told = verify.check_book()["findings"]
    for part in found:
        assert any(part in each for each in told), told


def test_lines_that_were_left_over_are_found(cell: models.Cell) -> None:
    pen = Pen()
    said = [line(), line()]
    pen.push(said)
    destroy()
    models.Line.objects.filter(device_id=pen.id, number=2).update(
        content=said[1], entry=id_of(said[1]), destroyed=None
    )
    [told] = verify.check_book()["findings"]
    assert "number 2" in told and "its bytes are still here" in told


def test_a_long_destruction_is_the_same_in_many_pieces(
    cell: models.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(30)
    monkeypatch.setattr(erasure, "CHUNK", 7)
    destroy()
    assert_sound()
    left = {each.kind for each in models.Line.objects.filter(destroyed=None)}
    assert left == {"person.viewed", "device.revoked", "destruction.asked", "records.destroyed"}
