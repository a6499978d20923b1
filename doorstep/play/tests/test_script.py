"""The written day: the same each time, whole, and with its mistakes where they were planted."""

from collections import Counter, defaultdict

import msgspec
import pytest

from doorstep.kit import clock
from doorstep.play import acts, report, report_html, report_words, script
from doorstep.play.control import Moment, State
from doorstep.play.tests import days


@pytest.fixture(scope="module", params=["household", "ten"])
def day(request: pytest.FixtureRequest) -> acts.Script:
    return script.write_script(days.make_hand(request.param))


def test_same_hand_same_day() -> None:
    assert script.write_script(days.make_hand()) == script.write_script(days.make_hand())
    assert script.write_script(days.make_hand()) != script.write_script(days.make_hand(seed=8))


def test_the_day_begins_at_eight_and_its_last_result_comes_before_midnight(
    day: acts.Script,
) -> None:
    midnight = script.midnight_of(days.make_hand())
    assert day.acts[0].at >= midnight + 8 * clock.HOUR - clock.MINUTE
    assert day.ends_at < midnight + clock.DAY
    assert [act.at for act in day.acts] == sorted(act.at for act in day.acts)


def test_nearly_everybody_is_sampled_and_nobody_stands_at_two_places_unplanned(
    day: acts.Script,
) -> None:
    due = {each.person for each in days.make_hand().due}
    tubes: defaultdict[str, set[str]] = defaultdict(set)
    for act in day.acts:
        if act.kind == "person.sampled" and not act.recheck:
            tubes[act.fields["person"]].add(act.fields["tube"])
    assert 0.97 * len(due) < len(due & tubes.keys()) < len(due)
    twice = [person for person, found in tubes.items() if len(found) > 1]
    # two mistakes put a person into two tubes; who was in the unreadable tube came again
    unread = next(each for file in day.files for each in file.rows if each.outcome == "invalid")
    again = {
        act.fields["person"]
        for act in day.acts
        if act.kind == "person.sampled" and act.fields["tube"] == unread.tube
    }
    assert len(set(twice) - again) == 2


def test_every_tube_is_opened_closed_boxed_and_tested_once(day: acts.Script) -> None:
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    boxed: Counter[str] = Counter()
    for act in day.acts:
        if "tube" in act.fields:
            kinds[act.fields["tube"]][act.kind] += 1
        boxed.update(act.fields.get("tubes", ()))
    reused = [tube for tube, found in kinds.items() if found["tube.opened"] == 2]
    assert len(reused) == 1
    for tube, found in kinds.items():
        times = 2 if tube in reused else 1
        assert found["tube.opened"] == found["tube.closed"] == boxed[tube] == times
    rows = Counter(row.tube for file in day.files for row in file.rows if "(" not in file.name)
    assert set(rows.values()) == {1}
    assert len(rows) == len(kinds) + 1  # and one that nobody ever had
    assert rows.keys() - kinds.keys() == {
        row.tube for file in day.files for row in file.rows if row.tube not in kinds
    }


def test_results_come_after_the_swabs_they_are_of(day: acts.Script) -> None:
    swabbed: dict[str, int] = {}
    for act in day.acts:
        if act.kind == "person.sampled":
            swabbed[act.fields["tube"]] = max(swabbed.get(act.fields["tube"], 0), act.at)
    for file in day.files:
        for row in file.rows:
            assert swabbed.get(row.tube, 0) < row.tested_at <= row.reported_at <= file.at


def test_each_mistake_is_made(day: acts.Script) -> None:
    planted = report.count_planted(day.planted)
    assert planted["PERSON_TWICE"] == 4
    assert planted["BOX_UNBALANCED"] == 1
    assert planted.get("PERSON_UNKNOWN", 1) == 1  # full tubes have no room for a visitor
    assert planted["RESULT_WITHOUT_TUBE"] == 2
    assert planted["TUBE_REUSED"] >= 4
    offset = [act for act in day.acts if act.offset]
    assert len(offset) == planted["CLOCK_OFF"] > 0
    assert len({act.phone for act in offset}) == 1
    assert {fault.kind for fault in day.faults} == {"offline", "cut", "unanswered"}
    singly = {tube for visit in day.rechecks for tube in visit.tubes.values()}
    rows = {row.tube: row.outcome for file in day.files for row in file.rows}
    outcomes = Counter(outcome for tube, outcome in rows.items() if tube not in singly)
    assert outcomes["positive"] in (1, 2) and outcomes["inconclusive"] in (1, 2)
    for visit in day.rechecks:  # one of a positive tube's members, nobody of a grey one
        again = Counter(rows[tube] for tube in visit.tubes.values())
        assert again["positive"] == (rows[visit.of] == "positive")
        assert again["positive"] + again["negative"] == len(visit.tubes)
    assert len(day.rechecks) == outcomes["positive"] + outcomes["inconclusive"]


def test_every_mistake_has_its_name_in_chinese(day: acts.Script) -> None:
    assert {each.what for each in day.planted} <= report_words.MISTAKES.keys()


def test_a_roll_that_is_too_short_is_refused() -> None:
    hand = days.make_hand()
    short = msgspec.structs.replace(
        hand, tables=[days.desk(f"table-{n:02}", n, 2) for n in range(1, 4)]
    )
    with pytest.raises(ValueError, match="no tube left"):
        script.write_script(short)


def test_the_report_says_in_both_languages_what_was_lost(day: acts.Script) -> None:
    book = {
        "due": 270, "done": 260, "excused": 0, "refused": 1, "held": 4, "outstanding": 9,
        "missed": 0, "kept": 900, "lost": 0, "doubled": 0, "unfolded": 0, "lines": 950,
        "root": "0" * 64, "held_by_code": {"PERSON_TWICE": 4}, "flagged_by_code": {},
        "tubes": {"sampled": 90, "reported": 90}, "missed_doors": ["1栋 1单元 <101>"],
        "closed": False,
    }  # fmt: skip
    midnight = script.midnight_of(days.make_hand())
    history = [
        Moment(midnight + hour * clock.HOUR, hour * 10, hour, hour, hour) for hour in range(8, 20)
    ]
    state = State(history=history, seconds=3.0)
    made = report.make_report(days.make_hand(), day, state, book)
    page = report_html.make_html(made)
    assert "nothing is lost" in page and "无丢失" in page
    assert "&lt;101&gt;" in page and "10:00" in page
    assert made.lines_per_second == 300.0
    worse = report.make_report(days.make_hand(), day, state, book | {"lost": 2})
    assert "2 are not right" in report_html.make_html(worse)
