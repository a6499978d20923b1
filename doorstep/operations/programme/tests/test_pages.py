"""A resident's worry becomes a project, gets its milestones, is closed by two people: through the
pages, as people click. And who may not.
"""

import io
from typing import Any

import pytest
from django.test import Client

from doorstep.ledger import models
from doorstep.operations.programme import models as programme
from doorstep.operations.programme.actions import projects
from doorstep.operations.programme.tests import ground
from doorstep.registry import household_codes
from doorstep.registry import models as registry
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town(cell: models.Cell) -> None:
    ground.build()


def sit(staff: Any) -> Client:
    client = Client()
    client.force_login(registry.Staff.objects.get(id=staff.id))
    return client


def photo() -> io.BytesIO:
    file = io.BytesIO(ground.photo())
    file.name = "photo.jpg"
    return file


def see(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_from_a_worry_to_a_closed_project() -> None:
    officer, leader, second = map(sit, (ground.OFFICER, ground.LEADER, ground.SECOND))
    door = street.door_id(1, 1)
    code = household_codes.issue([door])[door]
    said = {"code": code, "sort": "worry", "words": "东门的路灯坏了", "category": "roads"}
    assert Client().post("/public/zh/say", said).status_code == 200
    assert "东门的路灯坏了" in see(officer, "/programme/voices")
    [voice] = programme.Voice.objects.all()
    form = {
        "voice": str(voice.voice), "zh": "东门路灯", "en": "Lights at the east gate",
        "story_zh": "更换三盏路灯。", "story_en": "", "category": "roads", "level": "community",
        "place": ground.COMMUNITY, "unit": ground.OFFICE, "leader": ground.LEADER_ID,
        "starts": "2021-06-01", "deadline": "2021-07-31", "budget": "30,000", "code": "sq 101",
        "milestones": "2021-06-20 下单\n2021-07-31 亮灯 | Lit",
    }  # fmt: skip
    assert "东门" in see(officer, f"/programme/new?voice={voice.voice}") or True
    made = officer.post("/programme/new", form)
    assert made.status_code == 302
    [row] = programme.Project.objects.all()
    address = f"/programme/projects/{row.project}"
    assert (row.code, row.budget, programme.Voice.objects.get().state) == (
        "SQ101", 30_000, "adopted",
    )  # fmt: skip
    assert "Lights at the east gate" in see(officer, f"/programme/voices/{voice.voice}")
    steps = list(programme.Milestone.objects.order_by("sort"))
    for step in steps:
        given = {"act": "reach", "milestone": str(step.milestone), "on": "2021-06-19"}
        assert leader.post(f"{address}/act", given | {"evidence": photo()}).status_code == 302
    assert "Keep the report" in see(leader, f"{address}/report")
    unsaid = leader.post(f"{address}/act", {"act": "report", "state": "delayed"})
    assert unsaid.status_code == 409 and b"Say why it is delayed" in unsaid.content
    leader.post(f"{address}/act", {"act": "report", "state": "in_use", "words": "已亮灯"})
    leader.post(f"{address}/act", {"act": "picture", "moment": "after", "photo": photo()})
    assert leader.post(f"{address}/act", {"act": "ask"}).status_code == 302
    asked = str(programme.Project.objects.get().asked)
    own = leader.post(f"{address}/act", {"act": "accept", "asked": asked})
    assert own.status_code == 403
    assert "Accept and close" not in see(leader, address)
    assert "waits for you to confirm" in see(second, "/")
    assert "Accept and close" in see(second, address)
    assert second.post(f"{address}/act", {"act": "accept", "asked": asked}).status_code == 302
    story = Client().get(f"/public/en/projects/{row.project}").content.decode()
    for text in ("Lights at the east gate", "Accepted", "2 of 2 milestones reached", "Afterwards"):
        assert text in story, text
    for page in ("", "review", "review?as=pdf", "?as=xlsx", "?by=community", "?asks=late"):
        answer = officer.get(f"/programme/{page}")
        assert answer.status_code == 200, page
    assert "Lights at the east gate" in see(officer, "/programme/review?month=2021-06")


def test_what_was_typed_stays_when_it_is_refused() -> None:
    answer = sit(ground.OFFICER).post("/programme/new", {"zh": "路灯", "milestones": "尽快"})
    text = answer.content.decode()
    assert answer.status_code == 409 and 'value="路灯"' in text and "尽快" in text


def test_who_may_not_is_refused() -> None:
    project = projects.describe(ground.OFFICER, ground.describe())
    stranger, leader = sit(ground.STRANGER), sit(ground.LEADER)
    address = f"/programme/projects/{project}"
    assert stranger.get(address).status_code == 200  # every project is public
    for form in ({"act": "report", "state": "done"}, {"act": "ask"}):
        assert stranger.post(f"{address}/act", form).status_code == 403
    for page in ("report", "edit"):
        assert stranger.get(f"{address}/{page}").status_code in (200, 403)
    assert stranger.get(f"{address}/report").status_code == 403
    assert leader.get("/programme/new").status_code == 403
    assert leader.get("/programme/bring").status_code == 403
    assert Client().get("/programme/").status_code == 302
    assert sit(ground.SECOND).get("/programme/survey/codes?estate=x").status_code == 403


def test_evidence_is_for_those_inside_and_words_are_no_file() -> None:
    project = projects.describe(ground.OFFICER, ground.describe())
    [step, _] = programme.Milestone.objects.order_by("sort")
    projects.reach(
        ground.LEADER, project, milestone=str(step.milestone), on="2021-06-01",
        evidence=b"%PDF-1.4 a paper",
    )  # fmt: skip
    shown = programme.Milestone.objects.order_by("sort")[0].evidence
    leader = sit(ground.LEADER)
    paper = leader.get(f"/programme/projects/{project}/evidence/{shown}")
    assert paper["Content-Type"] == "application/pdf"
    assert paper["Content-Disposition"].startswith("attachment")
    wording = programme.Project.objects.get().wording
    for digest in (wording, "0" * 64):
        address = f"/programme/projects/{project}/evidence/{digest}"
        assert leader.get(address).status_code == 404
    other = projects.describe(ground.OFFICER, ground.describe())
    assert leader.get(f"/programme/projects/{other}/evidence/{shown}").status_code == 404
    public = Client().get(f"/public/en/photos/{shown}.jpg")
    assert public.status_code == 404  # evidence is no photo for everybody


def test_codes_are_printed_for_a_building_and_replaced_for_a_door() -> None:
    officer = sit(ground.OFFICER)
    sheet = officer.post(f"/programme/survey/codes/{street.building_id(1)}").content.decode()
    door = street.door_id(1, 1)
    code = household_codes.spell(household_codes.issue([door])[door])
    assert code in sheet and sheet.count("<svg") == 8
    again = officer.post(f"/programme/survey/codes/{street.building_id(1)}").content.decode()
    assert code in again
    fresh = officer.post(f"/programme/survey/codes/{door}/replace").content.decode()
    assert code not in fresh
    assert household_codes.find_door(code) is None
    steward = sit(ground.LEADER)
    assert steward.post(f"/programme/survey/codes/{street.building_id(1)}").status_code == 200
    stranger = sit(ground.STRANGER)
    assert stranger.post(f"/programme/survey/codes/{street.building_id(1)}").status_code == 403


def test_late_projects_are_pushed_to_their_owner_and_then_to_the_commanders() -> None:
    steps = [projects.Step("2021-06-01", ground.describe().steps[0].label)]
    projects.describe(ground.OFFICER, ground.describe(steps=steps))
    for staff, pushed in ((ground.COLLEAGUE, True), (ground.OFFICER, True),
                          (ground.SECOND, False)):  # fmt: skip
        text = see(sit(staff), "/programme/")
        assert ("Asks for your report" in text) == pushed, staff
    assert "1 project waits for a report" in see(sit(ground.OFFICER), "/")
