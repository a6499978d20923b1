"""Who is present and on no list: shown while the round runs, asked about at its close, put on the
list with one click; and of a closed round, whoever was present when it was closed.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import desk, models, refusals, replay, store
from doorstep.rounds import actions, lists, queries, rules, scopes, unlisted_lists
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
CHEN = street.DUTY_OFFICER
DAY = "2021-06-21"
DOOR, OTHER_DOOR = street.door_id(1, 1), street.door_id(2, 1)
GUEST = street.person_id(9, 9, 1)
Act = Callable[[], object]


@pytest.fixture
def estate(cell: models.Cell) -> None:
    street.build(buildings=2, doors=3, people=2)


def open_round(round_kind: str = "sampling", area: str = street.ESTATE, day: str = DAY) -> str:
    return actions.open_round(CHEN, round_kind=round_kind, area=area, day=day)


def say(person: str, presence: str = "present", door: str = DOOR, at: int | None = None) -> None:
    listed: dict[str, Any] = {"kind": "residents.listed", "residents": [(person, door, presence)]}
    desk.post(street.CHEN, [listed | ({"at": at} if at is not None else {})])


def unlisted(round_: str, search: str = "", within: scopes.Scope | None = None) -> list[str]:
    found = unlisted_lists.list_unlisted(round_, within, search, 0, 100)
    if not search:
        assert unlisted_lists.count_unlisted(round_, within) == len(found)
    return [line.person for line in found]


def counts(round_: str) -> rules.Counts:
    found = queries.find_round(round_)
    assert found is not None
    return found.counts


def rows() -> list[tuple[object, ...]]:
    columns = "round, person, door, building"
    return sorted(store.query(f"SELECT {columns} FROM rounds_unlisted"))


def code_of(act: Act) -> str:
    with pytest.raises(refusals.Refused) as refused:
        act()
    return refused.value.code


def test_who_comes_after_the_list_was_drawn_is_on_no_list_until_put_there(estate: None) -> None:
    away = street.person_id(1, 1, 1)
    say(away, "away")
    round_ = open_round()
    assert unlisted(round_) == [] and counts(round_).due == 11
    say(away)  # comes home
    say(GUEST, door=OTHER_DOOR)  # moves in
    met = {"kind": "person.added", "person": street.person_id(9, 9, 2), "door": DOOR}
    desk.post(street.CHEN, [met])
    assert unlisted(round_) == [away, met["person"], GUEST]
    assert unlisted(round_, within=scopes.read_place(street.building_id(2))) == [GUEST]
    assert unlisted(round_, search="2-101") == [GUEST] and unlisted(round_, search="9") == []
    assert counts(round_).outstanding == 11  # shown, and not offered by itself
    assert actions.list_unlisted(CHEN, round=round_) == 3
    assert unlisted(round_) == [] and counts(round_).outstanding == 14
    assert actions.list_unlisted(CHEN, round=round_) == 0


def test_who_leaves_again_or_lives_elsewhere_is_not_among_them(estate: None) -> None:
    round_ = open_round(area=street.building_id(1))
    say(GUEST, door=OTHER_DOOR)
    assert unlisted(round_) == []
    say(GUEST)
    assert unlisted(round_) == [GUEST]
    say(GUEST, "away")
    assert unlisted(round_) == [] == rows()


def test_the_list_is_drawn_as_the_first_was(estate: None) -> None:
    round_ = open_round()
    say(GUEST)
    other = street.person_id(9, 9, 2)
    say(other)
    street.flag(GUEST, ["bedridden"])
    street.give_standing(other, "vaccinated", clock.now() - clock.HOUR)
    actions.list_unlisted(CHEN, round=round_)
    found = queries.find_round(round_)
    assert found is not None and (found.home, found.excused) == (1, 1)


def test_of_a_round_of_doors_whoever_lives_behind_a_door_that_is_not_listed(estate: None) -> None:
    hut = street.door_id(98, 1)
    street.add_hut(hut)
    round_ = open_round("lunch")
    say(GUEST, door=DOOR)  # a listed door
    assert unlisted(round_) == []
    say(GUEST, door=hut)
    assert unlisted(round_) == [GUEST]
    assert actions.list_unlisted(CHEN, round=round_) == 1
    assert unlisted(round_) == []
    assert hut in {line.subject for line in lists.list_subjects(get(round_), "everyone").lines}


def get(round_: str) -> Any:
    found = queries.find_round(round_)
    assert found is not None
    return found


def test_a_round_does_not_end_without_a_word_about_them(estate: None) -> None:
    round_ = open_round()
    say(GUEST)
    assert code_of(lambda: actions.close_round(CHEN, round=round_)) == "ROUND_UNLISTED"
    wrong = {"round": round_, "reason": "tired"}
    assert code_of(lambda: actions.close_round(CHEN, **wrong)) == "REASON_UNKNOWN"
    actions.close_round(CHEN, round=round_, reason="next_round")
    assert (get(round_).state, get(round_).reason) == ("closed", "next_round")
    assert code_of(lambda: actions.list_unlisted(CHEN, round=round_)) == "ROUND_CLOSED"
    actions.reopen_round(CHEN, round=round_, reason="list_incomplete")
    actions.list_unlisted(CHEN, round=round_)
    actions.close_round(CHEN, round=round_, reason="next_round")
    assert get(round_).reason == ""  # nobody was left out this time


def test_a_closed_round_keeps_who_was_present_when_it_was_closed(estate: None) -> None:
    round_ = open_round()
    say(GUEST)
    actions.close_round(CHEN, round=round_, reason="not_here")
    newcomer = street.person_id(9, 9, 2)
    say(newcomer)
    say(GUEST, "moved_out")
    assert unlisted(round_) == [GUEST]
    actions.reopen_round(CHEN, round=round_, reason="list_incomplete")
    assert unlisted(round_) == [newcomer]
    actions.close_round(CHEN, round=round_, reason="not_here")
    assert unlisted(round_) == [newcomer]
    # a phone without a network noted it before the close, and says so after it
    late = {"kind": "person.added", "person": street.person_id(9, 9, 3), "door": DOOR}
    desk.post(street.CHEN, [late | {"at": get(round_).closed_at - clock.MINUTE}])
    assert unlisted(round_) == [newcomer, late["person"]]


def test_the_rows_do_not_hang_on_the_order_in_which_lines_arrive(estate: None) -> None:
    """What one batch folds at once comes to what one line after another came to, and to what the
    migration works out for a book in use.
    """
    for person in (1, 2):  # the street's own residents are in no book
        for door in range(1, 4):
            say(street.person_id(1, door, person), door=street.door_id(1, door))
    first = open_round()
    second = open_round("lunch", area=street.building_id(1))
    say(GUEST)
    say(street.person_id(9, 9, 2), door=OTHER_DOOR)
    actions.close_round(CHEN, round=first, reason="next_round")
    say(GUEST, "away")
    say(street.person_id(9, 9, 3))
    third = open_round(day="2021-06-22")
    say(street.person_id(1, 1, 1), "away")
    say(street.person_id(9, 9, 4))
    before = rows()
    assert {str(row[0]) for row in before} == {first, third} and len(unlisted(first)) == 2
    assert unlisted(second) == []
    assert "rounds_unlisted" not in replay.replay()["different"]
    connection.cursor().execute("DELETE FROM rounds_unlisted")
    name = "doorstep.rounds.migrations.0006_present_on_no_list"
    connection.cursor().execute(importlib.import_module(name).FILL)
    assert rows() == before


def test_a_batch_asks_as_much_of_many_people_as_of_one(estate: None) -> None:
    rounds = [open_round(), open_round("lunch"), open_round(area=street.building_id(1))]
    spent = []
    for start, many in ((1, 1), (2, 300)):
        listed = [(street.round_id(start + n), DOOR, "present") for n in range(many)]
        with CaptureQueriesContext(connection) as captured:
            desk.post(street.CHEN, [{"kind": "residents.listed", "residents": listed}])
        spent.append(len(captured))
    assert spent[0] == spent[1]
    assert unlisted_lists.count_unlisted(rounds[0]) == 301


def test_who_was_reached_without_being_listed_is_told_apart(
    estate: None, put: Callable[[str, Sequence[str]], None]
) -> None:
    round_ = open_round()
    say(GUEST)
    put(round_, [GUEST])
    assert unlisted(round_) == [] and queries.count_extra(round_) == 1


@pytest.fixture
def put() -> Callable[[str, Sequence[str]], None]:
    from doorstep.rounds import effects

    def mark(round_: str, people: Sequence[str]) -> None:
        effects.put_marks([(p, round_, p, "person.sampled", 1_000_000, True) for p in people])

    return mark


def test_an_area_where_nobody_is_present_gets_no_round(estate: None) -> None:
    assert code_of(lambda: open_round(area=street.OTHER_ESTATE)) in ("NOT_YOURS", "ROUND_NOBODY")
    for door in range(1, 4):
        for person in (1, 2):
            say(street.person_id(2, door, person), "away", street.door_id(2, door))
    assert code_of(lambda: open_round(area=street.building_id(2))) == "ROUND_NOBODY"


def test_a_round_opened_by_mistake_is_withdrawn_and_a_late_line_opens_it_again(
    estate: None, put: Callable[[str, Sequence[str]], None]
) -> None:
    round_ = open_round()
    assert code_of(lambda: actions.withdraw_round(street.STRANGER, round=round_)) == "NOT_YOURS"
    word = actions.record_visit(CHEN, round=round_, subject=street.person_id(1, 1, 1))
    assert code_of(lambda: actions.withdraw_round(CHEN, round=round_)) == "ROUND_MARKED"
    actions.withdraw_word(CHEN, entry=word)
    actions.withdraw_round(CHEN, round=round_)
    assert get(round_).is_withdrawn and get(round_).state == "closed"
    assert code_of(lambda: actions.withdraw_round(CHEN, round=round_)) == "ROUND_CLOSED"
    again = open_round()  # nothing stands in its way
    assert again != round_
    put(round_, [street.person_id(1, 1, 1)])
    assert get(round_).state == "reopened" and not get(round_).is_withdrawn


def test_a_close_of_the_first_version_is_read_as_before(estate: None) -> None:
    round_ = open_round()
    closing = {"kind": "round.closed", "round": round_, "due": 12, "done": 0, "excused": 0,
               "refused": 0, "missed": 12}  # fmt: skip
    desk.post(street.CHEN, [closing])
    assert (get(round_).state, get(round_).reason) == ("closed", "")
