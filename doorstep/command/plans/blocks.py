"""What a plan says, as blocks that a page, a file and a paper draw alike: a sentence, tables,
pictures. Knows no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Table:
    """Rows of words under heads; the first column names the row, the others are figures but those
    of `words` (counted from 0).
    """

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    words: Sequence[int] = ()


@dataclass(frozen=True)
class Picture:
    """An SVG (face.drawings) under its title."""

    title: str
    svg: str


Blocks = Sequence[Table | Picture]


class Report(NamedTuple):
    """A plan in words: the answer in a sentence, and what stands below it."""

    sentence: str
    blocks: Blocks


def split(blocks: Blocks) -> list[dict[str, object]]:
    """The blocks as a template tells them apart."""
    return [{"table" if isinstance(block, Table) else "picture": block} for block in blocks]
