"""Safeguard: every order has authority, document, rule, evidence, two people of two units, start,
end and review; it ends by itself, is renewed the same way, and only its authority lifts it.
"""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

import doorstep
from doorstep.kit import clock, ids
from doorstep.ledger import desk, kinds, refusals, verdicts
from doorstep.orders import actions, days, entries, evidence, packs, queries, rules, zones
from doorstep.orders.tests import ground

pytestmark = pytest.mark.django_db
NEEDED = ["unit", "order", "rule", "pack", "places", "authority", "document", "evidence", "start",
          "end", "review"]  # fmt: skip
DAY_1 = "2021-06-19T12:00:00+08:00"


def proposal(**changed: Any) -> dict[str, Any]:
    line = {
        "id": ids.new(), "kind": "order.proposed", "v": 1, "at": DAY_1, "by": ground.CHEN.id,
        "unit": ground.HEADQUARTERS, "order": ids.new(), "axis": "measure",
        "value": "stay_in_flat", "rule": "closed", "pack": ground.digest(),
        "places": [ground.ESTATE], "authority": ground.COUNTY, "document": ground.PAPER,
        "evidence": [ids.new()], "start": DAY_1, "end": "2021-07-03T12:00:00+08:00",
        "review": "2021-06-26",
    }  # fmt: skip
    return {name: value for name, value in (line | changed).items() if value is not None}


def is_entry(line: dict[str, Any]) -> bool:
    return isinstance(kinds.read(msgspec.json.encode(line)), entries.OrderProposed)


def state(order: str, at: int | None = None) -> str:
    found = queries.find_order(order)
    assert found is not None
    return rules.state_of(found, clock.now() if at is None else at)


@pytest.mark.parametrize("missing", NEEDED)
def test_no_order_without_what_every_order_needs(missing: str) -> None:
    assert is_entry(proposal())
    assert not is_entry(proposal(**{missing: None}))


@pytest.mark.parametrize(
    "empty",
    [{"places": []}, {"evidence": []}, {"document": ""}, {"authority": ""}, {"review": "soon"},
     {"end": "later"}, {"evidence": ["she was seen at the market"]}],
)  # fmt: skip
def test_what_an_order_needs_cannot_be_left_empty_or_be_free_text(empty: dict[str, Any]) -> None:
    assert not is_entry(proposal(**empty))


def test_no_entry_about_an_order_has_room_for_a_sentence() -> None:
    for kind in kinds.list_kinds():
        if kind.shape.__module__ != entries.__name__:
            continue
        assert kind.writers == {kinds.DESK}
        schema = msgspec.json.schema(kind.shape)
        for definition in schema["$defs"].values():
            for name, field in definition["properties"].items():
                for said in [field, field.get("items", {}), *field.get("anyOf", [])]:
                    if said.get("type") == "string":
                        bound = "pattern" in said or "format" in said or "enum" in said
                        assert bound, f"{kind.name}.{name} takes any text"


def test_one_person_alone_and_one_unit_alone_put_nothing_in_force(estate: None) -> None:
    order = ground.propose()
    assert state(order) == "proposed"
    for staff in (ground.CHEN, ground.LI):
        with pytest.raises(refusals.Refused, match="NOT_SECOND"):
            actions.approve_order(staff, order=order)
        found = queries.find_order(order)
        assert found is not None
        # even a line that went past the desk's rules puts nothing in force
        line = {"kind": "order.approved", "unit": ground.HEADQUARTERS, "order": order}
        [entry] = desk.post(staff.id, [line | {"target": found.entry}])
        assert verdicts.list_verdicts([entry]) == {entry: ["NOT_SECOND"]}
        assert state(order) == "proposed" and not queries.list_in_force(ground.ESTATE, clock.now())


def test_the_unit_is_the_one_at_the_time_and_judged_from_the_lines_alone(estate: None) -> None:
    from doorstep.registry import models

    order = ground.put_in_force()
    models.Staff.objects.filter(id=ground.WANG.id).update(unit=ground.HEADQUARTERS)
    before = queries.find_order(order)
    desk.post(ground.CHEN.id, [{"kind": "order.applied_for_lifting", "unit": ground.HEADQUARTERS,
                                "order": order, "document": "NF-1", "met": 0,
                                "conditions": 6}])  # fmt: skip
    after = queries.find_order(order)
    assert before is not None and after is not None
    assert after.from_at == before.from_at and after.approved_unit == ground.STREET_OFFICE


def test_an_order_ends_by_itself(estate: None) -> None:
    order = ground.put_in_force()
    found = queries.find_order(order)
    assert found is not None and found.until_at is not None
    assert found.until_at - found.start_at <= 14 * clock.DAY
    assert state(order, found.until_at - 1) == "in_force"
    assert state(order, found.until_at) == "ended"
    assert queries.list_in_force(ground.ESTATE, found.until_at) == []


def test_a_renewal_needs_authority_document_evidence_and_two_people_too(estate: None) -> None:
    order = ground.put_in_force_ago(8)
    found = queries.find_order(order)
    assert found is not None
    good: dict[str, Any] = {
        "authority": ground.COUNTY,
        "document": "NF-2",
        "evidence": [ground.record("contact_present")],
        "end": found.end_at + clock.DAY,
        "review": days.add(clock.day_of(found.end_at, ground.ZONE), 1),
    }
    old = {"evidence": list(found.evidence)}
    for bad in ({"authority": ground.CITY}, {"document": "x"}, {"evidence": []}, old):
        with pytest.raises(refusals.Refused):
            actions.renew_order(ground.CHEN, order=order, **(good | bad))
    actions.renew_order(ground.CHEN, order=order, **good)
    assert state(order, found.end_at) == "ended"  # nobody approved it yet
    with pytest.raises(refusals.Refused, match="NOT_SECOND"):
        actions.approve_order(ground.LI, order=order)
    actions.approve_order(ground.WANG, order=order)
    assert state(order, found.end_at) == "in_force"


def test_no_chain_of_renewals_prolongs_an_order_out_of_sight(estate: None) -> None:
    """However often two people renew in one hour, the end stays within the last days before it and
    one term, and a review that is still to come stays where it is.
    """
    order = ground.put_in_force_ago(8, review=clock.day_of(clock.now() - clock.DAY, ground.ZONE))
    made = 0
    for _ in range(4):
        found = queries.find_order(order)
        assert found is not None
        given = {
            "evidence": [ground.record("contact_present")],
            "end": found.end_at + 16 * clock.DAY,
            "review": days.add(clock.day_of(found.end_at, ground.ZONE), 7),
        }
        try:
            entry = actions.renew_order(
                ground.CHEN, order=order, authority=ground.COUNTY, document="NF-2", **given
            )
        except refusals.Refused as problem:
            assert problem.code == "ORDER_RENEWED_EARLY"
            continue
        actions.approve_order(ground.WANG, order=order, target=entry)
        made += 1
    after = queries.find_order(order)
    assert after is not None and (made, after.renewals) == (1, 1)
    assert after.end_at - clock.now() <= (7 + 16) * clock.DAY


def test_lifting_can_be_asked_for_before_an_order_ends_by_itself(estate: None) -> None:
    """Every condition can be met while the order stands; else it is renewed for nothing."""
    start = clock.now() - 15 * clock.DAY
    order = ground.put_in_force_ago(15, end=start + 16 * clock.DAY)
    meet_everything(clock.now() - clock.HOUR)
    found = queries.find_order(order)
    assert found is not None and found.until_at is not None
    view = zones.view_order(found, clock.now())
    assert (view.state, [line.state for line in view.lines]) == ("in_force", ["met"] * 6)
    assert view.alarms[0].code == "met_not_lifted"


@pytest.mark.parametrize("key", [pack.key for pack in packs.list_shipped().values()])
def test_the_subdistrict_cannot_decide(key: str) -> None:
    pack = packs.find_shipped(ground.digest(key))
    assert pack is not None and pack.jurisdiction.applies == "subdistrict"
    assert "subdistrict" not in pack.jurisdiction.decides
    assert rules.may_decide(pack.jurisdiction, ground.SUBDISTRICT_CODE) is not None
    assert pack.jurisdiction.lifts == "deciding_authority"


def test_the_subdistricts_own_paper_makes_no_order(estate: None) -> None:
    with pytest.raises(refusals.Refused, match="ORDER_NOT_COMPETENT"):
        ground.propose(authority=ground.SUBDISTRICT_CODE)


def test_only_the_authority_that_decided_lifts(estate: None) -> None:
    order = ground.put_in_force()
    with pytest.raises(refusals.Refused, match="LIFT_NOT_THEIRS"):
        actions.record_answer(
            ground.CHEN, order=order, lifted=True, authority=ground.CITY, document="NF-3"
        )
    line = {"kind": "order.lifted", "unit": ground.HEADQUARTERS, "order": order,
            "authority": ground.CITY, "document": "NF-3", "effective": DAY_1}  # fmt: skip
    [entry] = desk.post(ground.CHEN.id, [line])
    assert verdicts.list_verdicts([entry]) == {entry: ["LIFT_NOT_THEIRS"]}
    assert state(order) == "in_force"


def meet_everything(at: int) -> None:
    """A city with every condition met: rounds all negative, everything recorded."""
    day = clock.day_of(at, ground.ZONE)
    rounds = [evidence.Round(str(n), day, True, True, at + n, at + n) for n in range(20)]
    evidence.install(ground.Rounds({ground.ESTATE: rounds}))
    for fact in ("contacts_under_control", "key_venues_negative", "environment_negative"):
        ground.record(fact)


def test_conditions_met_still_not_lifted_is_an_alarm_and_lifts_nothing(estate: None) -> None:
    start = clock.now() - 10 * clock.DAY
    found = [ground.record("infection_found", at=start)]
    order = ground.propose(start=start, at=start, evidence=found, end=start + 14 * clock.DAY)
    actions.approve_order(ground.WANG, order=order, at=start + 1)
    first = queries.find_order(order)
    assert first is not None
    actions.renew_order(
        ground.CHEN, order=order, authority=ground.COUNTY, document="NF-4",
        evidence=[ground.record("contact_present")],
        end=first.end_at + 7 * clock.DAY,
        review=days.add(clock.day_of(first.end_at, ground.ZONE), 7),
    )  # fmt: skip
    actions.approve_order(ground.WANG, order=order)
    later = start + 14 * clock.DAY + clock.HOUR
    meet_everything(later - clock.HOUR)
    now_found = queries.find_order(order)
    assert now_found is not None
    view = zones.view_order(now_found, later)
    assert [line.state for line in view.lines] == ["met"] * 6
    assert view.state == "in_force"
    assert view.alarms[0].code == "met_not_lifted"
    assert [fact.kind for fact in queries.list_acts(order)].count("order.lifted") == 0


def test_an_application_lifts_nothing(estate: None) -> None:
    order = ground.put_in_force()
    actions.apply_for_lifting(ground.CHEN, order=order, document="NF-5")
    assert state(order, clock.now() + clock.DAY) == "in_force"


def test_nothing_but_a_persons_act_writes_an_order() -> None:
    """No reaction, no timer, no other package posts an entry of these kinds."""
    root = Path(doorstep.__file__).parent
    kind = re.compile(r"order\.(proposed|approved|renewed|lifted|withdrawn)\b")
    constant = re.compile(r"\brules\.(PROPOSED|APPROVED|RENEWED|LIFTED|WITHDRAWN)\b")
    writers = set()
    for path in root.rglob("*.py"):
        text = path.read_text("utf-8")
        inside = path.relative_to(root)
        if inside.parts[0] != "orders" and "doorstep.orders import" not in text:
            constant_here = False  # its `rules` are another package's
        else:
            constant_here = bool(constant.search(text))
        if "tests" in inside.parts or not (kind.search(text) or constant_here):
            continue
        if "desk.post" in text:
            writers.add(str(inside))
    assert writers == {"orders/actions.py"}


def test_a_pool_of_a_positive_tube_makes_no_order(estate: None) -> None:
    """A positive before its recheck is no ground: no entry of a tube stands for an infection."""
    with pytest.raises(refusals.Refused, match="EVIDENCE_UNFIT"):
        ground.propose(evidence=[ids.new()])
    for pack in packs.list_shipped().values():
        for rule in pack.rules:
            for each in rule.grounds:
                assert not {kind.split(".")[0] for kind in each.kinds} - {
                    "result", "evidence", "order"
                }  # fmt: skip
