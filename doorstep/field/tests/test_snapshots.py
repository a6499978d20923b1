"""What a device pulls: its area and no other, masked, only what is new, packed once."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from doorstep.field import areas, snapshots
from doorstep.ledger import desk, devices, models
from doorstep.registry.models import Place
from doorstep.rounds import actions
from doorstep.rounds.tests import street
from tests.stranger import BY, Phone, line

TABLE = "0190a0a0-0000-7000-8000-00000000ab1e"


class Puller(Phone):
    """A phone that also pulls."""

    def sign_in(self) -> None:
        def ask(**fields: str) -> Any:
            body = json.dumps({"device": self.device, **fields})
            answer = self.http.post("/field/v1/session", body, content_type="application/json")
            return answer.json()

        nonce = ask()["nonce"]
        text = f"doorstep-v1\nsession\n{self.cell}\n{self.device}\n{nonce}\n"
        self.token = ask(nonce=nonce, signature=self.private.sign(text.encode()).hex())["token"]

    def pull(self, since: str = "", **headers: str) -> Any:
        said = {name.replace("_", "-"): word for name, word in headers.items()}
        said["Authorization"] = f"Bearer {self.token}"
        return self.http.get(f"/field/v1/snapshot?since={since}", headers=said)


@pytest.fixture
def round_(cell: models.Cell, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(areas, "FRESH_SECONDS", -1.0)
    monkeypatch.setattr(areas, "_areas", type(areas._areas)())
    street.build(buildings=2, doors=3, people=2)
    estate = Place.objects.get(id=street.ESTATE)
    path = f"{estate.path}{TABLE}/"
    Place.objects.create(
        id=TABLE, parent=estate.id, kind="table", name="1", path=path, estate=estate.id
    )
    return actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day="2021-06-21"
    )


@pytest.fixture
def phone(round_: str) -> Puller:
    phone = Puller(place=TABLE)
    phone.sign_in()
    return phone


def test_a_table_gets_its_estate_with_masked_names_and_who_is_due(
    phone: Puller, round_: str
) -> None:
    told = phone.pull().json()
    assert told["area"] == street.ESTATE and told["staff"] == [BY] and told["since"] is None
    assert told["rounds"][round_]["kind"] == "sampling"
    assert len(told["people"]) == len(told["due"][round_]) == 12 and len(told["doors"]) == 6
    assert all(name.endswith("*") and len(name) == 2 for name, _ in told["people"].values())
    assert set(told["due"][round_].values().__iter__().__next__()) == {"due", False}


def test_the_tubes_issued_to_a_table_are_told_to_it_alone(phone: Puller, round_: str) -> None:
    issued = {"kind": "tubes.issued", "round": round_, "table": TABLE}
    [entry] = desk.post(BY, [issued | {"first": "GC000001", "last": "GC000999"}])
    assert phone.pull().json()["tubes"] == [
        {"round": round_, "first": "GC000001", "last": "GC000999"}
    ]
    other = Puller(place=street.ESTATE)
    other.sign_in()
    assert other.pull().json()["tubes"] == []
    desk.post(BY, [{"kind": "line.settled", "entries": [entry], "stands": []}])  # taken back
    assert phone.pull().json()["tubes"] == []


def test_since_brings_only_what_changed(phone: Puller, round_: str) -> None:
    whole = phone.pull().json()
    nothing = phone.pull(whole["version"]).json()
    assert nothing["since"] == whole["version"] == nothing["version"]
    assert not (nothing["rounds"] or nothing["doors"] or nothing["people"] or nothing["due"])
    person = street.person_id(1, 1, 1)
    said = line(round=round_, person=person, tube="GC000001")
    assert phone.push([said]).status_code == 200
    changed = phone.pull(whole["version"]).json()
    assert changed["due"] == {round_: {person: ["done", False]}} and not changed["people"]
    assert phone.pull("0123456789ab.1").json()["since"] is None
    assert phone.pull("nonsense.⁹").json()["since"] is None


def test_a_round_of_a_part_names_the_doors_in_it(phone: Puller, round_: str) -> None:
    part = actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.building_id(2), day="2021-06-22"
    )
    told = phone.pull().json()["rounds"]
    assert told[part]["inside"] == sorted(street.door_id(2, door) for door in (1, 2, 3))
    assert "inside" not in told[round_] and "is_part" not in told[round_]


def test_who_moves_out_and_a_closed_round_are_gone(phone: Puller, round_: str) -> None:
    before = phone.pull().json()
    person, door = street.person_id(1, 1, 1), before["people"][street.person_id(1, 1, 1)][1]
    desk.post(BY, [{"kind": "residents.listed", "residents": [[person, door, "moved_out"]]}])
    after = phone.pull(before["version"]).json()
    assert after["gone"]["people"] == [person]
    assert person not in phone.pull().json()["people"]


def test_todays_verdicts_come_with_every_pull(phone: Puller) -> None:
    phone.push([line(), line(kind="bell.rung")])
    told = {each["n"]: each["codes"] for each in phone.pull().json()["verdicts"]}
    assert "PERSON_UNKNOWN" in told[1] and told[2] == ["KIND_UNKNOWN"]


def test_the_tag_names_the_content_and_gzip_is_the_same(phone: Puller) -> None:
    plain, packed = phone.pull(), phone.pull(Accept_Encoding="gzip")
    unpacked = json.loads(gzip.decompress(packed.content))
    assert unpacked | {"at": ""} == plain.json() | {"at": ""}
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert phone.pull(If_None_Match=plain.headers["ETag"]).status_code == 304
    phone.push([line()])
    assert phone.pull(If_None_Match=plain.headers["ETag"]).status_code == 200


def test_a_device_without_a_place_gets_its_own_part_only(cell: models.Cell) -> None:
    phone = Puller(devices.make_code("laboratory", minutes=5, people=[BY]))
    phone.sign_in()
    told = phone.pull().json()
    assert told["area"] is None and told["people"] == {} and told["staff"] == [BY]


@pytest.mark.parametrize("role", ["courier", "laboratory"])
def test_who_goes_to_no_door_gets_nobodys_name(round_: str, phone: Puller, role: str) -> None:
    other = Puller(role=role, place=street.ESTATE)
    other.sign_in()
    whole = phone.pull().json()
    for _ in range(2):  # the other's part is not the one that was packed for the table
        told = other.pull().json()
        assert list(told["rounds"]) == [round_] and told["version"] == whole["version"]
        assert told["people"] == told["doors"] == told["due"] == {}
    person = street.person_id(1, 1, 1)
    moved = [[person, whole["people"][person][1], "moved_out"]]
    desk.post(BY, [{"kind": "residents.listed", "residents": moved}])
    for pulled in (other.pull(told["version"]), other.pull(told["version"], Accept_Encoding="")):
        assert person not in pulled.content.decode()
        assert pulled.json()["gone"] == {"rounds": [], "doors": [], "people": [], "due": {}}
    steward = Puller(role="steward", place=street.ESTATE)
    steward.sign_in()
    assert len(steward.pull().json()["people"]) == len(whole["people"]) - 1


def test_a_garbled_line_is_told_with_every_pull(phone: Puller) -> None:
    phone.push([b"{", line(kind="bell.rung"), b""])
    told = {each["n"]: each["codes"] for each in phone.pull().json()["verdicts"]}
    assert told == {1: ["GARBLED"], 2: ["KIND_UNKNOWN"], 3: ["GARBLED"]}


def test_the_latest_lines_are_told_with_all_their_codes(
    phone: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.push([b"{", line(), line(), line()], sent="2021-06-21T08:31:02+08:00")
    whole = phone.pull().json()["verdicts"]
    assert [each["n"] for each in whole] == [1, 2, 3, 4] and len(whole[-1]["codes"]) > 1
    monkeypatch.setattr(snapshots, "MAX_SPOKEN", 2)
    assert phone.pull().json()["verdicts"] == whole[2:]


def test_what_is_gone_is_forgotten_when_it_is_more_than_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(areas, "FRESH_SECONDS", -1.0)
    area, days = areas.Area("somewhere"), iter(range(9))
    monkeypatch.setattr(areas, "_read", lambda place: read(next(days)))

    def read(day: int) -> Iterator[tuple[areas.Key, Any]]:
        return ((("due", f"round {day}", str(n)), ["due", False]) for n in range(100))

    first = area.get("", "registrar")
    second = area.get(first.version, "registrar")  # of the first hundred each is gone
    gone = json.loads(b"{%s}" % second.fields)["gone"]["due"]
    assert second.is_delta and len(gone["round 0"]) == 100
    third = area.get(second.version, "registrar")
    told = json.loads(b"{%s}" % third.fields)
    assert not third.is_delta and list(told["due"]) == ["round 2"] and not told["gone"]["due"]
    assert third.version.partition(".")[0] != second.version.partition(".")[0]
    for _ in range(5):
        area.get("", "registrar")
        assert len(area._rows) <= 200
