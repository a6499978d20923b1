"""Special care: households with a need, the one in greatest difficulty first, and why.

A district has tens of thousands of them: they are ranked by their needs alone, and only those on
the page are named. Refuses to list more than MOST, and to show who lives outside one's own places.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command import households, records, scopes
from doorstep.face import lists, pages, phrases
from doorstep.ledger import store
from doorstep.registry import needs, vault
from doorstep.registry import queries as places

MOST = 5_000

_read = cache(records.read_flags)
_Member = tuple[str, str, str]  # id, needs as the database has them, presence


class Household(NamedTuple):
    """A household with a need; `members`: those who have one."""

    door: str
    estate: str | None
    members: list[_Member]

    @property
    def flags(self) -> tuple[str, ...]:
        """The needs of all of them, each once."""
        return tuple(dict.fromkeys(f for _id, said, _p in self.members for f in _read(said)))

    @property
    def presence(self) -> str:
        """away where all of them are, else present."""
        return "away" if all(p == "away" for _id, _said, p in self.members) else "present"


class Households(lists.Paged):
    """Households in their order, as face.lists pages them."""

    def __init__(self, found: Sequence[Household]) -> None:
        self.found = found

    def find(self, text: str) -> "Households":
        """Where every word of `text` stands in what the page says."""
        words = text.casefold().split()
        rows = zip(self.found, self, strict=True)
        return Households([each for each, row in rows if all(w in _say(row) for w in words)])

    def narrow(self, need: str) -> "Households":
        """Those with a need."""
        return Households([each for each in self.found if need in each.flags])

    def sort(self, by: str) -> "Households":
        """The gravest first, always."""
        return self

    def read(self, start: int, size: int) -> list[Any]:
        """One page, named (masked)."""
        return _name(self.found[start : start + size])

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Any]:
        yield from _name(self.found)


@pages.page(*scopes.WATCHERS)
@require_GET
def show_care(request: HttpRequest) -> HttpResponseBase:
    """Who needs special care."""
    language = get_language() or "en"
    found = _list_gravest(scopes.list_scopes(request.user))
    many = len({each.estate for each in found}) > 1
    listing = lists.Listing(
        request,
        name="care",
        title=_("Special care"),
        rows=Households(found),
        columns=[
            lists.Column("label", _("Door"),
                         link=lambda row: reverse("command:household", args=[row["door"]])),
            *([lists.Column("estate", _("Estate"))] if many else []),
            lists.Column("why", _("Why")),
            lists.Column("people", _("Who")),
            lists.Column("presence", _("Presence"), "chip"),
        ],
        search_hint=_("Door or need"),
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


def _list_gravest(paths: Collection[str]) -> list[Household]:
    """The first MOST households under `paths`, the one in greatest difficulty first."""
    rows = store.query(
        # the condition is said as the index registry.Person keeps for it says it; a home is looked
        # up for each, where a join would let PostgreSQL read everybody's
        "SELECT p.id, CAST(p.flags AS text), (SELECT r.presence || ' ' || CAST(r.door AS text) "
        "FROM registry_residence r WHERE r.person = p.id) FROM registry_person p "
        "WHERE NOT (CAST(p.flags AS text) = '[]')"
    )
    behind: defaultdict[str, list[_Member]] = defaultdict(list)
    for id_, said, home in rows:
        presence, _space, door = (home or "").partition(" ")
        if door and presence != "moved_out":
            behind[door].append((id_, said, presence))
    rank = cache(lambda *said: needs.rank_household(f for each in said for f in _read(each)))
    alike: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for door, members in behind.items():
        alike[rank(*(said for _id, said, _p in members))].append(door)
    ordered = [door for key in sorted(alike) for door in sorted(alike[key])]
    # whose they are is asked only as far down as the page goes
    found: list[Household] = []
    for start in range(0, len(ordered), MOST):
        part = ordered[start : start + MOST]
        at = {
            str(door): (path, estate and str(estate))
            for door, path, estate in store.select(
                "registry_place", ["id", "path", "estate"], "id", part
            )
        }
        found += [
            Household(door, at[door][1], sorted(behind[door]))
            for door in part
            if door in at and at[door][0].startswith(tuple(paths))
        ]
        if len(found) >= MOST:
            break
    return found[:MOST]


def _name(found: Sequence[Household]) -> list[dict[str, Any]]:
    """Households as rows of the page, in five statements."""
    language = get_language() or "en"
    members = {id_ for each in found for id_, _said, _p in each.members}
    names = {
        str(id_): vault.mask_name(name)
        for id_, name in store.select("registry_person", ["id", "name"], "id", members)
    }
    labels = places.label_doors([each.door for each in found])
    estates = places.name_places({each.estate for each in found if each.estate})
    why = cache(lambda flags: phrases.join(needs.name_needs(flags, language)))
    comma = phrases.join(["", ""])  # thousands of rows: what is the same in all is asked once
    chips = {
        presence: lists.Chip(chip.state, str(chip.text))
        for presence in ("present", "away")
        for chip in [households.chip_presence(presence)]
    }
    return [
        {
            "door": each.door,
            "label": labels.get(each.door, ""),
            "estate": estates.get(each.estate or "", ""),
            "why": why(each.flags),
            "people": comma.join(names.get(id_, "") for id_, _said, _p in each.members),
            "presence": chips[each.presence],
        }
        for each in found
    ]


def _say(row: dict[str, Any]) -> str:
    words = [row["label"], row["estate"], row["why"], row["people"], row["presence"].text]
    return " ".join(words).casefold()
