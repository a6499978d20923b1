"""Kinds of round and reasons for excusing, read from the TOML files beside this module.

A kind brings its words, colours and patterns along, so no page and no wall knows any kind by name.
Refuses a file with an unknown key, a missing state or a reason nobody explained.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from doorstep.rounds import rules

FOLDER = Path(__file__).parent
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
EntryKind = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+\.[a-z_]+$")]
Colour = Annotated[str, msgspec.Meta(pattern=r"^#[0-9A-F]{6}$")]
Pattern = Literal["solid", "outline", "hatch", "dots", "cross", "frame", "grey"]
Pool = Literal["single", "household", "five", "ten", "twenty"]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Data of ours: what is not declared is a mistake."""


class Text(_Data, frozen=True):
    """A text in both languages."""

    en: str
    zh: str

    def read(self, language: str) -> str:
        """The Chinese text for any `zh…`, else the English."""
        return self.zh if language.startswith("zh") else self.en


class State(_Data, frozen=True):
    """How a door in one state is named and drawn; `colour` on paper, `night` on a dark wall."""

    key: rules.Key
    label: Text
    colour: Colour
    night: Colour
    pattern: Pattern


class Home(_Data, frozen=True):
    """Who is reached at home: people with a flag or a standing, or everyone on the list."""

    flags: list[Word] = []
    standings: list[Word] = []
    everyone: bool = False


class Exclusion(_Data, frozen=True):
    """Who is excused when the list is drawn: a standing that began less than `hours` ago."""

    standing: Word
    hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 365)]
    reason: Word


class Sentence(_Data, frozen=True):
    """The sentence at the top of a page. `{due}`, `{outstanding}`, `{done}`, `{home}`, `{held}` are
    filled in; `home` and `held` are added where there are any.
    """

    open: Text
    open_one: Text
    closed: Text
    closed_one: Text
    finished: Text
    home: Text
    held: Text
    empty: Text


class RoundKind(_Data, frozen=True):
    """A kind of round. `marks` are the kinds of entry that make a subject done; `pool` is set where
    the kind allows one tube size only; `pack_rule` names what an adopted pack says about it.
    """

    code: Word
    subject: Literal["person", "door"]
    marks: Annotated[list[EntryKind], msgspec.Meta(min_length=1)]
    reasons: list[Word]
    label: Text
    sentence: Sentence
    legend: list[State]
    exclusion: list[Exclusion] = []
    home: Home | None = None
    pool: Pool | None = None
    pack_rule: Literal["sampling"] | None = None


class NotAKind(ValueError):
    """A kind of round that does not hold together; the text says where."""


def read_reasons(data: bytes) -> dict[str, Text]:
    """Reasons by code, from TOML. Raises NotAKind."""
    try:
        return msgspec.toml.decode(data, type=dict[Word, Text])
    except msgspec.MsgspecError as problem:
        raise NotAKind(str(problem)) from problem


def read_kind(data: bytes, reasons: dict[str, Text]) -> RoundKind:
    """One kind from TOML. Raises NotAKind."""
    try:
        kind = msgspec.toml.decode(data, type=RoundKind)
    except msgspec.MsgspecError as problem:
        raise NotAKind(str(problem)) from problem
    if [state.key for state in kind.legend] != list(rules.WORST_FIRST):
        raise NotAKind(f"{kind.code}: the legend must have {', '.join(rules.WORST_FIRST)} in order")
    unknown = {*kind.reasons, *(each.reason for each in kind.exclusion)} - reasons.keys()
    if unknown:
        raise NotAKind(f"{kind.code}: no such reason: {', '.join(sorted(unknown))}")
    if not {each.reason for each in kind.exclusion} <= set(kind.reasons):
        raise NotAKind(f"{kind.code}: an exclusion's reason is not among its reasons")
    _check_sentence(kind)
    return kind


def _check_sentence(kind: RoundKind) -> None:
    numbers = dict.fromkeys(("due", "outstanding", "done", "home", "held"), 0)
    for name in kind.sentence.__struct_fields__:
        for text in (getattr(kind.sentence, name).en, getattr(kind.sentence, name).zh):
            try:
                text.format(**numbers)
            except (KeyError, IndexError, ValueError) as problem:
                raise NotAKind(f"{kind.code}: sentence.{name} asks for {problem}") from problem


@cache
def list_reasons() -> dict[str, Text]:
    """Every reason for excusing, by code."""
    return read_reasons((FOLDER / "reasons.toml").read_bytes())


@cache
def list_kinds() -> dict[str, RoundKind]:
    """Every kind of round, by code. Raises NotAKind."""
    found: dict[str, RoundKind] = {}
    for path in sorted((FOLDER / "kinds").glob("*.toml")):
        kind = read_kind(path.read_bytes(), list_reasons())
        if kind.code != path.stem:
            raise NotAKind(f"{path.name} declares {kind.code}")
        found[kind.code] = kind
    return found


def find_kind(code: str) -> RoundKind | None:
    """The kind of that code, or None: a book may hold rounds of a kind no longer declared."""
    return list_kinds().get(code)


def marks_of(code: str) -> frozenset[str]:
    """The kinds of entry that make a subject done in a round of this kind; none if undeclared."""
    kind = find_kind(code)
    return frozenset(kind.marks) if kind else frozenset()


def list_marked(mark: str) -> list[str]:
    """The codes of the kinds of round in which this kind of entry makes somebody done."""
    return [code for code, kind in list_kinds().items() if mark in kind.marks]


def sentence_of(kind: RoundKind, facts: rules.SentenceFacts, language: str) -> str:
    """The sentence that answers "who has not been reached?" for these counts."""
    numbers = {
        name: f"{getattr(facts, name):,}" for name in ("due", "outstanding", "done", "home", "held")
    }
    texts = [getattr(kind.sentence, facts.form)]
    if facts.home:
        texts.append(kind.sentence.home)
    if facts.held:
        texts.append(kind.sentence.held)
    stop = "。" if language.startswith("zh") else "."
    return "".join(text.read(language) for text in texts).format(**numbers) + stop
