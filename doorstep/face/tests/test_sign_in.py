"""Signing in: who may, who must wait, what is never said, and what a session is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.face import accounts
from doorstep.face.tests.conftest import ESTATE, PASSWORD
from doorstep.kit import clock
from doorstep.registry import models as registry

pytestmark = [pytest.mark.django_db, pytest.mark.urls("doorstep.face.tests.addresses")]


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> int:
    return client.post("/sign-in", {"account": "chen", "password": password, **more}).status_code


def test_a_good_password_leads_to_the_page_that_was_wanted(chen: registry.Staff) -> None:
    client = Client()
    sent = client.get("/staff")
    assert sent["Location"] == "/sign-in?next=%2Fstaff"
    answer = client.post("/sign-in", {"account": " chen ", "password": PASSWORD, "next": "/staff"})
    assert answer["Location"] == "/staff" and client.get("/staff").content == b"yes"


def test_a_form_sent_after_the_shift_ended_leads_back_to_the_form(chen: registry.Staff) -> None:
    client = Client()
    sent = client.post("/save", {"a": "1"}, headers={"Referer": "http://testserver/open?x=1"})
    assert sent["Location"] == "/sign-in?next=%2Fopen%3Fx%3D1&unsent=1"
    page = client.get(sent["Location"]).content.decode()
    assert "the form was not sent" in page and 'value="/open?x=1"' in page
    elsewhere = client.post("/save", headers={"Referer": "https://evil.example/open"})
    assert elsewhere["Location"] == "/sign-in?next=%2F&unsent=1"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_it_never_leads_elsewhere(chen: registry.Staff, wanted: str) -> None:
    answer = Client().post("/sign-in", {"account": "chen", "password": PASSWORD, "next": wanted})
    assert answer["Location"] == "/"


def test_nobody_learns_whether_an_account_exists(chen: registry.Staff) -> None:
    wrong = Client().post("/sign-in", {"account": "chen", "password": "x"})
    unknown = Client().post("/sign-in", {"account": "nobody", "password": "x"})
    assert wrong.status_code == unknown.status_code == 422
    said = [a.content.decode().split('role="alert">')[1].split("<")[0] for a in (wrong, unknown)]
    assert said[0] == said[1] and "do not belong together" in said[0]


def test_a_failed_try_writes_nothing_to_the_database(chen: registry.Staff) -> None:
    with CaptureQueriesContext(connection) as captured:
        sign_in(Client(), "wrong")
    assert all(query["sql"].lstrip().upper().startswith("SELECT") for query in captured)


def test_after_five_wrong_tries_the_right_password_waits_too(
    chen: registry.Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    assert [sign_in(client, "wrong") for _ in range(5)] == [422] * 5
    assert sign_in(client) == 429
    # from another address the person herself still gets in
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert sign_in(elsewhere) == 302
    later = clock.now() + accounts.WINDOW + 1
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sign_in(client) == 302


def test_one_address_that_tries_many_accounts_must_wait(chen: registry.Staff) -> None:
    for number in range(accounts.MOST_ADDRESS):
        accounts.note_failure(f"a{number}", "192.0.2.1")
    assert accounts.minutes_to_wait("chen", "192.0.2.1") == 15
    assert accounts.minutes_to_wait("chen", "192.0.2.2") == 0


def test_a_flood_of_names_does_not_fill_the_memory(chen: registry.Staff) -> None:
    for number in range(2 * accounts.MOST_KEYS):
        accounts.note_failure(f"name {number}", f"address {number}")
    assert len(accounts._failures) <= accounts.MOST_KEYS + 3


def test_who_is_off_duty_does_not_sign_in_and_is_put_out(chen: registry.Staff) -> None:
    client = Client()
    assert sign_in(client) == 302
    registry.Staff.objects.update(is_active=False)
    assert client.get("/staff").status_code == 302
    assert sign_in(Client()) == 422


def test_a_role_counts_only_at_its_place(signed_in: Client) -> None:
    other = "0190a0a0-0000-7000-8000-00000000e001"
    assert signed_in.get(f"/places/{ESTATE}").status_code == 200
    assert signed_in.get(f"/places/{other}").status_code == 403


def test_a_polled_part_sends_the_whole_page_to_sign_in(db: None) -> None:
    answer = Client().get("/staff", headers={"HX-Request": "true"})
    assert answer.status_code == 401 and answer["HX-Redirect"] == "/sign-in"


def test_the_password_is_changed_and_other_sessions_end(chen: registry.Staff) -> None:
    here, there = Client(), Client()
    assert sign_in(here) == sign_in(there) == 302
    new = "quite another sentence"
    short = here.post("/password", {"old": PASSWORD, "new": "short", "again": "short"})
    assert short.status_code == 422 and "too short or too common" in short.content.decode()
    wrong = here.post("/password", {"old": "guess", "new": new, "again": new})
    assert wrong.status_code == 422 and "present password" in wrong.content.decode()
    differ = here.post("/password", {"old": PASSWORD, "new": new, "again": new + "x"})
    assert differ.status_code == 422
    assert here.post("/password", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert here.get("/staff").status_code == 200
    assert there.get("/staff").status_code == 302
    assert sign_in(Client(), new) == 302


def test_signing_out_keeps_language_and_theme(signed_in: Client) -> None:
    signed_in.post("/language", {"language": "zh-hans", "next": "/open"})
    signed_in.post("/appearance", {"theme": "night", "next": "/open"})
    signed_in.post("/sign-out")
    assert signed_in.get("/staff").status_code == 302
    page = signed_in.get("/open").content.decode()
    assert '<html lang="zh-Hans" data-theme="night">' in page


def test_an_unknown_language_or_theme_is_not_kept(signed_in: Client) -> None:
    signed_in.post("/language", {"language": "xx"})
    signed_in.post("/appearance", {"theme": '"><script>'})
    assert '<html lang="en">' in signed_in.get("/open").content.decode()
