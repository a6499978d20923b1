"""One English text has one Chinese in all packages, unless a context tells the two apart."""

from pathlib import Path

from babel.messages import pofile
from django.conf import settings


def test_no_two_packages_say_the_same_english_differently() -> None:
    """The first part in the alphabet would win without a word: 采样台 became 表格."""
    first: dict[tuple[str | None, object], tuple[str, object]] = {}
    differ = []
    for path in sorted((Path(settings.LOCALE_PATHS[0]) / "parts").glob("*.po")):
        with path.open("rb") as file:
            part = pofile.read_po(file, "zh_Hans", charset="utf-8", abort_invalid=True)
        for message in part:
            if not message.id:
                continue
            key = (message.context, str(message.id))
            where, said = first.setdefault(key, (path.name, message.string))
            if said != message.string:
                differ.append((key, where, path.name))
    assert differ == []
