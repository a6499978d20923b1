"""`doorstep bench phone`: how long it takes from a scan to "kept" at a sampling table, in a real
browser that is slowed down to a cheap phone's pace, with a large estate on it. The scans are the
app's own events; all else is the app. Refuses to count a scan that is not on the phone's disk.
"""

import os
import statistics
import tempfile
from collections.abc import Sequence
from typing import Any, NamedTuple

from doorstep.bench import machine, server
from doorstep.kit import codes

TUBE = 10  # people in a tube
PIN = "204816"
PART = 200  # scans at the beginning and at the end that are told by themselves
PAUSE = 30  # ms between two scans: nobody is quicker
Step = tuple[str, str]  # the entry's kind; the person, or else the tube

# Works a table's screen by a plan: each step is one entry, and those that the phone has are done.
# Returns the ms each person took, from the scan until it was on disk and shown.
WORK = """
async ({ plan, pause, hour }) => {
  const { app } = await import("/static/field/app.js");
  const { phone } = app;
  const rest = () => new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(null);
  });
  const until = async (is) => {
    for (const end = performance.now() + 60_000; !is(); await rest()) {
      if (performance.now() > end) throw new Error(`not in time: ${is}`);
    }
  };
  const press = async (selector) => {
    const find = () => [...document.querySelectorAll(selector)].at(-1);
    await until(find);
    find().click();
  };
  const waits = [];
  const has = ([kind, code]) => phone.entries().some(
    (entry) => entry.kind === kind && (entry.person ?? entry.tube) === code);
  for (let at = plan.findIndex((step) => !has(step)); plan[at]; at += 1) {
    const [kind, code] = plan[at];
    if (hour) window.shifted = hour * (at / (plan.length - 1) - 1);
    const before = phone.entries().length;
    const begun = performance.now();
    if (kind === "tube.closed") {
      await press(".tube .actions .button");
      await press("[role=dialog] .button--primary");
    } else {
      document.dispatchEvent(new CustomEvent("scan", { detail: { code, target: null } }));
    }
    await until(() => phone.entries().length > before);
    if (kind === "person.sampled") waits.push(performance.now() - begun);
    await new Promise((done) => setTimeout(done, pause));
  }
  return waits;
}"""


class Asked(NamedTuple):
    """What is to be measured: the browser's path, people on the phone, people scanned, and how many
    times slower than this machine the phone is.
    """

    browser: str
    people: int = 12_000
    scans: int = 1_000
    slower: int = 4


def make_plan(people: Sequence[str], first: int) -> list[Step]:
    """A table's work: tubes opened, filled with these people, closed. Tubes are numbered from
    `first`.
    """
    plan: list[Step] = []
    for start in range(0, len(people), TUBE):
        members = people[start : start + TUBE]
        tube = codes.make("GC", first + start // TUBE)
        plan.append(("tube.opened", tube))
        plan += [("person.sampled", person) for person in members]
        plan.append(("tube.closed", tube))
    return plan


def measure(asked: Asked) -> dict[str, Any]:
    """Enrol a phone, work its table, and report milliseconds.

    Raises:
        RuntimeError: the server did not start, or filling failed.
        playwright.sync_api.Error: the app did not do what it was asked.
    """
    with server.Installation("sqlite") as installation, tempfile.TemporaryDirectory() as profile:
        world = installation.ask("fill", "1", "1", str(asked.people))
        installation.start()
        plan = make_plan(world["people"][: asked.scans], 1)
        address = f"http://127.0.0.1:{installation.port}/field/#enrol={world['codes'][0]}"
        waits = _work(asked, profile, address, plan)
    return {
        **_figures(waits),
        "first": _figures(waits[:PART]),
        "last": _figures(waits[-PART:]),
        "slowest_ms": round(max(waits), 1),
        "scans": len(waits),
        "people": asked.people,
        "slower": asked.slower,
        "cpus": os.cpu_count(),
        "machine": machine.describe(),
    }


def _work(asked: Asked, profile: str, address: str, plan: list[Step]) -> list[float]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=asked.browser, args=["--no-sandbox"]
        )
        page = context.pages[0]
        page.goto(address)
        page.locator(".people .button").first.click()
        for _ in range(2):
            page.wait_for_selector(".pin__dot--full", state="detached")
            for digit in PIN:
                page.locator(".pin__key", has_text=digit).click()
        page.wait_for_selector(".view--home")
        page.goto(f"{address.partition('#')[0]}#sampling-table")
        page.wait_for_selector(".tube")
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": asked.slower})
        waits: list[float] = page.evaluate(WORK, {"plan": plan, "pause": PAUSE})
        context.close()
    return waits


def _figures(waits: list[float]) -> dict[str, float]:
    return {
        "median_ms": round(statistics.median(waits), 1),
        "p95_ms": round(machine.percentile(waits, 0.95), 1),
    }
