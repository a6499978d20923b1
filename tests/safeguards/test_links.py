"""Safeguard: a page leads nobody to a page that refuses them. Each role follows every link and
alarm of the first page, of the rounds and of sampling, on a day with late tubes, lines to settle, a
positive tube and accepted plans.
"""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse

from doorstep.kit import clock
from doorstep.ledger import models, store
from doorstep.operations.sampling import reconciliation
from doorstep.operations.sampling.tests import day, ground
from doorstep.registry import models as registry
from doorstep.rounds import actions as rounds
from doorstep.rounds import wall
from doorstep.rounds.tests import street
from tests import kept_plan

pytestmark = pytest.mark.django_db

SUN = "0190a0a0-0000-7000-8000-00000000d0f1"
# Who looks, where their role is. Who is at a table or in a building has no role in the estate.
PLACES = {
    "administrator": street.ESTATE,
    "duty_officer": street.ESTATE,
    "approver": street.ESTATE,
    "registrar": street.ESTATE,
    "registrar of a table": ground.TABLE,
    "steward": street.ESTATE,
    "steward of a building": street.building_id(1),
    "courier": street.ESTATE,
    "laboratory": street.ESTATE,
    "inspector": street.ESTATE,
}


class Links(HTMLParser):
    """The addresses that a page leads to or asks for by itself."""

    def __init__(self, page: str, text: str) -> None:
        super().__init__()
        self.page, self.found = page, set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in ("data-poll", "data-curve") or (tag, name) == ("a", "href")):
                self.found.add(urljoin(self.page, value).split("#")[0])


@pytest.fixture
def lived(cell: models.Cell) -> list[str]:
    """Pages to begin at."""
    wall._layouts.clear()
    laid = ground.lay_out(doors=2, people=2)
    today = clock.day_of(clock.now(), "Asia/Shanghai")
    stranger = street.person_id(9, 9, 9)  # on no roster
    day.fill(laid.round, "GC000001", [*laid.people[:2], stranger])  # too long without a courier
    day.fill(laid.round, "GC000002", laid.people[1:3])  # and somebody twice: to settle
    day.ship(laid.round, "BOX00001", ["GC000002"])
    day.report("GC000002", "positive", minutes=20)
    recheck = rounds.open_recheck(
        street.CHEN, parent=laid.round, people=laid.people[2:3], round_kind="sampling_recheck"
    )
    kept_plan.leave(street.DUTY_OFFICER, street.ESTATE, day=today)
    registry.Staff.objects.create(id=SUN, name="孙", account="sun", password="!")
    found = [reverse("command:finding", args=[laid.round, c.key]) for c in reconciliation.CHECKS]
    subject = reverse("command:subject", args=[laid.round, laid.people[0]])
    pages = [reverse("command:round", args=[each]) for each in (laid.round, recheck)]
    extra = reverse("command:extra", args=[laid.round])
    tubes = [reverse("sampling:tube", args=[each]) for each in ("GC000001", "GC000002")]
    return ["/", *pages, reverse("sampling:home"), subject, extra, *tubes, *found]


@pytest.mark.parametrize("who", PLACES)
def test_no_link_leads_to_a_refusal(lived: list[str], who: str) -> None:
    role = who.split(" ")[0]
    store.insert("registry_role", ["staff", "role", "place"], [(SUN, role, PLACES[who])])
    client = Client()
    client.force_login(registry.Staff.objects.get(id=SUN))
    followed: dict[str, int] = {}
    for page in lived:
        answer = client.get(page, follow=True)
        if answer.status_code == 403:  # not theirs, and nothing led there
            continue
        assert answer.status_code == 200, page
        for address in Links(page, answer.content.decode()).found - followed.keys():
            if address.startswith("/"):
                followed[address] = client.get(address).status_code
    assert {address for address, status in followed.items() if status >= 400} == set()
    assert len(followed) > 10
    # the test has eyes: who may settle and who reads tubes is led there, the others are not
    asked = " ".join(followed)
    assert ("/sampling/review" in asked) == (role in ("administrator", "duty_officer"))
    assert bool(re.search(r"/sampling/tubes\?", asked)) == (role != "steward")
    planners = ("administrator", "duty_officer", "approver", "inspector")
    assert ("/plans/kept/" in asked) == (role in planners)


def test_a_steward_sees_late_tubes_without_a_link(lived: list[str]) -> None:
    client = Client()
    registry.Staff.objects.filter(id=street.LIN).delete()
    registry.Staff.objects.create(id=street.LIN, name="林", account="lin", password="!")
    client.force_login(registry.Staff.objects.get(id=street.LIN))
    client.cookies["doorstep_language"] = "en"
    for page in lived[:2]:
        text = client.get(page).content.decode()
        assert "1 tube is too long waiting for a courier" in text
        assert "late=collect" not in text
    assert "settle" not in client.get("/").content.decode()
