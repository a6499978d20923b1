"""Who finds whom, what is masked, and that a full look is written down."""

import pytest

from doorstep.ledger import refusals, replay
from doorstep.registry import models, people, queries, rosters, vault
from doorstep.registry.tests.block import Block, csv, line, number, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived_in(block: Block) -> Block:
    rows = [
        line("1-1-101", "王一", number(1), phone="13800138000", relation="户主"),
        line("1-1-101", "王小一", number(2, "20200101"), relation="子", special="婴儿"),
        line("1-2-201", "王二", "E12345678", type="护照 美国", special="血透析、独居"),
        line("2-1-101", "Ann Lee", relation="户主"),
    ]
    rosters.commit(block.admin, csv(*rows), "r.csv", block.estate)
    rosters.commit(block.admin, csv(line("1-1-101", "王三", number(3))), "r.csv", block.other)
    return block


def names(found: list[people.Found]) -> list[str]:
    return [each.name for each in found]


def test_people_are_found_by_name_door_document_and_phone(lived_in: Block) -> None:
    asker = staff(lived_in.registrar)
    assert names(people.find_people(asker, "王")) == ["王一", "王二", "王小一"]
    assert names(people.find_people(asker, "王小")) == ["王小一"]
    assert names(people.find_people(asker, "ann")) == ["Ann Lee"]
    assert sorted(names(people.find_people(asker, "1-101"))) == ["王一", "王小一"]
    assert names(people.find_people(asker, "1栋 2单元 201")) == ["王二"]
    assert names(people.find_people(asker, "13800138000")) == ["王一"]
    assert names(people.find_people(asker, "+86 138-0013-8000")) == ["王一"]
    assert names(people.find_people(asker, "e1234 5678")) == ["王二"]
    assert names(people.find_people(asker, number(1).lower())) == ["王一"]
    for text in ("", "赵", "%", "9-999", "13800138001", number(9)):
        assert people.find_people(asker, text) == []


def test_nobody_is_found_where_the_asker_has_no_role(lived_in: Block) -> None:
    asker = staff(lived_in.registrar)
    assert "王三" not in names(people.find_people(asker, "王"))
    assert people.find_people(asker, number(3)) == []
    assert names(people.find_people(staff(lived_in.stranger), "王")) == ["王三"]
    assert len(people.find_people(staff(lived_in.admin), "王")) == 4
    assert people.find_people(staff(lived_in.admin), "王", place=lived_in.other, limit=9) != []
    assert people.find_people(staff(lived_in.stranger), "王", place=lived_in.estate) == []
    assert len(people.find_people(staff(lived_in.admin), "王", limit=2)) == 2


def test_a_place_narrows_names_and_doors(lived_in: Block) -> None:
    building = queries.list_places("building", lived_in.estate)[0]
    asker = staff(lived_in.admin)
    assert len(people.find_people(asker, "王", place=building.id)) == 3
    assert sorted(names(people.find_people(asker, "101", place=building.id))) == ["王一", "王小一"]


def test_found_people_carry_masked_documents(lived_in: Block) -> None:
    found = {each.name: each for each in people.find_people(staff(lived_in.admin), "王")}
    masked = found["王一"].masked_document
    assert masked == f"{number(1)[:4]}**********{number(1)[-4:]}"
    assert found["王二"].masked_document == "*****5678"
    assert found["王二"].flags == ("dialysis", "alone")


def test_a_full_look_is_written_down_before_it_is_given(lived_in: Block) -> None:
    asker = staff(lived_in.steward)
    [found] = people.find_people(asker, "王一")
    clear = people.reveal(asker, found.id, "record")
    assert clear.documents == [people.Paper("resident_id", number(1), "CHN")]
    assert clear.phones == ["13800138000"]
    assert people.reveal(asker, found.id, "phone").documents == []
    assert people.reveal(asker, found.id, "document").phones == []
    seen = models.Sight.objects.filter(person=found.id).order_by("at")
    assert [(each.staff, each.what) for each in seen] == [
        (lived_in.steward, "record"),
        (lived_in.steward, "phone"),
        (lived_in.steward, "document"),
    ]


def test_a_full_look_is_refused_elsewhere_and_leaves_no_trace(lived_in: Block) -> None:
    person = people.find_by_document(number(1))
    assert person is not None
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        people.reveal(staff(lived_in.stranger), person, "record")
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        people.get_person(staff(lived_in.stranger), person)
    assert not models.Sight.objects.exists()


def test_a_household_is_shown_heads_first_with_its_gravest_need(lived_in: Block) -> None:
    person = people.find_by_document(number(1))
    assert person is not None
    door = people.get_people([person])[person].door
    assert door is not None
    household = people.get_household(staff(lived_in.registrar), door)
    assert [each.masked_name for each in household.members] == ["王*", "王*"]
    assert [each.relation for each in household.members] == ["户主", "子"]
    assert household.needs == ("infant",)
    assert household.label == "1栋 1单元 101"
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        people.get_household(staff(lived_in.stranger), door)


def test_somebody_on_no_roster_is_noted_and_found_again(lived_in: Block) -> None:
    asker = staff(lived_in.registrar)
    person = people.add_person(asker, name=" 路人 ", document=number(50), phone="139 0013 9000")
    assert people.find_by_document(number(50)) == person
    [found] = people.find_people(asker, "13900139000")
    assert (found.id, found.door, found.presence) == (person, None, "present")
    seen = people.get_people([person])[person]
    assert (seen.name, seen.born_on) == ("路人", "1990-01-01")
    with pytest.raises(refusals.Refused, match="ID_TAKEN"):
        people.add_person(asker, name="别人", document=number(50))
    with pytest.raises(refusals.Refused, match="ID_LENGTH"):
        people.add_person(asker, name="别人", document="12345")
    with pytest.raises(refusals.Refused, match="NAME_MISSING"):
        people.add_person(asker, name=" ")
    assert models.Person.objects.filter(name="别人").count() == 0


def test_people_move_only_within_what_one_may_list(lived_in: Block) -> None:
    person = people.find_by_document(number(1))
    assert person is not None
    door = queries.list_places("door", lived_in.estate)[-1].id
    people.list_residents(staff(lived_in.registrar), [(person, door, "away")])
    seen = people.get_people([person])[person]
    assert (seen.door, seen.presence) == (door, "away")
    elsewhere = queries.list_places("door", lived_in.other)[0].id
    with pytest.raises(refusals.Refused, match="NOT_YOURS"):
        people.list_residents(staff(lived_in.registrar), [(person, elsewhere, "present")])
    assert replay.replay()["different"] == {}


def test_a_sealed_number_opens_only_beside_its_owner() -> None:
    sealed = vault.seal("11010519491231002X", "one")
    assert vault.seal("11010519491231002X", "one") != sealed
    assert vault.unseal(sealed, "one") == "11010519491231002X"
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong, owner in ((sealed, "another"), (damaged, "one"), (b"", "one")):
        with pytest.raises(vault.NotOpened):
            vault.unseal(wrong, owner)


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (vault.mask_name, "张三丰", "张*"),
        (vault.mask_name, "", ""),
        (vault.mask_document, "44060519900101123X", "4406**********123X"),
        (vault.mask_document, "E12345678", "*****5678"),
        (vault.mask_document, "12345678", "********"),
        (vault.mask_phone, "13800138000", "138****8000"),
        (vault.mask_phone, "8888666", "*****66"),
    ],
)
def test_masks_show_little(mask: object, text: str, shown: str) -> None:
    assert callable(mask) and mask(text) == shown
