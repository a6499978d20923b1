"""The vectors of notes and of the pull (docs/sync.md) against the server: it opens what the
contract seals, and tells everything and then what changed in just those words.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from doorstep.field import areas, snapshots
from doorstep.kit import clock
from doorstep.ledger import models, store
from doorstep.registry import models as registry
from doorstep.registry import noted
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street
from tests.vectors import make, make_pull

VECTORS = Path(__file__).parent / "vectors"
NOTES = json.loads((VECTORS / "notes.json").read_text())
PULL = json.loads((VECTORS / "snapshot.json").read_text())
MINUTE_0 = 1_624_235_460_000_000  # 2021-06-21T00:31:00Z
P1, P2, P3, P4, P5 = make_pull.PEOPLE
D1, D2, D3 = make_pull.DOORS
ROUND, LUNCH = make.ROUND, make_pull.LUNCH


@pytest.fixture(autouse=True)
def _own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation has the vector's key for notes."""
    number = int(NOTES["notes_private_key"], 16)
    private = ec.derive_private_key(number, ec.SECP256R1())
    monkeypatch.setattr(noted, "_key", lambda: private)


def test_the_files_are_what_the_contract_says() -> None:
    """They come from make_pull.py, which knows the contract and nothing of the server."""
    assert json.loads(json.dumps(make_pull.make_notes())) == NOTES
    assert json.loads(json.dumps(make_pull.make_snapshot())) == PULL


def test_the_sealed_note_is_opened() -> None:
    body = bytes.fromhex(NOTES["body"])
    assert sha256(body).hexdigest() == NOTES["digest"]
    assert noted.get_public_key() == NOTES["notes_key"]
    assert noted.read(body[16:], NOTES["person"]) == noted.Note(**json.loads(NOTES["content"]))


@pytest.mark.parametrize("given", NOTES["contents"], ids=[x["about"] for x in NOTES["contents"]])
def test_what_a_content_says(given: dict[str, Any]) -> None:
    said = noted.read(bytes.fromhex(given["content"]), given["person"])
    assert said == (given["said"] and noted.Note(**given["said"]))


@pytest.fixture
def device(cell: models.Cell, monkeypatch: pytest.MonkeyPatch) -> models.Device:
    """The table's device, in the world of the first pull."""
    monkeypatch.setattr(areas, "FRESH_SECONDS", -1.0)
    monkeypatch.setattr(areas, "_areas", type(areas._areas)())
    monkeypatch.setattr(areas.secrets, "token_hex", lambda _: make_pull.EPOCH)
    street.build(buildings=1, doors=3, people=0)
    path = f"/{street.ESTATE}/{make.TABLE}/"
    registry.Place.objects.create(
        id=make.TABLE, parent=street.ESTATE, kind="table", name="1", path=path, estate=street.ESTATE
    )
    street.live_in({P1: D1, P2: D1, P3: D2, P4: D2})
    for person, name in zip((P1, P2, P3, P4), ("王一", "张二", "欧阳三", "Ann Lee"), strict=True):
        registry.Person.objects.filter(id=person).update(name=name)
    for round_, kind, pool in ((ROUND, "sampling", "ten"), (LUNCH, "lunch", None)):
        rounds.Round.objects.create(
            id=round_, round_kind=kind, area=street.ESTATE, day="2021-06-21", pool=pool,
            state="open", opened_at=1, opened_by=make.BY, acted_at=1, doors=2, finished=0, digest=0,
            due=0, done=0, excused=0, refused=0, held=0, home=0,
        )  # fmt: skip
    listed = [(ROUND, P1, D1, False), (ROUND, P2, D1, True), (ROUND, P3, D2, False),
              (ROUND, P4, D2, False), (LUNCH, D1, D1, False), (LUNCH, D2, D2, False)]  # fmt: skip
    columns = ["round", "subject", "door", "home", "state", "reason"]
    store.insert("rounds_subject", columns, [(*row, "due", "") for row in listed])
    registry.Staff.objects.create(id=make.BY, name="李四")
    made = models.Device.objects.create(
        id=make.DEVICE, algorithm="ed25519", public_key=b"", role="registrar", place=make.TABLE,
        head=b"", enrolled_at=1,
    )  # fmt: skip
    models.Assignment.objects.create(device=made, person=make.BY, from_at=1)
    return made


def pull(device: models.Device, minute: int, since: str, patched: pytest.MonkeyPatch) -> Any:
    """What the device is told at a minute of the vector; lists in `gone` in one order."""
    patched.setattr(clock, "now", lambda: MINUTE_0 + minute * clock.MINUTE)
    told = json.loads(snapshots.make_snapshot(device, since).as_json())
    return in_order(told)


def in_order(told: dict[str, Any]) -> dict[str, Any]:
    gone = told["gone"]
    lists = {name: sorted(gone[name]) for name in ("rounds", "doors", "people")}
    due = {round_: sorted(subjects) for round_, subjects in gone["due"].items()}
    return told | {"gone": lists | {"due": due}}


@pytest.mark.django_db
def test_the_server_tells_everything_and_then_what_changed(
    device: models.Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pull(device, 0, "", monkeypatch) == in_order(PULL["first"])
    # what happens in that minute: somebody is sampled, one renamed, two move out, one comes in
    rounds.Subject.objects.filter(round=ROUND, subject=P1).update(state="done", done_at=1)
    registry.Person.objects.filter(id=P2).update(name="章二")
    registry.Residence.objects.filter(person__in=[P3, P4]).update(presence="moved_out")
    street.live_in({P5: D3})
    registry.Person.objects.filter(id=P5).update(name="陈五")
    rounds.Subject.objects.create(round=ROUND, subject=P5, home=False, state="extra")
    rounds.Round.objects.filter(id=LUNCH).update(state="closed", closed_at=1)
    store.insert("sampling_issue",
                 ["entry", "round", "table_id", "first", "last", "at", "staff", "stands"],
                 [(street.entry_id(9), ROUND, make.TABLE, "GC000001", "GC000999", 1, make.BY,
                   True)])  # fmt: skip
    store.insert(
        "ledger_line",
        ["leaf", "device_id", "number", "received_at", "hash", "content", "custody", "entry",
         "kind", "clock_off"],
        [(0, make.DEVICE, 1, 1, b"", b"{}", "kept", street.entry_id(1), "person.sampled", False),
         (1, make.DEVICE, 2, 1, b"", b"what", "garbled", None, None, False)],
    )  # fmt: skip
    models.Verdict.objects.create(
        entry=street.entry_id(1), owner="rounds", code="PERSON_UNKNOWN", held=True
    )
    assert pull(device, 1, PULL["first"]["version"], monkeypatch) == in_order(PULL["changes"])
    whole = pull(device, 1, "", monkeypatch)
    after = PULL["after"] | {"since": None, "gone": whole["gone"]}
    assert whole == after  # who brought a copy up to date has what is told to who has none
