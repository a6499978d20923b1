"""What stands in the way of closing a round. Operations say it; config.wiring installs them.

Rounds know no tube and no result: they ask, and refuse to close while anybody answers.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple


class Block(NamedTuple):
    """One reason not to close: a code of ledger.codes and the facts that fill its text."""

    code: str
    facts: Mapping[str, object] = {}


Closer = Callable[[str], list[Block]]
_closers: list[Closer] = []


def install(closers: Iterable[Closer]) -> None:
    """Install what is asked before a close: functions from a round's id to what blocks it."""
    _closers[:] = closers


def list_blocks(round_: str) -> list[Block]:
    """Everything that stands in the way of closing this round."""
    return [block for closer in _closers for block in closer(round_)]
