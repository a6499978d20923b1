"""Who is present in a round's area and on no list of it: the list, and the click that puts them on
the round's. Also what a close says of them.

Refuses nothing of its own: rules are those of rounds.actions.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import scopes
from doorstep.face import lists, pages
from doorstep.ledger import store
from doorstep.registry import access, vault
from doorstep.rounds import actions, models, queries, rules, unlisted_lists
from doorstep.rounds import scopes as round_scopes

AT_ONCE = 2_000  # named together for a spreadsheet


def name_closings() -> dict[str, str]:
    """Why a round ended, in words: without everybody present on its list, or as a mistake."""
    return {
        "next_round": _("Who is on no list is due in the next round"),
        "reached_elsewhere": _("Who is on no list was reached elsewhere"),
        "not_here": _("Who is on no list is not here after all"),
        rules.MISTAKE: _("It was opened by mistake"),
    }


class Unlisted(lists.Paged):
    """Those of a round who are on no list, as face.lists pages them; `within` is what their reader
    may see.
    """

    def __init__(
        self, round_: models.Round, within: round_scopes.Scope | None, text: str = ""
    ) -> None:
        self.round, self.within, self.text = round_, within, text

    def find(self, text: str) -> "Unlisted":
        """A door such as 12-803, or the beginning of a name."""
        return Unlisted(self.round, self.within, text)

    def sort(self, by: str) -> "Unlisted":
        """By place alone."""
        return self

    def read(self, start: int, size: int) -> list[Any]:
        """One page, named (masked)."""
        found = unlisted_lists.list_unlisted(self.round.id, self.within, self.text, start, size)
        return self._named(found)

    def __len__(self) -> int:
        return unlisted_lists.count_unlisted(self.round.id, self.within, self.text)

    def __iter__(self) -> Iterator[Any]:
        lines = unlisted_lists.list_all(self.round.id, self.within, self.text)
        while part := list(islice(lines, AT_ONCE)):
            yield from self._named(part)

    def _named(self, lines: list[unlisted_lists.Line]) -> list[Any]:
        people = {line.person for line in lines}
        names = {
            str(id_): vault.mask_name(name)
            for id_, name in store.select("registry_person", ["id", "name"], "id", people)
        }
        return [{"line": line, "name": names.get(line.person, "")} for line in lines]


@pages.page(*scopes.WATCHERS)
@require_GET
def show_unlisted(request: HttpRequest, round: str) -> HttpResponseBase:
    """Who is present, or was when the round was closed, and on no list of it."""
    found = queries.get_round_for(request.user, round)
    within = scopes.see_within(request.user, found.area).scope
    listing = lists.Listing(
        request,
        name="unlisted",
        title=_("Present, but on no list"),
        rows=Unlisted(found, within),
        columns=[
            lists.Column(
                "place",
                _("Door"),
                value=lambda row: row["line"].place,
                link=lambda row: reverse("command:household", args=[row["line"].door]),
            ),
            lists.Column(
                "name",
                _("Name"),
                link=lambda row: reverse("command:person", args=[row["line"].person]),
            ),
        ],
        search=["place"],
        search_hint=_("Door, as 12-803, or name"),
        per_page=50,
        empty=_("Nobody."),
    )
    context = {
        "round": found,
        "closed": queries.is_closed(found),
        "whole": unlisted_lists.count_unlisted(round),
        "may_command": access.has(request.user, scopes.COMMANDERS, found.area),
        "breadcrumbs": [
            (_("Rounds"), reverse("command:rounds")),
            (found.day, reverse("command:round", args=[round])),
            (_("Present, but on no list"), None),
        ],
    }
    return listing.render("command/unlisted.html", context)


@pages.form_of("command:unlisted", "round")
@pages.page(*scopes.COMMANDERS)
@require_POST
def list_them(request: HttpRequest, round: str) -> HttpResponse:
    """Put everybody who is on no list on the round's."""
    count = actions.list_unlisted(request.user, round=round)
    said = ngettext(
        "%(count)s person is put on the list.", "%(count)s people are put on the list.", count
    )
    messages.success(request, said % {"count": f"{count:,}"})
    return HttpResponseRedirect(reverse("command:round", args=[round]))


@pages.form_of("command:close_round", "round")
@pages.page(*scopes.COMMANDERS)
@require_POST
def withdraw(request: HttpRequest, round: str) -> HttpResponse:
    """Take back a round that was opened by mistake."""
    actions.withdraw_round(request.user, round=round)
    messages.success(request, _("The round is withdrawn: nobody of it is missed."))
    return HttpResponseRedirect(reverse("command:round", args=[round]))
