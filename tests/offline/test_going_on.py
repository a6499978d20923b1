"""The phone never refuses to keep: not when its lists are gone at the end of a shift, not when its
clock leaps a day ahead without a net, not when the desk closes the round under an open tube.
"""

import json
from collections.abc import Callable

from tests.offline.conftest import PIN, Desk, Handset
from tests.offline.test_sampling import scan, tube_code, wait_kept, work_at

MakePhone = Callable[..., Handset]
ESTATE = (4, 60)
DAY = 86_400_000  # ms
# the page's clock, as many ms ahead as are noted in the browser
CLOCK = """
const Real = Date;
const ahead = () => Number(localStorage.getItem("ahead") ?? 0);
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + ahead());
  }
  static now() { return Real.now() + ahead(); }
};
"""


def is_net_error(text: str) -> bool:
    return "ERR_INTERNET_DISCONNECTED" in text


def unlock(phone: Handset) -> None:
    phone.page.locator(".people .button").first.click()
    phone.type_pin(PIN)


def close_tube(phone: Handset, kept: int) -> None:
    phone.page.click(".tube >> text=Close the tube")
    phone.page.click("[role=dialog] >> text=Close the tube")
    wait_kept(phone, kept)


def pack(phone: Handset, tube: str, box: str, kept: int) -> None:
    phone.page.click("text=Pack a box")
    for code in (tube, box, f"SEAL{box}"):
        scan(phone, code)
    phone.page.click("text=Seal the box")
    wait_kept(phone, kept)


def read_tube(desk: Desk, tube: str) -> list[object]:
    asked = f"SELECT people, counted, held, state FROM sampling_tube WHERE tube = '{tube}'"
    [row] = desk.inside("query", asked)
    return list(row)


def test_a_round_that_the_desk_closes_under_an_open_tube(desk: Desk, make_phone: MakePhone) -> None:
    """First in this file: the desk cannot close a round of which it knows a tube that waits."""
    phone = make_phone()
    people, tube, other = work_at(phone, desk), tube_code(7_021), tube_code(7_022)
    [round_] = desk.world["rounds"]
    phone.run("app.pusher.stop();")
    scan(phone, tube)
    scan(phone, people[4])
    wait_kept(phone, 2)
    close_round(desk, round_)
    phone.pull("[...phone.rounds.values()].every(({state}) => state === 'closed')")
    phone.page.wait_for_selector("text=The desk has closed this round. Close your tubes")
    close_tube(phone, 3)
    scan(phone, other)  # asked, and kept
    phone.page.click("[role=alertdialog] .button--primary")
    wait_kept(phone, 4)
    scan(phone, people[5])
    wait_kept(phone, 5)
    close_tube(phone, 6)
    pack(phone, tube, "BOX7021", 7)
    phone.run("app.pusher.run();")
    phone.wait_sent()
    assert read_tube(desk, tube) == [1, 1, 0, "boxed"]
    assert read_tube(desk, other) == [1, 1, 0, "closed"]


def test_after_the_end_of_the_shift_without_a_net(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = is_net_error
    people, tube = work_at(phone, desk), tube_code(7_001)
    # the round is open again: what came late belied its counts
    phone.pull("[...phone.rounds.values()].some(({state}) => state !== 'closed')")
    phone.context.set_offline(True)
    scan(phone, tube)
    scan(phone, people[0])
    wait_kept(phone, 2)
    phone.run("await phone.shift.end(false);")
    unlock(phone)
    phone.page.wait_for_selector(".tube__count:has-text('1/10')")
    assert phone.run("return phone.snapshot.people.size;") == 0
    scan(phone, people[1])  # a name that is on no list any more
    phone.page.click("text=Sample this code all the same")
    wait_kept(phone, 3)
    close_tube(phone, 4)
    pack(phone, tube, "BOX7001", 5)
    phone.go("#home")
    phone.page.wait_for_selector(".view--home .rows .row")
    assert desk.world["rounds"] and phone.page.locator(".rows .row").count() == 1
    phone.context.set_offline(False)
    phone.wait_sent()
    assert read_tube(desk, tube) == [2, 2, 0, "boxed"]


def test_a_clock_that_leaps_a_day_ahead_without_a_net(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = is_net_error
    phone.page.add_init_script(CLOCK)
    people, tube = work_at(phone, desk), tube_code(7_011)
    scan(phone, tube)
    scan(phone, people[2])
    wait_kept(phone, 2)
    phone.wait_sent()
    phone.run("await until(() => navigator.serviceWorker.controller !== null);")
    phone.context.set_offline(True)
    phone.run("localStorage.setItem('ahead', given);", DAY)
    phone.page.reload()
    unlock(phone)
    # the lists are over by that clock; tube and round are not
    phone.page.wait_for_selector(".tube__count:has-text('1/10')")
    assert phone.run("return phone.snapshot.people.size;") == 0
    scan(phone, people[3])
    phone.page.click("text=Sample this code all the same")
    wait_kept(phone, 3)
    phone.page.reload()
    unlock(phone)
    phone.page.wait_for_selector(".tube__count:has-text('2/10')")
    close_tube(phone, 4)
    pack(phone, tube, "BOX7011", 5)
    phone.context.set_offline(False)
    phone.wait_sent()
    phone.page.reload()
    unlock(phone)
    phone.run("await until(() => phone.entries().length === 5);")
    assert read_tube(desk, tube) == [2, 2, 0, "boxed"]


def close_round(desk: Desk, round_: str) -> None:
    """As an officer closes it, with the counts that it has."""
    states = desk.inside(
        "query",
        f"SELECT state, COUNT(*) FROM rounds_subject WHERE round = '{round_}' GROUP BY state",
    )
    counts = dict(states)
    said = {"kind": "round.closed", "round": round_, "due": sum(counts.values()),
            "done": counts.get("done", 0), "excused": 0, "refused": 0,
            "missed": counts.get("due", 0)}  # fmt: skip
    desk.inside("act", desk.by, json.dumps(said))
    [[state]] = desk.inside("query", f"SELECT state FROM rounds_round WHERE id = '{round_}'")
    assert state == "closed"


def test_a_code_that_the_lists_lack_is_sampled_all_the_same(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    work_at(phone, desk)
    stranger, tube = "0190a0a0-0000-7000-8000-00000000beef", tube_code(7_031)
    scan(phone, stranger)
    phone.page.click("text=Sample this code all the same")  # no tube yet: said, and still offered
    phone.page.wait_for_selector("text=Scan a tube first.")
    scan(phone, tube)
    wait_kept(phone, 1)
    scan(phone, f"https://code.example/p/{stranger}?t=1")
    phone.page.click("text=Sample this code all the same")
    wait_kept(phone, 2)
    phone.page.wait_for_selector(".tube__person >> text=Code …beef")
    assert phone.page.locator("[role=alertdialog]").count() == 0  # it was said once
    phone.wait_sent()
    held = f"SELECT person, state FROM sampling_sample WHERE tube = '{tube}'"
    assert desk.inside("query", held) == [[stranger, "held"]]
    assert phone.run("return phone.entries().at(-1).codes;") == ["PERSON_UNKNOWN"]
    scan(phone, f"doorstep-badge:1:{desk.by}:Chen*")
    phone.page.wait_for_selector("text=This is a badge.")


def test_a_box_is_packed_while_people_come_and_a_reload_takes_no_tick(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    people, here, there = work_at(phone, desk), tube_code(7_903), tube_code(7_904)
    elsewhere, packed = tube_code(7_901), tube_code(7_902)
    roll = {"kind": "tubes.issued", "round": desk.world["rounds"][0], "table": desk.places[0],
            "first": tube_code(7_900), "last": tube_code(7_909)}  # fmt: skip
    desk.inside("act", desk.by, json.dumps(roll))
    phone.pull("phone.rolls.length === 1")
    scan(phone, packed)
    scan(phone, people[6])
    wait_kept(phone, 2)
    close_tube(phone, 3)
    scan(phone, here)
    scan(phone, people[7])
    wait_kept(phone, 5)
    phone.page.click("text=Pack a box")
    scan(phone, packed)
    scan(phone, people[8])  # somebody comes meanwhile: into the open tube, and the form stays
    wait_kept(phone, 6)
    phone.page.wait_for_selector("#seal")
    scan(phone, elsewhere)  # of this table's roll, closed with another phone: a tube, not a box
    phone.page.wait_for_selector(".word__text--taken >> text=It was not closed with this phone.")
    scan(phone, "BOX7041")
    phone.page.wait_for_selector(".word__text--taken >> text=Box BOX7041")
    phone.page.reload()
    unlock(phone)
    phone.page.wait_for_selector("#seal")  # the form again, with all that was in it
    assert phone.page.locator(".tick[aria-pressed=true]").count() == 2
    assert phone.page.input_value("#box") == "BOX7041"
    assert phone.run("return phone.entries().filter((e) => e.kind === 'box.sealed').length;") == 0
    scan(phone, "SEAL7041")
    phone.page.click("text=Seal the box")
    wait_kept(phone, 7)
    [box] = phone.run("return phone.entries().filter((e) => e.kind === 'box.sealed');")
    assert (sorted(box["tubes"]), box["box"], box["count"]) == ([elsewhere, packed], "BOX7041", 2)
    assert phone.page.locator("#seal").count() == 0
    assert there not in box["tubes"]


def test_a_tap_counts_though_the_screen_changes_under_it(desk: Desk, make_phone: MakePhone) -> None:
    """The server's answer comes while the finger is on the button; the events of a finger, for how
    long a real one rests on a busy machine nobody can say.
    """
    phone = make_phone()
    people, tube = work_at(phone, desk), tube_code(7_904)
    scan(phone, tube)
    scan(phone, people[12])
    wait_kept(phone, 2)
    phone.page.wait_for_selector(".tube__count:has-text('1/10')")
    phone.wait_sent()
    seen = phone.run(
        """const change = async () => {
          phone.outbox.tell();
          await new Promise((done) => setTimeout(done, 30));
        };
        const find = () => [...document.querySelectorAll(".tube .button")].at(-1);
        const press = (button, type) =>
          button.dispatchEvent(new PointerEvent(type, {bubbles: true}));
        const first = find();
        await change();
        const untouched = first.isConnected;
        const button = find();
        press(button, "pointerdown");
        await change();
        press(button, "pointerup");
        await change();
        const touched = button.isConnected;
        button.click();
        return [untouched, touched];"""
    )
    assert seen == [False, True]
    phone.page.click("[role=dialog] >> text=Close the tube")
    wait_kept(phone, 3)
    phone.page.wait_for_selector("text=No tube is open.")  # what was held back is drawn
    phone.wait_sent()
    assert read_tube(desk, tube) == [1, 1, 0, "closed"]


def test_a_tap_while_a_swab_is_being_kept_comes_after_it(desk: Desk, make_phone: MakePhone) -> None:
    """A finger is quicker than a slow phone's disk."""
    phone = make_phone()
    people, tube = work_at(phone, desk), tube_code(7_908)
    scan(phone, tube)
    scan(phone, people[13])
    wait_kept(phone, 2)
    phone.run(
        """const buttons = [...document.querySelectorAll(".tube .button")];
        document.dispatchEvent(new CustomEvent("scan", {detail: {code: given}}));
        buttons.at(0).click(); /* Take back, and once more */
        buttons.at(0).click();
        buttons.at(-1).click(); /* Close the tube */""",
        people[14],
    )
    phone.page.click("[role=dialog] >> text=Close the tube")
    wait_kept(phone, 5)
    kinds = [each["kind"] for each in phone.run("return phone.entries();")]
    assert kinds[2:] == ["person.sampled", "person.unsampled", "tube.closed"]
    phone.wait_sent()
    assert read_tube(desk, tube) == [1, 1, 0, "closed"]


def test_a_closed_tube_is_opened_again_and_a_swab_of_it_taken_back(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    people, tube, next_ = work_at(phone, desk), tube_code(7_905), tube_code(7_906)
    scan(phone, tube)
    scan(phone, people[10])
    wait_kept(phone, 2)
    close_tube(phone, 3)
    scan(phone, tube)
    phone.page.click("[role=alertdialog] .button--primary")
    wait_kept(phone, 4)
    phone.page.wait_for_selector(f".tube__code:has-text('{tube}')")
    scan(phone, people[11])  # asked when it was opened, not for each person
    wait_kept(phone, 5)
    phone.page.wait_for_selector(".tube__count:has-text('2/10')")
    close_tube(phone, 6)
    scan(phone, next_)
    wait_kept(phone, 7)
    phone.page.fill("#said", tube_code(7_907))
    phone.page.click(".past > summary >> text=Closed tubes: 1")
    phone.page.locator(".past .past summary").click()
    phone.page.locator(".past .tube__person >> text=Take back").first.click()
    phone.page.wait_for_selector("[role=alertdialog]")
    phone.page.press("#said", "Enter")  # a tube typed while the question is open comes after it
    phone.page.click("[role=alertdialog] .button--primary")
    wait_kept(phone, 9)
    phone.wait_sent()
    assert read_tube(desk, tube) == [1, 2, 0, "closed"]
    [*_, back, opened] = phone.run("return phone.entries();")
    assert (back["kind"], opened["kind"], opened["tube"]) == (
        "person.unsampled", "tube.opened", tube_code(7_907),
    )  # fmt: skip
