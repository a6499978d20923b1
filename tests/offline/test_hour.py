"""An hour in airplane mode at two tables, each on a phone of its own, with a reload and a killed
browser in the middle of the work; then the net again. Every line is acknowledged, and the book, the
tubes and the counters are exactly what was scanned: nobody lost, nobody twice.

The long form (DOORSTEP_SOAK) scans 2,000 people at each table.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from doorstep.bench import phone as table
from doorstep.kit import codes
from tests.offline.conftest import PIN, Desk, Handset
from tests.offline.test_sampling import scan, wait_kept

MakePhone = Callable[..., Handset]
IS_LONG = "DOORSTEP_SOAK" in os.environ
DRAINED = 30  # seconds from the net to the last acknowledgement, at most
PEOPLE = 2_000 if IS_LONG else 60  # scanned at each table
ESTATE = (2, 10_000 if IS_LONG else 2 * PEOPLE + 3)
FAULTS = 2  # on each phone
HOUR = 3_600_000  # ms
# The clock of a page, `window.shifted` ms off: the hour begins an hour ago, and is over now.
CLOCK = f"""
const Real = Date;
window.shifted = -{HOUR};
globalThis.Date = class extends Real {{
  constructor(...given) {{
    if (given.length) super(...given);
    else super(Real.now() + window.shifted);
  }}
  static now() {{ return Real.now() + window.shifted; }}
}};
"""
# Works on; from the step `slow` on with long pauses, so that whoever comes to disturb it is in time
# on a busy machine too.
BEGIN = f"""
const pause = {{ valueOf: () => phone.entries().length < given.slow ? given.pause : 1000 }};
window.working = ({table.WORK})({{ ...given, pause }});
"""
PAUSE = 0 if IS_LONG else 20  # ms between two scans: the work is not over before the faults
PATIENCE = 300  # seconds after which something that should have come will not


class Worker:
    """A phone at a table of its own, and all that is to be done there."""

    def __init__(self, phone: Handset, desk: Desk, number: int) -> None:
        self.phone = phone
        people = desk.world["people"][number * PEOPLE : (number + 1) * PEOPLE]
        self.plan = table.make_plan(people, 1 + number * len(people))
        phone.page.add_init_script(CLOCK)
        phone.enrol(desk.world["codes"][number])
        phone.run("await until(() => navigator.serviceWorker.controller !== null);")
        self.device = phone.device
        phone.context.set_offline(True)
        self.go_to_table()

    def go_to_table(self) -> None:
        self.phone.run("app.go('sampling-table');")
        self.phone.page.wait_for_selector(".tube")

    def begin(self, slow: int) -> None:
        """Work on from where the phone is, without waiting for it."""
        given = {"plan": self.plan, "pause": PAUSE, "hour": HOUR, "slow": slow}
        self.phone.run(BEGIN, given)

    def work_until(self, share: float) -> None:
        """Work until so much of the plan is done, and on."""
        done = int(len(self.plan) * share)
        self.begin(slow=(done + len(self.plan)) // 2)
        await_true(self.phone, f"phone.entries().length >= {done}")
        assert self.phone.run("return phone.entries().length;") < len(self.plan)

    def reload(self) -> None:
        self.phone.page.reload()
        self.phone.page.locator(".people .button").first.click()
        self.phone.type_pin(PIN)
        self.phone.page.wait_for_selector(".tube")

    def kill(self) -> None:
        """The browser dies in the middle of a scan, and is started again; there is still no net."""
        self.phone.kill()
        self.phone.open()
        self.phone.context.set_offline(True)
        self.phone.page.add_init_script(CLOCK)
        self.phone.go()
        self.phone.unlock()
        self.go_to_table()

    def finish(self) -> None:
        self.phone.page.evaluate("window.working")


def test_an_hour_without_a_net_at_two_tables(desk: Desk, make_phone: MakePhone) -> None:
    phones = [make_phone("first"), make_phone("second")]
    for phone in phones:
        phone.expected = lambda text: "ERR_INTERNET_DISCONNECTED" in text
    workers = [Worker(phone, desk, number) for number, phone in enumerate(phones)]
    for act, share in ((Worker.reload, 0.3), (Worker.kill, 0.6)):
        for worker in workers:
            worker.work_until(share)
            act(worker)
    for worker in workers:
        worker.begin(slow=len(worker.plan))
    for worker in workers:
        worker.finish()
    assert [desk.count_lines(worker.device) for worker in workers] == [(0, 0), (0, 0)]
    begun = time.monotonic()
    for phone in phones:
        phone.context.set_offline(False)
    for phone in phones:  # nobody presses anything: it goes by itself
        await_true(phone, "phone.outbox.answered.through === phone.outbox.last.n")
    drained = time.monotonic() - begun
    print(f"{drained:.1f} s from the net to the last acknowledgement")
    if IS_LONG:
        assert drained <= DRAINED
    scanned = [person for worker in workers for person in check_phone(worker)]
    check_book(desk, workers, scanned)


def await_true(phone: Handset, is_so: str) -> None:
    """Until something is so on a phone that works meanwhile."""
    until = time.monotonic() + PATIENCE
    while not phone.run(f"return {is_so};"):
        assert time.monotonic() < until, is_so
        time.sleep(0.05)


def check_phone(worker: Worker) -> list[str]:
    """The phone has each step of the plan, in its order, over a whole hour, and knows that all of
    it has arrived. Returns the people it has scanned: a page that is going down may have kept what
    the next one did not know of, and then the person was scanned once more.
    """
    entries = worker.phone.run("return phone.entries();")
    done = [(entry["kind"], entry.get("person") or entry["tube"]) for entry in entries]
    assert list(dict.fromkeys(done)) == worker.plan
    assert {entry["answer"] for entry in entries} == {"kept"}
    assert {tuple(entry["codes"]) for entry in entries} == {()}
    assert entries[0]["at"][:13] != entries[-1]["at"][:13]  # another hour of the day
    worker.phone.go("#receipt")
    worker.phone.page.wait_for_selector(".view--receipt .counters")
    counters = worker.phone.page.locator(".counters dd").all_inner_texts()
    assert counters == [f"{len(done):,}", f"{len(done):,}", "0"]
    assert len(done) <= len(worker.plan) + FAULTS
    assert worker.phone.desk.count_lines(worker.device) == (len(done), len(done))
    return [code for kind, code in done if kind == "person.sampled"]


def check_book(desk: Desk, workers: list[Worker], scanned: list[str]) -> None:
    """The book has each line once, and its tables say what was done."""
    plan = [step for worker in workers for step in worker.plan]
    people = sorted(code for kind, code in plan if kind == "person.sampled")
    tubes = sorted(code for kind, code in plan if kind == "tube.opened")
    found: list[Any] = desk.inside("query", "SELECT person FROM sampling_sample ORDER BY person")
    assert [person for (person,) in found] == sorted(scanned)
    assert sorted(set(scanned)) == people
    rows = "SELECT tube, people, counted, held, state FROM sampling_tube ORDER BY tube"
    assert desk.inside("query", rows) == [[tube, 10, 10, 0, "closed"] for tube in tubes]
    doors = "SELECT SUM(done), SUM(held) FROM rounds_door"
    assert desk.inside("query", doors) == [[len(people), 0]]
    told = desk.installation.ask("count")
    assert told["sampled"] == told["bound"] == len(scanned)
    assert told["counted"] == told["done"] == len(people)
    assert (told["held"], told["findings"]) == (0, 0)


def test_a_line_that_a_going_page_has_kept_is_seen(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.enrol(desk.make_code())
    phone.run("app.go('sampling-table');")
    phone.page.wait_for_selector(".tube")
    *_, first, other, last = desk.world["people"]
    tube = codes.make("GC", 9_999)
    for kept, code in enumerate([tube, first], 1):
        scan(phone, code)
        wait_kept(phone, kept)
    phone.run(  # as a page does whose last write comes to the disk when the next one has read it
        """const { Outbox } = await import("/static/field/outbox.js");
        const { n, answer, codes, ...said } = phone.entries()[1];
        const before = await Outbox.open(app.base);
        await before.append({ ...said, id: crypto.randomUUID(), person: given });""",
        other,
    )
    scan(phone, last)
    wait_kept(phone, 4)
    phone.page.wait_for_selector(".tube__count:has-text('3/10')")
    people = phone.run("return phone.entries().map((entry) => entry.person ?? null);")
    assert people == [None, first, other, last]
    phone.wait_sent()
    assert desk.count_lines(phone.device) == (4, 4)
