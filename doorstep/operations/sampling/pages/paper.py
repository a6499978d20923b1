"""A paper form typed later: the lines as written, each matched to a person, checked, then kept.

Nothing is kept before everybody on the form is found or added; what was typed always comes back.
"""

import re
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.face import errors, pages
from doorstep.kit import clock
from doorstep.ledger import book, refusals, writer
from doorstep.operations.sampling import actions
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import desk_state, moments, scope, words
from doorstep.registry import people

MOST_LINES = 60
NEW = "new"  # the choice that adds somebody who is on no list
_LEAST_OF_A_NUMBER = 6  # digits of an identity number
_DOOR = re.compile(r"[0-9A-Za-z]{1,6}(?:[-栋幢座].*)|\d{3,5}[室房]?")
_TIME = re.compile(r"(?:^|[\s,，])([01]?[0-9]|2[0-3])[:：]([0-5][0-9])\s*$")


class Typed(NamedTuple):
    """A line of the form. `choice`: a person, NEW, or nobody yet; `time` HH:MM. `name`, `door`
    and `document` are what it says of somebody new.
    """

    number: int
    text: str
    time: str
    found: list[people.Found]
    choice: str
    name: str
    door: str
    document: str


@pages.page(*actions.AT_THE_TABLE)
def show_paper(request: HttpRequest, table: str) -> HttpResponse:
    """Type a form of this table."""
    place = common.find_table(table)
    pages.require(request, *actions.AT_THE_TABLE, place=table)
    known = desk_state.list_rounds_at(place, closed=True)
    form = request.POST
    chosen = next((each for each in known if each.id == form.get("round")), None)
    chosen = chosen or (known[0] if known else None)
    refusal, status, lines, again = None, 200, [], False
    if request.method == "POST" and chosen is not None:
        lines = _read_lines(request, form, chosen.area)
        if form.get("act") == "keep" and _all_chosen(lines):
            try:
                count = _keep(request, place, chosen.id, form, lines)
            except refusals.Refused as no:
                if no.code == "NOT_YOURS":
                    raise
                again = no.code in ("PERSON_EXCLUDED", "PERSON_NOT_LISTED", "ALREADY_SAMPLED")
                refusal, status = errors.describe(no), 409
            else:
                said = ngettext(
                    "%(count)d line of the form is kept.", "%(count)d lines of the form are kept.",
                    count,
                )  # fmt: skip
                scope.tell(request, said % {"count": count})
                return HttpResponseRedirect(reverse("sampling:paper", args=[table]))
    today = clock.day_of(clock.now(), str(book.get_cell().zone))
    context: dict[str, Any] = {
        "table": place,
        "rounds": words.label_rounds(known),
        "round": chosen,
        "pools": [(p, words.POOLS[p]) for p in actions.pools_of(chosen)] if chosen else [],
        "lines": lines,
        "missing": sum(not line.choice for line in lines),
        "again": again,
        "form": form,
        "day": form.get("day") or (chosen.day if chosen else today),
        "refusal": refusal,
        "new": NEW,
        "breadcrumbs": [
            (_("Sampling"), reverse("sampling:home")),
            (place.name, reverse("sampling:desk", args=[table])),
            (_("Paper form"), None),
        ],
    }
    return render(request, "sampling/paper.html", context, status=status)


def _all_chosen(lines: list[Typed]) -> bool:
    return bool(lines) and all(line.choice for line in lines)


def _read_lines(request: HttpRequest, form: QueryDict, area: str) -> list[Typed]:
    lines: list[Typed] = []
    last = form.get("time", "").strip()
    for raw in form.get("lines", "").splitlines():
        text = raw.strip()
        if not text:
            continue
        time = _TIME.search(text)
        if time is not None:
            last = f"{int(time.group(1)):02}:{time.group(2)}"
            text = text[: time.start()].strip(" ,，")
        number = len(lines)
        found = find_line(request.user, text, area)
        choice = _choice_of(form, number, text, found)
        name, door, document = _part(text)
        if form.get(f"text-{number}") == text:
            door = form.get(f"door-{number}", door)
        lines.append(Typed(number, text, last, found, choice, name, door, document))
        if len(lines) == MOST_LINES:
            break
    return lines


def _part(text: str) -> tuple[str, str, str]:
    """Name, door and document of a line such as `12-803 张伟`: a door is called as people say one,
    and what else has many digits is a number.
    """
    words = re.split(r"[\s,，、]+", text)
    doors = [word for word in words if _DOOR.fullmatch(word)]
    numbers = [
        word
        for word in words
        if word not in doors and sum(map(str.isdigit, word)) >= _LEAST_OF_A_NUMBER
    ]
    name = " ".join(word for word in words if word not in numbers and word not in doors)
    return name or text, " ".join(doors[:1]), " ".join(numbers[:1])


def _choice_of(form: QueryDict, number: int, text: str, found: list[people.Found]) -> str:
    """What was chosen for a line before, if the line is still the same; else the only one found."""
    if form.get(f"text-{number}") == text and form.get(f"person-{number}"):
        return form.get(f"person-{number}", "")
    return found[0].id if len(found) == 1 else ""


def find_line(staff: common.Staff, text: str, area: str) -> list[people.Found]:
    """Who a line such as `12-803 张伟` or a number means: whoever all its words lead to."""
    if not text:
        return []
    whole = people.find_people(staff, text, place=area)
    parts = re.split(r"[\s,，、]+", text)
    if whole or len(parts) == 1:
        return list(whole)
    sets = [people.find_people(staff, part, place=area, limit=200) for part in parts[:4]]
    sets = [found for found in sets if found]
    if not sets:
        return []
    common_ids = set.intersection(*({each.id for each in found} for found in sets))
    return [each for each in sets[0] if each.id in common_ids][:20]


def _keep(
    request: HttpRequest, place: Any, round_: str, form: QueryDict, lines: list[Typed]
) -> int:
    day = form.get("day", "")
    times = [moments.read(day, line.time) for line in lines]
    counted = form.get("count", "").strip()
    count = scope.read_number(counted) if counted else None

    def act() -> int:
        chosen: list[actions.PaperLine] = []
        for line, at in zip(lines, times, strict=True):
            person = line.choice
            if person == NEW:
                person = actions.add_unknown_person(
                    request.user, round=round_, table=place.id, name=line.name, door=line.door,
                    document=line.document,
                )  # fmt: skip
            chosen.append(actions.PaperLine(person, at))
        actions.enter_paper_form(
            request.user,
            round=round_,
            table=place.id,
            tube=form.get("tube", ""),
            lines=chosen,
            pool=form.get("pool") or None,
            count=count,
            anyway=form.get("anyway") == "1" or any(line.choice == NEW for line in lines),
        )
        return len(chosen)

    return writer.run(act)  # a form that is refused leaves nobody behind whom it would have added
