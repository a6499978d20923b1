"""Takes the pictures of the README and the how-tos:

    .venv/bin/python docs/pictures/take.py

It plays the town's sampling day until 10:40 in a folder of its own, which takes a minute or two;
works a table at a desk and with a phone; and writes PNG files here, in English and in Chinese.
Refuses to leave a picture that is heavier than HEAVIEST.
"""

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from doorstep.config.commands import browser
from doorstep.kit import clock
from doorstep.play import clocks, hand, player, script, stage

FOLDER = Path(__file__).parent
HEAVIEST = 150_000  # bytes
UNTIL = 10 * clock.HOUR + 40 * clock.MINUTE
WIDE, TALL = {"width": 1280, "height": 900}, {"width": 390, "height": 780}
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
PIN = "204816"
TABLE = {"en": "Sampling table", "zh-hans": "采样台"}
HOUSEHOLD = 4  # people


class _Enough(Exception):
    """The played day is as far as the pictures want it."""


def main() -> int:
    """Take all pictures; 1 when one of them is too heavy."""
    with tempfile.TemporaryDirectory() as folder:
        scene = stage.Stage(Path(folder))
        scene.ask("town", "load")
        scene.ask("town", "open-day")
        scene.start()
        try:
            handed, households = play(scene)
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(
                    executable_path=browser.find_browser(), args=["--no-sandbox"]
                )
                for number, language in enumerate(LOCALES):
                    mine = households[number :: len(LOCALES)]
                    Photographer(chromium, scene.url, handed, language, number, mine).take_all()
                chromium.close()
        finally:
            scene.stop()
    heavy = [each.name for each in FOLDER.glob("*.png") if each.stat().st_size > HEAVIEST]
    print("\n".join(f"too heavy: {name}" for name in heavy) or "done")
    return 1 if heavy else 0


def play(scene: stage.Stage) -> tuple[hand.Hand, list[list[str]]]:
    """Play the morning; time stands still afterwards. Also households that wait for their turn."""
    handed = hand.read(scene.play / "hand.json")
    written = script.write_script(handed)
    until = script.midnight_of(handed) + UNTIL

    def show(progress: player.Progress) -> None:
        if progress.at >= until:
            raise _Enough

    played = clocks.PlayedClock(scene.clock)
    performer = player.Player(
        handed, written, url=scene.url, folder=scene.play, played=played, speed=None, show=show
    )
    performer.enrol()
    try:
        performer.run()
    except _Enough:
        played.run(0)
    later = {act.fields.get("person") for act in written.acts if act.at > until + clock.HOUR}
    homes: dict[str, list[str]] = {}
    for due in handed.due:
        if due.person in later and not due.home:
            homes.setdefault(due.door, []).append(due.person)
    return handed, [people for people in homes.values() if len(people) == HOUSEHOLD]


class Photographer:
    """The duty officer in one language. Each language has its own tables, by its `number`, and
    `households`.
    """

    def __init__(
        self,
        chromium: Any,
        url: str,
        handed: hand.Hand,
        language: str,
        number: int,
        households: list[list[str]],
    ) -> None:
        self.chromium, self.url, self.hand = chromium, url, handed
        self.households = households
        self.language, self.number = language, number
        self.page = self.open(WIDE)

    def open(self, viewport: dict[str, int], scale: int = 1) -> Any:
        """A browser of its own."""
        context = self.chromium.new_context(
            viewport=viewport, locale=LOCALES[self.language], device_scale_factor=scale
        )
        cookie = {"name": "doorstep_language", "value": self.language, "url": self.url}
        context.add_cookies([cookie])
        return context.new_page()

    def take_all(self) -> None:
        page = self.page
        page.goto(self.url)
        page.fill("input[name=account]", self.hand.officer)
        page.fill("input[name=password]", self.hand.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector("a[href^='/wall/']")
        self.keep("home")
        page.click("a[href^='/wall/']")
        page.wait_for_selector("#wall[data-painted]")
        self.keep("wall")
        page.goto(f"{self.url}/rounds/{self.hand.round}/")
        page.set_viewport_size(WIDE | {"height": 1200})  # with the curve
        page.wait_for_selector("#curve canvas")
        self.keep("round")
        page.set_viewport_size(WIDE)
        self.work_desk()
        page.set_viewport_size(WIDE | {"height": 780})
        self.keep("desk")
        page.set_viewport_size(WIDE)
        page.goto(f"{self.url}/people/care")
        page.click("tbody a >> nth=0")
        page.click("tbody a >> nth=0")
        page.eval_on_selector("[formtarget]", "(button) => button.removeAttribute('formtarget')")
        page.click("[formaction$='/letter']")
        page.wait_for_selector(".letter")
        self.keep("letter")
        page.goto(f"{self.url}/book/")
        self.keep("book")
        self.keep("phone", self.work_phone())

    def keep(self, name: str, page: Any = None) -> None:
        """Write what is seen now into a file."""
        shown = page or self.page
        shown.evaluate(
            "() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))"
        )
        shown.screenshot(path=FOLDER / f"{name}-{self.language}.png")

    def work_desk(self) -> None:
        """Open a tube at a table, bind a household but for the last of them, and look again."""
        page, table = self.page, self.hand.tables[2 + self.number]
        page.goto(f"{self.url}/people/{self.households[0][0]}/")
        door = "-".join(re.findall(r"\d+", page.inner_text("h1")))
        page.goto(f"{self.url}/sampling/desk/{table.place}")
        self.say(table.tubes[-1])
        for _ in range(HOUSEHOLD - 1):
            self.say(door)
            self.draw(lambda: page.click(".desk__found button >> nth=0"))
        self.say(door)

    def say(self, text: str) -> None:
        """Type at the desk."""
        self.page.fill("#text", text)
        self.draw(lambda: self.page.press("#text", "Enter"))

    def draw(self, act: Callable[[], None]) -> None:
        """Do something at the desk, and wait until it has drawn itself anew."""
        page = self.page
        page.evaluate("document.querySelector('#desk').firstElementChild.dataset.before = ''")
        act()
        page.wait_for_selector("#desk [data-before]", state="detached")

    def work_phone(self) -> Any:
        """Enrol a phone at a table, open a tube and scan a household."""
        table = self.hand.tables[4 + self.number]
        self.page.goto(f"{self.url}/devices/new")
        self.page.select_option("[name=role]", "registrar")
        self.page.select_option("[name=place]", table.place)
        self.page.select_option("[name=people]", table.staff)
        self.page.click("main form .button--primary")
        code = self.page.inner_text("#code")
        phone = self.open(TALL, scale=2)
        phone.goto(f"{self.url}/field/#enrol={code}")
        phone.click(".people .button >> nth=0")
        for _ in range(2):
            for digit in PIN:
                phone.click(f".pin__key:text-is('{digit}')")
            phone.wait_for_selector(".pin__dot--full", state="detached")
        phone.click(f".view--home >> text={TABLE[self.language]}")
        phone.wait_for_selector(".tube")
        for text in (table.tubes[-1], *self.households[1]):
            phone.evaluate(
                """(code) => document.dispatchEvent(
                  new CustomEvent("scan", {detail: {code, target: null}}))""",
                text,
            )
        phone.wait_for_selector(f".tube__person >> nth={HOUSEHOLD - 1}")
        return phone


if __name__ == "__main__":
    sys.exit(main())
