"""The field app's words in both languages: texts that stand as t("…") in its modules, titles of
screens, and the sentences of codes.

Refuses nothing: a text without Chinese shows in English; `doorstep translations check` names it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from doorstep.field import screens
from doorstep.ledger import codes

LANGUAGES = ("en", "zh-hans")
_TEXT = re.compile(r"""(?<![\w$])t\(\s*("(?:[^"\\\n]|\\.)*")""")


def find_texts(script: str) -> Iterator[str]:
    """The English texts of a module: what stands in it as t("…"), in one string without breaks."""
    for match in _TEXT.finditer(script):
        yield json.loads(match[1])


def make_words(language: str, scripts: list[str]) -> dict[str, Any]:
    """`texts`: English to the language's own, only where these differ; `codes`: code to sentence;
    `held`: the codes that hold a line.

    Args:
        language: one of LANGUAGES.
        scripts: the texts of the app's modules.
    """
    with translation.override("en"):
        wanted = {str(screen.title) for screen in screens.list_screens()}
    wanted.update(text for script in scripts for text in find_texts(script))
    with translation.override(language):
        texts = {text: gettext(text) for text in sorted(wanted)}
    which = 1 if language == "en" else 2
    return {
        "texts": {english: text for english, text in texts.items() if text != english},
        "codes": {code: said[which] for code, said in codes.CODES.items()},
        "held": screens.list_held(),
    }
