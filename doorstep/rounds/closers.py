"""What stands in the way of closing a round. Operations say it; config.wiring installs them.

Rounds know no tube and no result: they ask, and refuse to close while anybody answers.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple


class Block(NamedTuple):
    """One reason not to close: a code of ledger.codes and the facts that fill its text."""

    code: str
    facts: Mapping[str, object] = {}


Closer = Callable[[Collection[str]], Mapping[str, list[Block]]]
_closers: list[Closer] = []


def install(closers: Iterable[Closer]) -> None:
    """Install what is asked before a close: functions from the ids of rounds to what blocks each;
    one that nothing blocks may be left out.
    """
    _closers[:] = closers


def list_blocked(rounds: Collection[str]) -> dict[str, list[Block]]:
    """The rounds that may not be closed, with everything that stands in the way. Every operation is
    asked once, however many rounds there are.
    """
    found: defaultdict[str, list[Block]] = defaultdict(list)
    for closer in _closers:
        for round_, blocks in closer(rounds).items():
            found[round_] += blocks
    return {round_: blocks for round_, blocks in found.items() if blocks}


def list_blocks(round_: str) -> list[Block]:
    """Everything that stands in the way of closing this round."""
    return list_blocked([round_]).get(round_, [])
