"""The list of those who live behind no door: met at a table, and nobody has said where they live.

A district may have thousands of them: only those on the page are looked up. Refuses to find anybody
by more of a name than the page shows of it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command import scopes
from doorstep.face import lists, pages, phrases
from doorstep.registry import finding, needs, people
from doorstep.registry import queries as places

_AT_ONCE = 2_000  # looked up together for a spreadsheet


class Doorless(lists.Paged):
    """Those without a door in their order, as face.lists pages them; `where`: names of places."""

    def __init__(self, met: Sequence[finding.Met], where: dict[str, str]) -> None:
        self.met, self.where = met, where

    def find(self, text: str) -> "Doorless":
        """Those that every word of `text` is said of: the first sign of a name, a table, a need."""
        words = text.casefold().split()
        return self._with([one for one in self.met if self._says(one, words)])

    def sort(self, by: str) -> "Doorless":
        """By name, place or moment."""
        keys = {
            "name": lambda one: people.mask_name(one.name),
            "met": self._where,
            "since": lambda one: one.since_at,
        }
        key = keys.get(by.lstrip("-"))
        return self if key is None else self._with(sorted(self.met, key=key, reverse=by[0] == "-"))

    def read(self, start: int, size: int) -> list[Any]:
        """One page, masked."""
        shown = self.met[start : start + size]
        masked = people.mask_documents([one.person for one in shown])
        return [
            {
                "person": one.person,
                "name": people.mask_name(one.name),
                "document": masked.get(one.person, ""),
                "met": self._where(one),
                "since": one.since_at,
                "needs": _say_needs(one),
            }
            for one in shown
        ]

    def __len__(self) -> int:
        return len(self.met)

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self.met), _AT_ONCE):
            yield from self.read(start, _AT_ONCE)

    def _where(self, one: finding.Met) -> str:
        return self.where.get(one.place or "", "")

    def _says(self, one: finding.Met, words: Sequence[str]) -> bool:
        said = [people.mask_name(one.name), self._where(one), _say_needs(one)]
        text = " ".join(said).casefold()
        return all(word in text for word in words)

    def _with(self, met: Sequence[finding.Met]) -> "Doorless":
        return Doorless(met, self.where)


def _say_needs(one: finding.Met) -> str:
    return phrases.join(needs.name_needs(one.flags, get_language() or "en"))


@pages.page(*scopes.WATCHERS)
@require_GET
def show_doorless(request: HttpRequest) -> HttpResponseBase:
    """Those who live behind no door."""
    met = people.list_met(request.user)
    listing = lists.Listing(
        request,
        name="doorless",
        title=_("People without a door"),
        rows=Doorless(met, places.name_met({one.place for one in met if one.place})),
        columns=[
            lists.Column("name", _("Name"), sort="name",
                         link=lambda row: reverse("command:person", args=[row["person"]])),
            lists.Column("document", _("Document"), "code"),
            lists.Column("met", _("Met at"), sort="met"),
            lists.Column("since", _("Since"), "moment", sort="since"),
            lists.Column("needs", _("Needs")),
        ],
        search_hint=_("Name, table or need"),
        empty=_("Everybody who was met has a door."),
    )  # fmt: skip
    context = {
        "count": len(met),
        "breadcrumbs": [
            (_("Residents"), reverse("command:people")),
            (_("People without a door"), None),
        ],
    }
    return listing.render("command/doorless.html", context)
