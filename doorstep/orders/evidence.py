"""What orders ask of the packages above them: rounds as evidence, and entries as grounds.

Orders know no round and no result. `config.wiring` installs a provider; without one there is no
evidence of rounds, so no condition that needs them is met and no such ground is accepted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol


class Round(NamedTuple):
    """A round of testing that was to reach everybody of an area, as evidence. Moments in µs.

    `closed`: closed, and every tube has its result. `all_negative`: closed, nobody missed or
    refused, every result negative for the asked area; only then `sampled_at`: when its first swab
    was taken, from which it is valid, and `last_result_at`: when the last result was reported.
    """

    round: str
    day: str
    closed: bool
    all_negative: bool
    sampled_at: int | None
    last_result_at: int | None


class Positive(NamedTuple):
    """An infection that a recheck confirmed, one person to a tube: when the result was reported
    (µs), and every entry that reported or corrected it.
    """

    at: int
    entries: frozenset[str]


class Ground(NamedTuple):
    """What an entry says: its kind, the fact of a pack's vocabulary it stands for, and where."""

    kind: str
    fact: str
    places: tuple[str, ...]


class Provider(Protocol):
    """What the operation that tests people says of its rounds and results. `tests_people`: whether
    a day of tests is to have a round at all.
    """

    tests_people: bool

    def list_round_evidence(self, since: Mapping[str, str]) -> Mapping[str, Sequence[Round]]:
        """The rounds that were to reach everybody of an area (an estate, building, …), by day, for
        each area of `since`; those of the day it gives ("": any) and later.
        """
        ...

    def list_positives(self, areas: Collection[str]) -> Mapping[str, Sequence[Positive]]:
        """The infections confirmed among those who lived in an area when they were rechecked, for
        each of `areas`.
        """
        ...

    def find_grounds(self, entries: Collection[str]) -> Mapping[str, Ground]:
        """Those of `entries` that are results in force, with the fact they establish."""
        ...

    def list_grounds(self, area: str) -> Mapping[str, Ground]:
        """The entries that are results in force establishing a fact in `area`, latest first."""
        ...


class Nothing:
    """The provider of an installation that tests nobody."""

    tests_people = False

    def list_round_evidence(self, since: Mapping[str, str]) -> Mapping[str, Sequence[Round]]:
        """No round."""
        return {}

    def list_positives(self, areas: Collection[str]) -> Mapping[str, Sequence[Positive]]:
        """No infection."""
        return {}

    def find_grounds(self, entries: Collection[str]) -> Mapping[str, Ground]:
        """No ground."""
        return {}

    def list_grounds(self, area: str) -> Mapping[str, Ground]:
        """No ground."""
        return {}


_provider: Provider = Nothing()


def install(provider: Provider) -> None:
    """Set who answers. Called once at start-up, and by tests."""
    global _provider
    _provider = provider


def get() -> Provider:
    """Who answers."""
    return _provider
