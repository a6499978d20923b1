"""What a device is answered: kept, known, garbled, aside; gap, fork, forgery; and a sound book."""

import gzip

import pytest

from doorstep.kit import clock
from doorstep.ledger import book, devices, models, verify, writer
from tests.stranger import BY, Phone, line

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cell() -> models.Cell:
    book.get_cell_id.cache_clear()
    return book.open_cell("Asia/Shanghai")


def assert_sound(lines: int) -> None:
    report = verify.check_book()
    assert report["findings"] == [] and report["lines"] == lines


def test_lines_are_kept_and_the_book_is_sound() -> None:
    phone = Phone()
    answer = phone.push([line(), line(tube="GC0001")])
    assert answer.status_code == 200 and answer.json()["through"] == 2
    assert answer.json()["head"] == phone.heads[-1].hex()
    assert {each["answer"] for each in answer.json()["lines"]} == {"kept"}
    assert_sound(2)


def test_the_same_push_again_is_known_and_changes_nothing() -> None:
    phone, lines = Phone(), [line(), line()]
    phone.push(lines)
    again = phone.push(lines, first=1)
    assert [each["answer"] for each in again.json()["lines"]] == ["known", "known"]
    assert_sound(2)


def test_an_overlapping_push_adds_only_what_is_new() -> None:
    phone, lines = Phone(), [line(), line(), line()]
    phone.push(lines[:2])
    answer = phone.push(lines[1:], first=2)
    assert [each["answer"] for each in answer.json()["lines"]] == ["known", "kept"]
    assert_sound(3)


def test_what_cannot_be_read_is_numbered_and_kept() -> None:
    bad = [b"", b"{", b"\xff\x00", b"[1]", b"[" * 9000, line(at="2021-06-21T08:00:00"), line(v=0)]
    phone = Phone()
    answer = phone.push(bad)
    assert answer.status_code == 200
    assert [each["answer"] for each in answer.json()["lines"]] == ["garbled"] * len(bad)
    assert [bytes(row.content) for row in models.Line.objects.order_by("leaf")] == bad
    assert_sound(len(bad))


def test_a_gap_and_a_fork_are_told_where_the_chain_stands() -> None:
    phone = Phone()
    phone.push([line(), line()])
    phone.heads.append(b"g" * 32)
    gap = phone.push([line()])
    assert gap.status_code == 409 and gap.json()["through"] == 2
    fork = phone.push([line(), line()], first=1)
    assert fork.status_code == 409 and fork.json()["head"] == phone.heads[2].hex()
    assert_sound(2)


def test_a_probe_of_no_lines_is_answered() -> None:
    phone = Phone()
    phone.push([line()])
    answer = phone.push([])
    assert answer.status_code == 200 and answer.json()["through"] == 1


def test_a_forged_signature_and_an_unknown_device_keep_nothing() -> None:
    phone = Phone()
    assert phone.push([line()], Doorstep_Signature="0" * 128).status_code == 401
    assert phone.push([line()], Doorstep_Device=phone.cell).status_code == 401
    assert phone.push([line()], Doorstep_Signature="zz").status_code == 400
    assert_sound(0)


def test_another_device_sending_the_same_line_has_no_second_effect() -> None:
    one, other, same = Phone(), Phone(), line()
    one.push([same])
    assert other.push([same]).json()["lines"][0]["answer"] == "known"
    assert_sound(2)


def test_the_same_id_with_other_bytes_is_marked() -> None:
    one, other, entry = Phone(), Phone(), "0190a0a0-0000-7000-8000-000000000001"
    one.push([line(id=entry)])
    assert other.push([line(id=entry, tube="GC0002")]).json()["lines"][0]["codes"] == ["ID_REUSED"]
    assert_sound(2)


def test_todays_codes_come_again_when_a_line_is_sent_again() -> None:
    one, other, entry = Phone(), Phone(), "0190a0a0-0000-7000-8000-000000000001"
    lines = [line(id=entry, kind="bell.rung"), b"{"]
    assert [each["codes"] for each in one.push(lines).json()["lines"]] == [
        ["KIND_UNKNOWN"],
        ["GARBLED"],
    ]
    other.push([line(id=entry, tube="GC0002")])
    again = one.push(lines, first=1).json()["lines"]
    assert [each["codes"] for each in again] == [["ID_REUSED"], ["GARBLED"]]
    assert_sound(3)


def test_a_revoked_device_is_kept_aside() -> None:
    phone = Phone()
    devices.revoke(phone.device)
    answer = phone.push([line()])
    assert answer.status_code == 403 and answer.json()["lines"][0]["answer"] == "aside"
    assert models.AsideLine.objects.count() == 1
    assert_sound(0)


def test_gzip_is_inflated_and_half_a_gzip_is_refused() -> None:
    phone, lines = Phone(), [line(), line()]
    packed = gzip.compress(b"".join(each + b"\n" for each in lines))
    half = phone.push(lines, body=packed[: len(packed) // 2], Content_Encoding="gzip")
    assert half.status_code == 400
    assert phone.push(lines, body=packed, Content_Encoding="gzip").status_code == 200
    assert_sound(2)


def test_a_gzip_bomb_and_a_large_body_are_told_the_limit() -> None:
    phone = Phone()
    bomb = gzip.compress(b"\n" * (64 << 20))
    assert phone.push([line()], body=bomb, Content_Encoding="gzip").status_code == 413
    assert phone.push([line()], body=b"x" * (3 << 20)).json()["max_lines"] == 2000
    assert_sound(0)


def test_a_body_that_is_not_what_was_signed_is_refused() -> None:
    phone = Phone()
    assert phone.push([line()], body=line() + b"\n").status_code == 400
    assert phone.push([line()], body=line() + b"\n" + line()).status_code == 400
    assert_sound(0)


def test_a_code_enrols_one_device_once() -> None:
    code = devices.make_code("courier", minutes=5)
    assert Phone(code).enrolled.json()["role"] == "courier"
    assert Phone(code).enrolled.json() == {"code": "CODE_INVALID"}
    assert Phone(devices.make_code("courier", minutes=0)).enrolled.status_code == 401


def test_whoever_asked_and_got_no_answer_gets_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    code = devices.make_code("courier", minutes=5, people=[BY])
    first = Phone(code)
    again = Phone(code, private=first.private)
    assert again.enrolled.json() == first.enrolled.json()
    assert first.push([line()]).status_code == 200
    assert Phone(code, private=first.private).device == first.device
    assert models.Device.objects.count() == models.Assignment.objects.count() == 1
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + 6 * clock.MINUTE)
    assert Phone(code, private=first.private).enrolled.status_code == 401
    monkeypatch.undo()
    devices.revoke(first.device)
    assert Phone(code, private=first.private).enrolled.status_code == 401


def test_what_a_device_has_not_sent_is_what_it_said_last() -> None:
    def told() -> int | None:
        written: int | None = models.Device.objects.get().written
        return written

    phone = Phone()
    phone.push([])
    assert told() is None
    phone.push([line()], Doorstep_Written="12")
    assert told() == 12
    phone.push([line()], Doorstep_Written="many")
    assert told() is None
    assert_sound(2)


def test_a_changed_line_is_located() -> None:
    phone = Phone()
    phone.push([line(), line(), line()])
    models.Line.objects.filter(leaf=1).update(content=line())
    findings = verify.check_book()["findings"]
    assert findings[0].startswith("line 1 ") and "stored hash" in findings[0]


def test_a_removed_line_and_an_unsigned_one_are_found() -> None:
    phone = Phone()
    phone.push([line()])
    phone.push([line()])
    models.Push.objects.filter(first=2).delete()
    assert any("signed only through 1" in each for each in verify.check_book()["findings"])
    models.Line.objects.filter(leaf=0).delete()
    assert "expects line 0" in verify.check_book()["findings"][0]


def test_under_pressure_a_device_is_told_to_wait_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone, lines = Phone(), [line(), line()]
    monkeypatch.setattr(writer, "MAX_WAITING_LINES", 1)
    answer = phone.push(lines)
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "1"
    monkeypatch.undo()
    assert phone.push(lines).json()["through"] == 2
    assert_sound(2)


def test_storage_that_fails_is_said_and_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    phone, lines = Phone(), [line()]
    monkeypatch.setattr(book, "add_leaves", fail)
    answer = phone.push(lines)
    assert answer.status_code == 500 and answer.json() == {"code": "STORAGE_FAILED"}
    monkeypatch.undo()
    assert phone.push(lines).status_code == 200
    assert_sound(1)
