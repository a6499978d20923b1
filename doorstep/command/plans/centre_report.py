"""A centre's plan in words and pictures. Decides nothing. Every figure that comes of played days
says so.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from doorstep.command.plans.blocks import Picture, Report, Table
from doorstep.face import drawings
from doorstep.planning.centre import staffing
from doorstep.planning.centre.answer import Answer
from doorstep.planning.centre.outcome import Figure, Outcome, StationOutcome
from doorstep.planning.centre.problem import Centre
from doorstep.planning.hours import minutes_of


def name_scenarios() -> dict[str, str]:
    """What the bad days are."""
    return {
        "plain": _("As planned"),
        "long_slots": _("Appointments in half-hour slots"),
        "slow": _("Every service a tenth slower"),
        "peak": _("Two hours with half as many again"),
        "absent": _("One in twenty does not come to work"),
    }


def name_station(name: str) -> str:
    """A station of the form, in the reader's language; any other as it is called."""
    return {"desks": _("Desks"), "stalls": pgettext("vaccination", "Stalls")}.get(name, name)


def tell(centre: Centre, answer: Answer) -> Report:
    """A plan as it is kept, or as it comes of a file."""
    share = _("%(share)s %% of the played days reach it.") % {
        "share": round(100 * answer.outcome.good)
    }
    found, target = answer.staffing, centre.target
    blocks: list[Table | Picture] = []
    if found is not None and target is not None:
        blocks.append(tell_needs(found))
        if (limits := tell_limits(found, target.confidence)) is not None:
            blocks.append(limits)
        share = f"{say_found(centre, found)} {share}"
    return Report(share, [*blocks, *tell_outcome(centre, answer.outcome)])


def say_found(centre: Centre, found: staffing.Staffing) -> str:
    """The answer in a sentence."""
    target = centre.target
    assert target is not None
    plain = found.needs[0].servers
    said = _(
        "%(desks)s desks and %(stalls)s stalls reach %(people)s by %(by)s on %(share)s %% of days."
    ) % {
        "desks": plain[0], "stalls": plain[1], "people": f"{target.people:,}", "by": target.by,
        "share": round(100 * target.confidence),
    }  # fmt: skip
    if len(found.needs) > 1 and found.servers != plain:
        said = f"{said} " + _("On the bad days, too: %(desks)s and %(stalls)s.") % {
            "desks": found.servers[0], "stalls": found.servers[1],
        }  # fmt: skip
    return said


def tell_needs(found: staffing.Staffing) -> Table:
    """Each bad day by itself."""
    named = name_scenarios()
    rows = [[named[need.scenario], *(str(count) for count in need.servers)] for need in found.needs]
    if len(rows) > 1:
        rows.append([_("All of them"), *(str(count) for count in found.servers)])
    heads = [_("Kind of day"), *(name_station(name) for name in found.stations)]
    note = "" if found.is_whole else _("The search was stopped; the days above are those it had.")
    return Table(_("How many it takes"), heads, rows, note)


def tell_limits(found: staffing.Staffing, share: float) -> Table | None:
    """What one more or one less does on the day that asks for most."""
    if not found.limits:
        return None
    rows = [
        [
            f"{name_station(limit.station)} {limit.change:+d}" if limit.change
            else f"{name_station(limit.station)} ±0",
            f"{100 * limit.good:.0f} %",
            f"{limit.wait_p95:.1f}",
        ]
        for limit in found.limits
    ]  # fmt: skip
    heads = [_("More or less"), _("Days that reach it"), _("95 % wait at most, min")]
    note = _("On the worst of these days. Asked for: %(share)s %%.") % {"share": round(100 * share)}
    return Table(_("What limits"), heads, rows, note)


def tell_outcome(centre: Centre, played: Outcome) -> list[Table | Picture]:
    """Played days of given numbers."""
    target = centre.target
    assert target is not None
    rows = [
        [_("Doses by %(by)s") % {"by": target.by}, *_say(played.by_target, "{:,.0f}")],
        [_("Last dose"), *_say_clock(played.finish)],
        [_("Wait, mean, min"), *_say(played.wait_mean, "{:.1f}")],
        [_("Wait, 95 % at most, min"), *_say(played.wait_p95, "{:.1f}")],
        [_("Seats taken at once"), *_say(played.seats, "{:,.0f}")],
    ]
    heads = [_("Of a day"), _("Mean"), _("95 % interval of the mean"), _("5–95 % of days")]
    note = _("%(days)s played days; a projection, not a promise.") % {"days": played.days}
    stations = [
        [
            name_station(each.name),
            str(each.servers),
            f"{each.wait_p95.mean:.1f}",
            f"{100 * each.utilisation.mean:.0f} %",
            f"{max(each.queue_p95, default=0):,.0f}",
        ]
        for each in played.stations
    ]
    return [
        Table(_("What the day comes to"), heads, rows, note),
        Table(
            _("The stations"),
            [_("Station"), _("Servers"), _("Wait, 95 % at most, min"), _("Busy"),
             _("Longest queue, 95 % of days")],
            stations,
        ),
        draw_queues(played),
        draw_doses(centre, played),
        draw_seats(played),
    ]  # fmt: skip


def draw_queues(played: Outcome, family: str = "") -> Picture:
    """How many stand in each queue over the day, and the worst days' share."""
    colours = ("done", "held", "due", "act")
    lines = [
        drawings.Line(
            name_station(each.name),
            list(zip(played.clock_minutes, each.queue, strict=True)),
            colours[k % len(colours)],
            [_band(played, each)],
        )
        for k, each in enumerate(played.stations)
    ]
    title = _("People in the queues: mean, and up to where it goes on 95 % of days")
    svg = drawings.draw_lines(
        title, lines, drawings.Axis("", clock=True), drawings.Axis(_("people")), family=family
    )
    return Picture(title, svg)


def draw_doses(centre: Centre, played: Outcome, family: str = "") -> Picture:
    """Doses over the day, with the target."""
    target = centre.target
    assert target is not None
    band = list(zip(played.clock_minutes, played.done_p5, played.done_p95, strict=True))
    line = drawings.Line(
        _("doses"), list(zip(played.clock_minutes, played.done, strict=True)), "done", [band]
    )
    title = _("Doses over the day")
    marks = [
        drawings.Mark(f"{target.people:,}", y=float(target.people)),
        drawings.Mark(target.by, x=float(minutes_of(target.by))),
    ]
    svg = drawings.draw_lines(
        title, [line], drawings.Axis("", clock=True), drawings.Axis(""), marks=marks, family=family
    )
    return Picture(title, svg)


def draw_seats(played: Outcome, family: str = "") -> Picture:
    """How many sit under observation."""
    line = drawings.Line(
        _("sitting"), list(zip(played.clock_minutes, played.sitting, strict=True)), "held"
    )
    title = _("Seats taken under observation: mean of the days")
    svg = drawings.draw_lines(
        title, [line], drawings.Axis("", clock=True), drawings.Axis(_("seats")), family=family
    )
    return Picture(title, svg)


def draw_frontier(
    desks: Sequence[int], stalls: Sequence[int], shares: Sequence[Sequence[float]],
    chosen: tuple[int, int] | None, family: str = "",
) -> Picture:  # fmt: skip
    """The share of days that reach the target, by desks and stalls."""
    rows = [
        (str(count), [(share, f"{100 * share:.0f}") for share in line])
        for count, line in zip(stalls, shares, strict=True)
    ]
    title = _("Days that reach it, %, by desks and stalls")
    svg = drawings.draw_heat(
        title, [str(count) for count in desks], rows, name_station("desks"),
        name_station("stalls"), chosen=chosen, family=family,
    )  # fmt: skip
    return Picture(title, svg)


def _band(played: Outcome, each: StationOutcome) -> list[tuple[float, float, float]]:
    return [(at, 0.0, high) for at, high in zip(played.clock_minutes, each.queue_p95, strict=True)]


def _say(figure: Figure, form: str) -> list[str]:
    return [
        form.format(figure.mean),
        f"{form.format(figure.low)} – {form.format(figure.high)}",
        f"{form.format(figure.p5)} – {form.format(figure.p95)}",
    ]


def _say_clock(figure: Figure) -> list[str]:
    clock = drawings.say_clock
    return [
        clock(figure.mean),
        f"{clock(figure.low)} – {clock(figure.high)}",
        f"{clock(figure.p5)} – {clock(figure.p95)}",
    ]
