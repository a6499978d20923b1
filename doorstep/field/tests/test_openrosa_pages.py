"""The desk's pages of other field apps, in both languages and within one's own places."""

import base64
import json
import re
import zlib
from typing import Any

import pytest
from django.test import Client

from doorstep.field.models import Account, Submission
from doorstep.field.openrosa import accounts, submissions
from doorstep.field.tests.collect import Collect, fill
from doorstep.ledger import models
from doorstep.operations.sampling.tests import ground
from doorstep.registry import models as registry

JPEG = b"\xff\xd8\xff\xe0" + b"picture"


def sit(staff: Any, language: str = "en") -> Client:
    client = Client(headers={"Accept-Language": language})
    client.force_login(registry.Staff.objects.get(id=staff.id))
    return client


@pytest.fixture
def held(app: Collect, laid: ground.Ground) -> Submission:
    app.send(fill(laid.round, laid.people[:2], version="0"), JPEG, b"<script>alert(1)</script>")
    return Submission.objects.get()


def test_a_new_account_is_shown_once_with_settings_that_work(
    laid: ground.Ground,
) -> None:
    desk = sit(ground.OFFICER)
    assert ground.TABLE in desk.get("/devices/apps/new").content.decode()
    made = desk.post("/devices/apps/new", {"place": ground.TABLE, "person": ground.LI})
    page = made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    account = Account.objects.select_related("device").get()
    password = re.search(r">([2-9a-z]{5}(?:-[2-9a-z]{5}){3})<", page)
    assert password is not None and account.user in page
    assert "https://testserver/field/openrosa<" in page and "<svg" in page
    assert Collect(account.user, password[1]).read("/field/openrosa/formList").status_code == 200
    assert account.device.label.startswith("ODK Collect") and account.person == ground.LI
    assert account.password not in page
    for path in ("/devices/apps/", "/devices/apps/new", f"/devices/{account.device_id}/"):
        assert password[1] not in desk.get(path).content.decode()


def test_the_settings_are_such_as_collect_scans() -> None:
    from doorstep.field.openrosa import pages

    text = pages._settings(accounts.Made("d", "app-x", "secret"), "https://h/field/openrosa", "一")
    said = json.loads(zlib.decompress(base64.b64decode(text)))
    assert said["general"]["server_url"] == "https://h/field/openrosa"
    assert (said["general"]["username"], said["general"]["password"]) == ("app-x", "secret")
    assert said["project"] == {"name": "一"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("form waits for a person", "This version of the form is not known", "To look at")),
        ("zh-hans", ("份表单待人工处理", "本服务器不认识此表单版本", "待处理")),
    ],
)
def test_what_is_held_is_listed_with_its_reason(
    held: Submission, language: str, words: tuple[str, ...]
) -> None:
    desk = sit(ground.OFFICER, language)
    page = desk.get("/devices/apps/").content.decode()
    assert all(word in page for word in words)
    form = desk.get(f"/devices/apps/forms/{held.id}/").content.decode()
    assert words[1] in form and "GC000000018" in form and "person / person_list" in form


def test_a_photo_is_shown_and_what_is_none_is_only_handed_out(held: Submission) -> None:
    desk = sit(ground.OFFICER)
    one, two = (desk.get(f"/devices/apps/forms/{held.id}/photos/{n}") for n in (0, 1))
    assert one.headers["Content-Type"] == "image/jpeg" and one.content == JPEG
    assert two.headers["Content-Type"] == "application/octet-stream"
    assert two.headers["Content-Disposition"] == "attachment"
    assert two.headers["X-Content-Type-Options"] == "nosniff"
    assert desk.get(f"/devices/apps/forms/{held.id}/photos/2").status_code == 404


def test_a_person_settles_it_and_it_stays_kept(held: Submission) -> None:
    desk = sit(ground.OFFICER)
    assert desk.post(f"/devices/apps/forms/{held.id}/settle").status_code == 302
    assert submissions.list_held() == []
    held.refresh_from_db()
    assert held.settled_by == ground.OFFICER.id and held.settled_at is not None
    assert desk.post(f"/devices/apps/forms/{held.id}/settle").status_code == 404
    assert "I have seen to it" not in desk.get(f"/devices/apps/forms/{held.id}/").content.decode()
    assert models.Attachment.objects.filter(digest=held.content_id, destroyed=None).exists()


def test_another_estates_officer_and_a_registrar_see_and_settle_nothing(held: Submission) -> None:
    stranger = sit(ground.STRANGER)
    assert "not known" not in stranger.get("/devices/apps/").content.decode()
    for path in ("", "photos/0"):
        assert stranger.get(f"/devices/apps/forms/{held.id}/{path}").status_code == 404
    assert stranger.post(f"/devices/apps/forms/{held.id}/settle").status_code == 404
    said = {"place": ground.TABLE, "person": ground.LI}
    assert stranger.post("/devices/apps/new", said).status_code == 422
    registrar = sit(ground.REGISTRAR)
    for path in ("", "new", f"forms/{held.id}/"):
        assert registrar.get(f"/devices/apps/{path}").status_code == 403
    assert Account.objects.count() == 1 and len(submissions.list_held()) == 1


def test_the_devices_page_leads_here(laid: ground.Ground) -> None:
    assert "/devices/apps/" in sit(ground.OFFICER).get("/devices/").content.decode()
