"""What a phone needs to install the app and to start it anywhere: Chromium itself finds nothing
wanting, the manifest and its icons are whole, every page, worker and script comes with a policy
that lets nothing be asked of another host, a start without a net works from a cold browser, a busy
server is waited for, and a new version that does not come whole changes nothing.

The long form (DOORSTEP_SOAK) has 12,000 people on the phone, and holds the printed times to
their budget.
"""

import json
import os
import shutil
import ssl
import struct
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.offline.conftest import PIN, Desk, Handset

MakePhone = Callable[..., Handset]
ROOT = Path(__file__).parents[2]
IS_LONG = "DOORSTEP_SOAK" in os.environ
PEOPLE = 12_000 if IS_LONG else 600
STARTED = 2_000  # ms without a net to the lock, and from the PIN to the work, at most
ESTATE = (1, PEOPLE)
SLOWER = 4  # times, a cheap phone than this machine
PNG = b"\x89PNG\r\n\x1a\n"
# what nothing of the app may do, wherever it runs
REACH_OUT = """
() => fetch("https://elsewhere.invalid/", { mode: "no-cors" }).then(() => "went", (no) => no.name)
"""
# ms from the start of the page until something is there to be touched
WATCH = """
new MutationObserver((_, watch) => {
  if (!document.querySelector(".people .button")) return;
  watch.disconnect();
  window.startedAfter = performance.now();
}).observe(document, { childList: true, subtree: true });
"""


def get(desk: Desk, path: str) -> tuple[Message, bytes]:
    """Headers and body of an answer 200, for somebody whom nothing is known of."""
    trust = ssl.create_default_context(
        cafile=str(desk.installation.folder / "data" / "tls" / "authority.pem")
    )
    with urllib.request.urlopen(urljoin(desk.address, path), context=trust) as answer:
        return answer.headers, answer.read()


def test_chromium_finds_nothing_wanting_to_install_it(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.go()
    phone.run("await until(() => navigator.serviceWorker.controller !== null);")
    browser = phone.context.new_cdp_session(phone.page)
    assert browser.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    assert browser.send("Page.getAppManifest")["errors"] == []
    [worker] = phone.context.service_workers
    assert worker.url == f"{desk.address}/field/sw.js"
    phone.page.goto(f"{desk.address}/sign-in")  # of another page it finds something
    found = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in found] == ["no-manifest"]


def test_the_manifest_is_whole_and_its_icons_are_what_it_says(desk: Desk) -> None:
    _, page = get(desk, "/field/")
    assert b'<link rel="manifest" href="/field/manifest.webmanifest">' in page
    assert b'<link rel="apple-touch-icon" href="/field/icon-192.png">' in page
    assert b'name="viewport" content="width=device-width' in page
    headers, body = get(desk, "/field/manifest.webmanifest")
    assert headers.get_content_type() == "application/manifest+json"
    manifest = json.loads(body)
    assert manifest["name"] and len(manifest["short_name"]) <= 12
    assert manifest["id"] == manifest["start_url"] == manifest["scope"] == "/field/"
    assert manifest["display"] == "standalone"
    assert f'name="theme-color" content="{manifest["theme_color"]}"'.encode() in page
    shapes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {(f"{size}x{size}", "any") for size in (192, 512)} < shapes
    assert {(f"{size}x{size}", "maskable") for size in (192, 512)} < shapes
    for icon in manifest["icons"]:
        _, picture = get(desk, icon["src"])
        assert picture[:8] == PNG
        assert "{}x{}".format(*struct.unpack(">II", picture[16:24])) == icon["sizes"]


def test_nothing_of_it_can_ask_another_host(desk: Desk, make_phone: MakePhone) -> None:
    _, listed = get(desk, "/field/files.json")
    files = json.loads(listed)
    for path in ["/field/", "/field/sw.js", *files["files"], *files["later"]]:
        headers, _ = get(desk, path)
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'self'" and "connect-src" not in policy
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert "http" not in headers["Content-Security-Policy"]
        assert "*" not in headers["Content-Security-Policy"]
    phone = make_phone(args=["--use-fake-device-for-media-stream"])
    phone.enrol(desk.make_code())
    phone.run("await until(() => navigator.serviceWorker.controller !== null);")
    phone.go("#lookup")
    phone.page.locator(".dock >> text=Camera").click()
    phone.run("await until(() => app.frame.camera?.reader);")
    phone.page.wait_for_timeout(300)
    assert phone.wrong == []  # all its screens have asked nobody, and said nothing
    phone.expected = lambda text: "elsewhere.invalid" in text or "Fetch API" in text
    [worker] = phone.context.service_workers
    [reader] = phone.page.workers
    assert [each.evaluate(REACH_OUT) for each in (phone.page, worker, reader)] == ["TypeError"] * 3


def test_it_starts_without_a_net_from_a_cold_browser(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = lambda text: "ERR_INTERNET_DISCONNECTED" in text
    phone.enrol(desk.make_code())
    phone.run("await until(() => navigator.serviceWorker.controller !== null);")
    phone.run("await until(() => phone.snapshot.people.size === given);", PEOPLE)
    phone.context.close()
    phone.open()
    phone.context.set_offline(True)
    phone.page.add_init_script(WATCH)
    slow_down(phone)
    phone.go()
    phone.page.wait_for_selector(".people .button")
    started = phone.page.evaluate("window.startedAfter")
    phone.page.locator(".people .button").first.click()
    phone.type_pin(PIN[:-1])
    unlocked = phone.run(
        """const begun = performance.now();
        const keys = [...document.querySelectorAll(".pin__key")];
        keys.find((key) => key.textContent === given).click();
        await until(() => document.querySelector(".view--home"));
        return performance.now() - begun;""",
        PIN[-1],
    )
    assert phone.run("return phone.snapshot.people.size;") == PEOPLE
    print(
        f"{PEOPLE} people, {SLOWER} times slower, no net: the lock after {started:.0f} ms, "
        f"the work {unlocked:.0f} ms after the PIN"
    )
    if IS_LONG:
        assert max(started, unlocked) <= STARTED


def slow_down(phone: Handset) -> None:
    browser = phone.context.new_cdp_session(phone.page)
    browser.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def test_a_busy_server_is_waited_for(desk: Desk, make_phone: MakePhone) -> None:
    phone = make_phone()
    phone.expected = lambda text: "503" in text
    left = {"devices": 1, "session": 3, "snapshot": 2}  # times that it turns the phone away

    def answer(route: Any) -> None:
        name = route.request.url.partition("?")[0].rpartition("/")[2]
        if left.get(name):
            left[name] -= 1
            busy = {"status": 503, "headers": {"Retry-After": "1"}, "body": '{"code":"BUSY"}'}
            return route.fulfill(**busy)
        return route.fallback()

    phone.page.route("**/field/v1/**", answer)
    phone.enrol(desk.make_code())
    # within half a minute: the next pull of its own would be a minute later
    phone.run("await until(() => phone.snapshot.people.size === given);", PEOPLE)
    assert left == {"devices": 0, "session": 0, "snapshot": 0}


def test_a_new_version_that_does_not_come_whole_changes_nothing(
    desk: Desk, make_phone: MakePhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = make_phone()
    phone.expected = lambda text: "ERR_CONNECTION_REFUSED" in text or "DISCONNECTED" in text
    phone.enrol(desk.make_code())
    phone.run("await until(() => navigator.serviceWorker.controller !== null);")
    phone.append(2)
    shutil.copytree(
        ROOT / "doorstep", tmp_path / "doorstep", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    sound = tmp_path / "doorstep" / "field" / "static" / "field" / "sound.js"
    whole = sound.read_text()
    sound.write_text(whole + "export const NEWER = 1;\n")
    environment = desk.installation.environment
    desk.installation.stop()
    environment["PYTHONPATH"] = str(tmp_path)
    monkeypatch.chdir(tmp_path)  # python -m looks there first
    try:
        desk.start()
        get(desk, "/field/sw.js")  # the list is made, with the digest of the file as it is
        sound.write_text(whole + "export const NEWER = 2;\n")
        phone.run(
            """const here = await navigator.serviceWorker.ready;
            let tried = false;
            here.addEventListener("updatefound", () => { tried = true; });
            await here.update();
            await until(() => tried && !here.installing);"""
        )
        assert phone.run("return app.update;") is None
        phone.context.set_offline(True)
        phone.page.reload()
        phone.unlock()
        assert phone.append(2, start=2) == [3, 4]
        phone.context.set_offline(False)
        phone.wait_sent()
        assert desk.count_lines(phone.device) == (4, 4)
    finally:
        desk.installation.stop()
        del environment["PYTHONPATH"]
        desk.start()
