"""Acts at a table: who may, what is refused, and that nothing is kept of what was refused."""

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions, models
from doorstep.operations.sampling.tests import ground
from doorstep.rounds import actions as rounds
from doorstep.rounds import models as round_models
from doorstep.rounds.tests import street

pytestmark = pytest.mark.usefixtures("cell")


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    return ground.lay_out()


def refused(act: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """The code with which an act is refused; asserts that the book has not grown."""
    before = ledger.Line.objects.count()
    with pytest.raises(refusals.Refused) as no:
        act(*arguments, **named)
    assert ledger.Line.objects.count() == before
    return no.value.code


def open_tube(laid: ground.Ground, number: int = 1, **more: Any) -> str:
    return actions.open_tube(
        ground.REGISTRAR, round=laid.round, table=ground.TABLE, tube=ground.tube(number), **more
    )


def sample(laid: ground.Ground, tube: str, *people: str, **more: Any) -> list[str]:
    return actions.sample_people(
        ground.REGISTRAR, round=laid.round, tube=tube, people=people, **more
    )


def test_a_table_from_the_first_person_to_the_closed_tube(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    sample(laid, tube, *laid.people[:3])
    assert actions.close_tube(ground.REGISTRAR, tube=tube) == 3
    row = models.Tube.objects.get(tube=tube)
    assert (row.people, row.counted, row.state, row.pool) == (3, 3, "closed", "ten")
    assert round_models.Round.objects.get(id=laid.round).done == 3


def test_only_who_has_the_role_at_the_place_may(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    for staff in (ground.STRANGER, ground.COURIER, ground.ANALYST):
        assert refused(actions.open_tube, staff, round=laid.round, table=ground.TABLE,
                       tube=ground.tube(9)) == "NOT_YOURS"  # fmt: skip
        assert refused(actions.sample_person, staff, round=laid.round, tube=tube,
                       person=laid.people[0]) == "NOT_YOURS"  # fmt: skip
        assert refused(actions.close_tube, staff, tube=tube) == "NOT_YOURS"


def test_a_tube_is_opened_once(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    other = {"round": laid.round, "table": ground.OTHER_TABLE, "tube": tube.lower()}
    assert refused(actions.open_tube, ground.REGISTRAR, **other) == "TUBE_IN_USE"


def test_a_tube_size_the_round_does_not_allow_is_refused(laid: ground.Ground) -> None:
    assert refused(open_tube, laid, 2, pool="thirty") == "POOL_NOT_ALLOWED"
    open_tube(laid, 2, pool="single")


def test_a_closed_tube_takes_nobody(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    sample(laid, tube, laid.people[0])
    actions.close_tube(ground.REGISTRAR, tube=tube)
    assert refused(sample, laid, tube, laid.people[1]) == "TUBE_IS_CLOSED"
    assert refused(actions.close_tube, ground.REGISTRAR, tube=tube) == "TUBE_IS_CLOSED"


def test_a_full_tube_takes_nobody_and_all_or_none_go_in(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    sample(laid, tube, *laid.people[:9])
    assert refused(sample, laid, tube, *laid.people[9:11]) == "TUBE_IS_FULL"
    assert models.Tube.objects.get(tube=tube).people == 9
    sample(laid, tube, laid.people[9])
    assert refused(sample, laid, tube, laid.people[10]) == "TUBE_IS_FULL"


def test_nobody_is_sampled_twice_at_desks(laid: ground.Ground) -> None:
    first, second = open_tube(laid, 1), open_tube(laid, 2)
    sample(laid, first, laid.people[0])
    assert refused(sample, laid, second, laid.people[0]) == "ALREADY_SAMPLED"


def test_a_household_tube_is_for_one_door(cell: ledger.Cell) -> None:
    laid = ground.lay_out(pool="household")
    tube = open_tube(laid)
    sample(laid, tube, laid.people[0])
    sample(laid, tube, laid.people[1])  # the same door
    assert refused(sample, laid, tube, laid.people[2]) == "TUBE_OTHER_HOUSEHOLD"


def test_a_household_tube_takes_ten(cell: ledger.Cell) -> None:
    laid = ground.lay_out(pool="household", doors=1, people=12)
    tube = open_tube(laid)
    assert refused(sample, laid, tube, *laid.people) == "TUBE_IS_FULL"
    sample(laid, tube, *laid.people[:10])
    assert refused(sample, laid, tube, laid.people[10]) == "TUBE_IS_FULL"
    sample(laid, open_tube(laid, 2), *laid.people[10:])


def test_an_unknown_person_and_nonsense_are_refused(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    assert refused(sample, laid, tube, street.person_id(1, 99, 1)) == "NOT_FOUND"
    assert refused(sample, laid, tube, "'; DROP TABLE") == "NOT_FOUND"
    assert refused(sample, laid, "??", laid.people[0]) == "CODE_UNREADABLE"
    assert refused(sample, laid, ground.tube(77), laid.people[0]) == "NOT_FOUND"


def test_who_is_not_on_the_list_is_sampled_only_when_asked_for(laid: ground.Ground) -> None:
    guest = street.person_id(1, 1, 9)
    street.live_in({guest: street.door_id(1, 1)})
    tube = open_tube(laid)
    assert refused(sample, laid, tube, guest) == "PERSON_NOT_LISTED"
    sample(laid, tube, guest, anyway=True)
    assert models.Tube.objects.get(tube=tube).people == 1


def test_a_closed_round_takes_no_samples_at_the_desk(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    rounds.close_round(ground.OFFICER, round=laid.round)
    assert refused(sample, laid, tube, laid.people[0]) == "ROUND_CLOSED"


def test_taking_back_is_an_entry_and_the_person_is_due_again(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    [entry] = sample(laid, tube, laid.people[0])
    assert round_models.Round.objects.get(id=laid.round).done == 1
    actions.unsample(ground.REGISTRAR, entry=entry)
    assert round_models.Round.objects.get(id=laid.round).done == 0
    assert models.Sample.objects.get(entry=entry).state == "withdrawn"
    assert refused(actions.unsample, ground.REGISTRAR, entry=entry) == "ALREADY_TAKEN_BACK"
    sample(laid, tube, laid.people[0])
    assert round_models.Round.objects.get(id=laid.round).done == 1


def test_a_count_that_differs_must_be_meant(laid: ground.Ground) -> None:
    tube = open_tube(laid)
    sample(laid, tube, *laid.people[:3])
    close: dict[str, Any] = {"tube": tube, "count": 4}
    assert refused(actions.close_tube, ground.REGISTRAR, **close) == "TUBE_COUNT_DIFFERS"
    actions.close_tube(ground.REGISTRAR, **close, anyway=True)
    row = models.Tube.objects.get(tube=tube)
    assert (row.people, row.counted) == (3, 4)


def test_an_empty_tube_is_not_closed(laid: ground.Ground) -> None:
    assert refused(actions.close_tube, ground.REGISTRAR, tube=open_tube(laid)) == "TUBE_IS_EMPTY"


def test_runs_of_tubes_do_not_overlap(laid: ground.Ground) -> None:
    run = {"round": laid.round, "table": ground.TABLE}
    actions.issue_tubes(ground.REGISTRAR, first=ground.tube(1), last=ground.tube(100), **run)
    ends = {"first": ground.tube(100), "last": ground.tube(120)}
    assert refused(actions.issue_tubes, ground.REGISTRAR, **ends, **run) == "RUN_OVERLAPS"
    ends = {"first": ground.tube(101), "last": ground.tube(100)}
    assert refused(actions.issue_tubes, ground.REGISTRAR, **ends, **run) == "RUN_WRONG"
    actions.issue_tubes(ground.REGISTRAR, first="NH000101", last="NH000200", **run)
    assert models.Issue.objects.count() == 2


def test_somebody_on_no_list_is_noted_and_sampled(laid: ground.Ground) -> None:
    who = {"round": laid.round, "table": ground.TABLE}
    assert refused(actions.add_unknown_person, ground.REGISTRAR, name=" ", **who) == (
        "PERSON_NAMELESS"
    )
    person = actions.add_unknown_person(ground.REGISTRAR, name="<b>访客</b>", **who)
    tube = open_tube(laid)
    sample(laid, tube, person, anyway=True)
    assert models.Tube.objects.get(tube=tube).people == 1
    lines = ledger.Line.objects.values_list("content", flat=True)
    assert not any("访客".encode() in bytes(content) for content in lines)


def test_a_paper_form_keeps_the_times_on_the_paper_and_comes_once(laid: ground.Ground) -> None:
    at = clock.now() - 3 * clock.HOUR
    form: dict[str, Any] = {
        "round": laid.round,
        "table": ground.TABLE,
        "tube": ground.tube(5),
        "lines": [
            actions.PaperLine(person, at + n * clock.MINUTE)
            for n, person in enumerate(laid.people[:4])
        ],
    }
    actions.enter_paper_form(ground.REGISTRAR, **form)
    row = models.Tube.objects.get(tube=ground.tube(5))
    assert (row.people, row.counted, row.sampled_at) == (4, 4, at)
    assert refused(actions.enter_paper_form, ground.REGISTRAR, **form) == "FORM_KNOWN"


def test_a_paper_form_of_a_closed_round_is_still_typed(laid: ground.Ground) -> None:
    rounds.close_round(ground.OFFICER, round=laid.round)
    actions.enter_paper_form(
        ground.REGISTRAR,
        round=laid.round,
        table=ground.TABLE,
        tube=ground.tube(5),
        lines=[actions.PaperLine(laid.people[0], clock.now() - clock.HOUR)],
    )
    assert round_models.Round.objects.get(id=laid.round).state == "reopened"


def test_a_paper_form_of_tomorrow_is_refused(laid: ground.Ground) -> None:
    form: dict[str, Any] = {"round": laid.round, "table": ground.TABLE, "tube": ground.tube(5)}
    late = [actions.PaperLine(laid.people[0], clock.now() + clock.DAY)]
    assert refused(actions.enter_paper_form, ground.REGISTRAR, lines=late, **form) == (
        "MOMENT_WRONG"
    )
    assert refused(actions.enter_paper_form, ground.REGISTRAR, lines=[], **form) == "FORM_EMPTY"


def test_a_swab_within_the_hours_after_a_vaccination_is_refused(laid: ground.Ground) -> None:
    now = clock.now()
    today, earlier, free = laid.people[:3]
    street.give_standing(today, "vaccinated", now)
    street.give_standing(earlier, "vaccinated", now - 25 * clock.HOUR)
    tube = open_tube(laid, 1)
    with pytest.raises(refusals.Refused, match="PERSON_EXCLUDED") as no:
        actions.sample_people(
            ground.REGISTRAR, round=laid.round, tube=tube, people=[today, earlier, free]
        )
    assert no.value.facts["people"] == [today]
    actions.sample_people(ground.REGISTRAR, round=laid.round, tube=tube, people=[earlier, free])
    paper: dict[str, Any] = {"round": laid.round, "table": ground.TABLE, "tube": ground.tube(2)}
    lines = [actions.PaperLine(today, now)]
    assert refused(actions.enter_paper_form, ground.REGISTRAR, lines=lines, **paper) == (
        "PERSON_EXCLUDED"
    )
    # on paper the swab was taken before the needle
    before = [actions.PaperLine(today, now - clock.HOUR)]
    actions.enter_paper_form(ground.REGISTRAR, lines=before, **paper)
    assert models.Sample.objects.count() == 3
