"""A record is put right on pages: where somebody lives, what is known of them; who has no door."""

import pytest
from django.test import Client

from doorstep.command.tests import conftest
from doorstep.ledger import store
from doorstep.registry import models as registry
from doorstep.registry import people, vault
from doorstep.registry.tests import block
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
TABLE = "0190a0a0-0000-7000-8000-0000000ab1e1"


@pytest.fixture
def met(chen: Client) -> str:
    """Somebody who was met at a table of the estate."""
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "sort"]
    path = f"/{street.ESTATE}/{TABLE}/"
    row = (TABLE, street.ESTATE, "table", "1", "1号台", path, street.ESTATE, 900)
    store.insert("registry_place", columns, [row])
    return people.add_person(street.DUTY_OFFICER, name="司马路过", met=TABLE)


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_who_has_no_door_is_listed_found_and_given_one(chen: Client, met: str) -> None:
    assert "1 person without a door" in page(chen, "/people/")
    listed = page(chen, "/people/without-a-door")
    assert "司*" in listed and "司马" not in listed and "中海锦城 1号台" in listed
    assert met in page(chen, "/people/?q=司马")
    own = page(chen, f"/people/{met}/")
    assert "met at 中海锦城 1号台" in own and "Say where they live" in own
    form = {"estate": street.ESTATE, "door": "9-101"}
    wrong = chen.post(f"/people/{met}/home", form)
    assert wrong.status_code == 409 and 'value="9-101"' in wrong.content.decode()
    assert chen.post(f"/people/{met}/home", {**form, "door": "1-102"}).status_code == 302
    assert registry.Residence.objects.get(person=met).door == street.door_id(1, 2)
    assert "without a door" not in page(chen, "/people/")
    assert "Everybody who was met has a door." in page(chen, "/people/without-a-door")
    assert met in page(chen, f"/doors/{street.door_id(1, 2)}/")


def test_a_household_moves_within_what_one_may_list(chen: Client, met: str) -> None:
    person = street.person_id(1, 1, 1)
    form = {"estate": street.ESTATE, "door": "2-1-101"}
    assert chen.post(f"/people/{person}/home", form).status_code == 302
    assert registry.Residence.objects.get(person=person).door == street.door_id(2, 1)
    elsewhere = chen.post(f"/people/{person}/home", {"estate": street.OTHER_ESTATE, "door": "1"})
    assert elsewhere.status_code == 409


def test_people_of_other_places_are_nobodys_to_list_or_correct(chen: Client, met: str) -> None:
    zhao = conftest.sign_in(street.STRANGER)
    assert "without a door" not in page(zhao, "/people/")
    assert "司*" not in page(zhao, "/people/without-a-door")
    assert "Nobody matches." in page(zhao, "/people/?q=司马")
    for path in (f"/people/{met}/", f"/people/{met}/home", f"/people/{met}/correct"):
        assert zhao.get(path).status_code == 404 and zhao.post(path).status_code in (404, 405)
    lin = conftest.sign_in(street.STEWARD)  # a steward of the first building looks, no more
    path = f"/people/{street.person_id(1, 1, 1)}/correct"
    assert lin.get(path).status_code == 403 and lin.post(path, {"name": "x"}).status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_record_is_corrected_masked_and_the_page_says_who_did(
    chen: Client, met: str, language: str
) -> None:
    chen.cookies["doorstep_language"] = language
    address = f"/people/{met}/correct"
    form = {"name": "欧阳过客", "needs": ["dialysis"], "document": block.number(1),
            "phone": "15400000001"}  # fmt: skip
    wrong = chen.post(address, {**form, "document": block.number(1)[:-1] + "*"})
    assert wrong.status_code == 409 and 'value="欧阳过客"' in wrong.content.decode()
    assert registry.Person.objects.get(id=met).name == "司马路过"
    assert chen.post(address, form).status_code == 302
    found = registry.Person.objects.get(id=met)
    assert (found.name, found.flags, found.born_on) == ("欧阳过客", ["dialysis"], "1990-01-01")
    shown = page(chen, address)
    assert "154****0001" in shown and vault.mask_document(block.number(1)) in shown
    assert "15400000001" not in shown and block.number(1) not in shown
    said = {"en": "corrected", "zh-hans": "已更正"}[language]
    assert page(chen, f"/people/{met}/").count(f"<b>{said}</b>") == 4
    [document] = registry.Document.objects.filter(person=met)
    wrong_one = {"needs": ["dialysis"], "wrong_document": document.pk}
    assert chen.post(address, wrong_one).status_code == 302
    assert not registry.Document.objects.filter(person=met).exists()
    assert chen.post(address, {"needs": ["dialysis"], "wrong_phone": "x"}).status_code == 422


def test_a_standing_is_given_shown_and_taken_back(chen: Client) -> None:
    person = street.person_id(1, 1, 1)
    own, household = f"/people/{person}/", f"/doors/{street.door_id(1, 1)}/"
    form = {"standing": "green_channel", "from": "", "until": "2999-01-01T08:00"}
    assert chen.post(f"{own}standing", form).status_code == 302
    held = registry.Standing.objects.get(subject=person)
    letter = chen.post(f"{own}letter").content.decode()
    for said in (page(chen, own), page(chen, household), letter):
        assert "Green channel" in said.replace('value="green_channel">Green channel<', "")
    for wrong in ({"standing": "central_isolation"}, {"from": "2999-01-01T08:00"}):
        assert chen.post(f"{own}standing", form | wrong).status_code in (409, 422)
    assert conftest.sign_in(street.STEWARD).post(f"{own}standing", form).status_code == 403
    assert conftest.sign_in(street.STRANGER).post(f"{own}standing", form).status_code == 404
    assert chen.post(f"{own}standing/back", {"entry": held.entry}).status_code == 302
    assert not registry.Standing.objects.exists()
