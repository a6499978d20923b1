"""What nobody sends by mistake: forged, cut, bent and oversized pushes. Each gets the right answer,
nothing that was kept is lost, the server never answers 500 and its memory stays bounded.
"""

import gzip
import http.client
import json
import threading
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doorstep.bench.server import Installation
from doorstep.field import push
from doorstep.kit import clock
from doorstep.ledger import aside, devices, intake, kinds, models, replay, store, verify
from doorstep.play import phones
from tests.faults.ground import DATABASE
from tests.stranger import BY, Phone, line

PLACE = "0190a0a0-0000-7000-8000-0000000000cc"
HUGE = b'{"id":' + b"9" * 5_000 + b"}"
GARBLED = {
    "not JSON": b"not json",
    "half an object": line()[:-9],
    "no object": b'["person.sampled"]',
    "a number": b"1",
    "null": b"null",
    "a NUL": line(tube="GC\0001"),
    "a raw NUL": line().replace(b"GC000001", b"GC00\x0001"),
    "invalid UTF-8": line().replace(b"GC000001", b"GC\xff\xfe01"),
    "a lone surrogate": line().replace(b"GC000001", rb"GC\ud80001"),
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep inside a field": line().replace(b'"GC000001"', b"[" * 50_000 + b"]" * 50_000),
    "a huge number": line().replace(b'"v": 1', b'"v": 1' + b"0" * 400),
    "an infinite number": line().replace(b'"v": 1', b'"v": 1e999'),
    "a huge id": HUGE,
    "a huge count": line(kind="tube.closed", round=PLACE, tube="GC000001", count=10**400),
    "a negative count": line(kind="tube.closed", round=PLACE, tube="GC000001", count=-1),
    "a count beyond 64 bits": line(kind="tube.closed", round=PLACE, tube="GC000001", count=2**63),
    "half a person": line(kind="tube.closed", round=PLACE, tube="GC000001", count=0.5),
    "a year of five digits": line(at="12021-06-21T08:31:00Z"),
    "a missing field": line().replace(b'"tube": "GC000001", ', b""),
    "an unknown field": line(extra=1),
    "a wrong type": line(tube=7),
    "a version of no number": line(v="1"),
    "version 0": line(v=0),
    "free text": line(tube="blue coat, third floor"),
    "an id in capitals": line(id="0190A0A0-0000-7000-8000-0000000000AA"),
    "a moment without offset": line(at="2021-06-21T08:00:00"),
    "a day that is none": line(at="2021-02-30T08:00:00Z"),
    "the year 0": line(at="0000-01-01T00:00:00Z"),
    "by nobody": line(by=None),
    "an empty line": b"",
    "a CR alone": b"\r",
    "two objects": line() + line(),
    "a byte order mark": b"\xef\xbb\xbf" + line(),
    "a person in the kind": line(kind="张伟.来了"),
    "a kind of no word": line(kind="x" * 300 + ".y"),
}
KEPT = {
    "a CR at the end": line() + b"\r",
    "duplicate keys": line().replace(b'"v": 1', b'"v": 1, "v": 1'),
    "spaces": b"  " + line() + b"\t ",
    "the last year": line(at="9999-12-31T23:59:59Z"),
    "the first year": line(at="0001-01-01T00:00:00Z"),
}


@pytest.fixture
def phone(cell: models.Cell) -> Phone:
    return Phone()


def answers(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["answer"] for each in answer.json()["lines"]]


def assert_sound(lines: int) -> None:
    report = verify.check_book()
    assert report["findings"] == [] and report["lines"] == lines
    assert replay.replay()["different"] == {}


@pytest.mark.parametrize("name", GARBLED)
def test_a_bent_line_is_kept_as_it_came_and_stops_nobody(phone: Phone, name: str) -> None:
    bent = GARBLED[name]
    assert answers(phone.push([line(), bent, line()]))[1:2] == ["garbled"]
    assert bytes(models.Line.objects.get(number=2).content) == bent
    assert_sound(3)


@pytest.mark.parametrize("name", KEPT)
def test_an_odd_line_that_can_be_read_counts(phone: Phone, name: str) -> None:
    phone.push([KEPT[name]])
    assert models.Line.objects.get().custody == "kept"
    assert_sound(1)


def test_moments_at_the_end_of_time_fold_and_replay(phone: Phone) -> None:
    phone.push([KEPT["the last year"], KEPT["the first year"], line()])
    assert models.Verdict.objects.filter(code="FOLD_FAILED").count() == 0
    assert_sound(3)


def test_every_line_of_two_thousand_may_be_bent(phone: Phone) -> None:
    bent = list(GARBLED.values())
    small = [each for each in bent if len(each) < 900]
    many = [small[n % len(small)] for n in range(intake.MAX_LINES)]
    assert set(answers(phone.push(many))) == {"garbled"}
    assert_sound(intake.MAX_LINES)


def test_a_kind_and_a_version_to_come_wait_for_an_upgrade(phone: Phone) -> None:
    told = phone.push([line(kind="bell.rung", bell=7), line(v=2, new_field="x")]).json()["lines"]
    assert [each["codes"] for each in told] == [["KIND_UNKNOWN"], ["KIND_UNKNOWN"]]
    assert_sound(2)


def test_a_kind_of_the_desk_from_a_device_has_no_effect(phone: Phone) -> None:
    grant = line(kind="role.granted", staff=BY, role="administrator", at_place=PLACE)
    settled = line(kind="line.settled", entries=[PLACE], stands=[PLACE])
    told = phone.push([grant, settled]).json()["lines"]
    assert all("NOT_ALLOWED" in each["codes"] for each in told)
    assert_sound(2)


def test_a_forged_signature_keeps_nothing_and_costs_the_device_nothing(phone: Phone) -> None:
    for forged in ("0" * 128, "f" * 128, phone.private.sign(b"something else").hex()):
        assert phone.push([line()], Doorstep_Signature=forged).status_code == 401
    assert phone.push([line()]).status_code == 200
    assert_sound(1)


def test_a_signature_for_one_thing_opens_no_other(phone: Phone) -> None:
    other = Phone()
    assert phone.push([line()], Doorstep_Device=other.device).status_code == 401
    assert phone.push([line()], Doorstep_Sent="2021-06-21T08:00:00Z").status_code == 401
    assert phone.push([line()], Doorstep_First="2").status_code == 401
    assert_sound(0)


def test_what_another_key_signed_or_was_signed_for_another_purpose_opens_nothing(
    phone: Phone,
) -> None:
    other = Phone()
    other.cell, other.device, other.heads = phone.cell, phone.device, phone.heads
    assert other.push([line()]).status_code == 401  # the very text, by another device's key
    about = (phone.cell, phone.device)
    for purpose in ("enrol", "session", "attachment", "log"):
        text = "\n".join(["doorstep-v1", purpose, *about, "0" * 64, ""]).encode()
        signed = phone.private.sign(text).hex()
        assert phone.push([line()], Doorstep_Signature=signed).status_code == 401
    assert phone.push([line()]).status_code == 200
    assert_sound(1)


def test_a_request_from_long_ago_that_comes_again_moves_nothing_back(phone: Phone) -> None:
    pushes = [[line()], [line(), line()], [line()]]
    sent = "2021-06-21T08:31:02+08:00"
    for each in pushes:
        assert phone.push(each, sent=sent).status_code == 200
    for first, each in ((1, pushes[0]), (2, pushes[1]), (1, pushes[0])):
        told = phone.push(each, first=first, sent=sent)
        assert answers(told) == ["known"] * len(each)
        assert (told.json()["through"], told.json()["head"]) == (4, phone.heads[-1].hex())
    assert_sound(4)


def test_a_device_of_another_cell_is_a_stranger(phone: Phone) -> None:
    phone.cell = str(uuid.uuid4())
    assert phone.push([line()]).status_code == 401
    phone.device = str(uuid.uuid4())
    assert phone.push([line()]).status_code == 401
    assert_sound(0)


def test_a_replayed_push_changes_nothing(phone: Phone) -> None:
    lines = [line(), line()]
    first = phone.push(lines, sent="2021-06-21T08:31:02+08:00")
    again = phone.push(lines, first=1, sent="2021-06-21T08:31:02+08:00")
    assert answers(again) == ["known", "known"]
    assert again.json()["head"] == first.json()["head"]
    assert_sound(2)


@pytest.mark.parametrize(
    "header",
    [
        {"Doorstep_First": "0"},
        {"Doorstep_First": "01"},
        {"Doorstep_First": "-1"},
        {"Doorstep_First": "１"},
        {"Doorstep_First": "1\n"},
        {"Doorstep_First": "9" * 16},
        {"Doorstep_Count": "1e3"},
        {"Doorstep_Count": ""},
        {"Doorstep_Head": "A" * 64},
        {"Doorstep_Head": "0" * 63},
        {"Doorstep_Previous": "z" * 64},
        {"Doorstep_Signature": "0" * 127},
        {"Doorstep_Sent": "x" * 65},
        {"Doorstep_Sent": "八点"},
        {"Content_Encoding": "br"},
    ],
)
def test_a_bent_header_is_refused(phone: Phone, header: dict[str, str]) -> None:
    assert phone.push([line()], **header).status_code in (400, 401)
    assert_sound(0)


def test_a_device_id_that_is_none_is_a_stranger(phone: Phone) -> None:
    for name in ("", "x", "0" * 500, phone.device.upper(), "' OR 1=1 --"):
        assert phone.push([line()], Doorstep_Device=name).status_code == 401
    assert_sound(0)


def test_counts_that_are_not_the_bodys_are_refused(phone: Phone) -> None:
    two = line() + b"\n" + line() + b"\n"
    for body in (line() + b"\n\n", two, b"\n"):
        assert phone.push([line()], body=body).status_code == 400
    assert_sound(0)


def test_half_a_gzip_twice_a_gzip_and_no_gzip_are_refused(phone: Phone) -> None:
    same = line()
    packed = gzip.compress(same + b"\n")
    for body in (packed[:-4], packed[: len(packed) // 2], packed + packed, packed + b"x", b"\x1f"):
        answer = phone.push([same], body=body, Content_Encoding="gzip")
        assert answer.status_code == 400, body
    assert phone.push([same], body=packed, Content_Encoding="gzip").status_code == 200
    assert_sound(1)


def test_a_million_lines_and_ten_megabytes_are_told_the_limits(phone: Phone) -> None:
    many = phone.push([line()], body=b"\n" * 1_000_000, Doorstep_Count="1000000")
    long = phone.push([line()], body=b"x" * (10 << 20))
    bomb = gzip.compress(b"\n" * (200 << 20))
    packed = phone.push([line()], body=bomb, Content_Encoding="gzip")
    for answer in (many, long, packed):
        assert answer.status_code == 413 and answer.json()["max_lines"] == intake.MAX_LINES
    assert_sound(0)


def test_lines_of_a_revoked_device_are_kept_aside_once(phone: Phone) -> None:
    devices.revoke(phone.device)
    many = [b"{}"] * intake.MAX_LINES
    for _ in range(3):  # the same numbers again are kept once
        answer = phone.push(many, first=1)
        assert answer.status_code == 403
        assert {each["answer"] for each in answer.json()["lines"]} == {"aside"}
    assert models.AsideLine.objects.count() == intake.MAX_LINES
    assert_sound(0)


def test_a_revoked_device_is_kept_aside_within_its_quota(phone: Phone) -> None:
    devices.revoke(phone.device)
    kept = 0
    for n in range(4):
        phone.heads += [sha256(b"%d" % n).digest()] * intake.MAX_LINES
        answer = phone.push([b"{}"] * intake.MAX_LINES)
        assert answer.status_code == 403
        words = [each["answer"] for each in answer.json()["lines"]]
        assert len(words) == intake.MAX_LINES and set(words) <= {"aside", "dropped"}
        kept += words.count("aside")
    assert models.AsideLine.objects.count() == kept == aside.QUOTA


def test_a_revoked_device_is_told_the_same_when_it_asks_again(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "QUOTA", 3)
    devices.revoke(phone.device)
    lines = [b"{}", b"[]", b"1", b"2"]
    for _ in range(2):
        told = phone.push(lines, first=1).json()["lines"]
        assert [each["answer"] for each in told] == ["aside", "aside", "aside", "dropped"]
    other = phone.push([b"{}", b"another"], first=1).json()["lines"]
    assert [each["answer"] for each in other] == ["aside", "dropped"]


def test_an_old_push_reads_no_more_of_the_book_than_pushes_may_hold(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushes = [[line() for _ in range(20)] for _ in range(12)]
    for each in pushes:
        assert phone.push(each).status_code == 200
    read: list[int] = []
    query = store.query

    def count(sql: str, parameters: Any = ()) -> list[store.Row]:
        rows = query(sql, parameters)
        read.append(len(rows) if "FROM ledger_line" in sql else 0)
        return rows

    monkeypatch.setattr(store, "query", count)
    through = len(phone.heads) - 1
    probe = phone.push([], first=1)
    assert (probe.status_code, probe.json()["through"]) == (200, through) and max(read) == 0
    some = phone.push([*pushes[3][5:], *pushes[4][:5]], first=66)  # across two pushes
    assert some.status_code == 200 and max(read) <= 40
    assert {each["answer"] for each in some.json()["lines"]} == {"known"}
    forked = phone.push([*pushes[3][5:], line()], first=66)
    assert forked.status_code == 409 and forked.json()["through"] == through
    longer = phone.push([*pushes[11][10:], line()], first=231)  # and goes on
    assert (longer.status_code, longer.json()["through"]) == (200, through + 1)
    assert_sound(through + 1)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"code":1}', b'{"code":"x","alg":"y"}',
     json.dumps({"code": "x", "alg": "ed25519", "key": "zz", "proof": "00"}).encode(),
     json.dumps({"code": "\0", "alg": "p256", "key": "00" * 65, "proof": "00" * 64}).encode(),
     json.dumps({"code": "\ud800", "alg": "p256", "key": "00" * 65, "proof": "0" * 128}).encode()],
)  # fmt: skip
def test_a_bent_enrolment_or_session_is_refused(phone: Phone, body: bytes) -> None:
    for path in ("devices", "session"):
        answer = phone.http.post(f"/field/v1/{path}", body, content_type="application/json")
        assert answer.status_code in (400, 401), path


def test_a_session_is_for_the_device_that_asked(phone: Phone) -> None:
    def ask(**fields: str) -> Any:
        return phone.http.post(
            "/field/v1/session", json.dumps(fields), content_type="application/json"
        )

    nonce = ask(device=phone.device).json()["nonce"]
    text = f"doorstep-v1\nsession\n{phone.cell}\n{phone.device}\n{nonce}\n".encode()
    good = phone.private.sign(text).hex()
    other = Phone()
    assert ask(device=other.device, nonce=nonce, signature=good).status_code == 401
    assert ask(device=phone.device, nonce=nonce + "x", signature=good).status_code == 401
    assert ask(device=phone.device, nonce=nonce, signature="0" * 128).status_code == 401
    token = ask(device=phone.device, nonce=nonce, signature=good).json()["token"]
    for word in (f"Bearer {token}x", token, f"Basic {token}", "Bearer ", ""):
        answer = phone.http.get("/field/v1/snapshot", headers={"Authorization": word})
        assert answer.status_code == 401
    devices.revoke(phone.device)
    bearing = {"Authorization": f"Bearer {token}"}
    assert phone.http.get("/field/v1/snapshot", headers=bearing).status_code == 401


@pytest.mark.parametrize(
    ("digest", "body", "status"),
    [("0" * 64, b"x" * 20, 400), ("0" * 64, b"", 400), ("Z" * 64, b"x" * 20, 400),
     ("0" * 63, b"x" * 20, 400), ("..", b"x" * 20, 400), ("%00", b"x" * 20, 400),
     ("0" * 64, b"x" * (3 << 20), 413)],
)  # fmt: skip
def test_a_bent_attachment_is_refused(phone: Phone, digest: str, body: bytes, status: int) -> None:
    text = f"doorstep-v1\nattachment\n{phone.cell}\n{phone.device}\n{digest}\n".encode()
    signed = {"Doorstep-Device": phone.device, "Doorstep-Signature": phone.private.sign(text).hex()}
    answer = phone.http.put(f"/field/v1/attachments/{digest}", body, headers=signed)
    assert answer.status_code == status
    assert models.Attachment.objects.count() == 0


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
@example(b'{"kind":"person.sampled"}')
def test_any_bytes_are_read_or_garbled_and_never_raise(content: bytes) -> None:
    kinds.read(content)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(st.sampled_from(["id", "kind", "v", "at", "by", "place", "tube"]), VALUES))
def test_any_values_in_a_line_are_read_or_garbled(changed: dict[str, Any]) -> None:
    entry = json.loads(line()) | changed
    read = kinds.read(json.dumps(entry).encode())
    if isinstance(read, kinds.Envelope):
        assert read.id == entry["id"] and kinds.at_of(read) is not None


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.text(max_size=20), st.text(max_size=80)), st.binary(max_size=100))
def test_any_headers_and_body_get_an_answer(headers: dict[str, str], body: bytes) -> None:
    known = {"Doorstep-First": "1", "Doorstep-Count": "1", "Doorstep-Head": "0" * 64}
    said = known | headers
    answer = push.take(lambda name: said.get(name, ""), lambda most: body[:most])
    assert answer.status == 400 and json.loads(answer.body)["code"]


@pytest.mark.parametrize("signed", [True, False])
def test_a_server_under_fire_stays_small_and_keeps_taking_lines(
    signed: bool, tmp_path: Path
) -> None:
    bomb = gzip.compress(b"\n" * (500 << 20))
    with Installation(DATABASE) as installation:
        code = installation.ask("fill", "1", "1")["codes"][0]
        installation.start()
        phone = phones.enrol(
            f"http://127.0.0.1:{installation.port}", tmp_path, "gun", code, bytes(32)
        )
        phone.add(b"one line")  # no body below has its head
        aimed, _ = phone._make_push(1, 1, clock.now())
        if not signed:
            aimed["Doorstep-Signature"] = "0" * 128
        statuses: list[int] = []

        def fire(body: bytes, **more: str) -> None:
            headers = aimed | {name.replace("_", "-"): word for name, word in more.items()}
            gun = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=30)
            try:
                gun.request("POST", "/field/v1/entries", body, headers)
                statuses.append(gun.getresponse().status)
            except OSError:
                statuses.append(0)  # the server closed the door before all was sent
            finally:
                gun.close()

        threads = [threading.Thread(target=fire, args=(bomb,), kwargs={"Content_Encoding": "gzip"})
                   for _ in range(40)]  # fmt: skip
        threads += [threading.Thread(target=fire, args=(b"x" * (10 << 20),)) for _ in range(40)]
        threads += [threading.Thread(target=fire, args=(b"\n" * (1 << 20),)) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # of a push that is not signed no body is read, unless its length alone is too much
        assert set(statuses) <= {0, 413, 503, 400 if signed else 401}, statuses
        assert 400 in statuses if signed else 401 in statuses
        fire(line() + b"\n")
        assert statuses[-1] == (400 if signed else 401)
        assert installation.measure_memory() < 400
