"""The sentence on top of a page with every number a link to the list it counts.

The words are the kind's own (rounds.round_kinds); nothing here knows a kind of round.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from doorstep.rounds import models, queries, round_kinds, rules


class _Linked(int):
    """A number that is formatted as a link to its list."""

    address = ""

    def __format__(self, how: str) -> str:
        return format_html('<a href="{}">{}</a>', self.address, int.__format__(self, how))


class _Lists(NamedTuple):
    due: str = "everyone"
    outstanding: str = "outstanding"
    done: str = "done"
    home: str = "home"
    held: str = "held"


def link_sentence(
    round_: models.Round, language: str, counts: rules.Counts, within: str | None = None
) -> SafeString:
    """The round's sentence for these counts as HTML; `within`: the lists are those of a place."""
    base = reverse("command:round", args=[round_.id])
    place = f"&place={within}" if within else ""
    return link_counts(
        round_.round_kind,
        language,
        counts,
        queries.is_closed(round_),
        lambda which: f"{base}?which={which}{place}#subjects",
    )


def link_counts(
    round_kind: str,
    language: str,
    counts: rules.Counts,
    closed: bool,
    address: Callable[[str], str],
) -> SafeString:
    """The sentence of a kind of round for these counts; `address` gives the list of a name."""
    kind = round_kinds.find_kind(round_kind)
    if kind is None:
        return mark_safe("")
    facts = rules.sentence_facts(counts, closed)
    numbers = {}
    for name, which in zip(_Lists._fields, _Lists(), strict=True):
        number = _Linked(getattr(facts, name))
        number.address = address(which)
        numbers[name] = number
    # the texts are this repository's own data, the numbers are escaped above
    return mark_safe(
        round_kinds.sentence_of(kind, rules.SentenceFacts(facts.form, **numbers), language)
    )
