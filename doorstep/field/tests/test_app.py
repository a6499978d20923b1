"""The field app's page, which is kept for everybody as it was made for the first."""

from django.utils import translation

from doorstep.field import app


def test_the_page_is_the_same_whoever_asks_first() -> None:
    with translation.override("zh-hans"):
        page = app._render_page().decode()
    assert "Sampling table" in page and "采样台" not in page
