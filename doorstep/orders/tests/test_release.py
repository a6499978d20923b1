"""Release conditions line by line, on days written out by hand."""

import pytest

from doorstep.kit import clock
from doorstep.orders import days, evidence, packs, release, rules, shapes
from doorstep.orders.tests import ground

ZONE = ground.ZONE
DAY_1 = "2021-06-19"
START = days.start_of(DAY_1, ZONE) + 12 * clock.HOUR


def at(day: str, hour: int = 0) -> int:
    return days.start_of(day, ZONE) + hour * clock.HOUR


def pack(key: str) -> shapes.Pack:
    found = packs.find_shipped(ground.digest(key))
    assert found is not None
    return found


def rule(key: str, name: str) -> shapes.Rule:
    found = pack(key).find_rule(name)
    assert found is not None
    return found


def order(test_days: tuple[int, ...] = ()) -> rules.Order:
    body = {
        "axis": "measure", "value": "v", "rule": "r", "pack": "p", "places": [ground.ESTATE],
        "authority": ground.COUNTY, "document": ground.PAPER, "evidence": ["ground"],
        "start": START, "end": START + 14 * clock.DAY, "review": "2021-06-26",
        "test_days": list(test_days), "test_every": None,
    }  # fmt: skip
    fact = rules.Fact("e", "o", rules.PROPOSED, START, "a", "u", None, body)
    made, _ = rules.assemble([fact], zone=ZONE)
    assert made is not None
    return made


def negative(day: str, hour: int = 20) -> evidence.Round:
    return evidence.Round(day, day, True, True, at(day, hour - 6), at(day, hour))


def open_round(day: str) -> evidence.Round:
    return evidence.Round(day, day, False, False, at(day, 14), at(day, 20))


def said(
    fact: str, on: str, *, covers: bool = True, entry: str = "s", hour: int = 9
) -> release.Said:
    return release.Said(entry, fact, on, at(on, hour), covers)


def judge(
    ruled: shapes.Rule,
    now: int,
    rounds: list[evidence.Round] | None = None,
    recorded: list[release.Said] | None = None,
    **more: object,
) -> list[release.Line]:
    material = release.Material(recorded or [], rounds or [], **more)  # type: ignore[arg-type]
    return release.judge(order(), ruled, material, at=now, zone=ZONE)


CLOSED = rule("GD-2021-06", "closed")
LAST = "2021-07-03"
DAILY = [negative(days.add(DAY_1, n)) for n in range(15)]
RECORDED = [
    said("contacts_under_control", "2021-06-25"),
    said("key_venues_negative", "2021-06-25"),
    said("environment_negative", "2021-06-25"),
]


def test_the_closed_estate_of_june_2021_is_due_on_day_15_at_the_hour_it_was_closed() -> None:
    early = judge(CLOSED, at(LAST, 11), DAILY, RECORDED)
    assert [line.state for line in early] == ["not_yet"] + ["met"] * 5
    assert (early[0].done, early[0].needed, early[0].expected_at) == (13, 14, at(LAST, 12))
    assert release.met_since(early) is None
    lines = judge(CLOSED, at(LAST, 12), DAILY, RECORDED)
    assert [line.state for line in lines] == ["met"] * 6
    assert release.met_since(lines) == at(LAST, 12)
    assert lines[1].since_at == at("2021-06-21", 20)  # the third full round


def test_nothing_known_is_not_yet_and_never_met() -> None:
    lines = judge(CLOSED, at("2021-08-01"))
    assert [line.state for line in lines] == ["met"] + ["not_yet"] * 5


def test_a_round_that_is_not_closed_or_not_reported_does_not_count() -> None:
    lines = judge(CLOSED, at("2021-06-22"), [open_round("2021-06-20"), negative("2021-06-21")])
    assert (lines[1].state, lines[1].done) == ("not_yet", 1)


def test_a_negative_round_ages_from_its_first_swab_not_from_its_report() -> None:
    rounds = [negative("2021-06-21", 20)]  # first swab at 14:00
    assert judge(CLOSED, at("2021-06-22", 14), rounds)[2].state == "met"
    assert judge(CLOSED, at("2021-06-22", 14) + 1, rounds)[2].state == "not_yet"
    late = rounds[0]._replace(last_result_at=at("2021-06-23", 8))  # its last tube was late
    assert judge(CLOSED, at("2021-06-23", 9), [late])[2].state == "not_yet"
    unknown = rounds[0]._replace(sampled_at=None)
    assert judge(CLOSED, at("2021-06-21", 21), [unknown])[2].state == "not_yet"


def test_a_new_case_restarts_everything_that_runs_on_the_clock() -> None:
    case = said("infection_found", "2021-06-24")
    lines = judge(CLOSED, at(LAST, 12), DAILY, [*RECORDED, case])
    assert lines[0].expected_at == at("2021-07-09")  # the day after the case, and 14 days
    assert lines[1].state == "met" and lines[1].since_at == at("2021-06-27", 20)


def test_a_case_confirmed_by_a_recheck_restarts_from_that_moment() -> None:
    found = evidence.Positive(at("2021-06-24", 22), frozenset({"result"}))
    lines = judge(CLOSED, at(LAST, 12), [], RECORDED, positives=[found])
    assert lines[0].expected_at == at("2021-07-08", 22)


def test_of_two_confirmed_cases_the_later_one_restarts_the_clock() -> None:
    two = [evidence.Positive(at("2021-06-24", hour), frozenset({str(hour)})) for hour in (9, 22)]
    for positives in (two, two[::-1]):
        lines = judge(CLOSED, at(LAST, 12), [], RECORDED, positives=positives)
        assert lines[0].expected_at == at("2021-07-08", 22)


def test_a_confirmed_case_that_grounds_the_order_restarts_nothing() -> None:
    own = evidence.Positive(at("2021-06-24", 22), frozenset({"ground", "its correction"}))
    earlier = evidence.Positive(START, frozenset({"before"}))
    lines = judge(CLOSED, at(LAST, 12), DAILY, RECORDED, positives=[own, earlier])
    assert lines[0].state == "met"


def test_the_ground_of_the_order_itself_restarts_nothing() -> None:
    own = said("infection_found", DAY_1, entry="ground", hour=15)
    late = said("infection_found", "2021-06-17", hour=15)
    assert judge(CLOSED, at(LAST, 12), DAILY, [*RECORDED, own, late])[0].state == "met"


def test_a_case_makes_what_was_recorded_before_it_stale() -> None:
    case = said("infection_found", "2021-06-26")
    lines = judge(CLOSED, at("2021-08-01"), [], [*RECORDED, case])
    assert [line.state for line in lines[3:]] == ["not_yet"] * 3


def test_something_recorded_against_it_undoes_it() -> None:
    bad = said("environment_positive", "2021-06-26", covers=False)
    lines = judge(CLOSED, at("2021-06-28"), [], [*RECORDED, bad])
    assert lines[5].state == "not_yet"
    again = said("environment_negative", "2021-06-27")
    assert judge(CLOSED, at("2021-06-28"), [], [*RECORDED, bad, again])[5].state == "met"


def test_what_was_recorded_of_one_building_does_not_clear_the_estate() -> None:
    part = [said("environment_negative", "2021-06-25", covers=False)]
    assert judge(CLOSED, at("2021-06-28"), [], part)[5].state == "not_yet"


def test_the_last_contact_must_be_more_than_14_days_past_and_negative() -> None:
    sealed = rule("NAT-3Z", "sealed")
    exposed = said("last_contact_exposed", "2021-06-20", covers=False)
    clear = said("contacts_negative", "2021-06-30")
    assert judge(sealed, at("2021-07-20"))[1].state == "not_yet"
    assert judge(sealed, at("2021-07-04", 23), [], [exposed, clear])[1].state == "not_yet"
    assert judge(sealed, at("2021-07-20"), [], [exposed])[1].state == "not_yet"
    lines = judge(sealed, at("2021-07-05"), [], [exposed, clear])
    assert (lines[1].state, lines[1].since_at) == ("met", at("2021-07-05"))


def test_a_calendar_counts_its_test_days_and_takes_a_late_round_for_a_missed_day() -> None:
    sealed = rule("NANHAI-2022-05", "sealed")
    numbers = [1, 2, 3, 4, 5, 6, 8, 10, 14]  # day 7 was made up on day 8
    rounds = [negative(days.add(DAY_1, n - 1)) for n in numbers]
    lines = judge(sealed, at(LAST), rounds)
    assert (lines[0].state, lines[0].done, lines[0].needed) == ("met", 9, 9)
    lines = judge(sealed, at(LAST), rounds[:-1])
    assert (lines[0].state, lines[0].done) == ("not_yet", 8)


def test_the_round_of_day_7_may_be_later_but_not_earlier() -> None:
    high = rule("NAT-9", "high")
    assert judge(high, at("2021-06-27"), [negative("2021-06-24")])[1].state == "not_yet"
    assert judge(high, at("2021-06-27"), [negative("2021-06-25")])[1].state == "met"
    assert judge(high, at("2021-06-27"), [negative("2021-06-26")])[1].state == "met"


def test_all_lifted_and_by_notice() -> None:
    precaution = rule("NAT-3Z", "precaution")
    waiting = judge(precaution, at(LAST), standing_values=frozenset({"stay_in_flat"}))
    assert waiting[0].state == "not_yet"
    free = judge(precaution, at(LAST), last_ended_at=at("2021-07-01"))
    assert (free[0].state, free[0].since_at) == ("met", at("2021-07-01"))
    noticed = judge(rule("GD-2021-06", "two_points"), at("2021-09-01"))
    assert noticed[0].state == "notice" and release.met_since(noticed) is None


def test_an_order_on_two_buildings_is_released_when_both_are() -> None:
    text = CLOSED.release[1].text
    one = [release.Line(text, "met", 5, None, 3, 3)]
    two = [release.Line(text, "not_yet", None, 9, 1, 3)]
    assert release.combine([one, two]) == [release.Line(text, "not_yet", None, 9, 1, 3)]
    assert release.combine([one, [one[0]._replace(since_at=8)]])[0].since_at == 8


@pytest.mark.parametrize("key", ["GD-2021-06", "GD-2021-08", "NAT-3Z", "NANHAI-2022-05", "NAT-9",
                                 "NAT-20"])  # fmt: skip
def test_every_condition_of_every_pack_is_judged(key: str) -> None:
    for each in pack(key).rules:
        lines = judge(each, at(LAST), DAILY, RECORDED)
        assert len(lines) == len(each.release)
        assert {line.state for line in lines} <= {"met", "not_yet", "notice"}
