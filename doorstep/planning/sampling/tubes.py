"""Fills the swabs of whole households into tubes of a pool size, with a bound on the fewest.

First-fit decreasing: the largest household first, into the first tube with room. A household larger
than a tube fills tubes of its own, and only its rest is packed. Never mixes what the caller keeps
apart: buildings that share no tube are filled one by one.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from doorstep.planning.wrong import Wrong

VALIDATED_SIZES: Final = (1, 5, 10, 20)
"""Swabs in a tube that laboratories have validated (NHC methods; pooling of pools is not)."""
MOST_HOUSEHOLDS: Final = 100_000


class Filling(msgspec.Struct, frozen=True):
    """`tubes`: for each tube the swabs of a household as (index of household, swabs); `bound`: no
    filling has fewer tubes."""

    tubes: tuple[tuple[tuple[int, int], ...], ...]
    bound: int

    @property
    def gap(self) -> float:
        """Share by which the tubes exceed the bound; 0: proved to be the fewest."""
        return len(self.tubes) / self.bound - 1 if self.bound else 0.0


def fill(people: Sequence[int], size: int) -> Filling:
    """Tubes for households of so many `people` (0: nobody at home), at most `size` swabs in each.

    Raises `Wrong`: a size that is not validated, a negative household, too many households.
    """
    if size not in VALIDATED_SIZES:
        right = ", ".join(map(str, VALIDATED_SIZES))
        raise Wrong("pool", "BOUND", right=right)
    if len(people) > MOST_HOUSEHOLDS:
        raise Wrong("households", "MOST", most=MOST_HOUSEHOLDS)
    tubes: list[list[tuple[int, int]]] = []
    rests: list[tuple[int, int]] = []
    for index, count in enumerate(people):
        if count < 0:
            raise Wrong(f"households[{index}]", "BOUND", right=">= 0")
        tubes.extend([(index, size)] for _ in range(count // size))
        if count % size:
            rests.append((index, count % size))
    full = len(tubes)
    rests.sort(key=lambda rest: (-rest[1], rest[0]))
    # Decreasing: tubes once too full for a household are reopened only by a smaller one, so the
    # first tube with room never moves back while the swabs stay equal.
    room: list[int] = []
    first, before = 0, size + 1
    for index, swabs in rests:
        if swabs != before:
            first, before = 0, swabs
        while first < len(room) and room[first] < swabs:
            first += 1
        if first == len(room):
            room.append(size)
            tubes.append([])
        tubes[full + first].append((index, swabs))
        room[first] -= swabs
    return Filling(tuple(map(tuple, tubes)), full + _bound([swabs for _, swabs in rests], size))


def _bound(swabs: Sequence[int], size: int) -> int:
    """Martello and Toth's L2 (1990): those over half need a tube each, and what the middle ones do
    not find room for beside them needs more."""
    best = -(-sum(swabs) // size)
    for least in range(1, size // 2 + 1):
        large = sum(1 for each in swabs if each > size - least)
        middle = [each for each in swabs if size / 2 < each <= size - least]
        small = sum(each for each in swabs if least <= each <= size / 2)
        more = max(0, -(-(small - (len(middle) * size - sum(middle))) // size))
        best = max(best, large + len(middle) + more)
    return best
