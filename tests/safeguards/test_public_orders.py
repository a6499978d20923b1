"""Safeguard: residents see, without a sign-in, what stands in their estate and that its conditions
are met and it is not lifted; and nothing about anybody.
"""

import re
from pathlib import Path

import pytest
from django.test import Client

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.orders import release, shapes, zones
from doorstep.orders.tests import ground
from doorstep.public import orders
from doorstep.registry import models as registry

HIDDEN = "不可见之人"
pytestmark = pytest.mark.django_db


def page(language: str = "en") -> str:
    browser = Client()
    browser.cookies["doorstep_language"] = language
    answer = browser.get("/public/orders")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_measure_and_its_conditions_are_told_and_nothing_about_anybody(
    estate: None, language: str
) -> None:
    assert ground.put_in_force(evidence=[ground.record("infection_found")])
    for model in (registry.Staff, registry.Unit):  # one sign may be any word's
        assert model.objects.update(name=HIDDEN)
    said = page(language)
    name = registry.Place.objects.get(id=ground.ESTATE)
    assert (name.name if language == "zh-hans" else name.english or name.name) in said
    assert said.count('<th scope="row">') >= 1
    assert {"en": "not yet", "zh-hans": "尚未"}[language] in said
    # ids, documents, evidence, buildings, doors, people, those who decided: none of it
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-7", said)
    assert ground.PAPER not in said
    assert HIDDEN not in said
    for (named,) in registry.Place.objects.filter(kind__in=("building", "door")).values_list(
        "name"
    ):
        assert f">{named}<" not in said and f" {named} " not in said, named


def test_met_and_not_lifted_is_said(estate: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.put_in_force(evidence=[ground.record("infection_found")])
    since = clock.now() - clock.DAY
    line = release.Line(shapes.Text(en="14 days without a case", zh="14天无新增"), "met", since,
                        None, 3, 3)  # fmt: skip
    listed = zones.list_zones

    def met(at: int, under: str | None = None) -> list[zones.Zone]:
        return [
            zone._replace(whole=[v._replace(lines=[line], met_since=since) for v in zone.whole])
            for zone in listed(at, under)
        ]

    monkeypatch.setattr(zones, "list_zones", met)
    said = page()
    assert "14 days without a case" in said and "it is not lifted yet" in said
    assert "3 of 3" not in said  # a small count may be a family


def test_nothing_stands_is_said_too(cell: ledger.Cell) -> None:
    assert "No order stands anywhere." in page()


def test_the_page_cannot_reach_anybody() -> None:
    """It is made of orders alone: no roster, no vault, no round, no sample."""
    source = Path(orders.__file__).read_text("utf-8")
    assert not re.search(r"registry|rounds|operations|store|vault|people", source)
