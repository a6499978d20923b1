"""The screens that operations bring to the field app: installed once, by config.wiring.

A screen is a module of static files that exports `open(root, phone)` and `close()`
(docs/field-app.md). Its whole folder goes with the app, so a screen may have as many files as it
likes, and nobody keeps a list of them. Refuses nothing: a role no device has shows a screen to
nobody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from django.utils.functional import Promise


class Screen(NamedTuple):
    """One screen of an operation.

    `module` is a static path, as "sampling/field/table.js"; `roles` are those of devices; `title`
    is English, given as gettext_lazy: the app shows it in the worker's language.
    """

    operation: str
    module: str
    roles: Sequence[str]
    title: str | Promise

    @property
    def name(self) -> str:
        """The screen's word in the app's address: the operation and the module's own name."""
        return f"{self.operation}-{PurePosixPath(self.module).stem}"

    @property
    def folder(self) -> str:
        """The static folder all of which belongs to the app."""
        return str(PurePosixPath(self.module).parent)


_BOOK = ("FOLD_FAILED", "GARBLED", "ID_REUSED", "KIND_UNKNOWN", "NOT_ALLOWED")
_screens: list[Screen] = []
_held: set[str] = set()
_rules: dict[str, Callable[[], Any]] = {}


def install(
    screens: Sequence[Screen],
    held: Iterable[str] = (),
    rules: Mapping[str, Callable[[], Any]] | None = None,
) -> None:
    """Set the screens, in the order in which the app lists them; the operations' codes that hold a
    line until a person has settled it: the app counts these lines; and by operation what makes the
    numbers of its rules, by which its screens warn.
    """
    _screens[:] = screens
    _held.clear()
    _held.update(_BOOK, held)
    _rules.clear()
    _rules.update(rules or {})


def list_screens() -> list[Screen]:
    """All that are installed."""
    return list(_screens)


def list_held() -> list[str]:
    """The codes that hold a line, in alphabetical order."""
    return sorted(_held)


def make_rules() -> dict[str, Any]:
    """By operation the numbers of its rules."""
    return {operation: make() for operation, make in _rules.items()}
