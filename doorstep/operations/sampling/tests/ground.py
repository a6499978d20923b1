"""The ground of the tests of sampling's desks: a little estate with tables, a laboratory, staff and
an open round. Ids say what they are; everything written to the book goes through the desk.
"""

from typing import NamedTuple

from doorstep.kit import clock, codes
from doorstep.ledger import store
from doorstep.registry import models as registry
from doorstep.rounds import actions as rounds
from doorstep.rounds.tests import street

TABLE = "0190a0a0-0000-7000-8000-0000000ab1e1"
OTHER_TABLE = "0190a0a0-0000-7000-8000-0000000ab1e2"
LABORATORY = "0190a0a0-0000-7000-8000-00000001ab01"
SECOND_LABORATORY = "0190a0a0-0000-7000-8000-00000001ab02"
LI = "0190a0a0-0000-7000-8000-00000000d0e1"  # registrar of the estate
XU = "0190a0a0-0000-7000-8000-00000000d0e2"  # courier
HE = "0190a0a0-0000-7000-8000-00000000d0e3"  # laboratory, serves in the first
WU = "0190a0a0-0000-7000-8000-00000000d0e4"  # laboratory, serves in the second
SERVES_IN = {HE: LABORATORY, WU: SECOND_LABORATORY}
OFFICER = street.DUTY_OFFICER
REGISTRAR, COURIER = street.Staff(LI), street.Staff(XU)
ANALYST, OTHER_ANALYST = street.Staff(HE), street.Staff(WU)
STRANGER = street.STRANGER
NAMES = {
    street.CHEN: "陈值班",
    LI: "李登记",
    XU: "徐转运",
    HE: "何检验",
    WU: "吴检验",
    street.ZHAO: "赵远",
}


class Ground(NamedTuple):
    """What the tests begin with."""

    round: str
    people: list[str]


def lay_out(*, pool: str = "ten", doors: int = 6, people: int = 2, buildings: int = 1) -> Ground:
    """Two tables in an estate, a laboratory, and a round open today; the people of building 1."""
    street.build(buildings, doors, people)
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "sort"]
    estate = street.ESTATE
    store.insert(
        "registry_place",
        columns,
        [
            (table, estate, "table", code, f"{code}号采样台", f"/{estate}/{table}/", estate, 900)
            for table, code in ((TABLE, "1"), (OTHER_TABLE, "2"))
        ],
    )
    registry.Staff.objects.bulk_create(
        [
            registry.Staff(
                id=id_,
                name=name,
                account=f"staff{at}",
                password="!",
                unit=SERVES_IN.get(id_),
            )
            for at, (id_, name) in enumerate(NAMES.items())
        ]
    )
    registry.Unit.objects.bulk_create(
        [
            registry.Unit(id=LABORATORY, type="laboratory", name="区疾控实验室"),
            registry.Unit(id=SECOND_LABORATORY, type="laboratory", name="第二实验室", sort=1),
        ]
    )
    store.insert(
        "registry_role",
        ["staff", "role", "place"],
        [
            (LI, "registrar", estate),
            (XU, "courier", estate),
            *((who, "laboratory", estate) for who in SERVES_IN),
        ],
    )
    day = clock.day_of(clock.now(), "Asia/Shanghai")
    round_ = rounds.open_round(OFFICER, round_kind="sampling", area=estate, day=day, pool=pool)
    persons = [
        street.person_id(1, door, number)
        for door in range(1, doors + 1)
        for number in range(1, people + 1)
    ]
    return Ground(round_, persons)


def tube(number: int) -> str:
    """The code of a tube of our own."""
    return codes.make("GC", number)
