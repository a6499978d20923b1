"""Every page in a real Chromium, in both languages, on a narrow phone and a wide screen, by day and
by night: it answers, no error on the console, nothing from another host, nothing that sticks out,
nothing axe-core finds, no text of the other language. The pages come from the addresses of the
server: one that is added is looked at too, and one that takes something nobody knows here fails.
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from doorstep.config.commands import browser
from doorstep.town import duty, places, plan
from tests import played_day, routes

ROOT = Path(__file__).parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LOOK = Path(__file__).parent / "look.js"
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
WIDTHS = (1280, 320)  # px
PATIENCE = 120_000  # ms after which a page that should have come will not
PASSWORD = "doorstep-2021"

# What is no page, by why it is none.
FORMS = {  # take a form alone; whoever comes by a link is led to the page it stands on
    "command:list_unlisted", "command:do_close_round", "command:withdraw_round",
    "command:reopen_round", "command:say", "command:take_back", "command:reveal",
    "command:presence", "command:give_standing", "command:take_standing_back", "command:letter",
    "command:revoke_device", "command:assign_person", "command:unassign_person",
    "command:ask_destruction", "command:do_destruction", "command:report_backup",
    "command:add_estate", "command:commit_upload", "command:change_member",
    "command:take_vaccinated", "command:add_unit", "command:confirm_closing", "zones:approve",
    "zones:renew", "zones:withdraw", "zones:apply", "zones:answer", "zones:hand_in_pack",
    "zones:adopt", "zones:take_back", "sampling:desk_act", "sampling:tube_act", "sampling:box_act",
    "plans:keep", "plans:accept", "plans:withdraw", "plans:ask_keep", "plans:replan",
    "plans:take_book",
    "sampling:refuse_tube", "sampling:enter_result", "sampling:upload", "other_apps:settle",
    "programme:act", "programme:codes", "programme:replace_code",
}  # fmt: skip
FILES = {  # pictures, tables and PDF that are taken away; what scripts and logs read
    "command:wall_layout", "command:wall_state", "command:curve", "command:curve_csv",
    "command:badges", "command:prove_line", "command:print_day", "command:checkpoint",
    "plans:paper", "plans:ask_paper", "plans:kept_paper", "plans:sheet",
    "plans:shift_template", "plans:problem", "plans:result",
    "sampling:labels", "other_apps:photo", "log/checkpoint", "log/key",
    "programme:book", "programme:evidence", "public:photo", "public:week_picture",
    "log/tile/<path:path>",
    "field/files.json", "field/icon-<int:size>.png", "field/manifest.webmanifest", "field/sw.js",
    "field/words/<str:language>.json", "favicon.ico",
}  # fmt: skip
PARTS = {  # put into a page by its script
    "command:wall_card", "command:preview_round", "command:live_round", "zones:consequence",
    "plans:try", "plans:bad_days", "plans:ask_try",
}  # fmt: skip
DEVICES = {  # asked by devices with a key or an account of theirs: field/tests, tests/offline
    "openrosa:form_list", "openrosa:submission", "openrosa:xform", "openrosa:manifest",
    "openrosa:list", "field/authority.crt", "field/v1/devices", "field/v1/entries",
    "field/v1/session", "field/v1/snapshot", "field/v1/attachments/<str:digest>",
}  # fmt: skip
BUTTONS = {"face:sign_out", "face:language", "face:appearance"}  # in the head of every page
LEADS = {  # lead to the same address in the language the browser asks for
    "public:home", "public/^(?P<rest>projects/[^/]+|survey|say|weeks/[^/]+)$",
}  # fmt: skip
NO_PAGES = FORMS | FILES | PARTS | DEVICES | BUTTONS | LEADS

# Who opens a page, if not the duty officer; "" is somebody who has not signed in.
WHO = {"face:style": "admin", "command:new_member": "admin", "command:badges": "admin",
       "face:sign_in": "", "public_orders": "", "field/": "", "public:board": "",
       "public:project": "", "public:survey": "", "public:say": "", "public:week": ""}  # fmt: skip
# What pages are asked, where they look different then.
PLANNED = "?people=300&by=12:30&opens=08:00&desks=4&stalls=4"
_HERE, _UNIT = places.estate_id(0), duty.unit_id(plan.get_plan(), "zhonghai_property")
ESTATE = f"?estate={_HERE}&unit={_UNIT}&first=2021-06-22&by=20:00"
ROWS = (
    ESTATE + "&shift1=1&starts1=06:00&ends1=14:00&shift2=2&starts2=22:00&ends2=06:00&night2=1"
    "&place1=3&people1-1=2&people1-2=1&place2=4&people2-1=1&people2-2="
)
TICKS = ROWS + "&skill2=5&do=add-need"
ASKED = {
    "plans:centre": ["", PLANNED],
    "plans:try": [PLANNED],
    "plans:bad_days": [PLANNED],
    "plans:paper": [PLANNED],
    "plans:ask": ["", ESTATE],
    "plans:shifts": ["", ROWS, TICKS],
    "plans:ask_try": [ESTATE],
    "plans:ask_paper": [ESTATE],
    "programme:buildings": [f"?estate={_HERE}"],
    "programme:home": ["", "?by=unit&band=blue", "?as=print"],
    "programme:voices": ["", "?state=adopted"],
    "command:people": ["", "?q=1-101"],
    "command:rounds": ["", "?as=print"],
    "command:round": ["", "?which=refused"],
    "command:find_line": ["?line=0"],
    "command:print_day": ["?day=2021-06-21"],
}
OFFICER = "hq1"
# Pages of others, and pages that say no.
OTHERS = [("courier1", "/sampling/boxes", 200), ("lab1", "/sampling/laboratory", 200),
          ("steward1", "/", 200), ("steward1", "/book/", 403), ("steward1", "/nowhere", 404),
          (OFFICER, "/book/destruction/?holds=operation&day=2021-06-20", 409)]  # fmt: skip
# Latin words that Chinese pages have too: names of things, and what is typed.
KNOWN = [
    "Doorstep",
    "English",
    "problem.json",
    "result.json",
    "Excel",
    "Collect",
    "DataMatrix",
    "Esc",
    "doorstep",
    "ledger",
]

pytestmark = [
    pytest.mark.skipif(browser.find_browser() is None, reason="no Chromium on this machine"),
    pytest.mark.once,
]


class World(NamedTuple):
    """A server on which the day is over, and what its addresses take."""

    url: str
    arguments: played_day.Arguments


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    scene, arguments = played_day.play(tmp_path_factory.mktemp("pages"))
    yield World(scene.url, arguments)
    scene.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = browser.find_browser()
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        launched.close()


def list_addresses(route: str, pattern: str, arguments: played_day.Arguments) -> list[str]:
    """A route's addresses with every value of its last argument, and the first of the others."""
    names = ARGUMENT.findall(pattern)
    # KeyError: tests.played_day says what an address takes
    known = [arguments.get(f"{route} {name}") or arguments[name] for name in names]
    given = product(*(each[: 1 if at < len(known) - 1 else None] for at, each in enumerate(known)))
    return ["/" + _put(pattern, values) for values in given]


def _put(pattern: str, values: tuple[str, ...]) -> str:
    for value in values:
        pattern = ARGUMENT.sub(value, pattern, count=1)
    return pattern


class Visitor:
    """A browser in one language, for whoever signs in. Notes what is wrong with pages it opens."""

    def __init__(self, chromium: Any, url: str, language: str) -> None:
        self.chromium, self.url, self.language = chromium, url, language
        self.wrong: list[str] = []
        self._pages: dict[str, Any] = {}
        self._expected = 200

    def sign_in(self, account: str) -> Any:
        """The page of this person, who signs in once; "" stays outside."""
        if account in self._pages:
            return self._pages[account]
        context = self.chromium.new_context(bypass_csp=True)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(path=AXE)
        context.add_init_script(path=LOOK)
        cookie = {"name": "doorstep_language", "value": self.language, "url": self.url}
        context.add_cookies([cookie])
        page = self._pages[account] = context.new_page()
        page.on("console", lambda m: self._hear(page, m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self._note(page, str(error)))
        page.on("request", lambda r: None if self._is_ours(r.url) else self._note(page, r.url))
        if account:
            page.goto(self.url + "/sign-in?next=/password")
            page.fill("input[name=account]", account)
            page.fill("input[name=password]", PASSWORD)
            with page.expect_navigation(url="**/password"):
                page.press("input[name=password]", "Enter")
        return page

    def visit(self, account: str, address: str, status: int = 200) -> Any:
        """Open a page and look at it."""
        page = self.sign_in(account)
        self._expected = status
        answer = page.goto(self.url + address)
        if answer.status != status or page.url.split("#")[0] != self.url + address:
            self._note(page, f"{address} answers {answer.status} at {page.url}")
        self.look(page)
        return page

    def look(self, page: Any) -> None:
        """What is wrong with the page that is open, first at the width the last page ended with."""
        first = page.viewport_size["width"]
        for width in sorted(WIDTHS, key=lambda each: each != first):
            if width != first:
                page.set_viewport_size({"width": width, "height": 800})
            for each in page.evaluate("look.check()"):
                self._note(page, f"at {width}: {each}")
        if self.language == "en":  # the colours of the night know no language
            page.emulate_media(color_scheme="dark")
            for each in page.evaluate("look.check()"):
                self._note(page, f"at night: {each}")
            page.emulate_media(color_scheme="light")
        asked = "look.findChinese()" if self.language == "en" else "look.findEnglish(known)"
        for each in page.evaluate(f"(known) => {asked}", KNOWN):
            self._note(page, f"in the other language: {each}")

    def _hear(self, page: Any, text: str) -> None:
        if self._expected == 200 or "Failed to load resource" not in text:
            self._note(page, text)

    def _note(self, page: Any, text: str) -> None:
        self.wrong.append(f"{page.url.removeprefix(self.url)}: {text}")

    def _is_ours(self, url: str) -> bool:
        return url.startswith((self.url, "data:", "blob:"))


def test_nothing_is_said_to_be_no_page_that_is_gone() -> None:
    known = {route for route, _ in routes.list_routes()}
    assert known >= NO_PAGES


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_whole(world: World, chromium: Any, language: str) -> None:
    visitor = Visitor(chromium, world.url, language)
    faces = ["en", "en-large"] if language == "en" else ["zh", "zh-large"]
    for account, address in list_pages(world.arguments | {"face": faces}):
        visitor.visit(account, address)
    for account, address, status in OTHERS:
        visitor.visit(account, address, status)
    send_forms(visitor, world.arguments)
    assert not visitor.wrong, "\n".join(visitor.wrong)


def test_what_takes_a_form_leads_back_to_its_page(world: World, chromium: Any) -> None:
    officer = Visitor(chromium, world.url, "en").sign_in(OFFICER)
    pages = {address for _, address in list_pages(world.arguments)}
    for route, pattern in routes.list_routes():
        if route in FORMS:
            address = list_addresses(route, pattern, world.arguments)[0]
            answer = officer.request.get(world.url + address, max_redirects=0)
            assert (route, answer.status) == (route, 302)
            assert answer.headers["location"] in pages, route


def test_files_and_parts_of_pages_are_there(world: World, chromium: Any) -> None:
    visitor = Visitor(chromium, world.url, "en")
    for route, pattern in routes.list_routes():
        if route in FILES | PARTS:
            address = list_addresses(route, pattern, world.arguments)[0]
            address += ASKED.get(route, [""])[0]
            answer = visitor.sign_in(WHO.get(route, OFFICER)).request.get(world.url + address)
            assert (route, answer.status) == (route, 200)
            assert b"<html" not in answer.body()[:200], route


def list_pages(arguments: played_day.Arguments) -> Iterator[tuple[str, str]]:
    """Every page, with who opens it."""
    for route, pattern in routes.list_routes():
        if route not in NO_PAGES:
            for address in list_addresses(route, pattern, arguments):
                for asked in ASKED.get(route, [""]):
                    yield WHO.get(route, OFFICER), address + asked


def send_forms(visitor: Visitor, arguments: played_day.Arguments) -> None:
    """Look at the pages that only a form leads to."""
    page = visitor.sign_in(OFFICER)
    primary = "main form .button--primary"
    for address, chosen, button in (
        (f"/people/{arguments['person'][0]}/", [], "[formaction$='/letter']"),
        ("/devices/new", [], primary),
        ("/devices/apps/new", [], primary),
        ("/zones/orders/new", ["rule", "area"], primary),
        ("/zones/evidence/new", [], primary),
    ):
        page.goto(visitor.url + address)
        for name in chosen:
            page.select_option(f"[name={name}]", index=1)
        page.eval_on_selector(button, "(each) => each.removeAttribute('formtarget')")
        with page.expect_navigation():
            page.click(button)
        visitor.look(page)
    page.goto(f"{visitor.url}/sampling/desk/{arguments['table'][0]}")
    for text in (arguments["roll"][visitor.language == "en"], "1-1-101"):
        page.eval_on_selector("#desk > *", "(drawn) => { drawn.dataset.before = '' }")
        page.fill("#text", text)
        page.press("#text", "Enter")
        page.wait_for_selector("#desk [data-before]", state="detached")
    visitor.look(page)


def test_what_is_typed_at_the_desk_waits_for_its_turn(world: World, chromium: Any) -> None:
    """While an answer is on its way, and when none comes."""
    page = Visitor(chromium, world.url, "en").sign_in(OFFICER)
    page.goto(f"{world.url}/sampling/desk/{world.arguments['table'][0]}")
    asked: list[Any] = []
    page.route("**/sampling/desk/*/act", lambda route: asked.append(route))
    page.fill("#text", world.arguments["roll"][2])
    page.press("#text", "Enter")
    page.keyboard.type("1-1-102", delay=60)  # over what was sent
    page.wait_for_timeout(60)
    page.keyboard.press("Enter")
    page.wait_for_timeout(60)
    page.keyboard.press("Enter")  # once more is the same
    page.evaluate(  # a gun
        """() => document.dispatchEvent(new CustomEvent(
          "scan", {detail: {code: "1-1-105", target: null}, cancelable: true}))"""
    )
    page.keyboard.type("1-1-1", delay=60)
    answer_next(page, asked, world.arguments["roll"][2])
    assert page.input_value("#text") == "1-1-1"
    answer_next(page, asked, "1-1-102")
    answer_next(page, asked, "1-1-105")
    page.wait_for_function("document.querySelector('#text').value === '1-1-1'")
    # no answer: what was sent and what comes after it go, in their order, once there is one
    page.fill("#text", "1-1-103")
    page.press("#text", "Enter")
    wait_until(page, lambda: len(asked) == 1)
    asked.pop().abort()
    page.wait_for_selector(".desk__said >> text=Nothing was lost")
    page.fill("#text", "1-1-104")
    page.press("#text", "Enter")
    answer_next(page, asked, "1-1-103")
    answer_next(page, asked, "1-1-104")
    page.wait_for_selector("form.desk__line:not([aria-busy])")
    assert asked == []


def answer_next(page: Any, asked: list[Any], text: str) -> None:
    """Let the desk's next question through to the server: it is about this."""
    wait_until(page, lambda: len(asked) > 0)
    page.eval_on_selector("#desk > *", "(drawn) => { drawn.dataset.before = '' }")
    [found] = re.findall(r'name="text"\r\n\r\n(.*)\r\n', asked[0].request.post_data)
    assert found == text
    asked.pop(0).continue_()
    page.wait_for_selector("#desk [data-before]", state="detached")


def wait_until(page: Any, holds: Callable[[], bool]) -> None:
    """Until something holds that the page's requests bring about."""
    for _ in range(600):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("the page asks nothing")


def test_pictures_of_the_docs_are_there_and_light() -> None:
    kept = {path.name: path.stat().st_size for path in (ROOT / "docs/pictures").glob("*.png")}
    assert max(kept.values()) <= 150_000
    texts = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name for text in texts for name in re.findall(r"pictures/([\w-]+\.png)", text.read_text())
    }
    assert named == kept.keys()
