"""What is no form, and who has no account: refused in plain words, and nothing is kept."""

import base64
import io

import pytest

from doorstep.field import api
from doorstep.field.models import Account, Submission
from doorstep.field.openrosa import accounts
from doorstep.field.tests.collect import (
    Collect,
    device_of,
    fill,
    pack,
    told,
)
from doorstep.ledger import devices, models, refusals
from doorstep.operations.sampling import models as state
from doorstep.operations.sampling.tests import ground
from doorstep.rounds.tests import street

NESTED = b"<a>" * 100 + b"</a>" * 100
BOMB = (
    b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">'
    b'<!ENTITY z "&y;&y;&y;&y;&y;&y;&y;&y;">]><a>&z;&z;&z;&z;</a>'
)


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"\0", b"no xml", b"<a>", NESTED, BOMB, b"\xff\xfe<\0a\0", b"<a/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="rot13"?><a/>',
        b"<a>" + b"<b/>" * 20_001 + b"</a>",
        b"<a><meta><instanceID>" + b"i" * 250 + b"</instanceID></meta></a>",
        b"<a><meta><instanceID>uuid:1\0</instanceID></meta></a>",
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused_in_plain_words(
    app: Collect, laid: ground.Ground, xml: bytes
) -> None:
    answer = app.send(xml)
    assert answer.status_code == 400 and "Nothing is kept" in told(answer)
    assert "手机" in told(answer) and answer.headers["X-OpenRosa-Version"] == "1.0"
    assert not Submission.objects.exists() and not models.Attachment.objects.exists()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name="),
        ("multipart/form-data; boundary=\xff", b"x"),
        ("text/xml", b"<a/>"),
        ("", b"\0\0"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n" * 3_000),
    ],
)
def test_what_is_not_in_parts_is_refused(
    app: Collect, laid: ground.Ground, kind: str, body: bytes
) -> None:
    app.read("/field/openrosa/formList")
    empty = {} if body else {"wsgi.input": io.BytesIO()}
    answer = app.ask("POST", "/field/openrosa/submission", body, kind, **empty)
    assert answer.status_code == 400 and told(answer)


def test_two_forms_in_one_body_are_refused(app: Collect, laid: ground.Ground) -> None:
    parts = [("xml_submission_file", "a.xml", "text/xml", fill(laid.round, laid.people[n : n + 1]))
             for n in (0, 1)]  # fmt: skip
    app.read("/field/openrosa/formList")
    body, kind = pack(parts)
    assert app.ask("POST", "/field/openrosa/submission", body, kind).status_code == 400


def test_what_is_too_large_is_told_so_before_it_is_read(app: Collect, laid: ground.Ground) -> None:
    xml = fill(laid.round, laid.people[:1])
    app.read("/field/openrosa/formList")
    assert app.post(xml, b"x" * (5 << 20)).status_code == 413
    assert app.post(xml[:-7] + b" " * (300 << 10) + b"</data>").status_code == 413
    assert not Submission.objects.exists()


def test_an_account_that_is_full_keeps_the_rest_on_the_phone(
    app: Collect, laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_ATTACHMENTS", 1)
    one, two = (fill(laid.round, laid.people[n : n + 1], tube=f"GC00000{n}") for n in (1, 2))
    assert app.send(one).status_code == 201
    full = app.send(two)
    assert full.status_code == 507 and "no room" in told(full)
    assert app.send(one).status_code == 201 and state.Sample.objects.count() == 1


def test_plain_http_gets_no_challenge_and_no_answer(app: Collect, laid: ground.Ground) -> None:
    app.answers_challenges = False
    for method, path in (("GET", "formList"), ("HEAD", "submission"), ("POST", "submission")):
        answer = app.ask(method, f"/field/openrosa/{path}", secure=False)
        assert answer.status_code == 403 and "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !", "Basic " + "QQ==" * 400, "Bearer QQ==", "Basic /w==",
     "Basic " + base64.b64encode(b"no colon").decode(),
     "Basic " + base64.b64encode(b"a\0:b").decode(),
     "Basic " + base64.b64encode("管:密".encode()).decode()],
)  # fmt: skip
def test_no_account_no_form(app: Collect, laid: ground.Ground, header: str) -> None:
    answer = app.http.get(
        "/field/openrosa/formList", secure=True, headers={"Authorization": header}
    )
    assert answer.status_code == 401 and told(answer) == (
        "User and password are not right. 用户名或密码不正确。"
    )


def test_guessing_is_slowed_down_for_the_guessed_account_alone(
    app: Collect, laid: ground.Ground
) -> None:
    user = base64.b64decode(app.basic.split()[1]).decode().split(":")[0]
    guess = Collect(user, "wrong")
    guess.answers_challenges = False
    tries = [guess.read("/field/openrosa/formList").status_code for _ in range(6)]
    assert tries == [401] * 5 + [429]
    assert app.read("/field/openrosa/formList").status_code == 429  # the right one waits, too
    made = accounts.make_account(table=ground.TABLE, person=ground.LI)
    assert Collect(made.user, made.password).read("/field/openrosa/formList").status_code == 200


def test_a_password_is_kept_as_its_hash_alone_and_a_new_one_ends_the_old(
    app: Collect, laid: ground.Ground
) -> None:
    password = base64.b64decode(app.basic.split()[1]).decode().split(":")[1]
    row = Account.objects.get()
    assert row.password.startswith("argon2$argon2id$") and password not in row.password
    assert app.read("/field/openrosa/formList").status_code == 200  # is remembered now
    other = accounts.make_account(table=ground.TABLE, person=ground.LI)
    changed = Account.objects.get(user=other.user).password
    Account.objects.filter(user=row.user).update(password=changed)
    assert app.read("/field/openrosa/formList").status_code == 401


def test_a_revoked_account_keeps_its_forms_and_a_new_one_sends_them(
    app: Collect, laid: ground.Ground
) -> None:
    xml = fill(laid.round, laid.people[:1])
    app.read("/field/openrosa/formList")
    devices.revoke(device_of(app).id)
    answer = app.post(xml)
    assert answer.status_code == 403 and "new account" in told(answer)
    assert not Submission.objects.exists()
    made = accounts.make_account(table=ground.TABLE, person=ground.LI)
    assert Collect(made.user, made.password).send(xml).status_code == 201


def test_an_account_is_made_at_a_table_and_nowhere_else(laid: ground.Ground) -> None:
    for place in (street.ESTATE, "nowhere"):
        with pytest.raises(refusals.Refused, match="NOT_FOUND"):
            accounts.make_account(table=place, person=ground.LI)
    assert not Account.objects.exists()


def test_other_methods_are_refused(app: Collect, laid: ground.Ground) -> None:
    app.read("/field/openrosa/formList")
    assert app.ask("PUT", "/field/openrosa/submission").status_code == 405
    assert app.ask("POST", "/field/openrosa/formList").status_code == 405
