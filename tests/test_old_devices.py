"""Old and strange devices, each as docs/sync.md has it: a phone that was installed anew, one that
was restored from an older copy of itself, and one that meets a server restored from an older backup
than the one it relied on. What they send again has its effect once, under whatever device.
"""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from doorstep.bench.server import Installation
from doorstep.ledger import chain, devices, models, replay, verify
from doorstep.operations.sampling import models as sampling
from tests.faults import client
from tests.stranger import Phone, line
from tests.test_restore import ask, back_up, fill, restore

TUBE = {"round": "0190a0a0-0000-7000-8000-000000000001", "tube": "GC000009"}


def write_tube(people: int) -> list[bytes]:
    """A tube with so many people in it."""
    members = [f"0190a0a0-0000-7000-8000-0000000a{number:04x}" for number in range(people)]
    return [
        line(kind="tube.opened", pool="ten", table=TUBE["round"], **TUBE),
        *(line(**TUBE, person=each) for each in members),
        line(kind="tube.closed", count=people, **TUBE),
    ]


def assert_once(lines: list[bytes]) -> None:
    """Each of the lines is in the book with effect once, and nothing else is."""
    entries = [json.loads(each)["id"] for each in lines]
    kept = Counter(models.Line.objects.filter(custody="kept").values_list("entry", flat=True))
    assert kept == Counter(entries)
    samples = sampling.Sample.objects.values_list("entry", flat=True)
    assert Counter(samples) == Counter(entries[1:-1])
    assert not models.Verdict.objects.filter(code__in=["ID_REUSED", "NOT_ALLOWED"]).exists()
    assert verify.check_book()["findings"] == []
    assert replay.replay()["different"] == {}


def words_of(answer: dict[str, list[dict[str, object]]], count: int) -> list[object]:
    """The custody of each line of a push from number 1."""
    told = {each["n"]: each["answer"] for each in answer["lines"]}
    return [told.get(number, "kept") for number in range(1, count + 1)]


@pytest.mark.parametrize("answered", [0, 3, 7])
def test_a_phone_installed_anew_sends_all_it_has_and_nothing_counts_twice(
    cell: models.Cell, answered: int
) -> None:
    lines = write_tube(5)
    before = Phone()
    if answered:
        assert before.push(lines[:answered]).status_code == 200
    anew = Phone()  # another key, another device; its outbox was saved
    told = anew.push(lines)
    assert told.status_code == 200 and told.json()["through"] == len(lines)
    assert words_of(told.json(), 7) == ["known"] * answered + ["kept"] * (7 - answered)
    assert_once(lines)
    # what the old one had sent and nobody had answered arrives after all
    assert before.push(lines[answered:], first=answered + 1).status_code == 200
    assert_once(lines)


def test_a_phone_restored_from_an_older_copy_is_told_and_enrols_anew(cell: models.Cell) -> None:
    lines = write_tube(5)
    phone = Phone()
    assert phone.push(lines[:5]).status_code == 200
    copy = Phone()
    copy.private, copy.device = phone.private, phone.device
    copy.heads = phone.heads[:4]  # it knows of three lines, and writes others as its fourth
    size = models.Line.objects.count()
    told = copy.push([lines[5], lines[6]])
    assert told.status_code == 409
    through, head = told.json()["through"], told.json()["head"]
    # no gap: the server is not behind, and its head is not the copy's own. A fork
    assert through == 5 >= len(copy.heads) - 1
    assert head == phone.heads[5].hex() not in {each.hex() for each in copy.heads}
    assert models.Line.objects.count() == size
    anew = Phone()
    had = [*lines[:3], lines[5], lines[6]]  # what the copy has, with the old ids
    told = anew.push(had)
    assert told.status_code == 200
    assert words_of(told.json(), 5) == ["known"] * 3 + ["kept"] * 2
    assert_once([*lines[:3], lines[3], lines[4], lines[5], lines[6]])
    # the phone it was copied from goes on as ever, if it is still there
    assert phone.push([lines[5]]).json()["through"] == 6
    assert_once(lines)


def test_a_copy_whose_past_differs_is_told_so_wherever_it_goes_on(cell: models.Cell) -> None:
    """By the head before its first line alone, though its lines are new, or the book's own."""
    first, second, other, third = (line() for _ in range(4))
    phone = Phone()
    assert phone.push([first, second]).status_code == 200
    size = models.Line.objects.count()
    for past, sent in (([first, other], [third]), ([other], [second, third]), ([other], [second])):
        copy = Phone()
        copy.private, copy.device, copy.heads = phone.private, phone.device, phone.heads[:1]
        for each in past:
            copy.heads.append(chain.next_head(copy.heads[-1], chain.line_hash(each)))
        told = copy.push(sent)
        assert (told.status_code, told.json()["through"]) == (409, 2)
        assert told.json()["head"] == phone.heads[2].hex()
        assert models.Line.objects.count() == size
    assert phone.push([second, third], first=2).json()["through"] == 3


def test_a_revoked_phone_is_told_so_whatever_it_sends_again(cell: models.Cell) -> None:
    phone, lines = Phone(), [line(), line()]
    assert phone.push(lines).status_code == 200
    devices.revoke(phone.device)
    for first, sent in ((1, lines), (2, lines[1:]), (3, [line()])):
        assert phone.push(sent, first=first).status_code == 403
    assert models.Line.objects.count() == 2


def test_two_copies_of_a_revoked_phone_are_told_which_line_is_kept(cell: models.Cell) -> None:
    phone, kept, other = Phone(), line(), line()
    devices.revoke(phone.device)
    assert [each["answer"] for each in phone.push([kept]).json()["lines"]] == ["aside"]
    for sent, answer in (([other], "dropped"), ([kept], "aside"), ([other], "dropped")):
        assert [each["answer"] for each in phone.push(sent).json()["lines"]] == [answer]
    assert [bytes(each.content) for each in models.AsideLine.objects.all()] == [kept]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_phone_that_has_forgotten_meets_a_server_from_before(
    database: str, tmp_path: Path
) -> None:
    """The newest backup is gone with the server. The phone relied on it, and has the rest."""
    early, late = tmp_path / "early", tmp_path / "late"
    with Installation(database) as first:
        world = fill(first, people=60)
        first.start()
        phone = client.Phone(first.port, world["codes"][0], world["by"], world["tables"][0])
        tube = {"round": world["rounds"][0], "tube": "T0000001"}
        sampled = [phone.entry("person.sampled", **tube, person=p) for p in world["people"][:12]]
        for start, file in ((0, early), (4, late)):
            phone.write(sampled[start : start + 4])
            assert phone.push()[0] == 200
            back_up(first, file, "--elsewhere")
            for _ in range(1_000):
                safe = phone.push()[1]["safe"]
                if safe == start + 4:
                    break
                time.sleep(0.1)
        assert safe == 8
        phone.write(sampled[8:])
        assert phone.push()[0] == 200
        first.kill()
    with Installation(database) as second:
        restore(second, early)
        code = second.command("device-code", "registrar", "--person", world["by"])
        second.start()
        phone.port = second.port
        phone.answered = 8  # as far as it remembers
        body, headers = phone.sign()
        status, told, _ = phone.post("/field/v1/entries", body, headers)
        # a gap which it cannot fill: lines 5 to 8 were in the newest backup alone
        assert (status, told["through"], told["head"]) == (409, 4, phone.heads[4].hex())
        anew = client.Phone(second.port, code, world["by"], world["tables"][0])
        anew.write(phone.lines[8:])
        status, told, _ = anew.push()
        assert status == 200 and {each["answer"] for each in told["lines"]} <= {"kept"}
        second.stop()
        said = "from doorstep.operations.sampling.models import Sample; "
        said += "print(Sample.objects.count(), Sample.objects.values('entry').distinct().count())"
        assert ask(second, said).split() == ["8", "8"]
        assert json.loads(second.command("ledger", "verify", "--json"))["found"] == 0
