"""Visit lists and supply rounds in words and pictures: lists to hand out, trips of carts."""

from collections import defaultdict

from django.utils.translation import gettext as _

from doorstep.command.plans.blocks import Picture, Report, Table
from doorstep.face import drawings
from doorstep.planning.walks import visits
from doorstep.planning.walks.plan import Part, SupplyPlan, Trip, VisitPlan
from doorstep.planning.walks.problem import Supply, Visits


def tell_visits(problem: Visits, plan: VisitPlan) -> Report:
    """People needed, and each list with its doors."""
    sentence = _(
        "%(people)s people visit %(visits)s doors in one shift, %(lists)s lists for %(together)s "
        "each."
    ) % {
        "people": f"{plan.people:,}", "visits": f"{plan.visits:,}", "lists": f"{len(plan.lists):,}",
        "together": problem.people_together,
    }  # fmt: skip
    minutes = sum(each.minutes for each in plan.lists)
    rows = [
        [_("People"), f"{plan.people:,}"],
        [_("No way with fewer than"), f"{plan.bound_people:,}"],
        [_("Hours on the way and at doors, all lists"), f"{minutes / 60:,.1f}"],
        [_("Doors an hour, of a list"), f"{60 * plan.visits / minutes if minutes else 0:.1f}"],
    ]
    lists = [
        [str(number), _say_parts(each.parts), f"{each.visits:,}", f"{each.minutes:.0f}"]
        for number, each in enumerate(plan.lists, 1)
    ]
    heads = [_("List"), _("Stairwells"), _("Doors"), _("Minutes")]
    return Report(
        sentence,
        [
            Table(_("What it takes"), ["", _("Figure")], rows),
            _draw_lists(problem, plan),
            Table(_("The lists"), heads, lists, _("Doors count in the order of the walk."), (1,)),
        ],
    )


def _say_parts(parts: tuple[Part, ...]) -> str:
    return " · ".join(
        f"{' '.join(filter(None, (each.building, each.stairwell)))} ({each.first}–{each.last})"
        for each in parts
    )


def _draw_lists(problem: Visits, plan: VisitPlan) -> Picture:
    rows, way_to = [], visits.ways(problem)
    for number, each in enumerate(plan.lists, 1):
        at, spans, building = 0.0, [], ""  # the gate
        for part in each.parts:
            way = problem.minutes_to_a_stairwell
            if part.building != building:
                way += way_to(building, part.building)
            work = (part.last - part.first + 1) * problem.minutes_a_visit
            spans.append(drawings.Span(at, at + way, "", "quiet", pattern=True))
            name = " ".join(filter(None, (part.building, part.stairwell)))
            spans.append(drawings.Span(at + way, at + way + work, name))
            at, building = at + way + work, part.building
        rows.append((_("List %(n)s") % {"n": number}, spans))
    title = _("Each list over the shift: ways, and doors")
    svg = drawings.draw_rows(title, rows, drawings.Axis(_("minutes"), least=0))
    return Picture(title, svg)


def tell_supply(problem: Supply, plan: SupplyPlan) -> Report:
    """Trips of the carts."""
    packs = sum(each.packs for each in problem.stops)
    sentence = _(
        "%(carts)s carts bring %(packs)s packs in %(trips)s trips; the last is back after "
        "%(minutes)s minutes."
    ) % {
        "carts": problem.carts, "packs": f"{packs:,}", "trips": len(plan.trips),
        "minutes": f"{plan.minutes:.0f}",
    }  # fmt: skip
    rows = [
        [_("Trips"), str(len(plan.trips))],
        [_("No way with fewer trips than"), str(plan.bound_trips)],
        [_("Metres"), f"{plan.metres:,}"],
        [_("No way shorter than, m"), f"{plan.bound_metres:,}"],
    ]
    note = _("The search was stopped; this is what it had.") if plan.stopped else ""
    trips = [
        [
            f"{trip.cart + 1}.{number}",
            " · ".join(f"{load.stop} ({load.packs:,})" for load in trip.loads),
            f"{trip.metres:,}", f"{trip.minutes:.0f}",
        ]
        for number, trip in _numbered(plan.trips)
    ]  # fmt: skip
    heads = [_("Cart and trip"), _("Buildings and packs"), _("Metres"), _("Minutes")]
    return Report(
        sentence,
        [
            Table(_("What it takes"), ["", _("Figure")], rows, note),
            _draw_carts(plan),
            Table(_("The trips"), heads, trips, words=(1,)),
        ],
    )


def _numbered(trips: tuple[Trip, ...]) -> list[tuple[int, Trip]]:
    """The trips cart by cart, each with its number there."""
    found: defaultdict[int, list[Trip]] = defaultdict(list)
    for trip in trips:
        found[trip.cart].append(trip)
    return [(n, trip) for _cart, own in sorted(found.items()) for n, trip in enumerate(own, 1)]


def _draw_carts(plan: SupplyPlan) -> Picture:
    ends: defaultdict[int, float] = defaultdict(float)
    rows: defaultdict[int, list[drawings.Span]] = defaultdict(list)
    for number, trip in _numbered(plan.trips):
        start = ends[trip.cart]
        ends[trip.cart] = start + trip.minutes
        colour = "done" if number % 2 else "quiet"
        rows[trip.cart].append(
            drawings.Span(
                start, ends[trip.cart], f"{sum(load.packs for load in trip.loads):,}", colour
            )
        )
    named = [(_("Cart %(n)s") % {"n": cart + 1}, spans) for cart, spans in sorted(rows.items())]
    title = _("Trips of each cart over time, with their packs")
    return Picture(title, drawings.draw_rows(title, named, drawings.Axis(_("minutes"), least=0)))
