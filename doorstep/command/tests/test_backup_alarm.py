"""A backup that is due is an alarm while devices are enrolled; the book's page has the last."""

import pytest
from django.test import Client

from doorstep.command import alarms
from doorstep.command.tests import conftest
from doorstep.kit import clock
from doorstep.ledger import models
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
NONE, OLD = "No backup was verified in another place yet", "The last verified backup is more than"


@pytest.fixture
def phone(estate: None) -> models.Device:
    """A phone that was enrolled an hour longer ago than a backup may be."""
    return models.Device.objects.create(
        id=street.round_id(501), algorithm="ed25519", public_key=b"key", role="registrar",
        place=street.ESTATE, head=b"head", enrolled_at=clock.now() - alarms.BACKUP_DUE - clock.HOUR,
    )  # fmt: skip


def _back_up(ago: int, *, apart: bool = True, epoch: int = 1) -> str:
    """A verified backup of so long ago; its digest."""
    at = clock.now() - ago
    digest = at.to_bytes(32, "big")
    models.Backup.objects.create(
        digest=digest, at=at, epoch=epoch, size=1_234, root=b"root", apart=apart
    )
    return digest.hex()


def test_a_book_without_a_backup_is_an_alarm_after_a_day(
    chen: Client, phone: models.Device
) -> None:
    assert NONE in chen.get("/").content.decode()
    assert "None in another place." in chen.get("/book/").content.decode()
    models.Device.objects.update(enrolled_at=clock.now() - clock.HOUR)
    assert NONE not in chen.get("/").content.decode()


def test_a_backup_in_another_place_ends_it_for_a_day(chen: Client, phone: models.Device) -> None:
    _back_up(clock.HOUR, apart=False)  # on the disk of the book
    _back_up(clock.HOUR * 2, epoch=0)  # from before the book was restored
    assert NONE in chen.get("/").content.decode()
    _back_up(alarms.BACKUP_DUE + clock.MINUTE)
    assert OLD in chen.get("/").content.decode()
    newest = _back_up(alarms.BACKUP_DUE - clock.MINUTE)
    page = chen.get("/").content.decode()
    assert OLD not in page and NONE not in page
    assert "1,234 lines, " in chen.get("/book/").content.decode()
    models.BackupGone.objects.create(
        entry=street.entry_id(1), backup=newest, how="file", at=1, staff=street.CHEN
    )
    assert OLD in chen.get("/").content.decode()


def test_without_devices_nobody_is_alarmed(chen: Client, phone: models.Device) -> None:
    models.Device.objects.update(revoked_at=clock.now())
    assert NONE not in chen.get("/").content.decode()


def test_only_those_who_command_are_told(phone: models.Device) -> None:
    assert NONE not in conftest.sign_in(street.STEWARD).get("/").content.decode()
