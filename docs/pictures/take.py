"""Takes the pictures of the README from a running demonstration:

    .venv/bin/doorstep demo          # in one terminal, for a minute or two
    .venv/bin/python docs/pictures/take.py

It signs in as the duty officer, opens the first page and the door wall, and writes PNG files here.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from doorstep.config.commands import browser

FOLDER = Path(__file__).parent
ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
PASSWORD = "doorstep-2021"  # of every invented account of the demonstration


def main() -> None:
    """Take a picture of the wall and of the first page, in English and in Chinese."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find_browser(), args=["--no-sandbox"]
        )
        for language in ("en", "zh-hans"):
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.context.add_cookies(
                [{"name": "doorstep_language", "value": language, "url": ADDRESS}]
            )
            page.goto(ADDRESS)
            page.fill("input[name=account]", "hq1")
            page.fill("input[name=password]", PASSWORD)
            page.press("input[name=password]", "Enter")
            page.wait_for_selector("a[href^='/wall/']")
            page.screenshot(path=FOLDER / f"today-{language}.png")
            page.goto(ADDRESS + str(page.get_attribute("a[href^='/wall/']", "href")))
            page.wait_for_timeout(2_000)
            page.screenshot(path=FOLDER / f"wall-{language}.png")
        chromium.close()


if __name__ == "__main__":
    main()
