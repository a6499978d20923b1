"""Every page in a real Chromium, in both languages, on a narrow phone and a wide screen: no error
on the console, nothing from another host, nothing that sticks out, nothing axe-core finds.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from doorstep.config.commands import browser

ROOT = Path(__file__).parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    "/", "/rounds/", "/rounds/new", "/people/?q=1-101", "/people/care", "/devices/", "/devices/new",
    "/staff/", "/units/", "/units/uncovered", "/roster/", "/book/", "/sampling/", "/sampling/tubes",
    "/sampling/review", "/sampling/boxes", "/sampling/laboratory", "/sampling/issue", "/zones/",
    "/zones/orders/new", "/zones/packs/", "/password", "/zones/evidence/new", "/devices/aside",
    "/letters/check", "/people/", "/staff/?as=print", "/devices/lines",
    "/book/destruction/", "/people/without-a-door", "/public/orders",
)  # fmt: skip
FIRST_OF = (
    "/wall/", "/rounds/0", "/zones/0", "/zones/orders/0", "/people/0", "/doors/0",
    "/devices/0", "/staff/0", "/book/line", "/sampling/desk/",
)  # fmt: skip
MUST = ("/wall/", "/rounds/0", "/people/0", "/doors/0")  # never missing silently
BELOW = {"/people/0": ("correct", "home")}

WIDTHS = (1280, 320)  # px; the next page is opened at the last one

pytestmark = [
    pytest.mark.skipif(browser.find_browser() is None, reason="no Chromium on this machine"),
    pytest.mark.once,
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with one building of the town and its round open."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DOORSTEP_DATA": str(tmp_path_factory.mktemp("pages"))}
    command = [sys.executable, "-m", "doorstep.config.cli"]
    for words in (["town", "load", "--buildings", "1"], ["town", "open-day"]):
        subprocess.run([*command, *words], env=environment, check=True, capture_output=True)
    server = subprocess.Popen([*command, "run", "--port", str(port)], env=environment)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(base + "/sign-in", timeout=2)
                break
            except OSError:
                time.sleep(0.2)
        yield base
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_whole(address: str, language: str) -> None:
    from playwright.sync_api import sync_playwright

    wrong: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find_browser(), args=["--no-sandbox"]
        )
        page = chromium.new_page(bypass_csp=True)
        page.context.add_cookies([{"name": "doorstep_language", "value": language, "url": address}])
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: wrong.append(r.url) if _is_elsewhere(r.url, address) else None)
        page.goto(address)
        wrong += _look(page, "sign-in")
        page.fill("input[name=account]", "hq1")
        page.fill("input[name=password]", "doorstep-2021")
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("a[href^='/wall/']")
        links: set[str] = set()
        seen = 0
        for path in PAGES:
            answer = page.goto(address + path)
            assert answer is not None and answer.status == 200, path
            wrong += _look(page, path)
            links |= {str(a.get_attribute("href")) for a in page.query_selector_all("a[href]")}
            seen += 1
        for start in FIRST_OF:
            path = min((link for link in links if link.startswith(start)), default="")
            assert path or start not in MUST, f"no page leads to {start}"
            for own in ("", *BELOW.get(start, ())) if path else ():
                answer = page.goto(f"{address}{path}{own}")
                assert answer is not None and answer.status == 200, path + own
                page.wait_for_timeout(600)
                wrong += _look(page, path + own)
                seen += 1
        chromium.close()
    assert seen >= len(PAGES) + 3
    assert wrong == []


def _is_elsewhere(url: str, address: str) -> bool:
    return not url.startswith((address, "data:", "blob:"))


def _look(page: Any, path: str) -> list[str]:
    """What is wrong with the page that is open, on a wide screen and then on a small phone."""
    found = []
    page.add_script_tag(path=str(AXE))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(
            "() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))"
        )
        where = f"{path} at {width}"
        if page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        ):
            found.append(f"{where}: sticks out sideways")
        report = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        for each in report["violations"]:
            nodes = " ".join(str(node["html"])[:160] for node in each["nodes"][:3])
            found.append(f"{where}: {each['id']}: {each['help']}: {nodes}")
    return found
