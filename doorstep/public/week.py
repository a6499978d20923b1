"""A week in the district (一周), written from live figures of sampling and of the programme: to be
read, printed, and shared as a picture. Refuses to count people in any smaller place.
"""

import io
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from PIL import Image, ImageDraw, ImageFont

from doorstep.kit import paper
from doorstep.operations.programme import catalogue, queries
from doorstep.operations.programme.actions import projects
from doorstep.operations.programme.pages import words
from doorstep.operations.sampling import counters
from doorstep.public import faces, programme
from doorstep.rounds import models as rounds
from doorstep.rounds import round_kinds

MARK = "person.sampled"
_WIDE, _HIGH = 1_080, 1_350  # pixels of the picture, as phones show it whole
_PAPER, _INK, _QUIET, _LINE = (250, 250, 247), (28, 31, 35), (90, 96, 104), (218, 217, 210)
_BANDS = {"red": (191, 48, 24), "orange": (201, 112, 26), "yellow": (217, 169, 22),
          "green": (11, 110, 105), "blue": (31, 95, 191)}  # fmt: skip


class Week(NamedTuple):
    """A week's figures. `first`, `last`: its Monday and Sunday, YYYY-MM-DD."""

    first: str
    last: str
    rounds: int
    five: counters.Five
    all: int
    reached: list[queries.Project]
    finished: list[queries.Project]
    closed: int
    bands: dict[str, int]
    voices: dict[str, int]
    ahead: int

    @property
    def steps(self) -> int:
        """How many milestones were reached in it."""
        return sum(
            bool(step.on and self.first <= step.on <= self.last)
            for each in self.reached
            for step in each.milestones
        )


@faces.page
def show_week(request: HttpRequest, face: faces.Face, week: str) -> HttpResponse:
    """A week as a page."""
    monday = _read(week)
    found = read_week(monday)
    earlier, later = (_name(monday + timedelta(days=days)) for days in (-7, 7))
    context = programme.frame(face, "public:week", week) | {
        "week": found,
        "key": week,
        "paragraphs": say_week(found),
        "finished": programme.describe(
            found.finished[: programme.LATEST], face, programme.read_programme().photos
        ),
        "earlier": earlier,
        "later": later if later <= _name(date.fromisoformat(projects.today())) else "",
        "picture": reverse("public:week_picture", args=[face.key, week]),
    }  # fmt: skip
    return render(request, "public/week.html", context)


@faces.page
def show_picture(request: HttpRequest, face: faces.Face, week: str) -> HttpResponse:
    """The same as a picture to be sent on."""
    found = read_week(_read(week))
    title = _("A week in the district")
    name = programme.name_top(face)
    try:
        content = draw(found, f"{name} · {title}" if name else title, say_week(found))
    except OSError:  # the letters are not installed
        raise Http404 from None
    return HttpResponse(content, content_type="image/png")


def read_week(monday: date) -> Week:
    """The figures of the week that begins on a Monday, as they are now."""
    first, last = monday.isoformat(), (monday + timedelta(days=6)).isoformat()
    kinds = round_kinds.list_marked(MARK)
    opened = rounds.Round.objects.filter(day__range=(first, last), round_kind__in=kinds)
    own = [each for each in opened if not each.is_withdrawn]
    five = counters.add_up(counters.count_estates([each.id for each in own]).values())
    found = programme.read_programme().projects
    reached = [
        each
        for each in found
        if any(step.on and first <= step.on <= last for step in each.milestones)
    ]
    return Week(
        first=first,
        last=last,
        rounds=sum(each.parent is None for each in own),
        five=five,
        all=len(found),
        reached=reached,
        finished=[each for each in reached
                  if each.row.progress == 100 and first <= programme.last_reached(each) <= last],
        closed=sum(bool(e.row.closed_on and first <= e.row.closed_on <= last) for e in found),
        bands=queries.count_bands(found),
        voices=queries.count_voices(["/"], (first, last)),
        ahead=sum(
            step.on is None and last < step.due <= (monday + timedelta(days=13)).isoformat()
            for each in found
            for step in each.milestones
        ),
    )  # fmt: skip


def say_week(week: Week) -> list[str]:
    """The week in sentences, a paragraph each for sampling, the programme and what was said."""
    said = []
    if week.rounds:
        first = ngettext(
            "In %(count)s round %(people)s people were sampled in %(tubes)s tubes.",
            "In %(count)s rounds %(people)s people were sampled in %(tubes)s tubes.",
            week.rounds,
        ) % {
            "count": f"{week.rounds:,}",
            "people": f"{week.five.sampled.people:,}",
            "tubes": f"{week.five.sampled.tubes:,}",
        }
        rest = _("%(received)s tubes are at laboratories; the results of %(people)s people are in.")
        said.append(
            first
            + _gap()
            + rest
            % {
                "received": f"{week.five.received.tubes:,}",
                "people": f"{week.five.reported.people:,}",
            }
        )
    if week.all:
        done = ngettext(
            "Of %(all)s projects %(steps)s milestone was reached",
            "Of %(all)s projects %(steps)s milestones were reached",
            week.steps,
        ) % {"all": f"{week.all:,}", "steps": f"{week.steps:,}"}
        more = _("%(finished)s were finished and %(closed)s closed.") % {
            "finished": f"{len(week.finished):,}",
            "closed": f"{week.closed:,}",
        }
        ahead = ngettext(
            "%(count)s milestone is due in the week after.",
            "%(count)s milestones are due in the week after.",
            week.ahead,
        ) % {"count": f"{week.ahead:,}"}
        said.append(_("%(first)s; %(rest)s") % {"first": done, "rest": more} + _gap() + ahead)
    asked = sum(week.voices.get(each.key, 0) for each in catalogue.get().voice if each.open)
    thanks = sum(week.voices.get(each.key, 0) for each in catalogue.get().voice if not each.open)
    if asked or thanks:
        said.append(
            _("Residents told of %(asked)s difficulties and worries, of which %(answered)s are "
              "answered or taken up; %(thanks)s said thanks.")
            % {"asked": f"{asked:,}", "answered": f"{week.voices['answered']:,}",
               "thanks": f"{thanks:,}"}
        )  # fmt: skip
    return said or [_("Nothing stands in the book of this week.")]


def _gap() -> str:
    """What stands between two sentences."""
    return "" if words.language().startswith("zh") else " "


def draw(week: Week, title: str, paragraphs: Sequence[str]) -> bytes:
    """The week as a PNG picture. Raises OSError when the letters are not installed."""
    picture = Image.new("RGB", (_WIDE, _HIGH), _PAPER)
    pen = ImageDraw.Draw(picture)
    left = 80
    y: float = 90
    y = _write(pen, left, y, title, _letters(54), _INK) + 10
    y = _write(pen, left, y, f"{week.first} – {week.last}", _letters(34), _QUIET) + 30
    figures = [
        (week.five.sampled.people, _("people sampled"))
        if week.rounds
        else (week.closed, _("projects closed")),
        (week.steps, _("milestones reached")),
        (len(week.finished), _("projects finished")),
    ]
    for at, (number, text) in enumerate(figures):
        start = left + at * 310
        pen.line((start, y, start + 270, y), fill=_INK, width=4)
        pen.text((start, y + 16), f"{number:,}", font=_letters(76), fill=_INK)
        pen.text((start, y + 120), text, font=_letters(28), fill=_QUIET)
    y += 210
    for each in paragraphs:
        y = _write(pen, left, y, each, _letters(36), _INK) + 24
    whole = sum(week.bands.values())
    if whole:
        y = max(y + 20, _HIGH - 300)
        x = float(left)
        names = {band.key: band.label.read(words.language()) for band in catalogue.get().band}
        for key, number in week.bands.items():
            wide = (_WIDE - 2 * left) * number / whole
            if wide < 3:  # nothing anybody would see
                continue
            pen.rectangle((x, y, x + wide - 2, y + 56), fill=_BANDS.get(key, _QUIET))
            x += wide
        for at, (key, number) in enumerate(week.bands.items()):
            row, column = divmod(at, 2)
            spot = (left + column * 470, y + 78 + row * 46)
            pen.rectangle((spot[0], spot[1] + 8, spot[0] + 22, spot[1] + 30), fill=_BANDS[key])
            said = f"{names[key]} {number:,}"
            pen.text((spot[0] + 36, spot[1]), said, font=_letters(28), fill=_INK)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _write(
    pen: ImageDraw.ImageDraw,
    x: int,
    y: float,
    text: str,
    letters: ImageFont.FreeTypeFont,
    colour: tuple[int, int, int],
) -> float:
    """A paragraph within the picture's margins; where it ends."""
    line, high = "", int(letters.size * 1.5)
    for piece in _pieces(text):
        if line and pen.textlength(line + piece, font=letters) > _WIDE - 2 * x:
            pen.text((x, y), line.rstrip(), font=letters, fill=colour)
            y, line = y + high, ""
        line += piece if line else piece.lstrip()
    pen.text((x, y), line, font=letters, fill=colour)
    return y + high


def _pieces(text: str) -> list[str]:
    """Where a line may end: after a space, and after any Chinese letter but before its comma."""
    pieces: list[str] = []
    for letter in text:
        joins = pieces and letter in "，。；、：！？）”"
        apart = not pieces or pieces[-1].endswith(" ") or ord(letter) > 0x2E80 \
            or ord(pieces[-1][-1]) > 0x2E80  # fmt: skip
        if apart and not joins:
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces


@cache
def _letters(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(paper.FONT), size)


def _read(week: str) -> date:
    """The Monday of a week as 2021-W25. Raises Http404 for what is none."""
    try:
        year, _w, number = week.partition("-W")
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        raise Http404 from None


def _name(day: date) -> str:
    year, week, _day = day.isocalendar()
    return f"{year}-W{week:02}"
