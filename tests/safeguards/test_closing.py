"""Safeguard: closing the operation ends all orders and devices on one date, with proof. Nobody does
it alone, no order goes against a release condition unless somebody says why, and each goes by the
word of its own authority.
"""

from typing import Any

import msgspec
import pytest

from doorstep.command import closing as acts
from doorstep.command import destroying
from doorstep.kit import clock
from doorstep.ledger import book, desk, kinds, models, reactions, refusals, replay, tree, verify
from doorstep.ledger import devices as enrolling
from doorstep.ledger.tests.verify_book import Pen
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling import reactions as following
from doorstep.operations.sampling.tests import day
from doorstep.operations.sampling.tests import ground as sampled
from doorstep.orders import closing, days, queries, rules
from doorstep.orders.tests import ground
from doorstep.registry import models as registry
from doorstep.rounds import actions as rounds
from doorstep.rounds.tests import street
from tests import ending
from tests.ending import CHEN, LI, WANG
from tests.safeguards.test_orders import meet_everything

pytestmark = pytest.mark.django_db
PAPER = {ground.COUNTY: "NF-2021-40"}


def today() -> str:
    return clock.day_of(clock.now(), ground.ZONE)


def state(order: str) -> str:
    found = queries.find_order(order)
    assert found is not None
    return rules.state_of(found, clock.now())


def ask(staff: Any = CHEN, **changed: Any) -> str:
    given = {"on": today(), "reason": "authority_ended", "papers": PAPER, "despite": {}}
    return acts.ask(staff, **(given | changed))


@pytest.fixture
def running(cell: models.Cell) -> ending.World:
    """An operation with a round that is closed and a phone that has sent all it wrote."""
    ending.build()
    world = ending.run()
    models.Device.objects.filter(id=world.pen.id).update(written=len(world.pen.lines))
    return world


def test_one_date_ends_orders_requests_devices_and_codes(running: ending.World) -> None:
    order, waiting, to_come = (ground.put_in_force(), ground.propose(places=[ground.OTHER_ESTATE]),
                               ground.put_in_force(start=clock.now() + clock.DAY))  # fmt: skip
    until = clock.to_moment(clock.now() + clock.HOUR, "UTC")
    desk.post(CHEN.id, [{"kind": "stay.asked", "round": running.round, "person": running.people[0],
                         "tube": "GC000001", "until": until}])  # fmt: skip
    code = enrolling.make_code("registrar", minutes=15)
    [left] = models.Enrolment.objects.filter(device=None)
    assert left.expires_at > clock.now() and code
    despite = dict.fromkeys((order,), "other_grounds")
    entry = acts.confirm(WANG, asked=ask(despite=despite))
    assert state(order) == "lifted" and {state(waiting), state(to_come)} == {"withdrawn"}
    [done] = [each for each in closing.list_all() if each.asked]
    assert done.entry == entry and done.day == today()
    assert (done.body["lifted"], done.body["requests"]) == ([order], 1)
    assert set(done.body["withdrawn"]) == {waiting, to_come}
    assert done.body["devices"] == [running.pen.id]
    first = queries.find_order(order)
    assert first is not None and first.lifted_document == PAPER[ground.COUNTY]
    phones = models.Device.objects.exclude(role="desk")
    moments = [first.until_at, *phones.values_list("revoked_at", flat=True),
               *sampling.Stay.objects.values_list("ended_at", flat=True)]  # fmt: skip
    assert {clock.day_of(each, ground.ZONE) for each in moments if each} == {done.day}
    assert None not in moments
    assert not models.Enrolment.objects.filter(device=None, expires_at__gt=clock.now()).exists()
    standing = acts.look(clock.now() + 1)
    assert not (standing.orders or standing.recorded or standing.devices or standing.requests)
    assert replay.replay()["different"] == {} and verify.check_book()["findings"] == []


def test_what_a_phone_sends_afterwards_is_kept_aside(running: ending.World) -> None:
    acts.confirm(WANG, asked=ask())
    late = ending.write_tube(running.round, "GC000999", running.people[:1])
    assert running.pen.push(late) == 403
    assert models.AsideLine.objects.count() == len(late)


def test_nobody_ends_an_operation_alone(running: ending.World) -> None:
    asked = ask()
    for same in (CHEN, LI):  # the same person, and another of the same unit
        with pytest.raises(refusals.Refused, match="NOT_SECOND"):
            acts.confirm(same, asked=asked)
    for other in (ground.ZHAO, ground.HUANG):  # of an estate
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            acts.confirm(other, asked=asked)
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            ask(other)
    assert models.Device.objects.get(id=running.pen.id).revoked_at is None


def test_a_line_that_went_past_the_desks_rules_ends_nothing(running: ending.World) -> None:
    asked, order = ask(), ground.put_in_force()
    said = {"kind": "operation.closed", "unit": ground.HEADQUARTERS, "asked": asked, "on": today(),
            "lifted": [order], "withdrawn": [], "devices": [running.pen.id],
            "requests": 0}  # fmt: skip
    desk.post(CHEN.id, [said])
    assert state(order) == "in_force"
    assert models.Device.objects.get(id=running.pen.id).revoked_at is None
    assert [each.entry for each in closing.list_all()] == [asked]
    assert acts.find_waiting(asked) is not None


def test_no_order_goes_against_a_release_condition_unnoticed(running: ending.World) -> None:
    order = ground.put_in_force()
    for said in ({}, {order: "lost"}, {order: "because"}):  # nothing, a device's word, free text
        with pytest.raises(refusals.Refused, match="CLOSING_UNSAID"):
            ask(despite=said)
    acts.confirm(WANG, asked=ask(despite={order: "not_recorded"}))
    assert state(order) == "lifted"
    [asked] = [each for each in closing.list_all() if not each.asked]
    assert asked.body["despite"] == [[order, "not_recorded"]]


def test_an_order_whose_conditions_are_met_needs_no_reason(estate: None) -> None:
    order = ground.put_in_force_ago(15, end=clock.now() + clock.DAY)
    meet_everything(clock.now() - clock.HOUR)
    acts.confirm(WANG, asked=ask())
    assert state(order) == "lifted"


def test_each_order_goes_by_the_word_of_its_own_authority(running: ending.World) -> None:
    order = ground.put_in_force()
    despite = {order: "other_grounds"}
    for papers, code in (({}, "CLOSING_PAPER"), ({ground.CITY: "NF-1"}, "CLOSING_PAPER"),
                         ({ground.COUNTY: "they said so"}, "DOCUMENT_FORM")):  # fmt: skip
        with pytest.raises(refusals.Refused, match=code):
            ask(papers=papers, despite=despite)
    assert state(order) == "in_force"


def test_what_came_after_the_asking_stops_the_end(running: ending.World) -> None:
    order = ground.put_in_force()
    asked = ask(despite={order: "other_grounds"})
    later = ground.put_in_force(places=[ground.OTHER_ESTATE])
    with pytest.raises(refusals.Refused, match="CLOSING_UNSAID"):
        acts.confirm(WANG, asked=asked)
    assert {state(order), state(later)} == {"in_force"}
    assert models.Device.objects.get(id=running.pen.id).revoked_at is None


def test_an_open_round_and_an_unsent_device_are_named_first(running: ending.World) -> None:
    opened = rounds.open_round(CHEN, round_kind="lunch", area=ground.ESTATE, day=today())
    pen = Pen()
    models.Device.objects.filter(id=pen.id).update(written=7, seen_at=clock.now())
    unfinished = acts.look(clock.now()).list_unfinished()
    assert set(unfinished) == {opened, pen.id}
    with pytest.raises(refusals.Refused, match="CLOSING_UNSAID"):
        ask(despite={opened: "given_up"})
    rounds.close_round(CHEN, round=opened)
    acts.confirm(WANG, asked=ask(despite={pen.id: "lost"}))
    assert models.Device.objects.get(id=pen.id).revoked_at is not None


def test_it_ends_on_the_day_that_was_asked_for(
    running: ending.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for on in (days.add(today(), -1), days.add(today(), 8), "soon"):
        with pytest.raises(refusals.Refused, match="CLOSING_DAY"):
            ask(on=on)
    asked = ask(on=days.add(today(), 2))
    with pytest.raises(refusals.Refused, match="CLOSING_NOT_TODAY"):
        acts.confirm(WANG, asked=asked)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + 2 * clock.DAY)
    acts.confirm(WANG, asked=asked)
    with pytest.raises(refusals.Refused, match="CLOSING_NOT_ASKED"):
        acts.confirm(WANG, asked=asked)


def test_the_records_die_afterwards_by_their_rules(
    running: ending.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ground.put_in_force()
    acts.confirm(WANG, asked=ask(despite={order: "other_grounds"}))
    [told] = [each for each in acts.list_dying(today()) if each.rule.said.holds == "operation"]
    assert told.from_on == days.add(today(), told.rule.said.days + 1)
    now, passed = clock.now, told.rule.said.days
    ask_for = destroying.find_rule("operation")
    monkeypatch.setattr(clock, "now", lambda: now() + passed * clock.DAY)
    assert destroying.last_day(ask_for) < closing.list_all()[0].day
    monkeypatch.setattr(clock, "now", lambda: now() + (passed + 1) * clock.DAY)
    assert destroying.last_day(ask_for) == closing.list_all()[0].day
    ending.destroy("operation")
    assert closing.list_all()[0].body["lifted"] == [order]
    assert verify.check_book()["findings"] == []


def test_the_proof_stands_under_the_root(running: ending.World) -> None:
    entry = acts.confirm(WANG, asked=ask())
    line = models.Line.objects.get(entry=entry)
    size = book.get_cell().size
    proof = book.prove_line(line.leaf, size)
    leaf = tree.leaf_hash(book.leaf_data_of(line))
    assert tree.verify_inclusion(line.leaf, size, leaf, proof, book.root_at(size))


def test_no_device_writes_of_it_and_no_line_of_it_has_room_for_a_sentence_or_a_person() -> None:
    for kind in closing.KINDS:
        assert kind.writers == {kinds.DESK} and kind.retention == "permanent"
        names = {field.name for field in msgspec.structs.fields(kind.shape)}
        assert not names & {"person", "subject", "text", "note"}
        for said in msgspec.json.schema(kind.shape)["$defs"].values():
            for name, field in said["properties"].items():
                for each in list_texts(field):
                    assert {"pattern", "format", "enum"} & set(each), f"{kind.name}.{name}"


def list_texts(field: dict[str, Any]) -> list[dict[str, Any]]:
    """Every text in a field's schema, lists and pairs looked into."""
    inside = [field.get("items"), *field.get("prefixItems", []), *field.get("anyOf", [])]
    own = [field] if field.get("type") == "string" else []
    return own + [text for each in inside if each for text in list_texts(each)]


def test_staff_and_roster_stay(running: ending.World) -> None:
    """The end takes nobody's name: the roster dies by its own rule, who served never."""
    before = registry.Person.objects.count(), registry.Role.objects.count()
    acts.confirm(WANG, asked=ask())
    assert (registry.Person.objects.count(), registry.Role.objects.count()) == before


def test_nobody_is_asked_to_stay_again_once_it_has_ended(cell: models.Cell) -> None:
    """A positive pool asked its people to stay; the end lets them go and no reaction asks anew."""
    laid = sampled.lay_out()
    registry.Staff.objects.filter(id=street.CHEN).update(unit=sampled.LABORATORY)
    registry.Staff.objects.filter(id=sampled.WU).update(unit=sampled.SECOND_LABORATORY)
    day.post("role.granted", staff=sampled.WU, role="approver", at_place=street.ESTATE)
    before = list(reactions._reactions)
    reactions.install(following.REACTIONS)
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:3]}, "positive")
    while reactions.run_once():
        pass
    standing = acts.look(clock.now())
    assert standing.requests == 3
    despite = {str(each.id): "results_awaited" for each in standing.rounds}
    asked = ask(sampled.OFFICER, papers={}, despite=despite)
    acts.confirm(street.Staff(sampled.WU), asked=asked)
    while reactions.run_once():
        pass
    assert acts.look(clock.now()).requests == 0
    assert not sampling.Stay.objects.filter(ended_at=None).exists()
    reactions.install(before)
