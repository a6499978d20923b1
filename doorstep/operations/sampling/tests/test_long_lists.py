"""Boxes, tubes and choices of rounds are whole however many rounds there are, and what is late is
late by the rule pack of its own round's area.
"""

import re
from collections.abc import Collection

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import store
from doorstep.operations.sampling import models
from doorstep.operations.sampling.pages import scope
from doorstep.operations.sampling.tests import day, ground
from doorstep.operations.sampling.tests.test_pages import Sit, page_of
from doorstep.orders import queries as orders
from doorstep.rounds import actions as rounds
from doorstep.rounds import rules
from doorstep.rounds.tests import many, street

pytestmark = pytest.mark.usefixtures("cell")
FIRST, SECOND, THIRD = (ground.tube(n) for n in (1, 2, 3))


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    laid = ground.lay_out()
    for tube, at in ((FIRST, 0), (SECOND, 2), (THIRD, 4)):
        day.fill(laid.round, tube, laid.people[at : at + 2], minutes=600)
    return laid


def seal(round_: str, box: str, tube: str, minutes: float) -> None:
    said = {"round": round_, "box": box, "seal": f"SEAL{box}", "tubes": [tube], "count": 1}
    day.post("box.sealed", at=day.ago(minutes), **said)


def listed(page: str) -> list[str]:
    """The boxes or tubes of a page's list, in its order."""
    rows = page[page.index("<tbody") :] if "<tbody" in page else ""
    return list(dict.fromkeys(re.findall(r'href="/sampling/(?:boxes|tubes)/([0-9A-Z]+)"', rows)))


def test_boxes_and_tubes_of_a_round_behind_many_others_are_listed(
    laid: ground.Ground, sit: Sit
) -> None:
    many.copy_round(laid.round, 70, day="2099-01-01", state="closed")
    seal(laid.round, "BOX1", FIRST, 100)
    client = sit(ground.OFFICER)
    assert listed(page_of(client.get("/sampling/boxes"))) == ["BOX1"]
    day.post("box.received", box="BOX1", laboratory=ground.LABORATORY, count=1)
    assert FIRST in listed(page_of(client.get("/sampling/laboratory")))
    shown = page_of(client.get(f"/sampling/tubes?round={laid.round}"))
    assert {FIRST, SECOND, THIRD} <= set(listed(shown))


def test_boxes_are_paged_what_waits_longest_first(laid: ground.Ground, sit: Sit) -> None:
    seal(laid.round, "BOX1", FIRST, 100)
    seal(laid.round, "BOX2", SECOND, 200)
    seal(laid.round, "BOX3", THIRD, 300)
    seal(laid.round, "BOX4", ground.tube(4), 400)
    day.post("box.collected", at=day.ago(90), box="BOX3", seal="SEALBOX3", count=1)
    day.post("box.received", box="BOX4", laboratory=ground.LABORATORY, count=1)
    old = [
        models.Box(box=f"OLD{n:04}", round=laid.round, seal="S", count=1, state="received",
                   sealed_at=n, collected_at=n, received_at=n, balanced=True)
        for n in range(2_100)
    ]  # fmt: skip
    models.Box.objects.bulk_create(old)
    client = sit(ground.OFFICER)
    page = page_of(client.get("/sampling/boxes"))
    assert listed(page)[:5] == ["BOX2", "BOX1", "BOX3", "BOX4", "OLD2099"]
    assert "OLD0000" in listed(page_of(client.get("/sampling/boxes?page=43")))
    assert listed(page_of(client.get("/sampling/boxes?q=OLD1234"))) == ["OLD1234"]
    assert listed(page_of(client.get("/sampling/boxes?state=collected"))) == ["BOX3"]
    with CaptureQueriesContext(connection) as captured:
        client.get("/sampling/boxes")
    assert len(captured) <= 32


def test_what_is_late_is_late_by_the_pack_of_its_own_area(
    laid: ground.Ground, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def allow(places: Collection[str], at: int | None = None) -> dict[str, dict[str, int]]:
        hours = {street.OTHER_ESTATE: 1}
        names = ("collect", "laboratory", "report")
        return {p: dict.fromkeys(names, hours.get(p, 24) * clock.HOUR) for p in places}

    monkeypatch.setattr(orders, "list_deadlines", allow)
    street.add_hut(street.entry_id(900), street.OTHER_ESTATE)
    street.live_in({street.person_id(8, 8, 8): street.entry_id(900)})
    opening = {"round_kind": "sampling", "area": street.OTHER_ESTATE, "day": "2021-06-01"}
    elsewhere = rounds.open_round(ground.STRANGER, **opening)
    for n, (round_, box) in enumerate(((laid.round, "BOX1"), (elsewhere, "BOX2"))):
        tube = ground.tube(n + 20)
        seal(round_, box, tube, 120)
    for box in ("BOX3", "BOX4"):
        seal(laid.round if box == "BOX3" else elsewhere, box, SECOND, 400)
        day.post("box.collected", at=day.ago(90), box=box, seal=f"SEAL{box}", count=1)
    # the seals made the tubes anew: both are two hours at the laboratory
    both = models.Tube.objects.filter(tube__in=[ground.tube(20), ground.tube(21)])
    both.update(state="received", received_at=day.ago(120))
    client = sit(ground.OFFICER)
    sees = [(street.CHEN, "duty_officer", street.OTHER_ESTATE)]
    store.insert("registry_role", ["staff", "role", "place"], sees)
    late = page_of(client.get("/sampling/boxes?look=late"))
    assert set(listed(late)) == {"BOX2", "BOX4"} and '<a href="?look=late">2</a> late' in late
    laboratory = page_of(client.get("/sampling/laboratory"))
    assert "1 of them longer than their rule pack allows" in laboratory


def test_a_choice_of_rounds_has_the_live_ones_and_leads_to_all_others(
    laid: ground.Ground, sit: Sit
) -> None:
    many.copy_round(laid.round, 70, day="2099-01-01", state="closed")
    [old] = many.copy_round(laid.round, 1, day="2020-01-01", state="closed")
    [withdrawn] = many.copy_round(
        laid.round, 1, day="2099-01-02", state="closed", reason=rules.MISTAKE
    )
    client = sit(ground.OFFICER)
    for address in ("/sampling/", "/sampling/tubes"):
        page = page_of(client.get(address))
        offered = set(re.findall(r'<option value="([0-9a-f-]{36})"', page))
        assert laid.round in offered and len(offered) == scope.MOST_OFFERED + 1
        assert old not in offered and withdrawn not in offered
        assert "Not every round is offered above" in page
        assert old in page_of(client.get(f"{address}?day=2020-01-01"))
        chosen = page_of(client.get(f"{address}?round={withdrawn}"))
        assert f'<option value="{withdrawn}" selected' in chosen
