"""The review list shows whatever a person has to look at, also what no rule of sampling says."""

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.ledger import models as ledger
from doorstep.operations.sampling import models
from doorstep.operations.sampling.tests import day, ground
from doorstep.operations.sampling.tests.test_pages import Sit, page_of
from tests.stranger import Phone, line

THING = "0190a0a0-0000-7000-8000-0000000000cc"


def test_the_review_list_asks_as_much_for_many_as_for_few(cell: ledger.Cell, sit: Sit) -> None:
    laid = ground.lay_out()
    client = sit(ground.OFFICER)
    spent: list[int] = []
    for some in (laid.people[:2], laid.people[2:9]):
        for n, person in enumerate(some):
            for tube in (1, 2):
                day.fill(laid.round, f"TWICE{len(spent)}{n}{tube}", [person])
        with CaptureQueriesContext(connection) as captured:
            listed = page_of(client.get("/sampling/review"))
        spent.append(len(captured))
        assert len(set(re.findall(r"/sampling/review/([0-9a-f-]{36})", listed))) == (
            2 if len(spent) == 1 else 9
        )
    assert spent[0] == spent[1]


def test_an_id_used_for_two_lines_is_looked_at_and_then_gone(cell: ledger.Cell, sit: Sit) -> None:
    laid = ground.lay_out()
    said = {"round": laid.round, "person": laid.people[0], "by": ground.REGISTRAR.id, "id": THING}
    for tube in (1, 2):
        phone = Phone(people=(ground.REGISTRAR.id,))
        assert phone.push([line(tube=ground.tube(tube), **said)]).status_code == 200
    client = sit(ground.OFFICER)
    listed = page_of(client.get("/sampling/review"))
    assert re.findall(r"/sampling/review/([0-9a-f-]{36})", listed)[:1] == [THING]
    assert "One id for two lines" in listed
    assert "neither counts" in page_of(client.get(f"/sampling/review/{THING}"))
    settled = client.post(f"/sampling/review/{THING}", {"entries": [THING], "stands": []})
    assert settled.status_code == 302
    assert "Nothing waits" in page_of(client.get("/sampling/review"))
    assert not models.Sample.objects.filter(entry=THING).exists()
