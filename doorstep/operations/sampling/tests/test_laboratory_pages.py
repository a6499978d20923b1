"""The laboratory's page: a result typed this very minute, a box whose receipt nobody wrote down."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.operations.sampling import models
from doorstep.operations.sampling.tests import ground
from doorstep.operations.sampling.tests.test_actions_boxes import fill, seal, send
from doorstep.operations.sampling.tests.test_pages import Sit, page_of

pytestmark = pytest.mark.usefixtures("cell")
ENTER = "/sampling/laboratory/enter"


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    return ground.lay_out()


def typed(tube: str) -> dict[str, Any]:
    local = clock.to_moment(clock.now(), "Asia/Shanghai").strftime("%Y-%m-%dT%H:%M")
    said = {"tube": tube, "outcome": "negative", "tested_at": local, "reported_at": local}
    return {**said, "laboratory": ground.LABORATORY}


def test_this_very_minute_is_not_before_the_swab(laid: ground.Ground, sit: Sit) -> None:
    """A form knows minutes, a swab seconds: the result of a tube just filled holds for it."""
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    client = sit(ground.ANALYST)
    form = typed(tube)
    assert client.post(ENTER, form).status_code == 302
    found = models.Tube.objects.get(tube=tube)
    assert (found.outcome, found.people) == ("negative", 1)
    answer = client.post(ENTER, form)  # pressed twice
    assert answer.status_code == 409 and "has this result already" in page_of(answer)
    assert models.Result.objects.count() == 1


def test_a_result_without_a_receipt_names_the_box_everywhere(laid: ground.Ground, sit: Sit) -> None:
    tube = fill(laid, 1, laid.people[0])
    seal(laid, "BOX1", tube)
    client = sit(ground.ANALYST)
    assert client.post(ENTER, typed(tube)).status_code == 302
    assert models.Tube.objects.get(tube=tube).outcome == "negative"
    assert "no receipt of box BOX1" in page_of(client.get("/sampling/laboratory"))
    assert "no receipt of its box" in page_of(client.get(f"/sampling/tubes/{tube}"))
    assert "no receipt of the box" in page_of(client.get("/sampling/boxes/BOX1"))
    client = sit(ground.COURIER)
    assert "BOX1" in page_of(client.get("/sampling/boxes?look=early"))
    client = sit(ground.ANALYST)
    received = {"act": "receive", "laboratory": ground.LABORATORY, "count": "1"}
    assert client.post("/sampling/boxes/BOX1/act", received).status_code == 302
    assert "no receipt" not in page_of(client.get("/sampling/boxes/BOX1"))
    assert "BOX1" not in page_of(client.get("/sampling/boxes?look=early"))


def test_a_received_box_is_only_diverted_to_another_laboratory(
    laid: ground.Ground, sit: Sit
) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    page = page_of(sit(ground.OFFICER).get("/sampling/boxes/BOX1"))
    form = page[page.index('value="receive"') : page.index("Receive the box there")]
    assert ground.SECOND_LABORATORY in form and ground.LABORATORY not in form


@pytest.mark.parametrize("begins", [b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")])
def test_a_workbook_is_told_apart_from_a_damaged_file(
    laid: ground.Ground, sit: Sit, begins: bytes
) -> None:
    client = sit(ground.ANALYST)
    file = SimpleUploadedFile("results.xls", begins + bytes(1_528))
    upload = client.post("/sampling/laboratory/files", {"file": file, "laboratory": ""})
    shown = page_of(client.get(upload["Location"]))
    assert "Excel workbook" in shown and "Nothing of this file can be taken" in shown
