"""The facts of a sampling day as the rules see them, and the rows that they come to.

Shapes only. Times are microseconds since 1970 UTC; entries, rounds, people and places are ids.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

# A binding's state. Only the first two say that the person's swab counts.
EFFECTIVE = "effective"  # the one that counts the person in this round
AGAIN = "again"  # the same person once more: scanned twice, or two tubes that both stand
HELD = "held"  # a person has to settle it
REJECTED = "rejected"  # a person has settled that it does not stand
WITHDRAWN = "withdrawn"  # person.unsampled
VOID = "void"  # the tube was refused or its result is invalid: the person is due again
SPILLED = "spilled"  # a box.refused of no laboratory: whoever carries it says so


class Binding(NamedTuple):
    """A person.sampled: this person's swab went into this tube at `at` (µs UTC)."""

    entry: str
    round: str
    person: str
    tube: str
    at: int
    device: str
    number: int


class Withdrawal(NamedTuple):
    """A person.unsampled. It withdraws the binding it names, if round, person and tube agree."""

    entry: str
    binding: str
    round: str
    person: str
    tube: str


class TubeFact(NamedTuple):
    """tube.opened, tube.closed or tube.refused; what a fact does not carry is None."""

    entry: str
    tube: str
    fact: str  # opened | closed | refused
    round: str | None
    at: int
    device: str
    number: int
    pool: str | None
    table: str | None
    count: int | None  # type: ignore[assignment]  # a tuple's method is named so


class BoxFact(NamedTuple):
    """box.sealed, .collected, .handed_over, .received or .refused, which of no laboratory is a
    spill; `party` is who has it then.
    """

    entry: str
    box: str
    fact: str  # sealed | collected | handed_over | received | refused | spilled
    round: str | None
    at: int
    device: str
    number: int
    seal: str | None
    count: int | None  # type: ignore[assignment]  # a tuple's method is named so
    party: str | None


class Result(NamedTuple):
    """result.reported, or result.corrected when `corrects` names the entry it corrects."""

    entry: str
    tube: str
    outcome: str
    tested_at: int
    reported_at: int
    laboratory: str
    corrects: str | None


class Home(NamedTuple):
    """Where the roster says a person lives; None above what is known."""

    door: str | None
    building: str | None
    estate: str | None


class RoundFact(NamedTuple):
    """A round as opened: where, which pool unless a tube says otherwise, whether it is sampling.
    `most` people in one tube, where its kind takes tubes of one size only.
    """

    area: str
    pool: str | None
    is_sampling: bool
    most: int | None = None


class Settled(NamedTuple):
    """What people have settled: every entry any settlement names, and who of a set stands."""

    named: AbstractSet[str] = frozenset()
    stands: Callable[[Collection[str]], AbstractSet[str] | None] = lambda claims: None

    def says(self, entry: str) -> bool | None:
        """Whether this entry alone stands; None when nobody has said."""
        if entry not in self.named:
            return None
        standing = self.stands((entry,))
        return None if standing is None else entry in standing


class Facts(NamedTuple):
    """All facts about some tubes, by tube code, and what is known around them."""

    bindings: Mapping[str, Sequence[Binding]]
    withdrawals: Mapping[str, Sequence[Withdrawal]]
    tubes: Mapping[str, Sequence[TubeFact]]
    results: Mapping[str, Sequence[Result]]
    boxes: Mapping[str, Sequence["Box"]]
    homes: Mapping[str, Home]
    rounds: Mapping[str, RoundFact]
    above: Mapping[str, AbstractSet[str]]  # estate → the places it lies in
    listed: AbstractSet[tuple[str, str]]  # (round, person) on a due list, of those who need it
    settled: Settled


class Box(NamedTuple):
    """What a box has come to. A box code names one consignment, not the container."""

    box: str
    round: str | None
    seal: str | None
    tubes: frozenset[str]
    count: int  # type: ignore[assignment]
    state: str  # unsealed | sealed | collected | received | refused
    sealed_at: int | None
    collected_at: int | None
    received_at: int | None
    holder: str | None
    laboratory: str | None
    balanced: bool
    codes: tuple[tuple[str, str], ...]  # (entry, code)


class Tube(NamedTuple):
    """What a tube has come to. People are counted by swabs that count; times are µs UTC. Of a tube
    that holds a swab though nobody was bound to it, `sampled_at` is when that was seen first.
    """

    tube: str
    round: str | None
    table: str | None
    pool: str | None
    box: str | None
    estate: str | None
    laboratory: str | None
    people: int
    held: int
    voided: int
    counted: int | None  # the number said when it was closed
    opened_at: int | None
    sampled_at: int | None
    closed_at: int | None
    shipped_at: int | None
    received_at: int | None
    tested_at: int | None
    reported_at: int | None
    outcome: str | None
    state: str


class Sample(NamedTuple):
    """What a binding has come to: its state and today's codes, in alphabetical order."""

    state: str
    codes: tuple[str, ...]


class Derived(NamedTuple):
    """Everything that follows: by tube, by binding entry, and codes on all other entries."""

    tubes: dict[str, Tube]
    samples: dict[str, Sample]
    codes: list[tuple[str, str]]
