"""Opens the played day in the book and makes what the player is handed, as plain data: the round,
rolls of tubes at the tables, single-use codes for every device. The player's own shape of it is
play.hand.Hand, which this package does not know. Refuses an estate that is not under control.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from doorstep.kit import codes
from doorstep.ledger import devices, store
from doorstep.operations.sampling.actions import tubes
from doorstep.rounds import actions as rounds
from doorstep.rounds import models as rounds_models
from doorstep.town import duty, numbering, places, plan

OFFICER = "hq1"  # opens the day at the desk of the subdistrict's HQ
TUBES = 900  # on a roll
A_TABLE, AN_ESTATE = 10_000, 1_000_000  # serials apart
DIGITS = 7
COURIERS, STEWARDS = 4, 2
CODE_LASTS = 7 * 24 * 60  # minutes
_LIST = 500  # people looked up together


class _Staff(NamedTuple):
    id: str


class Asked(NamedTuple):
    """What is to be played. `tables`: None for as many as there are."""

    estate: str = plan.ESTATE
    tables: int | None = 20
    seed: int = plan.SEED


def open_day(asked: Asked) -> dict[str, Any]:
    """Open the sampling round of the estate on the town's day and make the hand.

    Raises:
        KeyError: no controlled estate has that name.
        Refused: the round cannot be opened.
    """
    town = plan.get_plan()
    estate = town.get_estate(asked.estate)
    number = town.estates.index(estate)
    officer = _Staff(duty.staff_id(town, OFFICER))
    area = places.estate_id(number)
    round_ = rounds.open_round(officer, round_kind="sampling", area=area, day=plan.DAY)
    opened = rounds_models.Round.objects.get(id=round_)
    before = rounds_models.Round.objects.filter(area=area, parent=None).count() - 1
    tables = places.count_tables(town, estate)
    used = min(asked.tables or tables, tables)
    desks = _Desks(town, number, round_, officer, before)
    laboratories = [
        {
            "desk": desks.make(f"laboratory-{n}", "laboratory", login, duty.unit_id(town, unit)),
            "unit": duty.unit_id(town, unit),
            "name": next(each.name for each in town.units if each.key == unit),
            "account": login,
        }
        for n, (unit, login) in enumerate(
            (("laboratory_1", "lab1"), ("laboratory_2", "chanyuan")), 1
        )
    ]
    return {
        "zone": town.subdistrict.zone,
        "day": plan.DAY,
        "round": round_,
        "round_area": area,
        "pool": opened.pool or "ten",
        "estate": estate.name,
        "seed": asked.seed,
        "officer": OFFICER,
        "password": duty.PASSWORD,
        "due": _list_due(round_),
        "tables": [desks.make_table(n, f"table-{n:02}") for n in range(1, used + 1)],
        "home": [desks.make_table(tables + n, f"home-{n}") for n in range(1, places.TEAMS + 1)],
        "stewards": [
            desks.make(f"steward-{n}", "steward", _login(town, "steward", n, number), area)
            for n in range(1, STEWARDS + 1)
        ],
        "couriers": [
            desks.make(f"courier-{n}", "courier", f"courier{n}", "") for n in range(1, COURIERS + 1)
        ],
        "laboratories": laboratories,
        "strangers": _list_strangers(area),
        "unlisted": [numbering.id_of("visitor", before * 10 + n) for n in range(1, 5)],
    }


class _Desks:
    """Makes the day's devices."""

    def __init__(
        self, town: plan.Plan, estate: int, round_: str, officer: _Staff, before: int
    ) -> None:
        self.town, self.estate, self.round = town, estate, round_
        self.officer, self.before = officer, before

    def make(
        self, name: str, role: str, login: str, place: str, rolled: Sequence[str] = ()
    ) -> dict[str, Any]:
        staff = duty.staff_id(self.town, login)
        code = devices.make_code(
            role, minutes=CODE_LASTS, place=place or None, people=[staff], label=name
        )
        return {"name": name, "code": code, "staff": staff, "place": place, "tubes": list(rolled)}

    def make_table(self, number: int, name: str) -> dict[str, Any]:
        """A table's device, with a roll of tubes that is issued to it."""
        place = places.table_id(self.estate, number)
        first = self.estate * AN_ESTATE + number * A_TABLE + self.before * TUBES
        roll = [codes.make("ZH", first + at, DIGITS) for at in range(TUBES)]
        tubes.issue_tubes(self.officer, round=self.round, table=place, first=roll[0], last=roll[-1])
        login = _login(self.town, "table", number, self.estate)
        return self.make(name, "registrar", login, place, roll)


def _login(town: plan.Plan, role: str, number: int, estate: int) -> str:
    """The account of the `number`th of them; where there are fewer, the last one works on."""
    if estate == 0:
        most = next(each.count for each in town.accounts if each.login == role)
        return f"{role}{min(number, most)}"
    most = town.other_estates.registrars
    return f"{town.estates[estate].key}-table{min(number, most)}"


def _list_due(round_: str) -> list[dict[str, Any]]:
    """The round's list in the order of doors and names: the same town gives the same day."""
    rows = store.query(
        "SELECT s.subject, s.door, b.code, s.home FROM rounds_subject s "
        "JOIN registry_place d ON d.id = s.door JOIN registry_place b ON b.id = d.building "
        "JOIN registry_person p ON p.id = s.subject "
        "WHERE s.round = %s AND s.state <> 'extra' ORDER BY d.id, p.born_on, p.name, p.id",
        [round_],
    )
    return [
        {"person": str(person), "door": str(door), "building": int(building), "home": bool(home)}
        for person, door, building, home in rows
    ]


def _list_strangers(area: str) -> list[str]:
    rows = store.query(
        "SELECT r.person FROM registry_residence r JOIN registry_person p ON p.id = r.person "
        "WHERE r.estate <> %s AND r.presence = 'present' ORDER BY r.door, p.born_on, p.name "
        "LIMIT 4",
        [area],
    )
    return [str(person) for (person,) in rows]
