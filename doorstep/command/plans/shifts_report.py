"""A shift plan in words: the table of who works when, what is short and why, what would mend it,
and how work is shared out.
"""

from collections.abc import Callable
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from doorstep.command.plans import live
from doorstep.command.plans.blocks import Report, Table
from doorstep.kit import ids
from doorstep.planning.shifts.plan import Mend, ShiftPlan
from doorstep.planning.shifts.problem import Roster


def tell(problem: Roster, plan: ShiftPlan) -> Report:
    """The whole plan."""
    name = namer(problem)
    blocks = [make_table(problem, plan, name), _tell_cost(problem, plan)]
    if plan.short:
        blocks.append(_tell_short(problem, plan))
    if plan.explained is not None and plan.explained.mends:
        blocks.append(_tell_mends(plan))
    blocks.append(_tell_people(plan, name))
    return Report(say(problem, plan), blocks)


def say(problem: Roster, plan: ShiftPlan) -> str:
    """The answer in a sentence."""
    missing = sum(each.people for each in plan.short)
    said = _("%(people)s people, %(days)s days.") % {
        "people": len(problem.people),
        "days": problem.days,
    }
    if not missing:
        return f"{said} " + _("Every shift has who it needs.")
    short = ngettext(
        "%(count)s person is missing in a shift.",
        "%(count)s people are missing, over all shifts.",
        missing,
    ) % {"count": f"{missing:,}"}
    if plan.explained is not None and plan.explained.least == missing:
        short += " " + _("No plan under these rules has fewer.")
    return f"{said} {short}"


def namer(problem: Roster) -> Callable[[str], str]:
    """Names of the roster's people: those on duty are ids in it; no name is kept there."""
    known = live.name_duty([each.name for each in problem.people if ids.is_canonical(each.name)])
    return lambda person: known.get(person, person)


def name_day(problem: Roster, day: int) -> str:
    """A day's head: its date where that is known, else its number."""
    if not problem.first_day:
        return str(day)
    at = date.fromisoformat(problem.first_day) + timedelta(days=day - 1)
    return f"{at.month}-{at.day}"


def name_shift(name: str) -> str:
    """A shift of the form, in the reader's language; any other as it is called."""
    known = {
        "day": pgettext("shift", "Day"), "evening": pgettext("shift", "Eve"),
        "night": pgettext("shift", "Night"),
    }  # fmt: skip
    return known.get(name, name)


def make_table(problem: Roster, plan: ShiftPlan, name: Callable[[str], str]) -> Table:
    """Who works when: a row for each person, a column for each day; those who work come first."""
    several = len({each.place for each in problem.cover}) > 1
    cells: dict[tuple[str, int], str] = {}
    for duty in plan.duties:
        word = name_shift(duty.shift)
        cells[duty.person, duty.day] = f"{word} {duty.place}" if several else word
    working = {person for person, _day in cells}
    days = range(1, problem.days + 1)
    rows = [
        [name(each.name), *(cells.get((each.name, day), "·") for day in days)]
        for each in sorted(problem.people, key=lambda each: each.name not in working)
    ]
    heads = [_("Who"), *(name_day(problem, day) for day in days)]
    note = "; ".join(
        f"{name_shift(each.name)} {_clock(each.start)}–{_clock(each.start + each.minutes)}"
        for each in problem.shifts
    )
    return Table(_("Who works when"), heads, rows, note)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def _tell_cost(problem: Roster, plan: ShiftPlan) -> Table:
    parts = plan.parts
    rows = [
        [_("Missing people"), str(parts.short)], [_("Wishes not granted"), str(parts.wishes)],
        [_("Days shared unevenly"), str(parts.days)],
        [_("Nights shared unevenly"), str(parts.nights)],
        [_("Changes to the plan before"), str(parts.changes)],
        [_("Days of work"), str(parts.duties)],
        [_("All points"), str(plan.cost)],
        [_("No plan has fewer points than"), "–" if plan.bound is None else str(plan.bound)],
    ]  # fmt: skip
    if plan.best:
        note = _("It is proved that no plan is better.")
    elif plan.gap is not None:
        note = _("At most %(share)s %% above what is proved.") % {"share": f"{100 * plan.gap:.1f}"}
    else:
        note = _("No bound was proved in the time.")
    if plan.stopped:
        note += " " + _("The search was stopped; this is what it had.")
    return Table(_("What the plan costs, in points"), ["", _("Points")], rows, note)


def _tell_short(problem: Roster, plan: ShiftPlan) -> Table:
    named = name_reasons()
    rows = [
        [
            f"{name_day(problem, each.day)} {name_shift(each.shift)}",
            "" if each.place == "post" else each.place, each.skill, str(each.people),
            " · ".join(f"{named.get(why, why)}: {count}" for why, count in each.why.items()),
        ]
        for each in plan.short
    ]  # fmt: skip
    heads = [_("Shift"), _("Place"), _("Skill"), _("Missing"), _("Why the others do not")]
    return Table(_("What is missing"), heads, rows, words=(1, 2, 4))


def name_reasons() -> dict[str, str]:
    """Why somebody does not stand where somebody is missing."""
    return {
        "elsewhere": _("works another shift that day"),
        "unavailable": _("not available"),
        "may_not": _("may not work there"),
        "past": _("the day is past"),
        "rest": _("would rest too short"),
        "run": _("too many days in a row"),
        "days": _("has worked enough days"),
        "nights": _("has worked enough nights"),
        "nights_run": _("too many nights in a row"),
        "off_run": _("would have no days off together"),
        "free": _("could, at a price"),
    }


def _tell_mends(plan: ShiftPlan) -> Table:
    assert plan.explained is not None
    rows = [[_say_mend(each), str(each.short), str(each.left)] for each in plan.explained.mends]
    heads = [_("With"), _("Missing now"), _("Missing then")]
    note = _(
        "Each by itself, as found; no proof that it takes so much. At least %(least)s are missing "
        "in every plan under these rules."
    ) % {"least": plan.explained.least}
    return Table(_("What would mend it"), heads, rows, note)


def _say_mend(mend: Mend) -> str:
    if mend.kind == "people":
        said = ngettext("%(count)s more person", "%(count)s more people", mend.value)
        where = [mend.skill, "" if mend.place == "post" else mend.place]
        return " · ".join([said % {"count": mend.value}, *filter(None, where)])
    words = {
        "rest": _("%(value)s minutes of rest"),
        "most_run": _("%(value)s days in a row"),
        "most_days": _("%(value)s days of work"),
        "most_nights": _("%(value)s nights"),
        "most_nights_run": _("%(value)s nights in a row"),
        "off_run": _("%(value)s days off together"),
    }
    return words[mend.kind] % {"value": mend.value}


def _tell_people(plan: ShiftPlan, name: Callable[[str], str]) -> Table:
    rows = [
        [
            name(each.person), str(each.days), str(each.nights), str(each.granted),
            str(each.refused), str(each.changed),
        ]
        for each in sorted(plan.people, key=lambda each: not each.days)
    ]  # fmt: skip
    heads = [_("Who"), _("Days"), _("Nights"), _("Wishes granted"), _("Not granted"), _("Changed")]
    return Table(_("How work is shared out"), heads, rows)
