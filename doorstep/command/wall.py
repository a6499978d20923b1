"""The door wall's pages: the wall, its two JSON answers, the card of a door, a table, a sheet.

What the doors look like is rounds.wall's to say; this only asks who may see which of them: who has
a role at one building gets a wall of that building. Names come masked.
"""

import gzip
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, gettext, pgettext
from django.views.decorators.http import require_GET

from doorstep.command import households, scopes, sentences, standings
from doorstep.face import lists, moments, pages
from doorstep.kit import clock
from doorstep.ledger import refusals
from doorstep.operations.sampling.pages import words as sampling
from doorstep.registry import queries as registry
from doorstep.rounds import models, queries, round_kinds, rules, wall
from doorstep.rounds import scopes as round_scopes

CHIPS = {"part": "dots", "refused": "cross"}  # the states of a door that the face names otherwise
LATEST = 8  # rounds offered on the wall, when no more are open or of the latest day
_packed: dict[str, tuple[str, bytes]] = {}


class _Chosen(NamedTuple):
    """What colours the wall: a round, or a standing, or nothing yet."""

    round: models.Round | None
    standing: str

    @property
    def query(self) -> str:
        if self.round is not None:
            return f"?round={self.round.id}"
        return f"?standing={self.standing}" if self.standing else ""


@pages.page(*scopes.WATCHERS)
@require_GET
def show_wall(request: HttpRequest, estate: str) -> HttpResponse:
    """Every door of an estate on one screen."""
    layout, _scope = _see(request, estate)
    chosen = _choose(request, estate)
    context = {
        "estate": layout.body["estate"],
        "place": estate,
        "doors": len(layout.doors),
        "buildings": len(layout.buildings),
        "query": chosen.query,
        "chosen": chosen,
        "choices": _list_choices(request, estate, chosen),
        "building": request.GET.get("building", ""),
        "words": _words(),
        "layout_address": reverse("command:wall_layout", args=[estate]),
        "state_address": reverse("command:wall_state", args=[estate]) + chosen.query,
        "breadcrumbs": [
            (gettext("Estates"), reverse("command:home")),
            (layout.body["estate"]["name"], None),
        ],
    }
    return render(request, "command/wall.html", context)


def _see(request: HttpRequest, estate: str) -> tuple[wall.Layout, round_scopes.Scope | None]:
    """The doors of an estate that this person may see, and the scope where those are not all.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    scope = scopes.require_sight(request, estate).scope
    layout = wall.get_layout(estate)
    return (layout if scope is None else wall.narrow_layout(layout, scope)), scope


def _words() -> dict[str, str]:
    return {
        "stale": gettext("These figures are {seconds} s old: the server does not answer."),
        "none": gettext("No such door is left."),
        "nowhere": gettext("There is no door {door} here."),
        "found": gettext("{number} of {all}; Enter again for the next"),
    }


@pages.page(*scopes.WATCHERS)
@require_GET
def get_layout(request: HttpRequest, estate: str) -> HttpResponse:
    """Where the doors stand, as JSON."""
    layout, scope = _see(request, estate)
    if _is_known(request, layout.version):
        return _not_modified(layout.version)
    if scope is not None:
        return _answer(request, layout.version, _pack(layout.body, 1))
    known = _packed.get(estate)
    if known is None or known[0] != layout.version:
        known = _packed[estate] = layout.version, _pack(layout.body, 6)
    return _answer(request, layout.version, known[1])


@pages.page(*scopes.WATCHERS)
@require_GET
def get_state(request: HttpRequest, estate: str) -> HttpResponse:
    """What the doors look like now, as JSON; 304 while nothing has changed."""
    layout, scope = _see(request, estate)
    chosen = _choose(request, estate)
    language = get_language() or "en"
    if chosen.round is not None:
        version = wall.get_version(chosen.round, layout, language)
        if _is_known(request, version):
            return _not_modified(version)
    state: dict[str, Any] = dict(_look(chosen, layout, scope, language))
    state.setdefault("linked", state["sentence"])
    if _is_known(request, state["version"]):
        return _not_modified(state["version"])
    return _answer(request, state["version"], _pack(state, 1))


def _look(
    chosen: _Chosen, layout: wall.Layout, scope: round_scopes.Scope | None, language: str
) -> dict[str, Any]:
    if chosen.round is not None:
        state: dict[str, Any] = dict(wall.get_state(chosen.round, layout, language))
        estate = layout.body["estate"]["id"]
        counts = (
            queries.count_under(chosen.round.id, estate)
            if scope is None
            else queries.count_within(chosen.round.id, scope)
        )
        state["linked"] = sentences.link_sentence(chosen.round, language, counts, estate)
        return state
    if chosen.standing:
        standing = standings.find_standing(chosen.standing)
        return dict(wall.get_standing_state(standing, layout, clock.now()))
    return dict(_plain_state(layout))


def _plain_state(layout: wall.Layout) -> wall.State:
    """Nothing colours the wall yet: every door is plain."""
    return {
        "version": f"plain-{layout.version}-{get_language()}",
        "at": clock.now(),
        "sentence": gettext("No round is open here; %(doors)s doors wait for the first.")
        % {"doors": f"{len(layout.doors):,}"},
        "legend": [
            {
                "code": wall.NOTHING,
                "key": "none",
                "label": gettext("Nobody due"),
                "colour": "#C3C6C2",
                "night": "#3A4045",
                "pattern": "outline",
                "count": len(layout.doors),
            }
        ],
        "doors": wall.NOTHING * len(layout.doors),
    }


def _choose(request: HttpRequest, estate: str) -> _Chosen:
    if wanted := request.GET.get("round", ""):
        return _Chosen(queries.get_round_for(request.user, wanted), "")
    if standing := request.GET.get("standing", "")[:40]:
        return _Chosen(None, standing)
    found = _list_latest(request, estate)
    today = clock.day_of(clock.now(), moments.zone())
    # today's open round first, and of several the one whose list is longest: the day's main work
    found.sort(key=lambda each: (each.day == today, each.state != "closed", each.due), reverse=True)
    return _Chosen(found[0] if found else None, "")


def _list_latest(request: HttpRequest, estate: str) -> list[models.Round]:
    """The rounds that reach into an estate and colour its wall, latest first: those of the latest
    day, all that are open, and the newest others up to LATEST; none that was withdrawn.
    """
    asked = queries.rounds_for(request.user, estate=estate, withdrawn=False)
    newest = list(asked[:LATEST])
    days = {each.day for each in newest[:1]}
    others = asked.filter(Q(day__in=days) | ~Q(state="closed"))
    found = {each.id: each for each in (*newest, *others)}
    return sorted(found.values(), key=lambda each: (each.day, each.opened_at), reverse=True)


def _list_choices(request: HttpRequest, estate: str, chosen: _Chosen) -> list[dict[str, Any]]:
    """Rounds of the latest days and the standings held here, the chosen one marked."""
    address = reverse("command:wall", args=[estate])
    language = get_language() or "en"
    found = _list_latest(request, estate)
    if chosen.round is not None and chosen.round.id not in {each.id for each in found}:
        found.append(chosen.round)
    today = clock.day_of(clock.now(), moments.zone())
    wider = registry.name_places({each.area for each in found} - {estate})
    causes = sampling.name_causes([each.id for each in found if each.parent is not None])

    def name(each: models.Round) -> str:
        kind = round_kinds.find_kind(each.round_kind)
        label = kind.label.read(language) if kind else each.round_kind
        label = f"{label} {causes.get(each.id, '')}".strip()
        area = wider.get(each.area)
        # one of the whole district stands beside the estate's own
        return f"{area} · {label}" if area else label

    alike = Counter((name(each), each.day) for each in found)
    rows: list[dict[str, Any]] = []
    for each in found:
        text = name(each)
        rows.append({
            "text": text,
            "day": "" if each.day == today else each.day,
            # two of a kind on one day are told apart by when they were opened
            "at": each.opened_at if alike[text, each.day] > 1 else None,
            "address": f"{address}?round={each.id}",
            "chosen": chosen.round is not None and chosen.round.id == each.id,
        })  # fmt: skip
    held = standings.list_held(estate, clock.now())
    rows += [
        {
            "text": standings.name_standing(code),
            "day": "",
            "address": f"{address}?standing={code}",
            "chosen": chosen.standing == code,
        }
        for code in held
    ]
    return rows


@pages.page(*scopes.WATCHERS)
@require_GET
def show_card(request: HttpRequest, estate: str, door: str) -> HttpResponse:
    """The people behind a door, masked, and where they stand in the chosen round."""
    scopes.require_people(request, door)
    chosen = _choose(request, estate)
    context = {
        "people": households.list_people(door, chosen.round),
        "door": door,
        "query": chosen.query,
    }
    return render(request, "command/wall_card.html", context)


@pages.page(*scopes.WATCHERS)
@require_GET
def show_table(request: HttpRequest, estate: str) -> HttpResponseBase:
    """The wall as a table: every door with its state; for whom a picture says nothing."""
    layout, scope = _see(request, estate)
    chosen = _choose(request, estate)
    state = _look(chosen, layout, scope, get_language() or "en")
    marks = {mark["code"]: mark for mark in state["legend"]}
    names = [building["name"] for building in layout.body["buildings"]]
    rows = [
        {
            "id": id_,
            "building": names[building],
            "unit": unit,
            "floor": floor,
            "door": name,
            "state": lists.Chip(chip_of(marks[letter]), marks[letter]["label"]),
            "letter": letter,
            "at": at,
        }
        for at, ((id_, building, unit, floor, _, name), letter) in enumerate(
            zip(layout.body["doors"], state["doors"], strict=True)
        )
    ]
    listing = lists.Listing(
        request,
        name="doors",
        title=f"{layout.body['estate']['name']} · {gettext('Doors')}",
        rows=rows,
        columns=[
            lists.Column(
                "door",
                gettext("Door"),
                sort=True,
                link=lambda row: reverse("command:household", args=[row["id"]]) + chosen.query,
            ),
            lists.Column("building", gettext("Building"), value=lambda row: row["building"]),
            lists.Column("unit", pgettext("stairwell", "Unit")),
            lists.Column("floor", gettext("Floor"), "number", sort=True),
            lists.Column("state", gettext("State"), "chip", sort=True),
        ],
        search_hint=gettext("Building or door"),
        filters=[
            lists.Filter(
                "state",
                gettext("State"),
                [
                    (code, f"{mark['label']} {mark['count']:,}", chip_of(mark))
                    for code, mark in marks.items()
                    if mark["count"]
                ],
                apply=lambda found, value: [row for row in found if row["letter"] == value],
            )
        ],
        per_page=100,
        empty=gettext("This estate has no doors yet."),
        empty_hint=gettext("Import its roster first."),
    )
    context = {
        "linked": state.get("linked") or state["sentence"],
        "wall_address": reverse("command:wall", args=[estate]) + chosen.query,
        "breadcrumbs": [
            (gettext("Estates"), reverse("command:home")),
            (
                layout.body["estate"]["name"],
                reverse("command:wall", args=[estate]) + chosen.query,
            ),
            (gettext("Doors"), None),
        ],
    }
    return listing.render("command/wall_table.html", context)


def chip_of(mark: wall.Mark | round_kinds.State) -> str:
    """The face's name for a state of the legend."""
    key = mark["key"] if isinstance(mark, dict) else mark.key
    if key in rules.LETTERS:
        return CHIPS.get(key, key)
    return "done"


@pages.page(*scopes.WATCHERS)
@require_GET
def show_sheet(request: HttpRequest, estate: str) -> HttpResponse:
    """The wall on paper, A3 or A4 lying; drawn as lines by the browser."""
    layout, scope = _see(request, estate)
    chosen = _choose(request, estate)
    state = _look(chosen, layout, scope, get_language() or "en")
    paper = "a4" if request.GET.get("paper") == "a4" else "a3"
    context = {
        "estate": layout.body["estate"],
        "state": state,
        "paper": paper,
        "other": "a4" if paper == "a3" else "a3",
        "layout_address": reverse("command:wall_layout", args=[estate]),
        "state_address": reverse("command:wall_state", args=[estate]) + chosen.query,
        "wall_address": reverse("command:wall", args=[estate]) + chosen.query,
    }
    return render(request, "command/wall_sheet.html", context)


def _pack(body: Mapping[str, Any], level: int) -> bytes:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), level)


def _is_known(request: HttpRequest, version: str) -> bool:
    return f'"{version}"' in request.headers.get("If-None-Match", "")


def _not_modified(version: str) -> HttpResponse:
    return HttpResponse(status=304, headers={"ETag": f'"{version}"'})


def _answer(request: HttpRequest, version: str, packed: bytes) -> HttpResponse:
    """JSON that is kept packed; a reader who cannot unpack gets it plain."""
    response = HttpResponse(packed, content_type="application/json")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response["Content-Encoding"] = "gzip"
    else:
        response.content = gzip.decompress(packed)
    response["ETag"] = f'"{version}"'
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    return response


def require_estate(place: str) -> str:
    """The estate a place lies in, or is. Raises Refused: NOT_FOUND."""
    found = registry.find_place(place)
    if found is None or not found.estate:
        raise refusals.Refused("NOT_FOUND")
    return str(found.estate)
