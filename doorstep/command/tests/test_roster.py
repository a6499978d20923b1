"""A roster on pages: preview, reasons, commit, and nothing written before it was seen."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doorstep.command import uploads
from doorstep.command.tests import conftest
from doorstep.registry import models as registry
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
ROSTER = """楼栋,单元,房号,姓名,证件号码,电话,与户主关系
9,1,101,王小明,,,户主
9,1,102,李四,44010119900101001X,,户主
"""


def send(client: Client, text: str = ROSTER, place: str = street.ESTATE) -> str:
    """Upload a roster; the address it leads to."""
    file = SimpleUploadedFile("底册.csv", text.encode("utf-8"))
    answer = client.post("/roster/", {"place": place, "file": file})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_the_preview_changes_nothing_and_names_each_refusal(chen: Client) -> None:
    before = registry.Person.objects.count()
    page = chen.get(send(chen)).content.decode()
    assert "Of 2 rows 1 are new people" in page
    assert "The last character of the identity number does not fit the others." in page
    assert registry.Person.objects.count() == before
    assert "Take it into the book" in page


def test_reasons_are_in_the_readers_language_and_leave_as_a_spreadsheet(chen: Client) -> None:
    address = send(chen)
    chinese = conftest.sign_in(street.DUTY_OFFICER, "zh-hans")
    assert "证件号码校验位不符" in chinese.get(address).content.decode()
    sheet = chen.get(address + "?as=xlsx")
    assert sheet.status_code == 200 and b"".join(sheet).startswith(b"PK")


def test_committing_takes_the_file_and_forgets_it(chen: Client) -> None:
    address = send(chen)
    chen.post(address + "commit", {"gone": "keep"})
    assert registry.Person.objects.filter(name="王小明").count() == 1
    assert registry.Place.objects.filter(kind="building", code="9").exists()
    page = chen.get(address).content.decode()
    assert "The roster is in the book: 1 new people" in page
    again = chen.post(address + "commit")
    assert again.status_code == 409
    upload = address.strip("/").split("/")[-1]
    assert not uploads._data_path(upload).exists()


def test_the_file_is_sealed_while_it_waits(chen: Client) -> None:
    upload = send(chen).strip("/").split("/")[-1]
    kept = uploads._data_path(upload).read_bytes()
    assert "王小明".encode() not in kept and len(kept) > len(ROSTER.encode())


def test_a_file_that_is_none_says_so(chen: Client) -> None:
    page = chen.get(send(chen, "")).content.decode()
    assert "could not be taken" in page and "The file is empty." in page
    assert chen.post("/roster/", {"place": street.ESTATE}).status_code == 422


def test_only_where_one_records(chen: Client) -> None:
    file = SimpleUploadedFile("r.csv", ROSTER.encode())
    answer = chen.post("/roster/", {"place": street.OTHER_ESTATE, "file": file})
    assert answer.status_code == 403
    address = send(chen)
    assert conftest.sign_in(street.STRANGER).get(address).status_code == 403
    assert conftest.sign_in(street.STEWARD).get("/roster/").status_code == 403


def test_an_upload_that_was_forgotten(chen: Client) -> None:
    assert chen.get(f"/roster/{street.round_id(1)}/").status_code == 404


def test_an_administrator_adds_an_estate(administrator: Client) -> None:
    registry.Place.objects.create(
        id=street.round_id(900), kind="community", name="同成社区", path=f"/{street.round_id(900)}/"
    )
    registry.Role.objects.create(
        staff=street.CHEN, role="administrator", place=street.round_id(900)
    )
    said = {"name": "新小区", "parent": street.round_id(900)}
    answer = administrator.post("/roster/estate", said)
    made = registry.Place.objects.get(name="新小区")
    assert answer["Location"] == f"/roster/?place={made.id}" and made.kind == "estate"


def test_the_same_file_again_has_nothing_to_take(chen: Client) -> None:
    registry.Residence.objects.all().delete()
    good = ROSTER.splitlines()[0] + "\n" + ROSTER.splitlines()[1] + "\n"
    chen.post(send(chen, good) + "commit", {"gone": "keep"})
    page = chen.get(send(chen, good)).content.decode()
    assert "all of it is in the book already" in page and "Take it into the book" not in page


def test_who_is_gone_is_told_and_noted(chen: Client) -> None:
    address = send(chen)
    shown = chen.get(address + "?show=leaving").content.decode()
    assert "24 people are in the book but not in this file." in shown
    chen.post(address + "commit", {"gone": "moved_out"})
    assert "24 people are noted as moved out." in chen.get(address).content.decode()
