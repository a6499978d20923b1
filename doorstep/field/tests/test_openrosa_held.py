"""Forms that could not be worked on: kept whole, held for a person, their round kept open."""

from typing import Any

import pytest

from doorstep.field.models import Photo, Submission
from doorstep.field.openrosa import submissions
from doorstep.field.tests.collect import (
    SCANNED,
    Collect,
    device_of,
    fill,
    lines_of,
    told,
)
from doorstep.kit import clock
from doorstep.ledger import attachments, devices, models, refusals, verdicts
from doorstep.operations.sampling import models as state
from doorstep.operations.sampling.tests import ground
from doorstep.rounds import actions as rounds


def test_another_content_under_the_same_instance_is_kept_and_held(
    app: Collect, laid: ground.Ground
) -> None:
    app.send(fill(laid.round, laid.people[:2], instance="uuid:one"))
    before = models.Line.objects.count()
    other = fill(laid.round, laid.people[:3], instance="uuid:one")
    answer = app.send(other)
    assert answer.status_code == 201 and "duty officer" in told(answer)
    assert models.Line.objects.count() == before
    [held] = submissions.list_held()
    assert (held.code, held.lines) == ("OPENROSA_CHANGED", 0)
    assert attachments.read(held.content_id) == other


@pytest.mark.parametrize(
    ("changed", "code", "lines"),
    [
        ({"form": "doorstep.sampling.0190a0a0-0000-7000-8000-0000000000aa"}, "OPENROSA_FORM", 0),
        ({"form": "somebody.else"}, "OPENROSA_FORM", 0),
        ({"version": "0"}, "OPENROSA_VERSION", 0),
        ({"meta": "<deprecatedID>uuid:old</deprecatedID>"}, "OPENROSA_CORRECTED", 0),
        ({"tube": "管"}, "OPENROSA_FIELDS", 0),
        ({"start": "yesterday"}, "OPENROSA_FIELDS", 0),
        ({"start": "2021-06-21T08:31:00"}, "OPENROSA_FIELDS", 0),
        ({"count": "many"}, "OPENROSA_FIELDS", 3),
    ],
)
def test_what_gives_no_entries_is_kept_and_held(
    app: Collect, laid: ground.Ground, changed: dict[str, Any], code: str, lines: int
) -> None:
    xml = fill(laid.round, laid.people[:2], **changed)
    answer = app.send(xml)
    assert answer.status_code == 201 and told(answer).startswith("Kept. ")
    assert app.send(xml).status_code == 201
    [held] = submissions.list_held()
    assert (held.code, held.lines) == (code, lines)
    assert attachments.read(held.content_id) == xml
    assert len(lines_of(device_of(app))) == lines


def test_of_a_form_with_one_strange_code_the_others_count(
    app: Collect, laid: ground.Ground
) -> None:
    people = [laid.people[0], "https://example.org/", laid.people[1]]
    assert "Somebody" in told(app.send(fill(laid.round, people, person=SCANNED)))
    assert {each.person for each in state.Sample.objects.all()} == {*laid.people[:2]}
    [held] = submissions.list_held()
    assert (held.code, held.lines) == ("OPENROSA_PERSON", 4)


def test_a_held_form_keeps_its_round_from_closing_until_a_person_settles_it(
    app: Collect, laid: ground.Ground
) -> None:
    app.send(fill(laid.round, laid.people[:1], version="0"))
    [held] = submissions.list_held()
    blocked = submissions.list_blocked([laid.round])
    assert [(b.code, b.facts) for b in blocked[laid.round]] == [("SUBMISSIONS_HELD", {"count": 1})]
    with pytest.raises(refusals.Refused, match="ROUND_NOT_SETTLED"):
        rounds.close_round(ground.OFFICER, round=laid.round)
    submissions.settle(ground.OFFICER.id, held.id)
    assert submissions.list_held() == [] and submissions.list_blocked([laid.round]) == {}
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        submissions.settle(ground.OFFICER.id, held.id)


def test_who_was_taken_off_the_device_is_held_by_the_book(
    app: Collect, laid: ground.Ground
) -> None:
    devices.unassign(ground.LI, device_of(app).id)
    assert app.send(fill(laid.round, laid.people[:1])).status_code == 201
    entry = models.Line.objects.get(device=device_of(app), number=2).entry
    assert verdicts.list_verdicts([entry]) == {entry: ["NOT_ALLOWED"]}


def test_forms_are_forgotten_with_the_records_of_the_operation(
    app: Collect, laid: ground.Ground
) -> None:
    app.send(fill(laid.round, laid.people[:1]), b"photo")
    submissions.forget("roster", clock.now() + 1)
    assert Submission.objects.exists()
    submissions.forget("operation", clock.now() + 1)
    assert not Submission.objects.exists() and not Photo.objects.exists()
