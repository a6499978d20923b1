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
from tests.offline.conftest import PIN, Desk, Handset

MakePhone = Callable[..., Handset]
IS_LONG = "DOORSTEP_SOAK" in os.environ
PEOPLE = 2_000 if IS_LONG else 60  # scanned at each table
ESTATE = (2, 10_000 if IS_LONG else 2 * PEOPLE)
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
BEGIN = f"window.working = ({table.WORK})(given);"
PAUSE = 0 if IS_LONG else 50  # ms between two scans: the work is not over before the faults
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

    def begin(self) -> None:
        """Work on from where the phone is, without waiting for it."""
        self.phone.run(BEGIN, {"plan": self.plan, "pause": PAUSE, "hour": HOUR})

    def work_until(self, share: float) -> None:
        """Work until so much of the plan is done, and on."""
        self.begin()
        await_true(self.phone, f"phone.entries().length >= {int(len(self.plan) * share)}")
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
        worker.begin()
    for worker in workers:
        worker.finish()
    assert [desk.count_lines(worker.device) for worker in workers] == [(0, 0), (0, 0)]
    begun = time.monotonic()
    for phone in phones:
        phone.context.set_offline(False)
    for phone in phones:  # nobody presses anything: it goes by itself
        await_true(phone, "phone.outbox.answered.through === phone.outbox.last.n")
    print(f"{time.monotonic() - begun:.1f} s from the net to the last acknowledgement")
    for worker in workers:
        check_phone(worker)
    check_book(desk, workers)


def await_true(phone: Handset, is_so: str) -> None:
    """Until something is so on a phone that works meanwhile."""
    until = time.monotonic() + PATIENCE
    while not phone.run(f"return {is_so};"):
        assert time.monotonic() < until, is_so
        time.sleep(0.05)


def check_phone(worker: Worker) -> None:
    """The phone has each step of the plan once, in its order, over a whole hour, and knows that
    all of it has arrived.
    """
    entries = worker.phone.run("return phone.entries();")
    kinds = {"tube": "tube.opened", "person": "person.sampled", "close": "tube.closed"}
    assert [entry["kind"] for entry in entries] == [kinds[what] for what, _ in worker.plan]
    assert {entry["answer"] for entry in entries} == {"kept"}
    assert {tuple(entry["codes"]) for entry in entries} == {()}
    assert entries[0]["at"][:13] != entries[-1]["at"][:13]  # another hour of the day
    worker.phone.go("#receipt")
    counters = worker.phone.page.locator(".counters dd").all_inner_texts()
    assert counters == [f"{len(worker.plan):,}", f"{len(worker.plan):,}", "0"]


def check_book(desk: Desk, workers: list[Worker]) -> None:
    """The book has each line once, and its tables say what was done."""
    for worker in workers:
        assert desk.count_lines(worker.device) == (len(worker.plan), len(worker.plan))
    sampled = sorted(code for worker in workers for what, code in worker.plan if what == "person")
    tubes = sorted(code for worker in workers for what, code in worker.plan if what == "tube")
    found: list[Any] = desk.inside("query", "SELECT person FROM sampling_sample ORDER BY person")
    assert [person for (person,) in found] == sampled
    rows = "SELECT tube, people, counted, held, state FROM sampling_tube ORDER BY tube"
    assert desk.inside("query", rows) == [[tube, 10, 10, 0, "closed"] for tube in tubes]
    doors = "SELECT SUM(done), SUM(held) FROM rounds_door"
    assert desk.inside("query", doors) == [[len(sampled), 0]]
    told = desk.installation.ask("count")
    people = len(sampled)
    assert (told["sampled"], told["bound"], told["counted"], told["done"]) == (people,) * 4
    assert (told["held"], told["findings"]) == (0, 0)
