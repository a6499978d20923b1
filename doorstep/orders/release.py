"""Release conditions, line by line: met, not yet, since when. Pure; asks no clock and no table.

Works out and never decides: all lines met is a reason to apply, and only the authority lifts. What
is missing counts as not yet, never as met.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.orders import days, evidence, rules, shapes

INFECTION = "infection_found"  # what the packs call a new case


class Said(NamedTuple):
    """Recorded evidence as a place sees it: the fact, the day it holds from, when it was recorded,
    and whether it covers the whole place (recorded of the place itself or of one above).
    """

    entry: str
    fact: str
    on: str
    at: int
    covers: bool


class Material(NamedTuple):
    """What the conditions of an order are judged by, for one of its places: what was recorded, its
    rounds and confirmed infections; the values of the other orders in force or to come in the cell,
    and the moment the last one of those asked for ended.
    """

    said: Sequence[Said]
    rounds: Sequence[evidence.Round]
    positives: Sequence[evidence.Positive] = ()
    standing_values: frozenset[str] = frozenset()
    last_ended_at: int | None = None


class Line(NamedTuple):
    """One condition. `state`: met | not_yet | notice (only the authority can say). `since_at`: when
    it became true; `expected_at`: when it will if nothing happens. `done` of `needed` where it
    counts.
    """

    text: shapes.Text
    state: str
    since_at: int | None = None
    expected_at: int | None = None
    done: int | None = None
    needed: int | None = None


class Clock(NamedTuple):
    """The rule's clock: the moment it runs from, its day 1, the day of the case that restarted it
    and the moment that case was known.
    """

    from_at: int
    first_on: str
    event_on: str
    restarted: bool
    known_at: int


def start_clock(order: rules.Order, rule: shapes.Rule, material: Material, zone: str) -> Clock:
    """The clock of an order: from its start, or from the day after its latest new case.

    The order's own grounds restart nothing. A case known by its day only counts to that day's end;
    one that a recheck confirmed counts from that moment.
    """
    first = clock.day_of(order.start_at, zone)
    latest = Clock(order.start_at, first, first, False, order.start_at)
    for each in material.said:
        if each.fact not in rule.restarts_on or each.entry in order.evidence:
            continue
        if each.on < first or (each.on == first and each.at <= order.start_at):
            continue
        following = days.add(each.on, 1)
        moment = days.start_of(following, zone)
        latest = max(latest, Clock(moment, following, each.on, True, each.at))
    if INFECTION not in rule.restarts_on:
        return latest
    for positive in material.positives:
        if positive.at > order.start_at and positive.entries.isdisjoint(order.evidence):
            day = clock.day_of(positive.at, zone)
            latest = max(latest, Clock(positive.at, day, day, True, positive.at))
    return latest


def judge(
    order: rules.Order, rule: shapes.Rule, material: Material, *, at: int, zone: str
) -> list[Line]:
    """Every condition of the order's rule at a moment, for one place, in the pack's order."""
    started = start_clock(order, rule, material, zone)
    asked = _Asked(order, rule, material, started, at, zone)
    return [asked.judge(condition) for condition in rule.release]


def combine(places: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of an order on several places: a line holds where it holds everywhere."""
    return [_worst(lines) for lines in zip(*places, strict=True)]


def met_since(lines: Sequence[Line]) -> int | None:
    """Since when every line is met; None when one is not, or only a notice can say."""
    if not lines or any(line.state != "met" for line in lines):
        return None
    return max((line.since_at for line in lines if line.since_at is not None), default=0)


def is_unmet(lines: Iterable[Line]) -> bool:
    """Whether a line that can be judged from here is not met."""
    return any(line.state == "not_yet" for line in lines)


def _worst(lines: Sequence[Line]) -> Line:
    unmet = [line for line in lines if line.state != "met"]
    if not unmet:
        return max(lines, key=lambda line: line.since_at or 0)
    counted = min(unmet, key=lambda line: line.done or 0)
    expected = [line.expected_at for line in unmet]
    latest = None if None in expected else max(each for each in expected if each is not None)
    return counted._replace(expected_at=latest)


class _Asked(NamedTuple):
    order: rules.Order
    rule: shapes.Rule
    material: Material
    clock: Clock
    at: int
    zone: str

    def judge(self, condition: shapes.AnyCondition) -> Line:
        if isinstance(condition, shapes.CleanDays):
            return self._clean_days(condition)
        if isinstance(condition, shapes.RoundsNegative):
            return self._rounds_negative(condition)
        if isinstance(condition, shapes.RoundNegativeWithin):
            return self._negative_within(condition)
        if isinstance(condition, shapes.RoundNegativeOnDay):
            return self._negative_on_day(condition)
        if isinstance(condition, shapes.CalendarNegative):
            return self._calendar_negative(condition)
        if isinstance(condition, shapes.Recorded):
            return self._recorded(condition)
        if isinstance(condition, shapes.ContactsPast):
            return self._contacts_past(condition)
        if isinstance(condition, shapes.AllLifted):
            return self._all_lifted(condition)
        return Line(condition.text, "notice")

    def _clean_days(self, condition: shapes.CleanDays) -> Line:
        due = self.clock.from_at + condition.days * clock.DAY
        clean = max(0, min(condition.days, (self.at - self.clock.from_at) // clock.DAY))
        state, since = ("met", due) if self.at >= due else ("not_yet", None)
        expected = None if since else due
        return Line(condition.text, state, since, expected, clean, condition.days)

    def _negatives(self) -> list[evidence.Round]:
        """Full rounds all negative on the clock, known by now, by their last result."""
        return sorted(
            (
                each
                for each in self.material.rounds
                if each.all_negative
                and each.day >= self.clock.first_on
                and each.last_result_at is not None
                and self.clock.from_at <= each.last_result_at <= self.at
            ),
            key=_reported,
        )

    def _rounds_negative(self, condition: shapes.RoundsNegative) -> Line:
        found = self._negatives()
        count = condition.count
        if len(found) >= count:
            since = _reported(found[count - 1])
            return Line(condition.text, "met", since, None, len(found), count)
        return Line(condition.text, "not_yet", None, None, len(found), count)

    def _negative_within(self, condition: shapes.RoundNegativeWithin) -> Line:
        """A result is valid from sampling: the hours run from the round's first swab."""
        oldest = self.at - condition.hours * clock.HOUR
        fresh = [
            _reported(each)
            for each in self._negatives()
            if each.sampled_at is not None and each.sampled_at >= oldest
        ]
        if fresh:
            return Line(condition.text, "met", min(fresh))
        return Line(condition.text, "not_yet")

    def _negative_on_day(self, condition: shapes.RoundNegativeOnDay) -> Line:
        wanted = days.add(self.clock.first_on, condition.day - 1)
        found = [each for each in self._negatives() if each.day >= wanted]
        if found:
            return Line(condition.text, "met", _reported(found[0]))
        expected = days.start_of(wanted, self.zone)
        return Line(condition.text, "not_yet", None, expected if expected > self.at else None)

    def _calendar_negative(self, condition: shapes.CalendarNegative) -> Line:
        wanted = self._calendar_days()
        found = sorted(self._negatives(), key=lambda each: (each.day, _reported(each)))
        used: list[int] = []
        for day in wanted:  # each test day takes the first round of that day or later
            taken = next((each for each in found if each.day >= day), None)
            if taken is None:
                break
            used.append(_reported(taken))
            found.remove(taken)
        if wanted and len(used) == len(wanted):
            return Line(condition.text, "met", max(used), None, len(used), len(wanted))
        last = days.start_of(wanted[-1], self.zone) if wanted else None
        expected = last if last is not None and last > self.at else None
        return Line(condition.text, "not_yet", None, expected, len(used), len(wanted))

    def _calendar_days(self) -> list[str]:
        numbers = {day for test in self.rule.calendar.tests for day in test.days}
        numbers |= set(self.order.test_days)
        return [days.add(self.clock.first_on, number - 1) for number in sorted(numbers)]

    def _latest(self, fact: str, *, covering: bool) -> Said | None:
        found = (
            each
            for each in self.material.said
            if each.fact == fact and (each.covers or not covering) and each.at <= self.at
        )
        return max(found, key=lambda each: (each.on, each.at, each.entry), default=None)

    def _recorded(self, condition: shapes.Recorded) -> Line:
        good = self._latest(condition.what, covering=True)
        bad = self._latest(condition.against, covering=False) if condition.against else None
        if good is None or good.on < self.clock.event_on:
            return Line(condition.text, "not_yet")
        if bad is not None and (bad.on, bad.at) > (good.on, good.at):
            return Line(condition.text, "not_yet")
        return Line(condition.text, "met", good.at)

    def _contacts_past(self, condition: shapes.ContactsPast) -> Line:
        exposed = self._latest(condition.exposed, covering=False)
        if exposed is None:
            return Line(condition.text, "not_yet")
        past = days.start_of(days.add(exposed.on, condition.days + 1), self.zone)
        negative = self._latest(condition.negative, covering=True)
        known = negative is not None and negative.on >= exposed.on
        if negative is not None and known and self.at >= past:
            return Line(condition.text, "met", max(past, negative.at))
        return Line(condition.text, "not_yet", None, past if past > self.at else None)

    def _all_lifted(self, condition: shapes.AllLifted) -> Line:
        if self.material.standing_values.isdisjoint(condition.values):
            return Line(condition.text, "met", self.material.last_ended_at)
        return Line(condition.text, "not_yet")


def _reported(round_: evidence.Round) -> int:
    return round_.last_result_at or 0


def count_met(lines: Iterable[Line]) -> int:
    """How many lines are met."""
    return sum(line.state == "met" for line in lines)
