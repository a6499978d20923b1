"""Kinds of standing as pages name them and the wall draws them; declared in registry.standings."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from django.utils.translation import get_language

from doorstep.ledger import store
from doorstep.registry import standings
from doorstep.rounds import wall


class Held(NamedTuple):
    """A standing somebody holds: its word, its name, from and until in microseconds, its entry."""

    code: str
    name: str
    from_at: int
    until_at: int | None
    entry: str


def name_standing(code: str) -> str:
    """The kind's name in the reader's language."""
    return standings.name_standing(code, get_language() or "en")


def find_standing(code: str) -> wall.Standing:
    """The kind as the wall draws it; one that is not declared by its own word, in ink."""
    found = standings.find_standing(code)
    if found is None:
        return wall.Standing(code, code, "#1C1F23", "#E8E8E3", "dots")
    return wall.Standing(code, name_standing(code), found.colour, found.night, found.pattern)


def list_held(estate: str, at: int) -> list[str]:
    """The kinds of standing that somebody living in the estate holds at a moment (microseconds)."""
    rows = store.query(
        # LIMIT lets PostgreSQL begin with the estate's people, not read everybody's homes
        "SELECT DISTINCT s.kind FROM "
        "(SELECT person FROM registry_residence WHERE estate = %s LIMIT 1000000) r "
        "JOIN registry_standing s ON s.subject = r.person "
        "WHERE s.from_at <= %s AND (s.until_at IS NULL OR s.until_at > %s)",
        [estate, at, at],
    )
    return sorted(str(code) for (code,) in rows)


def list_of(subjects: Collection[str], at: int) -> dict[str, list[Held]]:
    """The standings each subject holds at a moment (microseconds), the latest first."""
    found: defaultdict[str, list[Held]] = defaultdict(list)
    columns = ["subject", "kind", "from_at", "until_at", "entry"]
    for subject, kind, from_at, until_at, entry in store.select(
        "registry_standing", columns, "subject", subjects
    ):
        if from_at <= at and (until_at is None or until_at > at):
            held = Held(kind, name_standing(kind), from_at, until_at, str(entry))
            found[str(subject)].append(held)
    return {one: sorted(held, key=lambda each: -each.from_at) for one, held in found.items()}
