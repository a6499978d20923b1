"""Plan against actual: on a round's page the accepted plan's curve beside what is done, on the
first page every plan accepted for the day.

Shows accepted plans alone. Of models whose day is not measured in the book (a centre's, visits') it
says so and shows no figure. Reads of a plan only what it shows, and imports no planner.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from doorstep.command import models
from doorstep.command.plans import catalog, live, pages
from doorstep.face import drawings, moments
from doorstep.kit import clock
from doorstep.planning.hours import Clock, minutes_of
from doorstep.registry import access
from doorstep.registry import queries as registry
from doorstep.rounds import models as rounds
from doorstep.rounds import plans, queries, round_kinds

MARK = "person.sampled"
SLOT = 15  # minutes of the curve of what is done


class _Progress(msgspec.Struct):
    minutes: list[float]
    p5: list[float]
    p50: list[float]
    p95: list[float]


class _Round(msgspec.Struct):
    progress: _Progress


class _Asked(msgspec.Struct):
    starts: Clock


class _Planned(NamedTuple):
    """An accepted sampling plan: `start` in minutes since midnight."""

    id: str
    start: int
    found: _Round

    def by(self, minute: float) -> tuple[float, float, float]:
        """People on 5, 50 and 95 of 100 days by a minute of the day."""
        progress, at = self.found.progress, minute - self.start
        low, middle, high = (
            _read_off(progress.minutes, values, at)
            for values in (progress.p5, progress.p50, progress.p95)
        )
        return low, middle, high


def show_panel(request: HttpRequest, round_: rounds.Round) -> SafeString | None:
    """The plan accepted for a sampling round, beside what is done."""
    if not _is_planned(round_):
        return None
    draft = next(iter(_accepted([round_.day], {round_.area}, catalog.SAMPLING)), None)
    if draft is None:
        return None
    planned = _decode(draft)
    minute = _minute_of(round_.day)
    done = [
        (_clock_of(slot.at + SLOT * clock.MINUTE, round_.day), float(slot.total))
        for slot in queries.list_progress(round_.id, SLOT)
    ]
    context = {
        "plan": planned.id if access.has(request.user, pages.READERS, round_.area) else "",
        "sentence": _say(planned, round_.counts.done, minute),
        "title": _name_picture(),
        "svg": _draw(planned, [(at, n) for at, n in done if at <= minute], minute),
    }
    return SafeString(render_to_string("plans/board_round.html", context, request))


def show_day(
    request: HttpRequest, found: Sequence[rounds.Round], estates: Mapping[str, str]
) -> SafeString | None:
    """Every plan accepted for the day that this person may see, with what is done of it."""
    today = clock.day_of(clock.now(), moments.zone())
    drafts = _accepted([today, *{each.day for each in found}])
    mine = access.where(request.user, pages.READERS, {str(each.place) for each in drafts})
    names = registry.name_places(mine)
    units = live.name_units({str(each.about) for each in drafts if each.about})
    # of two rounds of a day and place the plan is for the one with the longer list
    sampled = {
        (each.day, each.area): each
        for each in sorted(found, key=lambda each: each.counts.due)
        if _is_planned(each)
    }
    whole = models.Draft.objects.in_bulk([
        each.id for each in drafts
        if each.model == catalog.SAMPLING and (each.day, str(each.place)) in sampled
    ])  # fmt: skip
    rows = []
    for draft in drafts:
        if (place := str(draft.place)) not in mine:
            continue
        round_ = sampled.get((draft.day, place)) if draft.model == catalog.SAMPLING else None
        row: dict[str, Any] = {
            "address": reverse("plans:kept", args=[draft.id]),
            "what": catalog.NAMES[draft.model],
            "where": units.get(str(draft.about)) or names.get(place, ""),
            "planned": None,
            "waits": draft.model == catalog.SAMPLING,
        }
        if round_ is not None:
            low, middle, _high = _decode(whole[draft.id]).by(_minute_of(draft.day))
            row |= {
                "planned": round(middle),
                "done": round_.counts.done,
                "behind": round_.counts.done < low,
                "round": reverse("command:round", args=[round_.id]),
            }
        rows.append(row)
    if not rows:
        return None
    context = {
        "measured": [row for row in rows if row["planned"] is not None],
        "others": [row for row in rows if row["planned"] is None],
    }
    return SafeString(render_to_string("plans/board_day.html", context, request))


def _is_planned(round_: rounds.Round) -> bool:
    """Whether a plan may be for this round: it samples, and follows from no tube of another."""
    samples = MARK in round_kinds.marks_of(round_.round_kind)
    return samples and round_.parent is None and not round_.is_withdrawn


def _accepted(
    days: Collection[str], places: Collection[str] | None = None, model: str | None = None
) -> list[models.Draft]:
    """Plans accepted for these days, of each model and place the one kept last; without what was
    asked and what came out, which may be long.
    """
    found = models.Draft.objects.filter(day__in=set(days)).order_by("-made_at", "id")
    found = found.defer("problem", "result")
    if places is not None:
        found = found.filter(place__in=places)
    if model is not None:
        found = found.filter(model=model)
    listed = list(found)
    standing = plans.find([str(each.id) for each in listed])
    chosen: dict[tuple[str, ...], models.Draft] = {}
    for each in listed:
        said = standing.get(str(each.id))
        if said is not None and said.reason is None:
            key = (each.day, each.model, str(each.place), str(each.about or ""))
            chosen.setdefault(key, each)
    return list(chosen.values())


def _decode(draft: models.Draft) -> _Planned:
    asked = msgspec.json.decode(draft.problem, type=_Asked)
    found = msgspec.json.decode(draft.result, type=_Round)
    return _Planned(str(draft.id), minutes_of(asked.starts), found)


def _minute_of(day: str) -> float:
    """How far the day is, in minutes since its midnight; over 1,440 once it is past."""
    return _clock_of(clock.now(), day)


def _clock_of(at: int, day: str) -> float:
    said = moments.to_datetime(at, moments.zone())
    ahead = (said.date() - type(said.date()).fromisoformat(day)).days
    return ahead * 24 * 60 + said.hour * 60 + said.minute + said.second / 60


def _read_off(minutes: Sequence[float], values: Sequence[float], at: float) -> float:
    """The value at a minute, on straight lines between the points."""
    if at <= minutes[0]:
        return 0.0
    for before, after, low, high in zip(minutes, minutes[1:], values, values[1:], strict=False):
        if at < after:
            return low + (high - low) * (at - before) / (after - before)
    return values[-1]


def _say(planned: _Planned, done: int, minute: float) -> str:
    low, middle, high = planned.by(minute)
    said = _("By now %(low)s–%(high)s people were planned; %(done)s are done.") % {
        "low": f"{low:,.0f}", "high": f"{high:,.0f}", "done": f"{done:,}",
    }  # fmt: skip
    if done < low:
        return f"{said} " + _("That is %(count)s fewer than on a middling day of the plan.") % {
            "count": f"{middle - done:,.0f}"
        }
    return said


def _name_picture() -> str:
    return _("People sampled: as planned, and done")


def _draw(planned: _Planned, done: list[tuple[float, float]], minute: float) -> str:
    progress = planned.found.progress
    at = [planned.start + each for each in progress.minutes]
    lines = [
        drawings.Line(
            _("planned"), list(zip(at, progress.p50, strict=True)), "quiet",
            [list(zip(at, progress.p5, progress.p95, strict=True))],
        ),
        drawings.Line(_("done"), [(float(planned.start), 0.0), *done], "done"),
    ]  # fmt: skip
    marks = []
    if at[0] <= minute <= at[-1]:
        marks.append(drawings.Mark(drawings.say_clock(minute), x=minute))
    title = _name_picture()
    return drawings.draw_lines(
        title, lines, drawings.Axis("", clock=True), drawings.Axis(_("people")), marks=marks,
        height=260,
    )  # fmt: skip
