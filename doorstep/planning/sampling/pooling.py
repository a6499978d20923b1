"""What a pool size costs in tests at a positivity (Dorfman 1943), also for whole households.

A tube of one is its own result; a positive tube of several has everybody in it tested again. Takes
tests as perfect: what dilution misses is not in these figures. Only validated sizes are advised.
"""

from collections.abc import Sequence

import msgspec

from doorstep.planning.sampling.tubes import VALIDATED_SIZES, fill
from doorstep.planning.wrong import Wrong

_HALVINGS = 60


class Advice(msgspec.Struct, frozen=True):
    """`size`: swabs in a tube with the fewest tests; `tests_per_person`: of each validated size."""

    size: int
    tests_per_person: dict[int, float]


def tests_per_person(positivity: float, size: int) -> float:
    """Expected tests a person when `size` unrelated people share a tube: 1/k + 1 - (1-p)^k.

    `positivity`: share of people, 0 to 1. Raises `Wrong` outside, or for a size below 1.
    """
    _check(positivity)
    if size < 1:
        raise Wrong("pool", "BOUND", right=">= 1")
    return 1.0 if size == 1 else 1 / size + 1 - (1 - positivity) ** size


def advise(positivity: float) -> Advice:
    """The validated size with the fewest tests for unrelated people."""
    costs = {size: tests_per_person(positivity, size) for size in VALIDATED_SIZES}
    return Advice(min(VALIDATED_SIZES, key=costs.__getitem__), costs)


def advise_households(
    positivity: float, stairwells: Sequence[Sequence[int]], attack_rate: float
) -> Advice:
    """The same where tubes hold whole households of one stairwell, as `tubes.fill` fills them.

    `stairwells`: people of each household. A household larger than a tube is counted as if its
    tubes were unrelated. Raises `Wrong` as `brought_in` does.
    """
    people = [count for stairwell in stairwells for count in stairwell]
    share = brought_in(positivity, people, attack_rate)
    costs = {}
    for size in VALIDATED_SIZES:
        tubes = [tube for each in stairwells for tube in fill(each, size).tubes]
        swabs = [sum(count for _, count in tube) for tube in tubes]
        costs[size] = 1.0 if size == 1 else tests_of_tubes(share, swabs)
    return Advice(min(VALIDATED_SIZES, key=costs.__getitem__), costs)


def brought_in(positivity: float, households: Sequence[int], attack_rate: float) -> float:
    """The share of people who bring an infection home, such that `positivity` is reached.

    In a household with an infection one person has brought it and each other has it with
    `attack_rate`. Raises `Wrong` if the rate alone cannot reach the positivity (`positivity`).
    """
    _check(positivity)
    if not 0 <= attack_rate <= 1:
        raise Wrong("attack_rate", "BETWEEN", low=0, high=1)
    people = sum(households)
    if not people:
        raise Wrong("households", "EMPTY")

    def reached(share: float) -> float:
        met = ((1 - (1 - share) ** n) * (1 + (n - 1) * attack_rate) for n in households if n)
        return sum(met) / people

    if reached(1.0) < positivity:
        raise Wrong("positivity", "BETWEEN", low=0, high=round(reached(1.0), 4))
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < positivity else (low, middle)
    return high


def tests_of_tubes(share: float, swabs: Sequence[int]) -> float:
    """Expected tests a person when tubes of so many `swabs` hold whole households.

    `share`: as `brought_in` gives it. A tube is negative exactly if nobody in it brought an
    infection home, whatever the attack rate; that is what clustering saves.
    """
    _check(share)
    people = sum(swabs)
    if not people:
        raise Wrong("swabs", "EMPTY")
    tests = sum(1 + (n * (1 - (1 - share) ** n) if n > 1 else 0) for n in swabs if n)
    return tests / people


def _check(positivity: float) -> None:
    if not 0 <= positivity <= 1:
        raise Wrong("positivity", "BETWEEN", low=0, high=1)
