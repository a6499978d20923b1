"""Who serves in the town: units and people on duty as the registry takes them. Pure.

Everybody is invented. All accounts of the town have the one word PASSWORD, which is written in the
documentation: a town that is loaded is for trying out and never for real people.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from doorstep.registry.staffing import NewStaff, NewUnit
from doorstep.town import names, numbering, places, plan

PASSWORD: Final = "doorstep-2021"
ADMINISTRATOR: Final = numbering.id_of("staff", 1)  # the first account of the plan


def list_units(town: plan.Plan) -> list[NewUnit]:
    """Every unit, parents first as the plan has them."""
    return [
        NewUnit(
            each.name,
            each.type,
            unit_id(town, each.key),
            each.english,
            each.parent and unit_id(town, each.parent),
            each.serves and _place_id(town, each.serves),
            each.founded_on or each.opened_on,
            each.founded_by or "",
            sort=number,
        )
        for number, each in enumerate(town.units)
    ]


def unit_id(town: plan.Plan, key: str) -> str:
    """The id of the unit of that key."""
    return numbering.id_of("office", [each.key for each in town.units].index(key) + 1)


def list_staff(town: plan.Plan, encoded: str, *, seed: int = plan.SEED) -> list[NewStaff]:
    """Everybody on duty, those with accounts first; `encoded` is the stored form of PASSWORD."""
    rng = random.Random(f"{seed}/staff")
    taken: Counter[str] = Counter()
    made: list[NewStaff] = []
    for login, role, unit, place, title in _list_accounts(town):
        new = NewStaff(
            _name(rng), unit_id(town, unit), login, roles=[(role, _place_id(town, place))],
            id=numbering.id_of("staff", len(made) + 1), title=title, encoded=encoded,
        )  # fmt: skip
        made.append(new)
    for account in town.accounts:
        taken[account.unit] += account.count if account.of_force else 0
    for force in town.forces:
        title = f"{force.work['zh']}（{force.origin['zh']}）"
        for _ in range(force.count - taken[force.unit]):
            made.append(
                NewStaff(_name(rng), unit_id(town, force.unit), title=title,
                         id=numbering.id_of("staff", len(made) + 1))
            )  # fmt: skip
    return made


def list_logins(town: plan.Plan) -> dict[str, list[str]]:
    """The logins by role, for whoever wants to sign in."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for login, role, *_ in _list_accounts(town):
        found[role].append(login)
    return dict(found)


def staff_id(town: plan.Plan, login: str) -> str:
    """The id of whoever has that account. Raises ValueError for none."""
    logins = [each[0] for each in _list_accounts(town)]
    return numbering.id_of("staff", logins.index(login) + 1)


def _list_accounts(town: plan.Plan) -> Iterator[tuple[str, str, str, str, str]]:
    """(login, role, unit key, place name, title) of each account, always in the same order."""
    for each in town.accounts:
        for number in range(1, each.count + 1):
            login = f"{each.login}{number}" if each.count > 1 else each.login
            yield login, each.role, each.unit, each.place, each.title["zh"]
    others = town.other_estates
    for estate in town.estates[1:]:
        for number in range(1, others.duty_officers + 1):
            title = "小区指挥部值班员"
            yield f"{estate.key}{number}", "duty_officer", others.unit, estate.name, title
        for number in range(1, others.registrars + 1):
            yield f"{estate.key}-table{number}", "registrar", others.unit, estate.name, "信息录入员"


def _place_id(town: plan.Plan, name: str) -> str:
    if name in ("subdistrict", town.subdistrict.name):
        return places.ROOT
    for number, estate in enumerate(town.estates):
        if estate.name == name:
            return places.estate_id(number)
    return places.community_id(town, name)


def _name(rng: random.Random) -> str:
    surname = next(names.draw_surnames(rng, 1))
    sex = "female" if rng.random() < 0.6 else "male"
    return surname + rng.choice(names.given_names(sex, rng.random() < 0.7))
