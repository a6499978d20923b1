"""The words and numbers of a programme, read from packs/programme.toml: categories, states, bands
of the board, voices, the three questions, days. Refuses a file with an unknown key or without a
language, and any question that is not one of the three.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from doorstep.ledger import kinds
from doorstep.rounds.round_kinds import Text

FILE = Path(__file__).parent / "packs" / "programme.toml"
QUESTIONS = ("gain", "happiness", "safety")
Stage = Literal["waiting", "working", "finished", "ended"]
ACCEPTED = "accepted"


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    key: kinds.Word
    label: Text


class Category(_Data, frozen=True, kw_only=True):
    """What a project is about."""


class State(_Data, frozen=True, kw_only=True):
    """What a report says of a project; `reason`: it needs one."""

    stage: Stage
    reason: bool = False


class Reason(_Data, frozen=True, kw_only=True):
    """Why a project is delayed or dropped."""


class Band(_Data, frozen=True, kw_only=True):
    """A band of the board: progress under `below` (0 to 100; 101: all of it; over: accepted)."""

    below: int


class Voice(_Data, frozen=True, kw_only=True):
    """What a resident says; `open`: it asks for an answer."""

    open: bool


class Question(_Data, frozen=True, kw_only=True):
    """A question of the survey; `short`: what it asks about."""

    short: Text


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it. `silent` and `answer` are days."""

    silent: int
    answer: int
    category: list[Category]
    state: list[State]
    reason: list[Reason]
    band: list[Band]
    voice: list[Voice]
    question: list[Question]

    def find_state(self, key: str) -> State | None:
        """The state of that word."""
        return next((each for each in self.state if each.key == key), None)

    def find_band(self, key: str) -> Band:
        """The band of that word. Raises KeyError."""
        return {each.key: each for each in self.band}[key]


@cache
def get() -> Catalogue:
    """The programme's own. Raises ValueError where the file does not hold together."""
    found = msgspec.toml.decode(FILE.read_bytes(), type=Catalogue)
    if tuple(each.key for each in found.question) != QUESTIONS:
        raise ValueError("the survey asks the three questions and no other")
    if [each.below for each in found.band] != sorted({each.below for each in found.band}):
        raise ValueError("bands stand from the lowest")
    return found


def label(of: Iterable[_Data], key: str | None, language: str) -> str:
    """What a word is called; a word that is not in the file stands as it is, none is nothing."""
    for each in of:
        if each.key == key:
            return each.label.read(language)
    return key or ""
