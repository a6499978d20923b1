"""A sampling round's plan in words and pictures: teams over the day, people done, tubes, couriers
and the laboratory, and the sheet by which stairwells are called.
"""

from collections import defaultdict
from itertools import pairwise

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.plans.blocks import Picture, Report, Table
from doorstep.face import drawings
from doorstep.planning.hours import minutes_of
from doorstep.planning.sampling.plan import RoundPlan, Visit
from doorstep.planning.sampling.problem import Round

_say = drawings.say_clock


def tell(problem: Round, plan: RoundPlan) -> Report:
    """The whole plan."""
    start = starts_at(problem)
    blocks: list[Table | Picture] = [
        _tell_round(problem, plan, start),
        _draw_progress(plan, start),
        _draw_teams(plan, start),
        _draw_laboratory(problem, plan, start),
        _tell_runs(problem, plan, start),
        _tell_guide(plan),
    ]
    if plan.advice is not None:
        blocks.append(_tell_advice(problem, plan))
    blocks.append(_tell_windows(plan, start))
    return Report(say(problem, plan), blocks)


def starts_at(problem: Round) -> int:
    """Minutes since midnight at which teams set out."""
    return minutes_of(problem.starts)


def say(problem: Round, plan: RoundPlan) -> str:
    """The answer in a sentence."""
    return _(
        "%(teams)s teams sample %(people)s people by %(by)s on 95 of 100 days, in %(tubes)s tubes."
    ) % {
        "teams": problem.teams, "people": f"{plan.people:,}", "tubes": f"{plan.tubes:,}",
        "by": _say(starts_at(problem) + plan.finish_minutes[2]),
    }  # fmt: skip


def _tell_round(problem: Round, plan: RoundPlan, start: int) -> Table:
    low, middle, high = (_say(start + each) for each in plan.finish_minutes)
    done = (_say(start + each) for each in plan.laboratory_done_minutes)
    done_low, _middle, done_high = done
    late = plan.late_tubes
    rows = [
        [_("Done, on half of the days"), middle],
        [_("Done, on 5 and on 95 of 100 days"), f"{low} – {high}"],
        [_("Tubes"), f"{plan.tubes:,}"],
        [_("No way with fewer tubes than"), f"{plan.tubes_bound:,}"],
        [_("Longest team at the mean pace, min"), f"{plan.work_minutes:.0f}"],
        [_("No split is shorter than, min"), f"{plan.work_bound_minutes:.0f}"],
        [_("Seconds a swab, of a team"), f"{3600 / problem.swabs_an_hour:.0f}"],
        [_("Courier runs"), str(len(plan.runs))],
        [_("Tubes over the limit at the laboratory, 5–95 %"), f"{late[0]:,.0f} – {late[2]:,.0f}"],
        [_("The laboratory has done them, 5–95 %"), f"{done_low} – {done_high}"],
    ]
    note = _("%(days)s played days; a projection, not a promise.") % {"days": problem.replications}
    if plan.stopped:
        note += " " + _("The search was stopped; this is what it had.")
    return Table(_("What the round comes to"), ["", _("Figure")], rows, note)


def _draw_progress(plan: RoundPlan, start: int) -> Picture:
    found = plan.progress
    at = [start + each for each in found.minutes]
    band = list(zip(at, found.p5, found.p95, strict=True))
    line = drawings.Line(_("people"), list(zip(at, found.p50, strict=True)), "done", [band])
    title = _("People sampled over the day: the middle of the days, and 5 to 95 of 100")
    marks = [drawings.Mark(f"{plan.people:,}", y=float(plan.people))]
    svg = drawings.draw_lines(
        title, [line], drawings.Axis("", clock=True), drawings.Axis(""), marks=marks
    )
    return Picture(title, svg)


def _draw_teams(plan: RoundPlan, start: int) -> Picture:
    by_team: defaultdict[int, list[drawings.Span]] = defaultdict(list)
    for visit in plan.visits:
        shade = len(by_team[visit.team]) % 2
        by_team[visit.team].append(
            drawings.Span(
                start + visit.from_minute, start + visit.to_minute, _name(visit),
                "done" if shade == 0 else "quiet",
            )
        )  # fmt: skip
    rows = [(_("Team %(n)s") % {"n": n + 1}, spans) for n, spans in sorted(by_team.items())]
    title = _("Which team is at which stairwell when, at the mean pace")
    return Picture(title, drawings.draw_rows(title, rows, drawings.Axis("", clock=True)))


def _name(visit: Visit) -> str:
    return " ".join(filter(None, (visit.building, visit.stairwell)))


def _draw_laboratory(problem: Round, plan: RoundPlan, start: int) -> Picture:
    rate = problem.laboratory_tubes_an_hour / 60
    points: list[tuple[float, float]] = [(float(start), 0.0)]
    arrivals = [(run.leaves_minute + problem.drive_minutes, run) for run in plan.runs]
    for (at, run), after in pairwise([*arrivals, (plan.laboratory_done_minute, None)]):
        assert run is not None
        points.append((start + at, max(run.waiting_tubes - run.tubes, 0)))
        points.append((start + at, run.waiting_tubes))
        empty = at + run.waiting_tubes / rate
        if empty < after[0]:
            points.append((start + empty, 0))
    points.append((start + plan.laboratory_done_minute, 0))
    title = _("Tubes that wait in the laboratory, at the mean pace")
    line = drawings.Line(_("tubes"), points, "held")
    svg = drawings.draw_lines(
        title, [line], drawings.Axis("", clock=True), drawings.Axis(_("tubes")), height=220
    )
    return Picture(title, svg)


def _tell_runs(problem: Round, plan: RoundPlan, start: int) -> Table:
    rows = [
        [
            _say(start + run.leaves_minute), f"{run.tubes:,}", str(run.boxes),
            f"{run.oldest_minutes:.0f}", f"{run.late_tubes:,}",
        ]
        for run in plan.runs
    ]  # fmt: skip
    heads = [_("Leaves"), _("Tubes"), _("Boxes"), _("Oldest swab on arrival, min"), _("Too late")]
    note = _("A tube may be %(limit)s minutes old in the laboratory.") % {
        "limit": f"{problem.limit_minutes:.0f}"
    }
    return Table(_("Courier runs"), heads, rows, note)


def _tell_guide(plan: RoundPlan) -> Table:
    guide, is_chinese = plan.guide, (get_language() or "en").startswith("zh")
    rows = [
        [_("Sampling sites"), " – ".join(map(str, guide.sites))],
        [_("Sampling tables"), " – ".join(map(str, guide.tables))],
        [_("Samplers for a day's round"), str(guide.samplers)],
    ]
    return Table(
        _("What guides ask for so many people"),
        ["", _("Figure")],
        rows,
        "; ".join(each[is_chinese] for each in guide.sources),
    )


def _tell_advice(problem: Round, plan: RoundPlan) -> Table:
    assert plan.advice is not None and problem.positivity is not None
    alone, together = plan.advice
    rows = [
        [
            f"{size} : 1", f"{alone.tests_per_person[size]:.3f}",
            f"{together.tests_per_person[size]:.3f}",
        ]
        for size in sorted(together.tests_per_person)
    ]  # fmt: skip
    note = _(
        "Fewest tests: %(size)s : 1. Perfect tests are assumed; everybody in a positive tube is "
        "tested again; %(share)s %% of people positive, half of a household with one."
    ) % {"size": together.size, "share": f"{100 * problem.positivity:g}"}
    heads = [_("People in a tube"), _("Tests a person, unrelated"), _("Whole households")]
    return Table(_("Which pool"), heads, rows, note)


def _tell_windows(plan: RoundPlan, start: int) -> Table:
    rows = [
        [
            _name(visit), _("Team %(n)s") % {"n": visit.team + 1},
            f"{_say(start + visit.from_minute)} – {_say(start + visit.to_minute)}",
            str(visit.people), str(visit.people_a_call), str(visit.tubes),
        ]
        for visit in sorted(plan.visits, key=lambda each: (each.from_minute, each.team))
    ]  # fmt: skip
    heads = [_("Stairwell"), _("Team"), _("Window"), _("People"), _("At a call"), _("Tubes")]
    note = _("Call no more at a time, and at the mean pace nobody queues longer than the limit.")
    return Table(_("When each stairwell is called"), heads, rows, note, (1, 2))
