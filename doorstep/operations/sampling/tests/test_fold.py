"""The fold of sampling: what is held and why, what arrives late, how boxes balance, and that two
thousand lines ask no more statements than one.
"""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import kinds, models, refolding, replay, store, verdicts
from doorstep.operations.sampling import actions as actions_
from doorstep.operations.sampling import entries, rules
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling.actions import claims
from doorstep.operations.sampling.tests import day, ground
from doorstep.registry import models as registry
from doorstep.rounds import actions
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db
STRANGER = street.person_id(9, 9, 9)


@pytest.fixture
def estate(cell: models.Cell) -> ground.Ground:
    return ground.lay_out()


def _codes(entry: str) -> list[str]:
    return verdicts.list_verdicts([entry]).get(entry, [])


def _swab(estate: ground.Ground, person: str, tube: str = "TUBE1", **more: Any) -> str:
    return day.post("person.sampled", round=estate.round, person=person, tube=tube, **more)


def test_an_overfull_tube_keeps_all_its_members_and_is_flagged(estate: ground.Ground) -> None:
    bound = day.fill(estate.round, "TUBE1", estate.people[:11])
    assert all(_codes(entry) == ["TUBE_OVERFULL"] for entry in bound)
    assert sampling.Tube.objects.get(tube="TUBE1").people == 11
    last = {"round": estate.round, "person": estate.people[10], "tube": "TUBE1"}
    day.post("person.unsampled", **last, entry=bound[10])
    assert all(_codes(entry) == [] for entry in bound)
    assert sampling.Tube.objects.get(tube="TUBE1").people == 10


def test_a_household_of_twelve_takes_a_second_tube(cell: models.Cell) -> None:
    laid = ground.lay_out(pool="household", doors=1, people=12)
    day.post("tube.opened", round=laid.round, tube="TUBE1", pool="household", table=ground.TABLE)
    swabs = [_swab(laid, person) for person in laid.people[:10]]
    assert verdicts.list_verdicts(swabs) == {}
    swabs.append(_swab(laid, laid.people[10]))
    assert {code for codes in verdicts.list_verdicts(swabs).values() for code in codes} == {
        "TUBE_OVERFULL"
    }
    assert len(verdicts.list_verdicts(swabs)) == 11


def test_a_pooled_tube_in_a_round_of_single_tubes_is_flagged(estate: ground.Ground) -> None:
    recheck = actions.open_recheck(
        street.CHEN, parent=estate.round, people=estate.people[:3], round_kind="sampling_recheck"
    )
    opened = {"round": recheck, "tube": "TUBE1", "pool": "twenty", "table": ground.TABLE}
    day.post("tube.opened", **opened)
    one, other = (
        day.post("person.sampled", round=recheck, tube="TUBE1", person=person)
        for person in estate.people[:2]
    )
    assert _codes(one) == _codes(other) == ["TUBE_OVERFULL"]
    day.post("person.unsampled", round=recheck, tube="TUBE1", person=estate.people[1], entry=other)
    assert _codes(one) == []


def test_a_swab_after_the_tube_was_closed_counts_and_is_flagged(estate: ground.Ground) -> None:
    day.fill(estate.round, "TUBE1", estate.people[:2])
    late = _swab(estate, estate.people[2])
    assert _codes(late) == ["TUBE_CLOSED"]
    assert sampling.Tube.objects.get(tube="TUBE1").people == 3


def test_a_person_on_no_roster_is_held_until_the_person_is_added(estate: ground.Ground) -> None:
    entry = _swab(estate, STRANGER)
    assert _codes(entry) == ["PERSON_UNKNOWN"]
    marked = rounds.Mark.objects.get(entry=entry)
    assert not marked.effective and not registry.Standing.objects.filter(entry=entry).exists()
    day.post("person.added", person=STRANGER, door=street.door_id(1, 1))
    assert _codes(entry) == []
    assert rounds.Mark.objects.get(entry=entry).effective
    assert registry.Standing.objects.get(entry=entry).kind == "sampled"


def test_a_round_that_arrives_later_is_the_right_one_then(estate: ground.Ground) -> None:
    later = str(uuid.uuid4())
    swab = {"round": later, "person": estate.people[0], "tube": "TUBE1"}
    entry = day.post("person.sampled", **swab)
    assert _codes(entry) == ["WRONG_ROUND"]
    opened = {"round": later, "round_kind": "sampling", "area": street.ESTATE}
    day.post("round.opened", **opened, day="2021-06-21", pool="ten")
    assert _codes(entry) == []


def test_a_tube_that_two_tables_claim_counts_for_nobody(estate: ground.Ground) -> None:
    [bound] = day.fill(estate.round, "TUBE1", estate.people[:1])
    opened = {"round": estate.round, "tube": "TUBE1", "pool": "ten"}
    other = day.post("tube.opened", **opened, table=ground.OTHER_TABLE)
    assert _codes(bound) == ["TUBE_REUSED"] and _codes(other) == ["TUBE_REUSED"]
    assert sampling.Tube.objects.get(tube="TUBE1").held == 1


def test_an_invalid_or_refused_tube_makes_its_people_due_again(estate: ground.Ground) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:1]}, "invalid")
    day.fill(estate.round, "TUBE2", estate.people[1:2])
    day.ship(estate.round, "BOX2", ["TUBE2"])
    day.post("tube.refused", tube="TUBE2", laboratory=ground.LABORATORY, reason="leak")
    assert {each.state for each in sampling.Sample.objects.all()} == {rules.VOID}
    due = rounds.Subject.objects.filter(subject__in=estate.people[:2])
    assert {each.state for each in due} == {"due"}
    assert not registry.Standing.objects.filter(kind="sampled").exists()
    again = _swab(estate, estate.people[0], "TUBE3")
    assert _codes(again) == []
    assert rounds.Subject.objects.get(subject=estate.people[0]).state == "done"


def test_a_swab_after_an_invalid_test_is_held_alone(estate: ground.Ground) -> None:
    person = estate.people[0]
    day.finish(estate.round, "BOX1", {"TUBE1": [person]}, "invalid")
    late = _swab(estate, person)  # into the same tube, after it was tested
    states = [s.state for s in sampling.Sample.objects.order_by("at")]
    assert states == [rules.VOID, rules.HELD] and "SAMPLED_AFTER_TEST" in _codes(late)
    assert rounds.Subject.objects.get(subject=person).state == "held"


def test_a_box_shows_unbalanced_and_goes_its_way(estate: ground.Ground) -> None:
    day.fill(estate.round, "TUBE1", estate.people[:1])
    sealed = {"round": estate.round, "box": "BOX1", "seal": "SEAL01", "tubes": ["TUBE1"]}
    wrong = day.post("box.sealed", **sealed, count=2)
    assert _codes(wrong) == ["BOX_UNBALANCED"]
    other = day.post("box.collected", box="BOX1", seal="SEAL09", count=1)
    assert _codes(other) == ["BOX_UNBALANCED"]
    box = sampling.Box.objects.get(box="BOX1")
    assert (box.state, box.balanced, box.count) == ("collected", False, 2)
    assert sampling.Tube.objects.get(tube="TUBE1").state == "shipped"


def test_a_box_that_one_laboratory_refused_may_go_to_another(estate: ground.Ground) -> None:
    day.fill(estate.round, "TUBE1", estate.people[:1])
    day.ship(estate.round, "BOX1", ["TUBE1"])
    day.post("box.refused", box="BOX1", laboratory=ground.LABORATORY, reason="count")
    assert sampling.Sample.objects.get().state == rules.VOID
    other = {"box": "BOX1", "laboratory": ground.SECOND_LABORATORY, "count": 1}
    day.post("box.received", **other)
    box = sampling.Box.objects.get(box="BOX1")
    assert (box.state, box.laboratory) == ("received", ground.SECOND_LABORATORY)
    assert sampling.Sample.objects.get().state == rules.EFFECTIVE


def test_a_device_speaks_for_the_laboratory_it_stands_at(estate: ground.Ground) -> None:
    day.fill(estate.round, "TUBE1", estate.people[:1])
    sealed = {"round": estate.round, "box": "BOX1", "seal": "SEAL01", "tubes": ["TUBE1"]}
    day.post("box.sealed", count=1, **sealed)
    phone = Phone(role="laboratory", place=ground.SECOND_LABORATORY)
    theirs = line(kind="box.received", box="BOX1", laboratory=ground.LABORATORY, count=1)
    [told] = phone.push([theirs]).json()["lines"]
    assert (told["answer"], told["codes"]) == ("kept", ["NOT_ALLOWED"])
    assert sampling.Box.objects.get(box="BOX1").state == "sealed"
    assert [held.key.code for held in claims.list_sets()] == ["NOT_ALLOWED"]
    own = line(kind="box.received", box="BOX1", laboratory=ground.SECOND_LABORATORY, count=1)
    assert phone.push([own]).json()["lines"] == []
    box = sampling.Box.objects.get(box="BOX1")
    assert (box.state, box.laboratory) == ("received", ground.SECOND_LABORATORY)
    # somebody knows that the box did arrive there, whoever wrote it
    [held] = claims.list_sets()
    actions_.settle_lines(ground.OFFICER, entries=held.entries, stands=held.entries)
    assert sampling.BoxFact.objects.filter(party=ground.LABORATORY).count() == 1


def test_what_replay_makes_of_the_book_is_what_is_live(cell: models.Cell) -> None:
    listed = [(street.person_id(1, 1, n), street.door_id(1, 1), "present") for n in (1, 2, 3)]
    street.build(1, 2, 0)
    day.post("residents.listed", residents=listed)
    round_ = str(uuid.uuid4())
    due = [(person, door, "table") for person, door, _ in listed]
    day.post("due.listed", round=round_, subjects=due)
    opened = {"round": round_, "round_kind": "sampling", "area": street.ESTATE}
    day.post("round.opened", **opened, day="2021-06-21", pool="ten")
    people = [person for person, _, _ in listed]
    day.finish(round_, "BOX1", {"TUBE1": people[:2]}, "positive")
    day.finish(round_, "BOX2", {"TUBE2": people[1:]}, "invalid")
    wrong = [day.post("box.received", box="BOX2", laboratory=ground.SECOND_LABORATORY, count=9)]
    run = {"round": round_, "table": ground.TABLE, "first": "TUBE1", "last": "TUBE2"}
    wrong.append(day.post("tubes.issued", **run))
    for entry in wrong:
        day.post("line.settled", v=2, entries=[entry], stands=[], reason="wrong_code")
    until = clock.to_moment(clock.now() + clock.HOUR, "UTC")
    about = {"round": round_, "tube": "TUBE1", "until": until}
    asked = [day.post("stay.asked", person=person, **about) for person in people]
    day.post("stay.ended", asked=asked[0], reason="withdrawn")
    said = {"tube": "TUBE1", "audience": "police", "says": "positive", "count": 2}
    day.post("notice.given", **said, places=[street.building_id(1)])
    store.delete("registry_role", "staff", [street.CHEN, street.LIN, street.ZHAO])
    assert replay.replay()["different"] == {}
    for kind in kinds.list_kinds():  # folded anew, one kind after another
        refolding.refold(kind.name)
        assert replay.replay()["different"] == {}, kind.name


# A constant number of statements


def _entries(estate: ground.Ground, count: int) -> list[kinds.Entry]:
    """A mix as tables send it: tubes opened, ten people each, closed, put in boxes; people twice,
    strangers and results among them.
    """
    made: list[kinds.Entry] = []

    def add(shape: Callable[..., kinds.Envelope], **fields: Any) -> None:
        number = len(made)
        id_, at = str(uuid.UUID(int=(7 << 76) | (2 << 62) | (number + 1))), clock.now() + number
        moment = clock.to_moment(at, "UTC")
        body = shape(id=id_, v=1, at=moment, by=street.CHEN, **fields)
        made.append(kinds.Entry(id_, at, street.CHEN, None, street.LIN, number, at, body))

    people = [*estate.people, STRANGER]
    while len(made) < count:
        tube = f"TUBE{len(made):06d}"
        about = {"round": estate.round, "tube": tube}
        for i in range(10):
            add(entries.PersonSampled, person=people[i % len(people)], **about)
        add(entries.TubeOpened, pool="ten", table=ground.TABLE, **about)
        add(entries.TubeClosed, count=10, **about)
        sealed = {"box": f"BOX{len(made):06d}", "seal": "SEAL1", "tubes": [tube], "count": 1}
        add(entries.BoxSealed, round=estate.round, **sealed)
        now = clock.to_moment(clock.now(), "UTC")
        told = {"tested_at": now, "reported_at": now, "laboratory": ground.LABORATORY}
        add(entries.ResultReported, tube=tube, outcome="negative", **told)
    return made[:count]


def _statements(batch: list[kinds.Entry]) -> int:
    with transaction.atomic():
        mark = transaction.savepoint()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            entries.fold(kinds.Batch(batch, "Asia/Shanghai"))
        transaction.savepoint_rollback(mark)
    return len(asked)


def test_two_thousand_lines_ask_no_more_statements_than_a_few(estate: ground.Ground) -> None:
    two_tubes = _entries(estate, 28)
    _statements(two_tubes)  # what is looked up once
    assert _statements(_entries(estate, 2_000)) == _statements(two_tubes)
    one = [e for e in two_tubes if isinstance(e.body, entries.PersonSampled)][:1]
    assert _statements(one) <= 40
    assert _statements(_plain(estate, 400)) == _statements(_plain(estate, 1))


def _plain(estate: ground.Ground, count: int) -> list[kinds.Entry]:
    """Swabs of people who are in one tube only, on no list: nothing contested."""
    made = [e for e in _entries(estate, 560) if isinstance(e.body, entries.PersonSampled)][:count]
    return [
        e._replace(body=entries.PersonSampled(
            id=e.id, v=1, at=e.body.at, by=e.by, round=e.body.round, tube=f"TUBE{n // 10:04d}",
            person=street.person_id(8, n // 4096, 1)[:-3] + f"{n % 4096:03x}",
        ))
        for n, e in enumerate(made)
    ]  # fmt: skip
