"""Names on sampling's pages: masked where people are looked up, numbers where tubes are carried."""

import pytest

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import store
from doorstep.operations.sampling import actions, models
from doorstep.operations.sampling.tests import ground
from doorstep.operations.sampling.tests.test_actions import open_tube
from doorstep.operations.sampling.tests.test_actions_boxes import fill, send
from doorstep.operations.sampling.tests.test_pages import Sit, act, page_of
from doorstep.rounds.tests import street

pytestmark = pytest.mark.usefixtures("cell")


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    return ground.lay_out()


def test_paper_and_desk_name_nobody_in_full(laid: ground.Ground, sit: Sit) -> None:
    store.upsert("registry_person", ["id", "name", "flags"],
                 [(laid.people[0], "欧阳锋", '["bedridden"]')], ["id"])  # fmt: skip
    client = sit(ground.REGISTRAR)
    listed = page_of(client.get(f"/sampling/doors/{laid.round}?which=outstanding"))
    looked = page_of(act(client, laid, "read", text="1-101"))
    form = {"round": laid.round, "tube": ground.tube(3), "day": "2021-06-21", "lines": "1-101",
            "act": "check"}  # fmt: skip
    typed = page_of(client.post(f"/sampling/paper/{ground.TABLE}", form))
    for page in (listed, looked, typed):
        assert "欧*" in page and "欧阳锋" not in page


def test_who_carries_or_tests_a_tube_sees_numbers_for_people(laid: ground.Ground, sit: Sit) -> None:
    tube = fill(laid, 1, *laid.people[:2])
    swab = models.Sample.objects.get(person=laid.people[0])
    actions.unsample(ground.REGISTRAR, entry=str(swab.entry))
    send(laid, "BOX1", tube)
    for staff in (ground.COURIER, ground.ANALYST):
        page = page_of(sit(staff).get(f"/sampling/tubes/{tube}"))
        assert "王" not in page and "1座" not in page
        # one was taken back: the same number twice
        assert sorted(page.count(f"Person {n}") for n in (1, 2)) == [1, 2]
    page = page_of(sit(ground.REGISTRAR).get(f"/sampling/tubes/{tube}"))
    assert "王* 1座 1单元 101" in page and "Person 1" not in page


def test_somebody_excused_since_the_list_was_drawn_is_asked_for_again(
    laid: ground.Ground, sit: Sit
) -> None:
    street.give_standing(laid.people[0], "vaccinated", clock.now() - clock.HOUR)
    tube = open_tube(laid, 1)
    client = sit(ground.REGISTRAR)
    answer = act(client, laid, "pick", tube=tube, person=laid.people[0])
    assert answer.status_code == 409
    assert "excused from sampling at this time" in page_of(answer)
    assert "Sample anyway" in page_of(answer) and not models.Sample.objects.exists()
    answer = act(client, laid, "pick", tube=tube, person=laid.people[0], anyway="1")
    assert answer.status_code == 200 and models.Sample.objects.count() == 1
