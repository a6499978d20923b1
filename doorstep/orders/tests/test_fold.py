"""The fold over a real book: statements counted, replay, verdicts, evidence taken back."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock, ids
from doorstep.ledger import desk, kinds, replay, store, verdicts
from doorstep.orders import actions, entries, queries, rules
from doorstep.orders.tests import ground

pytestmark = pytest.mark.django_db


def proposals(count: int, first: int) -> list[kinds.Entry]:
    made = []
    for n in range(first, first + count):
        body = entries.OrderProposed(
            id=ground.entry_id(n), v=1, at=clock.to_moment(n, "UTC"), by=ground.CHEN.id,
            unit=ground.HEADQUARTERS, order=ground.entry_id(50_000 + n), axis="measure",
            value="in_only", rule="in_only", pack=ground.digest(), places=[ground.ESTATE],
            authority=ground.COUNTY, document=ground.PAPER, evidence=[ground.entry_id(1)],
            start=clock.to_moment(0, "UTC"), end=clock.to_moment(clock.DAY, "UTC"),
            review="2021-06-26",
        )  # fmt: skip
        made.append(kinds.Entry(body.id, n, body.by, None, "d", n, 0, body))
    return made


def test_the_fold_asks_as_much_for_one_as_for_many(estate: None) -> None:
    entries.fold(kinds.Batch(proposals(1, 50), ground.ZONE))  # PostgreSQL learns types once
    spent = []
    for count, first in ((1, 100), (400, 1_000)):
        with CaptureQueriesContext(connection) as captured:
            entries.fold(kinds.Batch(proposals(count, first), ground.ZONE))
        spent.append(len(captured))
    assert spent[0] == spent[1] <= 12
    assert len(queries.list_orders()) == 402


def test_a_batch_without_orders_costs_nothing(estate: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        entries.fold(kinds.Batch([], ground.ZONE))
    assert len(captured) == 0


def test_replay_gives_the_same_rows(estate: None) -> None:
    order = ground.put_in_force()
    other = ground.propose(rule="in_only", places=[ground.OTHER_ESTATE])
    actions.withdraw_order(ground.CHEN, order=other, reason="mistake")
    taken = ground.record("environment_positive")
    actions.take_back_evidence(ground.CHEN, entry=taken)
    actions.apply_for_lifting(ground.CHEN, order=order, document="NF-2021-8")
    actions.record_answer(
        ground.CHEN, order=order, lifted=True, authority=ground.COUNTY, document="NF-2021-9"
    )
    different = replay.replay()["different"]
    assert [table for table in different if table.startswith(("orders_", "ledger_"))] == []


def test_a_second_name_of_the_same_unit_in_the_book_is_held_and_does_nothing(estate: None) -> None:
    order = ground.propose()
    found = queries.find_order(order)
    assert found is not None
    [entry] = desk.post(
        ground.LI.id,
        [{"kind": rules.APPROVED, "unit": ground.HEADQUARTERS, "order": order,
          "target": found.entry}],
    )  # fmt: skip
    assert verdicts.list_verdicts([entry])[entry] == ["NOT_SECOND"]
    again = queries.find_order(order)
    assert again is not None and again.from_at is None


def test_two_proposals_of_one_order_are_held_until_a_person_chooses(estate: None) -> None:
    order = ground.put_in_force()
    [fact] = [f for f in queries.list_acts(order) if f.kind == rules.PROPOSED]
    moments = ("start", "end")
    body: dict[str, Any] = {
        name: clock.to_moment(value, ground.ZONE) if name in moments else value
        for name, value in fact.body.items()
    }
    second = ids.new()
    again = {"kind": rules.PROPOSED, "id": second, "unit": fact.unit, "order": order, **body}
    desk.post(ground.CHEN.id, [again])
    found = queries.find_order(order)
    assert found is not None and found.disputed and found.from_at is None
    assert set(verdicts.list_verdicts([fact.entry, second])) == {fact.entry, second}
    desk.post(
        ground.CHEN.id,
        [{"kind": "line.settled", "entries": [fact.entry, second], "stands": [fact.entry]}],
    )
    found = queries.find_order(order)
    assert found is not None and not found.disputed and found.from_at is not None
    assert verdicts.list_verdicts([fact.entry, second]) == {}


def test_evidence_taken_back_is_gone_and_comes_again_when_that_is_settled_anew(
    estate: None,
) -> None:
    entry = ground.record("environment_negative")
    actions.take_back_evidence(ground.CHEN, entry=entry)
    assert store.select("orders_evidence", ["entry"], "entry", [entry]) == []
    desk.post(ground.CHEN.id, [{"kind": "line.settled", "entries": [entry], "stands": [entry]}])
    assert len(store.select("orders_evidence", ["entry"], "entry", [entry])) == 1
