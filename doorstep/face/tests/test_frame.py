"""What goes with every page: headers, refusals in the reader's language, navigation by role."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from doorstep.face import frame, middleware
from doorstep.face.tests.conftest import ESTATE

pytestmark = [pytest.mark.django_db, pytest.mark.urls("doorstep.face.tests.addresses")]
TEMPLATES = Path(settings.ROOT) / "doorstep"


@pytest.fixture
def navigation() -> Iterator[None]:
    """A navigation of two items, one for administrators."""
    before = list(frame._items)
    frame.install([
        frame.Item("face:password", "For all"),
        frame.Item("face:style", "For administrators", ("administrator",)),
    ])  # fmt: skip
    yield
    frame.install(before)


def test_the_policy_allows_no_inline_script_and_no_other_host(signed_in: Client) -> None:
    answer = signed_in.get("/open")
    policy = answer["Content-Security-Policy"]
    assert policy == middleware.POLICY
    assert "unsafe-inline" not in policy and "http" not in policy and "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, no-cache"


def test_no_template_has_what_the_policy_forbids() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+=|\shx-on|javascript:")
    found = [
        f"{path.name}: {match[0]}"
        for path in TEMPLATES.rglob("templates/**/*.html")
        for match in inline.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_cookies_are_secure_over_https(chen: object) -> None:
    answer = Client().get("/sign-in", secure=True)
    assert answer.cookies["csrftoken"]["secure"] and answer.cookies["csrftoken"]["httponly"]
    assert "max-age=31536000" in answer["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("code", "status"),
    [("ROUND_EXISTS", 409), ("NOT_YOURS", 403), ("NOT_FOUND", 404), ("REQUEST_INVALID", 422)],
)
def test_a_refusal_is_a_page_with_its_code(signed_in: Client, code: str, status: int) -> None:
    answer = signed_in.get(f"/refuse/{code}")
    page = answer.content.decode()
    assert answer.status_code == status and code in page and "Nothing was changed." in page


def test_a_refusal_speaks_the_readers_language_and_tells_its_facts(signed_in: Client) -> None:
    assert (
        "already open here on 2021-06-21" in signed_in.get("/refuse/ROUND_EXISTS").content.decode()
    )
    signed_in.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    assert (
        "此处2021-06-21的同类任务轮次尚未关闭"
        in signed_in.get("/refuse/ROUND_EXISTS").content.decode()
    )


def test_htmx_gets_the_refusal_alone(signed_in: Client) -> None:
    answer = signed_in.get("/refuse/ROUND_EXISTS", headers={"HX-Request": "true"})
    assert answer.status_code == 409 and b"<html" not in answer.content
    assert b'role="alert"' in answer.content


def test_a_fact_is_never_markup(signed_in: Client) -> None:
    page = signed_in.get("/refuse/ROUND_EXISTS?kept=<script>x</script>").content.decode()
    assert "<script>x" not in page and "&lt;script&gt;x" in page


def test_going_back_leads_only_to_our_own_pages(signed_in: Client) -> None:
    ours = signed_in.get("/refuse/NOT_FOUND", headers={"Referer": "http://testserver/staff"})
    assert 'href="/staff"' in ours.content.decode()
    theirs = signed_in.get("/refuse/NOT_FOUND", headers={"Referer": "https://evil.example/"})
    assert "evil" not in theirs.content.decode()


def test_a_failure_says_nothing_of_the_inside(chen: object) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/fail")
    page = answer.content.decode()
    assert answer.status_code == 500 and "192.0.2.7" not in page and "RuntimeError" not in page
    assert "Everything acknowledged before is kept." in page


def test_a_missing_page_is_in_the_frame(signed_in: Client) -> None:
    answer = signed_in.get("/nowhere")
    assert answer.status_code == 404 and "There is no such page" in answer.content.decode()


def test_a_form_from_elsewhere_is_not_taken(chen: object) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in", {"account": "chen", "password": "x"})
    assert answer.status_code == 403 and "too old to be sent" in answer.content.decode()


def test_the_navigation_shows_what_one_may_do(signed_in: Client, navigation: None) -> None:
    page = signed_in.get("/open").content.decode()
    assert "For all" in page and "For administrators" not in page
    assert ESTATE not in page


def test_the_style_page_is_for_administrators(signed_in: Client) -> None:
    assert signed_in.get("/face").status_code == 403


def test_the_address_of_an_act_opened_in_a_browser_is_a_page_with_a_way_back(
    signed_in: Client,
) -> None:
    asked = {"Accept": "text/html,*/*;q=0.8", "Referer": "http://testserver/staff"}
    answer = signed_in.get("/act", headers=asked)
    page = answer.content.decode()
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert "it is no page to open" in page and 'href="/staff"' in page
    # a program gets what it always got
    assert signed_in.get("/act", headers={"Accept": "*/*"}).content == b""


def test_a_refusal_says_once_that_nothing_was_changed(signed_in: Client) -> None:
    page = signed_in.get("/refuse/NOT_YOURS").content.decode()
    assert page.count("Nothing was changed.") == 1 and "ask your administrator" in page


def test_static_files_go_compressed_and_are_known_again(chen: object) -> None:
    client, path = Client(headers={"Accept-Encoding": "gzip"}), "/static/face/face.css"
    plain = Client().get(path)
    packed = client.get(path)
    assert "Content-Encoding" not in plain and packed["Content-Encoding"] == "gzip"
    body, whole = packed.getvalue(), plain.getvalue()
    assert gzip.decompress(body) == whole and len(body) < len(whole) / 2
    assert "Accept-Encoding" in packed["Vary"]
    again = client.get(path, headers={"If-None-Match": packed["ETag"]})
    assert (again.status_code, again.getvalue()) == (304, b"")
    assert "Content-Encoding" not in client.head(path)


def test_a_page_goes_as_it_is(signed_in: Client) -> None:
    page = signed_in.get("/open", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page and len(page.content) > 1000
