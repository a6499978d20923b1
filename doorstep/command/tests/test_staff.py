"""Staff and units: taken on, roles given and taken back, doors that are nobody's."""

import pytest
from django.test import Client

from doorstep.command import units
from doorstep.command.tests import conftest
from doorstep.ledger import desk
from doorstep.registry import access
from doorstep.registry import models as registry
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
GOOD = "correct horse battery"


def take_on(client: Client, **said: str) -> str:
    form = {"name": "何敏", "account": "he", "password": GOOD, "role": "registrar",
            "place": street.ESTATE} | said  # fmt: skip
    answer = client.post("/staff/new", form)
    assert answer.status_code == 302
    return str(answer["Location"]).strip("/").split("/")[-1]


def test_somebody_is_taken_on_with_a_role(administrator: Client) -> None:
    made = take_on(administrator)
    assert access.has(street.Staff(made), ["registrar"], street.door_id(1, 1))
    page = administrator.get(f"/staff/{made}/").content.decode()
    assert "何敏" in page and "Registrar" in page and "中海锦城" in page
    assert "何敏" in administrator.get("/staff/?q=何敏").content.decode()


def test_what_is_wrong_is_said_on_the_form(administrator: Client) -> None:
    form = {"name": "", "account": "he", "password": GOOD}
    assert "A name is needed." in administrator.post("/staff/new", form).content.decode()
    weak = administrator.post("/staff/new", form | {"name": "何", "password": "1234"})
    assert weak.status_code == 422 and "too short or too common" in weak.content.decode()
    assert "1234" not in weak.content.decode()


def test_roles_come_and_go_with_entries(administrator: Client) -> None:
    made = take_on(administrator, role="")
    path = f"/staff/{made}/change"
    role = {"role": "steward", "place": street.building_id(1)}
    administrator.post(path, {"what": "grant", **role})
    assert access.list_roles(street.Staff(made)) == [("steward", street.building_id(1))]
    administrator.post(path, {"what": "revoke", **role})
    assert access.list_roles(street.Staff(made)) == []
    assert administrator.post(path, {"what": "promote"}).status_code == 422


def test_off_duty_nobody_signs_in_and_nobody_puts_themselves_off(administrator: Client) -> None:
    made = take_on(administrator)
    administrator.post(f"/staff/{made}/change", {"what": "off"})
    assert not registry.Staff.objects.get(id=made).is_active
    own = administrator.post(f"/staff/{street.CHEN}/change", {"what": "off"})
    assert own.status_code == 409 and registry.Staff.objects.get(id=street.CHEN).is_active


def test_a_duty_officer_reads_but_does_not_change(chen: Client) -> None:
    assert "New member" not in chen.get("/staff/").content.decode()
    assert chen.get("/staff/new").status_code == 403
    assert chen.post(f"/staff/{street.LIN}/change", {"what": "off"}).status_code == 403
    assert conftest.sign_in(street.STEWARD).get("/staff/").status_code == 403


def test_another_estates_administrator_changes_no_account_here(estate: None) -> None:
    given = {"staff": street.ZHAO, "role": "administrator", "at_place": street.OTHER_ESTATE}
    desk.post(street.CHEN, [{"kind": "role.granted", **given}])
    client = conftest.sign_in(street.STRANGER)
    page = client.get(f"/staff/{street.CHEN}/").content.decode()
    assert "Give a role" in page  # in the estate that is theirs
    assert "New password" not in page and "Take off duty" not in page
    before = registry.Staff.objects.get(id=street.CHEN)
    for said in ({"what": "password", "password": GOOD}, {"what": "unit", "unit": ""},
                 {"what": "off"}):  # fmt: skip
        assert client.post(f"/staff/{street.CHEN}/change", said).status_code == 403
    after = registry.Staff.objects.get(id=street.CHEN)
    assert (after.password, after.is_active) == (before.password, True)


def test_doors_nobody_covers_are_counted(chen: Client) -> None:
    # Lin is steward of the first building; nobody knocks in the second
    assert [(name, count) for _id, name, count in units.count_uncovered()] == [("2座", 6)]
    page = chen.get("/units/uncovered").content.decode()
    assert "6 doors are nobody's." in page and "2座" in page and "1座" not in page
    registry.Unit.objects.create(id=street.round_id(7), type="t", name="n", serves=street.ESTATE)
    assert units.count_uncovered() == []
    assert "every door is somebody's" in chen.get("/units/").content.decode().lower()


def test_a_unit_is_founded(administrator: Client) -> None:
    said = {"name": "中海锦城突击队", "type": "strike_team", "serves": street.ESTATE,
            "founded_on": "2021-06-19", "parent": ""}  # fmt: skip
    administrator.post("/units/new", said)
    made = registry.Unit.objects.get()
    assert (made.name, made.serves, made.founded_on) == (said["name"], street.ESTATE, "2021-06-19")
    assert "中海锦城突击队" in administrator.get("/units/").content.decode()
    assert administrator.post("/units/new", {"name": ""}).status_code == 422


def test_what_is_said_of_no_unit_is_no_column(chen: Client) -> None:
    for number, founded in enumerate((None, "2021-06-19")):
        registry.Unit.objects.create(
            id=street.round_id(60 + number), type="other", name=f"组{number}", founded_on=founded
        )
    page = chen.get("/units/").content.decode()
    assert "Serves" not in page and "Leader" not in page and "Belongs to" not in page
    assert "Founded" in page and page.count(">–</td>") == 1


def test_types_of_units_are_words_and_never_keys(chen: Client) -> None:
    for number, type_ in enumerate(("working_group", "民兵连")):
        registry.Unit.objects.create(
            id=street.round_id(60 + number), type=type_, name=f"组{number}"
        )
    page = chen.get("/units/").content.decode()
    assert "Working group" in page and "working_group" not in page and "民兵连" in page
