"""The pages of sampling as a browser asks for them: who sees them, and what they answer."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import store
from doorstep.operations.sampling import actions, models
from doorstep.operations.sampling.pages import home
from doorstep.operations.sampling.tests import ground
from doorstep.operations.sampling.tests.test_actions import open_tube, sample
from doorstep.operations.sampling.tests.test_actions_boxes import a_file, a_row, fill, seal, send
from doorstep.registry import models as registry
from doorstep.registry.tests import block
from doorstep.rounds import actions as rounds
from doorstep.rounds.tests import street

Sit = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("cell")
DESK = f"/sampling/desk/{ground.TABLE}"
ACT = f"{DESK}/act"


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    return ground.lay_out()


def act(client: Client, laid: ground.Ground, kind: str, **fields: Any) -> Any:
    form: dict[str, Any] = {"act": kind, "round": laid.round, **fields}
    return client.post(ACT, form, headers={"HX-Request": "true"})


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


PAGES = [
    ("/sampling/", "registrar"),
    (DESK, "registrar"),
    (f"/sampling/paper/{ground.TABLE}", "registrar"),
    ("/sampling/issue", "registrar"),
    ("/sampling/tubes", "registrar"),
    ("/sampling/boxes", "courier"),
    ("/sampling/laboratory", "laboratory"),
    ("/sampling/review", "duty_officer"),
]
STAFF = {
    "registrar": ground.REGISTRAR,
    "courier": ground.COURIER,
    "laboratory": ground.ANALYST,
    "duty_officer": ground.OFFICER,
}


@pytest.mark.parametrize(("address", "role"), PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_stands_before_and_after_the_day(
    laid: ground.Ground, sit: Sit, address: str, role: str, language: str
) -> None:
    client = sit(STAFF[role])
    client.cookies["doorstep_language"] = language
    assert client.get(address).status_code == 200
    tube = fill(laid, 1, *laid.people[:2])
    send(laid, "BOX1", tube)
    fill(laid, 2, laid.people[2])
    answer = client.get(address)
    assert answer.status_code == 200
    assert page_of(answer).count("<h1") == 1
    assert "style=" not in page_of(answer) and "onclick" not in page_of(answer)


@pytest.mark.parametrize(("address", "role"), PAGES)
def test_pages_are_for_those_with_a_role(
    laid: ground.Ground, sit: Sit, client: Client, address: str, role: str
) -> None:
    assert client.get(address).status_code == 302
    nobody = registry.Staff.objects.create(id="0190a0a0-0000-7000-8000-00000000d0ff", account="x")
    assert sit(nobody).get(address).status_code == 403


def test_a_desk_of_another_estate_is_not_mine(laid: ground.Ground, sit: Sit) -> None:
    assert sit(ground.STRANGER).get(DESK).status_code == 403
    assert sit(ground.STRANGER).post(ACT, {"act": "read"}).status_code == 403
    assert sit(ground.REGISTRAR).get("/sampling/desk/nonsense").status_code == 404


def test_a_person_a_tube_and_a_box_by_typing_alone(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    tube = ground.tube(1)
    assert "is open" in page_of(act(client, laid, "read", text=tube, scanned="1"))
    answer = page_of(act(client, laid, "read", text="1-101", tube=tube))
    first = re.search(r'name="person" value="([0-9a-f-]{36})"', answer)
    assert first is not None and "2 people found" in answer
    answer = page_of(act(client, laid, "pick", person=first[1], tube=tube))
    assert "王*" in answer and "王1" not in answer  # masked
    assert "<b>1</b><span>/10</span>" in answer
    assert "closed with 1" in page_of(act(client, laid, "close", tube=tube))
    sealed: dict[str, Any] = {"box": "BOX1", "seal": "SEAL1", "tubes": [tube]}
    answer = act(client, laid, "seal", counted="2", **sealed)
    assert answer.status_code == 409
    assert "2 tubes counted, 1 in the system" in page_of(answer)
    assert 'value="BOX1"' in page_of(answer) and 'value="SEAL1"' in page_of(answer)
    assert act(client, laid, "seal", counted="1", **sealed).status_code == 200
    assert models.Box.objects.get(box="BOX1").count == 1


def test_the_tenth_person_closes_the_tube(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    sample(laid, tube, *laid.people[:9])
    answer = page_of(act(client, laid, "pick", person=laid.people[9], tube=tube))
    assert "is full with 10 and closed" in answer
    assert models.Tube.objects.get(tube=tube).counted == 10


def test_the_next_tube_asks_before_it_closes_a_pool(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    first, second = open_tube(laid), ground.tube(2)
    sample(laid, first, laid.people[0])
    answer = page_of(act(client, laid, "read", text=second, scanned="1", tube=first))
    assert "Close it and open" in answer
    assert not models.Tube.objects.filter(tube=second).exists()
    answer = act(client, laid, "open", code=second, tube=first, close="1")
    assert models.Tube.objects.get(tube=first).counted == 1
    assert models.Tube.objects.get(tube=second).state == "empty"
    assert answer.status_code == 200


def test_a_whole_door_goes_into_the_tube_at_once(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    answer = page_of(act(client, laid, "read", text="1-101", tube=tube))
    assert "Everybody at this door: 2" in answer
    assert act(client, laid, "pick", person=laid.people[:2], tube=tube).status_code == 200
    assert models.Tube.objects.get(tube=tube).people == 2


def test_a_household_tube_closes_when_the_next_is_scanned(cell: ledger.Cell, sit: Sit) -> None:
    laid = ground.lay_out(pool="household")
    client = sit(ground.REGISTRAR)
    first = open_tube(laid)
    sample(laid, first, *laid.people[:2])
    act(client, laid, "read", text=ground.tube(2), scanned="1", tube=first)
    assert models.Tube.objects.get(tube=first).counted == 2
    assert models.Tube.objects.filter(tube=ground.tube(2)).exists()


def test_a_person_before_a_tube_is_kept(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    answer = page_of(act(client, laid, "pick", person=laid.people[0]))
    assert "No tube is open" in answer and laid.people[0] in answer
    pending = re.search(r'name="pending" value="([^"]+)"', answer)
    assert pending is not None and pending[1] == laid.people[0]
    answer = act(client, laid, "read", text=ground.tube(1), scanned="1", pending=pending[1])
    assert laid.people[0] in page_of(answer)


def test_refusals_keep_what_was_typed(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    answer = act(client, laid, "close", tube=tube)
    assert answer.status_code == 409 and "Nobody is in tube" in page_of(answer)
    sample(laid, tube, laid.people[0])
    answer = act(client, laid, "close", tube=tube, count="4")
    assert answer.status_code == 409 and 'value="4"' in page_of(answer)
    assert act(client, laid, "close", tube=tube, count="many").status_code == 409
    answer = act(client, laid, "close", tube=tube, count="4", anyway="1")
    assert answer.status_code == 200
    other = open_tube(laid, 2)
    answer = act(client, laid, "read", text="无此人", tube=other)
    assert "无此人" in page_of(answer) and 'name="document"' in page_of(answer)
    assert act(client, laid, "dance").status_code == 422


def test_an_undo_at_the_desk(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    [entry] = sample(laid, tube, laid.people[0])
    assert "Taken back" in page_of(act(client, laid, "undo", entry=entry, tube=tube))
    assert models.Tube.objects.get(tube=tube).people == 0
    assert act(client, laid, "undo", entry="nonsense").status_code == 409


def test_names_and_codes_are_escaped(laid: ground.Ground, sit: Sit) -> None:
    registry.Person.objects.filter(id=laid.people[0]).update(name="<script>alert(1)</script>")
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    sample(laid, tube, laid.people[0])
    answer = page_of(act(client, laid, "read", text="<img src=x>", tube=tube))
    assert "<img" not in answer and "&lt;img src=x&gt;" in answer
    assert "<script>" not in answer
    trail = page_of(client.get(f"/sampling/tubes/{tube}"))
    assert "<script>alert" not in trail
    assert client.get("/sampling/tubes/<script>").status_code == 409


def test_without_scripts_the_desk_answers_with_a_page(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    form: dict[str, Any] = {
        "act": "read",
        "round": laid.round,
        "text": ground.tube(1),
        "scanned": "1",
    }
    answer = client.post(ACT, form)
    assert answer.status_code == 302 and ground.tube(1) in answer["Location"]
    answer = client.post(ACT, {"act": "close", "round": laid.round, "tube": ground.tube(1)})
    assert answer.status_code == 409 and "<html" in page_of(answer)


def test_somebody_on_no_list_is_added_at_the_desk(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    answer = act(client, laid, "unknown", name="", tube=tube)
    assert answer.status_code == 409
    assert act(client, laid, "unknown", name="访客甲", tube=tube).status_code == 200
    assert models.Tube.objects.get(tube=tube).people == 1


def test_a_paper_form_is_looked_up_then_kept(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    address = f"/sampling/paper/{ground.TABLE}"
    day = clock.day_of(clock.now() - clock.HOUR, "Asia/Shanghai")
    moment = clock.to_moment(clock.now() - clock.HOUR, "Asia/Shanghai")
    form: dict[str, Any] = {
        "round": laid.round,
        "tube": ground.tube(7),
        "day": day,
        "pool": "ten",
        "count": "",
    }
    form["lines"] = f"1-101 王1 {moment:%H:%M}\n1-102\n不存在的人"
    before = ledger.Line.objects.count()
    answer = page_of(client.post(address, {**form, "act": "check"}))
    assert "2 lines are not matched" in answer and "Nobody found" in answer
    chosen = {
        "text-1": "1-102",
        "person-1": laid.people[2],
        "text-2": "不存在的人",
        "person-2": "new",
    }
    held = client.post(address, {**form, "act": "keep"})
    assert held.status_code == 200 and ledger.Line.objects.count() == before
    assert client.post(address, {**form, **chosen, "act": "keep"}).status_code == 302
    assert models.Tube.objects.get(tube=ground.tube(7)).people == 3


def test_a_result_file_is_shown_before_it_is_kept(laid: ground.Ground, sit: Sit) -> None:
    one, two = fill(laid, 1, laid.people[0]), fill(laid, 2, laid.people[1])
    send(laid, "BOX1", one, two)
    client = sit(ground.ANALYST)
    broken = a_file(a_row(one), a_row(two, "positive")) + b"GC9,\xe9\x98\xb4,x,y\r\n"
    file = SimpleUploadedFile("results.csv", broken)
    before = ledger.Line.objects.count()
    upload = client.post("/sampling/laboratory/files", {"file": file, "laboratory": ""})
    assert upload.status_code == 302
    preview = page_of(client.get(upload["Location"]))
    assert "Nothing is kept yet" in preview and "1 tube is positive" in preview
    assert "This is no tube code" in preview or "cannot be read" in preview
    assert ledger.Line.objects.count() == before
    assert client.post(upload["Location"]).status_code == 302
    assert models.Tube.objects.get(tube=two).outcome == "positive"
    assert client.get(upload["Location"]).status_code == 404  # committed and gone
    again = client.post("/sampling/laboratory/files", {"file": SimpleUploadedFile("r.csv", broken)})
    shown = page_of(client.get(again["Location"]))
    assert "Known already" in shown and "Keep " not in shown
    sheet = client.get(again["Location"] + "&as=xlsx")
    assert sheet.status_code == 200 and sheet.getvalue()[:2] == b"PK"


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", "检测结果\r\n阴性".encode()])
def test_a_file_that_is_none_is_answered(laid: ground.Ground, sit: Sit, data: bytes) -> None:
    client = sit(ground.ANALYST)
    upload = client.post(
        "/sampling/laboratory/files", {"file": SimpleUploadedFile("results.csv", data)}
    )
    if upload.status_code == 302:
        upload = client.get(upload["Location"])
        assert "Nothing of this file can be taken" in page_of(upload)
    else:
        assert upload.status_code == 409
    assert client.get("/sampling/laboratory/files/../../etc/passwd").status_code == 404
    assert client.get("/sampling/laboratory/files/" + "0" * 64).status_code == 404


def test_a_result_by_hand_and_its_correction_by_form(laid: ground.Ground, sit: Sit) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    client = sit(ground.ANALYST)
    local = clock.to_moment(clock.now() - clock.MINUTE, "Asia/Shanghai").strftime("%Y-%m-%dT%H:%M")
    form: dict[str, Any] = {
        "tube": tube,
        "outcome": "positive",
        "tested_at": local,
        "reported_at": local,
    }
    form["laboratory"] = ground.LABORATORY
    wrong = client.post("/sampling/laboratory/enter", {**form, "tested_at": "soon"})
    assert wrong.status_code == 409 and tube in page_of(wrong)
    assert client.post("/sampling/laboratory/enter", form).status_code == 302
    entry = str(models.Result.objects.get(tube=tube).entry)
    address = f"/sampling/results/{entry}/correct"
    assert "1 person" in page_of(client.get(address))
    assert client.post(address, {**form, "outcome": "negative"}).status_code == 302
    assert models.Tube.objects.get(tube=tube).outcome == "negative"
    trail = page_of(client.get(f"/sampling/tubes/{tube}"))
    assert "Result corrected" in trail and "何检验" in trail


def test_the_box_page_asks_again_where_counts_differ(laid: ground.Ground, sit: Sit) -> None:
    tube = fill(laid, 1, *laid.people[:2])
    seal(laid, "BOX1", tube)
    client = sit(ground.COURIER)
    address = "/sampling/boxes/BOX1"
    assert "waits for a courier" in page_of(client.get(address))
    form: dict[str, Any] = {"act": "collect", "seal": "SEAL0001", "count": "2"}
    answer = client.post(f"{address}/act", form)
    assert answer.status_code == 409 and 'name="anyway"' in page_of(answer)
    assert "button--primary button--danger" not in page_of(answer)  # red upon black
    assert client.post(f"{address}/act", {**form, "anyway": "1"}).status_code == 302
    assert "do not agree" in page_of(client.get(address))
    assert "unbalanced" in page_of(client.get("/sampling/boxes?look=unbalanced")).lower()
    assert client.post(f"{address}/act", {"act": "receive"}).status_code in (403, 409)


def test_held_lines_are_settled_side_by_side(laid: ground.Ground, sit: Sit) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    actions.report_results(ground.ANALYST, a_file(a_row(tube), a_row(tube, "positive")))
    client = sit(ground.OFFICER)
    listed = page_of(client.get("/sampling/review"))
    [entry] = set(re.findall(r"/sampling/review/([0-9a-f-]{36})", listed))
    answer = page_of(client.get(f"/sampling/review/{entry}"))
    claims = re.findall(r'name="stands" value="([0-9a-f-]{36})"', answer)
    assert len(claims) == 2 and "何检验" in answer and " checked" not in answer
    partly = {"entries": claims[:1], "stands": claims[:1]}
    assert client.post(f"/sampling/review/{entry}", partly).status_code == 409
    whole = {"entries": claims, "stands": claims[:1]}
    assert client.post(f"/sampling/review/{entry}", whole).status_code == 302
    assert "Nothing waits" in page_of(client.get("/sampling/review"))
    assert client.get(f"/sampling/review/{entry}").status_code == 302


def test_tubes_are_issued_and_their_labels_printed(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.REGISTRAR)
    form: dict[str, Any] = {
        "round": laid.round,
        "table": ground.TABLE,
        "prefix": "GC",
        "count": "40",
    }
    assert client.post("/sampling/issue", form).status_code == 302
    assert client.post("/sampling/issue", form).status_code == 302  # the next forty
    runs = list(models.Issue.objects.order_by("first").values_list("first", "last"))
    assert runs == [(ground.tube(1), ground.tube(40)), (ground.tube(41), ground.tube(80))]
    assert client.post("/sampling/issue", {**form, "count": ""}).status_code == 409
    entry = models.Issue.objects.earliest("first").entry
    answer = client.get(f"/sampling/issue/{entry}/labels")
    assert answer.content[:5] == b"%PDF-" and b"/Count 1" in answer.content
    zpl = client.get(f"/sampling/issue/{entry}/labels?as=zpl").content.decode()
    assert zpl.count("^XA") == 40 and ground.tube(1) in zpl


def test_the_door_list_is_for_paper(laid: ground.Ground, sit: Sit) -> None:
    answer = page_of(sit(ground.REGISTRAR).get(f"/sampling/doors/{laid.round}?which=outstanding"))
    assert "12 people are not yet sampled" in answer and "1座" in answer
    assert sit(ground.COURIER).get(f"/sampling/doors/{laid.round}").status_code == 403


def test_two_doors_called_alike_are_two_doors_on_paper(laid: ground.Ground, sit: Sit) -> None:
    twin, home_ = street.building_id(7), street.door_id(7, 1)
    path = f"/{street.ESTATE}/{twin}/"
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "building", "sort"]
    rows = [
        (twin, street.ESTATE, "building", "1", "1座", path, street.ESTATE, twin, 7),
        (home_, twin, "door", "", "1单元 101", f"{path}{home_}/", street.ESTATE, twin, 1),
    ]
    store.insert("registry_place", columns, rows)
    street.live_in({street.person_id(7, 1, 1): home_})
    again = rounds.open_round(
        ground.OFFICER, round_kind="sampling", area=street.ESTATE, day="2021-06-30", pool="ten"
    )
    page = page_of(sit(ground.OFFICER).get(f"/sampling/doors/{again}?which=outstanding"))
    assert "13 people are not yet sampled; doors: 7" in page
    assert len(re.findall(r"1座</th><td rowspan=.\d+.>1单元 101<", page)) == 2


def test_a_door_list_too_long_for_paper_is_asked_for_estate_by_estate(
    laid: ground.Ground, sit: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "MOST_ON_PAPER", 11)
    address = f"/sampling/doors/{laid.round}"
    page = page_of(sit(ground.REGISTRAR).get(f"{address}?which=outstanding"))
    assert "12 people are no paper to carry" in page and "101" not in page
    assert f"which=outstanding&amp;place={street.ESTATE}" in page
    part = page_of(
        sit(ground.REGISTRAR).get(f"{address}?which=outstanding&place={street.door_id(1, 1)}")
    )
    assert "2 people are not yet sampled" in part and "101" in part and "102" not in part
    other = f"{address}?place={street.OTHER_ESTATE}"
    assert sit(ground.REGISTRAR).get(other).status_code == 403


def test_tubes_are_issued_in_as_few_statements_for_fifty_tables_as_for_one(
    laid: ground.Ground, sit: Sit
) -> None:
    spent = []
    for tables in (0, 49):
        columns = ["id", "parent", "kind", "code", "name", "path", "estate", "sort"]
        ids = [street.entry_id(900 + n) for n in range(tables)]
        store.insert(
            "registry_place",
            columns,
            [(i, street.ESTATE, "table", str(n), f"{n}号台", f"/{street.ESTATE}/{i}/",
              street.ESTATE, n) for n, i in enumerate(ids)],
        )  # fmt: skip
        client = sit(ground.REGISTRAR)
        with CaptureQueriesContext(connection) as captured:
            page = page_of(client.get("/sampling/issue"))
        assert all(each in page for each in ids)
        spent.append(len(captured))
    assert spent[0] == spent[1]


def test_lists_come_as_excel(laid: ground.Ground, sit: Sit) -> None:
    client = sit(ground.OFFICER)
    fill(laid, 1, laid.people[0])
    for address in ("/sampling/", "/sampling/tubes", "/sampling/boxes", "/sampling/review"):
        answer = client.get(f"{address}?as=xlsx")
        assert answer.getvalue()[:2] == b"PK"


def test_somebody_unknown_gets_a_door_at_the_desk(laid: ground.Ground, sit: Sit) -> None:
    client, tube = sit(ground.REGISTRAR), open_tube(laid)
    form = {"tube": tube, "name": "新住户", "door": "9-101"}
    wrong = act(client, laid, "unknown", **form)
    assert wrong.status_code == 409 and 'value="9-101"' in page_of(wrong)
    assert not registry.Person.objects.filter(name="新住户").exists()
    assert act(client, laid, "unknown", **{**form, "door": "1-102"}).status_code == 200
    person = registry.Person.objects.get(name="新住户")
    assert registry.Residence.objects.get(person=person.id).door == street.door_id(1, 2)
    assert models.Sample.objects.get(person=person.id).tube == tube
    assert act(client, laid, "unknown", tube=tube, name="路过", door="").status_code == 200
    passing = registry.Residence.objects.get(person=registry.Person.objects.get(name="路过").id)
    assert passing.door is None
    assert registry.Listing.objects.get(person=passing.person).place == ground.TABLE


def test_somebody_new_on_a_paper_form_gets_the_door_that_is_written(
    laid: ground.Ground, sit: Sit
) -> None:
    client, address = sit(ground.REGISTRAR), f"/sampling/paper/{ground.TABLE}"
    today = clock.day_of(clock.now(), "Asia/Shanghai")
    at = clock.to_moment(clock.now() - 10 * clock.MINUTE, "Asia/Shanghai")
    if at.strftime("%Y-%m-%d") != today:
        at = at.replace(hour=0, minute=0)
    text = f"1-102 新住户 {block.number(1)}"
    form = {"round": laid.round, "tube": ground.tube(7), "day": today,
            "time": at.strftime("%H:%M"), "lines": text}  # fmt: skip
    seen = page_of(client.post(address, {**form, "act": "check"}))
    assert "add 新住户 1-102<" in seen
    chosen = {**form, "act": "keep", "text-0": text, "person-0": "new"}
    seen = page_of(client.post(address, {**chosen, "act": "check"}))
    assert 'name="door-0" value="1-102"' in seen
    assert client.post(address, {**chosen, "door-0": "9-9"}).status_code == 409
    # a form that is refused leaves nobody behind
    assert client.post(address, {**chosen, "tube": "?"}).status_code == 409
    assert not registry.Person.objects.filter(name="新住户").exists()
    assert client.post(address, chosen).status_code == 302
    person = registry.Person.objects.get(name="新住户")
    assert registry.Residence.objects.get(person=person.id).door == street.door_id(1, 2)
    assert registry.Document.objects.filter(person=person.id).count() == 1
    assert models.Sample.objects.get(person=person.id).tube == ground.tube(7)
