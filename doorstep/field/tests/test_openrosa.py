"""ODK Collect as a foreign field app: requests as its OkHttp client makes them, an instance as its
engine (JavaRosa) writes it; nothing is kept by halves, nothing counts twice, nothing is lost.
"""

import base64
import io
import shutil
import uuid
from collections.abc import Iterator, Sequence
from hashlib import md5, sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.face import accounts as guessing
from doorstep.field import api, areas
from doorstep.field.models import Account, Photo, Submission
from doorstep.field.openrosa import accounts, forms, reading, sampling, submissions, views
from doorstep.kit import clock
from doorstep.ledger import attachments, book, desk, devices, models, refusals, verdicts, verify
from doorstep.ledger import writer as book_writer
from doorstep.operations.sampling import models as state
from doorstep.operations.sampling.tests import ground
from doorstep.rounds import actions as rounds
from doorstep.rounds import models as round_models
from doorstep.rounds.tests import street

TUBE = "GC000000018"
LISTS = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
# what JavaRosa's XFormSerializingVisitor wrote of this very form, but for the answers
HEAD = (
    "<?xml version='1.0' encoding='UTF-8' ?>"
    '<data id="{form}" version="{version}" xmlns:ev="http://www.w3.org/2001/xml-events" '
    'xmlns:orx="http://openrosa.org/xforms" xmlns:odk="http://www.opendatakit.org/xforms" '
    'xmlns:h="http://www.w3.org/1999/xhtml" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:jr="http://openrosa.org/javarosa">'
)
CHOSEN = (
    "<person><at>{at}</at><person_by>list</person_by><person_list>{person}</person_list></person>"
)
SCANNED = (
    "<person><at>{at}</at><person_by>scan</person_by><person_scan>{person}</person_scan></person>"
)


def fill(
    round_: str,
    people: Sequence[str],
    *,
    tube: str = TUBE,
    count: object = None,
    instance: str = "",
    version: str = "1",
    form: str = "",
    person: str = CHOSEN,
    start: str = "2021-06-21T08:31:00.724+08:00",
    meta: str = "",
) -> bytes:
    """A filled-in form as Collect writes it."""
    said = "".join(
        person.format(at=f"2021-06-21T08:{31 + n // 60}:{n % 60:02}.450+08:00", person=each)
        for n, each in enumerate(people, 10)
    )
    number = len(people) if count is None else count
    return (
        HEAD.format(form=form or f"doorstep.sampling.{round_}", version=version)
        + f"<start>{start}</start><end>2021-06-21T08:39:01.026+08:00</end><tube_by>typed</tube_by>"
        f"<tube_typed>{tube}</tube_typed><pool>ten</pool>{said}<recorded>{len(people)}</recorded>"
        f"<count>{number}</count><photo /><meta>"
        f"<instanceID>{instance or f'uuid:{uuid.uuid4()}'}</instanceID>{meta}</meta></data>"
    ).encode()


def pack(parts: Sequence[tuple[str, str | None, str | None, bytes]]) -> tuple[bytes, str]:
    """Parts (name, file name, type, content) as OkHttp's MultipartBody writes them."""
    boundary = str(uuid.uuid4())
    body = b""
    for name, file, kind, content in parts:
        head = f'Content-Disposition: form-data; name="{name}"'
        head += f'; filename="{file}"' if file else ""
        head += f"\r\nContent-Type: {kind}" if kind else ""
        head += f"\r\nContent-Length: {len(content)}"
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Collect:
    """The app with the settings of one account."""

    def __init__(self, user: str, password: str, address: str = "192.0.2.7") -> None:
        self.http = Client(REMOTE_ADDR=address)
        self.basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.answers_challenges = True

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "", **more: Any) -> Any:
        """One request; with the credentials from the first challenge on, as the app does."""
        headers = {
            "User-Agent": "org.odk.collect.android/v2025.2.3 Dalvik/2.1.0 (Linux; Android 13)",
            "X-OpenRosa-Version": "1.0",
            "Date": "Mon, 21 Jun 2021 08:39:02 GMT",
            "Accept-Encoding": "gzip",
        }
        if not self.answers_challenges:
            headers["Authorization"] = self.basic
        joined = "&" if "?" in path else "?"
        path += f"{joined}deviceID=collect%3AwiQY2lhcR4TVz0SP"
        given: dict[str, Any] = {"secure": True, "headers": headers} | more
        answer: Any = self.http.generic(method, path, body, kind or "text/plain", **given)
        if answer.status_code == 401 and self.answers_challenges:
            assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
            self.answers_challenges = False
            return self.ask(method, path, body, kind, **more)
        return answer

    def read(self, path: str) -> Any:
        return self.ask("GET", path)

    def send(self, xml: bytes, *files: bytes, incomplete: bool = False) -> Any:
        """HEAD, and then the form with its files."""
        head = self.ask("HEAD", "/field/openrosa/submission")
        assert head.status_code == 204 and head.headers["X-OpenRosa-Version"] == "1.0"
        return self.post(xml, *files, incomplete=incomplete)

    def post(self, xml: bytes, *files: bytes, incomplete: bool = False) -> Any:
        name = "2021-06-21 核酸采样 Sampling_2021-06-21_08-39-01.xml"
        parts: list[tuple[str, str | None, str | None, bytes]]
        parts = [("xml_submission_file", name, "text/xml", xml)]
        for file in files:
            photo = f"{len(file)}.jpg"
            parts.append((photo, photo, "image/jpeg", file))
        if incomplete:
            parts.append(("*isIncomplete*", None, None, b"yes"))
        body, kind = pack(parts)
        return self.ask("POST", "/field/openrosa/submission", body, kind)


@pytest.fixture
def laid(cell: models.Cell, monkeypatch: pytest.MonkeyPatch) -> Iterator[ground.Ground]:
    monkeypatch.setattr(areas, "FRESH_SECONDS", -1.0)
    monkeypatch.setattr(areas, "_areas", type(areas._areas)())
    guessing.forget_failures()
    yield ground.lay_out()
    guessing.forget_failures()


@pytest.fixture
def app(laid: ground.Ground) -> Collect:
    made = accounts.make_account(table=ground.TABLE, person=ground.LI, label="1号台 B")
    return Collect(made.user, made.password)


def device_of(app: Collect) -> models.Device:
    user = base64.b64decode(app.basic.split()[1]).decode().split(":")[0]
    return models.Device.objects.get(account__user=user)


def told(answer: Any) -> str:
    """The sentence in OpenRosa's envelope."""
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{RESPONSE}OpenRosaResponse"
    return root.find(f"{RESPONSE}message").text or ""  # type: ignore[union-attr]


def lines_of(device: models.Device) -> list[str]:
    rows = models.Line.objects.filter(device=device).order_by("number")
    return [str(kind) for kind in rows.values_list("kind", flat=True)]


def assert_sound() -> None:
    assert verify.check_book()["findings"] == []


# Reading forms


def test_the_app_is_challenged_and_then_finds_its_rounds_form_and_lists(
    app: Collect, laid: ground.Ground
) -> None:
    issued = {"kind": "tubes.issued", "round": laid.round, "table": ground.TABLE}
    desk.post(ground.LI, [issued | {"first": "GC000001", "last": "GC000003"}])
    asked = app.http.get("/field/openrosa/formList", secure=True)
    assert asked.status_code == 401 and asked.headers["X-OpenRosa-Version"] == "1.0"
    listed = app.read("/field/openrosa/formList")
    assert listed.status_code == 200 and "text/xml" in listed.headers["Content-Type"]
    assert listed.headers["X-OpenRosa-Version"] == "1.0" and "GMT" in listed.headers["Date"]
    [xform] = ElementTree.fromstring(listed.content)
    said = {each.tag.removeprefix(LISTS): each.text or "" for each in xform}
    assert said["formID"] == f"doorstep.sampling.{laid.round}" and said["version"] == "1"
    assert "中海锦城" in said["name"] and said["downloadUrl"].startswith("https://testserver/")
    form = app.read(said["downloadUrl"]).content
    assert said["hash"] == "md5:" + md5(form, usedforsecurity=False).hexdigest()
    assert said["formID"].encode() in form
    files = {}
    for media in ElementTree.fromstring(app.read(said["manifestUrl"]).content):
        fields = {each.tag.removeprefix(MANIFEST): each.text or "" for each in media}
        content = app.read(fields["downloadUrl"]).content
        assert fields["hash"] == "md5:" + md5(content, usedforsecurity=False).hexdigest()
        files[fields["filename"]] = content.decode().splitlines()
    assert files["tubes.csv"] == ["name,label", *(f"GC00000{n},GC00000{n}" for n in (1, 2, 3))]
    assert files["people.csv"][0] == "name,label" and len(files["people.csv"]) == 13
    assert all(line.endswith(" 王*") and "1座 1单元" in line for line in files["people.csv"][1:])


def test_the_list_shrinks_to_who_is_still_due_and_a_closed_round_goes(
    app: Collect, laid: ground.Ground
) -> None:
    path = f"/field/openrosa/forms/{laid.round}/people.csv"
    assert laid.people[0] in app.read(path).content.decode()
    app.send(fill(laid.round, laid.people[:2]))
    left = app.read(path).content.decode()
    assert not any(each in left for each in laid.people[:2]) and laid.people[2] in left
    round_models.Round.objects.filter(id=laid.round).update(state="closed")
    assert app.read(path).status_code == 404
    assert len(ElementTree.fromstring(app.read("/field/openrosa/formList").content)) == 0


def test_another_estates_round_is_not_shown(app: Collect, laid: ground.Ground) -> None:
    day = clock.day_of(clock.now(), "Asia/Shanghai")
    zhao = street.Staff(street.ZHAO)
    other = rounds.open_round(zhao, round_kind="sampling", area=street.OTHER_ESTATE, day=day)
    assert other not in app.read("/field/openrosa/formList").content.decode()
    for name in ("form.xml", "manifest", "people.csv", "tubes.csv"):
        assert app.read(f"/field/openrosa/forms/{other}/{name}").status_code == 404
    assert app.read(f"/field/openrosa/forms/{laid.round}/staff.csv").status_code == 404


def test_one_form_can_be_asked_for(app: Collect, laid: ground.Ground) -> None:
    path = "/field/openrosa/formList?formID="
    assert len(ElementTree.fromstring(app.read(f"{path}doorstep.sampling.{laid.round}").content))
    assert not len(ElementTree.fromstring(app.read(f"{path}other").content))


FORM = forms.Form("doorstep.sampling.x", "x", "Title 标题", sampling.VERSION, "ten")


def test_a_form_that_changes_gets_a_new_version() -> None:
    """Raise sampling.VERSION with any change of the form, keep the old one READABLE, and only then
    put the new digest here.
    """
    assert (sampling.VERSION, sha256(forms.make_xform(FORM)).hexdigest()[:16]) == PUBLISHED
    assert sampling.VERSION in sampling.READABLE


def test_the_form_says_everything_in_both_languages() -> None:
    rows = [*sampling.list_questions("ten"), *sampling.list_choices()]
    for row in rows:
        shown = [value for name, value in row.items() if name in ("label", "constraint_message")]
        assert all(len(pair) == 2 and all(pair) for pair in shown)
    asked = [row for row in rows if row.get("required")]
    assert asked and all("label" in row for row in asked)


@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs Java")
@pytest.mark.parametrize("pool", ["single", "household", None])
def test_odk_validate_accepts_the_form(pool: str | None, tmp_path: Path) -> None:
    from pyxform.validators.odk_validate import check_xform  # type: ignore[import-untyped]

    path = tmp_path / "form.xml"
    path.write_bytes(forms.make_xform(FORM._replace(pool=pool)))
    assert check_xform(str(path)) == []


# Handing in what was filled in


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


# Kept, and held for a person


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


# What is no form, and who has no account

NESTED = b"<a>" * 100 + b"</a>" * 100
BOMB = (
    b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">'
    b'<!ENTITY z "&y;&y;&y;&y;&y;&y;&y;&y;">]><a>&z;&z;&z;&z;</a>'
)


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"\0", b"no xml", b"<a>", NESTED, BOMB, b"\xff\xfe<\0a\0", b"<a/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="rot13"?><a/>',
        b"<a>" + b"<b/>" * 20_001 + b"</a>",
        b"<a><meta><instanceID>" + b"i" * 250 + b"</instanceID></meta></a>",
        b"<a><meta><instanceID>uuid:1\0</instanceID></meta></a>",
    ],
)  # fmt: skip
def test_what_is_no_form_is_refused_in_plain_words(
    app: Collect, laid: ground.Ground, xml: bytes
) -> None:
    answer = app.send(xml)
    assert answer.status_code == 400 and "Nothing is kept" in told(answer)
    assert "手机" in told(answer) and answer.headers["X-OpenRosa-Version"] == "1.0"
    assert not Submission.objects.exists() and not models.Attachment.objects.exists()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name="),
        ("multipart/form-data; boundary=\xff", b"x"),
        ("text/xml", b"<a/>"),
        ("", b"\0\0"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n" * 3_000),
    ],
)
def test_what_is_not_in_parts_is_refused(
    app: Collect, laid: ground.Ground, kind: str, body: bytes
) -> None:
    app.read("/field/openrosa/formList")
    empty = {} if body else {"wsgi.input": io.BytesIO()}
    answer = app.ask("POST", "/field/openrosa/submission", body, kind, **empty)
    assert answer.status_code == 400 and told(answer)


def test_two_forms_in_one_body_are_refused(app: Collect, laid: ground.Ground) -> None:
    parts = [("xml_submission_file", "a.xml", "text/xml", fill(laid.round, laid.people[n : n + 1]))
             for n in (0, 1)]  # fmt: skip
    app.read("/field/openrosa/formList")
    body, kind = pack(parts)
    assert app.ask("POST", "/field/openrosa/submission", body, kind).status_code == 400


def test_what_is_too_large_is_told_so_before_it_is_read(app: Collect, laid: ground.Ground) -> None:
    xml = fill(laid.round, laid.people[:1])
    app.read("/field/openrosa/formList")
    assert app.post(xml, b"x" * (5 << 20)).status_code == 413
    assert app.post(xml[:-7] + b" " * (300 << 10) + b"</data>").status_code == 413
    assert not Submission.objects.exists()


def test_an_account_that_is_full_keeps_the_rest_on_the_phone(
    app: Collect, laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_ATTACHMENTS", 1)
    one, two = (fill(laid.round, laid.people[n : n + 1], tube=f"GC00000{n}") for n in (1, 2))
    assert app.send(one).status_code == 201
    full = app.send(two)
    assert full.status_code == 507 and "no room" in told(full)
    assert app.send(one).status_code == 201 and state.Sample.objects.count() == 1


def test_plain_http_gets_no_challenge_and_no_answer(app: Collect, laid: ground.Ground) -> None:
    app.answers_challenges = False
    for method, path in (("GET", "formList"), ("HEAD", "submission"), ("POST", "submission")):
        answer = app.ask(method, f"/field/openrosa/{path}", secure=False)
        assert answer.status_code == 403 and "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !", "Basic " + "QQ==" * 400, "Bearer QQ==", "Basic /w==",
     "Basic " + base64.b64encode(b"no colon").decode(),
     "Basic " + base64.b64encode(b"a\0:b").decode(),
     "Basic " + base64.b64encode("管:密".encode()).decode()],
)  # fmt: skip
def test_no_account_no_form(app: Collect, laid: ground.Ground, header: str) -> None:
    answer = app.http.get(
        "/field/openrosa/formList", secure=True, headers={"Authorization": header}
    )
    assert answer.status_code == 401 and told(answer) == (
        "User and password are not right. 用户名或密码不正确。"
    )


def test_guessing_is_slowed_down_for_the_guessed_account_alone(
    app: Collect, laid: ground.Ground
) -> None:
    user = base64.b64decode(app.basic.split()[1]).decode().split(":")[0]
    guess = Collect(user, "wrong")
    guess.answers_challenges = False
    tries = [guess.read("/field/openrosa/formList").status_code for _ in range(6)]
    assert tries == [401] * 5 + [429]
    assert app.read("/field/openrosa/formList").status_code == 429  # the right one waits, too
    made = accounts.make_account(table=ground.TABLE, person=ground.LI)
    assert Collect(made.user, made.password).read("/field/openrosa/formList").status_code == 200


def test_a_password_is_kept_as_its_hash_alone_and_a_new_one_ends_the_old(
    app: Collect, laid: ground.Ground
) -> None:
    password = base64.b64decode(app.basic.split()[1]).decode().split(":")[1]
    row = Account.objects.get()
    assert row.password.startswith("argon2$argon2id$") and password not in row.password
    assert app.read("/field/openrosa/formList").status_code == 200  # is remembered now
    other = accounts.make_account(table=ground.TABLE, person=ground.LI)
    changed = Account.objects.get(user=other.user).password
    Account.objects.filter(user=row.user).update(password=changed)
    assert app.read("/field/openrosa/formList").status_code == 401


def test_a_revoked_account_keeps_its_forms_and_a_new_one_sends_them(
    app: Collect, laid: ground.Ground
) -> None:
    xml = fill(laid.round, laid.people[:1])
    app.read("/field/openrosa/formList")
    devices.revoke(device_of(app).id)
    answer = app.post(xml)
    assert answer.status_code == 403 and "new account" in told(answer)
    assert not Submission.objects.exists()
    made = accounts.make_account(table=ground.TABLE, person=ground.LI)
    assert Collect(made.user, made.password).send(xml).status_code == 201


def test_an_account_is_made_at_a_table_and_nowhere_else(laid: ground.Ground) -> None:
    for place in (street.ESTATE, "nowhere"):
        with pytest.raises(refusals.Refused, match="NOT_FOUND"):
            accounts.make_account(table=place, person=ground.LI)
    assert not Account.objects.exists()


def test_other_methods_are_refused(app: Collect, laid: ground.Ground) -> None:
    app.read("/field/openrosa/formList")
    assert app.ask("PUT", "/field/openrosa/submission").status_code == 405
    assert app.ask("POST", "/field/openrosa/formList").status_code == 405


def test_ids_of_a_form_are_always_the_same() -> None:
    one = reading.make_id(1_624_235_460_724, "uuid:1", "tube.opened")
    assert one == reading.make_id(1_624_235_460_724, "uuid:1", "tube.opened")
    assert one != reading.make_id(1_624_235_460_724, "uuid:1", "tube.closed")
    assert one != reading.make_id(1_624_235_460_724, "uuid:2", "tube.opened")


PUBLISHED = ("1", "5eba619bdf88808e")
