"""Valid lines and pushes, bent at random: bytes flipped, cut, doubled and spliced, numbers made
longer, keys doubled, values nested. Whatever comes of them, it is read or garbled, has its custody,
stops nobody, is folded without an accident, and replays to the same rows.

Bounded by counts of seeded examples, never by a clock: the decoder's target reads 3.75 million
lines, a minute of one processor; the long form (DOORSTEP_SOAK) 10 million, 150 seconds.
"""

import json
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kit import ids
from doorstep.ledger import intake, kinds, models, replay, verify
from tests.stranger import BY, SAMPLED, Phone, line

IS_LONG = "DOORSTEP_SOAK" in os.environ
TIMES = int(os.environ.get("DOORSTEP_EXAMPLES", "1"))
SEEDS, DECODED = 400 if IS_LONG else 150, 25_000  # of the decoder: seeds, and lines of each
PUSHED, FORGED = 20 + 10 * TIMES, 20 + 20 * TIMES
ID, OTHER = SAMPLED["round"], SAMPLED["person"]
TOKENS = [b"\0", b"\n", b"\r", b"\xff", b"\xed\xa0\x80", rb"\ud800", rb"\u0000", b"1e999", b"-0",
          b"NaN", b"null", b"{}", b"[]", b'"', b"\\", b",", b'"id":',
          b"\xef\xbb\xbf", b"\xe2\x80\xa8"]  # fmt: skip
SENT = ["2021-06-21T08:31:02+08:00", "", "now", "2021-06-21T08:31:02", "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59", "2021-W25-1T00:00Z", "20210621T083102Z", "9" * 64]  # fmt: skip


FIELDS: list[dict[str, Any]] = [
    {},
    {"place": OTHER, "how": None},
    {"kind": "tube.opened", "round": ID, "tube": "GC000001", "pool": "ten", "table": OTHER},
    {"kind": "tube.closed", "round": ID, "tube": "GC000001", "count": 10},
    {"kind": "person.unsampled", "round": ID, "person": OTHER, "tube": "GC000001", "entry": BY},
    {"kind": "box.sealed", "round": ID, "box": "BOX1", "seal": "SEAL1",
     "tubes": ["GC000001", "GC000002"], "count": 2},
    {"kind": "person.added", "person": BY, "door": OTHER, "attachment": "0" * 64},
    {"kind": "subject.excused", "round": ID, "subject": OTHER, "reason": "in_hospital"},
    {"kind": "line.settled", "entries": [ID, OTHER], "stands": [OTHER]},
    {"kind": "result.reported", "tube": "GC000001", "outcome": "negative", "laboratory": OTHER,
     "ct_n": 31.5, "tested_at": "2021-06-21T18:00:00+08:00",
     "reported_at": "2021-06-21T19:00:00+08:00"},
    {"kind": "bell.rung", "bell": "front"},
]  # fmt: skip
# the same ids each time, for a seed is to mean the same lines
CORPUS = [line(id=f"0190a0a0-0000-7000-9000-{n:012x}", **each) for n, each in enumerate(FIELDS)]


def flip(data: bytes, at: int, size: int) -> bytes:
    bent = bytearray(data)
    bent[at] ^= 1 << size % 8
    return bytes(bent)


def cut(data: bytes, at: int, size: int) -> bytes:
    return data[:at] + data[at + size :]


def double(data: bytes, at: int, size: int) -> bytes:
    return data[: at + size] + data[at:]


def splice(data: bytes, at: int, size: int) -> bytes:
    other = CORPUS[size % len(CORPUS)]
    return data[:at] + other[at % len(other) :]


def put_in(data: bytes, at: int, size: int) -> bytes:
    return data[:at] + TOKENS[size % len(TOKENS)] + data[at:]


def enlarge(data: bytes, at: int, size: int) -> bytes:
    """A number after `at` becomes longer by a power of ten."""
    found = re.compile(rb"\d+").search(data, at)
    return data[: found.end()] + b"0" * 3 ** (size % 7) + data[found.end() :] if found else data


def double_key(data: bytes, at: int, size: int) -> bytes:
    """A field comes twice, the second time perhaps with another's value."""
    fields = re.findall(rb'"\w+": (?:"[^"]*"|[\w.]+)', data) or [b'"v": 1']
    one, other = fields[at % len(fields)], fields[size % len(fields)]
    return data.replace(one, one + b", " + one.split(b": ")[0] + b": " + other.split(b": ")[1], 1)


def nest(data: bytes, at: int, size: int) -> bytes:
    """A value becomes an array or an object, of many levels."""
    found = re.compile(rb'"[^"]*"|\d+').search(data, at)
    if found is None:
        return b"[" * at + data
    deep, (start, end) = 7 ** (size % 5), found.span()
    opened, closed = (b"[", b"]") if size % 2 else (b'{"a":', b"}")
    return data[:start] + opened * deep + data[start:end] + closed * deep + data[end:]


Bend = Callable[[bytes, int, int], bytes]
BENDS: Sequence[Bend] = (flip, flip, cut, double, splice, put_in, enlarge, double_key, nest)


def bend(chance: random.Random) -> bytes:
    """A valid line to which up to four things were done."""
    data = chance.choice(CORPUS)
    for _ in range(chance.randint(0, 4)):
        at = chance.randrange(max(len(data), 1))
        data = chance.choice(BENDS)(data, at, chance.randint(1, 60)) if data else data
    return data


BENT = st.integers(0, 2**32 - 1).map(lambda seed: bend(random.Random(seed)))


def bounded(count: int) -> settings:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=not IS_LONG,
        suppress_health_check=checks,
    )


@pytest.mark.once
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_bent_line_is_read_as_anybody_reads_it_or_not_at_all(seed: int) -> None:
    """The fuzz target of the decoder. A line that fails is the Nth of its seed."""
    chance, garbled, later = random.Random(seed), 0, 0
    for _ in range(DECODED):
        data = bend(chance)
        read = kinds.read(data)
        garbled += read is None
        later += isinstance(read, kinds.Header)
        if read is not None:
            assert_read_as_it_stands(data, read)
    # whatever is changed here or there, it goes on looking at all three
    assert DECODED // 10 < garbled < DECODED - DECODED // 10 and later > DECODED // 100


def assert_read_as_it_stands(data: bytes, read: kinds.Envelope | kinds.Header) -> None:
    assert kinds.read(data) == read
    assert ids.is_canonical(read.id) and isinstance(kinds.at_of(read), int)
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        # of a kind to come only the header is looked at; what we do read, any reader can
        assert isinstance(read, kinds.Header)
        return
    assert (read.id, read.by, kinds.name_of(read)) == (said["id"], said["by"], said["kind"])
    if isinstance(read, kinds.Envelope):
        assert set(said) <= {"kind", *read.__struct_fields__}


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    intake._reached.clear()
    intake._keys.clear()


def assert_sound() -> None:
    report = verify.check_book()
    assert report["findings"] == []
    assert replay.replay()["different"] == {}
    assert not models.Verdict.objects.filter(code="FOLD_FAILED").exists()


@bounded(PUSHED)
@given(st.lists(st.lists(BENT, max_size=6), min_size=1, max_size=3), st.sampled_from(SENT))
def test_every_bent_line_has_its_custody_and_stops_nobody(
    cell: models.Cell, bodies: list[list[bytes]], sent: str
) -> None:
    with undone():
        phone, number = Phone(), 0
        for bends in bodies:
            lines = b"\n".join([*bends, line()]).split(b"\n")  # a newline makes two lines of one
            answer = phone.push(lines, sent=sent or " ")
            assert answer.status_code == 200, answer.content
            told = answer.json()
            assert (told["through"], told["head"]) == (number + len(lines), phone.heads[-1].hex())
            said = {each["n"]: each["answer"] for each in told["lines"]}
            assert set(said.values()) <= {"kept", "known", "garbled"}
            assert said.get(told["through"], "kept") == "kept"
            for at, each in enumerate(lines, number + 1):
                kept = models.Line.objects.get(device=phone.device, number=at)
                assert bytes(kept.content) == each
                assert kept.custody == said.get(at, "kept")
                assert (kept.custody == "garbled") == (kinds.read(each) is None)
            number += len(lines)
        again = phone.push(lines, first=number - len(lines) + 1, sent=sent or " ")
        assert {each["answer"] for each in again.json()["lines"]} == {"known"}
        assert_sound()


HEADERS = ["Device", "First", "Count", "Previous", "Head", "Sent", "Signature"]
WORDS = st.sampled_from(["", "0", "1", "-1", "2", "9" * 15, "9" * 16, "0" * 64, "f" * 128, "\u0661",
                         BY, "NaN", "1e3", "+1", " 1"])  # fmt: skip
FORGERIES = st.dictionaries(st.sampled_from(HEADERS), WORDS, max_size=3)


@bounded(FORGED)
@given(st.lists(BENT, min_size=1, max_size=4), FORGERIES, st.booleans(), st.data())
def test_a_bent_push_is_refused_whole_or_is_what_was_signed(
    cell: models.Cell, bends: list[bytes], forged: dict[str, str], packs: bool, data: st.DataObject
) -> None:
    with undone():
        phone = Phone()
        assert phone.push([line()]).status_code == 200
        lines = b"\n".join(bends).split(b"\n")
        whole = b"".join(each + b"\n" for each in lines)
        body = whole
        for _ in range(data.draw(st.integers(0, 2))):
            at = data.draw(st.integers(0, max(len(body) - 1, 0)))
            body = data.draw(st.sampled_from(BENDS))(body, at, data.draw(st.integers(1, 60)))
        changed: dict[str, Any] = {f"Doorstep_{name}": word for name, word in forged.items()}
        if packs:
            changed["Content_Encoding"] = "gzip"  # though it is none
        answer = phone.push(lines, body=body, **changed)
        kept = [bytes(each.content) for each in models.Line.objects.order_by("leaf")][1:]
        assert answer.status_code in (200, 400, 401, 409, 413), answer.content
        assert answer.json()
        assert kept == (lines if answer.status_code == 200 else [])
        if answer.status_code == 200:
            assert body in (whole, whole[:-1]) and not packs
        honest = phone.push([line()], first=len(kept) + 2)
        assert honest.status_code == 200  # whatever came, the device goes on
        assert_sound()
