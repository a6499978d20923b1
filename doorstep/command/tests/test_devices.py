"""Devices: what is said of them, a code that is shown once, revoking, and lines kept aside."""

import json
from hashlib import sha256

import pytest
from django.test import Client

from doorstep.command import devices
from doorstep.command.tests import conftest
from doorstep.kit import clock
from doorstep.ledger import desk, models, replay, revocations
from doorstep.registry import models as registry
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
DEVICE = street.round_id(501)


@pytest.fixture
def phone(estate: None) -> models.Device:
    """An enrolled phone that wrote twelve lines a minute ago."""
    return models.Device.objects.create(
        id=DEVICE, algorithm="ed25519", public_key=b"key", role="registrar", place=street.ESTATE,
        label="Table 7", enrolled_at=clock.now(), head=b"head", through=12,
        seen_at=clock.now() - clock.MINUTE, clock_offset=0,
    )  # fmt: skip


def test_the_state_is_the_gravest(phone: models.Device) -> None:
    now = clock.now()
    assert devices.state_of(phone, now) == "well"
    assert devices.state_of(phone, now + clock.HOUR) == "silent"
    phone.clock_offset = -24 * clock.HOUR
    assert devices.state_of(phone, now) == "off"
    phone.revoked_at = now
    assert devices.state_of(phone, now) == "revoked"


def test_the_list_says_who_and_when_but_not_the_desk(chen: Client, phone: models.Device) -> None:
    models.Assignment.objects.create(device=phone, person=street.LIN, from_at=0)
    desk.post(street.CHEN, [{"kind": "person.added", "person": street.person_id(9, 9, 9)}])
    page = chen.get("/devices/").content.decode()
    assert "1 device writes for this book" in page
    assert "Table 7" in page and "林" in page and "1 min ago" in page and "Desk" not in page


def test_the_list_says_how_much_a_device_had_not_sent(chen: Client, phone: models.Device) -> None:
    def row() -> str:
        return chen.get("/devices/").content.decode().split("<tbody>")[1].split("</tbody>")[0]

    assert 'data-name="Unsent"></td>' in row().replace("\n", "")
    models.Device.objects.filter(id=DEVICE).update(written=1_512)
    assert ">1,500<" in row()
    assert "<dd>1,500</dd>" in chen.get(f"/devices/{DEVICE}/").content.decode()
    models.Device.objects.filter(id=DEVICE).update(written=12)
    assert 'data-name="Unsent">0</td>' in row()


def test_a_code_is_shown_once_and_enrols_for_the_place(chen: Client) -> None:
    answer = chen.post(
        "/devices/new",
        {"role": "registrar", "place": street.ESTATE, "label": "A", "people": [street.LIN]},
    )
    page = answer.content.decode()
    assert "<svg" in page and "works once" in page and "no-store" in answer["Cache-Control"]
    made = models.Enrolment.objects.get()
    assert (made.role, made.place, made.people) == ("registrar", street.ESTATE, [street.LIN])


def test_no_code_for_elsewhere_or_for_another_role(chen: Client) -> None:
    said = {"role": "registrar", "place": street.OTHER_ESTATE}
    assert chen.post("/devices/new", said).status_code == 403
    said = {"role": "administrator", "place": street.ESTATE}
    assert chen.post("/devices/new", said).status_code == 422
    assert not models.Enrolment.objects.exists()


def test_a_laboratorys_device_stands_at_its_laboratory(chen: Client) -> None:
    """So nobody who enrols one lets it speak for all laboratories."""
    unit = registry.Unit.objects.create(id=street.round_id(78), type="laboratory", name="检测所")
    assert "检测所" in chen.get("/devices/new").content.decode()
    for role, place in (("laboratory", street.ESTATE), ("registrar", unit.id)):
        refused = chen.post("/devices/new", {"role": role, "place": place})
        assert refused.status_code == 422 and "stands at its laboratory" in refused.content.decode()
    elsewhere = conftest.sign_in(street.STRANGER)
    assert "检测所" not in elsewhere.get("/devices/new").content.decode()
    said = {"role": "laboratory", "place": unit.id}
    assert elsewhere.post("/devices/new", said).status_code == 422
    assert not models.Enrolment.objects.exists()
    assert "works once" in chen.post("/devices/new", said).content.decode()
    assert models.Enrolment.objects.get().place == unit.id


def test_revoking_tells_what_it_does_and_does_it(chen: Client, phone: models.Device) -> None:
    page = chen.get(f"/devices/{DEVICE}/").content.decode()
    assert "Its 12 lines stay in the book" in page
    for said in ({}, {"reason": "no reason"}):  # who revokes says why
        refused = chen.post(f"/devices/{DEVICE}/revoke", said)
        assert refused.status_code == 409 and "Say why" in refused.content.decode()
    phone.refresh_from_db()
    assert phone.revoked_at is None and revocations.find(DEVICE) is None
    chen.post(f"/devices/{DEVICE}/revoke", {"reason": "stolen"})
    phone.refresh_from_db()
    assert phone.revoked_at is not None
    found = revocations.find(DEVICE)
    assert found is not None and (found.staff, found.reason) == (street.CHEN, "stolen")
    page = chen.get(f"/devices/{DEVICE}/").content.decode()
    assert "was revoked" in page and "It was stolen" in page
    line = chen.get("/book/line", {"line": found.entry}).content.decode()
    assert "device.revoked" in line and DEVICE in line
    assert "ledger_revocation" not in replay.replay()["different"]
    models.Revocation.objects.update(reason="lost")
    assert "ledger_revocation" in replay.replay()["different"]


def test_somebody_else_may_be_assigned(chen: Client, phone: models.Device) -> None:
    chen.post(f"/devices/{DEVICE}/assign", {"person": street.LIN})
    assert models.Assignment.objects.get().person == street.LIN
    nobody = chen.post(f"/devices/{DEVICE}/assign", {"person": street.ESTATE})
    assert nobody.status_code == 404


def test_somebody_may_be_taken_off_again(chen: Client, phone: models.Device) -> None:
    chen.post(f"/devices/{DEVICE}/assign", {"person": street.LIN})
    assert "Take off" in chen.get(f"/devices/{DEVICE}/").content.decode()
    chen.post(f"/devices/{DEVICE}/unassign", {"person": street.LIN})
    assert models.Assignment.objects.get().until_at is not None
    assert "Take off" not in chen.get(f"/devices/{DEVICE}/").content.decode()
    again = chen.post(f"/devices/{DEVICE}/unassign", {"person": street.LIN})
    assert again.status_code == 404


def test_others_may_not(phone: models.Device) -> None:
    lin, zhao = conftest.sign_in(street.STEWARD), conftest.sign_in(street.STRANGER)
    assert lin.get("/devices/").status_code == 403
    assert zhao.post(f"/devices/{DEVICE}/revoke", {"reason": "lost"}).status_code == 403
    assert zhao.post(f"/devices/{DEVICE}/unassign", {"person": street.LIN}).status_code == 403


def test_lines_kept_aside_can_be_read(chen: Client, phone: models.Device) -> None:
    models.AsideLine.objects.create(
        device=phone, number=13, content=b'{"kind":"visit.made"}', received_at=clock.now()
    )
    page = chen.get("/devices/aside").content.decode()
    assert "1 line of a revoked device is kept aside." in page and "visit.made" in page


def test_lines_kept_aside_are_read_only_with_a_role_where_they_were_written(
    chen: Client, phone: models.Device
) -> None:
    entry = {"id": street.entry_id(1), "kind": "visit.made", "v": 1, "by": street.LIN,
             "at": "2021-06-21T08:31:00+08:00", "place": street.building_id(1)}  # fmt: skip
    content = json.dumps(entry).encode()
    models.AsideLine.objects.create(device=phone, number=13, content=content, received_at=1)
    zhao = conftest.sign_in(street.STRANGER)
    digest = sha256(content).hexdigest()
    assert digest not in zhao.get("/devices/aside").content.decode()  # it stands elsewhere
    assert "kept aside" not in zhao.get("/devices/").content.decode()
    models.Device.objects.filter(id=DEVICE).update(place=street.OTHER_ESTATE)
    for query in ("", "?as=print"):
        assert street.entry_id(1) in chen.get(f"/devices/aside{query}").content.decode()
        page = zhao.get(f"/devices/aside{query}").content.decode()
        assert street.entry_id(1) not in page and digest in page


def test_a_device_of_a_laboratory_is_revoked_by_whoever_commands_at_the_top(
    chen: Client, phone: models.Device
) -> None:
    """It stands at a unit, which is no place: a lost one must not be nobody's to revoke."""
    unit = registry.Unit.objects.create(id=street.round_id(77), type="laboratory", name="检测所")
    models.Device.objects.filter(id=DEVICE).update(place=unit.id)
    assert unit.name in chen.get("/devices/").content.decode()
    assert unit.name in chen.get(f"/devices/{DEVICE}/").content.decode()
    assert (
        conftest.sign_in(street.STRANGER)
        .post(f"/devices/{DEVICE}/revoke", {"reason": "lost"})
        .status_code
        == 403
    )
    chen.post(f"/devices/{DEVICE}/revoke", {"reason": "lost"})  # the estate is the top of this tree
    phone.refresh_from_db()
    assert phone.revoked_at is not None


def test_nobody_is_shown_a_button_that_is_refused(phone: models.Device) -> None:
    registry.Role.objects.filter(staff=street.ZHAO).delete()
    registry.Role.objects.create(staff=street.ZHAO, role="inspector", place=street.ESTATE)
    page = conftest.sign_in(street.STRANGER).get(f"/devices/{DEVICE}/").content.decode()
    assert "Table 7" in page and "revoke-title" not in page


def test_pushes_are_told_in_the_time_of_the_place(chen: Client, phone: models.Device) -> None:
    for first, count, sent in ((1, 3, "2021-06-21T09:44:28.006132+00:00"), (4, 1, "yesterday")):
        models.Push.objects.create(
            device=phone, first=first, count=count, previous=b"", head=b"", sent=sent,
            signature=b"", received_at=clock.now(),
        )  # fmt: skip
    page = chen.get(f"/devices/{DEVICE}/").content.decode()
    assert "1–3" in page and "17:44" in page and "yesterday" in page
