"""Devices as they are: without a net for a while, sending twice, in parts and in any order, with
clocks that are off, set up anew, copied, restored from an older copy of themselves, revoked; people
come onto them and go off; a desk settles and writes beside them; the server starts again.

The oracle is a model in plain dicts. It says of every line its custody and whether it counts; what
devices are told, the book, the tree's root and the folded rows are the model's after every step.
"""

import json
import os
from hashlib import sha256
from typing import Any, NamedTuple
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from doorstep.kit import clock
from doorstep.ledger import (
    book,
    chain,
    desk,
    devices,
    intake,
    kinds,
    models,
    refolding,
    replay,
    store,
    verify,
)
from tests import stranger
from tests.properties.device_model import DESK, Flight, Known, Model, Phone, Said
from tests.stranger import BY, SAMPLED

STRANGER = "0190a0a0-0000-7000-8000-0000000000ee"
PEOPLE = st.sampled_from([BY, STRANGER])
START = 1_624_233_600 * clock.SECOND
SKEWS = [0, 0, 0, 4 * clock.MINUTE, 6 * clock.MINUTE, -3 * clock.DAY]
FORMS = ["own", "own", "own", "strange", "later", "garbled", "same id", "same bytes"]
LINES = st.lists(st.tuples(st.sampled_from(FORMS), st.integers(0, 30)), max_size=5)
WHICH = st.integers(0, 60)
LEDGER_CODES = {"GARBLED", "KIND_UNKNOWN", "ID_REUSED", "NOT_ALLOWED", "CLOCK_OFF", "FOLD_FAILED"}
EXAMPLES = int(os.environ.get("DOORSTEP_EXAMPLES", "30"))
STEPS = 30
MOST_PHONES = 6


class Way(NamedTuple):
    """How something is sent: by a clock how far off, how much of what waits, from how far back;
    and whether it arrives and the answer comes back.
    """

    skew: int
    most: int
    back: int
    fate: str


WAYS = st.builds(
    Way,
    st.sampled_from(SKEWS),
    st.sampled_from([99, 99, 99, 2, 1, 0]),
    st.sampled_from([0, 0, 0, 1, 3]),
    st.sampled_from(["answered", "answered", "lost", "late"]),
)


class Devices(RuleBasedStateMachine):
    """One cell and what its devices do. Each run is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.clock = mock.patch.object(clock, "now", lambda: self.now)
        self.clock.start()
        self.start_again()
        self.cell = book.open_cell("Asia/Shanghai").id
        self.http = Client()
        self.phones: list[Phone] = []
        self.flights: list[Flight] = []
        self.model = Model()
        self.ids = 0

    def teardown(self) -> None:
        try:
            report = verify.check_book()
            assert report["findings"] == [] and report["lines"] == len(self.model.book)
            assert replay.replay()["different"] == {}
            for kind in ("line.settled", "person.sampled", "tube.opened"):
                refolding.refold(kind)
            assert replay.replay()["different"] == {}
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)
            self.clock.stop()
            self.start_again()

    @rule()
    def start_again(self) -> None:
        """As the server does: what a process remembers is gone."""
        intake._keys.clear()
        intake._reached.clear()
        book.get_cell_id.cache_clear()

    # What people do

    @initialize()
    def begin(self) -> None:
        for _ in range(2):
            self.enrol("registrar", {BY})

    @precondition(lambda self: len(self.phones) < MOST_PHONES)
    @rule(role=st.sampled_from(["registrar", "courier"]), people=st.sets(PEOPLE))
    def enrol_one_more(self, role: str, people: set[str]) -> None:
        self.enrol(role, people)

    @rule(which=WHICH, left=st.integers(0, 3))
    def install_anew(self, which: int, left: int) -> None:
        """A device that lost its key has a new one; what it still holds goes under it, same ids."""
        old = self.phone(which)
        known = self.model.known[old.device]
        anew = self.enrol(known.role, known.people)
        anew.lines = old.lines[max(old.through - left, 0) :]
        self.phones.remove(old)

    @rule(which=WHICH, person=PEOPLE)
    def put_on(self, which: int, person: str) -> None:
        self.tick()
        device = self.phone(which).device
        devices.assign(device, [person])
        self.model.known[device].people.add(person)

    @rule(which=WHICH, person=PEOPLE, everywhere=st.booleans())
    def take_off(self, which: int, person: str, everywhere: bool) -> None:
        self.tick()
        device = self.phone(which).device
        devices.unassign(person, None if everywhere else device)
        known = self.model.known
        for each in known.values() if everywhere else [known[device]]:
            each.people.discard(person)

    @precondition(lambda self: len(self.phones) > 2)
    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        self.tick()
        device = self.phone(which).device
        devices.revoke(device)
        self.model.known[device].revoked = True

    @precondition(lambda self: any(row.said.entry for row in self.model.book))
    @rule(data=st.data(), count=st.integers(1, 3))
    def settle(self, data: st.DataObject, count: int) -> None:
        claims = sorted({row.said.entry for row in self.model.book if row.said.entry})
        named = data.draw(st.sets(st.sampled_from(claims), min_size=1, max_size=count))
        stands = data.draw(st.sets(st.sampled_from(sorted(named))))
        self.write_at_desk("line.settled", {"entries": sorted(named), "stands": sorted(stands)})
        self.model.words.append((named, stands))

    @rule()
    def sample_at_desk(self) -> None:
        self.write_at_desk("person.sampled", SAMPLED)

    # What devices do

    @rule(which=WHICH, lines=LINES, way=WAYS)
    def work(self, which: int, lines: list[tuple[str, int]], way: Way) -> None:
        """A device writes, and sends some of what waits, or what was answered once more."""
        phone = self.phone(which)
        phone.lines += [self.make(form, other) for form, other in lines]
        flight = phone.fly(self.now + way.skew, way.most, way.back)
        self.flights.append(flight)
        if way.fate == "late":
            return
        status, through = self.deliver(flight)
        if way.fate == "lost":
            return
        if status == 200:
            phone.through = min(max(phone.through, through), len(phone.lines))
        if status == 409 and through < phone.through:
            phone.through = through

    @rule(data=st.data())
    def work_together(self, data: st.DataObject) -> None:
        """A while in which every device works."""
        for which in range(len(self.phones)):
            self.work(which, data.draw(LINES), data.draw(WAYS))

    @precondition(lambda self: self.flights)
    @rule(which=WHICH)
    def arrive(self, which: int) -> None:
        """Something that was sent arrives late, or once more."""
        self.deliver(self.flights[-1 - which % len(self.flights)])

    @precondition(lambda self: self.flights)
    @rule(which=st.lists(WHICH, min_size=2, max_size=5))
    def arrive_together(self, which: list[int]) -> None:
        """Pushes that wait together are kept in one transaction."""
        self.tick()
        flights = [self.flights[-1 - each % len(self.flights)] for each in which]
        with transaction.atomic():
            answers = intake.keep([read_push(flight) for flight in flights])
        custody = [self.model.take(flight, self.now) for flight in flights]
        for flight, words, answer in zip(flights, custody, answers, strict=True):
            lines = [each._asdict() for each in answer.lines]
            self.compare(flight, words, answer.status, answer.through, answer.head.hex(), lines)

    @rule(which=WHICH, lost=st.integers(0, 5))
    def restore(self, which: int, lost: int) -> None:
        """A device becomes an older copy of itself, which knows nothing of its last lines."""
        phone = self.phone(which)
        phone.lines = phone.lines[: max(len(phone.lines) - lost, 0)]
        phone.through = min(phone.through, len(phone.lines))

    @precondition(lambda self: len(self.phones) < MOST_PHONES)
    @rule(which=WHICH)
    def copy(self, which: int) -> None:
        """Two devices with one key."""
        own = self.phone(which)
        self.phones.append(Phone(own.private, own.device, own.cell, [*own.lines], own.through))

    # How that is done

    def tick(self) -> None:
        self.now += clock.SECOND

    def phone(self, which: int) -> Phone:
        return self.phones[which % len(self.phones)]

    def enrol(self, role: str, people: set[str]) -> Phone:
        self.tick()
        seed = sha256(b"%d" % len(self.model.known)).digest()
        private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        key = private.public_key().public_bytes_raw().hex()
        code = devices.make_code(role, minutes=5, people=sorted(people))
        text = f"doorstep-v1\nenrol\n{code}\ned25519\n{key}\n".encode()
        asked = {"code": code, "alg": "ed25519", "key": key, "proof": private.sign(text).hex()}
        answer = self.http.post("/field/v1/devices", json.dumps(asked), "application/json")
        phone = Phone(private, answer.json()["device"], self.cell)
        self.phones.append(phone)
        self.model.known[phone.device] = Known(role, phone.heads(), set(people))
        return phone

    def make(self, form: str, other: int) -> bytes:
        """A line, or what is no entry; `other` picks a line whose id or very bytes it has."""
        if form in ("own", "strange"):
            return self.make_line(by=BY if form == "own" else STRANGER)
        if form == "later":
            return self.make_line(kind="bell.rung")
        if form == "garbled":
            line = b'{"id": %d' % (other % 3) if other % 3 else b""
            self.model.said[line] = Said()
            return line
        had = [line for line, said in self.model.said.items() if said.entry] or [self.make_line()]
        line = had[-1 - other % min(len(had), 12)]
        return line if form == "same bytes" else self.make_line(self.model.said[line].entry)

    def make_line(
        self, entry: str | None = None, kind: str = "person.sampled", by: str = BY
    ) -> bytes:
        self.ids += 1
        entry = entry or f"0190a0a0-0000-7000-9000-{self.ids:012x}"
        said: dict[str, object] = {"id": entry, "kind": kind, "v": 1, "by": by}
        said["at"] = f"2021-06-21T08:{self.ids // 60 % 60:02}:{self.ids % 60:02}+08:00"
        line = json.dumps(said | SAMPLED).encode()
        self.model.said[line] = Said(entry, kind, by)
        return line

    def write_at_desk(self, kind: str, fields: dict[str, Any]) -> None:
        self.tick()
        desk.post(BY, [{"kind": kind} | fields])
        for device, public, line, entry in store.query(
            "SELECT l.device_id, d.public_key, l.content, l.entry FROM ledger_line l "
            "JOIN ledger_device d ON d.id = l.device_id WHERE l.leaf >= %s ORDER BY l.leaf",
            [len(self.model.book)],
        ):
            start = chain.first_head(self.cell, str(device), bytes(public))
            self.model.known.setdefault(str(device), Known(DESK, [start]))
            said = self.model.said[bytes(line)] = Said(str(entry), kind)
            self.model.add(str(device), bytes(line), said, "kept", False, self.now, True)

    def deliver(self, flight: Flight) -> tuple[int, int]:
        self.tick()
        answer = self.http.post(
            "/field/v1/entries", flight.body, "application/x-ndjson", headers=flight.headers
        )
        told, words = answer.json(), self.model.take(flight, self.now)
        lines = told.get("lines", [])
        self.compare(flight, words, answer.status_code, told["through"], told["head"], lines)
        return answer.status_code, told["through"]

    def compare(
        self,
        flight: Flight,
        words: list[str] | None,
        status: int,
        through: int,
        head: str,
        lines: list[dict[str, Any]],
    ) -> None:
        """What was told of a push, against the model as it stands."""
        known = self.model.known[flight.device]
        assert status == (409 if words is None else 403 if known.revoked else 200)
        assert (through, head) == (len(known.lines), known.heads[-1].hex())
        told = {each["n"]: (each["answer"], LEDGER_CODES & {*each["codes"]}) for each in lines}
        for at, word in enumerate(words or []):
            codes = set() if known.revoked else self.model.codes(flight.lines[at])
            assert told.pop(flight.first + at, ("kept", set())) == (word, codes)
        assert told == {}

    @invariant()
    def the_book_is_the_models(self) -> None:
        columns = "device_id, number, content, custody, clock_off, received_at, entry"
        rows = [
            (str(device), number, bytes(content), custody, bool(off), at, entry and str(entry))
            for device, number, content, custody, off, at, entry in store.query(
                f"SELECT {columns} FROM ledger_line ORDER BY leaf"
            )
        ]
        assert rows == [
            (row.device, row.number, row.line, row.custody, row.clock_off, row.at, row.said.entry)
            for row in self.model.book
        ]
        cell = book.get_cell()
        assert self.model.root() == book.frontier_of(cell).root() == book.root_at(cell.size)
        chains = store.query("SELECT id, through, head FROM ledger_device")
        assert {str(id_): (through, bytes(head)) for id_, through, head in chains} == {
            device: (len(known.lines), known.heads[-1])
            for device, known in self.model.known.items()
        }
        aside = store.query("SELECT device_id, number, content FROM ledger_asideline")
        assert {(str(device), number): bytes(content) for device, number, content in aside} == {
            (device, number): line
            for device, known in self.model.known.items()
            for number, line in known.aside.items()
        }

    @invariant()
    def the_rows_are_the_models(self) -> None:
        verdicts, counting = self.model.judge()
        said = store.query("SELECT entry, code, held FROM ledger_verdict WHERE owner = 'ledger'")
        assert {(str(entry), code, bool(held)) for entry, code, held in said} == verdicts
        swabs = store.query("SELECT entry, device, number FROM sampling_sample")
        assert {(str(entry), str(device), number) for entry, device, number in swabs} == counting


def read_push(flight: Flight) -> intake.Push:
    """A push as the server has it when it waits for the writer."""
    signed = intake.Signed(
        flight.device,
        flight.first,
        len(flight.lines),
        flight.previous,
        flight.head,
        flight.headers["Doorstep-Sent"],
        bytes.fromhex(flight.headers["Doorstep-Signature"]),
    )
    assert intake.is_genuine(signed)
    hashes = [sha256(line).digest() for line in flight.lines]
    return intake.Push(signed, flight.lines, hashes, [kinds.read(line) for line in flight.lines])


@pytest.mark.django_db
def test_the_book_is_what_the_devices_wrote() -> None:
    run_state_machine_as_test(
        Devices,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_was_settled_of_a_reused_id_stays_settled_when_its_lines_come_again(
    cell: models.Cell,
) -> None:
    phones, entry = [stranger.Phone() for _ in range(3)], "0190a0a0-0000-7000-9000-000000000001"
    lines = [stranger.line(id=entry), stranger.line(id=entry, tube="GC000002")]
    for phone, each in zip(phones, lines, strict=False):
        phone.push([each])
    desk.post(BY, [{"kind": "line.settled", "entries": [entry], "stands": []}])
    phones[2].push(lines)
    said = store.query("SELECT code, held FROM ledger_verdict WHERE owner = 'ledger'")
    assert [(code, bool(held)) for code, held in said] == [("ID_REUSED", False)]
    assert replay.replay()["different"] == {}
