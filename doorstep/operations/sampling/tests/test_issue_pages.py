"""Runs of tubes and their labels: whose first letters are proposed, and what a printer gets."""

import re

import pytest

from doorstep.ledger import models as ledger
from doorstep.operations.sampling import actions, labels, models
from doorstep.operations.sampling.tests import ground
from doorstep.operations.sampling.tests.test_pages import Sit, page_of
from doorstep.registry import models as registry
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street

pytestmark = pytest.mark.usefixtures("cell")
ADDRESS = "/sampling/issue"


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    return ground.lay_out()


def proposed(page: str) -> str:
    found = re.search(r'<input[^>]*name="prefix"[^>]*>', page)
    assert found is not None
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def issue(laid: ground.Ground, table: str, first: str, last: str) -> None:
    actions.issue_tubes(ground.REGISTRAR, round=laid.round, table=table, first=first, last=last)


def test_no_town_is_proposed_where_nothing_says_any(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    assert proposed(page_of(client.get(ADDRESS))) == ""
    form = {"round": laid.round, "table": ground.TABLE, "count": "40", "prefix": ""}
    answer = client.post(ADDRESS, form)
    assert answer.status_code == 409 and "first letters" in page_of(answer)
    registry.Place.objects.filter(id=street.ESTATE).update(english="Zhonghai Jincheng")
    assert proposed(page_of(client.get(ADDRESS))) == "ZJ"


def test_the_page_is_called_what_leads_to_it(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    [name] = re.findall(rf'href="{ADDRESS}">([^<]+)</a>', page_of(client.get("/sampling/")))
    page = page_of(client.get(ADDRESS))
    assert f"<title>{name} · Doorstep</title>" in page


def test_the_last_run_of_the_table_is_gone_on_with(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    registry.Place.objects.filter(id=street.ESTATE).update(english="Zhonghai Jincheng")
    form = {"round": laid.round, "count": "40"}
    client.post(ADDRESS, {**form, "table": ground.TABLE, "prefix": "AB"})
    client.post(ADDRESS, {**form, "table": ground.OTHER_TABLE, "prefix": "CD"})
    issue(laid, ground.TABLE, "2021062100010001", "2021062100010040")  # a roll printed elsewhere
    assert proposed(page_of(client.get(f"{ADDRESS}?table={ground.TABLE}"))) == "AB"
    assert proposed(page_of(client.get(f"{ADDRESS}?table={ground.OTHER_TABLE}"))) == "CD"


def test_a_thermal_label_says_table_and_day_in_plain_letters(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    issue(laid, ground.TABLE, ground.tube(1), ground.tube(2))
    entry = models.Issue.objects.get().entry
    zpl = client.get(f"{ADDRESS}/{entry}/labels?as=zpl").content.decode()
    day = rounds.Round.objects.get(id=laid.round).day
    for label in zpl.strip().split("\n"):
        bars, code, note = re.findall(r"\^FD([^^]*)\^FS", label)
        assert bars == code and note == f"1 {day}"


def test_a_label_without_words_has_no_empty_field() -> None:
    assert "^FD^FS" not in labels.make_zpl([labels.Label("GC000000017", "七号台")])
    assert labels.make_zpl([labels.Label("GC000000017", "Table 7")]).count("^FD") == 3


def test_long_words_stay_on_their_sticker_and_keep_the_day() -> None:
    cut = labels.fit("东门广场第七号采样台 2021-06-21", 20, len)
    assert cut.endswith("… 2021-06-21") and cut.startswith("东门广场") and len(cut) <= 20
    assert labels.fit("7号台 2021-06-21", 20, len) == "7号台 2021-06-21"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        (f"/sampling/desk/{ground.TABLE}/act", f"/sampling/desk/{ground.TABLE}"),
        ("/sampling/boxes/BOX1/act?x=1", "/sampling/boxes/BOX1?x=1"),
        ("/sampling/tubes/GC000000017/act", "/sampling/tubes/GC000000017"),
        ("/sampling/laboratory/enter", "/sampling/laboratory"),
        ("/sampling/laboratory/refuse", "/sampling/laboratory"),
        ("/sampling/laboratory/files", "/sampling/laboratory"),
    ],
)
def test_a_reload_of_a_form_leads_to_its_page(
    laid: ground.Ground, sit: Sit, address: str, page: str
) -> None:
    client = sit(ground.ANALYST)
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert client.put(address).status_code == 405
