"""Safeguard: no person and no list of people can be restricted. Orders are about areas; what names
people only lists, counts, entitles, asks or reminds.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

import doorstep
from doorstep.kit import ids
from doorstep.ledger import kinds, refusals
from doorstep.orders import entries, models, packs, shapes
from doorstep.orders.tests import ground
from doorstep.registry import giving, standings
from doorstep.registry import models as registry

# Every kind that names a person, and what follows from it. Whoever adds one says here what it does.
NAMING_ONE = {
    "person.added": "somebody is on the roster",
    "person.viewed": "a look at a record is logged",
    "person.corrected": "who put a record right is logged",
    "standing.given": "somebody is entitled or reminded",
    "subject.excused": "somebody need not be reached",
    "subject.refused": "somebody would not; nothing follows by itself",
    "visit.made": "somebody was at the door",
    "person.sampled": "a swab is in a tube",
    "person.unsampled": "that was a mistake",
    "stay.asked": "a request that lapses by itself; not an order",
    "role.granted": "somebody on duty may do more",
    "role.revoked": "somebody on duty may do less",
}
NAMING_MANY = {
    "residents.listed": "who lives where",
    "due.listed": "who is due in a round",
}
PERSON_FIELDS = {"person", "people", "persons", "subject", "subjects", "resident", "residents",
                 "staff", "members", "household", "door", "doors"}  # fmt: skip


def fields_of(kind: kinds.Kind) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(kind.shape)}


def test_every_kind_that_names_a_person_is_known_and_none_restricts() -> None:
    naming = {k.name for k in kinds.list_kinds() if PERSON_FIELDS & set(fields_of(k))}
    assert naming <= set(NAMING_ONE) | set(NAMING_MANY), "say what the new kind does to a person"


def test_only_rosters_and_due_lists_name_several_people_at_once() -> None:
    several = {
        kind.name
        for kind in kinds.list_kinds()
        for name, type_ in fields_of(kind).items()
        if name in PERSON_FIELDS and "list" in str(type_)
    }
    assert several == set(NAMING_MANY)


def test_no_kind_of_an_order_names_a_person() -> None:
    for kind in kinds.list_kinds():
        if kind.shape.__module__ == entries.__name__:
            assert not PERSON_FIELDS & set(fields_of(kind)), kind.name


def test_no_table_of_orders_names_a_person() -> None:
    for model in (models.Order, models.OrderPlace, models.Fact, models.Evidence):
        assert not PERSON_FIELDS - {"staff"} & {field.name for field in model._meta.fields}


@pytest.mark.django_db
def test_a_persons_id_is_no_place_of_an_order(estate: None) -> None:
    person = registry.Residence.objects.values_list("person", flat=True)[0]
    found = [ground.record("infection_found")]
    for places in ([person], [ground.ESTATE, person]):
        with pytest.raises(refusals.Refused, match="NOT_FOUND"):
            ground.propose(places=places, evidence=found)


@pytest.mark.django_db
def test_a_door_is_no_place_of_an_order(estate: None) -> None:
    """An order on one door would be an order on the people behind it."""
    found = [ground.record("infection_found")]
    with pytest.raises(refusals.Refused, match="ORDER_LEVEL"):
        ground.propose(places=[ground.door(ground.building(1), 1)], evidence=found)
    levels = {
        level for pack in packs.list_shipped().values() for r in pack.rules for level in r.levels
    }
    assert levels <= {"subdistrict", "community", "estate", "building", "unit"}
    assert "door" not in str(shapes.Level)


def test_isolation_is_in_nobodys_hand_while_orders_on_a_person_are_not_built() -> None:
    """Standings of isolation have words, for the wall; no act and no fold gives one. One module
    gives standings by hand, and can say none but those that entitle or remind.
    """
    root = Path(doorstep.__file__).parent
    for path in root.rglob("*.py"):
        inside = path.relative_to(root)
        if "tests" in inside.parts or inside == Path("registry/entries.py"):
            continue
        text = path.read_text("utf-8")
        assert inside == Path("registry/giving.py") or '"standing.given"' not in text, path
        for key, kind in standings.list_standings().items():
            assert kind.owner != "orders" or f'"{key}"' not in text, (path, key)


def test_standings_only_entitle_or_remind() -> None:
    """Each kind of standing there is, and what it gives. A new one is written here first."""
    gives = {
        "sampled": "reminds that it is done",
        "vaccinated": "excuses from sampling",
        "stay_asked": "asks, until the recheck",
        "hospital": "need not be reached",
        "green_channel": "goes first",
        "observation": "reminds of the end of the observation",
    }
    owned_by_orders = {"home_isolation", "home_monitoring", "central_isolation"}
    assert set(standings.list_standings()) <= set(gives) | owned_by_orders
    forbidden = ("ban", "deny", "refuse", "forbid", "block", "risk", "red", "yellow", "禁", "红码",
                 "黄码", "拒", "黑名单", "赋码")  # fmt: skip
    for key, kind in standings.list_standings().items():
        said = f"{key} {kind.label.en.lower()}".split()
        words = {part for each in said for part in each.split("_")}
        assert not words & set(forbidden)
        assert not any(word in kind.label.zh for word in forbidden)


@pytest.mark.django_db
def test_by_hand_nothing_can_be_given_but_what_entitles_or_reminds(estate: None) -> None:
    """Not by the page, not by the act, not by a line of the book: it is no entry then."""
    assert set(giving.BY_HAND) == {"vaccinated", "hospital", "green_channel"}
    person = str(registry.Residence.objects.values_list("person", flat=True)[0])
    others = {*standings.list_standings(), "red_code", "suspect"} - set(giving.BY_HAND)
    assert {"home_isolation", "central_isolation"} <= others
    line = {"id": ids.new(), "kind": "standing.given", "v": 1, "at": "2021-06-21T08:00:00+08:00",
            "by": ids.new(), "subject": person}  # fmt: skip
    assert isinstance(read_line(line | {"standing": "hospital"}), kinds.Envelope)
    for word in others:
        assert not isinstance(read_line(line | {"standing": word}), kinds.Envelope)
        with pytest.raises(refusals.Refused):
            giving.give(ground.CHEN, person, word)
    assert not registry.Standing.objects.exists()


def read_line(line: dict[str, Any]) -> Any:
    return kinds.read(msgspec.json.encode(line))
