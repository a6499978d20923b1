"""What follows from a tube that is positive or inconclusive, as entries: requests to stay, their
early end, notices to others. All written at the desk, by reactions.

A request is not an order: it lapses by itself and nothing prolongs it. Whoever is told of a tube is
told places and a number, never who.
"""

import json
from typing import Annotated, Literal

import msgspec

from doorstep.kit import clock
from doorstep.ledger import kinds, store
from doorstep.registry import effects

STANDING = "stay_asked"
Audience = Literal["emergency_team", "community", "police"]
_STAY = ["entry", "round", "person", "tube", "at", "until_at"]


class StayAsked(kinds.Envelope, frozen=True, kw_only=True, tag="stay.asked"):
    """A member of the tube is asked to stay until the recheck, until `until` at the longest."""

    round: kinds.Id
    person: kinds.Id
    tube: kinds.Code
    until: kinds.Moment


class StayEnded(kinds.Envelope, frozen=True, kw_only=True, tag="stay.ended"):
    """The request `asked` ends before its time."""

    asked: kinds.Id
    reason: Literal["withdrawn", "recheck_negative", "recheck_late"]


class NoticeGiven(kinds.Envelope, frozen=True, kw_only=True, tag="notice.given"):
    """An audience was told of a tube: `places` are doors or buildings, or where somebody without a
    door was met, `count` is how many people; `corrected` takes an earlier notice back.
    """

    tube: kinds.Code
    audience: Audience
    says: Literal["positive", "inconclusive", "corrected"]
    places: Annotated[list[kinds.Id], msgspec.Meta(max_length=100)]
    count: kinds.Count


_DESK = frozenset({kinds.DESK})
KINDS = [kinds.Kind(StayAsked, _DESK), kinds.Kind(StayEnded, _DESK), kinds.Kind(NoticeGiven, _DESK)]


def fold(batch: kinds.Batch) -> None:
    """Keep requests, their ends and notices; the standing stands while the request does."""
    touched = _forget(batch.voided) if batch.voided else set()
    asked = batch.of(StayAsked)
    rows = [
        (e.id, e.body.round, e.body.person, e.body.tube, e.at, clock.to_micros(e.body.until))
        for e in asked
    ]
    store.insert("sampling_stay", _STAY, rows)
    ends = [(e.id, e.body.asked, e.body.reason, e.at) for e in batch.of(StayEnded)]
    store.insert("sampling_stayend", ["entry", "asked", "reason", "at"], ends)
    notices = [
        (e.id, e.body.tube, e.body.audience, e.body.says, e.body.count, json.dumps(e.body.places),
         e.at)
        for e in batch.of(NoticeGiven)
    ]  # fmt: skip
    columns = ["entry", "tube", "audience", "says", "count", "places", "at"]
    store.insert("sampling_notice", columns, notices)
    touched |= {row[0] for row in rows} | {row[1] for row in ends}
    if touched:
        _recount(touched)


def _forget(entries: set[str]) -> set[str]:
    touched = {row[0] for row in store.select("sampling_stayend", ["asked"], "entry", entries)}
    gone = {row[0] for row in store.select("sampling_stay", ["entry"], "entry", entries)}
    for table in ("sampling_stay", "sampling_stayend", "sampling_notice"):
        store.delete(table, "entry", entries)
    effects.put_standings((), withdrawn=gone)
    return touched


def _recount(asked: set[str]) -> None:
    ends: dict[str, tuple[int, str, str]] = {}
    for stay, at, entry, reason in store.select(
        "sampling_stayend", ["asked", "at", "entry", "reason"], "asked", asked
    ):
        ends[stay] = min(ends.get(stay, (at, entry, reason)), (at, entry, reason))
    rows, standings, ended = [], [], []
    for row in store.select("sampling_stay", _STAY, "entry", asked):
        at, _, reason = ends.get(row[0], (None, None, None))
        rows.append((*row, at, reason))
        if at is None:
            standings.append((row[0], row[2], STANDING, row[4], row[5]))
        else:
            ended.append(row[0])
    columns = [*_STAY, "ended_at", "reason"]
    store.upsert("sampling_stay", columns, sorted(rows), ["entry"], changing=["ended_at", "reason"])
    effects.put_standings(standings, withdrawn=ended)
