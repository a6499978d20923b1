"""The folded tables in two parts that two processes can fold at once: what operations stand on
(roster, orders, rounds), and the rest.

A fold reads what lies below its package, and what it says of a table below it says by an effect. So
the upper part is folded from the lower part's rows as they are when all is folded, which no order
of arrival changes, and its effects are carried to whoever folds the lower part. Refuses to name a
package: the lower part ends with the topmost package that has an effect.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, ParamSpec

from django.apps import apps
from django.db import models

from doorstep.ledger import kinds

LEDGER = "ledger"  # reads the lines and says which of them count: never below
Words = ParamSpec("Words")
_acts: list[Callable[..., None]] = []
_carried: ContextVar["list[Effect] | None"] = ContextVar("carried", default=None)


class Effect(NamedTuple):
    """What an operation's fold says of a package below it."""

    act: Callable[..., None]
    words: tuple[Any, ...]
    named: dict[str, Any]


def effect(act: Callable[Words, None]) -> Callable[Words, None]:
    """Marks a function by which folds of packages above write this package's tables."""

    @functools.wraps(act)
    def do_or_carry(*words: Words.args, **named: Words.kwargs) -> None:
        carried = _carried.get()
        if carried is None:
            act(*words, **named)
        else:
            carried.append(Effect(do_or_carry, words, named))

    _acts.append(do_or_carry)
    return do_or_carry


@contextmanager
def carrying() -> Iterator[list[Effect]]:
    """Effects inside the block are not done: they are in the list, in their order."""
    found: list[Effect] = []
    token = _carried.set(found)
    try:
        yield found
    finally:
        _carried.reset(token)


def package_of(module: str) -> str:
    """The label of the package that a module belongs to."""
    config = apps.get_containing_app_config(module)
    return config.label if config else LEDGER


class Part(NamedTuple):
    """The packages named, or, `others`, all but those named."""

    packages: frozenset[str]
    others: bool = False

    def has(self, package: str) -> bool:
        """Whether a package is in this part."""
        return (package in self.packages) != self.others

    def list_models(self) -> list[type[models.Model]]:
        """The tables of which this part folds the rows: its own, and its share of those in which
        each package has rows of its own (`shared_by`).
        """
        return [
            model
            for model in apps.get_models()
            if getattr(model, "table_class", "") == "state"
            and (hasattr(model, "shared_by") or self.has(model._meta.app_label))
        ]

    def share_of(self, model: type[models.Model]) -> tuple[str, list[str]]:
        """A condition that a row of the table is this part's, and its parameters."""
        shared = getattr(model, "shared_by", None)
        if shared is None or not self.packages:
            return "TRUE", []
        marks = ", ".join(["%s"] * len(self.packages))
        return f"{shared} {'NOT IN' if self.others else 'IN'} ({marks})", sorted(self.packages)

    def list_folds(self) -> list[kinds.Fold]:
        """This part's folds, bottom package first."""
        return [fold for fold in kinds.list_folds() if self.has(package_of(fold.__module__))]

    def list_shapes(self) -> frozenset[type]:
        """The shapes of the entries that this part's packages fold."""
        shapes = (kind.shape for kind in kinds.list_kinds())
        return frozenset(shape for shape in shapes if self.has(package_of(shape.__module__)))


WHOLE = Part(frozenset(), others=True)


def split() -> tuple[Part, Part]:
    """The lower and the upper part."""
    order = [config.label for config in apps.get_app_configs()]
    top = max(order.index(package_of(act.__module__)) for act in _acts)
    below = frozenset(order[: top + 1]) - {LEDGER}
    return Part(below), Part(below, others=True)
