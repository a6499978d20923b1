"""Special care: households with a need, the one in greatest difficulty first, and why.

A district has tens of thousands of them: they are ranked by their needs alone, and only those on
the page are named. Refuses to show who lives outside one's own places, and to find anybody by more
of a name than the page shows of it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command import households, records, scopes
from doorstep.face import lists, pages, phrases
from doorstep.ledger import store
from doorstep.registry import addresses, finding, needs, vault
from doorstep.registry import queries as places
from doorstep.rounds import lists as round_lists
from doorstep.rounds import scopes as parts

_AT_ONCE = 2_000  # named together for a spreadsheet

_read = cache(records.read_flags)


_Said = tuple[str, ...]  # what each needs of those behind a door, as the database has it


class Households(lists.Paged):
    """The doors of households with a need in their order, as face.lists pages them. `said`: the
    needs behind each; `within`: where their reader may look, None: everywhere.
    """

    def __init__(
        self, doors: Sequence[str], said: Mapping[str, _Said], within: parts.Scope | None
    ) -> None:
        self.doors, self.said, self.within = doors, said, within

    def find(self, text: str) -> "Households":
        """Those that every word of `text` is said of: a door or building such as 12-803, a need, an
        estate, the first sign of a name.
        """
        words = text.casefold().split()
        numbers = [word for word in words if any(sign.isdigit() for sign in word)]
        found = self
        if numbers:
            called = _find_doors(" ".join(numbers), self.within)
            found = found._keep(lambda door: door in called)
        for word in words:
            if word not in numbers:
                found = found._find_word(word)
        return found

    def narrow(self, need: str) -> "Households":
        """Those with a need."""
        return self._keep(lambda door: need in _join(self.said[door]))

    def sort(self, by: str) -> "Households":
        """The gravest first, always."""
        return self

    def read(self, start: int, size: int) -> list[Any]:
        """One page, named (masked)."""
        return _name({door: _join(self.said[door]) for door in self.doors[start : start + size]})

    def __len__(self) -> int:
        return len(self.doors)

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self.doors), _AT_ONCE):
            yield from self.read(start, _AT_ONCE)

    def _find_word(self, word: str) -> "Households":
        called = _find_called(word)
        is_said = cache(lambda said: word in _say(_join(said)).casefold())
        return self._keep(lambda door: is_said(self.said[door]) or door in called)

    def _keep(self, keeps: Callable[[str], bool]) -> "Households":
        return Households([door for door in self.doors if keeps(door)], self.said, self.within)


@cache
def _join(said: _Said) -> tuple[str, ...]:
    """The needs of a household, each once."""
    return tuple(dict.fromkeys(flag for each in said for flag in _read(each)))


@pages.page(*scopes.WATCHERS)
@require_GET
def show_care(request: HttpRequest) -> HttpResponseBase:
    """Who needs special care."""
    language = get_language() or "en"
    within = parts.read(scopes.list_scopes(request.user))
    found = list_gravest(None if _is_everywhere(within) else within)
    listing = lists.Listing(
        request,
        name="care",
        title=_("Special care"),
        rows=found,
        columns=[
            lists.Column("label", _("Door"),
                         link=lambda row: reverse("command:household", args=[row["door"]])),
            *([lists.Column("estate", _("Estate"))] if _is_wide(within) else []),
            lists.Column("why", _("Why")),
            lists.Column("people", _("Who")),
            lists.Column("presence", _("Presence"), "chip"),
        ],
        search_hint=_("Door, need or estate"),
        filters=[lists.Filter("need", _("Need"), [
            (key, need.label.read(language)) for key, need in needs.list_needs().items()],
            apply=lambda rows, value: rows.narrow(value))],
        empty=_("Nobody on the roster has a special need."),
    )  # fmt: skip
    context = {
        "households": len(found),
        "breadcrumbs": [(_("Residents"), reverse("command:people")), (_("Special care"), None)],
    }
    return listing.render("command/care.html", context)


def _is_everywhere(within: parts.Scope) -> bool:
    """Whether no door lies outside."""
    tops = {
        str(id_) for (id_,) in store.query("SELECT id FROM registry_place WHERE parent IS NULL")
    }
    return tops <= {place.id for place in within.places}


def _is_wide(within: parts.Scope) -> bool:
    """Whether several estates lie inside."""
    rows = store.select("registry_place", ["estate"], "id", [place.id for place in within.places])
    return len({estate for (estate,) in rows}) > 1 or (None,) in rows


def list_gravest(within: parts.Scope | None) -> Households:
    """The households with a need in a scope (None: everywhere), the one in greatest difficulty
    first; alike ones as the roster has them.
    """
    rows = store.query(
        # the condition is said as the index registry.Person keeps for it says it; a home is looked
        # up for each, where a join would let PostgreSQL read everybody's. BETWEEN lets SQLite take
        # the index residence_by_person, not the key, which leads it to a row
        "SELECT CAST(p.flags AS text), (SELECT CAST(r.door AS text) FROM registry_residence r "
        "WHERE r.person BETWEEN p.id AND p.id AND r.presence <> 'moved_out') "
        "FROM registry_person p "
        "WHERE NOT (CAST(p.flags AS text) = '[]') ORDER BY p.id"
    )
    behind: dict[str, _Said] = {}
    for said, door in rows:
        behind[door] = (*behind[door], said) if door in behind else (said,)
    behind.pop(None, None)  # type: ignore[call-overload]  # who lives nowhere
    inside = behind.keys() if within is None else behind.keys() & _list_doors(within)
    rank = cache(lambda said: needs.rank_household(flag for each in said for flag in _read(each)))
    alike: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for door, each in behind.items():
        if door in inside:
            alike[rank(each)].append(door)
    return Households([door for key in sorted(alike) for door in alike[key]], behind, within)


def _list_doors(within: parts.Scope) -> set[str]:
    """The places in a scope, doors among them: asked for doors alone, SQLite reads every door."""
    inside, parameters = parts.under(within.places, "d")
    rows = store.query(
        f"SELECT CAST(d.id AS text) FROM registry_place d WHERE {inside}", parameters
    )
    return {place for (place,) in rows}


def _find_doors(text: str, within: parts.Scope | None) -> Collection[str]:
    """Doors called so; where none is, those of the buildings called so."""
    found = round_lists.find_doors(text, within, most=None)
    if found:
        return found
    rows = store.query(
        "SELECT CAST(d.id AS text) FROM registry_place b "
        "JOIN registry_place d ON d.building = b.id "
        "WHERE b.kind = 'building' AND b.code = %s AND d.kind = 'door'",
        [addresses.code_of(text, "building")],
    )
    return {door for (door,) in rows}


def _find_called(word: str) -> set[str]:
    """Doors of the estates whose names have this word in them, and of those with a need whose
    masked names are it.
    """
    estates = [
        id_
        for id_, name in store.query("SELECT id, name FROM registry_place WHERE kind = 'estate'")
        if word in name.casefold()
    ]
    found = store.select("registry_place", ["id"], "estate", [str(id_) for id_ in estates])
    if len(word) == 1:
        named, parameters = finding.begins(word)
        found += store.query(
            "SELECT r.door FROM registry_person p JOIN registry_residence r ON r.person = p.id "
            f"WHERE NOT (CAST(p.flags AS text) = '[]') AND ({named})",
            parameters,
        )
    return {str(door) for (door,) in found}


def _say(flags: Sequence[str]) -> str:
    """Why a household is on the list."""
    return phrases.join(needs.name_needs(flags, get_language() or "en"))


def _name(found: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Doors and what is needed behind them as rows of the page, in seven statements."""
    doors = list(found)
    labels = places.label_doors(doors)
    own = store.select("registry_place", ["id", "estate"], "id", doors)
    at = {str(door): str(estate) for door, estate in own if estate}
    estates = places.name_places(set(at.values()))
    living: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for person, door, presence in store.select(
        "registry_residence", ["person", "door", "presence"], "door", doors
    ):
        if presence != "moved_out":
            living[str(door)][str(person)] = presence
    names = {
        str(id_): vault.mask_name(name)
        for id_, name, said in store.select(
            "registry_person",
            ["id", "name", "CAST(flags AS text)"],
            "id",
            [person for each in living.values() for person in each],
        )
        if _read(said)
    }
    rows = []
    for door, flags in found.items():
        members = sorted(person for person in living[door] if person in names)
        away = members and all(living[door][person] == "away" for person in members)
        rows.append(
            {
                "door": door,
                "label": labels.get(door, ""),
                "estate": estates.get(at.get(door, ""), ""),
                "why": _say(flags),
                "people": phrases.join(names[person] for person in members),
                "presence": households.chip_presence("away" if away else "present"),
            }
        )
    return rows
