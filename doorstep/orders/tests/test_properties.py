"""However entries of orders arrive (shuffled, split, repeated, disputed), the rows are the same.

Two oracles: the same entries in one batch, and rules.assemble over all facts in plain Python.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kit import clock
from doorstep.ledger import kinds, store
from doorstep.orders import entries, rows, rules
from doorstep.orders.tests import ground

pytestmark = pytest.mark.django_db
TABLES = {
    "orders_fact": ", ".join(rows.FACT),
    "orders_order": ", ".join(rows.ORDER),
    "orders_orderplace": "order_id, place",
    "orders_evidence": "entry, fact, place, since_on, document, pack, at, staff, unit",
    "orders_adoption": "entry, pack, digest, at, staff, unit",
    "ledger_verdict": "entry, owner, code, held",
}
ORDERS = [ground.entry_id(900), ground.entry_id(901)]
PEOPLE = [
    (ground.CHEN.id, ground.HEADQUARTERS),
    (ground.LI.id, ground.HEADQUARTERS),
    (ground.WANG.id, ground.STREET_OFFICE),
]
START = datetime(2021, 6, 19, tzinfo=UTC)


def moment(hours: int) -> datetime:
    return START + timedelta(hours=hours)


@st.composite
def _body(draw: st.DrawFn, number: int) -> Any:
    by, unit = draw(st.sampled_from(PEOPLE))
    hours = draw(st.integers(0, 400))
    shape: Any = draw(
        st.sampled_from(
            [entries.OrderProposed, entries.OrderApproved, entries.OrderApproved]
            + [entries.OrderRenewed, entries.OrderLifted, entries.OrderWithdrawn]
            + [entries.LiftingRefused, entries.OrderAppliedForLifting]
            + [entries.EvidenceRecorded, entries.PackAdopted]
        )
    )
    head: dict[str, Any] = {
        "id": ground.entry_id(number),
        "v": 1,
        "at": moment(hours),
        "by": by,
        "unit": unit,
    }
    order: dict[str, Any] = {"order": draw(st.sampled_from(ORDERS))}
    paper: dict[str, Any] = {
        "authority": draw(st.sampled_from(["440605", "440600"])),
        "document": "NF-2021-1",
    }
    later = moment(draw(st.integers(100, 500)))
    if shape is entries.OrderProposed:
        return shape(
            **head, **order, **paper, axis="measure", value="in_only", rule="in_only",
            pack="0" * 64, places=[ground.ESTATE], evidence=[ground.entry_id(1)], start=START,
            end=later, review="2021-06-26",
        )  # fmt: skip
    if shape is entries.OrderApproved:
        return shape(**head, **order, target=ground.entry_id(draw(st.integers(1, 30))))
    if shape is entries.OrderRenewed:
        return shape(**head, **order, **paper, evidence=[ground.entry_id(1)], end=later,
                     review="2021-06-30")  # fmt: skip
    if shape is entries.OrderLifted:
        return shape(**head, **order, **paper, effective=later)
    if shape is entries.OrderWithdrawn:
        return shape(**head, **order, reason="mistake")
    if shape is entries.LiftingRefused:
        return shape(**head, **order, **paper)
    if shape is entries.OrderAppliedForLifting:
        return shape(**head, **order, document="NF-2021-1", met=1, conditions=6)
    if shape is entries.PackAdopted:
        return shape(**head, pack="GD-2021-06", digest="0" * 64)
    return shape(**head, pack="0" * 64, fact="infection_found", at_place=ground.ESTATE,
                 on="2021-06-19", document="NF-2021-1")  # fmt: skip


@st.composite
def _deliveries(
    draw: st.DrawFn,
) -> tuple[list[kinds.Entry], list[list[kinds.Entry]], list[set[str]]]:
    """Entries, one way they may arrive, and which of them are disputed after which batch."""
    count = draw(st.integers(4, 24))
    happened = []
    for number in range(1, count + 1):
        body = draw(_body(number))
        at = clock.to_micros(body.at)
        happened.append(kinds.Entry(body.id, at, body.by, None, "d", number, 0, body))
    repeated = draw(st.lists(st.sampled_from(happened), max_size=6))
    arriving = draw(st.permutations(happened + repeated))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=5)))
    bounds = [0, *cuts, len(arriving)]
    batches = [arriving[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    known = [each.id for each in happened]
    voided = [set(draw(st.lists(st.sampled_from(known), max_size=2))) for _ in batches]
    return happened, [list({e.id: e for e in batch}.values()) for batch in batches], voided


class _Undo(Exception):
    pass


def _after(batches: Iterable[Sequence[kinds.Entry]], voided: Sequence[set[str]]) -> Any:
    found: Any = None
    try:
        with transaction.atomic():
            dead: set[str] = set()
            for i, batch in enumerate(batches):
                now = voided[i] if i < len(voided) else set()
                dead |= now
                kept = [each for each in batch if each.id not in dead]
                entries.fold(kinds.Batch(kept, ground.ZONE, now))
            found = {
                table: sorted(store.query(f"SELECT {columns} FROM {table}"), key=repr)
                for table, columns in TABLES.items()
            }
            raise _Undo
    except _Undo:
        return found


@settings(
    max_examples=int(os.environ.get("DOORSTEP_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="DOORSTEP_EXAMPLES" not in os.environ,
)
@given(_deliveries())
def test_rows_do_not_depend_on_how_entries_arrive(
    cell: Any, delivery: tuple[list[kinds.Entry], list[list[kinds.Entry]], list[set[str]]]
) -> None:
    happened, batches, voided = delivery
    dead = set().union(*voided)
    alive = [each for each in happened if each.id not in dead]
    found = _after(batches, voided)
    assert found == _after([alive], [])
    assert found["orders_order"] == _by_hand(alive)


def _by_hand(alive: Sequence[kinds.Entry]) -> list[tuple[Any, ...]]:
    facts: defaultdict[str, list[rules.Fact]] = defaultdict(list)
    for each in alive:
        if hasattr(each.body, "order"):
            body: dict[str, Any] = {
                name: clock.to_micros(value) if isinstance(value, datetime) else value
                for name in each.body.__struct_fields__
                if name not in ("id", "v", "by", "place")
                and (value := getattr(each.body, name)) is not ...
            }
            facts[each.body.order].append(
                rules.Fact(each.id, each.body.order, kinds.name_of(each.body), each.at, each.by,
                           each.body.unit, body.get("target"), body)
            )  # fmt: skip
    made = [rules.assemble(own, zone=ground.ZONE)[0] for own in facts.values()]
    sql = [rows.to_row(order) for order in made if order is not None]
    as_stored = [tuple(int(v) if isinstance(v, bool) else v for v in row) for row in sql]
    return sorted(as_stored, key=repr)
