"""What entries make of an order: two people, an end, the authority's word and nobody else's."""

from typing import Any

import pytest

from doorstep.kit import clock
from doorstep.orders import days, packs, rules, shapes
from doorstep.orders.tests import ground

T = 1_000 * clock.DAY
END = T + 14 * clock.DAY


def fact(kind: str, entry: str, at: int, by: str = "a", unit: str = "1", **body: Any) -> rules.Fact:
    return rules.Fact(entry, "o", kind, at, by, unit, body.pop("target", None), body)


def proposed(entry: str = "p", **changed: Any) -> rules.Fact:
    body = {
        "axis": "measure", "value": "in_only", "rule": "in_only", "pack": "0", "places": ["e"],
        "authority": "440605", "document": "NF-1", "evidence": ["x"], "start": T, "end": END,
        "review": "1972-10-03", "test_days": [], "test_every": None, **changed,
    }  # fmt: skip
    return fact(rules.PROPOSED, entry, T, **body)


def approved(target: str = "p", at: int = T + 5, by: str = "b", unit: str = "2") -> rules.Fact:
    return fact(rules.APPROVED, f"ok-{target}-{by}", at, by, unit, target=target)


def lifted(effective: int, authority: str = "440605") -> rules.Fact:
    return fact(rules.LIFTED, f"l{effective}", T + 9, authority=authority, document="NF-2",
                effective=effective)  # fmt: skip


def renewed(entry: str, end: int, authority: str = "440605") -> rules.Fact:
    return fact(rules.RENEWED, entry, T + 9, end=end, review="1972-10-10", authority=authority)


def make(*facts: rules.Fact) -> tuple[rules.Order, list[tuple[str, str, bool]]]:
    order, said = rules.assemble(facts, zone=ground.ZONE)
    assert order is not None
    return order, said


def test_one_person_puts_nothing_in_force() -> None:
    order, _ = make(proposed())
    assert (order.from_at, rules.state_of(order, T)) == (None, "proposed")
    assert rules.state_of(order, END) == "lapsed"


@pytest.mark.parametrize(("by", "unit"), [("a", "1"), ("a", "2"), ("b", "1"), ("b", "")])
def test_the_second_name_is_another_persons_of_another_unit(by: str, unit: str) -> None:
    order, said = make(proposed(), approved(by=by, unit=unit))
    assert order.from_at is None and said[0][1:] == ("NOT_SECOND", True)


def test_two_people_of_two_units_put_it_in_force_until_its_end_and_no_longer() -> None:
    order, said = make(proposed(), approved())
    assert (order.from_at, order.until_at, said) == (T + 5, END, [])
    assert rules.state_of(order, END - 1) == "in_force"
    assert rules.state_of(order, END) == "ended"


def test_a_renewal_counts_when_two_people_of_the_authority_that_decided_made_it_in_time() -> None:
    more = END + clock.DAY
    base = (proposed(), approved())
    assert make(*base, renewed("r", more))[0].until_at == END
    assert make(*base, renewed("r", more), approved("r", T + 99))[0].until_at == more
    assert make(*base, renewed("r", more), approved("r", END))[0].until_at == END
    foreign = renewed("r", more, "440600")
    assert make(*base, foreign, approved("r", T + 99))[0].until_at == END
    same = (renewed("r", more), approved("r", T + 99, by="b", unit="1"))
    assert make(*base, *same)[0].until_at == END


def test_a_renewal_does_not_put_off_a_review_whose_day_is_still_to_come() -> None:
    due = days.start_of("1972-10-03", ground.ZONE)  # the proposal's review
    more = proposed(end=due + 9 * clock.DAY), approved()
    later = renewed("r", due + 20 * clock.DAY)  # its own review is on 10 October
    assert make(*more, later, approved("r", due - 1))[0].review_on == "1972-10-03"
    assert make(*more, later, approved("r", due))[0].review_on == "1972-10-10"
    sooner = renewed("r", due + 20 * clock.DAY)
    sooner = sooner._replace(body={**sooner.body, "review": "1972-10-01"})
    assert make(*more, sooner, approved("r", T + 99))[0].review_on == "1972-10-01"


def test_only_the_authority_that_decided_lifts() -> None:
    order, said = make(proposed(), approved(), lifted(T + 50, "440600"))
    assert order.until_at == END and said[0][1] == "LIFT_NOT_THEIRS"
    order, said = make(proposed(), approved(), lifted(T + 50))
    assert (order.until_at, order.ended_as, said) == (T + 50, "lifted", [])


def test_an_order_in_force_is_taken_back_by_two_only() -> None:
    gone = fact(rules.WITHDRAWN, "w", T + 20, by="b", unit="2", reason="mistake")
    assert make(proposed(), approved(), gone)[0].until_at == END
    order, _ = make(proposed(), approved(), gone, approved("w", T + 30, "a", "1"))
    assert (order.until_at, order.ended_as) == (T + 30, "withdrawn")
    early = gone._replace(at=T + 1)
    assert rules.state_of(make(proposed(), early)[0], T + 2) == "withdrawn"


def test_two_proposals_under_one_order_hold_each_other() -> None:
    order, said = make(proposed(), proposed("q"), approved())
    assert order.disputed and order.from_at is None and len(said) == 2
    settled = [proposed(), proposed("q"), approved()]
    order, _ = rules.assemble(settled, {"p"}, zone=ground.ZONE)  # type: ignore[assignment]
    assert not order.disputed and order.from_at == T + 5


def _calendar(key: str, name: str) -> shapes.Calendar:
    pack = packs.find_shipped(ground.digest(key))
    rule = pack.find_rule(name) if pack else None
    assert rule is not None
    return rule.calendar


def due(calendar: shapes.Calendar, number: int, **more: Any) -> list[tuple[str, int]]:
    found = rules.tests_on(
        calendar, "pcr", clock_day=number, day=f"2022-05-{number:02}", last_on="2022-05-14", **more
    )
    return [(test.method, test.samples) for test in found]


def test_calendars_of_the_packs() -> None:
    sealed = _calendar("NANHAI-2022-05", "sealed")
    assert [n for n in range(1, 15) if due(sealed, n)] == [1, 2, 3, 4, 5, 6, 7, 10, 14]
    precaution = _calendar("NANHAI-2022-05", "precaution")
    assert due(precaution, 7) == [("pcr", 2)]
    assert [n for n in range(1, 15) if due(precaution, n)] == [1, 2, 3, 4, 7, 13]
    assert due(_calendar("NAT-20", "high"), 2) == [("antigen", 1)]
    assert all(due(_calendar("GD-2021-06", "closed"), n) for n in range(1, 15))


def test_an_order_says_its_own_test_days_only_where_the_pack_leaves_them_open() -> None:
    fixed, open_ = _calendar("NAT-3Z", "sealed"), _calendar("GD-2021-06", "in_only")
    refused = rules.may_choose_days(fixed, [2], None)
    assert refused is not None and refused.code == "ORDER_CALENDAR_FIXED"
    assert rules.may_choose_days(open_, [2, 5], None) is None
    assert [n for n in range(1, 9) if due(open_, n, test_every=3)] == [1, 4, 7]


def test_tubes_take_what_every_order_allows_and_always_one_swab() -> None:
    assert rules.pools_allowed([["household", "ten"], ["five", "ten"]]) == ("single", "ten")
    assert rules.pools_allowed([]) == rules.POOLS
