"""Whom the desk finds and in which order. Nobody is offered before a tube is open."""

import re

import pytest

from doorstep.ledger import models as ledger
from doorstep.operations.sampling import models
from doorstep.operations.sampling.pages import entry_line
from doorstep.operations.sampling.tests import day, ground
from doorstep.operations.sampling.tests.test_actions import open_tube, sample
from doorstep.operations.sampling.tests.test_pages import Sit, act, page_of
from doorstep.registry import models as registry
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street

pytestmark = pytest.mark.usefixtures("cell")
OFFERED = re.compile(r'<button class="desk__person" name="person" value="([0-9a-f-]{36})"')


def test_a_common_name_begins_with_the_door_then_the_building(cell: ledger.Cell, sit: Sit) -> None:
    """Forty-eight people of one surname; the names of the near ones sort last."""
    laid = ground.lay_out(doors=12, buildings=2)
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    inside, beside = street.person_id(2, 7, 1), street.person_id(2, 7, 2)
    registry.Person.objects.filter(id=beside).update(name="王鑫")  # after every other name
    sample(laid, tube, inside)
    answer = page_of(act(client, laid, "read", text="王", tube=tube))
    offered = OFFERED.findall(answer)
    assert offered[0] == beside
    near = {street.person_id(2, door, n) for door in range(1, 13) for n in (1, 2)}
    assert set(offered) == near - {inside}  # all of building 2 before anybody of building 1
    assert "48 people found" in answer and "and 24 people more" in answer


def test_an_empty_tube_begins_with_the_building_last_sampled(cell: ledger.Cell, sit: Sit) -> None:
    laid = ground.lay_out(doors=12, buildings=2)
    client = sit(ground.REGISTRAR)
    first, second = open_tube(laid, 1), open_tube(laid, 2)
    sample(laid, first, street.person_id(2, 7, 1))
    offered = OFFERED.findall(page_of(act(client, laid, "read", text="王", tube=second)))
    registered = registry.Residence.objects.filter(person__in=offered)
    buildings = set(registered.values_list("building", flat=True))
    assert len(offered) == entry_line.MOST - 1 and buildings == {street.building_id(2)}


def test_nobody_is_offered_before_a_tube_is_open(cell: ledger.Cell, sit: Sit) -> None:
    laid = ground.lay_out()
    client = sit(ground.REGISTRAR)
    answer = page_of(act(client, laid, "read", text="1-101"))
    assert "No tube is open" in answer and "王" in answer
    assert OFFERED.findall(answer) == [] and "Nobody can be chosen" in answer
    pending = re.search(r'name="pending" value="([^"]+)"', answer)
    assert pending is not None
    tube = ground.tube(1)
    answer = page_of(act(client, laid, "read", text=tube, scanned="1", pending=pending[1]))
    assert OFFERED.findall(answer) == laid.people[:2]  # they come back with the tube
    act(client, laid, "close", tube=tube)


def test_a_door_typed_as_fast_as_a_gun_is_no_tube(cell: ledger.Cell, sit: Sit) -> None:
    laid = ground.lay_out()
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid, 1)
    for text in ("1-101", "１－１０１"):  # full-width, as a Chinese keyboard types it
        answer = page_of(act(client, laid, "read", text=text, scanned="1", tube=tube))
        assert OFFERED.findall(answer) == laid.people[:2]
    assert not models.Tube.objects.filter(tube="1101").exists()


def test_nobody_is_added_before_a_tube_is_open(cell: ledger.Cell, sit: Sit) -> None:
    laid = ground.lay_out()
    client = sit(ground.REGISTRAR)
    before = registry.Person.objects.count()
    answer = page_of(act(client, laid, "read", text="无此人"))
    assert "No tube is open" in answer and 'name="document"' not in answer
    answer = act(client, laid, "unknown", name="访客甲")
    assert answer.status_code == 409 and "No tube is open" in page_of(answer)
    assert registry.Person.objects.count() == before


def test_two_people_and_one_are_said_alike_and_an_undo_says_who(
    cell: ledger.Cell, sit: Sit
) -> None:
    laid = ground.lay_out()
    client = sit(ground.REGISTRAR)
    tube = open_tube(laid)
    answer = page_of(act(client, laid, "pick", person=laid.people[:2], tube=tube))
    assert f"In tube {tube}: 王*, 王*." in answer
    entry = models.Sample.objects.filter(person=laid.people[0]).get().entry
    answer = page_of(act(client, laid, "undo", entry=entry, tube=tube))
    assert "Taken back: 王* 1座" in answer
    other = models.Sample.objects.filter(person=laid.people[1]).get().entry
    client.post(f"/sampling/tubes/{tube}/act", {"act": "undo", "entry": str(other)})
    assert "101. The first entry stays" in page_of(client.get(f"/sampling/tubes/{tube}"))


def test_a_re_sampling_does_not_take_a_desk_over(cell: ledger.Cell, sit: Sit) -> None:
    """A positive tube opens a round for a few; the table goes on with the round of everybody."""
    laid = ground.lay_out()
    own = rounds.Round.objects.get(id=laid.round)
    opened = {"round_kind": "sampling_recheck", "area": street.ESTATE, "day": own.day}
    day.post("round.opened", round=street.round_id(7), parent=laid.round, **opened, pool="single")
    client = sit(ground.REGISTRAR)
    for address in (f"/sampling/desk/{ground.TABLE}", "/sampling/issue"):
        page = page_of(client.get(address))
        assert 0 < page.index(laid.round) < page.index(street.round_id(7))


def test_a_printed_code_of_a_person_is_bound_and_one_of_a_door_offers_who_lives_there(
    cell: ledger.Cell, sit: Sit
) -> None:
    laid = ground.lay_out(doors=3)
    client = sit(ground.REGISTRAR)
    tube, person = open_tube(laid), laid.people[0]
    code = f"https://127.0.0.1/c/{person.upper()}"
    act(client, laid, "read", text=code, scanned="1", tube=tube)
    sampled = models.Sample.objects.get(tube=tube)
    assert sampled.person == person
    body = bytes(ledger.Line.objects.get(entry=sampled.entry).content)
    assert b'"how":"scan"' in body
    door = street.door_id(1, 2)
    answer = page_of(act(client, laid, "read", text=door, scanned="1", tube=tube))
    assert OFFERED.findall(answer) == [street.person_id(1, 2, 1), street.person_id(1, 2, 2)]
    nobody = page_of(act(client, laid, "read", text=street.round_id(9), scanned="1", tube=tube))
    assert OFFERED.findall(nobody) == [] and "is found" in nobody
    badge = f"doorstep-badge:1:{ground.REGISTRAR}:王**"  # whoever wears it is not the one sampled
    answer = page_of(act(client, laid, "read", text=badge, scanned="1", tube=tube))
    assert "This is a badge" in answer and OFFERED.findall(answer) == []
    assert models.Sample.objects.count() == 1


def test_a_printed_code_of_somebody_elsewhere_is_not_bound_by_the_scan(
    cell: ledger.Cell, sit: Sit
) -> None:
    laid = ground.lay_out()
    client = sit(ground.REGISTRAR)
    tube, stranger = open_tube(laid), street.person_id(1, 9, 9)
    day.post("person.added", person=stranger)
    registry.Person.objects.create(id=stranger, name="外地人")
    answer = page_of(act(client, laid, "read", text=stranger, scanned="1", tube=tube))
    assert OFFERED.findall(answer) == [stranger] and not models.Sample.objects.exists()
