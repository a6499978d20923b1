"""Badges: everybody on duty, masked, with the code that the field app reads."""

import pytest
from django.test import Client

from doorstep.command import badges
from doorstep.ledger import store
from doorstep.rounds.tests import street

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


def test_more_than_one_prints_at_once_are_taken_unit_by_unit(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = "0190a0a0-0000-7000-8000-0000000000c1"
    store.insert(
        "registry_unit", ["id", "type", "name", "english", "founded_by", "serves", "sort"],
        [(unit, "gate", "门岗", "Gate", "", street.ESTATE, 1)],
    )  # fmt: skip
    store.update("registry_staff", ["id", "unit"], [(street.LIN, unit)])
    monkeypatch.setattr(badges, "MOST", 2)
    refused = administrator.get("/staff/badges.pdf")
    assert refused.status_code == 409 and "unit by unit" in refused.content.decode()
    assert f"/staff/badges.pdf?unit={unit}" in administrator.get("/units/").content.decode()
    answer = administrator.get("/staff/badges.pdf", {"unit": unit})
    assert answer.status_code == 200 and answer.content[:5] == b"%PDF-"
