"""Where sampling begins: the tables, what waits at each, the way of a round's tubes; door lists."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from doorstep.face import lists, pages, phrases
from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.operations.sampling import actions, counters
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import scope, words
from doorstep.registry import access, needs, people
from doorstep.registry import queries as places
from doorstep.rounds import lists as round_lists
from doorstep.rounds import models as rounds
from doorstep.rounds import queries as round_queries
from doorstep.rounds import scopes as round_scopes

MOST_ON_PAPER = 15_000  # people: more than an estate has


class TableLine(NamedTuple):
    """A table in a round: people sampled, tubes open and waiting for a box, the last swab."""

    id: str
    name: str
    people: int
    tubes: int
    open: int
    waiting: int
    last_at: int | None
    mine: bool


@pages.page(*actions.READERS)
def show_home(request: HttpRequest) -> HttpResponseBase:
    """The tables of a round: the largest of my places' latest day, unless `?round=`."""
    offer = scope.offer_rounds(request)
    known = offer.rounds
    wanted = request.GET.get("round", "")
    largest = max(known, key=lambda each: (each.day, each.due), default=None)
    chosen = next((each for each in known if each.id == wanted), largest)
    lines = _read_tables(request, chosen)
    listing = lists.Listing(
        request,
        name="tables",
        title=_("Tables"),
        rows=lines,
        columns=[
            lists.Column("name", pgettext("tube", "Table"), link=_desk_of, sort=True),
            lists.Column("people", _("People sampled"), "number", sort=True),
            lists.Column("tubes", _("Tubes"), "number", link=lambda t: _tubes_of(chosen, t)),
            lists.Column("open", _("Open now"), "number"),
            lists.Column("waiting", _("Waiting for a box"), "number", sort=True),
            lists.Column("last_at", _("Last swab"), "moment", sort=True),
        ],
        empty=_("There is no sampling table here yet."),
        empty_hint=_("Tables are places below an estate; an administrator adds them."),
    )
    context: dict[str, Any] = {
        "round": chosen,
        "round_label": words.round_label(chosen) if chosen else "",
        "sentence": round_queries.sentence_of(chosen, words.language()) if chosen else "",
        "offer": offer,
        "counters": words.describe_five(
            counters.count_round(chosen.id), f"{reverse('sampling:tubes')}?round={chosen.id}"
        )
        if chosen
        else [],
        "late": _list_late(chosen) if chosen else [],
        "may_report": scope.may(request, actions.AT_THE_LABORATORY, None),
        "may_sample": scope.may(request, actions.AT_THE_TABLE, None),
        "may_list": chosen is not None
        and scope.may(request, actions.AT_THE_TABLE, str(chosen.area)),
        "may_settle": scope.may(request, actions.COMMANDERS, None),
        "breadcrumbs": [(_("Sampling"), None)],
    }
    return listing.render("sampling/home.html", context)


def _desk_of(line: TableLine) -> str | None:
    return reverse("sampling:desk", args=[line.id]) if line.mine else None


def _tubes_of(chosen: rounds.Round | None, line: TableLine) -> str | None:
    if chosen is None or not line.tubes:
        return None
    return f"{reverse('sampling:tubes')}?round={chosen.id}&table={line.id}"


def _read_tables(request: HttpRequest, chosen: rounds.Round | None) -> list[TableLine]:
    area = str(chosen.area) if chosen else None
    tables = places.list_places("table", area)
    counted: dict[str, Any] = {}
    if chosen is not None:
        rows = store.query(
            "SELECT table_id, SUM(people + held), COUNT(*), "
            "SUM(CASE WHEN closed_at IS NULL AND box IS NULL AND state IN ('empty', 'sampled') "
            "THEN 1 ELSE 0 END), "
            "SUM(CASE WHEN state = 'closed' AND box IS NULL THEN 1 ELSE 0 END), MAX(sampled_at) "
            "FROM sampling_tube WHERE round = %s GROUP BY table_id",
            [chosen.id],
        )
        counted = {str(row[0]): row[1:] for row in rows}
    held = access.places_for(request.user, actions.AT_THE_TABLE)
    lines = []
    for table in tables:
        sampled, tubes, opened, waiting, last_at = counted.get(str(table.id), (0, 0, 0, 0, None))
        mine = not held.isdisjoint(table.path.strip("/").split("/"))
        lines.append(
            TableLine(str(table.id), table.name, sampled, tubes, opened, waiting, last_at, mine)
        )
    return lines


def _list_late(chosen: rounds.Round) -> list[dict[str, Any]]:
    """The clocks of the pack that are overrun, with the tubes behind them."""
    address = f"{reverse('sampling:tubes')}?round={chosen.id}"
    return [
        {
            "text": words.CLOCKS.get(each.name, each.name),
            "tubes": each.late.tubes,
            "people": each.late.people,
            "allowed": each.allowed,
            "address": f"{address}&late={each.name}",
        }
        for each in counters.list_turnaround({chosen.id: chosen.area}, clock.now())[chosen.id]
        if each.late.tubes
    ]


def _say_tubes(number: int) -> str:
    return ngettext("%(count)s tube", "%(count)s tubes", number) % {"count": f"{number:,}"}


@pages.page(*actions.AT_THE_TABLE, "steward")
def print_doors(request: HttpRequest, round: str) -> HttpResponse:
    """The doors of a round at which somebody waits for a sampling team, to be carried: paper is
    left lying, so names are masked. `?place=`: those of one place; a list of more than
    MOST_ON_PAPER people is asked for estate by estate.
    """
    found = common.find_round(round)
    place = common.read_id(request.GET["place"]) if request.GET.get("place") else str(found.area)
    pages.require(request, *actions.AT_THE_TABLE, "steward", place=place)
    which = request.GET.get("which", "home")
    if which not in ("home", "outstanding"):
        raise refusals.Refused("REQUEST_INVALID")
    inside = round_scopes.read_place(place)
    counts = round_queries.count_within(found.id, inside)
    people_ = counts.home if which == "home" else counts.outstanding
    parts = round_queries.count_by_estate(found.id) if people_ > MOST_ON_PAPER else []
    doors = (
        [] if parts else _list_doors(found, "home" if which == "home" else "outstanding", inside)
    )
    context = {
        "round": found,
        "round_label": words.round_label(found),
        "area": places.name_places([place]).get(place, ""),
        "place": "" if place == str(found.area) else place,
        "doors": doors,
        "parts": [
            (part, part.counts.home if which == "home" else part.counts.outstanding)
            for part in parts
        ],
        "people": people_,
        "which": which,
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (_("Door list"), None)],
    }
    return render(request, "sampling/doors.html", context)


def _list_doors(
    found: rounds.Round, which: round_lists.Which, inside: round_scopes.Scope
) -> list[tuple[str, str, list[dict[str, str]]]]:
    """(building, door, who waits there) in the order of places; of several estates the building
    with its estate.
    """
    lines = list(round_lists.list_all(found, which, within=inside))
    seen = people.get_people([line.subject for line in lines])
    at = {
        str(door): str(estate)
        for door, estate in store.select(
            "registry_place", ["id", "estate"], "id", {line.door for line in lines}
        )
    }
    names = places.name_places(set(at.values())) if len(set(at.values())) > 1 else {}
    doors: dict[str, tuple[str, str, list[dict[str, str]]]] = {}
    for line in lines:
        door = line.door or ""
        building = f"{names.get(at.get(door, ''), '')} {line.building_label}".strip()
        label = f"{line.unit_label} {line.door_label}".strip()
        person = seen.get(line.subject)
        doors.setdefault(door, (building, label, []))[2].append(
            {
                "name": person.masked_name if person else "–",
                "needs": phrases.join(
                    needs.name_needs(person.flags if person else (), words.language())
                ),
            }
        )
    return list(doors.values())
