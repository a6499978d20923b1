"""Somebody met at a table who lives behind no door: seen where they were met, and given a door."""

import pytest

from doorstep.kit import clock, ids
from doorstep.ledger import refolding, refusals, replay
from doorstep.registry import access, entries, models, people, places
from doorstep.registry.tests.block import Block, number, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(block: Block) -> str:
    [made, _] = places.add_places(block.admin, places.plan_tables(block.estate, 2))
    return made


def test_who_was_met_is_found_and_listed_where_they_were_met(block: Block, table: str) -> None:
    here, elsewhere = staff(block.registrar), staff(block.stranger)
    person = people.add_person(here, name="路过", met=table)
    assert [each.id for each in people.find_people(here, "路")] == [person]
    assert [each.id for each in people.find_people(here, "路", place=block.estate)] == [person]
    assert people.list_doorless(here) == [person]
    assert people.list_doorless(staff(block.admin)) == [person]
    assert people.find_people(elsewhere, "路") == [] and people.list_doorless(elsewhere) == []
    assert people.find_people(staff(block.admin), "路", place=block.other) == []
    for ask in (people.get_person, lambda who, one: people.reveal(who, one, "record")):
        with pytest.raises(refusals.Refused, match="NOT_FOUND"):
            ask(elsewhere, person)
    assert people.get_person(here, person).met == table
    with pytest.raises(refusals.Refused, match="NOT_YOURS"):
        people.add_person(elsewhere, name="路过", met=table)


def test_a_door_is_said_as_people_say_it(block: Block, table: str) -> None:
    asker = staff(block.registrar)
    door = people.find_door(asker, "1-2-201", [block.estate])
    assert models.Place.objects.get(id=door).name == "201"
    for text, code in (("1-201", "DOOR_NOT_ONE"), ("9-101", "DOOR_UNKNOWN"), ("", "DOOR_UNKNOWN")):
        with pytest.raises(refusals.Refused, match=code):
            people.find_door(asker, text, [block.estate])
    with pytest.raises(refusals.Refused, match="DOOR_UNKNOWN"):  # not theirs, so not there
        people.find_door(asker, "1-1-101", [block.other])
    person = people.add_person(asker, name="新住户", door=door, met=table)
    assert people.get_people([person])[person].door == door
    assert people.list_doorless(asker) == []


def test_once_a_door_is_said_they_live_there_and_no_table_says_more(
    block: Block, table: str
) -> None:
    asker = staff(block.registrar)
    person = people.add_person(asker, name="路过", document=number(9), met=table)
    door = people.find_door(asker, "2-1-101", [block.estate])
    people.list_residents(asker, [(person, door, "present")])
    seen = people.get_person(asker, person)
    assert (seen.door, seen.met, seen.place) == (door, None, door)
    assert people.list_doorless(asker) == []
    assert access.has(asker, people.LISTERS, seen.place)
    assert replay.replay()["different"] == {}


def test_what_an_older_folding_made_knows_where_once_it_is_folded_anew(
    block: Block, table: str
) -> None:
    person = people.add_person(staff(block.registrar), name="路过", met=table)
    models.Listing.objects.filter(person=person).update(place=None)  # as before this version
    assert people.list_doorless(staff(block.registrar)) == []
    assert people.list_doorless(staff(block.admin)) == [person]  # nobody is lost meanwhile
    assert next(k for k in entries.KINDS if k.name == "person.added").folding == 2
    refolding.refold("person.added")
    assert people.list_doorless(staff(block.registrar)) == [person]


def test_the_list_and_the_search_ask_no_more_for_many(block: Block, table: str) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asker, spent = staff(block.registrar), []
    for count in (1, 12):
        for n in range(count):
            people.add_person(asker, name=f"路{n}", met=table)
        with CaptureQueriesContext(connection) as asked:
            people.get_people(people.list_doorless(asker))
            people.find_people(asker, "路")
        spent.append(len(asked))
    assert spent[0] == spent[1]
    assert len(people.list_doorless(asker)) == 13
    assert ids.is_canonical(people.list_doorless(asker)[0]) and clock.now() > 0
