"""The rows of the form of shift plans: shifts of one's own, how many are needed where and with
which skill in each of them, and who has which skill. Knows no page.

A form is flat: shift1 starts1 ends1 night1 are the first shift, place1 skill1 the first row of what
is needed, people1-2 how many of it in the second shift, list:WORD says that the people were listed
for a skill and can:WORD:ID that one of them has it. Rows are numbered anew whenever they are read.

Refuses, by the planner's `Wrong` with the field of the form, what is no plan.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from doorstep.command.plans import live
from doorstep.command.plans.typed import clock_of, whole_of
from doorstep.planning.hours import minutes_of
from doorstep.planning.shifts import problem
from doorstep.planning.wrong import Wrong

POST: Final = "post"  # the one place of a plan whose form names none
MOST_SHIFTS: Final = 8
MOST_NEEDS: Final = 20
MOST_TRIED: Final = 40  # where a slider ends, unless more are needed
# words of a problem → what they are called; a plan is read in either language
USUAL: Final[dict[str, Promise]] = {
    "day": gettext_lazy("Day shift"),
    "evening": gettext_lazy("Evening shift"),
    "night": gettext_lazy("Night shift"),
}
_CLOCKS: Final = (("07:00", "15:00", ""), ("15:00", "23:00", ""), ("23:00", "07:00", "1"))
_PEOPLE: Final = ("2", "2", "1")
_NUMBERED: Final = re.compile(r"^(shift|place|skill|people)([1-9][0-9]?)(?:-[1-9][0-9]?)?$")
_LEAST, _MOST = 30, 960  # minutes of a shift, as the planner takes them
_PATH: Final = re.compile(r"^(shifts|cover)\[(\d+)\](?:\.(\w+))?")


class Shift(NamedTuple):
    """A shift as typed: times of day "HH:MM"; `night`: "1" or ""."""

    name: str
    starts: str
    ends: str
    night: str


class Need(NamedTuple):
    """How many are needed in a place, with a skill ("": anybody), in each shift of the form."""

    place: str
    skill: str
    people: tuple[str, ...]


class Rows(NamedTuple):
    """What a form's rows say. `able`: of each skill whose list was shown, who was ticked."""

    shifts: tuple[Shift, ...]
    needs: tuple[Need, ...]
    able: Mapping[str, frozenset[str]]


class Asked(NamedTuple):
    """Parts of a problem, and of each its field of the form: `shifts` their numbers, `cover` the
    number of its row and of its shift.
    """

    shifts: list[dict[str, Any]]
    cover: list[dict[str, Any]]
    skills: dict[str, frozenset[str]]
    shift_rows: list[int]
    cover_rows: list[tuple[int, int]]


def read(said: Mapping[str, str]) -> Rows:
    """The rows of a form; where it has none of a kind, those that a plan usually begins with."""
    numbers: dict[str, set[int]] = {"shift": set(), "place": set()}
    for name in said:
        if found := _NUMBERED.match(name):
            numbers["shift" if found[1] == "shift" else "place"].add(int(found[2]))
    if shift_rows := sorted(numbers["shift"]):
        shifts = tuple(
            Shift(*(said.get(f"{part}{n}", "").strip()
                    for part in ("shift", "starts", "ends", "night")))
            for n in shift_rows
        )  # fmt: skip
    else:
        shifts = _list_usual()
        shift_rows = list(range(1, len(shifts) + 1))
    needs = tuple(
        Need(
            said.get(f"place{row}", "").strip(),
            said.get(f"skill{row}", "").strip(),
            tuple(said.get(f"people{row}-{n}", "").strip() for n in shift_rows),
        )
        for row in sorted(numbers["place"])
    ) or (Need("", "", tuple(_PEOPLE[: len(shifts)])),)
    needs = tuple(
        each._replace(people=(*each.people, *[""] * (len(shifts) - len(each.people))))
        for each in needs
    )
    able: dict[str, set[str]] = {
        name.removeprefix("list:"): set() for name in said if name.startswith("list:")
    }
    for name in said:
        word, _, person = name.removeprefix("can:").rpartition(":")
        if name.startswith("can:") and word in able:
            able[word].add(person)
    return Rows(shifts, needs, {word: frozenset(ids) for word, ids in able.items()})


def _list_usual() -> tuple[Shift, ...]:
    return tuple(
        Shift(str(name), *clocks) for name, clocks in zip(USUAL.values(), _CLOCKS, strict=True)
    )


def write(rows: Rows) -> dict[str, str]:
    """The fields that say these rows."""
    fields: dict[str, str] = {}
    for n, shift in enumerate(rows.shifts, 1):
        fields |= {f"shift{n}": shift.name, f"starts{n}": shift.starts, f"ends{n}": shift.ends}
        if shift.night:
            fields[f"night{n}"] = "1"
    for row, need in enumerate(rows.needs, 1):
        fields |= {f"place{row}": need.place, f"skill{row}": need.skill}
        fields |= {f"people{row}-{n}": count for n, count in enumerate(need.people, 1)}
    for word, ids in ((each, rows.able.get(each)) for each in list_words(rows)):
        if ids is None:
            continue
        fields |= {f"list:{word}": "1", **{f"can:{word}:{each}": "1" for each in sorted(ids)}}
    return fields


def read_fields(said: Mapping[str, str]) -> dict[str, str]:
    """The rows of a form as fields, numbered anew."""
    return write(read(said))


def takes(name: str) -> bool:
    """Whether a field of this name belongs to the rows."""
    return bool(re.match(r"^(shift|starts|ends|night|place|skill)[1-9][0-9]?$", name)) or bool(
        re.match(r"^(people[1-9][0-9]?-[1-9][0-9]?|(list|can):.+)$", name)
    )


def change(rows: Rows, act: str) -> Rows:
    """A row more or less, as a button of the form says: add-shift, add-need, drop-shift-2,
    drop-need-1. What says none of these changes nothing; the last row of a kind stays.
    """
    if act == "add-shift" and len(rows.shifts) < MOST_SHIFTS:
        shifts = (*rows.shifts, Shift("", "", "", ""))
        needs = tuple(each._replace(people=(*each.people, "")) for each in rows.needs)
        return rows._replace(shifts=shifts, needs=needs)
    if act == "add-need" and len(rows.needs) < MOST_NEEDS:
        return rows._replace(needs=(*rows.needs, Need("", "", ("",) * len(rows.shifts))))
    what, _, number = act.removeprefix("drop-").rpartition("-")
    at = int(number) - 1 if act.startswith("drop-") and number.isdecimal() else -1
    if what == "shift" and 0 <= at < len(rows.shifts) > 1:
        needs = tuple(each._replace(people=_without(each.people, at)) for each in rows.needs)
        return rows._replace(shifts=_without(rows.shifts, at), needs=needs)
    if what == "need" and 0 <= at < len(rows.needs) > 1:
        return rows._replace(needs=_without(rows.needs, at))
    return rows


def _without(values: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    return values[:at] + values[at + 1 :]


def list_words(rows: Rows) -> list[str]:
    """The skills of the rows, each once."""
    return list(dict.fromkeys(each.skill for each in rows.needs if each.skill))


def who_can(rows: Rows, word: str, posts: Mapping[str, str]) -> frozenset[str]:
    """Who of a unit has a skill: as ticked, or, before the list was shown, whose post says it.
    `posts`: ids of people → what they are called on the roster.
    """
    if word in rows.able:
        return rows.able[word] & posts.keys()
    said = word.casefold()
    return frozenset(person for person, post in posts.items() if said in post.casefold())


def ask(rows: Rows, posts: Mapping[str, str]) -> Asked:
    """The parts of the problem that the rows say. Raises `Wrong` with a field of the form."""
    if len(rows.shifts) > MOST_SHIFTS:
        raise Wrong(f"shift{MOST_SHIFTS + 1}", "MOST", most=MOST_SHIFTS)
    if len(rows.needs) > MOST_NEEDS:
        raise Wrong(f"place{MOST_NEEDS + 1}", "MOST", most=MOST_NEEDS)
    shifts = list(_read_shifts(rows.shifts))
    wanted = list(_read_needs(rows.needs))
    if not wanted:
        raise Wrong("people1-1", "EMPTY")
    skills = {}
    for row, need, _counts in wanted:
        if need.skill and need.skill not in skills:
            skills[need.skill] = who_can(rows, need.skill, posts)
            if not skills[need.skill]:
                raise Wrong(f"skill{row}", "NOBODY_CAN", what=need.skill)
    # a shift that nobody is needed in would be a choice more for the search, and for nothing
    used = [n for n in range(len(shifts)) if any(counts[n] for _, _, counts in wanted)]
    cover = [
        (row, n, {"place": need.place or POST, "shift": shifts[n]["name"], "people": counts[n],
                  "skill": need.skill})
        for row, need, counts in wanted for n in used if counts[n]
    ]  # fmt: skip
    return Asked(
        [shifts[n] for n in used],
        [each for _, _, each in cover],
        skills,
        [n + 1 for n in used],
        [(row, n + 1) for row, n, _ in cover],
    )


def _read_shifts(rows: tuple[Shift, ...]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for n, row in enumerate(rows, 1):
        for part, text in (("shift", row.name), ("starts", row.starts), ("ends", row.ends)):
            if not text:
                raise Wrong(f"{part}{n}", "MISSING")
        name = _word_of(row.name)
        if name in seen:
            raise Wrong(f"shift{n}", "TWICE", what=row.name)
        seen.add(name)
        start = minutes_of(clock_of(f"starts{n}", row.starts))
        end = minutes_of(clock_of(f"ends{n}", row.ends))
        minutes = (end - start) % problem.DAY_MINUTES
        if not _LEAST <= minutes <= _MOST:
            raise Wrong(f"ends{n}", "SHIFT_LENGTH")
        yield {"name": name, "start": start, "minutes": minutes, "night": bool(row.night)}


def _read_needs(rows: tuple[Need, ...]) -> Iterator[tuple[int, Need, tuple[int, ...]]]:
    """The rows that need anybody, with their numbers and how many in each shift."""
    found = []
    for row, need in enumerate(rows, 1):
        counts = tuple(_count_of(f"people{row}-{n}", text) for n, text in enumerate(need.people, 1))
        if any(counts):
            found.append((row, need, counts))
    named = any(need.place for _, need, _ in found)
    seen: set[tuple[str, str]] = set()
    for row, need, needed in found:
        if named and not need.place:  # which of the places would it be?
            raise Wrong(f"place{row}", "MISSING")
        if (need.place, need.skill) in seen:
            raise Wrong(f"place{row}", "TWICE", what=" ".join(filter(None, need[:2])) or "–")
        seen.add((need.place, need.skill))
        yield row, need, needed


def _count_of(field: str, text: str) -> int:
    count = whole_of(field, text) if text else 0
    if not 0 <= count <= problem.MOST_PEOPLE:
        raise Wrong(field, "BETWEEN", low=0, high=problem.MOST_PEOPLE)
    return count


def _word_of(name: str) -> str:
    """A shift's word in the problem: the usual ones are the same in both languages."""
    for language in ("en", "zh-hans"):
        with translation.override(language):
            for word, called in USUAL.items():
                if name == str(called):
                    return word
    return name


def find_field(asked: Asked, path: str) -> str:
    """The field of the form that a path of the problem comes of."""
    found = _PATH.match(path)
    if found is None:
        return path
    at = int(found[2])
    if found[1] == "shifts":
        part = {"start": "starts", "minutes": "ends"}.get(found[3], "shift")
        return f"{part}{asked.shift_rows[at]}"
    row, n = asked.cover_rows[at]
    return {"place": f"place{row}", "skill": f"skill{row}"}.get(found[3], f"people{row}-{n}")


def list_sliders(said: Mapping[str, str]) -> list[dict[str, Any]]:
    """What may be tried out: how many of each row in each shift, where anybody is needed. `said`:
    of a form that could be read.
    """
    rows, found = read(said), []
    for row, need in enumerate(rows.needs, 1):
        for n, (shift, text) in enumerate(zip(rows.shifts, need.people, strict=True), 1):
            name = f"people{row}-{n}"
            if text and (count := whole_of(name, text)):
                named = " · ".join(filter(None, (need.place, need.skill, shift.name)))
                found.append({"name": name, "text": named, "low": 0, "value": count,
                              "high": max(MOST_TRIED, count)})  # fmt: skip
    return found


def describe(said: Mapping[str, str], mine: Collection[str], unit: str) -> dict[str, Any]:
    """The rows as a template shows them. `mine`: units whose people may be named."""
    rows = change(read(said), said.get("do", ""))
    words = list_words(rows) if unit in mine else []
    posts = live.read_duty(unit) if words else {}
    names = live.name_duty(posts)
    return {
        "shifts": [_show_shift(n, each) for n, each in enumerate(rows.shifts, 1)],
        "shifts_said": " · ".join(
            f"{each.name} {each.starts}–{each.ends}" for each in rows.shifts if each.name
        ),
        "is_usual": rows.shifts == _list_usual(),
        "needs": [_show_need(row, each, rows.shifts) for row, each in enumerate(rows.needs, 1)],
        "may_add_shift": len(rows.shifts) < MOST_SHIFTS,
        "may_add_need": len(rows.needs) < MOST_NEEDS,
        "may_drop_shift": len(rows.shifts) > 1,
        "may_drop_need": len(rows.needs) > 1,
        "able": [_list_able(rows, word, posts, names) for word in words],
    }


class _Box(NamedTuple):
    """A field as a template draws it."""

    name: str
    text: str
    value: str
    type: str = "text"
    inputmode: str = ""


def _show_shift(n: int, row: Shift) -> dict[str, Any]:
    boxes = [
        _Box(f"shift{n}", gettext("Shift"), row.name),
        _Box(f"starts{n}", gettext("Begins"), row.starts, "time"),
        _Box(f"ends{n}", gettext("Ends"), row.ends, "time"),
    ]
    return {"n": n, "boxes": boxes, "night": row.night, "called": row.name or str(n)}


def _show_need(n: int, row: Need, shifts: tuple[Shift, ...]) -> dict[str, Any]:
    boxes = [
        _Box(f"place{n}", gettext("Place"), row.place),
        _Box(f"skill{n}", gettext("Skill"), row.skill),
    ]
    for at, (shift, count) in enumerate(zip(shifts, row.people, strict=True), 1):
        called = shift.name or gettext("Shift %(n)s") % {"n": at}
        boxes.append(_Box(f"people{n}-{at}", called, count, inputmode="numeric"))
    called = " ".join(filter(None, (row.place, row.skill))) or str(n)
    return {"n": n, "boxes": boxes, "called": called}


def _list_able(
    rows: Rows, word: str, posts: Mapping[str, str], names: Mapping[str, str]
) -> dict[str, Any]:
    can = who_can(rows, word, posts)
    people = [(f"can:{word}:{id_}", names[id_], post, id_ in can) for id_, post in posts.items()]
    return {"word": word, "count": len(can), "people": people}
