"""An operation is over and its records are destroyed: what is left is the book's hashes, the orders
and the counts of its rounds; replay equals live, also for lines that come late; and no file of the
installation holds a person, a door or a result any more.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from doorstep.command import destroying
from doorstep.kit import clock, codes, ids
from doorstep.ledger import (
    attachments,
    backups,
    balances,
    book,
    desk,
    destruction_list,
    epochs,
    erasure,
    kinds,
    models,
    reactions,
    refusals,
    replay,
    verdicts,
    verify,
)
from doorstep.ledger.tests.verify_book import Pen, id_of
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling.reactions import REACTIONS
from doorstep.orders import evidence
from doorstep.orders.tests import ground
from doorstep.registry import models as registry
from doorstep.rounds import actions as round_actions
from doorstep.rounds import models as rounds
from tests import ending
from tests.ending import CHEN, LI, WANG, World, destroy
from tests.stranger import line

Later = Callable[[int], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Lets so many days pass."""
    now, passed = clock.now, [0]
    monkeypatch.setattr(clock, "now", lambda: now() + passed[0] * clock.DAY)

    def pass_(days: int) -> None:
        passed[0] += days

    return pass_


@pytest.fixture
def over(cell: models.Cell, later: Later) -> World:
    """An operation that has been over for long enough."""
    return end(later)


def end(later: Later, *, clean: bool = False, suspect: bool = False) -> World:
    ending.build()
    world = ending.run(clean=clean, suspect=suspect)
    reactions.run_once()
    later(40)
    return world


def assert_sound() -> None:
    assert verify.check_book()["findings"] == []
    assert replay.replay()["different"] == {}


pytestmark = pytest.mark.django_db


def test_of_a_round_its_counts_are_left_and_nothing_else(over: World) -> None:
    counts = ["id", "round_kind", "area", "day", "state", "due", "done", "excused", "refused",
              "held", "doors", "finished", "opened_at", "closed_at", "closed_missed"]  # fmt: skip
    [before] = rounds.Round.objects.values(*counts)
    assert before["done"] == len(over.people) > 5 and before["state"] == "closed"
    destroy("operation")
    [after] = rounds.Round.objects.values(*counts)
    assert after == before and rounds.Round.objects.get().digest == 0
    gone = [rounds.Act, rounds.Due, rounds.Mark, rounds.Subject, rounds.Slot, rounds.Door,
            rounds.Building, sampling.Sample, sampling.TubeFact, sampling.BoxFact,
            sampling.BoxTube, sampling.Result, sampling.Tube, sampling.Box]  # fmt: skip
    assert {model.__name__: model.objects.count() for model in gone} == {
        model.__name__: 0 for model in gone
    }
    # what is of another class stands as it was
    assert registry.Residence.objects.count() == registry.Person.objects.count() > 10
    assert registry.Role.objects.filter(staff=CHEN.id).count() == 2
    assert_sound()


def test_counts_that_are_left_are_no_evidence_that_all_were_negative(
    cell: models.Cell, later: Later
) -> None:
    end(later, clean=True)
    provider = evidence.get()
    asked = {ground.ESTATE: ""}
    [before] = provider.list_round_evidence(asked)[ground.ESTATE]
    assert before.all_negative
    destroy("operation")
    after = provider.list_round_evidence(asked)[ground.ESTATE]
    assert not any(each.all_negative for each in after)


def test_of_a_positive_tube_nothing_is_left_and_nothing_is_undone(
    cell: models.Cell, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its notices, requests to stay and recheck go with it, and what was done for them."""
    end(later, suspect=True)
    before = {each.reaction for each in models.Done.objects.all()}
    assert {"sampling.notice", "sampling.stay", "sampling.recheck"} <= before
    gone = [sampling.Notice, sampling.Stay, sampling.Tube, rounds.Subject]
    assert all(model.objects.exists() for model in gone)
    destroy("operation")
    size = book.get_cell().size
    assert {model.__name__: model.objects.count() for model in gone} == {
        model.__name__: 0 for model in gone
    }
    assert not models.Done.objects.filter(reaction__startswith="sampling.").exists()
    monkeypatch.setattr(reactions, "_reactions", REACTIONS)
    reactions.run_once()
    assert book.get_cell().size == size  # nobody is told that it was a mistake
    assert rounds.Round.objects.count() == 2
    assert_sound()


def test_the_balance_names_no_person_no_door_and_no_result(over: World) -> None:
    destroy("operation")
    [balance] = models.Balance.objects.all()
    said = bytes(balance.content).decode()
    hidden = [
        *over.people,
        *registry.Place.objects.filter(kind="door").values_list("id", flat=True),
    ]
    assert over.round in said and not [each for each in hidden if str(each) in said]
    assert not [word for word in ("negative", "positive", "GC0") if word in said]


def test_late_lines_are_kept_and_have_no_effect_live_and_in_a_replay(over: World) -> None:
    destroy("operation")
    before = list(rounds.Round.objects.values())
    tube = codes.make("GC", 77)
    late = ending.write_tube(over.round, tube, over.people[:3])
    assert over.pen.push(late) == 200
    said = verdicts.list_verdicts({id_of(each) for each in late})
    assert said == {id_of(each): [balances.GONE] for each in late}
    assert list(rounds.Round.objects.values()) == before
    assert not sampling.Sample.objects.exists() and not rounds.Mark.objects.exists()
    assert_sound()
    with pytest.raises(refusals.Refused, match=balances.GONE):
        round_actions.reopen_round(CHEN, round=over.round, reason="late_lines")


def test_a_round_that_went_on_after_the_day_is_closed_as_a_whole(
    cell: models.Cell, later: Later
) -> None:
    """Its later lines have their bytes still, and no effect; they go with the next order."""
    ending.build()
    first_day = clock.day_of(clock.now(), ground.ZONE)
    opened = round_actions.open_round(CHEN, round_kind="lunch", area=ground.ESTATE, day=first_day)
    pen = Pen(role="steward")
    subjects = sorted(map(str, rounds.Subject.objects.values_list("subject", flat=True)))
    visited = [line(kind="visit.made", round=opened, subject=each) for each in subjects]
    pen.push(visited[:2])
    later(1)
    pen.push(visited[2:])
    round_actions.close_round(CHEN, round=opened)
    later(40)
    destroying.order(WANG, asked=destroying.ask(CHEN, holds="operation", day=first_day))
    [left] = rounds.Round.objects.all()
    assert (left.state, left.done) == ("closed", len(subjects))
    held = models.Line.objects.filter(device_id=pen.id).order_by("number")
    assert [bytes(each.content) for each in held] == [b"", b"", *visited[2:]]
    late = {id_of(each) for each in visited[2:]}
    assert verdicts.list_verdicts(late) == {each: [balances.GONE] for each in late}
    assert not rounds.Mark.objects.exists()
    assert_sound()
    destroy("operation")
    assert {bytes(each.content) for each in held.all()} == {b""}
    assert list(rounds.Round.objects.values("id", "done")) == [{"id": opened, "done": left.done}]
    assert_sound()


def test_a_round_that_opens_again_before_the_order_stops_it(over: World) -> None:
    day = destroying.last_day(destroying.find_rule("operation"))
    asked = destroying.ask(CHEN, holds="operation", day=day)
    round_actions.reopen_round(CHEN, round=over.round, reason="late_lines")
    with pytest.raises(refusals.Refused, match="DESTRUCTION_ROUNDS"):
        destroying.order(WANG, asked=asked)
    assert not models.Line.objects.exclude(destroyed=None).exists()


def test_the_phone_sends_all_it_has_again_and_nothing_comes_back(over: World) -> None:
    destroy("operation")
    destroy("roster")
    count = len(over.pen.lines)
    assert over.pen.push([], again=count) == 200
    anew = Pen()
    assert anew.push(over.pen.lines) == 200
    kept = models.Line.objects.filter(device_id=anew.id)
    assert kept.count() == count and {each.custody for each in kept} == {"known"}
    assert {bytes(each.content) for each in kept} == {b""}
    assert_sound()


def test_the_next_operation_goes_on_with_the_same_people(over: World, later: Later) -> None:
    destroy("operation")
    world = ending.run(tube=50)
    assert_sound()
    assert {str(each.id) for each in rounds.Round.objects.all()} == {over.round, world.round}
    later(40)
    destroy("operation")
    assert_sound()
    assert rounds.Round.objects.filter(done__gt=5, state="closed").count() == 2
    assert not rounds.Subject.objects.exists()
    said = balances.read(bytes(models.Balance.objects.order_by("-number")[0].content))
    assert said.closed == sorted({over.round, world.round})


def test_the_roster_goes_after_the_operation_with_names_documents_and_doors(over: World) -> None:
    rule = destroying.find_rule("roster")
    with pytest.raises(refusals.Refused, match="DESTRUCTION_FIRST"):
        destroying.ask(CHEN, holds="roster", day=destroying.last_day(rule))
    destroy("operation")
    counted = destroying.count(destroying.want(rule, destroying.last_day(rule)))
    assert counted.people == registry.Person.objects.count()
    [digest] = models.Attachment.objects.values_list("digest", flat=True)
    assert attachments.read(digest) == ending.NOTE
    destroy("roster")
    for model in (registry.Person, registry.Document, registry.Contact, registry.Residence,
                  registry.Listing):  # fmt: skip
        assert not model.objects.exists(), model
    assert not registry.Place.objects.filter(kind="door").exists()
    assert registry.Place.objects.filter(kind="building").exists()
    assert attachments.read(digest) is None
    assert_sound()


def test_who_was_listed_again_later_stays(over: World, later: Later) -> None:
    [home] = registry.Residence.objects.filter(person=over.people[0])
    listed = (over.people[0], home.door, "present")
    desk.post(CHEN.id, [{"kind": "residents.listed", "residents": [listed]}])
    destroy("operation")
    destroy("roster")
    assert [str(each.id) for each in registry.Person.objects.all()] == [over.people[0]]
    assert registry.Document.objects.count() == registry.Contact.objects.count() == 1
    assert registry.Place.objects.filter(kind="door", estate=home.estate).exists()
    assert_sound()


def test_the_log_of_views_has_its_own_time(over: World, later: Later) -> None:
    with pytest.raises(refusals.Refused, match="DESTRUCTION_NOTHING"):
        destroying.ask(
            CHEN, holds="log", day=destroying.last_day(destroying.find_rule("log"))
        )  # fmt: skip
    assert registry.Sight.objects.count() == 1
    later(184)
    destroy("log")
    assert not registry.Sight.objects.exists()
    assert rounds.Subject.objects.exists()
    assert_sound()


def test_who_served_stays_for_the_proof_rests_on_it(over: World) -> None:
    """Class `duty` has no rule: it holds no resident, and nothing of it can go unnoticed."""
    for kind in kinds.list_kinds():
        if kind.retention == "duty":
            assert kind.name in ("role.granted", "role.revoked", "device.revoked")
    tables = {m._meta.db_table for m in apps.get_models() if getattr(m, "retention", "") == "duty"}
    assert tables == {
        "registry_staff", "registry_unit", "registry_role", "registry_roleact", "ledger_device",
        "ledger_revocation",
        "ledger_enrolment", "ledger_assignment", "field_account",
    }  # fmt: skip
    for holds in ("operation", "roster"):
        destroy(holds)
    orders = verify.check_book()["destroyed"]
    for each in orders:
        people = [registry.Staff.objects.get(id=each[by]) for by in ("asked_by", "ordered_by")]
        assert all(one.name for one in people) and len({one.unit for one in people}) == 2
    assert_sound()
    lines = models.Line.objects.filter(kind="role.granted", device__role=kinds.DESK)
    assert lines.exclude(destroyed=None).count() == 0 < lines.count()
    lines.update(content=b"", destroyed=orders[0]["entry"])
    told = verify.check_book()["findings"]
    assert sum("did not order that" in each for each in told) == lines.count()
    assert "registry_role" in replay.replay()["different"]


def test_without_a_devices_key_its_lines_prove_nothing(over: World) -> None:
    destroy("operation")
    models.Device.objects.filter(id=over.pen.id).update(public_key=bytes(32))
    assert any("not signed by the device" in each for each in verify.check_book()["findings"])


# ---- the rule ----


def test_nothing_goes_before_its_time(over: World) -> None:
    today = clock.day_of(clock.now(), ground.ZONE)
    for day in (today, "9998-12-31"):
        with pytest.raises(refusals.Refused, match="DESTRUCTION_EARLY") as no:
            destroying.ask(CHEN, holds="operation", day=day)
        assert no.value.facts["days"] == 30
    for day in ("", "soon", "9999-12-31"):
        with pytest.raises(refusals.Refused, match="REQUEST_INVALID"):
            destroying.ask(CHEN, holds="operation", day=day)
    with pytest.raises(refusals.Refused, match="DESTRUCTION_NO_RULE"):
        destroying.ask(CHEN, holds="duty", day=today)
    with pytest.raises(refusals.Refused, match="DESTRUCTION_NO_RULE"):
        destroying.ask(CHEN, holds="permanent", day=today)


def test_nothing_goes_while_an_order_stands(over: World) -> None:
    asked = destroying.ask(
        CHEN, holds="operation", day=destroying.last_day(destroying.find_rule("operation"))
    )
    ground.put_in_force()
    for act in (
        lambda: destroying.order(WANG, asked=asked),
        lambda: destroying.ask(CHEN, holds="operation", day="2026-01-01"),
    ):
        with pytest.raises(refusals.Refused, match="DESTRUCTION_ORDERS"):
            act()
    assert not models.Line.objects.exclude(destroyed=None).exists()


def test_nothing_goes_while_a_round_of_that_time_is_open(cell: models.Cell, later: Later) -> None:
    ending.build()
    round_actions.open_round(
        CHEN, round_kind="sampling", area=ground.ESTATE, day="2026-01-01", pool="ten"
    )
    later(40)
    with pytest.raises(refusals.Refused, match="DESTRUCTION_ROUNDS"):
        destroy("operation")


def test_who_has_no_role_over_the_whole_cell_neither_asks_nor_orders(over: World) -> None:
    day = destroying.last_day(destroying.find_rule("operation"))
    for staff in (ground.ZHAO, ground.HUANG):
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            destroying.ask(staff, holds="operation", day=day)
    asked = destroying.ask(CHEN, holds="operation", day=day)
    for staff, code in ((ground.ZHAO, "NOT_YOURS"), (CHEN, "NOT_SECOND"), (LI, "NOT_SECOND"),
                        (ground.HE, "NO_UNIT")):  # fmt: skip
        with pytest.raises(refusals.Refused, match=code):
            destroying.order(staff, asked=asked)
    assert not models.Line.objects.exclude(destroyed=None).exists()


def test_what_followed_from_destroyed_facts_is_forgotten_and_not_undone(
    over: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members of a tube were told; its records go, and nobody is told that it was a mistake."""
    told: list[str] = []
    undone: list[str] = []
    reaction = reactions.Reaction(
        "tell",
        lambda: [("tube", tube) for tube in sampling.Tube.objects.values_list("tube", flat=True)],
        lambda subject, fact: told.append(fact),
        lambda subject, fact: undone.append(fact),
    )
    monkeypatch.setattr(reactions, "_reactions", [reaction])
    reactions.run_once()
    models.Done.objects.create(reaction="tell", subject="tube", fact="GONE", state="done", at=1)
    destroy("operation")
    # what was withdrawn before, for another reason, was undone first
    assert told and undone == ["GONE"]
    reactions.run_once()
    assert undone == ["GONE"]
    assert not models.Done.objects.filter(reaction="tell").exists()


def test_what_cannot_be_undone_goes_with_the_records_and_what_was_not_tried_stops_them(
    over: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An undo that waits bears ids of records: none of them may outlive these."""

    def fail(subject: str, fact: str) -> None:
        raise ConnectionError("the gateway does not answer")

    reaction = reactions.Reaction("tell", lambda: [], lambda subject, fact: None, fail)
    monkeypatch.setattr(reactions, "_reactions", [reaction])
    tubes = list(sampling.Tube.objects.values_list("tube", flat=True))
    assert tubes
    for tube in tubes:
        models.Done.objects.create(reaction="tell", subject="tube", fact=tube, state="done", at=1)
    with monkeypatch.context() as patch:
        patch.setattr(reactions, "undo_withdrawn", lambda: None)
        with pytest.raises(refusals.Refused, match="DESTRUCTION_UNDOING"):
            destroy("operation")
    assert sampling.Tube.objects.count() == len(tubes)
    destroy("operation")
    assert not models.Done.objects.filter(reaction="tell").exists()


def test_what_is_told_of_records_that_stay_is_still_to_be_taken_back(
    over: World, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the gateway was away the log of views went: whoever heard of a wrong result is told."""
    tube = sampling.Tube.objects.values_list("tube", flat=True)[0]
    round_ = sampling.Tube.objects.get(tube=tube).round
    away, corrected = [True], []

    def undo(subject: str, fact: str) -> None:
        if away:
            raise ConnectionError("the gateway does not answer")
        corrected.append(subject)

    mine = [each._replace(wanted=list, undo=undo) for each in REACTIONS]
    monkeypatch.setattr(reactions, "_reactions", mine)
    told = {"sampling.notice": tube, "sampling.stay": f"{tube}:{round_}"}
    for name, subject in told.items():
        models.Done.objects.create(reaction=name, subject=subject, fact="x", state="done", at=1)
    later(184)
    destroy("log")
    assert models.Done.objects.filter(state="stuck").count() == len(told)
    away.clear()
    later(1)
    reactions.run_once()
    assert sorted(corrected) == sorted(told.values())
    away.append(True)
    for name, subject in told.items():
        models.Done.objects.create(reaction=name, subject=subject, fact="x", state="done", at=1)
    destroy("operation")
    assert not models.Done.objects.filter(reaction__in=told).exists()


# ---- backups ----


def backup(at: int, size: int, *, apart: bool = True) -> str:
    digest = ids.new().replace("-", "").ljust(64, "0")
    models.Backup.objects.create(
        digest=bytes.fromhex(digest), at=at, epoch=1, size=size, root=bytes(32), apart=apart
    )
    return digest


def test_it_is_not_complete_while_a_backup_holds_it(over: World) -> None:
    early = backup(clock.now() - clock.DAY, book.get_cell().size)
    entry = destroy("operation")
    models.Balance.objects.update(swept_at=clock.now())

    def told() -> tuple[list[str], bool]:
        [said] = verify.check_book()["destroyed"]
        assert said["entry"] == entry
        return said["backups"], said["complete"]

    assert told() == ([early], False)
    with pytest.raises(refusals.Refused, match="BACKUP_NOT_LATER"):
        destroying.report_backup(CHEN, backup=early, how="file")
    late = backup(clock.now(), book.get_cell().size)
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        destroying.report_backup(CHEN, backup=late, how="file")
    with pytest.raises(refusals.Refused, match="NOT_YOURS"):
        destroying.report_backup(ground.ZHAO, backup=early, how="file")
    destroying.report_backup(CHEN, backup=early, how="key")
    assert told() == ([], True)
    assert_sound()


def test_a_backup_of_what_is_left_is_sound() -> None:
    lines = backups.Lines()
    lines.columns = ["leaf", "device_id", "number", "received_at", "hash", "content", "destroyed"]
    lines.add([[0, ids.new(), 1, 5, bytes(32), b"", ids.new()]])
    assert lines.is_whole
    lines.add([[1, ids.new(), 1, 5, bytes(32), b"back", ids.new()]])
    assert not lines.is_whole


# ---- the destruction list ----


def order_of(one: dict[str, object], other: dict[str, object], closed: list[str]) -> erasure.Order:
    """An order with two lines and a closing balance that nobody has written."""
    content = balances.Content(book.get_cell().id, str(other["id"]), "log", 5, closed, {})
    balance = msgspec.json.encode(content, order="sorted")
    said = {"v": 1, "at": "2021-06-21T08:31:00+08:00", "holds": "log", "rule": "log_six_months",
            "pack": "0" * 64, "before": "2021-06-21T08:31:00+08:00", "lines": 5}  # fmt: skip
    asked = said | {"kind": "destruction.asked", "id": ids.new()} | one
    ordered = said | {"kind": "records.destroyed", "asked": asked["id"]} | other
    ordered |= {"balance": balances.digest_of(balance)}
    return erasure.Order(msgspec.json.encode(asked), msgspec.json.encode(ordered), balance)


def test_only_orders_of_two_people_are_carried_out_again(over: World) -> None:
    """A list is sealed; what stands in it is looked at all the same."""
    destroy("operation")
    [own] = erasure.list_orders()
    size = book.get_cell().size
    one = {"by": CHEN.id, "unit": ground.HEADQUARTERS}
    two = {"by": WANG.id, "unit": ground.STREET_OFFICE, "id": ids.new()}
    good = order_of(one, two, [over.round])
    for bad in (
        order_of(one, two | {"by": CHEN.id}, []),
        order_of(one, two | {"unit": ground.HEADQUARTERS}, []),
        order_of(one, two | {"asked": ids.new()}, []),
        good._replace(balance=good.balance + b" "),
        good._replace(asked=good.ordered),
        good._replace(ordered=good.asked),
        good._replace(asked=b"no entry"),
    ):
        with pytest.raises(refusals.Refused, match="LIST_UNREADABLE"):
            erasure.repeat([own, bad])
    # its balance holds less than what this book has closed already
    with pytest.raises(refusals.Refused, match="LIST_PARTED"):
        erasure.repeat([own, order_of(one, two, [])])
    assert book.get_cell().size == size and erasure.repeat([own]) == []
    assert models.Balance.objects.count() == 1


def test_a_restore_without_a_list_is_told_until_one_was_given(over: World, tmp_path: Path) -> None:
    chen, page = sign_in(CHEN), "/book/destruction/"
    warning = "no destruction list was given"
    assert warning not in chen.get(page).content.decode()
    before = destruction_list.leave(tmp_path)
    epochs.begin(CHEN.id, 2, "ab" * 32)
    said = {"kind": "destruction.listed", "list": "0" * 64, "reach": [[1, 999]], "orders": 0}
    assert over.pen.push([line(**said)]) == 200  # from a phone it says nothing
    assert warning in chen.get(page).content.decode()
    assert [each["held"] for each in verify.check_book()["restored"]] == [False]
    assert before is not None and before.unknown == 0
    (tmp_path / "anew").mkdir()
    own = destruction_list.leave(tmp_path / "anew")  # knows nothing of the epoch before
    assert own is not None
    destruction_list.carry_out(CHEN.id, own.path)
    assert [each["held"] for each in verify.check_book()["restored"]] == [False]
    destruction_list.carry_out(CHEN.id, before.path)
    assert warning not in chen.get(page).content.decode()
    assert [each["held"] for each in verify.check_book()["restored"]] == [True]
    assert_sound()
    # what it was held against its own lists reach too, in whatever folder
    (tmp_path / "later").mkdir()
    later = destruction_list.leave(tmp_path / "later")
    assert later is not None
    said_later, _ = destruction_list.read(later.path, book.get_cell().id)
    [(first, size), (second, _)] = said_later.reach
    assert (first, second) == (1, 2) and said_later.covers(1, size)
    assert not said_later.covers(1, size + 1) and not said_later.covers(3, 0)


# ---- the page ----


def sign_in(staff: ground.Staff, language: str = "en") -> Client:
    client = Client()
    client.force_login(registry.Staff.objects.get(id=staff.id))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


def test_two_people_do_it_on_the_page(over: World) -> None:
    chen, wang = sign_in(CHEN), sign_in(WANG)
    page = chen.get("/book/destruction/").content.decode()
    assert "held for 30 days" in page and "cannot be brought back by anybody" in page
    assert page.count("Show what would go") == 1  # the roster waits for the operation
    day = destroying.last_day(destroying.find_rule("operation"))
    shown = chen.get("/book/destruction/", {"holds": "operation", "day": day}).content.decode()
    assert "There is no undo" in shown and "person.sampled" in shown
    early = chen.get("/book/destruction/", {"holds": "operation", "day": "2090-01-01"})
    assert early.status_code == 409 and "held for 30 days" in early.content.decode()
    form = {"holds": "operation", "day": day}
    assert wang.post("/book/destruction/ask", form).status_code == 403
    assert chen.post("/book/destruction/ask", form).status_code == 302
    [asked] = erasure.list_asked()
    waiting = chen.get(f"/book/destruction/{asked.entry}").content.decode()
    assert "There is no undo" in waiting and "Destroy for good" in waiting
    assert "not tried again" not in waiting
    lost = models.Done.objects.create(
        reaction="sampling.notice", subject="GC1", fact="x", state="stuck", tries=1, at=clock.now()
    )
    assert "not tried again" in wang.get(f"/book/destruction/{asked.entry}").content.decode()
    lost.delete()
    assert chen.post(f"/book/destruction/{asked.entry}/order").status_code == 409
    assert not models.Line.objects.exclude(destroyed=None).exists()
    assert wang.post(f"/book/destruction/{asked.entry}/order").status_code == 302
    done = chen.get("/book/destruction/").content.decode()
    assert "Not complete." in done and "not overwritten yet" in done
    entry = models.Balance.objects.get().entry
    destroyed = models.Line.objects.filter(destroyed=entry).order_by("leaf")[0]
    line_ = chen.get("/book/line", {"line": str(destroyed.leaf)}).content.decode()
    assert "destroyed by order" in line_ and "the proof holds" in line_


def test_the_page_in_chinese_with_a_backup(over: World) -> None:
    digest = backup(clock.now() - clock.DAY, book.get_cell().size)
    destroy("operation")
    models.Balance.objects.update(swept_at=clock.now())
    chen = sign_in(CHEN, "zh-hans")
    page = chen.get("/book/destruction/").content.decode()
    assert "尚未完成" in page and digest[:16] in page and "保存30天" in page
    refused = chen.post("/book/destruction/backup", {"backup": digest, "how": "file"})
    assert refused.status_code == 409 and "请先在销毁后于别处另做备份" in refused.content.decode()
    backup(clock.now(), book.get_cell().size)
    done = chen.post("/book/destruction/backup", {"backup": digest, "how": "file"})
    assert done.status_code == 302
    assert "已完成" in chen.get("/book/destruction/").content.decode()


def test_the_book_is_found_by_the_id_of_what_is_gone(over: World) -> None:
    entry = id_of(over.pen.lines[3])
    destroy("operation")
    page = sign_in(CHEN).get(f"/book/lines/{entry}").content.decode()
    assert "destroyed by order" in page and "person.sampled" in page


def test_lines_of_the_operation_that_bear_no_round(over: World) -> None:
    """What is known of a tube that is gone is nothing: a late result waits for a person."""
    destroy("operation")
    now = clock.to_moment(clock.now(), "UTC")
    said = {"kind": "result.reported", "tube": codes.make("GC", 1), "outcome": "positive",
            "tested_at": now, "reported_at": now, "laboratory": ending.LABORATORY}  # fmt: skip
    [entry] = desk.post(CHEN.id, [said])
    assert verdicts.list_verdicts([entry])
    assert over.pen.push([line(kind="moon.landed", round=over.round)]) == 200
    assert_sound()
