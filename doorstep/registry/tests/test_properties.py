"""However entries arrive (shuffled, split, repeated), where people live and who may do what are the
same; and the rows are what a plain reading of all the entries says.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.ledger import kinds, store
from doorstep.registry import entries

pytestmark = pytest.mark.django_db
TABLES = {
    "registry_listing": "person, entry, door, presence, listed, at, turn",
    "registry_residence": "person, door, building, estate, presence, since_at, entry",
    "registry_roleact": "entry, staff, role, place, granted, turn, at",
    "registry_role": "staff, role, place",
    "registry_standing": "entry, subject, kind, from_at, until_at",
    "registry_sight": "entry, person, staff, what, at",
}
START = datetime(2021, 6, 21, tzinfo=UTC)


def id_of(sort: int, number: int) -> str:
    return f"0190a0a0-0000-7000-8000-{sort:04x}{number:08x}"


ESTATE, BUILDING = id_of(1, 1), id_of(2, 1)
DOORS = [id_of(3, n) for n in range(3)]
PEOPLE = [id_of(4, n) for n in range(3)]
STAFF = [id_of(5, n) for n in range(2)]
seconds = st.integers(0, 3)  # few, so that moments meet
presences = st.sampled_from(["present", "away", "moved_out"])
residents = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(DOORS), presences)
bodies: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(dict, kind=st.just("residents.listed"),
              residents=st.lists(residents, min_size=1, max_size=4)),
    st.builds(dict, kind=st.just("person.added"), person=st.sampled_from(PEOPLE),
              door=st.sampled_from([None, *DOORS])),
    st.builds(dict, kind=st.sampled_from(["role.granted", "role.revoked"]),
              staff=st.sampled_from(STAFF), role=st.just("steward"),
              at_place=st.sampled_from(DOORS[:2])),
    st.builds(dict, kind=st.just("standing.given"), subject=st.sampled_from(PEOPLE),
              standing=st.just("green_channel")),
    st.builds(dict, kind=st.just("person.viewed"), person=st.sampled_from(PEOPLE),
              what=st.just("record")),
)  # fmt: skip
SHAPES = {kind.name: kind.shape for kind in entries.KINDS}


def entry_of(number: int, body: dict[str, Any], second: int) -> kinds.Entry:
    fields = {name: value for name, value in body.items() if name != "kind"}
    at = START + timedelta(seconds=second)
    id_ = id_of(9, number)
    shape = SHAPES[body["kind"]](id=id_, v=1, at=at, by=STAFF[0], **fields)
    moment = int(at.timestamp()) * 1_000_000
    return kinds.Entry(id_, moment, STAFF[0], None, "device", number, moment, shape)


def lay_out() -> None:
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "building", "sort"]
    rows = [
        (door, BUILDING, "door", str(n), str(n), f"/{ESTATE}/{BUILDING}/{door}/", ESTATE,
         BUILDING, n)
        for n, door in enumerate(DOORS)
    ]  # fmt: skip
    store.insert("registry_place", columns, rows)


def fold(batches: Sequence[Sequence[kinds.Entry]], voided: Sequence[str] = ()) -> dict[str, Any]:
    """The rows of every state table after folding the batches, and after withdrawing `voided`."""
    with transaction.atomic():
        lay_out()
        for batch in batches:
            entries.fold(kinds.Batch(batch, "Asia/Shanghai"))
        entries.fold(kinds.Batch([], "Asia/Shanghai", voided))
        found = {
            table: sorted(
                tuple(map(str, row)) for row in store.query(f"SELECT {what} FROM {table}")
            )
            for table, what in TABLES.items()
        }
        transaction.set_rollback(True)
    return found


def homes_by_hand(written: Sequence[kinds.Entry]) -> dict[str, tuple[str | None, str]]:
    """Where everybody lives, by the rule in words: a roster outweighs a table; of two rosters the
    one written later holds, of two tables the one with the later clock.
    """
    said: dict[str, list[tuple[bool, int, str, str | None, str]]] = {}
    for entry in written:
        if isinstance(entry.body, entries.ResidentsListed):
            last = {person: (door, presence) for person, door, presence in entry.body.residents}
            for person, (door, presence) in last.items():
                said.setdefault(person, []).append((True, entry.number, entry.id, door, presence))
        elif isinstance(entry.body, entries.PersonAdded):
            one = (False, entry.at, entry.id, entry.body.door, "present")
            said.setdefault(entry.body.person, []).append(one)
    return {person: max(claims, key=lambda claim: claim[:3])[3:] for person, claims in said.items()}


@settings(
    max_examples=int(os.environ.get("DOORSTEP_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    drawn=st.lists(st.tuples(bodies, seconds), min_size=1, max_size=8),
    order=st.randoms(use_true_random=False),
    cut=st.integers(0, 8),
    withdrawn=st.sets(st.integers(0, 7), max_size=2),
)
def test_order_and_repetition_change_nothing(
    drawn: list[tuple[dict[str, Any], int]], order: Any, cut: int, withdrawn: set[int]
) -> None:
    written = [entry_of(number, body, second) for number, (body, second) in enumerate(drawn)]
    voided = [written[number].id for number in withdrawn if number < len(written)]
    expected = fold([written], voided)
    shuffled = list(written)
    order.shuffle(shuffled)
    assert fold([shuffled[:cut], shuffled[cut:]], voided) == expected
    assert fold([shuffled[cut:], shuffled, shuffled[:cut]], voided) == expected
    kept = [entry for entry in written if entry.id not in voided]
    assert fold([kept]) == expected
    homes = {
        person: (None if door == "None" else door, presence)
        for person, door, _, _, presence, _, _ in expected["registry_residence"]
    }
    assert homes == homes_by_hand(kept)


def test_the_number_of_statements_does_not_grow_with_the_batch() -> None:
    spent = []
    lay_out()
    for first, count in ((0, 2), (100, 300)):
        listed = [(id_of(4, first + n), DOORS[n % 3], "present") for n in range(count)]
        batch = [
            entry_of(first + n, {"kind": "residents.listed", "residents": listed[n : n + 1]}, 0)
            for n in range(count)
        ]
        with CaptureQueriesContext(connection) as captured:
            entries.fold(kinds.Batch(batch, "Asia/Shanghai"))
        spent.append(len(captured))
    assert spent[0] == spent[1] < 12
