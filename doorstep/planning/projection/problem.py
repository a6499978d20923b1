"""What is asked of a projection: an estate by buildings and household sizes, a disease, how many
are infected when it begins, and the measures to compare.

Refuses, by `Wrong` with the path of the field, what cannot be played.
"""

import importlib.resources
import tomllib
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from doorstep.planning.wrong import Wrong

MOST_PEOPLE: Final = 100_000
MOST_HOUSEHOLD: Final = 99  # people; the pattern of a size
MOST_DAYS: Final = 120
MOST_RUNS: Final = 20_000
Name = Annotated[str, Meta(min_length=1, max_length=60)]
Share = Annotated[float, Meta(ge=0, le=1)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Duration(_Struct, frozen=True):
    """Days, lognormally spread, of at least one; with its source, in English and in Chinese."""

    mean: Annotated[float, Meta(ge=1, le=60)]
    cv: Annotated[float, Meta(ge=0, le=2)]
    source: tuple[str, str]


class Figure(_Struct, frozen=True):
    """A figure and where it comes from, in English and in Chinese."""

    value: Annotated[float, Meta(ge=0, le=20)]
    source: tuple[str, str]


class Disease(_Struct, frozen=True):
    """A disease as data (diseases/*.toml). `building_a_day`, `estate_a_day`: people one infectious
    person infects a day where all others are susceptible; `household_attack`: the chance that a
    member of the household catches it from one other, in all their infectious days.
    """

    names: tuple[str, str]
    latent_days: Duration
    infectious_days: Duration
    household_attack: Figure
    building_a_day: Figure
    estate_a_day: Figure
    sensitivity: Figure
    lost_by_doubling: Figure


class Building(_Struct, frozen=True):
    """`count` buildings alike; `households`: size → how many of them in each."""

    households: Annotated[
        dict[Annotated[str, Meta(pattern=r"^[1-9][0-9]?\Z")], Annotated[int, Meta(ge=0, le=5_000)]],
        Meta(min_length=1),
    ]
    count: Annotated[int, Meta(ge=1, le=1_000)] = 1


class Measures(_Struct, frozen=True):
    """What is done. Days count from 1. Sealing leaves `kept_building` and `kept_estate` of the
    contacts among neighbours and in the estate. Tests: everybody every `test_every` days from
    `first_test` on, in pools; who is found is isolated when the result is there.
    """

    name: Name
    sealed_from: Annotated[int, Meta(ge=1, le=MOST_DAYS)] | None = None
    kept_building: Share = 0.3
    kept_estate: Share = 0.05
    test_every: Annotated[int, Meta(ge=1, le=60)] | None = None
    first_test: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 1
    pool: Annotated[int, Meta(ge=1, le=40)] = 10
    result_days: Annotated[int, Meta(ge=0, le=14)] = 1
    isolate_household: bool = False


class Projection(_Struct, frozen=True):
    """The question. `disease`: a name of diseases/, or the disease itself. `release_days`: so many
    days without a new infection at the end are what a release asks for.
    """

    name: Name
    disease: str | Disease
    buildings: Annotated[tuple[Building, ...], Meta(min_length=1, max_length=1_000)]
    measures: Annotated[tuple[Measures, ...], Meta(min_length=1, max_length=8)]
    infected: Annotated[int, Meta(ge=0, le=1_000)]
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 30
    release_days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 14
    runs: Annotated[int, Meta(ge=20, le=MOST_RUNS)] = 1_000
    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 1


def read_disease(named: str | Disease) -> Disease:
    """The disease of a name. Raises `Wrong`: NOT_THERE."""
    if isinstance(named, Disease):
        return named
    folder = importlib.resources.files(__package__).joinpath("diseases")
    known = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    if f"{named}.toml" not in known:
        raise Wrong("disease", "NOT_THERE", what=named)
    text = folder.joinpath(f"{named}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Disease)


def check(asked: Projection) -> None:
    """Refuse what cannot be played. Raises `Wrong`."""
    people = count_people(asked)
    if people < 1:
        raise Wrong("buildings", "EMPTY")
    if people > MOST_PEOPLE:
        raise Wrong("buildings", "MOST", most=f"{MOST_PEOPLE:,}")
    if asked.infected > people:
        raise Wrong("infected", "MOST", most=f"{people:,}")
    if asked.release_days > asked.days:
        raise Wrong("release_days", "MOST", most=asked.days)
    names = [each.name for each in asked.measures]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Wrong(f"measures[{number}].name", "TWICE", what=name)
    read_disease(asked.disease)


def count_people(asked: Projection) -> int:
    """How many live there."""
    return sum(
        each.count * sum(int(size) * many for size, many in each.households.items())
        for each in asked.buildings
    )
