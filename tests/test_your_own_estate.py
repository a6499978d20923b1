"""docs/how-to/your-own-estate.md, word by word: its commands and its two files are read out of the
page and carried out, and the pages it names are worked in a real Chromium, from an empty folder to
a closed round. Refuses to know a command or a file that the page does not show.
"""

import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from doorstep.bench import server
from doorstep.config.commands import browser

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "your-own-estate.md"
ROSTER = "楼栋,单元"  # how the two files begin
RESULTS = "采样管编号"
# doors, and what a table shows of a name
LIVING = [("1-101", "陈*"), ("1-101", "林*"), ("1-602", "何*"), ("2-201", "黄*")]
TUBE, BOX, SEAL = "AB0000001", "BX00000001", "S0000001"
HERE = timezone(timedelta(hours=8))

pytestmark = [
    pytest.mark.skipif(browser.find_browser() is None, reason="no Chromium on this machine"),
    pytest.mark.once,
]


class Office:
    """An empty folder, and what the page says to do in it."""

    def __init__(self, installation: server.Installation) -> None:
        self.installation = installation
        self.page = PAGE.read_text("utf-8")

    def find_command(self, *words: str) -> list[str]:
        """The command of the page that has these words; a file it names is the one written here."""
        blocks = re.findall(r"(?:^    .*\n)+", self.page, re.MULTILINE)
        lines = "".join(blocks).replace("\\\n", " ").splitlines()
        [found] = [line for line in lines if all(word in line for word in words)]
        folder = self.installation.folder
        return [str(folder / w) if w.endswith(".csv") else w for w in shlex.split(found)[1:]]

    def run(self, *words: str) -> str:
        return self.installation.command(*self.find_command(*words))

    def write(self, name: str, begins: str) -> Path:
        """The file of the page that begins so."""
        [text] = re.findall(rf"```\n({begins}.*?)```", self.page, re.DOTALL)
        file = self.installation.folder / name
        file.write_text(text, "utf-8")
        return file


def test_from_an_empty_folder_to_a_closed_round() -> None:
    from playwright.sync_api import sync_playwright

    with server.Installation("sqlite") as installation, sync_playwright() as playwright:
        office = Office(installation)
        password = re.findall(r"wang, password 口令 (\S+)", office.run("init", "--admin wang"))[0]
        office.write("roster.csv", ROSTER)
        assert "ID_CHECKSUM" in office.run("roster.csv", "--preview")
        office.run("roster.csv", "--commit")
        assert office.find_command("doorstep run") == ["run"]
        installation.start()
        address = f"http://127.0.0.1:{installation.port}"
        chromium = playwright.chromium.launch(
            executable_path=browser.find_browser(), args=["--no-sandbox"]
        )
        page = chromium.new_page()
        page.set_default_timeout(120_000)  # ms; the machine may be busy
        page.context.add_cookies([{"name": "doorstep_language", "value": "en", "url": address}])
        page.goto(address)
        page.fill("input[name=account]", "wang")
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        round_ = _open_round(page)
        _work_a_table(page)
        _carry_the_box(page)
        _keep_the_result(page, office)
        page.goto(round_)
        page.click("text=Close the round…")
        _send(page, "button:has-text('Close the round')")
        page.goto(round_)
        assert "Reopen" in page.inner_text("main")
        assert f"{len(LIVING)}" in page.inner_text(".sentence")
        chromium.close()


def _open_round(page: Any) -> str:
    """The address of the round that the page says to open."""
    page.click("text=Open a round")
    page.select_option("[name=area]", label="示例花园")
    page.select_option("[name=round_kind]", label="Sampling")
    page.select_option("[name=pool]", label="10 : 1, up to ten people a tube")
    page.click("button:has-text('Open the round')")
    page.wait_for_url("**/rounds/0*/")
    assert f"{len(LIVING)}" in page.inner_text(".sentence")
    return str(page.url)


def _work_a_table(page: Any) -> None:
    page.goto(page.url.split("/rounds/")[0] + "/sampling/")
    page.click("a[href^='/sampling/desk/'] >> nth=0")
    _say(page, TUBE)
    _act(page, lambda: page.click("text=Open this tube"))
    for n, (door, name) in enumerate(LIVING):
        _sample(page, door, name)
        assert _count(page) == n + 1
    _act(page, lambda: page.keyboard.press("F9"))
    assert _count(page) == len(LIVING) - 1
    _sample(page, *LIVING[-1])
    assert _count(page) == len(LIVING)
    _act(page, lambda: page.keyboard.press("F2"))
    page.wait_for_selector("text=No tube is open.")
    page.keyboard.press("F4")
    for counted in ("2", "1"):
        page.fill("#box", BOX)
        page.fill("#seal", SEAL)
        page.fill("#counted", counted)
        _act(page, lambda: page.click("button:has-text('Seal the box')"))
        # two were not there to count, so nothing is sealed
        assert page.locator(f"a[href='/sampling/boxes/{BOX}']").count() == (counted == "1")


def _sample(page: Any, door: str, name: str) -> None:
    _say(page, door)
    _act(page, lambda: page.click(f".desk__found button:has-text('{name}')"))


def _count(page: Any) -> int:
    """How many people are in the tube in hand."""
    return int(page.inner_text(".hand__figure b"))


def _say(page: Any, text: str) -> None:
    page.fill("#text", text)
    _act(page, lambda: page.press("#text", "Enter"))


def _act(page: Any, act: Callable[[], None]) -> None:
    """Do something at the desk, and wait until it has drawn itself anew."""
    page.evaluate("document.querySelector('#desk').firstElementChild.dataset.before = ''")
    act()
    page.wait_for_selector("#desk [data-before]", state="detached")


def _carry_the_box(page: Any) -> None:
    page.click(f"a[href='/sampling/boxes/{BOX}']")
    page.fill("#seal", SEAL)
    page.fill("#collect-count", "1")
    _send(page, "button:has-text('Collect the box')")
    page.fill("#receive-count", "1")
    _send(page, "button:has-text('Receive the box')")
    page.wait_for_selector("text=received")


def _keep_the_result(page: Any, office: Office) -> None:
    """The file as the page has it, with times of one's own, as it says."""
    file = office.write("results.csv", RESULTS)
    now = datetime.now(UTC).astimezone(HERE)
    moments = iter((now, now))
    text = re.sub(
        r"\d{4}-\d\d-\d\d \d\d:\d\d",
        lambda _: next(moments).strftime("%Y-%m-%d %H:%M:%S"),
        file.read_text("utf-8"),
    )
    file.write_text(text, "utf-8")
    for kept in (True, False):
        page.goto(page.url.split("/sampling/")[0] + "/sampling/laboratory")
        page.set_input_files("input[type=file]", str(file))
        page.click("button:has-text('Read the file')")
        page.wait_for_url("**/laboratory/files/*")
        keep = page.locator("button:has-text('Keep 1 result')")
        assert keep.count() == kept
        if kept:
            _send(page, "button:has-text('Keep 1 result')")


def _send(page: Any, button: str) -> None:
    """Send a form, and wait for the page that answers."""
    with page.expect_navigation():
        page.click(button)
