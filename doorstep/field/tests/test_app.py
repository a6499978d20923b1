"""The field app's page, which is kept for everybody as it was made for the first."""

from django.test import Client
from django.utils import translation

from doorstep.field import app


def test_the_page_is_the_same_whoever_asks_first() -> None:
    with translation.override("zh-hans"):
        page = app._render_page().decode()
    assert "Sampling table" in page and "采样台" not in page


def test_a_browser_that_asks_by_itself_gets_the_icon() -> None:
    icon = Client().get("/favicon.ico")
    assert icon.status_code == 200 and icon["Content-Type"] == "image/png"
    assert icon.content == Client().get("/field/icon-192.png").content
