"""What the tubes of closed rounds have shown, by building or door, remembered while nothing of the
round has changed: a district's round is read from hundreds of thousands of swabs, and asked again
at every look at an order.

What is remembered is taken only for the digests it was read under: the fold changes one whenever a
tube of the round changes (`change_digests`), and rounds one whenever somebody's state does. Refuses
nothing and proves nothing: `evidence` decides what may be asked.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from doorstep.ledger import store
from doorstep.operations.sampling import rules
from doorstep.rounds import scopes

COUNTED: Final = f"('{rules.EFFECTIVE}', '{rules.AGAIN}', '{rules.HELD}')"
OUTCOMES: Final = "t.outcome, MIN(t.sampled_at), MAX(t.reported_at)"
SWABS: Final = (  # of a subject of a round, and the tubes they are in
    f"s.round = u.round AND s.person = u.subject AND s.state IN {COUNTED} AND t.tube = s.tube"
)
DIGESTED: Final = ("tube", "people", "held", "voided", "sampled_at", "reported_at", "outcome")
_MOST: Final = 100_000  # (round, place) remembered, some 250 bytes each
_MODULUS: Final = 1 << 62


class Outcome(NamedTuple):
    """Tubes with one outcome: the first swab and the last report among them (µs)."""

    outcome: str | None
    sampled_at: int | None
    reported_at: int | None


_Pair = tuple[str, str]  # a round, and a place of it
_Key = tuple[str, str, str]  # the round, what the place is of it, the place
_Version = tuple[int, int]
_remembered: dict[_Key, tuple[_Version, tuple[Outcome, ...]]] = {}


def digest_of(values: Sequence[Any]) -> int:
    """A number made of what is DIGESTED of a tube, to be added up over the tubes of a round."""
    return int.from_bytes(hashlib.blake2b(repr(tuple(values)).encode(), digest_size=7).digest())


def change_digests(differences: Mapping[str, int]) -> None:
    """Add to the digests of rounds what a batch has made of their tubes."""
    columns = ["round", "digest"]
    before: dict[str, int] = dict(
        store.select("sampling_rounddigest", columns, "round", differences.keys())
    )
    after = {
        round_: (before.get(round_, 0) + more) % _MODULUS
        for round_, more in sorted(differences.items())
    }
    store.upsert(
        "sampling_rounddigest", columns, [row for row in after.items() if row[1]], ["round"]
    )
    # of a round whose last tube is gone nothing stays
    store.delete(
        "sampling_rounddigest", "round", {each for each, sum_ in after.items() if not sum_}
    )


def list_outcomes(column: str, pairs: Collection[tuple[str, str]]) -> dict[_Pair, list[Outcome]]:
    """The outcomes of the tubes of those who were on the list of a round in a place of it, for
    each (round, place) of `pairs`. `column`: what the places are ("building", "door"; "round": the
    whole of each round, with everybody who is in a tube of it).
    """
    versions = _read_versions({round_ for round_, _ in pairs})
    found: dict[_Pair, list[Outcome]] = {}
    asked: list[_Pair] = []
    for pair in pairs:
        known = _remembered.get((pair[0], column, pair[1]))
        if known is not None and known[0] == versions[pair[0]]:
            found[pair] = list(known[1])
        else:
            asked.append(pair)
    read = _read_rounds(asked) if column == "round" else _read_parts(column, asked)
    if len(_remembered) + len(asked) > _MOST:
        _remembered.clear()
    for pair in asked:
        said = read.get(pair, [])
        found[pair] = said
        _remembered[pair[0], column, pair[1]] = (versions[pair[0]], tuple(said))
    return found


def _read_versions(rounds: Collection[str]) -> dict[str, _Version]:
    if not rounds:
        return {}
    rows = store.query(
        "SELECT r.id, r.digest, COALESCE(d.digest, 0) FROM rounds_round r "
        "LEFT JOIN sampling_rounddigest d ON d.round = r.id "
        f"WHERE r.id IN ({scopes.marks(rounds)})",
        [*rounds],
    )
    return {str(round_): (int(subjects), int(tubes)) for round_, subjects, tubes in rows}


def _read_rounds(pairs: Sequence[_Pair]) -> dict[_Pair, list[Outcome]]:
    if not pairs:
        return {}
    own = dict(pairs)
    rows = store.query(
        f"SELECT t.round, t.round, {OUTCOMES} FROM sampling_tube t "
        f"WHERE t.round IN ({scopes.marks(own)}) AND t.people + t.held > 0 "
        "GROUP BY t.round, t.outcome",
        list(own),
    )
    return _by_pair(rows)


def _read_parts(column: str, pairs: Sequence[_Pair]) -> dict[_Pair, list[Outcome]]:
    # CROSS JOIN keeps SQLite to this order: from the area's doors to their swabs, and no further
    rows = store.query_pairs(
        f"SELECT d.round, d.{column}, {OUTCOMES} FROM {{pairs}} CROSS JOIN rounds_door d "
        "CROSS JOIN rounds_subject u CROSS JOIN sampling_sample s CROSS JOIN sampling_tube t "
        f"WHERE d.round = k.a AND d.{column} = k.b AND u.round = d.round AND u.door = d.door "
        f"AND {SWABS} GROUP BY d.round, d.{column}, t.outcome",
        "rounds_door",
        ("round", column),
        pairs,
    )
    return _by_pair(rows)


def _by_pair(rows: Sequence[store.Row]) -> dict[_Pair, list[Outcome]]:
    found: defaultdict[_Pair, list[Outcome]] = defaultdict(list)
    for round_, place, *said in rows:
        found[str(round_), str(place)].append(Outcome(*said))
    return found
