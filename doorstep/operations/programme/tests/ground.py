"""The ground of the programme's tests: a community with the little estate in it, an office, a
second unit, and people who lead, command and confirm.
"""

import io
from typing import Any

from PIL import Image

from doorstep.ledger import store
from doorstep.operations.programme.actions import projects
from doorstep.registry import models as registry
from doorstep.rounds.round_kinds import Text
from doorstep.rounds.tests import street

COMMUNITY = "0190a0a0-0000-7000-8000-00000000c000"
OFFICE = "0190a0a0-0000-7000-8000-00000001ab11"
GARDENS = "0190a0a0-0000-7000-8000-00000001ab12"
LEADER_ID = "0190a0a0-0000-7000-8000-00000000d0f1"
SECOND_ID = "0190a0a0-0000-7000-8000-00000000d0f2"
COLLEAGUE_ID = "0190a0a0-0000-7000-8000-00000000d0f3"
OFFICER, STRANGER = street.Staff(street.CHEN), street.STRANGER
LEADER, SECOND = street.Staff(LEADER_ID), street.Staff(SECOND_ID)
COLLEAGUE = street.Staff(COLLEAGUE_ID)


def build() -> None:
    """Lay it out; the estate lies in the community."""
    street.build(buildings=1, doors=8, people=1)
    registry.Place.objects.create(
        id=COMMUNITY, kind="community", name="灯湖社区", english="Denghu Community",
        path=f"/{COMMUNITY}/",
    )  # fmt: skip
    for place in registry.Place.objects.exclude(id=COMMUNITY):
        if place.parent is None and place.id == street.ESTATE:
            place.parent = COMMUNITY
        if place.path.startswith(f"/{street.ESTATE}/"):
            place.path = f"/{COMMUNITY}{place.path}"
            place.save()
    for id_, name in ((OFFICE, "桂城街道办事处"), (GARDENS, "市政园林组")):
        registry.Unit.objects.create(id=id_, type="subdistrict", name=name)
    for id_, name, unit in (
        (LEADER_ID, "钱项目", OFFICE), (SECOND_ID, "孙核定", GARDENS),
        (COLLEAGUE_ID, "李同事", OFFICE), (street.CHEN, "陈值班", GARDENS),
        (street.ZHAO, "赵远", GARDENS),
    ):  # fmt: skip
        registry.Staff.objects.create(id=id_, name=name, account=f"s{id_[-4:]}", unit=unit)
    store.insert(
        "registry_role",
        ["staff", "role", "place"],
        [
            (street.CHEN, "administrator", COMMUNITY),
            (SECOND_ID, "approver", COMMUNITY),
            (LEADER_ID, "steward", street.ESTATE),
        ],
    )


def describe(**over: Any) -> projects.Description:
    """A description, in whole."""
    said: dict[str, Any] = {
        "title": Text("A park", "体育公园"),
        "story": Text("Courts and paths.", "球场和步道。"),
        "category": "culture",
        "level": "community",
        "place": COMMUNITY,
        "unit": OFFICE,
        "leader": LEADER_ID,
        "starts": "2021-04-30",
        "deadline": "2021-12-31",
        "steps": [
            projects.Step("2021-05-31", Text("Planned", "完成设计")),
            projects.Step("2021-12-31", Text("Opened", "投入使用")),
        ],
    }
    return projects.Description(**said | over)


def photo(colour: str = "green", **save: Any) -> bytes:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", **save)
    return out.getvalue()
