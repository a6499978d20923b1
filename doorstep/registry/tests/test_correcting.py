"""Putting a record right: in the vault, with an entry of who did it, and nothing of what it was."""

import pytest

from doorstep.ledger import models as ledger
from doorstep.ledger import refusals, replay
from doorstep.registry import correcting, giving, models, people, rosters, vault
from doorstep.registry.tests.block import Block, csv, line, number, staff

pytestmark = pytest.mark.django_db
PHONE, OTHER_PHONE = "13800138000", "13900139000"


@pytest.fixture
def person(block: Block) -> str:
    rows = [
        line("1-1-101", "王一", number(1), phone=PHONE),
        line("1-1-102", "李二", number(2)),
    ]
    rosters.commit(block.admin, csv(*rows), "r.csv", block.estate)
    found = people.find_by_document(number(1))
    assert found is not None
    return found


def correct(block: Block, person: str, **said: object) -> list[str]:
    correction = correcting.Correction(**said)  # type: ignore[arg-type]
    return correcting.correct_person(staff(block.registrar), person, correction)


def noted() -> list[tuple[str, bool]]:
    return list(models.Sight.objects.order_by("at", "entry").values_list("what", "changed"))


def test_name_needs_document_and_phone_are_put_right_and_noted(block: Block, person: str) -> None:
    what = correct(block, person, name="王壹", needs=["pregnant", "dialysis"],
                   document=number(3, "19850505"), phone=OTHER_PHONE)  # fmt: skip
    assert what == ["name", "needs", "document", "phone"]
    seen = people.get_people([person])[person]
    assert (seen.name, seen.flags) == ("王壹", ("dialysis", "pregnant"))
    assert seen.born_on == "1985-05-05"  # what the document says of its holder
    assert people.find_by_document(number(3, "19850505")) == person
    assert people.find_by_document(number(1)) is None  # one of a sort
    clear = people.reveal(staff(block.registrar), person, "phone")
    assert clear.phones == sorted([PHONE, OTHER_PHONE])
    assert noted() == [(each, True) for each in what] + [("phone", False)]
    assert replay.replay()["different"] == {}


def test_no_line_of_the_book_says_what_it_was_or_is(block: Block, person: str) -> None:
    correct(block, person, name="王壹", needs=["pregnant"], document=number(3), phone=OTHER_PHONE)
    lines = ledger.Line.objects.filter(kind="person.corrected")
    text = "".join(bytes(each.content).decode() for each in lines if each.content)
    assert lines.count() == 4 and person in text
    for said in ("王", number(3), number(1), PHONE, OTHER_PHONE, "pregnant"):
        assert said not in text


def test_what_is_not_theirs_is_taken_away(block: Block, person: str) -> None:
    correct(block, person, document="E12345678", document_type="passport")
    wrong = models.Document.objects.get(person=person, type="resident_id")
    phone = models.Contact.objects.get(person=person)
    other = people.find_by_document(number(2))
    theirs = models.Document.objects.get(person=other)
    correct(block, person, wrong_documents=[wrong.pk, theirs.pk], wrong_phones=[phone.pk])
    kept = models.Document.objects.filter(person=person)
    assert [vault.unseal(bytes(each.sealed), person) for each in kept] == ["E12345678"]
    assert not models.Contact.objects.filter(person=person).exists()
    assert models.Document.objects.filter(pk=theirs.pk).exists()  # of somebody else: not touched


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"document": number(2)}, "ID_TAKEN"),
        ({"document": number(5)[:-1] + "*"}, "ID_CHARACTERS"),
        ({"phone": "soon"}, "PHONE_UNREADABLE"),
        ({"name": "名" * 65}, "NAME_TOO_LONG"),
        ({"needs": ["dangerous"]}, "REQUEST_INVALID"),
        ({"name": "王一"}, "NOTHING_CHANGED"),
        ({}, "NOTHING_CHANGED"),
    ],
)
def test_what_cannot_be_right_changes_nothing(
    block: Block, person: str, said: dict[str, object], code: str
) -> None:
    before = models.Document.objects.count()
    with pytest.raises(refusals.Refused, match=code):
        correct(block, person, **{"wrong_phones": [], **said})
    assert models.Document.objects.count() == before and noted() == []
    assert people.get_people([person])[person].name == "王一"


def test_only_who_lists_residents_there_corrects_them(block: Block, person: str) -> None:
    said = correcting.Correction(name="别人")
    for who, code in ((block.stranger, "NOT_FOUND"), (block.steward, "NOT_YOURS")):
        with pytest.raises(refusals.Refused, match=code):
            correcting.correct_person(staff(who), person, said)
    assert noted() == []


def test_a_standing_taken_back_is_gone_in_a_replay_too(block: Block, person: str) -> None:
    asker = staff(block.registrar)
    entry = giving.give(asker, person, "hospital")
    giving.give(asker, person, "green_channel")
    giving.take_back(asker, person, entry)
    assert [each.kind for each in giving.list_given(person)] == ["green_channel"]
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        giving.take_back(asker, person, entry)
    assert replay.replay()["different"] == {}
