"""What orders ask of the packages above them: rounds as evidence, and entries as grounds.

Orders know no round and no result. `config.wiring` installs a provider; without one there is no
evidence of rounds, so no condition that needs them is met and no such ground is accepted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol


class Round(NamedTuple):
    """A round of testing that was to reach everybody of an area, as evidence. Moments in µs.

    `closed`: closed, and every tube has its result. `all_negative`: closed, nobody missed, every
    result negative for the asked area. `last_result_at`: when the last result was reported.
    `positive_at`: when a recheck confirmed an infection in the asked area; None if none did.
    """

    round: str
    day: str
    closed: bool
    all_negative: bool
    last_result_at: int | None
    positive_at: int | None


class Ground(NamedTuple):
    """What an entry says: its kind, the fact of a pack's vocabulary it stands for, and where."""

    kind: str
    fact: str
    places: tuple[str, ...]


class Provider(Protocol):
    """What the operation that tests people says of its rounds and results."""

    def list_round_evidence(self, area: str) -> Sequence[Round]:
        """The rounds that were to reach everybody of `area` (an estate, building, …), by day."""
        ...

    def find_grounds(self, entries: Collection[str]) -> Mapping[str, Ground]:
        """Those of `entries` that are results in force, with the fact they establish."""
        ...

    def list_grounds(self, area: str) -> Mapping[str, Ground]:
        """The entries that are results in force establishing a fact in `area`, latest first."""
        ...


class Nothing:
    """The provider of an installation that tests nobody."""

    def list_round_evidence(self, area: str) -> Sequence[Round]:
        """No round."""
        return ()

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
