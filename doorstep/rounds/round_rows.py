"""What whole rounds come to: from the acts upon them, the sums of their buildings, and how many
things operations still wait for. A part of recounting.

Refuses to say closed of a round while anything is waited for, whatever its last act was.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from doorstep.ledger import store
from doorstep.rounds import rules

COUNTS = list(rules.Counts._fields)
SUMMED = [*COUNTS, "doors", "finished", "digest"]  # of a building
_COUNT_BUILDINGS = ", ".join(f"SUM({name})" for name in SUMMED)
_ROUND = [
    "id",
    "round_kind",
    "area",
    "day",
    "pool",
    "pack",
    "parent",
    "opened_at",
    "opened_by",
    "state",
    "acted_at",
    "closed_at",
    "closed_missed",
    "reason",
    "doors",
    "finished",
    "digest",
] + COUNTS
_ACT = [
    "round",
    "at",
    "entry",
    "kind",
    "staff",
    "round_kind",
    "area",
    "day",
    "pool",
    "pack",
    "parent",
    "due",
    "done",
    "excused",
    "refused",
    "missed",
    "reason",
]


def read_acts(rounds: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The acts upon these rounds, by round, in the order of their time."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in store.select("rounds_act", _ACT, "round", set(rounds)):
        act = dict(zip(_ACT, row, strict=True))
        for name in ("round", "entry", "staff", "area", "parent"):
            act[name] = None if act[name] is None else str(act[name])
        found[act["round"]].append(act)
    for acts in found.values():
        acts.sort(key=lambda act: (act["at"], act["entry"]))
    return found


def opening_of(acts: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The act that opened a round; None while it has not arrived."""
    return next((act for act in acts if act["kind"] == "round.opened"), None)


def recount(
    rounds: set[str], acts: dict[str, list[dict[str, Any]]], differences: Mapping[str, int]
) -> None:
    """Write what these rounds come to: their buildings' sums, and whether their close holds.
    `differences`: by round, how many more things operations wait for than before.
    """
    if not rounds:
        return
    waiting = _count_waiting(rounds, differences)
    marks = ", ".join(["%s"] * len(rounds))
    sums = {
        str(row[0]): [int(value) for value in row[1:]]
        for row in store.query(
            f"SELECT round, {_COUNT_BUILDINGS} FROM rounds_building "
            f"WHERE round IN ({marks}) GROUP BY round",
            sorted(rounds),
        )
    }
    rows = []
    for round_ in sorted(rounds):
        counted = sums.get(round_, [0] * (len(COUNTS) + 3))
        row = _round_row(round_, acts.get(round_, []), counted, waiting.get(round_, 0))
        if row is not None:
            rows.append(row)
    store.upsert("rounds_round", _ROUND, rows, ("id",))
    opened = {row[0] for row in rows}
    store.delete("rounds_round", "id", rounds - opened)


def _count_waiting(rounds: set[str], differences: Mapping[str, int]) -> dict[str, int]:
    """What is waited for in each round after these differences; written too."""
    columns = ["round", "waiting"]
    before = {
        str(round_): int(count)
        for round_, count in store.select("rounds_pending", columns, "round", rounds)
    }
    after = {round_: before.get(round_, 0) + differences.get(round_, 0) for round_ in rounds}
    rows = [(round_, count) for round_, count in sorted(after.items()) if count]
    store.upsert("rounds_pending", columns, rows, ["round"])
    # a round is in one of the two: as many statements whether a tube of the batch waits or not
    store.delete("rounds_pending", "round", {each for each, count in after.items() if not count})
    return after


def _round_row(
    round_: str, acts: list[dict[str, Any]], sums: list[int], waiting: int
) -> tuple[Any, ...] | None:
    opening = opening_of(acts)
    if opening is None:
        return None
    counts = rules.Counts(*sums[: len(COUNTS)])
    said = [
        rules.Act(
            act["at"],
            act["entry"],
            act["kind"],
            tuple(act[name] for name in ("due", "done", "excused", "refused", "missed"))
            if act["kind"] == "round.closed"
            else None,
        )
        for act in acts
    ]
    closings = [act for act in said if act.kind == "round.closed"]
    closed = rules.last_act(closings)
    reasons = {act["entry"]: act["reason"] or "" for act in acts}
    return (
        round_,
        *(opening[name] for name in ("round_kind", "area", "day", "pool", "pack", "parent")),
        opening["at"],
        opening["staff"],
        rules.round_state(said, counts, waiting),
        max(act.at for act in said),
        closed.at if closed else None,
        closed.counts[4] if closed and closed.counts else None,
        reasons[closed.entry] if closed else "",
        *sums[len(COUNTS) :],
        *counts,
    )
