"""A roster on pages: preview, reasons, commit, and nothing written before it was seen."""

import io

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doorstep.command import uploads
from doorstep.command.tests import conftest
from doorstep.kit import clock
from doorstep.registry import models as registry
from doorstep.registry import rosters
from doorstep.registry.tests.block import number
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


def test_what_the_preview_does_not_list_is_said(
    chen: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = send(chen) + "?show=leaving"
    assert "are listed here" not in chen.get(address).content.decode()
    monkeypatch.setattr(rosters, "MOST_SHOWN", 7)
    page = chen.get(send(chen) + "?show=leaving").content.decode()
    assert "24 people are in the book but not in this file." in page
    assert "The first 7 are listed here; all of them are taken." in page


DOSES = """证件号码,姓名,接种时间
{good},王小明,2021-06-20 09:30
100001199001010011,,2021-06-20 09:30
{good},王小明,2021-06-20
"""


def send_doses(client: Client, text: str = "") -> str:
    """Upload a list of vaccinated people; the address it leads to."""
    data = (text or DOSES.format(good=number(1))).encode()
    answer = client.post("/roster/vaccinated", {"list": SimpleUploadedFile("接种.csv", data)})
    assert answer.status_code == 302
    return str(answer["Location"])


@pytest.fixture
def wang(chen: Client) -> str:
    """王小明 with a number of his own; his id."""
    good = ROSTER.splitlines()[0] + f"\n9,1,101,王小明,{number(1)},,户主\n"
    chen.post(send(chen, good) + "commit", {"gone": "keep"})
    return str(registry.Person.objects.get(name="王小明").id)


def test_a_list_of_vaccinated_people_is_seen_before_it_is_taken(chen: Client, wang: str) -> None:
    address = send_doses(chen)
    page = chen.get(address).content.decode()
    assert "Of 3 rows 1 would be noted." in page and "2 rows are not taken." in page
    assert "There is a day and no time." in page
    chinese = conftest.sign_in(street.DUTY_OFFICER, "zh-hans").get(address).content.decode()
    assert "证件号码校验位不符" in chinese and "将登记1条" in chinese
    assert not registry.Standing.objects.filter(subject=wang).exists()
    chen.post(address + "commit")
    held = registry.Standing.objects.get(subject=wang)
    assert held.kind == "vaccinated"
    assert clock.to_moment(held.from_at, "Asia/Shanghai").isoformat() == "2021-06-20T09:30:00+08:00"
    page = chen.get(address).content.decode()
    assert "1 person is noted as vaccinated." in page and "not taken" in page
    assert "would be noted" not in page
    assert not uploads._data_path(address.strip("/").split("/")[-1]).exists()
    assert "Nothing would be noted." in chen.get(send_doses(chen)).content.decode()


def test_refused_rows_of_vaccinated_people_leave_as_a_spreadsheet(chen: Client, wang: str) -> None:
    sheet = b"".join(chen.get(send_doses(chen) + "?as=xlsx"))
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sheet))
    cells = [str(cell) for line in workbook.get_sheet_by_index(0).to_python() for cell in line]
    assert "TIME_MISSING" in cells and "ID_CHECKSUM" in cells and number(1) not in cells


def test_a_list_that_is_none_and_no_list_say_so(chen: Client) -> None:
    page = chen.get(send_doses(chen, ROSTER)).content.decode()
    assert "The list could not be taken." in page and "No line names the columns" in page
    assert chen.post("/roster/vaccinated").status_code == 422
    assert chen.get("/roster/vaccinated").status_code == 302


def test_a_list_is_whose_who_sent_it(chen: Client, wang: str) -> None:
    address = send_doses(chen)
    assert conftest.sign_in(street.STRANGER).get(address).status_code == 403
    assert conftest.sign_in(street.STRANGER).post(address + "commit").status_code == 403
    steward = conftest.sign_in(street.STEWARD)
    file = SimpleUploadedFile("v.csv", DOSES.encode())
    assert steward.post("/roster/vaccinated", {"list": file}).status_code == 403
