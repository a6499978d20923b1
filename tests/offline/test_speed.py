"""A scan costs the same however many came before it: what a phone does for one is counted, at the
beginning of a long row of them and at its end. The disk, the screen and the rules; no time is
measured here (`doorstep bench phone` measures it).
"""

from collections.abc import Callable

from doorstep.bench import phone as table
from tests.offline.conftest import Desk, Handset

MakePhone = Callable[..., Handset]
PEOPLE = 240
ESTATE = (1, PEOPLE)
PART = 60  # steps of the plan, five tubes, at the beginning and at the end that are compared
# Counts what the page does: transactions on its disk and what is asked of them, elements made and
# elements put into the page.
COUNT = """
window.counted = { transactions: 0, requests: 0, made: 0, placed: 0 };
const count = (on, names, what) => {
  for (const name of names) {
    const real = on[name];
    on[name] = function (...given) {
      window.counted[what] += 1;
      return real.apply(this, given);
    };
  }
};
count(IDBDatabase.prototype, ["transaction"], "transactions");
count(IDBObjectStore.prototype, ["add", "put", "get", "getAll", "delete", "clear"], "requests");
count(Document.prototype, ["createElement"], "made");
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) window.counted.placed += addedNodes.length;
}).observe(document, { childList: true, subtree: true });
"""


def test_the_last_scan_does_no_more_than_the_first(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.page.add_init_script(COUNT)
    phone.enrol(desk.make_code())
    phone.run("await until(() => phone.snapshot.people.size > 0); app.go('sampling-table');")
    phone.page.wait_for_selector(".tube")
    # what the clock makes the app do is not a scan's: no push, no pull, no look at the time
    phone.run(
        """app.pusher.stop();
        app.look = () => {};
        const real = phone.outbox.wordOn;
        window.counted.words = 0;
        phone.outbox.wordOn = function (n) {
          window.counted.words += 1;
          return real.call(this, n);
        };"""
    )
    plan = table.make_plan(desk.world["people"], 1)

    def work_until(step: int) -> dict[str, int]:
        """What is counted until so many steps of the plan are done."""
        before = phone.page.evaluate("window.counted")
        phone.page.evaluate(table.WORK, {"plan": plan[:step], "pause": 0})
        after = phone.page.evaluate("window.counted")
        return {name: after[name] - before[name] for name in after}

    work_until(PART)
    first = work_until(2 * PART)
    work_until(len(plan) - PART)
    last = work_until(len(plan))
    print(f"in {PART} steps: {first} at first, {last} at last")
    assert first == last
    assert first["transactions"] == PART  # one for each step, which is one entry
