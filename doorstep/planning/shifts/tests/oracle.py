"""Checks a shift plan by the words of the rules, in minutes, with none of the model's tables."""

from doorstep.planning.shifts.plan import ShiftPlan
from doorstep.planning.shifts.problem import Duty, Roster


def broken(roster: Roster, duties: tuple[Duty, ...]) -> list[str]:
    """Every rule that a plan breaks on a day that is not past."""
    rules, found = roster.rules, []
    shifts = {each.name: each for each in roster.shifts}
    first = roster.earlier.from_day if roster.earlier else 1
    posts = {(each.place, each.shift) for each in roster.cover}
    if len({(each.person, each.day) for each in duties}) < len(duties):
        found.append("twice a day")
    if roster.earlier:
        past = {each for each in roster.earlier.duties if each.day < first}
        if past != {each for each in duties if each.day < first}:
            found.append("past")
    for person in roster.people:
        mine = {each.day: each for each in duties if each.person == person.name}
        name = {day: each.shift for day, each in mine.items()}
        for number, shift in enumerate(person.before):
            name[number + 1 - len(person.before)] = shift
        name = {day: shift for day, shift in name.items() if shift}
        for day, duty in mine.items():
            if day < first:
                continue
            if (duty.place, duty.shift) not in posts:
                found.append("post")
            if day in person.unavailable:
                found.append("unavailable")
            if person.places and duty.place not in person.places:
                found.append("place")
            if person.shifts and duty.shift not in person.shifts:
                found.append("shift")
            for other in name:
                if other < day:
                    ended = other * 1440 + shifts[name[other]].start + shifts[name[other]].minutes
                    if day * 1440 + shifts[duty.shift].start - ended < rules.rest:
                        found.append("rest")
            if all(day - back in name for back in range(rules.most_run + 1)):
                found.append("run")
            row = [name.get(day - back) for back in range(rules.most_nights_run + 1)]
            if all(each and shifts[each].night for each in row):
                found.append("nights run")
        worked_before = sum(day < first for day in mine)
        if len(mine) > max(rules.most_days, worked_before):
            found.append("days")
        nights = [day for day, duty in mine.items() if shifts[duty.shift].night]
        if len(nights) > max(rules.most_nights, sum(day < first for day in nights)):
            found.append("nights")
        if roster.off_run and _could_rest(roster, mine, first) and not _rests(roster, mine):
            found.append("off run")
    return found


def _rests(roster: Roster, days: object) -> bool:
    run, last = roster.off_run, roster.days
    return any(
        all(start + n not in days for n in range(run))  # type: ignore[operator]
        for start in range(1, last - run + 2)
    )


def _could_rest(roster: Roster, days: dict[int, Duty], first: int) -> bool:
    """With nothing but days off from now on."""
    return _rests(roster, {day for day in days if day < first})


def cost(roster: Roster, duties: tuple[Duty, ...]) -> int:
    """The points of a plan."""
    prices = roster.prices
    points = prices.duty * len(duties)
    skills = {each.name: each.skills for each in roster.people}
    night = {each.name: each.night for each in roster.shifts}
    for cover in roster.cover:
        for day in cover.days or range(1, roster.days + 1):
            there = sum(
                (each.place, each.shift, each.day) == (cover.place, cover.shift, day)
                and (not cover.skill or cover.skill in skills[each.person])
                for each in duties
            )
            points += max(0, cover.people - there) * prices.short
    for person in roster.people:
        mine = {each.day: each for each in duties if each.person == person.name}
        for wish in person.wishes:
            got = mine[wish.day].shift if wish.day in mine else ""
            points += prices.wish * (got != wish.shift)
        present = roster.days - len(set(person.unavailable))
        low = roster.fair.days_low * present // roster.days
        points += prices.days * max(0, low - len(mine), len(mine) - roster.fair.days_high)
        nights = sum(night[each.shift] for each in mine.values())
        points += prices.nights * max(0, nights - roster.fair.nights)
        if roster.earlier:
            was = {each.day: each for each in roster.earlier.duties if each.person == person.name}
            for day in range(roster.earlier.from_day, roster.days + 1):
                points += prices.change * (was.get(day) != mine.get(day))
    return points


def hold(roster: Roster, plan: ShiftPlan) -> None:
    """Asserts all that an answer promises."""
    assert broken(roster, plan.duties) == []
    assert cost(roster, plan.duties) == plan.cost
    parts = plan.parts
    assert (
        parts.short + parts.wishes + parts.days + parts.nights + parts.changes + parts.duties
        == plan.cost
    )
    if plan.bound is not None:
        assert plan.bound <= plan.cost
        assert plan.best == (plan.bound == plan.cost)
    else:
        assert not plan.best and plan.gap is None
