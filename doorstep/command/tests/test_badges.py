"""Badges: everybody on duty, masked, with the code that the field app reads."""

import pytest
from django.test import Client

from doorstep.command import badges

pytestmark = pytest.mark.django_db


def test_a_badge_names_by_id_and_masked_name() -> None:
    badge = badges.Badge("0190a0a0-0000-7000-8000-0000000000b1", "张*", "一队")
    assert badges.code_of(badge) == "doorstep-badge:1:0190a0a0-0000-7000-8000-0000000000b1:张*"


def test_ten_are_on_a_page() -> None:
    badge = badges.Badge("0190a0a0-0000-7000-8000-0000000000b1", "张*", "一队")
    for count, sheets in ((1, 1), (10, 1), (11, 2)):
        assert badges.make_pdf([badge] * count).count(b"/Type /Page\n") == sheets


def test_only_an_administrator_gets_them(client: Client) -> None:
    answer = client.get("/staff/badges.pdf")
    assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"]
