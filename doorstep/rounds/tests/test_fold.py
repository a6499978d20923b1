"""The fold over a real book: statements counted, late lines, lists corrected, extra people."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import desk, kinds, models, replay, store
from doorstep.rounds import actions, effects, entries, queries
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
DAY = "2021-06-21"


@pytest.fixture
def estate(cell: models.Cell) -> None:
    street.build(buildings=4, doors=60, people=2)


def open_round(round_kind: str = "sampling") -> str:
    return actions.open_round(
        street.DUTY_OFFICER, round_kind=round_kind, area=street.ESTATE, day=DAY
    )


def list_again(round_: str, person: str, door: str, where: str) -> None:
    listed = {"round": round_, "subjects": [(person, door, where)]}
    desk.post(street.CHEN, [{"kind": "due.listed", **listed}])


def counts(round_: str) -> tuple[int, ...]:
    found = queries.find_round(round_)
    assert found is not None
    return tuple(found.counts)


def state_of(round_: str) -> str:
    found = queries.find_round(round_)
    assert found is not None
    return str(found.state)


def marks(round_: str, people: list[str], effective: bool = True) -> list[effects.Mark]:
    return [(p, round_, p, "person.sampled", 1_000_000, effective) for p in people]


def everybody() -> list[str]:
    return [
        street.person_id(b, d, n) for b in range(1, 5) for d in range(1, 61) for n in (1, 2)
    ]  # fmt: skip


def test_opening_lists_everybody_present_once(estate: None) -> None:
    round_ = open_round()
    assert counts(round_) == (480, 0, 0, 0, 0, 0)
    found = queries.find_round(round_)
    assert found is not None and (found.doors, found.finished) == (240, 0)


def test_the_number_of_statements_does_not_grow_with_the_batch(estate: None) -> None:
    round_ = open_round()
    effects.put_marks(marks(round_, everybody()[:1]))  # PostgreSQL asks for types, once
    spent = []
    for people in (everybody()[1:4], everybody()[4:400]):
        with CaptureQueriesContext(connection) as captured:
            effects.put_marks(marks(round_, people))
        spent.append(len(captured))
    assert spent[0] == spent[1] <= 16
    assert counts(round_)[1] == 400


def test_the_fold_of_words_and_lists_asks_as_much_for_one_as_for_many(estate: None) -> None:
    round_ = open_round()
    spent = []
    for some, start in ((everybody()[:1], 0), (everybody()[1:300], 1000)):
        said = [
            kinds.Entry(
                street.entry_id(start + i), 0, street.CHEN, None, "d", i, 0,
                entries.SubjectExcused(
                    id=street.entry_id(start + i), v=1, at=clock.to_moment(0, "UTC"),
                    by=street.CHEN, round=round_, subject=person, reason="away",
                ),
            )
            for i, person in enumerate(some)
        ]  # fmt: skip
        with CaptureQueriesContext(connection) as captured:
            entries.fold(kinds.Batch(said, "Asia/Shanghai"))
        spent.append(len(captured))
    assert spent[0] == spent[1] <= 20
    assert counts(round_)[2] == 300


def test_a_batch_that_concerns_no_round_costs_nothing(estate: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        entries.fold(kinds.Batch([], "Asia/Shanghai"))
        effects.put_marks([])
    assert len(captured) == 0


def test_marks_again_change_nothing_and_write_nothing(estate: None) -> None:
    round_ = open_round()
    effects.put_marks(marks(round_, everybody()[:9]))
    with CaptureQueriesContext(connection) as captured:
        effects.put_marks(marks(round_, everybody()[:9]))
    written = [each["sql"] for each in captured if "rounds_" in each["sql"].split("VALUES")[0]
               and each["sql"].lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]  # fmt: skip
    assert written == [] and counts(round_)[1] == 9


def test_a_held_mark_holds_its_subject_until_it_is_settled(estate: None) -> None:
    round_, person = open_round(), street.person_id(1, 1, 1)
    effects.put_marks(marks(round_, [person], effective=False))
    assert counts(round_) == (480, 0, 0, 0, 1, 0)
    effects.put_marks(marks(round_, [person], effective=True))
    assert counts(round_) == (480, 1, 0, 0, 0, 0)
    effects.put_marks([], withdrawn=[marks(round_, [person])[0][0]])
    assert counts(round_) == (480, 0, 0, 0, 0, 0)


def test_somebody_sampled_without_being_listed_is_extra_and_counted_apart(estate: None) -> None:
    round_, stranger = open_round(), street.person_id(9, 9, 9)
    effects.put_marks(marks(round_, [stranger]))
    assert counts(round_) == (480, 0, 0, 0, 0, 0)
    assert queries.count_extra(round_) == 1
    list_again(round_, stranger, street.door_id(1, 1), "table")
    assert counts(round_) == (481, 1, 0, 0, 0, 0)
    assert queries.count_extra(round_) == 0


def test_a_new_round_is_counted_as_one_that_is_known_is(estate: None) -> None:
    """Of a round that came with the batch nothing is looked up: the rows are those of a round whose
    opening came first, also with somebody listed twice, a word, and a round opened once more.
    """
    one, two = street.person_id(1, 1, 1), street.person_id(1, 1, 2)
    first, second = street.door_id(1, 1), street.door_id(2, 2)

    def entry(n: int, shape: Any, **fields: Any) -> kinds.Entry:
        id_ = street.entry_id(9_000 + n)
        at = {"id": id_, "v": 1, "at": clock.to_moment(n, "UTC"), "by": street.CHEN}
        return kinds.Entry(id_, n, street.CHEN, None, "d", n, 0, shape(**at, **fields))

    def said(round_: str, n: int) -> list[kinds.Entry]:
        opening = {"round_kind": "sampling", "area": street.ESTATE, "day": DAY, "pool": "ten"}
        lists = [[(one, first, "table"), (two, first, "home"), (two, second, "home")],
                 [(one, second, "home")]]  # fmt: skip
        return [
            entry(n, entries.RoundOpened, round=round_, **opening),
            *(entry(n + 1 + i, entries.DueListed, round=round_, subjects=each)
              for i, each in enumerate(lists)),
            entry(n + 3, entries.SubjectRefused, round=round_, subject=two),
            entry(n + 4, entries.VisitMade, round=round_, subject=street.person_id(3, 1, 1)),
            entry(n + 5, entries.RoundOpened, round=round_, **opening),
        ]  # fmt: skip

    def rows(round_: str) -> list[list[tuple[object, ...]]]:
        columns = {
            "subject": "subject, door, building, home, state, reason",
            "door": "door, building, digest, due, done, excused, refused, held, home",
            "building": "building, digest, doors, finished, due, refused, home",
            "round": "state, doors, finished, digest, due, done, refused, home",
        }
        key = {"round": "id"}
        return [
            sorted(store.query(f"SELECT {said} FROM rounds_{table} WHERE "
                               f"{key.get(table, 'round')} = %s", [round_]))
            for table, said in columns.items()
        ]  # fmt: skip

    together, apart = street.entry_id(8_001), street.entry_id(8_002)
    entries.fold(kinds.Batch(said(together, 0), "Asia/Shanghai"))
    for each in said(apart, 100):
        entries.fold(kinds.Batch([each], "Asia/Shanghai"))
    assert rows(together) == rows(apart) and rows(together)[3][0][4:] == (2, 0, 1, 1)
    entries.fold(kinds.Batch(said(together, 0), "Asia/Shanghai"))
    assert rows(together) == rows(apart)


def test_a_later_list_moves_somebody_to_another_door(estate: None) -> None:
    round_, person = open_round(), street.person_id(1, 1, 1)
    list_again(round_, person, street.door_id(2, 2), "home")
    doors = {
        str(door): due
        for door, due in store.query("SELECT door, due FROM rounds_door WHERE round = %s", [round_])
    }
    assert doors[street.door_id(1, 1)] == 1 and doors[street.door_id(2, 2)] == 3
    assert counts(round_) == (480, 0, 0, 0, 0, 1)


def test_a_line_after_the_close_reopens_the_round(estate: None) -> None:
    round_ = open_round()
    actions.close_round(street.DUTY_OFFICER, round=round_)
    assert state_of(round_) == "closed"
    late = marks(round_, [street.person_id(1, 1, 1)])
    effects.put_marks(late)
    assert state_of(round_) == "reopened"
    effects.put_marks([], withdrawn=[late[0][0]])
    assert state_of(round_) == "closed"


def test_replay_gives_the_same_rows(estate: None) -> None:
    round_ = open_round()
    open_round("lunch")
    actions.excuse_subject(
        street.DUTY_OFFICER, round=round_, subject=street.person_id(1, 1, 1), reason="hospital"
    )
    word = actions.record_refusal(
        street.DUTY_OFFICER, round=round_, subject=street.person_id(1, 1, 2)
    )
    actions.withdraw_word(street.DUTY_OFFICER, entry=word)
    actions.close_round(street.DUTY_OFFICER, round=round_)
    assert counts(round_) == (480, 0, 1, 0, 0, 0)
    # the street's residents and roles are put into their tables without entries
    different = replay.replay()["different"]
    assert {table for table in different if not table.startswith("registry_")} == set()


def test_a_list_without_its_opening_is_no_round(estate: None) -> None:
    person, door = street.person_id(1, 1, 1), street.door_id(1, 1)
    listed = {"round": street.round_id(7), "subjects": [(person, door, "table")]}
    desk.post(street.CHEN, [{"kind": "due.listed", **listed}])
    assert queries.find_round(street.round_id(7)) is None
