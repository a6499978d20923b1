"""Units: what they are, whom they serve, who is in them, and which doors nobody covers.

Duty only. A door is covered when somebody with the role of a steward or registrar holds it at the
door's estate or building, or a unit serves one of these; an empty home is a door, as everywhere.
Refuses to know more of a member than the post they stand at.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import scopes, staff
from doorstep.face import lists, pages
from doorstep.ledger import refusals, store
from doorstep.registry import access, queries, staffing
from doorstep.registry import models as registry

NEAR = ("steward", "registrar")  # who knocks at doors


def name_type(type_: str) -> str:
    """A type of unit in words; a type that was typed by hand says itself."""
    names = {
        "subdistrict": _("Subdistrict office"),
        "district": _("District office"),
        "headquarters": _("Headquarters"),
        "field_headquarters": _("Headquarters of an estate"),
        "working_group": _("Working group"),
        "party_branch": _("Party branch"),
        "strike_team": _("Strike team"),
        "vanguard": _("Vanguard"),
        "committee": _("Residents' committee"),
        "residents_committee": _("Residents' committee"),
        "property_firm": _("Property firm"),
        "medical_team": _("Medical team"),
        "laboratory": _("Laboratory"),
        "vaccination_centre": _("Vaccination centre"),
        "vaccination_point": _("Vaccination point"),
        "other": _("Other"),
    }
    return names.get(type_, type_)


@pages.page(*staff.READERS)
@require_GET
def show_units(request: HttpRequest) -> HttpResponseBase:
    """Every unit with its members and the place it serves."""
    units = list(registry.Unit.objects.order_by("sort", "name"))
    members = Counter(
        registry.Staff.objects.filter(is_active=True)
        .exclude(unit=None)
        .values_list("unit", flat=True)
    )
    leaders = dict(registry.Staff.objects.filter(id__in=[u.leader for u in units if u.leader])
                   .values_list("id", "name"))  # fmt: skip
    places = queries.name_places({each.serves for each in units if each.serves})
    english = not (get_language() or "en").startswith("zh")
    names = {each.id: (each.english or each.name) if english else each.name for each in units}
    rows = [
        {
            "id": each.id,
            "name": names[each.id],
            "type": name_type(each.type),
            "parent": names.get(each.parent or "", ""),
            "serves": places.get(each.serves or "", ""),
            "leader": leaders.get(each.leader or "", ""),
            "members": members.get(each.id, 0),
            "founded_on": each.founded_on,
        }
        for each in units
    ]
    may_change = access.has(request.user, staffing.ADMINISTRATORS, None)

    def shown(*columns: lists.Column) -> list[lists.Column]:
        """Those of which some unit has something to say."""
        return [each for each in columns if any(row[each.key] for row in rows)]

    listing = lists.Listing(
        request,
        name="units",
        title=_("Units"),
        rows=rows,
        columns=[
            lists.Column("name", _("Unit"), sort=True),
            lists.Column("type", _("Type"), sort=True),
            *shown(
                lists.Column("parent", _("Belongs to"), sort=True, nothing="–"),
                lists.Column("serves", _("Serves"), sort=True, nothing="–"),
                lists.Column("leader", _("Leader"), sort=True, nothing="–"),
            ),
            lists.Column("members", _("Members"), "number", sort=True),
            *(
                [
                    lists.Column(
                        "badges",
                        _("Badges"),
                        sheet=False,
                        mask=None,
                        value=lambda row: "PDF" if row["members"] else "",
                        link=lambda row: (
                            f"{reverse('command:badges')}?unit={row['id']}"
                            if row["members"]
                            else None
                        ),
                    )
                ]
                if may_change
                else []
            ),
            *shown(lists.Column("founded_on", _("Founded"), "day", sort=True, nothing="–")),
        ],
        search_hint=_("Unit, type or place"),
        empty=_("No unit has been founded yet."),
    )
    uncovered = count_uncovered(scopes.list_scopes(request.user, staff.READERS))
    context = {
        "number": len(units),
        "uncovered": sum(count for _e, _n, count in uncovered),
        "may_change": may_change,
        "places": _list_served() if may_change else [],
        "parents": [("", _("None")), *names.items()],
    }
    return listing.render("command/units.html", context)


def _list_served() -> list[tuple[str, str]]:
    """What a unit may be there for, as a form offers it: the largest places first."""
    levels = ("subdistrict", "community", "estate")
    found = [place for level in levels for place in queries.list_places(level)]
    return [("", _("Nowhere yet")), *((place.id, place.name) for place in found)]


def _covered_paths() -> list[str]:
    """Paths of places where somebody who knocks at doors has a role, and that units serve."""
    marks = ", ".join(["%s"] * len(NEAR))
    rows = store.query(
        "SELECT DISTINCT p.path FROM registry_role r JOIN registry_place p ON p.id = r.place "
        f"WHERE r.role IN ({marks}) AND p.kind NOT IN ('subdistrict', 'community') "
        "UNION SELECT p.path FROM registry_unit u JOIN registry_place p ON p.id = u.serves "
        "WHERE p.kind NOT IN ('subdistrict', 'community')",
        list(NEAR),
    )
    return [path for (path,) in rows]


def count_uncovered(within: Collection[str] = ("/",)) -> list[tuple[str, str, int]]:
    """(building or estate, its name, doors that nobody covers) where there are any under the paths
    `within`.
    """
    inside, covered = tuple(within), tuple(_covered_paths())
    rows = store.query(
        # without WHERE, so that SQLite counts in the index place_by_building and reads no row;
        # doors without a building are few
        "SELECT building, COUNT(CASE WHEN kind = 'door' THEN 1 END) FROM registry_place "
        "GROUP BY building UNION ALL SELECT estate, COUNT(*) FROM registry_place "
        "WHERE building IS NULL AND kind = 'door' GROUP BY estate"
    )
    found = {str(place): int(count) for place, count in rows if place and count}
    paths = {
        str(id_): (path, name)
        for id_, path, name in store.select("registry_place", ["id", "path", "name"], "id", found)
    }
    return [
        (place, paths[place][1], count)
        for place, count in found.items()
        if place in paths
        and paths[place][0].startswith(inside)
        and not paths[place][0].startswith(covered)
    ]


@pages.page(*staff.READERS)
@require_GET
def show_uncovered(request: HttpRequest) -> HttpResponseBase:
    """Buildings whose doors are nobody's, so that somebody can be posted there."""
    found = count_uncovered(scopes.list_scopes(request.user, staff.READERS))
    estates = {
        str(id_): str(estate)
        for id_, estate in store.select(
            "registry_place", ["id", "estate"], "id", [place for place, _n, _c in found]
        )
        if estate
    }
    names = queries.name_places(set(estates.values()))
    rows = [
        {
            "estate": names.get(estates.get(place, ""), ""),
            "estate_id": estates.get(place, ""),
            "building": name,
            "id": place,
            "doors": count,
        }
        for place, name, count in found
    ]
    listing = lists.Listing(
        request,
        name="uncovered",
        title=_("Doors nobody covers"),
        rows=rows,
        order="-doors",
        columns=[
            lists.Column("building", _("Building"), sort=True,
                         link=lambda row: f"{reverse('command:wall', args=[row['estate_id']])}"
                                          f"?building={row['id']}"),
            lists.Column("estate", _("Estate"), sort=True),
            lists.Column("doors", _("Doors"), "number", sort=True),
        ],
        empty=_("Every door is somebody's."),
    )  # fmt: skip
    context = {
        "doors": sum(count for _p, _n, count in found),
        "breadcrumbs": [(_("Units"), reverse("command:units")), (_("Nobody's doors"), None)],
    }
    return listing.render("command/uncovered.html", context)


@pages.form_of("command:units")
@pages.page(*staffing.ADMINISTRATORS)
@require_POST
def add_unit(request: HttpRequest) -> HttpResponse:
    """Found a unit."""
    said: dict[str, Any] = {key: request.POST.get(key, "").strip() for key in
                            ("name", "type", "serves", "parent", "founded_on")}  # fmt: skip
    if not said["name"]:
        raise refusals.Refused("REQUEST_INVALID")
    new = staffing.NewUnit(
        said["name"][:64],
        said["type"][:32] or "other",
        parent=said["parent"] or None,
        serves=said["serves"] or None,
        founded_on=said["founded_on"] or None,
    )
    staffing.add_units(str(request.user.pk), [new])
    messages.success(request, _("%(name)s is founded.") % {"name": said["name"]})
    return HttpResponseRedirect(reverse("command:units"))
