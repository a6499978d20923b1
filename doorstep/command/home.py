"""The first page: how the day stands, estate by estate, and what asks for a person.

Refuses to show an empty table: without roster or round it says the next step, and whoever watches
no place (a courier, a laboratory, the leader of a project) begins at their own work instead.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command import alarms, panels, programme_panel, scopes, sentences
from doorstep.face import frame, lists, moments, pages, phrases
from doorstep.kit import clock
from doorstep.ledger import store
from doorstep.operations.sampling.pages import words as sampling
from doorstep.registry import access
from doorstep.rounds import models, queries, round_kinds, rules

MOST_SHOWN = 30  # rounds of the first page; the list of rounds has them all


class Estate(NamedTuple):
    """An estate of the list: who lives there, and its rounds of the day."""

    id: str
    name: str
    community: str
    doors: int
    people: int
    rounds: list[models.Round]

    @property
    def outstanding(self) -> int:
        """Who is still to be reached in all of the day's rounds here."""
        return sum(each.counts.outstanding for each in self.rounds)


@pages.page()
def show_home(request: HttpRequest) -> HttpResponseBase:
    """The day so far."""
    if not access.has(request.user, scopes.WATCHERS, None):
        post = frame.find_post(request.user) or programme_panel.find_post(request.user)
        if post is not None:
            return HttpResponseRedirect(post)
    language = get_language() or "en"
    today = clock.day_of(clock.now(), moments.zone())
    found = _in_order(queries.list_rounds_for(request.user, day=today, withdrawn=False))
    live = queries.list_rounds_for(request.user, live=True)
    older = [each for each in live if each.day != today]
    # a day's work that runs past midnight is still the day's work
    current = found or older
    estates = list_estates(request.user, current)
    listing = _list(request, estates)
    context = {
        "today": today,
        "sentence": _sentence(current, estates, language),
        "rounds": describe(found[:MOST_SHOWN], language),
        "all_rounds": len(found),
        "older": describe(older[:MOST_SHOWN], language),
        "all_live": len(live),
        "all_older": len(older),
        "panels": panels.render_day(request, current, {each.id: each.name for each in estates}),
        "alarms": [*panels.list_alarms(request), *alarms.list_own(request)],
        "estates": estates,
        "may_open": access.has(request.user, scopes.COMMANDERS, None),
        "may_import": access.has(request.user, scopes.RECORDERS, None),
    }
    return listing.render("command/home.html", context)


def describe(rounds: Sequence[models.Round], language: str) -> list[dict[str, Any]]:
    """Rounds as rows: names, counts, the part that is well, where each leads."""
    areas = {
        str(id_): (name, kind)
        for id_, name, kind in store.select(
            "registry_place", ["id", "name", "kind"], "id", {each.area for each in rounds}
        )
    }
    causes = sampling.name_causes([each.id for each in rounds if each.parent is not None])
    rows = []
    for each in rounds:
        kind = round_kinds.find_kind(each.round_kind)
        name, place_kind = areas.get(each.area, ("", ""))
        counts = each.counts
        rows.append({
            "id": each.id,
            "round": each,
            "label": kind.label.read(language) if kind else each.round_kind,
            "area": name,
            "estate": each.area if place_kind == "estate" else "",
            "counts": counts,
            "outstanding": counts.outstanding,
            "settled": counts.settled,
            "said": say_done(counts),
            "cause": causes.get(each.id, ""),
            "closed": queries.is_closed(each),
            "address": reverse("command:round", args=[each.id]),
        })  # fmt: skip
    return rows


def say_done(counts: rules.Counts) -> str:
    """How far a round is, in the figures of the list of rounds."""
    said = {"done": f"{counts.done:,}", "due": f"{counts.due:,}"}
    return _("%(done)s of %(due)s done") % said


def list_estates(staff: access.Staff, rounds: Sequence[models.Round]) -> list[Estate]:
    """The estates this person watches, with the people on their rosters and the rounds given."""
    scopes_ = scopes.list_scopes(staff)
    rows = [
        (str(id_), name, path, str(parent) if parent else "")
        for id_, name, path, parent in store.query(
            "SELECT id, name, path, parent FROM registry_place WHERE kind = 'estate' "
            "ORDER BY sort, name, id"
        )
        if any(path.startswith(scope) or scope.startswith(path) for scope in scopes_)
    ]
    communities = {
        str(i): n
        for i, n in store.select("registry_place", ["id", "name"], "id", {row[3] for row in rows})
    }
    doors = _count("registry_place WHERE estate = e.id AND kind = 'door'")
    people = _count("registry_residence WHERE estate = e.id AND presence = 'present'")
    of: defaultdict[str, list[models.Round]] = defaultdict(list)
    for each in rounds:
        of[each.area].append(each)
    return [
        Estate(id_, name, communities.get(parent, ""), doors.get(id_, 0), people.get(id_, 0),
               _in_order(of[id_]))
        for id_, name, _path, parent in rows
    ]  # fmt: skip


def _count(what: str) -> dict[str, int]:
    # estate by estate: each count reads its part of an index and no row
    rows = store.query(
        f"SELECT e.id, (SELECT COUNT(*) FROM {what}) FROM registry_place e WHERE e.kind = 'estate'"
    )
    return {str(estate): int(n) for estate, n in rows}


def _in_order(rounds: Iterable[models.Round]) -> list[models.Round]:
    """Open ones first, the longest lists first."""
    return sorted(rounds, key=lambda each: (each.state == "closed", -each.due, each.id))


def _sentence(
    rounds: Sequence[models.Round], estates: Sequence[Estate], language: str
) -> SafeString | str:
    if not estates:
        return _("No place is yours to watch.")
    if not any(estate.people for estate in estates):
        return _("There is no roster yet: nobody is due anywhere.")
    if not rounds:
        return _("No round is open today.")
    # the sentence is of the kind whose lists are longest today: the day's main work
    totals: defaultdict[str, list[models.Round]] = defaultdict(list)
    for each in rounds:
        totals[each.round_kind].append(each)
    kind, own = max(totals.items(), key=lambda item: sum(each.due for each in item[1]))
    counts = rules.Counts(*(sum(column) for column in zip(*(r.counts for r in own), strict=True)))
    if len(own) == 1:
        return sentences.link_sentence(own[0], language, counts)
    closed = all(queries.is_closed(each) for each in own)
    return sentences.link_counts(kind, language, counts, closed, lambda which: "#rounds")


def _list(request: HttpRequest, estates: list[Estate]) -> lists.Listing:
    again = [each.id for row in estates for each in row.rounds if each.parent is not None]
    causes = sampling.name_causes(again)
    return lists.Listing(
        request,
        name="estates",
        title=_("Estates"),
        rows=estates,
        order="outstanding" if not any(e.rounds for e in estates) else "-outstanding",
        columns=[
            lists.Column(
                "name",
                _("Estate"),
                sort=True,
                link=lambda row: reverse("command:wall", args=[row.id]),
            ),
            lists.Column("community", _("Community"), sort=True),
            lists.Column("doors", _("Doors"), "number", sort=True),
            lists.Column("people", _("People present"), "number", sort=True),
            lists.Column(
                "rounds", _("Rounds today"), "html", value=lambda row: _rounds_cell(row, causes)
            ),
            lists.Column("outstanding", _("Outstanding"), "number", sort=True),
        ],
        search_hint=_("Estate or community"),
        empty=_("No estate is yours to see."),
        empty_hint=_("An administrator gives roles at places."),
    )


def _rounds_cell(estate: Estate, causes: Mapping[str, str]) -> str:
    language = get_language() or "en"
    parts = []
    for each in estate.rounds:
        kind = round_kinds.find_kind(each.round_kind)
        said = [causes.get(each.id, ""), say_done(each.counts)]
        parts.append(
            format_html(
                '<a href="{}">{}</a> {}',
                reverse("command:round", args=[each.id]),
                kind.label.read(language) if kind else each.round_kind,
                " ".join(part for part in said if part),
            )
        )
    return SafeString(phrases.join([*parts[:1], *(f"<br>{part}" for part in parts[1:])]))
