"""Settling: a person names a whole set of claims and those that stand. A settlement holds only for
claims it names all of; a claim that comes later reopens the question.
"""

from collections.abc import Collection, Iterable
from typing import Annotated, Literal, NamedTuple

import msgspec

from doorstep.ledger import kinds, store

TABLE = "ledger_settlement"
COLUMNS = ["entry", "claim", "stands", "turn"]
_FEW = 200
Claims = Annotated[list[kinds.Id], msgspec.Meta(min_length=1, max_length=500)]


class FirstLineSettled(kinds.Envelope, frozen=True, kw_only=True, tag="line.settled"):
    """The claims a person looked at together, and those of them that stand."""

    entries: Claims
    stands: Annotated[list[kinds.Id], msgspec.Meta(max_length=500)]


class LineSettled(FirstLineSettled, frozen=True, kw_only=True, tag="line.settled"):
    """And why, where a line that nobody disputes is taken back."""

    v: Literal[2]  # type: ignore[assignment]
    reason: kinds.Word | None = None


def _lift(entry: FirstLineSettled) -> LineSettled:
    said = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return LineSettled(**said | {"v": 2})


KINDS = [
    kinds.Kind(
        LineSettled,
        frozenset({kinds.DESK}),
        "permanent",
        older=(kinds.Older(FirstLineSettled, _lift),),
    )
]


class Settlement(NamedTuple):
    """One person's word on a set of claims; `turn` orders the words, latest last; `entry` is the
    word's own id.
    """

    turn: str
    entries: frozenset[str]
    stands: frozenset[str]
    entry: str = ""


def fold(batch: kinds.Batch) -> None:
    """One row per claim that a settling entry names."""
    settling = batch.of(LineSettled)
    store.delete(TABLE, "entry", batch.voided)
    store.insert(
        TABLE,
        COLUMNS,
        [
            (entry.id, claim, claim in entry.body.stands, entry.turn)
            for entry in settling
            for claim in dict.fromkeys(entry.body.entries)
        ],
    )


def get_settlements(entries: Collection[str]) -> list[Settlement]:
    """Every settlement that names any of these entries, earliest first."""
    known = store.query(f"SELECT entry, claim FROM {TABLE} LIMIT {_FEW + 1}")
    if len(known) <= _FEW:  # as on most days: cheaper than to look for every entry of a batch
        settling = {entry for entry, claim in known if claim in entries}
    else:
        settling = {entry for (entry,) in store.select(TABLE, ["entry"], "claim", entries)}
    found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for entry, claim, stands_, turn in store.select(TABLE, COLUMNS, "entry", settling):
        found.setdefault((turn, str(entry)), []).append((claim, bool(stands_)))
    return [
        Settlement(
            turn,
            frozenset(claim for claim, _ in claims),
            frozenset(claim for claim, holds in claims if holds),
            entry,
        )
        for (turn, entry), claims in sorted(found.items())
    ]


def stands(claims: Collection[str], settlements: Iterable[Settlement]) -> frozenset[str] | None:
    """Which of the claims stand by the latest settlement that names them all; None when there is
    none, so that all of them are held.
    """
    asked = frozenset(claims)
    last = _last_on(asked, settlements)
    return last.stands & asked if last else None


def _last_on(asked: frozenset[str], settlements: Iterable[Settlement]) -> Settlement | None:
    naming = [each for each in settlements if asked <= each.entries]
    return max(naming, key=lambda each: each.turn, default=None)


def get_taken_back(entries: Collection[str]) -> dict[str, str]:
    """Those of the entries that by the latest word on each do not stand → the id of that word."""
    settled = get_settlements(entries) if entries else []
    words = {entry: _last_on(frozenset([entry]), settled) for entry in entries} if settled else {}
    return {entry: word.entry for entry, word in words.items() if word and entry not in word.stands}
