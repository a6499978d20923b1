"""Rules are read here as sentences: what a subject, a door and a round are, given their facts."""

import itertools

import pytest

from doorstep.rounds import rules
from doorstep.rounds.rules import Act, Counts, Fact, Listing

SAMPLING = frozenset({"person.sampled"})
SAMPLED = Fact("e1", "person.sampled", 100)
HELD = Fact("e2", "person.sampled", 90, effective=False)
EXCUSED = Fact("e3", rules.EXCUSED, 80, reason="vaccinated")
REFUSED = Fact("e4", rules.REFUSED, 70)
VISITED = Fact("e5", "visit.made", 60)


def test_somebody_on_the_list_of_whom_nothing_is_known_is_due() -> None:
    assert rules.state_of(True, [], SAMPLING) == rules.Standing("due")


def test_a_visit_alone_does_not_make_anybody_sampled_but_makes_lunch_delivered() -> None:
    sampling = rules.state_of(True, [VISITED], SAMPLING)
    lunch = rules.state_of(True, [VISITED], frozenset({"visit.made"}))
    assert sampling is not None and sampling.state == "due"
    assert lunch == rules.Standing("done", 60, "e5")


def test_who_refused_and_is_sampled_after_all_is_done() -> None:
    assert rules.state_of(True, [REFUSED, SAMPLED], SAMPLING) == rules.Standing("done", 100, "e1")


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([SAMPLED, HELD, EXCUSED, REFUSED], "done"),
        ([HELD, EXCUSED, REFUSED], "held"),
        ([EXCUSED, REFUSED], "excused"),
        ([REFUSED, VISITED], "refused"),
    ],
)
def test_the_order_of_arrival_changes_no_state(facts: list[Fact], state: str) -> None:
    for order in itertools.permutations(facts):
        found = rules.state_of(True, order, SAMPLING)
        assert found is not None and found.state == state


def test_no_clock_changes_a_state() -> None:
    early, late = REFUSED._replace(at=0), REFUSED._replace(at=10**15)
    for refusal in (early, late):
        found = rules.state_of(True, [refusal, SAMPLED], SAMPLING)
        assert found is not None and found.state == "done"


def test_two_samples_give_the_moment_of_the_earlier() -> None:
    again = Fact("e0", "person.sampled", 50)
    assert rules.state_of(True, [SAMPLED, again], SAMPLING) == rules.Standing("done", 50, "e0")


def test_who_is_on_no_list_is_extra_once_reached_and_otherwise_has_no_row() -> None:
    found = rules.state_of(False, [SAMPLED], SAMPLING)
    assert found is not None and found.state == "extra"
    assert rules.state_of(False, [EXCUSED, REFUSED, VISITED], SAMPLING) is None


def test_the_latest_listing_corrects_the_door() -> None:
    first, second = Listing(1, "a", "door1", "b1", False), Listing(2, "b", "door2", "b1", True)
    assert rules.listing_of([second, first]) == second
    assert rules.listing_of([first]) == first


def test_counts_leave_extra_people_out_and_count_who_waits_at_home() -> None:
    counts = rules.count_states(
        [("due", True), ("held", True), ("done", True), ("extra", False), ("refused", False)]
    )
    assert counts == Counts(due=4, done=1, refused=1, held=1, home=2)
    assert counts.outstanding == 2


@pytest.mark.parametrize(
    ("counts", "live", "closed"),
    [
        (Counts(due=3, done=1, held=1), "held", "held"),
        (Counts(due=3), "due", "missed"),
        (Counts(due=3, done=1), "part", "missed"),
        (Counts(due=3, done=2, refused=1), "refused", "refused"),
        (Counts(due=3, done=2, excused=1), "done", "done"),
        (Counts(due=3, excused=3), "excused", "excused"),
        (Counts(), "none", "none"),
    ],
)
def test_a_door_has_the_colour_of_its_worst(counts: Counts, live: str, closed: str) -> None:
    assert rules.key_of(counts, closed=False) == live
    assert rules.key_of(counts, closed=True) == closed


def test_a_door_is_done_only_when_nobody_there_is_outstanding() -> None:
    for due, done, excused, refused, held in itertools.product(range(4), repeat=5):
        counts = Counts(due, done, excused, refused, held)
        if counts.outstanding < held:
            continue  # no such door
        if rules.key_of(counts, closed=False) == "done":
            assert counts.outstanding == 0 and counts.refused == 0 and counts.done > 0


def test_every_colour_has_its_own_letter() -> None:
    assert set(rules.LETTERS) == set(rules.WORST_FIRST)
    assert len(set(rules.LETTERS.values())) == len(rules.WORST_FIRST)


OPENED = Act(1, "o", "round.opened")
COUNTS = Counts(due=10, done=7, excused=1)
CLOSED = Act(5, "c", "round.closed", (10, 7, 1, 0, 2))


def test_a_closed_round_stays_closed_while_its_counts_hold() -> None:
    assert rules.round_state([OPENED], COUNTS) == "open"
    assert rules.round_state([CLOSED, OPENED], COUNTS) == "closed"


def test_a_late_line_reopens_a_closed_round() -> None:
    assert rules.round_state([OPENED, CLOSED], COUNTS._replace(done=8)) == "reopened"


def test_a_person_reopens_and_closes_again() -> None:
    reopened = Act(6, "r", "round.reopened")
    assert rules.round_state([OPENED, CLOSED, reopened], COUNTS) == "reopened"
    assert rules.round_state([OPENED, CLOSED, reopened, CLOSED._replace(at=7)], COUNTS) == "closed"


def test_outstanding_people_do_not_stop_a_close_but_open_questions_do() -> None:
    assert rules.may_close_round("open", COUNTS, blocked=False) is None
    assert rules.may_close_round("open", COUNTS, blocked=True) == "ROUND_NOT_SETTLED"
    assert rules.may_close_round("closed", COUNTS, blocked=False) == "ROUND_CLOSED"
    assert rules.may_close_round("open", Counts(), blocked=False) == "ROUND_EMPTY"


@pytest.mark.parametrize(
    ("counts", "closed", "form"),
    [
        (Counts(), False, "empty"),
        (Counts(due=5), False, "open"),
        (Counts(due=5, done=4), False, "open_one"),
        (Counts(due=5, done=4), True, "closed_one"),
        (Counts(due=5), True, "closed"),
        (Counts(due=5, done=5), True, "finished"),
    ],
)
def test_the_sentence_follows_the_counts(counts: Counts, closed: bool, form: str) -> None:
    assert rules.sentence_facts(counts, closed).form == form
