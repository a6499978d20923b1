"""Safeguard: records have a class and a date of death from the day they are born. Nobody destroys
alone, or before the time, or what is not theirs to destroy; and who was destroyed cannot be found.
"""

from typing import Any

import msgspec
import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from doorstep.kit import clock
from doorstep.ledger import balances, book, desk, erasure, kinds, models, refusals, verify
from doorstep.orders import packs, shapes
from doorstep.orders.tests import ground
from doorstep.registry import models as registry
from doorstep.registry import people
from tests import ending
from tests.ending import CHEN, WANG, World, destroy

pytestmark = pytest.mark.django_db
DIES = {"operation", "roster", "log"}
# What is known of residents dies with one of these; what is left is of who was on duty, and orders.
DEADLY = {
    "registry_person", "registry_document", "registry_contact", "registry_listing",
    "registry_residence", "registry_standing", "registry_sight", "registry_place",
    "ledger_attachment", "ledger_asideline", "ledger_line", "ledger_verdict", "ledger_done",
    "field_submission", "field_photo",
}  # fmt: skip


@pytest.fixture
def over(cell: models.Cell, monkeypatch: pytest.MonkeyPatch) -> World:
    """An operation that has been over for 200 days."""
    ending.build()
    world = ending.run()
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + 200 * clock.DAY)
    return world


def test_every_table_of_residents_and_every_kind_about_them_dies() -> None:
    for model in apps.get_models():
        table, retention = model._meta.db_table, getattr(model, "retention", None)
        deadly = table in DEADLY or table.startswith(("rounds_", "sampling_"))
        assert not deadly or retention in DIES, table
    for kind in kinds.list_kinds():
        fields = {field.name for field in msgspec.structs.fields(kind.shape)}
        if fields & {"person", "subject", "subjects", "residents", "tube", "tubes", "box"}:
            assert kind.retention in DIES, kind.name


@pytest.mark.parametrize("key", [pack.key for pack in packs.list_shipped().values()])
def test_every_pack_says_when_each_class_dies_and_by_which_source(key: str) -> None:
    pack = packs.find_shipped(ground.digest(key))
    assert pack is not None
    assert {each.holds for each in pack.retention} == DIES
    for each in pack.retention:
        assert each.days >= 1 and each.source and each.text.zh and each.text.en
        if each.holds != "log":
            assert each.closed, "while an operation runs nothing of it is destroyed"


@pytest.mark.parametrize("holds", ["permanent", "duty", "orders"])
def test_no_pack_lets_orders_or_the_proof_itself_be_destroyed(holds: str) -> None:
    rule: dict[str, Any] = {
        "key": "all", "holds": holds, "text": {"zh": "全部", "en": "all"}, "days": 1,
        "source": ["SET"],
    }  # fmt: skip
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(rule, shapes.Retention)


def test_nobody_destroys_alone(over: World) -> None:
    day = destroying_day()
    asked = ending.destroying.ask(CHEN, holds="operation", day=day)
    for same in (CHEN, ground.LI):  # the same person, and another of the same unit
        with pytest.raises(refusals.Refused, match="NOT_SECOND"):
            ending.destroying.order(same, asked=asked)
    assert not models.Line.objects.exclude(destroyed=None).exists()


def test_a_line_that_went_past_the_desks_rules_destroys_nothing(over: World) -> None:
    """The order as an entry alone, by one person: nothing follows, and the check names it."""
    now = clock.to_moment(clock.now(), "UTC")
    said = {"kind": "records.destroyed", "unit": ground.HEADQUARTERS, "holds": "operation",
            "rule": "operation_closed", "pack": ground.digest(), "before": now,
            "lines": book.get_cell().size, "asked": over.round,
            "balance": balances.digest_of(b"")}  # fmt: skip
    [entry] = desk.post(CHEN.id, [said])
    assert registry.Person.objects.exists()
    assert not models.Line.objects.exclude(destroyed=None).exists()
    found = verify.check_book()["findings"]
    assert f"destruction {entry}: nobody of another unit asked for it" in found


def test_no_device_writes_anything_of_a_destruction() -> None:
    for kind in erasure.KINDS:
        assert kind.writers == {kinds.DESK} and kind.retention == "permanent"


def test_what_an_order_of_destruction_says_has_no_room_for_a_sentence_or_a_person() -> None:
    for kind in erasure.KINDS:
        names = {field.name for field in msgspec.structs.fields(kind.shape)}
        assert not names & {"person", "subject", "reason", "text", "note"}
        for said in msgspec.json.schema(kind.shape)["$defs"].values():
            for name, field in said["properties"].items():
                if field.get("type") == "string":
                    assert {"pattern", "format", "enum"} & set(field), f"{kind.name}.{name}"


def test_a_destroyed_person_cannot_be_found(over: World) -> None:
    client = Client()
    client.force_login(registry.Staff.objects.get(id=CHEN.id))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    person = registry.Person.objects.get(id=over.people[0])
    home = registry.Residence.objects.get(person=person.id)
    clear = people.reveal(CHEN, person.id, "record")
    asked = [
        person.name,
        "欧阳",
        "无名氏",
        *(paper.number for paper in clear.documents),
        *clear.phones,
    ]
    assert all(people.find_people(CHEN, text) for text in asked) and len(asked) > 4
    for holds in ("operation", "roster", "log"):
        destroy(holds)
    for text in asked:
        assert people.find_people(CHEN, text) == [] and people.find_by_document(text) is None
        page = client.get("/people/", {"q": text})
        assert page.status_code == 200 and person.id not in page.content.decode()
    for address in (f"/people/{person.id}/", f"/doors/{home.door}/",
                    f"/rounds/{over.round}/subjects/{person.id}/"):  # fmt: skip
        assert client.get(address).status_code in (403, 404), address
    for address in ("/", "/rounds/", f"/rounds/{over.round}/", "/book/", "/book/destruction/",
                    "/people/care"):  # fmt: skip
        page = client.get(address)
        assert page.status_code == 200 and person.name not in page.content.decode(), address
    assert verify.check_book()["findings"] == []


def test_who_ordered_it_is_told_for_ever(over: World) -> None:
    entries = [destroy(holds) for holds in ("operation", "roster", "log")]
    told = verify.check_book()["destroyed"]
    assert [each["entry"] for each in told] == entries
    assert {(each["asked_by"], each["ordered_by"]) for each in told} == {(CHEN.id, WANG.id)}
    kept = models.Line.objects.filter(entry__in=entries)
    assert kept.count() == 3 and all(bytes(each.content) for each in kept)


def destroying_day() -> str:
    return ending.destroying.last_day(ending.destroying.find_rule("operation"))
