"""A resident's worry becomes a project, gets its milestones, is closed by two people: through the
pages, as people click. And who may not.
"""

import io
from typing import Any

import pytest
from django.test import Client

from doorstep.kit import clock
from doorstep.ledger import models, store
from doorstep.operations.programme import models as programme
from doorstep.operations.programme.actions import projects
from doorstep.operations.programme.tests import ground
from doorstep.registry import household_codes
from doorstep.registry import models as registry
from doorstep.rounds.round_kinds import Text
from doorstep.rounds.tests import street

TOWN = "0190a0a0-0000-7000-8000-00000000c001"
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
    assert "东门的路灯坏了" in see(officer, f"/programme/new?voice={voice.voice}")
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


def test_late_projects_are_pushed_to_their_owner_and_then_to_the_commanders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = [projects.Step("2021-06-01", ground.describe().steps[0].label)]
    projects.describe(ground.OFFICER, ground.describe(steps=steps))
    for days, over in ((7, False), (8, True)):
        now = clock.now() + days * clock.DAY
        with monkeypatch.context() as later:
            later.setattr(clock, "now", lambda now=now: now)
            for staff, pushed in ((ground.COLLEAGUE, True), (ground.OFFICER, over),
                                  (ground.SECOND, False)):  # fmt: skip
                text = see(sit(staff), "/programme/")
                assert ("Asks for your report" in text) == pushed, (staff, days)
            assert ("1 project waits for a report" in see(sit(ground.OFFICER), "/")) == over


def test_whoever_leads_a_project_and_watches_no_place_begins_with_the_programme() -> None:
    store.delete("registry_role", "staff", [ground.LEADER_ID])
    leader = sit(ground.LEADER)
    assert leader.get("/").status_code == 200
    projects.describe(ground.OFFICER, ground.describe())
    assert leader.get("/")["Location"] == "/programme/"
    assert sit(ground.COLLEAGUE).get("/")["Location"] == "/programme/"  # of the unit that owns it
    assert sit(ground.OFFICER).get("/").status_code == 200


def test_a_row_of_the_table_leads_to_its_projects() -> None:
    projects.describe(ground.OFFICER, ground.describe())
    title = describe_elsewhere()
    officer = sit(ground.OFFICER)
    for by, key in (("community", ground.COMMUNITY), ("community", "none"),
                    ("unit", ground.OFFICE), ("category", "culture")):  # fmt: skip
        page = see(officer, f"/programme/?by={by}")
        link = f"?by={by}&amp;{by}={key}#projects"
        assert link in page, link
        listed = see(officer, f"/programme/?by={by}&{by}={key}&as=print")
        assert ("A park" in listed, title in listed) == (key != "none", key == "none"), key
    # a choice of forty-five communities is made in the table, and shown once it is made
    chosen = see(officer, f"/programme/?by=community&community={ground.COMMUNITY}")
    assert chosen.count("Denghu Community</a>") == 2
    assert see(officer, "/programme/?by=unit").count("Denghu Community</a>") == 0


def describe_elsewhere() -> str:
    """A project of no community, of another unit and category; its title."""
    registry.Place.objects.create(
        id=TOWN, kind="subdistrict", name="桂城街道", english="Guicheng", path=f"/{TOWN}/"
    )
    store.insert("registry_role", ["staff", "role", "place"],
                 [(street.CHEN, "administrator", TOWN)])  # fmt: skip
    projects.describe(
        ground.OFFICER,
        ground.describe(
            place=TOWN, unit=ground.GARDENS, level="subdistrict", category="roads",
            title=Text("Kerbs", "路缘石"),
        ),
    )  # fmt: skip
    return "Kerbs"
