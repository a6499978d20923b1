"""No line that was kept is ever lost, and none is in the book twice: airplane mode, crashes, two
tabs, lost answers, a full phone, a wrong clock, both algorithms.
"""

from collections.abc import Callable

import pytest

from tests.offline.conftest import Desk, Handset

MakePhone = Callable[..., Handset]
ESTATE = (4, 60)  # devices, people


def test_a_line_is_kept_then_sent(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.enrol(desk.make_code())
    assert phone.append(3) == [1, 2, 3]
    phone.wait_sent()
    assert desk.count_lines(phone.device) == (3, 3)
    assert [each["answer"] for each in phone.run("return phone.entries();")] == ["kept"] * 3


def test_airplane_mode_then_a_reload_then_the_net_again(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = lambda text: "ERR_INTERNET_DISCONNECTED" in text
    phone.enrol(desk.make_code())
    phone.run("await until(() => navigator.serviceWorker.controller !== null);")
    device = phone.device
    phone.context.set_offline(True)
    phone.append(30)
    phone.page.reload()
    phone.unlock()
    assert phone.append(20, start=30) == list(range(31, 51))
    phone.page.wait_for_selector(".bar__unsent >> text=50 to send")
    assert desk.count_lines(device) == (0, 0)
    phone.context.set_offline(False)
    phone.wait_sent()
    assert desk.count_lines(device) == (50, 50)
    phone.page.wait_for_selector(".bar__unsent >> text=All sent")


def test_a_browser_killed_in_mid_write_has_every_line_it_told_of(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    phone.expected = lambda text: True  # what a dying browser says
    phone.enrol(desk.make_code())
    device, told = phone.device, 0
    for crash in range(3):
        phone.run(
            """window.told = 0;
            window.writing = (async () => {
              for (;;) {
                const { n } = await phone.append("visit.made", {round: given, subject: given});
                window.told = n;
              }
            })();""",
            desk.world["rounds"][0],
        )
        phone.run("await until(() => window.told > 0);")
        phone.page.wait_for_timeout(200 + 170 * crash)  # anywhere in its work
        told = phone.page.evaluate("window.told")
        phone.kill()
        phone.open()
        phone.go()
        phone.unlock()
        assert phone.run("return phone.outbox.last.n;") >= told > 0
    phone.wait_sent()
    last = phone.run("return phone.outbox.last.n;")
    assert phone.run("return (await phone.outbox.list(0)).map((line) => line.n);") == list(
        range(1, last + 1)
    )
    # the server has followed the chain from its first head to this one
    assert desk.count_lines(device) == (last, last)


def test_of_two_tabs_one_writes_and_the_other_may_take_over(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    phone.enrol(desk.make_code())
    first = phone.page
    phone.append(5)
    phone.page = phone.context.new_page()
    phone.go()
    phone.page.wait_for_selector("text=another tab")
    assert first.evaluate("import('/static/field/app.js').then((m) => m.app.phone.user !== null)")
    phone.page.click("text=Write here instead")
    phone.unlock()
    first.wait_for_selector("text=another tab")
    assert phone.append(5, start=5) == [6, 7, 8, 9, 10]
    refused = first.evaluate(
        "import('/static/field/app.js').then((m) => m.app.phone.outbox.append({id: 'x'}))"
        ".then(() => 'kept', (problem) => problem.message)"
    )
    assert refused == "NOT_THE_WRITER"
    phone.wait_sent()
    assert desk.count_lines(phone.device) == (10, 10)


LOSE_ANSWER = """
const real = window.fetch;
window.lost = 0;
window.fetch = async (address, options) => {
  const answer = await real(address, options);
  if (!String(address).endsWith("/entries") || window.back) return answer;
  window.lost += 1;
  throw new TypeError("the answer is lost");
};
"""


def test_a_server_that_dies_between_commit_and_answer(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = lambda text: "ERR_CONNECTION_REFUSED" in text
    phone.enrol(desk.make_code())
    device = phone.device
    phone.run(LOSE_ANSWER)
    phone.append(7)
    phone.run("await until(() => window.lost > 0);")
    desk.installation.kill()
    assert phone.run("return phone.outbox.answered.through;") == 0
    phone.run("window.back = true;")
    phone.append(3, start=7)
    desk.start()
    phone.wait_sent()
    assert desk.count_lines(device) == (10, 10)
    answers = [each["answer"] for each in phone.run("return phone.entries();")]
    assert answers == ["known"] * 7 + ["kept"] * 3


def test_both_algorithms_write(desk: Desk, make_phone: MakePhone) -> None:
    found = {}
    for alg in ("ed25519", "p256"):
        phone = make_phone(alg)
        if alg == "p256":  # a browser of before 2025
            phone.page.add_init_script(
                """const real = crypto.subtle.generateKey.bind(crypto.subtle);
                crypto.subtle.generateKey = (kind, ...rest) => kind.name === "Ed25519"
                  ? Promise.reject(new DOMException("", "NotSupportedError"))
                  : real(kind, ...rest);"""
            )
        phone.enrol(desk.make_code())
        phone.append(4)
        phone.wait_sent()
        phone.pull()
        found[alg] = desk.count_lines(phone.device)
        device = phone.run("return app.base.get('own', 'device');")
        assert device["alg"] == alg
        exported = phone.run(
            "const { privateKey } = await app.base.get('own', 'device');"
            "return crypto.subtle.exportKey('pkcs8', privateKey)"
            ".then(() => 'out', (no) => no.name);"
        )
        assert exported == "InvalidAccessError"
        assert phone.run("return phone.shift.trouble;") is None
    assert found == {"ed25519": (4, 4), "p256": (4, 4)}


def test_a_full_phone_says_so_and_loses_nothing(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.enrol(desk.make_code())
    phone.wait_sent()
    phone.expected = lambda text: "ERR_INTERNET_DISCONNECTED" in text
    phone.context.set_offline(True)
    phone.append(20)
    # what the disk says when it is full; the quota cannot be set from outside in every Chromium
    refused = phone.run(
        """const real = IDBObjectStore.prototype.add;
        let room = 3;
        IDBObjectStore.prototype.add = function (...given) {
          if (room <= 0) throw new DOMException("no room", "QuotaExceededError");
          room -= 1;
          return real.apply(this, given);
        };
        window.makeRoom = () => { IDBObjectStore.prototype.add = real; };
        const told = [];
        for (let at = 0; at < 5; at += 1) {
          told.push(await phone.append("visit.made", {round: given, subject: given})
            .then(() => "kept", (no) => no.name));
        }
        return told;""",
        desk.world["rounds"][0],
    )
    assert refused == [*["kept"] * 3, *["QuotaExceededError"] * 2]
    assert "phone is full" in phone.page.locator(".word").inner_text()
    kept = phone.run("return phone.outbox.last.n;")
    assert phone.run("return (await phone.outbox.list(0)).length;") == kept == 23
    phone.go("#receipt")
    with phone.page.expect_download() as saved:
        phone.page.click("text=Unsent lines as a file")
    assert saved.value.suggested_filename.startswith("doorstep-")
    phone.run("window.makeRoom();")
    phone.context.set_offline(False)
    phone.append(5, start=100)
    phone.wait_sent()
    assert desk.count_lines(phone.device) == (kept + 5, kept + 5)


DAY_OFF = """
const Real = Date;
window.shifted = %d;
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + window.shifted);
  }
  static now() { return Real.now() + window.shifted; }
};
"""


@pytest.mark.parametrize("hours", [24, -24])
def test_a_clock_a_day_off_and_set_back_in_between(
    desk: Desk, make_phone: MakePhone, hours: int
) -> None:
    phone = make_phone()
    phone.page.add_init_script(DAY_OFF % (hours * 3_600_000))
    phone.enrol(desk.make_code())
    phone.append(3)
    phone.run("window.shifted -= 7_200_000;")
    phone.append(3, start=3)
    phone.wait_sent()
    assert desk.count_lines(phone.device) == (6, 6)
    assert {tuple(each["codes"]) for each in phone.run("return phone.entries();")} == {
        ("CLOCK_OFF",)
    }
    phone.go("#receipt")
    assert "clock is" in phone.page.locator(".view--receipt").inner_text()
    assert phone.page.locator(".counter--held").count() == 0


def test_a_copy_of_a_phone_enrols_anew_with_its_lines(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.enrol(desk.make_code())
    phone.append(10)
    phone.wait_sent()
    old = phone.device
    state = "{last: outbox.last, forgotten: outbox.forgotten, answered: outbox.answered}"
    # the disk as it was ten lines ago, as a restored copy of the phone has it
    phone.run(
        f"""const {{ outbox }} = phone; window.was = structuredClone({state});
        window.lines = await outbox.list(0);"""
    )
    phone.append(4, start=10)
    phone.wait_sent()
    phone.run(
        """const { outbox } = phone;
        // what the server still answers to this page, the copy knows nothing of
        outbox.takeDown = async () => {};
        await outbox.inTurn(async () => {});
        await app.base.write(["own", "outbox"], (store) => {
          store("outbox").clear();
          for (const line of window.lines) store("outbox").add(line);
          store("own").put(window.was.last, "last");
          store("own").put(window.was.answered, "answered");
        });"""
    )
    phone.expected = lambda text: "409" in text
    phone.page.reload()
    phone.unlock()
    phone.append(3, start=20)
    phone.run("await until(() => phone.outbox.answered.trouble === 'fork');")
    phone.append(2, start=30)  # work goes on
    phone.go(f"#enrol={desk.make_code()}")
    assert "15" not in phone.page.locator(".message--warning").inner_text()
    phone.page.click("button:has-text('Enrol this phone')")
    phone.page.locator(".people .button").first.click()
    phone.type_new_pin("135797")
    phone.page.wait_for_selector(".view--home")
    phone.wait_sent()
    new = phone.device
    assert new != old
    assert desk.count_lines(new) == (15, 15)
    answers = [each["answer"] for each in phone.run("return phone.entries();")]
    assert answers == ["known"] * 10 + ["kept"] * 5


def test_a_server_that_has_less_or_is_busy_or_finds_it_too_much(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    statuses_of_trouble = ("409", "503", "413", "500", "502")
    phone.expected = lambda text: any(status in text for status in statuses_of_trouble)
    phone.enrol(desk.make_code())
    statuses: list[int] = []
    phone.page.on("response", lambda r: r.url.endswith("/entries") and statuses.append(r.status))
    answers = [
        {"status": 503, "headers": {"Retry-After": "30"}, "body": '{"code":"BUSY"}'},
        {"status": 413, "body": '{"max_lines":2000}'},
        {"status": 500, "body": '{"code":"STORAGE_FAILED"}'},
        {"status": 502, "body": "<html>a gateway</html>"},
    ]
    phone.page.route(
        "**/field/v1/entries",
        lambda route: route.fulfill(**answers.pop(0)) if answers else route.fallback(),  # type: ignore[arg-type]
    )
    phone.append(20)
    phone.run("await until(() => app.pusher.failures === 1);")
    assert phone.run("return phone.outbox.answered.through;") == 0
    phone.wait_sent()
    assert not answers and desk.count_lines(phone.device) == (20, 20)
    # as if answers had come that the server knows nothing of any more
    phone.run("phone.outbox.stop(); phone.outbox.stopped = false; await app.pusher.stop();")
    phone.append(20, start=20)
    phone.run(
        "await phone.outbox.takeDown({through: 35}); app.pusher.run(); app.pusher.nudge();"
        "await until(() => phone.outbox.answered.through === 40);"
    )
    assert desk.count_lines(phone.device) == (40, 40)
    assert statuses[:5] == [503, 413, 500, 502, 200] and 409 in statuses


def test_a_revoked_phone_forgets_names_and_keeps_lines(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = lambda text: "403" in text or "401" in text
    phone.enrol(desk.make_code())
    phone.append(5)
    phone.wait_sent()
    assert phone.run("return (await app.base.getAll('vault')).length;") >= 1
    desk.inside("revoke", phone.device)
    phone.append(3, start=5)
    phone.page.wait_for_selector("text=The desk has revoked this phone")
    assert phone.run("return (await app.base.getAll('vault')).length;") == 0
    assert phone.run("return phone.user;") is None
    assert phone.run("return phone.snapshot.people.size;") == 0
    assert phone.run("return (await phone.outbox.list(0)).map((line) => line.answer);") == [
        *[None] * 5, *["aside"] * 3,
    ]  # fmt: skip
    phone.page.reload()
    phone.page.wait_for_selector("text=The desk has revoked this phone")
    query = f"SELECT COUNT(*) FROM ledger_asideline WHERE device_id = '{phone.device}'"
    assert desk.inside("query", query) == [[3]]


def test_an_enrolment_whose_answer_was_lost_is_asked_for_again(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    phone.go()
    phone.page.wait_for_selector("#code")
    phone.page.evaluate(
        """() => {
          const real = window.fetch;
          window.fetch = async (address, options) => {
            const answer = await real(address, options);
            if (!String(address).endsWith("/devices")) return answer;
            window.fetch = real;
            throw new TypeError("the answer is lost");
          };
        }"""
    )
    phone.page.fill("#code", desk.make_code())
    phone.page.click("text=Enrol this phone")
    phone.page.wait_for_selector("text=The server did not answer")
    phone.page.click("text=Enrol this phone")
    phone.page.wait_for_selector(".people")


def test_the_desk_learns_how_much_is_not_sent(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.enrol(desk.make_code())
    # once the first word of the server has come, nothing is on its way that could come later
    phone.run("await until(() => phone.outbox.answered.contact && !app.pusher.busy);")
    phone.run("app.pusher.stop(); app.pusher.most = 3;")
    phone.append(8)
    phone.run("await app.pusher.once();")
    query = f"SELECT through, written FROM ledger_device WHERE id = '{phone.device}'"
    assert desk.inside("query", query) == [[3, 8]]
