"""The kinds of entry of orders and their fold: the only writer of this package's state.

Every kind is written at a signed-in desk and bears the writer's unit at that moment, so that two
people of different units can be told from the lines alone. A line holds ids, days, moments, words
of the pack and document numbers, never free text. Orders are about places: the kinds of this
package have no field for a person as what an order is about.
"""

from collections import defaultdict
from typing import Annotated, Any, Literal

import msgspec

from doorstep.kit import clock
from doorstep.ledger import kinds, settlements, store, verdicts
from doorstep.orders import rows, rules, shapes, words

OWNER = "orders"
Places = Annotated[list[kinds.Id], msgspec.Meta(min_length=1, max_length=200)]
Grounds = Annotated[list[kinds.Id], msgspec.Meta(min_length=1, max_length=20)]
TestDays = Annotated[list[shapes.Day], msgspec.Meta(max_length=60)]
WithdrawalReason = Literal["mistake", "superseded", "document_void"]


class PackAdopted(kinds.Envelope, frozen=True, kw_only=True, tag="pack.adopted"):
    """From now on this pack may be ordered by. `digest`: SHA-256 of its canonical form."""

    unit: kinds.Id
    pack: words.PackKey
    digest: kinds.Digest


class OrderProposed(kinds.Envelope, frozen=True, kw_only=True, tag="order.proposed"):
    """What an authority decided, recorded by the first person. In force only once approved."""

    unit: kinds.Id
    order: kinds.Id
    axis: shapes.Axis
    value: kinds.Word
    rule: kinds.Word
    pack: kinds.Digest
    places: Places
    authority: words.Authority
    document: words.Document
    evidence: Grounds
    start: kinds.Moment
    end: kinds.Moment
    review: kinds.Day
    test_days: TestDays = []
    test_every: shapes.Day | None = None


class OrderApproved(kinds.Envelope, frozen=True, kw_only=True, tag="order.approved"):
    """The second person's name under a proposal, a renewal or a withdrawal: the entry `target`."""

    unit: kinds.Id
    order: kinds.Id
    target: kinds.Id


class OrderRenewed(kinds.Envelope, frozen=True, kw_only=True, tag="order.renewed"):
    """The deciding authority prolongs an order; counts once a second person approved it in time."""

    unit: kinds.Id
    order: kinds.Id
    authority: words.Authority
    document: words.Document
    evidence: Grounds
    end: kinds.Moment
    review: kinds.Day


class OrderAppliedForLifting(
    kinds.Envelope, frozen=True, kw_only=True, tag="order.applied_for_lifting"
):
    """The subdistrict asks the authority to lift; `met` of `conditions` lines held then."""

    unit: kinds.Id
    order: kinds.Id
    document: words.Document
    met: kinds.Count
    conditions: kinds.Count


class OrderLifted(kinds.Envelope, frozen=True, kw_only=True, tag="order.lifted"):
    """The authority's word that the order ends at `effective`."""

    unit: kinds.Id
    order: kinds.Id
    authority: words.Authority
    document: words.Document
    effective: kinds.Moment


class LiftingRefused(kinds.Envelope, frozen=True, kw_only=True, tag="lifting.refused"):
    """The authority's word that the order stays."""

    unit: kinds.Id
    order: kinds.Id
    authority: words.Authority
    document: words.Document


class OrderWithdrawn(kinds.Envelope, frozen=True, kw_only=True, tag="order.withdrawn"):
    """The record was wrong. Of an order in force it counts once a second person approved it."""

    unit: kinds.Id
    order: kinds.Id
    reason: WithdrawalReason


class EvidenceRecorded(kinds.Envelope, frozen=True, kw_only=True, tag="evidence.recorded"):
    """A fact of the pack's vocabulary holds at a place since the day `on`, as a document says."""

    unit: kinds.Id
    pack: kinds.Digest
    fact: kinds.Word
    at_place: kinds.Id
    on: kinds.Day
    document: words.Document


_ACTS = (
    OrderProposed,
    OrderApproved,
    OrderRenewed,
    OrderAppliedForLifting,
    OrderLifted,
    LiftingRefused,
    OrderWithdrawn,
)
KINDS: list[kinds.Kind] = [
    kinds.Kind(shape, frozenset({kinds.DESK}), "permanent")
    for shape in (PackAdopted, *_ACTS, EvidenceRecorded)
]

_ADOPTION = ["entry", "pack", "digest", "at", "staff", "unit"]
_EVIDENCE = ["entry", "fact", "place", "since_on", "document", "pack", "at", "staff", "unit"]
_ENVELOPE = {"kind", "id", "v", "at", "by", "place", "unit", "order", "target"}
_MOMENTS = ("start", "end", "effective")


def fold(batch: kinds.Batch) -> None:
    """Keep the batch's facts and work out again every order they are about. Leaves the orders in
    `batch.touched["order"]`.
    """
    acts, found, adopted = batch.of(*_ACTS), batch.of(EvidenceRecorded), batch.of(PackAdopted)
    if not (acts or found or adopted or batch.voided):
        return
    orders = _forget(batch.voided)
    orders |= _keep_acts(acts)
    _keep_evidence(found)
    store.insert(
        "orders_adoption",
        _ADOPTION,
        [(e.id, e.body.pack, e.body.digest, e.at, e.by, e.body.unit) for e in adopted],
    )
    _recount(orders, batch.voided, batch.zone)
    batch.touched["order"].update(orders)


def _forget(voided: set[str]) -> set[str]:
    if not voided:
        return set()
    orders = {str(row[0]) for row in store.select("orders_fact", ["order_id"], "entry", voided)}
    for table in ("orders_fact", "orders_adoption", "orders_evidence"):
        store.delete(table, "entry", voided)
    return orders


def _keep_acts(acts: list[kinds.Entry]) -> set[str]:
    facts = [
        (
            act.id,
            act.body.order,
            kinds.name_of(act.body),
            act.at,
            act.by,
            act.body.unit,
            getattr(act.body, "target", None),
            msgspec.json.encode(_body_of(act.body)).decode(),
        )
        for act in acts
    ]
    store.insert("orders_fact", rows.FACT, facts)
    return {act.body.order for act in acts}


def _body_of(body: Any) -> dict[str, Any]:
    """The kind's own fields, moments as microseconds."""
    said = {name: getattr(body, name) for name in body.__struct_fields__ if name not in _ENVELOPE}
    return said | {name: clock.to_micros(said[name]) for name in _MOMENTS if name in said}


def _keep_evidence(found: list[kinds.Entry]) -> None:
    """Evidence counts until a person settles that it does not stand: so a mistake is taken back."""
    said = settlements.get_settlements([each.id for each in found]) if found else []
    gone = {e.id for e in found if said and settlements.stands([e.id], said) == frozenset()}
    store.delete("orders_evidence", "entry", gone)
    store.insert(
        "orders_evidence",
        _EVIDENCE,
        [
            (e.id, e.body.fact, e.body.at_place, e.body.on, e.body.document, e.body.pack, e.at,
             e.by, e.body.unit)
            for e in found
            if e.id not in gone
        ],
    )  # fmt: skip


def _recount(orders: set[str], voided: set[str], zone: str) -> None:
    if not orders:
        return
    facts: defaultdict[str, list[rules.Fact]] = defaultdict(list)
    for fact in rows.list_facts(orders):
        facts[fact.order].append(fact)
    proposals = [f.entry for each in facts.values() for f in each if f.kind == rules.PROPOSED]
    settled = settlements.get_settlements(proposals)
    made, said = [], []
    for order in sorted(facts):
        own = [f.entry for f in facts[order] if f.kind == rules.PROPOSED]
        standing = settlements.stands(own, settled) if own else None
        assembled, codes = rules.assemble(facts[order], standing, zone=zone)
        made += [assembled] if assembled is not None else []
        said += codes
    store.upsert("orders_order", rows.ORDER, [rows.to_row(order) for order in made], ["id"])
    store.delete("orders_order", "id", orders - {order.id for order in made})
    store.delete("orders_orderplace", "order_id", orders)
    store.insert(
        "orders_orderplace",
        ["order_id", "place"],
        sorted({(order.id, place) for order in made for place in order.places}),
    )
    named = {fact.entry for each in facts.values() for fact in each} | voided
    verdicts.replace(OWNER, named, said)
