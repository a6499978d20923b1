"""A sampling table worked on a phone as people work it: a scanner gun, keys and taps; half of it
with no net; then the server's tubes, box, round and doors agree with what was done.
"""

from collections.abc import Callable
from typing import Any

from doorstep.kit import codes
from tests.offline.conftest import PIN, Desk, Handset

MakePhone = Callable[..., Handset]
PEOPLE = 230
ESTATE = (4, PEOPLE + 70)  # devices, people
SIZE = 10


def scan(phone: Handset, code: str) -> None:
    """What a camera or a gun has read, as the page hears of it."""
    phone.page.evaluate(
        """code => document.dispatchEvent(
          new CustomEvent("scan", {detail: {code, target: null}}))""",
        code,
    )


def shoot(phone: Handset, code: str) -> None:
    """A scanner gun types a code, a key each 20 ms, with CapsLock on and a Chinese input method
    that takes every letter for itself: what a key is called is of no use then, only where it is.
    The system stamps a key when it was struck, however late a busy page hears of it.
    """
    phone.page.evaluate(
        """async (code) => {
          const pause = () => new Promise((done) => setTimeout(done, 20));
          let struck = performance.now();
          const press = (target, type, facts) => target.dispatchEvent(Object.defineProperty(
            new KeyboardEvent(type, facts), "timeStamp", {value: struck}));
          for (const character of [...code.toUpperCase(), "Enter"]) {
            const name = character === "Enter" ? "Enter" : character === "-" ? "Minus"
              : /\\d/.test(character) ? `Digit${character}` : `Key${character}`;
            const key = /[A-Z]$/.test(name) && name !== "Enter" ? "Process" : character;
            const facts = {code: name, key, isComposing: key === "Process", bubbles: true,
              cancelable: true};
            const target = document.activeElement ?? document.body;
            press(target, "keydown", facts);
            press(target, "keyup", facts);
            struck += 20;
            await pause();
          }
        }""",
        code,
    )


def wait_kept(phone: Handset, count: int) -> None:
    """Until so many entries of this shift are on the phone's disk, and the screen is at rest."""
    phone.run(
        """await until(() => phone.entries().length >= given);
        await (await import("/static/field/press.js")).untilUp();
        await new Promise(requestAnimationFrame);""",
        count,
    )


def work_at(phone: Handset, desk: Desk) -> list[str]:
    """At the table's screen; the people who are due in its round."""
    phone.enrol(desk.make_code())
    phone.page.click("text=Sampling table")
    phone.page.wait_for_selector(".tube")
    people: list[str] = phone.run("return [...phone.snapshot.people.keys()];")
    return people


def tube_code(number: int) -> str:
    return codes.make("GC", number)


def test_a_whole_table_half_of_it_without_a_net(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = lambda text: "ERR_INTERNET_DISCONNECTED" in text
    people = work_at(phone, desk)[:PEOPLE]
    device, kept = phone.device, 0
    tubes = [tube_code(1_000 + n) for n in range(PEOPLE // SIZE)]
    for at, tube in enumerate(tubes):
        if at == len(tubes) // 3:
            phone.context.set_offline(True)
        if at == len(tubes) * 5 // 6:
            phone.context.set_offline(False)
        (shoot if at % 8 == 0 else scan)(phone, tube)
        wait_kept(phone, kept := kept + 1)
        for person in people[at * SIZE : (at + 1) * SIZE]:
            (shoot if person == people[at * SIZE] and at % 8 == 0 else scan)(phone, person)
            wait_kept(phone, kept := kept + 1)
        phone.page.wait_for_selector(f".tube__count:has-text('{SIZE}/{SIZE}')")
        phone.page.click(".tube >> text=Close the tube")
        phone.page.click("[role=dialog] >> text=Close the tube")
        wait_kept(phone, kept := kept + 1)
    phone.page.click("text=Pack a box")
    for tube in tubes:
        scan(phone, tube)
    scan(phone, "BOX0001")
    scan(phone, "SEAL77")
    phone.page.click("text=Seal the box")
    wait_kept(phone, kept := kept + 1)
    assert kept == PEOPLE + 2 * len(tubes) + 1
    phone.wait_sent()
    assert desk.count_lines(device) == (kept, kept)
    asked = "', '".join(tubes)
    rows = desk.inside(
        "query",
        f"SELECT people, counted, held, state FROM sampling_tube WHERE tube IN ('{asked}')",
    )
    assert rows == [[SIZE, SIZE, 0, "boxed"]] * len(tubes)
    box = "SELECT seal, count, balanced FROM sampling_box WHERE box = 'BOX0001'"
    assert [row[:2] for row in desk.inside("query", box)] == [["SEAL77", len(tubes)]]
    # the door wall is drawn from these rows
    done = desk.inside("query", "SELECT SUM(done), SUM(held) FROM rounds_door")
    assert done == [[PEOPLE, 0]]


def test_what_is_odd_is_asked_and_kept_and_can_be_taken_back(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    people = work_at(phone, desk)[PEOPLE:]
    first, second = tube_code(2_001), tube_code(2_002)
    scan(phone, people[0])
    phone.page.wait_for_selector("text=Scan a tube first")
    scan(phone, first)
    wait_kept(phone, 1)
    scan(phone, people[0])
    wait_kept(phone, 2)
    scan(phone, people[0])  # the same person once more: said, and not kept twice
    phone.page.wait_for_selector("text=in this tube already")
    scan(phone, second)
    phone.page.click("[role=dialog] >> text=Close the tube")
    wait_kept(phone, 4)
    scan(phone, people[0])  # and into another tube: asked
    phone.page.wait_for_selector("[role=alertdialog]")
    scan(phone, people[1])  # scanned while the question is open: it waits its turn
    phone.page.click("[role=alertdialog] >> text=No")
    wait_kept(phone, 5)
    assert phone.page.locator(".tube__person").count() == 1
    scan(phone, people[0])
    phone.page.click("[role=alertdialog] .button--primary")
    wait_kept(phone, 6)
    assert phone.page.locator(".tube__person--odd").count() == 1
    phone.page.locator(".tube__person--odd >> text=Take back").click()
    wait_kept(phone, 7)
    phone.page.reload()
    phone.page.locator(".people .button").first.click()
    phone.type_pin(PIN)
    phone.page.wait_for_selector(".tube__person")  # as it was, from the phone's own lines
    assert phone.page.locator(".tube__person").count() == 1
    phone.wait_sent()
    kinds = phone.run("return phone.entries().map((entry) => entry.kind);")
    assert kinds.count("person.unsampled") == 1 and kinds.count("person.sampled") == 3
    where = f"tube IN ('{first}', '{second}') ORDER BY tube"
    assert desk.inside("query", f"SELECT people, held FROM sampling_tube WHERE {where}") == [
        [1, 0],
        [1, 0],
    ]


def test_somebody_is_found_by_the_door(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    people = work_at(phone, desk)
    scan(phone, tube_code(3_001))
    wait_kept(phone, 1)
    person = people[-1]
    label: Any = phone.run(
        "const [, door] = phone.snapshot.people.get(given); return phone.snapshot.doors.get(door);",
        person,
    )
    phone.page.fill("#said", label)
    phone.page.locator(".offer__person").first.click()
    wait_kept(phone, 2)
    [entry] = phone.run("return phone.entries().filter((e) => e.kind === 'person.sampled');")
    assert entry["how"] == "list" and entry["by"] == desk.by


def test_a_box_on_its_way(desk: Desk, make_phone: MakePhone) -> None:
    table, courier, laboratory = (make_phone(name) for name in ("table", "courier", "laboratory"))
    people = work_at(table, desk)
    tube = tube_code(4_001)
    scan(table, tube)
    scan(table, people[-2])
    wait_kept(table, 2)
    table.page.click(".tube >> text=Close the tube")
    table.page.click("[role=dialog] >> text=Close the tube")
    wait_kept(table, 3)
    table.page.click("text=Pack a box")
    table.page.click("text=All 1")
    table.page.fill("#box", "BOX0002")
    table.page.fill("#seal", "SEAL88")
    table.page.click("text=Seal the box")
    wait_kept(table, 4)
    table.wait_sent()
    courier.enrol(desk.make_code(role="courier"))
    courier.page.click("text=Boxes")
    courier.page.wait_for_selector("#seal")
    for code in ("BOX0002", "SEAL99"):  # the seal that is read is not the one that was put on
        scan(courier, code)
    courier.page.fill("#count", "1")
    courier.page.click("text=Take the box")
    wait_kept(courier, 1)
    courier.page.wait_for_selector("text=Boxes with you: 1. Tubes in them: 1.")
    courier.wait_sent()
    courier.page.wait_for_selector(".tick small")  # what the server says of it, beside the box
    courier.page.click(".tick")
    scan(courier, f"doorstep-badge:1:{desk.by}:Chen*")
    courier.page.click("[role=alertdialog] .button--primary")
    wait_kept(courier, 2)
    courier.page.wait_for_selector("text=You carry no box.")
    laboratory.enrol(desk.make_code(role="laboratory"))
    laboratory.page.click("text=Reception")
    laboratory.page.wait_for_selector("#code")
    scan(laboratory, "BOX0002")
    laboratory.page.fill("#count", "1")
    laboratory.page.click("text=Receive the box")
    wait_kept(laboratory, 1)
    laboratory.page.click("text=Refuse a tube")
    scan(laboratory, tube)
    laboratory.page.locator("details[open] >> text=Leaking").click()
    laboratory.page.click("[role=alertdialog] .button--primary")
    wait_kept(laboratory, 2)
    for phone in (courier, laboratory):
        phone.wait_sent()
    rows = desk.inside("query", "SELECT state, balanced FROM sampling_box WHERE box = 'BOX0002'")
    assert [(state, bool(balanced)) for state, balanced in rows] == [("received", False)]
    state = f"SELECT state FROM sampling_tube WHERE tube = '{tube}'"
    assert desk.inside("query", state) == [["refused"]]


def test_somebody_at_home_and_somebody_who_says_no(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    people = work_at(phone, desk)
    round_ = desk.world["rounds"][0]
    phone.run(  # as the server marks those who wait at home
        """for (const id of given.people) {
          phone.snapshot.due.get(given.round).set(id, ["due", true]);
        }""",
        {"people": people[-5:-3], "round": round_},
    )
    phone.run("app.go('sampling-walk');")
    phone.page.wait_for_selector("text=People waiting at home: 2.")
    scan(phone, tube_code(5_001))
    wait_kept(phone, 1)
    phone.page.locator(".walk__person >> text=Says no").first.click()
    phone.page.click("[role=alertdialog] .button--primary")
    wait_kept(phone, 2)
    phone.page.locator(".walk__person .button").first.click()
    wait_kept(phone, 3)
    phone.page.wait_for_selector("text=Nobody waits at home any more.")
    kinds = phone.run("return phone.entries().map((entry) => entry.kind);")
    assert kinds == ["tube.opened", "subject.refused", "person.sampled"]


def test_a_gun_that_reads_a_badge_on_the_keypad_tries_no_pin(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    phone.enrol(desk.make_code())
    phone.page.click(".bar__who")
    phone.page.locator(".people .button").first.click()
    phone.page.wait_for_selector(".pin")
    shoot(phone, "908172")  # six digits at once, as of a tube of another make
    phone.page.wait_for_timeout(200)
    assert phone.page.locator(".pin__dot--full").count() == 0
    assert phone.page.locator(".pin__said").inner_text() == ""
    phone.page.evaluate(  # fingers on a keyboard; of the first ones a busy page hears at once
        """digits => [...digits].forEach((key, at) => document.body.dispatchEvent(
          Object.defineProperty(new KeyboardEvent("keydown", {key, bubbles: true}),
            "timeStamp", {value: performance.now() - 150 + 60 * at})))""",
        PIN[:3],
    )
    phone.page.wait_for_timeout(120)
    for digit in PIN[3:]:
        phone.page.keyboard.press(digit)
        phone.page.wait_for_timeout(120)
    phone.page.wait_for_selector(".view--home")
