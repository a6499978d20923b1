"""Joins the Chinese of all packages (locale/parts/*.po) into what Django reads, and finds what is
missing. Refuses nothing: a text without Chinese shows in English, and the check names it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog

from doorstep.field import words

PACKAGE = Path(__file__).parents[1]
PARTS = PACKAGE / "locale" / "parts"
TARGET = PACKAGE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
_FUNCTIONS = {"_", "gettext", "gettext_lazy", "gettext_noop", "translate"}
_PLURALS = {"ngettext", "ngettext_lazy"}
_CONTEXTS = {"pgettext", "pgettext_lazy"}


class Text(NamedTuple):
    """A text in the code that a person reads: context, English, and the file it stands in."""

    context: str | None
    english: str
    where: str


def read_parts() -> Catalog:
    """The Chinese of all packages, joined. The first part in the alphabet that has a text wins.

    Raises:
        ValueError: a part is not a .po file.
    """
    joined = Catalog("zh_Hans", charset="utf-8", fuzzy=False)
    for path in sorted(PARTS.glob("*.po")):
        with path.open("rb") as file:
            part = pofile.read_po(file, "zh_Hans", charset="utf-8", abort_invalid=True)
        for message in part:
            if message.id and message.string and joined.get(message.id, message.context) is None:
                joined.add(message.id, message.string, context=message.context)
    return joined


def compile_parts() -> int:
    """Write the compiled catalogue; how many texts are in it."""
    joined = read_parts()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with TARGET.open("wb") as file:
        mofile.write_mo(file, joined)
    return len(joined)


def list_missing() -> list[Text]:
    """Every text of our code and templates that has no Chinese."""
    joined = read_parts()
    found = sorted(set(_texts()), key=lambda text: (text.where, text.english))
    return [text for text in found if joined.get(text.english, text.context) is None]


def _texts() -> Iterator[Text]:
    for path in sorted(PACKAGE.rglob("*")):
        where = str(path.relative_to(PACKAGE))
        if path.suffix == ".py" and "/tests/" not in where and "migrations" not in where:
            yield from _texts_of_code(path.read_text("utf-8"), where)
        elif path.suffix == ".html" and "templates" in where:
            yield from _texts_of_template(path.read_text("utf-8"), where)
        elif path.suffix == ".js" and "static" in where:
            for text in words.find_texts(path.read_text("utf-8")):
                yield Text(None, text, where)


def _texts_of_code(code: str, where: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        words = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if not words or not isinstance(words[0], str):
            continue
        if name in _FUNCTIONS or name in _PLURALS:
            yield Text(None, words[0], where)
        elif name in _CONTEXTS and len(words) > 1:
            yield Text(words[0], str(words[1]), where)


def _texts_of_template(source: str, where: str) -> Iterator[Text]:
    from django.utils.translation.template import templatize

    # what Django's own extraction makes of a template: calls to gettext among the letters X
    code = templatize(source)
    for match in re.finditer(r"\b(n?gettext|_|pgettext)\((?=u?['\"])", code):
        call = _first_call(code[match.start() :])
        if call is not None:
            yield from _texts_of_code(call, where)


def _first_call(code: str) -> str | None:
    """The shortest beginning of `code` that is a whole call."""
    for end in (m.end() for m in re.finditer(r"\)", code[:5_000])):
        try:
            ast.parse(code[:end], mode="eval")
        except SyntaxError:
            continue
        return code[:end]
    return None
