"""Loading the town into an empty book: places, units, people on duty, residents, orders.

Everything goes through the acts that people use, under the name of the town's administrator.
Refuses a book in which there is a place already: a town is never mixed with real people.
"""

from collections.abc import Callable
from typing import NamedTuple

from doorstep.registry import places as registry_places
from doorstep.registry import queries, staffing
from doorstep.town import decrees, duty, people, places, plan, residents

Progress = Callable[[str, int, int], None]


class NotEmpty(Exception):
    """There are places in the book already."""


class Loaded(NamedTuple):
    """What was loaded."""

    places: int
    units: int
    staff: int
    people: int
    orders: int


def is_empty() -> bool:
    """Whether the book has no place yet."""
    return queries.find_root() is None


def load(
    *,
    residents_wanted: int | None = None,
    estate: str | None = None,
    buildings: int | None = None,
    seed: int = plan.SEED,
    progress: Progress = lambda step, done, of: None,
) -> Loaded:
    """Load the controlled estates, or one of them; with `residents_wanted` the whole district.

    `buildings`: only people of the first so many of each estate, for trials. `progress` is told a
    step and how far it is.

    Raises:
        NotEmpty: the book has places already.
        KeyError: no controlled estate has that name.
    """
    if not is_empty():
        raise NotEmpty
    town = plan.get_plan()
    chosen = _choose(town, residents_wanted, estate, seed)
    registry_places.add_places(duty.ADMINISTRATOR, places.list_upper(town))
    count = 1 + len(town.communities)
    for done, (number, each) in enumerate(chosen, 1):
        made = places.list_estate(town, each, number)
        registry_places.add_places(duty.ADMINISTRATOR, made)
        count += len(made)
        progress("places", done, len(chosen))
    for number, missing in enumerate(town.estates):  # orders and units name all nine of them
        if number not in dict(chosen):
            made = places.list_estate(town, missing, number)
            registry_places.add_places(duty.ADMINISTRATOR, made)
            count += len(made)
    staff = _load_duty(town, seed)
    listed = _load_residents(chosen, buildings, seed, progress)
    orders = decrees.record_orders(town)
    progress("orders", orders, orders)
    return Loaded(count, len(town.units), staff, listed, orders)


def _choose(
    town: plan.Plan, wanted: int | None, name: str | None, seed: int
) -> list[tuple[int, plan.Estate]]:
    """The estates to fill with people, each with its number."""
    nine = list(enumerate(town.estates))
    if name is not None:
        one = town.get_estate(name)
        return [(number, each) for number, each in nine if each is one]
    if wanted is None:
        return nine
    rest = wanted - sum(each.residents for _, each in nine)
    others = list(plan.list_district(max(rest, 0), seed=seed)) if rest > 0 else []
    chosen = [*nine, *enumerate(others, len(nine))]
    assert len(chosen) <= people.MAX_ESTATES
    return chosen


def _load_duty(town: plan.Plan, seed: int) -> int:
    encoded = staffing.hash_password(duty.PASSWORD)
    staffing.add_units(duty.ADMINISTRATOR, duty.list_units(town))
    everybody = duty.list_staff(town, encoded, seed=seed)
    staffing.add_people_on_duty(duty.ADMINISTRATOR, everybody)
    return len(everybody)


def _load_residents(
    chosen: list[tuple[int, plan.Estate]], buildings: int | None, seed: int, progress: Progress
) -> int:
    total = sum(estate.residents for _, estate in chosen)
    before = listed = 0

    def show(done: int, of: int) -> None:
        # an estate may have a few lines more than it counts people: no step goes back after them
        progress("people", min(before + min(done, most), total), total)

    for number, estate in chosen:
        most = estate.residents
        report = residents.load_estate(
            estate, number, seed=seed, buildings=buildings, progress=show
        )
        listed += report.new + report.same + report.changed
        before += estate.residents
    progress("people", total, total)
    return listed
