"""The sentence on top of a page with every number a link to the list it counts.

The words are the kind's own (rounds.round_kinds); nothing here knows a kind of round.
"""

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
    kind = round_kinds.find_kind(round_.round_kind)
    if kind is None:
        return mark_safe("")
    facts = rules.sentence_facts(counts, queries.is_closed(round_))
    base = reverse("command:round", args=[round_.id])
    numbers = {}
    for name, which in zip(_Lists._fields, _Lists(), strict=True):
        number = _Linked(getattr(facts, name))
        place = f"&place={within}" if within else ""
        number.address = f"{base}?which={which}{place}#subjects"
        numbers[name] = number
    # the texts are this repository's own data, the numbers are escaped above
    return mark_safe(round_kinds.sentence_of(kind, facts._replace(**numbers), language))
