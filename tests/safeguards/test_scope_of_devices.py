"""Safeguard: whoever commands an estate sees the devices that stand there, and whose they are; not
those of another estate, nor those of a laboratory, which stand at the top.
"""

import pytest

from doorstep.command.tests import conftest
from doorstep.kit import clock
from doorstep.ledger import models, store
from doorstep.registry import models as registry
from doorstep.rounds import actions
from doorstep.rounds.tests import street
from doorstep.rounds.tests.street import ESTATE, OTHER_ESTATE

pytestmark = pytest.mark.django_db
estate = conftest.estate  # a fixture
HOOD = street.round_id(900)  # the subdistrict above both estates
UNIT = street.round_id(901)
DEVICES = {"here": ESTATE, "stairs": street.building_id(1), "elsewhere": OTHER_ESTATE,
           "laboratory": UNIT, "nowhere": None}  # fmt: skip


@pytest.fixture
def devices(estate: None) -> dict[str, str]:
    """A silent device at each place, by name, while a round is open; LIN writes with all."""
    registry.Unit.objects.create(id=UNIT, type="laboratory", name="检测所")
    store.insert("registry_place", ["id", "kind", "code", "name", "path", "sort"],
                 [(HOOD, "subdistrict", "0", "街道", f"/{HOOD}/", 0)])  # fmt: skip
    for place in registry.Place.objects.exclude(id=HOOD):
        place.path = f"/{HOOD}{place.path}"
        place.parent = place.parent or HOOD
        place.save()
    actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=ESTATE, day=conftest.today()
    )
    found = {}
    for at, (name, place) in enumerate(DEVICES.items()):
        made = models.Device.objects.create(
            id=street.round_id(500 + at), algorithm="ed25519", public_key=b"key", place=place,
            role="registrar", label=f"phone {name}", head=b"head", enrolled_at=clock.now(),
            seen_at=clock.now() - clock.HOUR,
        )  # fmt: skip
        models.Assignment.objects.create(device=made, person=street.LIN, from_at=0)
        found[name] = made.id
    return found


SEES = pytest.mark.parametrize(
    ("staff", "role", "place", "seen"),
    [
        (street.DUTY_OFFICER, "duty_officer", ESTATE, {"here", "stairs"}),
        (street.DUTY_OFFICER, "inspector", ESTATE, {"here", "stairs"}),
        (street.DUTY_OFFICER, "duty_officer", street.building_id(1), {"stairs"}),
        (street.STRANGER, "administrator", OTHER_ESTATE, {"elsewhere"}),
        (street.STRANGER, "duty_officer", HOOD, set(DEVICES)),
    ],
)


@SEES
def test_devices_are_seen_only_where_one_commands(
    devices: dict[str, str], staff: street.Staff, role: str, place: str, seen: set[str]
) -> None:
    registry.Role.objects.filter(staff=staff.id).delete()
    registry.Role.objects.create(staff=staff.id, role=role, place=place)
    client = conftest.sign_in(staff)
    for query in ("", "?state=silent", "?as=print", "?as=text"):
        page = client.get(f"/devices/{query}").content.decode()
        assert {name for name in devices if f"phone {name}" in page} == seen, query
    found = client.get("/devices/?q=phone").content.decode()
    assert {name for name in devices if f"phone {name}" in found} == seen
    for name, device in devices.items():
        answer = client.get(f"/devices/{device}/")
        assert answer.status_code == (200 if name in seen else 403), name
        assert (f"phone {name}" in answer.content.decode()) == (name in seen)
    if role != "inspector":  # the alarm counts what the list shows
        said = "device may hold" if len(seen) == 1 else "devices may hold"
        assert f"{len(seen)} {said} lines" in client.get("/").content.decode()


@SEES
def test_lines_kept_aside_are_counted_and_listed_only_where_one_commands(
    devices: dict[str, str], staff: street.Staff, role: str, place: str, seen: set[str]
) -> None:
    registry.Role.objects.filter(staff=staff.id).delete()
    registry.Role.objects.create(staff=staff.id, role=role, place=place)
    for device in devices.values():
        models.AsideLine.objects.create(device_id=device, number=1, content=b"{}", received_at=1)
    client = conftest.sign_in(staff)
    lines = "1 line" if len(seen) == 1 else f"{len(seen)} lines"
    of = "of a revoked device is" if len(seen) == 1 else "of revoked devices are"
    assert f"{lines} kept aside" in client.get("/devices/").content.decode()
    assert f"{lines} {of} kept aside" in client.get("/devices/aside").content.decode()
    if role != "inspector":
        assert f"{lines} {of} kept aside" in client.get("/").content.decode()
    for query in ("", "?as=print", "?as=text"):
        page = client.get(f"/devices/aside{query}").content.decode()
        if not query:
            assert {name for name in devices if f"phone {name}" in page} == seen
        assert {name for name in devices if f"phone {name}" in page} <= seen
