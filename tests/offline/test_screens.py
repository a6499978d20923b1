"""Every screen of the app is whole, those of sampling too with work in them: nothing sticks out of
a narrow phone, nothing is too small for a glove, axe-core finds nothing, in both languages and in
large text.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.offline.conftest import Desk, Handset
from tests.offline.test_sampling import scan, tube_code, wait_kept

MakePhone = Callable[..., Handset]
pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[2]
ESTATE = (4, 60)  # devices, people
TUBES = iter(range(1, 1_000))
PEOPLE = iter(range(0, 60, 3))  # whom each phone samples
CORE = ("home", "lookup", "receipt", "settings")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SMALL = """[...document.querySelectorAll('button, a, input, select, summary')].filter((each) => {
  const { width, height } = each.getBoundingClientRect();
  return each.checkVisibility() && width > 0 && (height < 48 || width < 44);
}).map((each) => each.outerHTML.slice(0, 90))"""
OUT = """[...document.querySelectorAll('body *')].filter((each) =>
  each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
).map((each) => each.outerHTML.slice(0, 120)).slice(0, 3)"""


def look(page: Any, name: str) -> list[str]:
    """What is wrong with a screen: it sticks out, is too small to press, or axe-core finds it."""
    found = []
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{name}: sticks out: {page.evaluate(OUT)}")
    found += [f"{name}: small: {each}" for each in page.evaluate(SMALL)]
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=str(AXE))
    # what lies under the bars is pressed when it is scrolled from there
    style = page.add_style_tag(content=".bar, .dock { position: static !important }")
    report = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
    style.evaluate("each => each.remove()")
    for each in report["violations"]:
        nodes = " ".join(str(node["html"])[:160] for node in each["nodes"][:3])
        found.append(f"{name}: {each['id']}: {each['help']}: {nodes}")
    return found


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", [320, 1100])
def test_every_screen_is_whole(
    desk: Desk, make_phone: MakePhone, language: str, width: int
) -> None:
    phone = make_phone(viewport={"width": width, "height": 700}, bypass_csp=True)
    cookie = {"name": "doorstep_language", "value": language, "url": desk.address}
    phone.context.add_cookies([cookie, {**cookie, "name": "text", "value": "large"}])
    phone.go()
    phone.page.wait_for_selector(".view--enrol")
    wrong = look(phone.page, "enrol")
    phone.enrol(desk.make_code())
    wrong += look_at_work(phone, desk)
    phone.wait_sent()
    for name in CORE:
        phone.go(f"#{name}")
        phone.page.wait_for_selector(f".view--{name}")
        if name == "lookup":
            phone.page.fill("#asked", "101")
            phone.page.wait_for_selector(".rows .chip")
        wrong += look(phone.page, name)
    phone.page.click(".bar__who")
    phone.page.wait_for_selector(".view--unlock")
    wrong += look(phone.page, "unlock")
    phone.page.locator(".people .button").first.click()
    wrong += look(phone.page, "pin")
    assert not wrong, "\n".join(wrong)


def look_at_work(phone: Handset, desk: Desk) -> list[str]:
    """The screens of sampling, each with something in it."""
    open_, closed = (tube_code(next(TUBES)) for _ in range(2))
    at = next(PEOPLE)
    people: list[str] = phone.run("return [...phone.snapshot.people.keys()].sort();")[at : at + 3]
    go_to(phone, "sampling-table", ".tube")
    for kept, code in enumerate([closed, *people[:2]], 1):
        scan(phone, code)
        wait_kept(phone, kept)
    phone.page.locator(".tube .actions .button").last.click()
    wrong = look(phone.page, "count")
    phone.page.click("[role=dialog] .button--primary")
    wait_kept(phone, 4)
    for kept, code in enumerate([open_, people[2]], 5):
        scan(phone, code)
        wait_kept(phone, kept)
    phone.page.locator(".past > summary").first.click()
    wrong += look(phone.page, "table")
    press(phone, "Pack a box (closed tubes: {n})", n=1)
    phone.page.wait_for_selector("#seal")
    wrong += look(phone.page, "box")
    press(phone, "Add somebody on no list")
    phone.page.wait_for_selector("#add-door")
    phone.page.fill("#add-door", "101")
    wrong += look(phone.page, "add")
    press(phone, "Not now")  # nobody is added
    press(phone, "Not now")  # no box is sealed
    phone.run(  # as the server marks those who wait at home
        """const due = phone.snapshot.due.get(given);
        for (const id of [...due.keys()].slice(-4)) due.set(id, ["due", true]);""",
        desk.world["rounds"][0],
    )
    go_to(phone, "sampling-walk", ".walk__person")
    wrong += look(phone.page, "walk")
    for role, name in (("courier", "sampling-courier"), ("laboratory", "sampling-laboratory")):
        phone.run("phone.me.role = given;", role)
        go_to(phone, name, "input")
        phone.run("for (const each of document.querySelectorAll('details')) each.open = true;")
        wrong += look(phone.page, role)
    phone.run("phone.me.role = 'registrar';")
    return wrong


def go_to(phone: Handset, name: str, sign: str) -> None:
    phone.run("app.go(given);", name)
    phone.page.wait_for_selector(f".view--{name} {sign}")


def press(phone: Handset, text: str, **facts: int) -> None:
    """Press a button, in whatever language its text is."""
    word = phone.run("return phone.t(...given);", [text, facts])
    phone.page.locator(".button", has_text=word).first.click()
