"""What people may do with orders, and every way it is refused."""

from typing import Any

import pytest

from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.orders import actions, days, evidence, packs, queries, rules, zones
from doorstep.orders.tests import ground

pytestmark = pytest.mark.django_db


def refused(code: str) -> Any:
    return pytest.raises(refusals.Refused, match=f"^{code}$")


def state(order: str, at: int | None = None) -> str:
    found = queries.find_order(order)
    assert found is not None
    return rules.state_of(found, clock.now() if at is None else at)


def count_lines() -> int:
    return int(store.query("SELECT COUNT(*) FROM ledger_line")[0][0])


def own_pack(**changes: str) -> str:
    """An authority's own pack: the shipped one with its own key and numbers."""
    text = (packs.FOLDER / "NAT-20.toml").read_text("utf-8")
    for old, new in {'key = "NAT-20"': 'key = "NANHAI-OWN"', **changes}.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_an_authoritys_own_pack_is_handed_in_looked_at_and_adopted(estate: None) -> None:
    before = count_lines()
    digest = actions.hand_in_pack(ground.CHEN, toml=own_pack())
    assert actions.hand_in_pack(ground.CHEN, toml="# again\n" + own_pack()) == digest
    assert queries.list_packs()[digest].key == "NANHAI-OWN" and count_lines() == before
    assert digest not in {each.digest for each in queries.list_adopted()}
    with refused("PACK_NOT_ADOPTED"):
        ground.propose(pack=digest, evidence=[])
    actions.adopt_pack(ground.CHEN, digest=digest)
    assert queries.list_adopted()[0].digest == digest


@pytest.mark.parametrize(
    ("toml", "code"),
    [
        ("key = ", "PACK_UNREADABLE"),
        ("a = " + "[" * 100_000, "PACK_UNREADABLE"),
        (own_pack(**{"hours = 24": "hours = -1"}), "PACK_UNREADABLE"),
        (own_pack(**{"repooling = false": "repooling = true"}), "PACK_UNREADABLE"),
        (own_pack(**{'key = "NANHAI-OWN"': 'key = "NAT-20"', "hours = 24": "hours = 25"}),
         "PACK_KEY_USED"),
    ],
)  # fmt: skip
def test_what_is_no_pack_is_refused(estate: None, toml: str, code: str) -> None:
    with refused(code):
        actions.hand_in_pack(ground.CHEN, toml=toml)
    for staff in (ground.WANG, ground.HUANG):  # an approver; the officer of one estate
        with refused("NOT_YOURS"):
            actions.hand_in_pack(staff, toml=own_pack())


def test_from_proposal_to_lifting(estate: None) -> None:
    order = ground.propose()
    assert state(order) == "proposed"
    actions.approve_order(ground.WANG, order=order)
    assert state(order) == "in_force"
    actions.apply_for_lifting(ground.CHEN, order=order, document="NF-2021-8")
    assert state(order) == "in_force"  # an application changes nothing
    actions.record_answer(
        ground.CHEN, order=order, lifted=False, authority=ground.COUNTY, document="NF-2021-9"
    )
    assert state(order) == "in_force"
    actions.record_answer(
        ground.CHEN, order=order, lifted=True, authority=ground.COUNTY, document="NF-2021-10"
    )
    assert state(order, clock.now() + 1) == "lifted"
    kinds = [fact.kind for fact in queries.list_acts(order)]
    assert kinds == [rules.PROPOSED, rules.APPROVED, rules.APPLIED, rules.REFUSED, rules.LIFTED]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"staff": ground.WANG}, "NOT_YOURS"),
        ({"staff": ground.ZHAO}, "NOT_YOURS"),
        ({"staff": ground.HUANG}, "NOT_YOURS"),
        ({"staff": ground.HE}, "NO_UNIT"),
        ({"pack": "0" * 64, "evidence": []}, "PACK_NOT_ADOPTED"),
        ({"rule": "martial_law"}, "RULE_UNKNOWN"),
        ({"places": [], "evidence": []}, "ORDER_PLACES"),
        ({"places": [ground.entry_id(1)], "evidence": []}, "NOT_FOUND"),
        ({"places": [ground.COMMUNITY], "evidence": []}, "ORDER_LEVEL"),
        ({"places": [ground.door(ground.building(1), 1)], "evidence": []}, "ORDER_LEVEL"),
        ({"authority": "Nanhai"}, "AUTHORITY_FORM"),
        ({"authority": ground.SUBDISTRICT_CODE}, "ORDER_NOT_COMPETENT"),
        ({"document": "because I say so"}, "DOCUMENT_FORM"),
        ({"document": ""}, "DOCUMENT_FORM"),
        ({"evidence": []}, "EVIDENCE_MISSING"),
        ({"evidence": [ground.entry_id(2)]}, "EVIDENCE_UNFIT"),
        ({"end": 0}, "ORDER_END_PAST"),
        ({"review": "2021-01-01"}, "ORDER_REVIEW_OUTSIDE"),
        ({"test_days": [2]}, "ORDER_CALENDAR_FIXED"),
    ],
)
def test_a_proposal_is_refused(estate: None, changed: dict[str, Any], code: str) -> None:
    given = {"evidence": [ground.record("infection_found")], **changed}
    before = count_lines()
    with refused(code):
        ground.propose(**given)
    assert count_lines() == before


def test_an_order_runs_no_longer_than_the_pack_lets_it(estate: None) -> None:
    now = clock.now()  # 14 clean days, and two more to meet the other conditions
    with refused("ORDER_TOO_LONG"):
        ground.propose(start=now, end=now + 16 * clock.DAY + 1)
    ground.propose(start=now, end=now + 16 * clock.DAY)


def test_evidence_must_be_of_a_kind_the_rule_names_and_of_the_place(estate: None) -> None:
    wrong = ground.record("environment_negative")
    elsewhere = ground.record("infection_found", ground.OTHER_ESTATE)
    order = ground.propose()
    [proposal] = queries.list_acts(order)
    for entry in (wrong, elsewhere, proposal.entry):
        with refused("EVIDENCE_UNFIT"):
            ground.propose(evidence=[entry])
    inside = ground.record("infection_found", ground.building(1))
    ground.propose(evidence=[inside])
    with refused("EVIDENCE_UNFIT"):  # building 2 has no ground of its own
        places = [ground.building(1), ground.building(2)]
        ground.propose(rule="medium", places=places, evidence=[inside])


def test_a_result_may_be_evidence_when_the_provider_says_what_it_is(estate: None) -> None:
    result, screened = ground.entry_id(7), ground.entry_id(8)
    places = (ground.building(1),)
    said = {
        result: evidence.Ground("result.reported", "infection_found", places),
        screened: evidence.Ground("venue.scanned", "infection_found", places),
    }
    evidence.install(ground.Rounds(grounds=said))
    with refused("EVIDENCE_UNFIT"):
        ground.propose(evidence=[screened])
    assert state(ground.propose(evidence=[result])) == "proposed"


@pytest.mark.parametrize(
    ("staff", "code"),
    [
        (ground.CHEN, "NOT_SECOND"),
        (ground.LI, "NOT_SECOND"),
        (ground.ZHAO, "NOT_YOURS"),
        (ground.HUANG, "NOT_YOURS"),
        (ground.HE, "NO_UNIT"),
    ],
)
def test_who_may_not_approve(estate: None, staff: ground.Staff, code: str) -> None:
    order = ground.propose()
    with refused(code):
        actions.approve_order(staff, order=order)
    assert state(order) == "proposed"


def test_a_duty_officer_of_another_unit_may_approve_and_only_once(estate: None) -> None:
    order = ground.propose(rule="in_only", places=[ground.OTHER_ESTATE])
    actions.approve_order(ground.HUANG, order=order)
    assert state(order) == "in_force"
    with refused("ORDER_NOT_PENDING"):
        actions.approve_order(ground.WANG, order=order)


def test_an_approval_after_the_end_is_refused(estate: None) -> None:
    now = clock.now()
    order = ground.propose(end=now + clock.HOUR, review=clock.day_of(now, ground.ZONE))
    with refused("ORDER_NOT_PENDING"):
        actions.approve_order(ground.WANG, order=order, at=now + 2 * clock.HOUR)
    assert state(order, now + 2 * clock.HOUR) == "lapsed"


def renew(order: str, **changed: Any) -> str:
    found = queries.find_order(order)
    assert found is not None
    given: dict[str, Any] = {
        "authority": ground.COUNTY,
        "document": "NF-2021-11",
        "evidence": [ground.record("infection_found")],
        "end": found.end_at + 7 * clock.DAY,
        "review": days.add(clock.day_of(found.end_at, ground.ZONE), 3),
    }
    return actions.renew_order(ground.CHEN, order=order, **(given | changed))


def test_a_renewal_is_made_the_same_way(estate: None) -> None:
    order = ground.put_in_force_ago(8)
    before = queries.find_order(order)
    assert before is not None
    for changed, code in (
        ({"authority": ground.CITY}, "LIFT_NOT_THEIRS"),
        ({"document": "soon"}, "DOCUMENT_FORM"),
        ({"evidence": []}, "EVIDENCE_MISSING"),
        ({"evidence": list(before.evidence)}, "EVIDENCE_NOT_NEW"),
        ({"end": before.end_at + 17 * clock.DAY}, "ORDER_TOO_LONG"),
    ):
        with refused(code):
            renew(order, **changed)
    renew(order)
    with refused("NOT_SECOND"):
        actions.approve_order(ground.LI, order=order)
    assert state(order, before.end_at) == "ended"
    actions.approve_order(ground.WANG, order=order)
    after = queries.find_order(order)
    assert after is not None
    assert (after.until_at, after.renewals) == (before.end_at + 7 * clock.DAY, 1)


def test_renewals_are_not_stacked(estate: None) -> None:
    order = ground.put_in_force_ago(6)  # eight days before its end
    with refused("ORDER_RENEWED_EARLY"):
        renew(order)
    before = queries.find_order(order)
    assert before is not None
    near = before.end_at - 7 * clock.DAY
    renew(order, at=near)
    actions.approve_order(ground.WANG, order=order, at=near + 1)
    with refused("ORDER_RENEWED_EARLY"):
        renew(order, at=near + 2)
    after = queries.find_order(order)
    assert after is not None
    assert (after.until_at, after.renewals) == (before.end_at + 7 * clock.DAY, 1)


def test_what_a_renewal_rests_on_does_not_carry_the_next_one(estate: None) -> None:
    order = ground.put_in_force_ago(8)
    first = ground.record("contact_present")
    renew(order, evidence=[first])
    actions.approve_order(ground.WANG, order=order)
    found = queries.find_order(order)
    assert found is not None
    near = found.end_at - clock.DAY
    with refused("EVIDENCE_NOT_NEW"):
        renew(order, evidence=[first, *found.evidence], at=near)
    renew(order, evidence=[first, ground.record("contact_present")], at=near)


def test_a_renewal_nobody_approved_uses_no_evidence_up(estate: None) -> None:
    order = ground.put_in_force_ago(8)
    found = [ground.record("contact_present")]
    renew(order, evidence=found)
    renew(order, evidence=found, document="NF-2021-12")  # the number was wrong


def test_a_second_application_waits_for_its_answer_too(estate: None) -> None:
    order = ground.put_in_force()

    def waits_since() -> int | None:
        found = queries.find_order(order)
        assert found is not None
        alarms = zones.view_order(found, clock.now()).alarms
        return next((each.since_at for each in alarms if each.code == "unanswered"), None)

    def apply() -> None:
        actions.apply_for_lifting(ground.CHEN, order=order, document="NF-2021-8")

    apply()
    first = waits_since()
    apply()  # asked again: it waits since the first time
    assert first is not None and waits_since() == first
    actions.record_answer(
        ground.CHEN, order=order, lifted=False, authority=ground.COUNTY, document="NF-2021-9"
    )
    assert waits_since() is None
    apply()
    later = waits_since()
    assert later is not None and later > first


def test_only_the_authority_that_decided_answers(estate: None) -> None:
    order = ground.put_in_force()
    for authority in (ground.CITY, ground.SUBDISTRICT_CODE):
        for lifted in (True, False):
            with refused("LIFT_NOT_THEIRS"):
                actions.record_answer(
                    ground.CHEN, order=order, lifted=lifted, authority=authority, document="NF-1"
                )
    with refused("LIFT_BEFORE_START"):
        actions.record_answer(
            ground.CHEN, order=order, lifted=True, authority=ground.COUNTY, document="NF-1",
            effective=1,
        )  # fmt: skip
    assert state(order) == "in_force"


def test_an_order_is_lifted_in_the_minute_it_began(estate: None) -> None:
    order = ground.put_in_force()
    began = queries.find_order(order)
    assert began is not None
    first = began.from_at or began.start_at
    actions.record_answer(
        ground.CHEN, order=order, lifted=True, authority=ground.COUNTY, document="NF-1",
        effective=first - first % clock.MINUTE,
    )  # fmt: skip
    assert state(order) == "lifted"


def test_an_order_in_force_is_withdrawn_by_two(estate: None) -> None:
    order = ground.put_in_force()
    actions.withdraw_order(ground.CHEN, order=order, reason="mistake")
    assert state(order) == "in_force"
    with refused("NOT_SECOND"):
        actions.approve_order(ground.LI, order=order)
    actions.approve_order(ground.WANG, order=order)
    assert state(order, clock.now() + 1) == "withdrawn"
    with refused("ORDER_OVER"):
        actions.withdraw_order(ground.CHEN, order=order, reason="mistake")


def test_nothing_is_done_to_an_order_that_is_not_in_force(estate: None) -> None:
    order = ground.propose()
    with refused("ORDER_NOT_IN_FORCE"):
        renew(order)
    with refused("ORDER_NOT_IN_FORCE"):
        actions.apply_for_lifting(ground.CHEN, order=order, document="NF-1")
    with refused("NOT_FOUND"):
        actions.apply_for_lifting(ground.CHEN, order=ground.entry_id(3), document="NF-1")


def test_a_step_down_follows_only_a_lifting(estate: None) -> None:
    pack = ground.adopt("NAT-9")
    place = ground.building(1)
    high = ground.put_in_force(pack=pack, rule="high", places=[place],
                               end=clock.now() + 7 * clock.DAY)  # fmt: skip
    step = {
        "pack": pack,
        "rule": "medium_after_high",
        "places": [place],
        "end": clock.now() + 7 * clock.DAY,
        "review": days.add(clock.day_of(clock.now(), ground.ZONE), 2),
    }
    with refused("EVIDENCE_UNFIT"):
        ground.propose(**step)
    lifted = actions.record_answer(
        ground.CHEN, order=high, lifted=True, authority=ground.COUNTY, document="NF-2"
    )
    assert state(ground.propose(**step, evidence=[lifted])) == "proposed"


def test_packs_are_adopted_once_by_who_commands_the_whole(estate: None) -> None:
    with refused("PACK_ADOPTED"):
        actions.adopt_pack(ground.CHEN, digest=ground.digest())
    for staff in (ground.WANG, ground.HUANG, ground.ZHAO):
        with refused("NOT_YOURS"):
            actions.adopt_pack(staff, digest=ground.digest("NAT-9"))
    with refused("NOT_FOUND"):
        actions.adopt_pack(ground.CHEN, digest="0" * 64)
    kept = store.select("orders_packtext", ["content"], "digest", [ground.digest()])
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"fact": "rumour"}, "FACT_UNKNOWN"),
        ({"fact": "round_all_negative"}, "EVIDENCE_LEVEL"),
        ({"place": ground.COMMUNITY}, "EVIDENCE_LEVEL"),
        ({"place": ground.door(ground.building(1), 1)}, "EVIDENCE_LEVEL"),
        ({"place": ground.entry_id(5)}, "NOT_FOUND"),
        ({"on": "2999-01-01"}, "EVIDENCE_FUTURE"),
        ({"document": "heard it"}, "DOCUMENT_FORM"),
        ({"pack": "0" * 64}, "PACK_NOT_ADOPTED"),
    ],
)
def test_evidence_is_refused(estate: None, changed: dict[str, Any], code: str) -> None:
    with refused(code):
        ground.record(**({"fact": "infection_found"} | changed))
