"""Forms handed in by ODK Collect: nothing is kept by halves, counts twice, or is lost."""

import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.field.models import Photo, Submission
from doorstep.field.openrosa import accounts, reading, views
from doorstep.field.tests.collect import (
    SCANNED,
    TUBE,
    Collect,
    assert_sound,
    device_of,
    fill,
    lines_of,
    pack,
    told,
)
from doorstep.kit import clock
from doorstep.ledger import attachments, book, models, verdicts
from doorstep.ledger import writer as book_writer
from doorstep.operations.sampling import models as state
from doorstep.operations.sampling.tests import ground


def test_a_filled_in_form_becomes_numbered_signed_lines_of_its_device(
    app: Collect, laid: ground.Ground
) -> None:
    answer = app.send(fill(laid.round, laid.people[:2]))
    assert answer.status_code == 201 and told(answer) == "Kept. 已保存。"
    assert answer.headers["X-OpenRosa-Accept-Content-Length"] == str(2 << 20)
    device = device_of(app)
    sampled = ["person.sampled"] * 2
    assert lines_of(device) == ["tube.opened", *sampled, "tube.closed"] and device.through == 4
    assert_sound()
    swabs = state.Sample.objects.order_by("number")
    assert [each.person for each in swabs] == laid.people[:2]
    assert {each.state for each in swabs} == {"effective"}
    moments = [clock.to_moment(each.at, "Asia/Shanghai").isoformat() for each in swabs]
    assert moments[0] == "2021-06-21T08:31:10.450000+08:00"  # each has a moment of its own
    tube = state.Tube.objects.get(tube=TUBE)
    assert (tube.people, tube.pool) == (2, "ten")
    entry = models.Line.objects.get(device=device, number=1).entry
    begun = int(entry.replace("-", "")[:12], 16)
    assert clock.to_moment(begun * 1000, "Asia/Shanghai").isoformat()[:19] == "2021-06-21T08:31:00"
    assert entry[14] == "7"


def test_a_code_is_read_as_the_app_reads_it(app: Collect, laid: ground.Ground) -> None:
    shouted = f"doorstep:{laid.people[0].upper()}"
    xml = fill(laid.round, [shouted], person=SCANNED, tube="gc 0000-00018", instance="uuid:1")
    assert told(app.send(xml)) == "Kept. 已保存。"
    assert state.Sample.objects.get().person == laid.people[0]
    assert state.Sample.objects.get().tube == TUBE


def test_the_same_form_again_is_answered_again_and_counts_once(
    app: Collect, laid: ground.Ground
) -> None:
    xml = fill(laid.round, laid.people[:3])
    first = app.send(xml)
    before = models.Line.objects.count()
    again = app.send(xml)
    assert (first.status_code, again.status_code) == (201, 201)
    assert models.Line.objects.count() == before and Submission.objects.count() == 1
    assert models.Attachment.objects.count() == 1


def test_another_account_with_the_same_form_adds_nothing(app: Collect, laid: ground.Ground) -> None:
    xml = fill(laid.round, laid.people[:1])
    app.send(xml)
    made = accounts.make_account(table=ground.TABLE, person=ground.LI)
    assert Collect(made.user, made.password).send(xml).status_code == 201
    assert state.Sample.objects.count() == 1 and Submission.objects.count() == 1


def test_an_answer_that_is_lost_after_the_commit_is_given_again(
    app: Collect, laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(*_: object) -> Any:
        raise ConnectionResetError

    xml = fill(laid.round, laid.people[:2])
    app.read("/field/openrosa/formList")
    monkeypatch.setattr(views, "_say", hang_up)
    with pytest.raises(ConnectionResetError):
        app.post(xml)
    monkeypatch.undo()
    kept = models.Line.objects.count()
    assert app.send(xml).status_code == 201
    assert models.Line.objects.count() == kept and state.Sample.objects.count() == 2
    assert_sound()


def test_storage_that_fails_keeps_nothing_at_all_and_says_so(
    app: Collect, laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    xml = fill(laid.round, laid.people[:2])
    app.read("/field/openrosa/formList")
    monkeypatch.setattr(book, "add_leaves", fail)
    refused = app.post(xml, b"photo")
    assert refused.status_code == 500 and "stays on the phone" in told(refused)
    assert not Submission.objects.exists() and not models.Attachment.objects.exists()
    monkeypatch.undo()
    assert app.send(xml, b"photo").status_code == 201
    assert state.Sample.objects.count() == 2


def test_under_pressure_the_app_is_told_to_come_again(
    app: Collect, laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    xml = fill(laid.round, laid.people[:2])
    monkeypatch.setattr(book_writer, "MAX_WAITING_LINES", 0)
    answer = app.send(xml)
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "1"
    monkeypatch.undo()
    assert app.send(xml).status_code == 201


def test_photos_come_in_several_posts_and_are_merged(app: Collect, laid: ground.Ground) -> None:
    xml = fill(laid.round, laid.people[:1])
    photos = [bytes([n]) * 700_000 for n in (1, 2, 3)]
    for photo in photos[:2]:
        assert app.send(xml, photo, incomplete=True).status_code == 201
    assert app.send(xml, photos[2]).status_code == 201
    assert app.send(xml, photos[0], incomplete=True).status_code == 201  # the whole again
    assert Submission.objects.count() == 1 and state.Sample.objects.count() == 1
    kept = [attachments.read(each.content_id) for each in Photo.objects.order_by("id")]
    assert kept == photos
    for row in models.Attachment.objects.all():
        assert photos[0][:64] not in bytes(row.sealed) and b"tube_typed" not in bytes(row.sealed)
    assert attachments.read(Submission.objects.get().content_id) == xml


def test_photos_of_one_name_are_all_kept(app: Collect, laid: ground.Ground) -> None:
    photos = [b"1" * 30_000, b"2" * 30_000]
    assert app.send(fill(laid.round, laid.people[:1]), *photos).status_code == 201
    kept = [attachments.read(each.content_id) for each in Photo.objects.order_by("id")]
    assert kept == photos


def test_a_body_in_chunks_says_no_length_and_is_read(app: Collect, laid: ground.Ground) -> None:
    xml = fill(laid.round, laid.people[:1])
    body, kind = pack([("xml_submission_file", "a.xml", "text/xml", xml)])
    app.read("/field/openrosa/formList")
    chunked = {"CONTENT_LENGTH": "", "CONTENT_TYPE": kind, "wsgi.input": io.BytesIO(body)}
    answer = app.ask("POST", "/field/openrosa/submission", b"", kind, **chunked)
    assert answer.status_code == 201 and state.Sample.objects.count() == 1


def test_a_clock_that_is_ahead_shows_in_what_it_writes(app: Collect, laid: ground.Ground) -> None:
    app.send(fill(laid.round, laid.people[:1], start="2099-06-21T08:31:00.724+08:00"))
    entry = models.Line.objects.get(device=device_of(app), number=2).entry
    assert verdicts.list_verdicts([entry]) == {entry: ["CLOCK_OFF"]}
    assert_sound()


def test_statements_do_not_grow_with_the_people_on_the_form(
    app: Collect, laid: ground.Ground
) -> None:
    app.send(fill(laid.round, laid.people[:1], tube="GC000000001"))
    counts = []
    for n, people in enumerate((laid.people[1:3], laid.people[3:11])):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            app.post(fill(laid.round, people, tube=f"GC00000001{n}"))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_three_hundred_forms_of_thirty_accounts(cell: models.Cell) -> None:
    laid = ground.lay_out(doors=75, people=4)
    made = [
        accounts.make_account(table=(ground.TABLE, ground.OTHER_TABLE)[n % 2], person=ground.LI)
        for n in range(30)
    ]
    apps = [Collect(each.user, each.password) for each in made]
    sent = []
    for number, person in enumerate(laid.people):
        app = apps[number % len(apps)]
        xml = fill(laid.round, [person], tube=f"GC{number:06}")
        assert app.post(xml).status_code == 201
        sent.append((app, xml))
    for app, xml in sent[::7]:
        assert app.post(xml).status_code == 201
    assert state.Sample.objects.filter(state="effective").count() == len(sent) == 300
    assert Submission.objects.count() == 300 and Submission.objects.exclude(code="").count() == 0
    assert models.Line.objects.exclude(device__role="desk").count() == 900
    assert {each.through for each in models.Device.objects.exclude(account=None)} == {30}
    assert_sound()


def test_ids_of_a_form_are_always_the_same() -> None:
    one = reading.make_id(1_624_235_460_724, "uuid:1", "tube.opened")
    assert one == reading.make_id(1_624_235_460_724, "uuid:1", "tube.opened")
    assert one != reading.make_id(1_624_235_460_724, "uuid:1", "tube.closed")
    assert one != reading.make_id(1_624_235_460_724, "uuid:2", "tube.opened")
