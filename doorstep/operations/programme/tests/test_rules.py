"""What a project has come to, how late it is, and which voice comes first."""

from typing import Any

import pytest

from doorstep.operations.programme import catalogue, rules
from doorstep.operations.programme.rules import Act, Milestone

STEPS = [("m1", "2021-05-10"), ("m2", "2021-06-10"), ("m3", "2021-09-30")]


def act(number: int, kind: str, day: str, staff: str = "a", **body: Any) -> Act:
    return Act(f"e{number}", kind, number, day, staff, body)


def described(number: int = 1, day: str = "2021-04-30", **over: Any) -> Act:
    return act(number, rules.DESCRIBED, day, milestones=STEPS, **over)


def test_nothing_before_it_is_described() -> None:
    assert rules.derive([act(1, rules.REPORTED, "2021-05-01", state="started")]) is None


def test_the_last_description_and_the_last_word_hold() -> None:
    found = rules.derive([
        described(),
        act(2, rules.REPORTED, "2021-05-02", state="started", reason=None, expected=None),
        act(3, rules.REACHED, "2021-05-12", milestone="m1", on="2021-05-11", attachment=None),
        act(4, rules.REACHED, "2021-05-13", milestone="m1", on="2021-05-12", attachment="d"),
        act(5, rules.REPORTED, "2021-06-02", state="delayed", reason="funds",
            expected="2021-10-01"),
    ])  # fmt: skip
    assert found is not None
    assert (found.state, found.reason, found.expected) == ("delayed", "funds", "2021-10-01")
    assert found.milestones[0] == Milestone("m1", "2021-05-10", "2021-05-12", "e4", "d")
    assert (found.reached, found.progress, found.proved) == (1, 33, True)
    assert found.reported_on == "2021-06-02"


def test_a_milestone_that_is_described_no_more_counts_no_more() -> None:
    found = rules.derive([
        act(1, rules.DESCRIBED, "2021-04-30", milestones=STEPS),
        act(2, rules.REACHED, "2021-05-12", milestone="m1", on="2021-05-11"),
        act(3, rules.DESCRIBED, "2021-05-20", milestones=STEPS[1:]),
    ])  # fmt: skip
    assert found is not None and (found.reached, len(found.milestones)) == (0, 2)


@pytest.mark.parametrize(
    ("second", "closed"), [("b", "2021-06-20"), ("a", None)], ids=["another", "the same person"]
)
def test_only_another_person_closes(second: str, closed: str | None) -> None:
    found = rules.derive([
        described(),
        act(2, rules.ASKED, "2021-06-19", "a"),
        act(3, rules.CLOSED, "2021-06-20", second, asked="e2"),
    ])  # fmt: skip
    assert found is not None and found.closed_on == closed
    assert (found.asked is None) == (closed is not None)
    assert (found.state == catalogue.ACCEPTED) == (closed is not None)


def test_a_closing_of_another_asking_counts_for_nothing() -> None:
    acts = [
        described(),
        act(2, rules.ASKED, "2021-06-01", "a"),
        act(3, rules.REFUSED, "2021-06-02", "b", asked="e2"),
        act(4, rules.CLOSED, "2021-06-03", "b", asked="e2"),
    ]
    found = rules.derive(acts)
    assert found is not None and found.closed_on is None and found.asked is None
    again = [*acts, act(5, rules.ASKED, "2021-06-04", "a"),
             act(6, rules.CLOSED, "2021-06-05", "b", asked="e5")]  # fmt: skip
    closed = rules.derive(again)
    assert closed is not None and closed.closed_on == "2021-06-05"
    opened = rules.derive([*again, act(7, rules.REOPENED, "2021-06-06", "b")])
    assert opened is not None and opened.closed_on is None


@pytest.mark.parametrize(
    ("progress", "accepted", "band"),
    [(0, False, "red"), (29, False, "red"), (30, False, "orange"), (59, False, "orange"),
     (60, False, "yellow"), (99, False, "yellow"), (100, False, "green"), (100, True, "blue"),
     (40, True, "blue")],
)  # fmt: skip
def test_bands(progress: int, accepted: bool, band: str) -> None:
    assert rules.band_of(progress, accepted, catalogue.get().band) == band


def judge(today: str, reported: str, reached: int = 0, stage: str = "working") -> rules.Standing:
    steps = [Milestone(id_, due, due if at < reached else None)
             for at, (id_, due) in enumerate(STEPS)]  # fmt: skip
    return rules.judge("2021-09-30", steps, "2021-04-30", reported, stage, today, catalogue.get())


def test_it_is_late_the_day_after_a_milestone() -> None:
    assert judge("2021-05-10", "2021-05-01").late_since is None
    late = judge("2021-05-11", "2021-05-01")
    assert late == rules.Standing("2021-05-11", None, "2021-05-18", False)
    assert judge("2021-05-19", "2021-05-01").escalated
    # who says so has answered: it stays late and is pushed no more, until the report grows old
    said = judge("2021-05-20", "2021-05-12")
    assert said == rules.Standing("2021-05-11", None, None, False)
    old = judge("2021-06-18", "2021-05-12")
    assert old.silent_since == "2021-06-17" and old.answer_by == "2021-06-24"


def test_what_comes_into_the_programme_late_is_answered_for_from_then_on() -> None:
    steps = [Milestone("m1", "2021-04-30")]
    for today, is_escalated in (("2021-06-21", False), ("2021-06-28", False), ("2021-06-29", True)):
        found = rules.judge(
            "2021-09-30", steps, "2021-06-21", None, "working", today, catalogue.get()
        )
        assert found == rules.Standing("2021-05-01", None, "2021-06-28", is_escalated)


def test_what_is_finished_or_given_up_is_never_late() -> None:
    for stage in ("finished", "ended"):
        assert judge("2022-01-01", "2021-05-01", stage=stage) == rules.Standing(
            None, None, None, False
        )


def test_the_deadline_alone_makes_late_too() -> None:
    assert judge("2021-10-01", "2021-09-30", reached=3).late_since == "2021-10-01"


def test_a_forecast_goes_at_the_pace_so_far() -> None:
    start, deadline = "2021-04-30", "2021-09-30"
    none = [Milestone(id_, due) for id_, due in STEPS]
    assert rules.forecast(start, deadline, none, "2021-06-21") is None
    # ten days planned, twenty taken: what is left (143 days planned) takes twice as long
    slow = [Milestone("m1", "2021-05-10", "2021-05-20"), *none[1:]]
    assert rules.forecast(start, deadline, slow, "2021-06-21") == rules.add_days("2021-05-20", 286)
    # an early start promises nothing: what is left takes what was planned
    quick = [Milestone("m1", "2021-05-10", "2021-05-05"), *none[1:]]
    assert rules.forecast(start, deadline, quick, "2021-06-21") == rules.add_days("2021-05-05", 143)
    # and nothing lies before today
    assert rules.forecast(start, deadline, quick, "2022-01-01") == "2022-01-01"
    done = [Milestone(id_, due, due) for id_, due in STEPS]
    assert rules.forecast(start, deadline, done, "2022-01-01") == "2021-09-30"


def test_the_household_in_greatest_difficulty_comes_first() -> None:
    today = "2021-06-21"
    dialysis = rules.weigh([1, 5], 1, "2021-06-20", today)
    many = rules.weigh([], 40, "2021-05-01", today)
    old = rules.weigh([], 1, "2021-05-01", today)
    fresh = rules.weigh([], 1, "2021-06-20", today)
    assert dialysis > many > old > fresh
