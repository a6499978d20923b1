"""A projection in words and fan charts. Every figure says that it is a projection, with its range;
no line stands without one.
"""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command.plans.blocks import Picture, Report, Table
from doorstep.face import drawings
from doorstep.planning.projection.plan import Fan, Outlook, Prospect
from doorstep.planning.projection.problem import Projection, read_disease

NOTHING, ASKED = "nothing", "asked"  # measures that the page's form names


def name_measures(name: str) -> str:
    """A set of measures of the form, in the reader's language; any other as it is called."""
    return {NOTHING: _("Nothing is done"), ASKED: _("These measures")}.get(name, name)


def tell(problem: Projection, plan: Prospect) -> Report:
    """Ranges for each set of measures, and the figures it all rests on."""
    last = plan.outlooks[-1]
    sentence = _(
        "Projected: %(name)s – %(low)s to %(high)s %% of runs end with %(days)s days without a new "
        "infection."
    ) % {
        "name": name_measures(last.name), "days": problem.release_days,
        "low": f"{100 * last.quiet_low:.0f}", "high": f"{100 * last.quiet_high:.0f}",
    }  # fmt: skip
    blocks: list[Table | Picture] = [_compare(problem, plan)]
    most = max(max(each.infected.p95) for each in plan.outlooks)
    for each in plan.outlooks:
        title = _("Infected so far, projected: %(name)s") % {"name": name_measures(each.name)}
        blocks.append(_draw_fan(title, each.infected, most))
    for each in plan.outlooks:
        if each.tests:
            title = _("In isolation, projected: %(name)s") % {"name": name_measures(each.name)}
            blocks.append(_draw_fan(title, each.isolated, 0.0))
    blocks.append(_tell_load(problem, plan))
    blocks.append(_tell_sources(problem, plan))
    return Report(sentence, blocks)


def _compare(problem: Projection, plan: Prospect) -> Table:
    rows = [
        [
            name_measures(each.name), _range_of(each.infected), _range_of(each.isolated),
            f"{100 * each.quiet_low:.0f} – {100 * each.quiet_high:.0f} %",
            " – ".join(f"{day:.0f}" for day in (each.ended[0], each.ended[2]))
            if each.ended else "–",
        ]
        for each in plan.outlooks
    ]  # fmt: skip
    heads = [
        _("Measures"), _("Infected at the end"), _("Isolated at the end"), _("May be released"),
        _("None new from day"),
    ]  # fmt: skip
    note = _(
        "A projection, not a promise: %(runs)s runs of %(days)s days, %(people)s people, "
        "%(infected)s infected at the beginning. 5 to 95 of 100 runs lie in a range; the share of "
        "runs that may be released has its 95 %% bounds."
    ) % {
        "runs": f"{plan.runs:,}", "days": plan.days, "people": f"{plan.people:,}",
        "infected": problem.infected,
    }  # fmt: skip
    if not plan.is_whole:
        note += " " + _("The search was stopped; this is what it had.")
    return Table(_("What comes of it"), heads, rows, note)


def _range_of(fan: Fan) -> str:
    return f"{fan.p5[-1]:,.0f} – {fan.p95[-1]:,.0f}"


def _draw_fan(title: str, fan: Fan, most: float) -> Picture:
    days = range(1, len(fan.p50) + 1)
    wide = [(float(d), low, high) for d, low, high in zip(days, fan.p5, fan.p95, strict=True)]
    narrow = [(float(d), low, high) for d, low, high in zip(days, fan.p25, fan.p75, strict=True)]
    middle = [(float(d), value) for d, value in zip(days, fan.p50, strict=True)]
    line = drawings.Line(_("half of the runs"), middle, "held", [wide, narrow])
    svg = drawings.draw_lines(
        title, [line], drawings.Axis(_("day")), drawings.Axis(_("people"), most=most), height=220
    )
    return Picture(title, svg)


def _tell_load(problem: Projection, plan: Prospect) -> Table:
    rows = [
        [
            name_measures(each.name), *_load_of(each),
            f"{plan.households:,}" if measures.sealed_from is not None else "–",
        ]
        for measures, each in zip(problem.measures, plan.outlooks, strict=True)
    ]  # fmt: skip
    heads = [
        _("Measures"), _("Tests of everybody"), _("Swabs each time"), _("Tubes each time"),
        _("Swabs in all"), _("Isolated at most, 95 %"), _("Homes to supply while sealed"),
    ]  # fmt: skip
    return Table(_("The load, projected"), heads, rows)


def _load_of(each: Outlook) -> list[str]:
    return [
        str(each.tests),
        f"{each.swabs:,}" if each.tests else "–",
        f"{each.tubes:,}" if each.tests else "–",
        f"{each.swabs * each.tests:,}",
        f"{max(each.isolated.p95):,.0f}",
    ]


def _tell_sources(problem: Projection, plan: Prospect) -> Table:
    disease = read_disease(problem.disease)
    is_chinese = (get_language() or "en").startswith("zh")
    named = _name_figures()
    figures = {
        "latent_days": f"{disease.latent_days.mean:g}",
        "infectious_days": f"{disease.infectious_days.mean:g}",
        "household_attack": f"{disease.household_attack.value:g}",
        "building_a_day": f"{disease.building_a_day.value:g}",
        "estate_a_day": f"{disease.estate_a_day.value:g}",
        "sensitivity": f"{disease.sensitivity.value:g}",
        "lost_by_doubling": f"{disease.lost_by_doubling.value:g}",
    }
    rows = [
        [named.get(name, name), figures.get(name, ""), chinese if is_chinese else english]
        for name, english, chinese in plan.sources
    ]
    title = _("What it rests on: %(disease)s") % {"disease": disease.names[is_chinese]}
    return Table(title, [_("Figure"), _("Value"), _("Source")], rows, words=(2,))


def _name_figures() -> dict[str, str]:
    return {
        "latent_days": _("Days until infectious, mean"),
        "infectious_days": _("Days infectious, mean"),
        "household_attack": _("Chance to infect somebody of the household"),
        "building_a_day": _("People infected a day in the building"),
        "estate_a_day": _("People infected a day elsewhere in the estate"),
        "sensitivity": _("Chance that a test of one finds an infectious person"),
        "lost_by_doubling": _("What of it is lost by doubling the pool"),
    }
