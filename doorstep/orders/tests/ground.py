"""A little subdistrict for tests: two estates, two units, and whoever signs in for them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from doorstep.kit import clock
from doorstep.ledger import store
from doorstep.orders import actions, days, evidence, packs

_HEAD = "0190a0a0-0000-7000-8000-"
SUBDISTRICT = _HEAD + "0000000000a1"
COMMUNITY = _HEAD + "0000000000a2"
ESTATE = _HEAD + "00000000e001"
OTHER_ESTATE = _HEAD + "00000000e002"
HEADQUARTERS, STREET_OFFICE = _HEAD + "0000000000b1", _HEAD + "0000000000b2"
ZONE = "Asia/Shanghai"
COUNTY, CITY, SUBDISTRICT_CODE = "440605", "440600", "440605001"
PAPER = "南防指示例〔2021〕32号"


class Staff(NamedTuple):
    """Whoever signed in."""

    id: str


CHEN = Staff(_HEAD + "0000000000c1")  # duty officer, headquarters
WANG = Staff(_HEAD + "0000000000c2")  # approver, street office
LI = Staff(_HEAD + "0000000000c3")  # duty officer, headquarters too
ZHAO = Staff(_HEAD + "0000000000c4")  # steward of the estate, street office
HUANG = Staff(_HEAD + "0000000000c5")  # duty officer of the other estate only, street office
HE = Staff(_HEAD + "0000000000c6")  # duty officer of no unit


def building(number: int, estate: str = ESTATE) -> str:
    return estate[:-8] + f"b{number:03d}" + estate[-4:]


def door(building_: str, number: int) -> str:
    return building_[:24] + f"d{number:03d}" + building_[-8:]


def entry_id(number: int) -> str:
    return f"0190a0a0-0000-7000-9000-{number:012x}"


def build(buildings: int = 3, doors: int = 2) -> None:
    """Lay out the subdistrict; two people live behind each door of the first estate, one away."""
    columns = ["id", "parent", "kind", "name", "english", "path", "estate", "building", "sort"]
    top = f"/{SUBDISTRICT}/"
    places: list[tuple[object, ...]] = [
        (SUBDISTRICT, None, "subdistrict", "桂城街道", "Guicheng", top, None, None, 0),
        (COMMUNITY, SUBDISTRICT, "community", "同成社区", "", f"{top}{COMMUNITY}/", None, None, 0),
    ]
    homes = []
    for estate, name in ((ESTATE, "中海锦城"), (OTHER_ESTATE, "御水岸")):
        path = f"{top}{COMMUNITY}/{estate}/"
        places.append((estate, COMMUNITY, "estate", name, "", path, estate, None, 0))
        for b in range(1, buildings + 1):
            own = building(b, estate)
            inside = f"{path}{own}/"
            places.append((own, estate, "building", f"{b}座", "", inside, estate, own, b))
            for d in range(1, doors + 1):
                home = door(own, d)
                row = (home, own, "door", f"{d}01", "", f"{inside}{home}/", estate, own, d)
                places.append(row)
                homes += [(home, own, estate)] if estate == ESTATE else []
    store.insert("registry_place", columns, places)
    residents = []
    for n, (home, own, estate) in enumerate(homes):
        for k, presence in enumerate(("present", "present", "away")):
            person = f"0190a0a0-0000-7000-a00{k}-{n:012x}"
            residents.append((person, home, own, estate, presence, 0, person))
    named = ["person", "door", "building", "estate", "presence", "since_at", "entry"]
    store.insert("registry_residence", named, residents)
    _staff()


def _staff() -> None:
    store.insert(
        "registry_staff",
        ["id", "name", "title", "account", "unit", "is_active", "password"],
        [
            (CHEN.id, "陈", "", "chen", HEADQUARTERS, True, ""),
            (WANG.id, "王", "", "wang", STREET_OFFICE, True, ""),
            (LI.id, "李", "", "li", HEADQUARTERS, True, ""),
            (ZHAO.id, "赵", "", "zhao", STREET_OFFICE, True, ""),
            (HUANG.id, "黄", "", "huang", STREET_OFFICE, True, ""),
            (HE.id, "何", "", "he", None, True, ""),
        ],
    )
    store.insert(
        "registry_unit",
        ["id", "type", "name", "english", "founded_by", "sort"],
        [
            (HEADQUARTERS, "headquarters", "街道指挥部", "Subdistrict headquarters", "", 1),
            (STREET_OFFICE, "office", "同成社区工作站", "Tongcheng community office", "", 2),
        ],
    )
    store.insert(
        "registry_role",
        ["staff", "role", "place"],
        [
            (CHEN.id, "duty_officer", SUBDISTRICT),
            (LI.id, "duty_officer", SUBDISTRICT),
            (WANG.id, "approver", SUBDISTRICT),
            (ZHAO.id, "steward", ESTATE),
            (HUANG.id, "duty_officer", OTHER_ESTATE),
            (HE.id, "duty_officer", SUBDISTRICT),
        ],
    )


# ---- acts, as people do them ----


def digest(key: str = "GD-2021-06") -> str:
    found = packs.find_digest(key)
    assert found is not None
    return found


def adopt(key: str = "GD-2021-06") -> str:
    actions.adopt_pack(CHEN, digest=digest(key))
    return digest(key)


def record(fact: str, place: str = ESTATE, on: str = "", **more: Any) -> str:
    now = clock.now()
    return actions.record_evidence(
        CHEN,
        pack=more.pop("pack", digest()),
        fact=fact,
        place=place,
        on=on or clock.day_of(more.get("at") or now, ZONE),
        document=more.pop("document", "NF-2021-7"),
        **more,
    )


def propose(**changed: Any) -> str:
    """Propose to close the estate for 14 days from now; what is given instead, is taken."""
    now = changed.get("at") or clock.now()
    given: dict[str, Any] = {
        "pack": digest(),
        "rule": "closed",
        "places": [ESTATE],
        "authority": COUNTY,
        "document": PAPER,
        "start": now,
    }
    given |= changed
    start = given["start"]
    given.setdefault("end", start + 14 * clock.DAY)
    given.setdefault("review", days.add(clock.day_of(start, ZONE), 7))
    staff = given.pop("staff", CHEN)
    if "evidence" not in given:
        given["evidence"] = [record("infection_found", given["places"][0], pack=given["pack"])]
    return actions.propose_order(staff, **given)


def put_in_force(**changed: Any) -> str:
    order = propose(**changed)
    actions.approve_order(WANG, order=order)
    return order


class Rounds:
    """A provider of evidence for tests: the rounds of each area, and results as grounds."""

    def __init__(
        self,
        rounds: Mapping[str, Sequence[evidence.Round]] | None = None,
        grounds: Mapping[str, evidence.Ground] | None = None,
    ) -> None:
        self.rounds, self.grounds = rounds or {}, grounds or {}

    def list_round_evidence(self, area: str) -> Sequence[evidence.Round]:
        return self.rounds.get(area, ())

    def find_grounds(self, entries: Collection[str]) -> Mapping[str, evidence.Ground]:
        return {entry: self.grounds[entry] for entry in entries if entry in self.grounds}
