"""Somebody on no list, added at the phone: with no net, in seconds, into the open tube; what was
noted waits sealed beside the line, through reload, crash, refusals and a revoked phone, goes once
its line has gone, and then the person stands on the roster as if a desk had noted it.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from doorstep.kit import codes, documents
from tests.offline.conftest import PIN, Desk, Handset

MakePhone = Callable[..., Handset]
ESTATE = (4, 300)  # devices, people
NAME, PHONE = "欧阳小满", "13900139000"
TUBES = iter(range(1, 1_000))
NUMBERS = iter(range(1, 1_000))
SIGNED_IN = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
import django
django.setup()
from django.test import Client
from doorstep.bench import inside
from doorstep.registry import models
by, *paths = sys.argv[1:]
officer, _ = models.Staff.objects.get_or_create(
    id=by, defaults={"name": "陈值班", "account": "chen", "password": "!"})
top = models.Place.objects.get(kind="subdistrict")
if not models.Role.objects.filter(staff=by).exists():
    models.Role.objects.create(staff=by, role="duty_officer", place=top.id)
name, _, value = inside._sign_in(officer).partition("=")
client = Client()
client.cookies[name] = value
shown = [client.get(path, HTTP_HOST="127.0.0.1").content.decode() for path in paths]
print(json.dumps([value, *shown]))
"""


def show(desk: Desk, *paths: str) -> list[str]:
    """A duty officer's session, then each of these pages as the server shows them."""
    done = subprocess.run(
        [sys.executable, "-c", SIGNED_IN, desk.by, *paths],
        env=desk.installation.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def number() -> str:
    """A valid identity number that nobody can have, another one each time."""
    digits = f"10000119900101{next(NUMBERS):03}"
    return digits + documents.check_character(digits)


def scan(phone: Handset, code: str) -> None:
    phone.page.evaluate(
        """code => document.dispatchEvent(
          new CustomEvent("scan", {detail: {code, target: null}}))""",
        code,
    )


def wait_kept(phone: Handset, count: int) -> None:
    phone.run(
        """await until(() => phone.entries().length >= given);
        await (await import("/static/field/press.js")).untilUp();
        await new Promise(requestAnimationFrame);""",
        count,
    )


def work(phone: Handset, desk: Desk) -> str:
    """At a table with an open tube, the net gone; the tube's code."""
    phone.expected = lambda text: any(
        word in text for word in ("ERR_INTERNET_DISCONNECTED", "507", "401", "403", "503")
    )
    phone.enrol(desk.make_code())
    phone.run("await until(() => navigator.serviceWorker.controller !== null);")
    phone.page.click("text=Sampling table")
    phone.page.wait_for_selector(".tube")
    phone.context.set_offline(True)
    tube = codes.make("GC", next(TUBES))
    scan(phone, tube)
    wait_kept(phone, 1)
    return tube


def add(phone: Handset, document: str = "", door: str = "1-101") -> str:
    """Fill in the form, as fingers do; the new person's id."""
    before = phone.run("return phone.entries().length;")
    phone.page.click("text=Somebody on no list")
    if door:
        phone.page.fill("#add-door", door)
        phone.page.locator(".add .ticks .button").first.click()
    phone.page.fill("#add-name", NAME)
    phone.page.fill("#add-document", document)
    phone.page.fill("#add-phone", PHONE)
    phone.page.click(".add .button--primary")
    wait_kept(phone, before + 2)  # added, and sampled into the tube that is open
    added = "return phone.entries().filter((e) => e.kind === 'person.added').at(-1).person;"
    return str(phone.run(added))


def count_notes(phone: Handset) -> int:
    """Unsent notes on the phone's disk, held against what the app believes."""
    on_disk, believed = phone.run("return [await phone.outbox.listNotes(), phone.outbox.notes];")
    assert len(on_disk) == believed
    return int(believed)


def wait_noted(phone: Handset, desk: Desk, person: str) -> None:
    """Until the server has the note and has put it into the vault."""
    phone.send_until("phone.outbox.notes === 0")
    for _ in range(100):
        if desk.inside("query", f"SELECT name FROM registry_person WHERE id = '{person}'"):
            return
        phone.page.wait_for_timeout(100)
    raise AssertionError("the server does not know the person")


def test_added_without_a_net_into_the_tube_and_on_the_roster(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    tube, document = work(phone, desk), number()
    person = add(phone, document)
    shown = phone.page.locator(".tube__person").inner_text()
    assert "欧*" in shown and "1座 1单元 101" in shown
    assert phone.page.locator(".tube__person--odd").count() == 0
    assert phone.page.locator("h1").inner_text().endswith("Added: 1.")
    assert count_notes(phone) == 1
    phone.page.wait_for_selector(".bar__unsent >> text=4 to send")
    # neither line nor note tells a name to who reads the disk
    kept: str = phone.run(
        """const all = [];
        for (const store of ["own", "outbox", "notes", "vault"]) {
          for (const row of await app.base.getAll(store)) {
            for (const value of [row, ...Object.values(row ?? {})]) {
              if (value instanceof Uint8Array || value instanceof ArrayBuffer) {
                all.push(new TextDecoder().decode(value));
              } else all.push(JSON.stringify(value) ?? "");
            }
          }
        }
        return all.join(" ");"""
    )
    assert person in kept and not any(secret in kept for secret in (NAME, document, PHONE))
    phone.page.reload()
    phone.page.locator(".people .button").first.click()
    phone.type_pin(PIN)
    phone.page.wait_for_selector(".tube__person >> text=欧*")
    phone.kill()
    phone.open()
    phone.go("#sampling-table")
    phone.page.locator(".people .button").first.click()
    phone.type_pin(PIN)
    phone.page.wait_for_selector(".tube__person >> text=欧*")
    phone.wait_sent()
    wait_noted(phone, desk, person)
    assert phone.run("return phone.outbox.waiting;") == 0 and count_notes(phone) == 0
    phone.page.wait_for_selector(".bar__unsent >> text=All sent")
    assert desk.inside(
        "query", f"SELECT state, tube FROM sampling_sample WHERE person = '{person}'"
    ) == [["effective", tube]]
    [[door, entry]] = desk.inside(
        "query", f"SELECT door, entry FROM registry_residence WHERE person = '{person}'"
    )
    [[digest]] = desk.inside(
        "query", f"SELECT attachment FROM registry_listing WHERE entry = '{entry}'"
    )
    assert desk.inside(
        "query", f"SELECT destroyed FROM ledger_attachment WHERE digest = '{digest}'"
    ) == [[None]]
    _, page, household, found = show(
        desk, f"/people/{person}/", f"/doors/{door}/", f"/people/?q={document}"
    )
    assert "欧*" in page and document not in page and f"{document[:4]}**********" in page
    assert "欧*" in household and person in found


def test_a_server_without_room_keeps_the_note_on_the_phone_and_lines_go_on(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    work(phone, desk)
    person = add(phone)
    status = 503
    phone.context.route("**/attachments/*", lambda route: route.fulfill(status=status, body="{}"))
    phone.context.set_offline(False)
    phone.wait_sent()
    phone.run("await until(() => app.pusher.notes.failures > 0);")
    phone.append(2)
    phone.run("await until(() => phone.outbox.answered.through === phone.outbox.last.n);")
    status = 507
    phone.run("app.go('receipt');")
    phone.page.click("text=Send now")
    phone.page.wait_for_selector("text=The server has no room for notes of people.")
    assert "Notes of people are still to be sent." in phone.page.locator("h1").inner_text()
    phone.page.wait_for_selector(".bar__unsent >> text=1 to send")
    assert count_notes(phone) == 1
    phone.context.unroute("**/attachments/*")
    phone.page.click("text=Send now")
    wait_noted(phone, desk, person)
    phone.page.wait_for_selector("h1 >> text=all there are")
    assert "Notes" not in phone.page.locator("h1").inner_text()


def test_a_revoked_phone_keeps_the_note_until_it_is_enrolled_anew(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    work(phone, desk)
    person = add(phone)
    desk.inside("revoke", phone.device)
    phone.context.set_offline(False)
    phone.send_until("phone.outbox.answered.trouble === 'revoked'")
    phone.run("await until(() => !phone.shift.vault.list().length);")
    phone.page.reload()
    phone.page.wait_for_selector("text=The desk has revoked this phone.")
    phone.page.wait_for_selector("text=Notes of people, still to be sent")
    assert count_notes(phone) == 1
    phone.page.click("text=Enrol anew")
    phone.page.wait_for_selector("text=Notes of people not sent yet: 1.")
    phone.page.fill("#code", desk.make_code())
    phone.page.click("form .button--primary")
    phone.choose_pin()
    phone.wait_sent()
    wait_noted(phone, desk, person)
    [[device]] = desk.inside(
        "query",
        "SELECT a.device_id FROM ledger_attachment a JOIN registry_listing l "
        f"ON l.attachment = a.digest WHERE l.person = '{person}'",
    )
    assert device == phone.device


def test_the_end_of_a_shift_leaves_the_note_and_it_goes_while_the_phone_is_locked(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    work(phone, desk)
    person = add(phone, door="")
    phone.run("app.go('settings');")
    phone.page.click("text=End the shift…")
    phone.page.click("dialog .button--danger")
    phone.page.wait_for_selector("text=Who works with this phone now?")
    assert count_notes(phone) == 1 and phone.run("return phone.user;") is None
    phone.context.set_offline(False)
    phone.wait_sent()
    wait_noted(phone, desk, person)


def test_a_file_carries_the_note_to_the_desk_and_tells_nobody_a_name(
    desk: Desk, make_phone: MakePhone, playwright: Any
) -> None:
    phone = make_phone()
    work(phone, desk)
    person = add(phone, document := number())
    phone.run("app.go('receipt');")
    with phone.page.expect_download() as waiting:
        phone.page.click("text=Unsent lines as a file")
    path = phone.profile.parent / "lines.json"
    waiting.value.save_as(path)
    text = path.read_text()
    assert not any(secret in text for secret in (NAME, document, PHONE))
    assert len(json.loads(text)["attachments"]) == 1
    [session] = show(desk)
    office = make_phone("office")
    office.context.add_cookies(
        [{"name": "doorstep_session", "value": session, "url": desk.address, "secure": True}]
    )
    office.page.goto(f"{desk.address}/devices/lines")
    for _ in range(2):  # the same file again changes nothing
        office.page.set_input_files("#file", path)
        office.page.click("text=Bring in the lines")
        office.page.wait_for_selector("text=3 lines are in the book now")
        office.page.wait_for_selector("text=Notes of people that are here now: 1.")
    phone.context.set_offline(False)
    wait_noted(phone, desk, person)  # and the phone, back in the net, lets go of it
    _, page = show(desk, f"/people/?q={document}")
    assert person in page


def test_an_identity_number_is_no_tube_and_fills_the_form(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    work(phone, desk)
    document = number()
    scan(phone, document)
    phone.page.wait_for_selector("text=An identity number.")
    phone.page.click(".button >> text=Add the person")
    assert phone.page.locator("#add-document").input_value() == document
    scan(phone, other := number())  # the right card, scanned while the form is open
    assert phone.page.locator("#add-document").input_value() == other
    phone.page.fill("#add-document", f"{document[:-1]}{'0' if document[-1] != '0' else '1'}")
    phone.page.click(".add .button--primary")
    warned = phone.page.locator("[role=alertdialog]").inner_text()
    assert "No name is noted." in warned and "does not fit" in warned
    phone.page.click("[role=alertdialog] >> text=Add so")
    wait_kept(phone, 3)
    assert phone.run("return phone.entries().map((e) => e.kind);") == [
        "tube.opened", "person.added", "person.sampled",
    ]  # fmt: skip
    # a phone that was never told the server's key says that it keeps no name, and keeps the line
    phone.run("await app.base.write(['own'], (store) => { store('own').delete('notes_key'); });")
    phone.page.click("text=Add somebody on no list")
    phone.page.fill("#add-name", NAME)
    phone.page.click(".add .button--primary")
    phone.page.wait_for_selector("[role=alertdialog] >> text=The name can NOT be kept")
    phone.page.click("[role=alertdialog] >> text=Add so")
    wait_kept(phone, 5)
    assert phone.run("return phone.entries().map((e) => Boolean(e.attachment));") == [
        False, True, False, False, False,
    ]  # fmt: skip
    assert count_notes(phone) == 1
    scan(phone, "0190a0a0-0000-7000-8000-00000000dead")
    phone.page.wait_for_selector(".message >> text=Nobody on this phone has this code.")


def test_somebody_else_behind_a_door_of_the_walk(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    work(phone, desk)
    phone.run(  # as the server marks those who wait at home
        """const [[id]] = [...phone.snapshot.people].filter(([, [, door]]) =>
          phone.snapshot.doors.get(door) === "1座 1单元 101");
        phone.snapshot.due.get(given).set(id, ["due", true]);""",
        desk.world["rounds"][0],
    )
    phone.run("app.go('sampling-walk');")
    phone.page.wait_for_selector("text=People waiting at home: 1. Doors: 1.")
    phone.page.click("text=Somebody else here")
    phone.page.wait_for_selector("text=Known behind this door.")
    assert phone.page.locator(".add .offer__person").count() >= 1
    phone.page.fill("#add-name", NAME)
    phone.page.click(".add .button--primary")
    wait_kept(phone, 3)
    phone.page.wait_for_selector("text=People waiting at home: 1. Doors: 1. Added: 1.")
    phone.page.locator(".tube__person >> text=Take back").click()
    wait_kept(phone, 4)  # not sampled after all: then they wait at home as well
    phone.page.wait_for_selector("text=People waiting at home: 2. Doors: 1. Added: 1.")
    assert phone.page.locator(".walk__person >> text=欧*").count() == 1


def test_a_courier_says_what_was_spilled(desk: Desk, make_phone: MakePhone) -> None:
    table, courier = make_phone("table"), make_phone("courier")
    tube = work(table, desk)
    table.context.set_offline(False)
    person = desk.world["people"][-1]
    scan(table, person)
    wait_kept(table, 2)
    table.page.click(".tube >> text=Close the tube")
    table.page.click("[role=dialog] >> text=Close the tube")
    wait_kept(table, 3)
    table.page.click("text=Pack a box")
    table.page.click("text=All 1")
    table.page.fill("#box", "BOXSPILL")
    table.page.fill("#seal", "SEAL88")
    table.page.click("text=Seal the box")
    wait_kept(table, 4)
    table.wait_sent()
    courier.enrol(desk.make_code(role="courier"))
    courier.page.click("text=Boxes")
    courier.page.wait_for_selector("#seal")
    for code in ("BOXSPILL", "SEAL88"):
        scan(courier, code)
    courier.page.fill("#count", "1")
    courier.page.click("text=Take the box")
    wait_kept(courier, 1)
    courier.page.click("text=Spilled or damaged on the way")
    scan(courier, "BOXSPILL")
    courier.page.click("text=The whole box")
    courier.page.wait_for_selector("[role=alertdialog] >> text=due again")
    courier.page.click("[role=alertdialog] >> text=It is spilled")
    wait_kept(courier, 2)
    courier.page.wait_for_selector("text=You carry no box. Spilled: 1.")
    scan(courier, codes.make("GC", next(TUBES)))
    courier.page.click("text=A single tube")
    courier.page.click("[role=alertdialog] >> text=It is spilled")
    wait_kept(courier, 3)
    courier.wait_sent()
    box = "SELECT state, laboratory FROM sampling_box WHERE box = 'BOXSPILL'"
    assert desk.inside("query", box) == [["refused", None]]
    swab = f"SELECT state FROM sampling_sample WHERE person = '{person}' AND tube = '{tube}'"
    assert desk.inside("query", swab) == [["void"]]
    due = f"SELECT state FROM rounds_subject WHERE subject = '{person}'"
    assert desk.inside("query", due) == [["due"]]
    assert [entry["codes"] for entry in courier.run("return phone.entries();")] == [[], [], []]
