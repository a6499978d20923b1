"""What a person may do with a round, and what is refused, with its code."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from doorstep.kit import clock
from doorstep.ledger import codes, refusals
from doorstep.ledger import models as ledger
from doorstep.rounds import actions, closers, listing, lists, models, queries
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
CHEN, LIN, ZHAO = street.DUTY_OFFICER, street.STEWARD, street.STRANGER
WANG, HER_DAUGHTER = street.person_id(1, 1, 1), street.person_id(1, 1, 2)


@pytest.fixture
def estate(cell: ledger.Cell) -> None:
    street.build(buildings=2, doors=3, people=2)


@pytest.fixture
def blocks() -> Iterator[list[closers.Block]]:
    said: list[closers.Block] = []
    before = list(closers._closers)
    closers.install([lambda rounds: dict.fromkeys(rounds, said)])
    yield said
    closers.install(before)


def open_round(round_kind: str = "sampling", **more: str) -> str:
    return actions.open_round(
        CHEN, round_kind=round_kind, area=street.ESTATE, day="2021-06-21", **more
    )


def get(round_: str) -> models.Round:
    found = queries.find_round(round_)
    assert found is not None
    return found


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(refusals.Refused) as refused:
        act()
    assert refused.value.code in codes.CODES
    return refused.value.code


def test_a_round_is_opened_with_its_list(estate: None) -> None:
    round_ = get(open_round(pool="ten", pack="GD-2021-06"))
    assert (round_.state, round_.due, round_.pool, round_.pack) == ("open", 12, "ten", "GD-2021-06")
    assert round_.opened_by == street.CHEN


def test_a_large_area_is_listed_part_by_part_and_nobody_is_left_out(
    estate: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MOST_AT_ONCE", 3)
    hut, keeper = street.door_id(98, 1), street.person_id(9, 8, 1)
    street.add_hut(hut)  # a door that hangs on the estate itself
    street.live_in({keeper: hut})
    round_ = get(open_round())
    lines = lists.list_subjects(round_, "everyone").lines
    assert round_.due == len({line.subject for line in lines}) == 13
    assert keeper in {line.subject for line in lines}


def test_who_is_flagged_waits_at_home_and_who_was_vaccinated_is_excused(estate: None) -> None:
    street.flag(WANG, ["bedridden"])
    street.give_standing(HER_DAUGHTER, "vaccinated", clock.now() - clock.HOUR)
    round_ = get(open_round())
    assert (round_.due, round_.excused, round_.home) == (12, 1, 1)
    assert [line.subject for line in lists.list_subjects(round_, "home").lines] == [WANG]
    [excused] = lists.list_subjects(round_, "excused").lines
    assert (excused.subject, excused.reason) == (HER_DAUGHTER, "vaccinated")


def test_a_second_round_of_the_same_day_is_refused_while_the_first_is_open(estate: None) -> None:
    first = open_round()
    assert code_of(open_round) == "ROUND_EXISTS"
    open_round("lunch")
    actions.close_round(CHEN, round=first)
    assert get(open_round()).state == "open"


def test_only_who_commands_here_opens_and_closes(estate: None) -> None:
    round_ = open_round()
    opening = {"round_kind": "lunch", "area": street.ESTATE, "day": "2021-06-21"}
    for staff in (LIN, ZHAO):
        opens = functools.partial(actions.open_round, staff, **opening)
        closes = functools.partial(actions.close_round, staff, round=round_)
        assert code_of(opens) == code_of(closes) == "NOT_YOURS"
    assert code_of(lambda: open_round("no_such_kind")) == "ROUND_KIND_UNKNOWN"
    assert code_of(lambda: actions.close_round(CHEN, round=street.round_id(5))) == "NOT_FOUND"


def test_a_recheck_is_single_whatever_is_asked(estate: None) -> None:
    assert code_of(lambda: open_round("sampling_recheck", pool="ten")) == "POOL_NOT_ALLOWED"
    assert get(open_round("sampling_recheck")).pool == "single"


def test_a_steward_excuses_and_notes_a_refusal_at_her_own_doors(estate: None) -> None:
    round_ = open_round()
    actions.excuse_subject(LIN, round=round_, subject=WANG, reason="hospital")
    actions.record_refusal(LIN, round=round_, subject=HER_DAUGHTER)
    assert (get(round_).excused, get(round_).refused) == (1, 1)
    elsewhere = street.person_id(2, 1, 1)
    refused = lambda: actions.record_refusal(LIN, round=round_, subject=elsewhere)  # noqa: E731
    assert code_of(refused) == "NOT_YOURS"


def test_an_excuse_needs_a_reason_the_kind_knows_and_somebody_on_the_list(estate: None) -> None:
    round_ = open_round()

    def excuse(subject: str, reason: str) -> Callable[[], object]:
        return lambda: actions.excuse_subject(CHEN, round=round_, subject=subject, reason=reason)

    assert code_of(excuse(WANG, "own_food")) == "REASON_UNKNOWN"
    assert code_of(excuse(street.person_id(5, 5, 5), "away")) == "NOT_ON_LIST"
    assert get(round_).excused == 0


def test_a_word_is_taken_back_by_a_settling_entry(estate: None) -> None:
    round_ = open_round()
    word = actions.record_refusal(LIN, round=round_, subject=WANG)
    assert get(round_).refused == 1
    assert code_of(lambda: actions.withdraw_word(ZHAO, entry=word)) == "NOT_YOURS"
    actions.withdraw_word(LIN, entry=word)
    assert get(round_).refused == 0
    assert code_of(lambda: actions.withdraw_word(LIN, entry=word)) == "NOT_FOUND"


def test_lunch_at_the_door_is_a_visit_and_is_taken_back_the_same_way(estate: None) -> None:
    round_ = open_round("lunch")
    visit = actions.record_visit(LIN, round=round_, subject=street.door_id(1, 1))
    assert (get(round_).due, get(round_).done) == (6, 1)
    actions.withdraw_word(LIN, entry=visit)
    assert get(round_).done == 0


def test_closing_makes_the_outstanding_missed(estate: None) -> None:
    round_ = open_round()
    actions.record_refusal(CHEN, round=round_, subject=WANG)
    actions.close_round(CHEN, round=round_)
    closed = get(round_)
    assert (closed.state, closed.closed_missed) == ("closed", 11)
    assert queries.sentence_of(closed, "en") == "11 of 12 people were not sampled."
    assert code_of(lambda: actions.close_round(CHEN, round=round_)) == "ROUND_CLOSED"
    late = lambda: actions.record_refusal(CHEN, round=round_, subject=HER_DAUGHTER)  # noqa: E731
    assert code_of(late) == "ROUND_CLOSED"


def test_a_round_is_not_closed_while_an_operation_says_why_not(
    estate: None, blocks: list[closers.Block]
) -> None:
    round_ = open_round()
    blocks.append(closers.Block("NOT_FOUND", {"tube": "GC000001"}))
    with pytest.raises(refusals.Refused) as refused:
        actions.close_round(CHEN, round=round_)
    assert refused.value.code == "ROUND_NOT_SETTLED"
    assert refused.value.facts == {"blocks": blocks, "count": 1}
    assert get(round_).state == "open"
    blocks.clear()
    actions.close_round(CHEN, round=round_)
    assert get(round_).state == "closed"


def test_a_round_is_reopened_and_closed_again_even_if_the_clock_was_set_back(
    estate: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = open_round()
    actions.close_round(CHEN, round=round_)
    hour_ago = clock.now() - clock.HOUR
    monkeypatch.setattr(clock, "now", lambda: hour_ago)
    actions.reopen_round(CHEN, round=round_, reason="late_lines")
    assert get(round_).state == "reopened"
    assert code_of(
        lambda: actions.reopen_round(CHEN, round=round_, reason="late_lines")
    ) == "ROUND_OPEN"  # fmt: skip
    actions.close_round(CHEN, round=round_)
    assert get(round_).state == "closed"


def test_an_empty_round_is_not_closed(estate: None) -> None:
    round_ = actions.post_round(
        street.CHEN,
        {"round_kind": "lunch", "area": street.ESTATE, "day": "2021-06-21"},
        [],
    )
    assert code_of(lambda: actions.close_round(CHEN, round=round_)) == "ROUND_EMPTY"


def test_a_recheck_lists_everybody_named_wherever_they_can_be_found(estate: None) -> None:
    parent = open_round(pool="ten")
    newcomer = street.person_id(1, 3, 9)  # known to the roster since the list was drawn
    street.live_in({newcomer: street.door_id(1, 3)})
    nowhere = street.person_id(9, 9, 9)
    round_ = get(
        actions.open_recheck(
            street.CHEN,
            parent=parent,
            people=[WANG, newcomer, nowhere],
            round_kind="sampling_recheck",
        )
    )
    found = {line.subject: line.door for line in lists.list_subjects(round_, "everyone").lines}
    assert found == {
        WANG: street.door_id(1, 1),
        newcomer: street.door_id(1, 3),
        nowhere: street.ESTATE,
    }
    assert (round_.parent, round_.pool, round_.home) == (parent, "single", 3)


def test_rounds_are_seen_from_within_and_from_above_but_not_from_next_door(estate: None) -> None:
    round_ = open_round()
    for staff in (CHEN, LIN):
        assert [each.id for each in queries.list_rounds_for(staff)] == [round_]
        assert queries.get_round_for(staff, round_).id == round_
    assert queries.list_rounds_for(ZHAO) == []
    assert code_of(lambda: queries.get_round_for(ZHAO, round_)) == "NOT_FOUND"
    assert queries.list_rounds_for(CHEN, estate=street.OTHER_ESTATE) == []
    assert len(queries.list_rounds_for(CHEN, estate=street.ESTATE, day="2021-06-21")) == 1


def test_a_round_opened_twice_at_once_is_opened_once(
    estate: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second click comes while the first one's list is still being drawn."""
    drawn = listing.draw_area
    opened: list[str] = []

    def draw(*asked: Any) -> Any:
        if not opened:
            opened.append("")
            opened[0] = open_round()
        return drawn(*asked)

    monkeypatch.setattr(listing, "draw_area", draw)
    assert code_of(open_round) == "ROUND_EXISTS"
    assert [each.id for each in models.Round.objects.all()] == opened
    assert get(opened[0]).due == 12


def test_a_list_for_a_later_day_is_drawn_by_what_holds_then(estate: None) -> None:
    now = clock.now()
    street.give_standing(WANG, "vaccinated", now - 23 * clock.HOUR)
    soon, later = (clock.day_of(now + days * clock.DAY, "Asia/Shanghai") for days in (0, 2))
    rounds = [
        actions.open_round(CHEN, round_kind="sampling", area=street.ESTATE, day=day)
        for day in (soon, later)
    ]
    states = [models.Subject.objects.get(round=one, subject=WANG).state for one in rounds]
    assert states == ["excused", "due"]
