"""A little subdistrict for tests: two estates, two units, and whoever signs in for them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from doorstep.kit import clock
from doorstep.orders import actions, days, evidence, packs
from doorstep.registry import models as registry

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
    """Lay out the subdistrict; behind each door of the first estate two people live and are there,
    and a third is away.
    """
    top = f"/{SUBDISTRICT}/"
    places = [
        _place(SUBDISTRICT, None, "subdistrict", "桂城街道", top, english="Guicheng"),
        _place(COMMUNITY, SUBDISTRICT, "community", "同成社区", f"{top}{COMMUNITY}/"),
    ]
    residents = []
    for estate, name in ((ESTATE, "中海锦城"), (OTHER_ESTATE, "御水岸")):
        path = f"{top}{COMMUNITY}/{estate}/"
        places.append(_place(estate, COMMUNITY, "estate", name, path, estate=estate))
        for b in range(1, buildings + 1):
            own = building(b, estate)
            inside, within = f"{path}{own}/", {"estate": estate, "building": own}
            places.append(_place(own, estate, "building", f"{b}座", inside, sort=b, **within))
            for d in range(1, doors + 1):
                home = door(own, d)
                row = _place(home, own, "door", f"{d}01", f"{inside}{home}/", sort=d, **within)
                places.append(row)
                residents += make_household(home, own, estate) if estate == ESTATE else []
    registry.Place.objects.bulk_create(places)
    registry.Residence.objects.bulk_create(residents)
    _add_staff()


def _place(
    id_: str, parent: str | None, kind: str, name: str, path: str, **more: Any
) -> registry.Place:
    given = {"english": "", **more}
    return registry.Place(id=id_, parent=parent, kind=kind, name=name, path=path, **given)


def make_household(home: str, own: str, estate: str) -> list[registry.Residence]:
    return [
        registry.Residence(
            person=f"{home[:19]}a00{k}{home[23:]}", door=home, building=own, estate=estate,
            presence=presence, since_at=0, entry=home,
        )
        for k, presence in enumerate(("present", "present", "away"))
    ]  # fmt: skip


def _add_staff() -> None:
    registry.Unit.objects.bulk_create(
        [
            registry.Unit(id=HEADQUARTERS, type="headquarters", name="街道指挥部"),
            registry.Unit(id=STREET_OFFICE, type="office", name="同成社区工作站"),
        ]
    )
    named = {
        CHEN: ("陈", HEADQUARTERS),
        WANG: ("王", STREET_OFFICE),
        LI: ("李", HEADQUARTERS),
        ZHAO: ("赵", STREET_OFFICE),
        HUANG: ("黄", STREET_OFFICE),
        HE: ("何", None),
    }
    registry.Staff.objects.bulk_create(
        [
            registry.Staff(id=staff.id, name=name, account=name, unit=unit)
            for staff, (name, unit) in named.items()
        ]
    )
    registry.Role.objects.bulk_create(
        [
            registry.Role(staff=CHEN.id, role="duty_officer", place=SUBDISTRICT),
            registry.Role(staff=LI.id, role="duty_officer", place=SUBDISTRICT),
            registry.Role(staff=WANG.id, role="approver", place=SUBDISTRICT),
            registry.Role(staff=ZHAO.id, role="steward", place=ESTATE),
            registry.Role(staff=HUANG.id, role="duty_officer", place=OTHER_ESTATE),
            registry.Role(staff=HE.id, role="duty_officer", place=SUBDISTRICT),
        ]
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


def put_in_force_ago(days_: int, **changed: Any) -> str:
    """The same, begun so many days ago."""
    start = clock.now() - days_ * clock.DAY
    order = propose(start=start, at=start, **changed)
    actions.approve_order(WANG, order=order, at=start + 1)
    return order


class Rounds:
    """A provider of evidence for tests: the rounds and confirmed infections of each area, and
    results as grounds.
    """

    tests_people = True

    def __init__(
        self,
        rounds: Mapping[str, Sequence[evidence.Round]] | None = None,
        grounds: Mapping[str, evidence.Ground] | None = None,
        positives: Mapping[str, Sequence[evidence.Positive]] | None = None,
    ) -> None:
        self.rounds, self.grounds, self.positives = rounds or {}, grounds or {}, positives or {}

    def list_round_evidence(
        self, since: Mapping[str, str]
    ) -> Mapping[str, Sequence[evidence.Round]]:
        return {
            area: [each for each in self.rounds.get(area, ()) if each.day >= day]
            for area, day in since.items()
        }

    def list_positives(self, areas: Collection[str]) -> Mapping[str, Sequence[evidence.Positive]]:
        return {area: self.positives.get(area, ()) for area in areas}

    def find_grounds(self, entries: Collection[str]) -> Mapping[str, evidence.Ground]:
        return {entry: self.grounds[entry] for entry in entries if entry in self.grounds}

    def list_grounds(self, area: str) -> Mapping[str, evidence.Ground]:
        return {entry: said for entry, said in self.grounds.items() if area in said.places}
