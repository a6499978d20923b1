"""What a rule pack may say: its shape, and the references inside it. Pure; reads no file.

Refuses a pack that names what it does not define, a number without a source, and a movement rule
that leaves no way to medical help. Zone words are labels here, no meanings: the keys are neutral.
"""

import re
from datetime import date
from typing import Annotated, Literal

import msgspec

from doorstep.orders import references

Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
KindName = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=64)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Day = Annotated[int, msgspec.Meta(ge=1, le=60)]
Sources = Annotated[list[str], msgspec.Meta(min_length=1)]
Axis = Literal["measure", "risk"]
# A door is no level: an order on one door would be an order on the people behind it.
Level = Literal["subdistrict", "community", "estate", "building", "unit"]
Pool = Literal["single", "household", "five", "ten", "twenty"]
VALIDATED_SIZES = frozenset({1, 5, 10, 20})


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every part of a pack: nothing unknown is let in, defaults do not change the digest."""


class Text(Shape, frozen=True):
    """The same words in Chinese and in English."""

    zh: Annotated[str, msgspec.Meta(min_length=1)]
    en: Annotated[str, msgspec.Meta(min_length=1)]


class Source(Shape, frozen=True):
    """Where a number comes from. P: law or notice; N: press; W: weak copy; setting: ours."""

    title: Annotated[str, msgspec.Meta(min_length=1)]
    grade: Literal["P", "N", "W", "setting"]
    date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")] | None = None


class AuthorityLevel(Shape, frozen=True):
    """A level of government and the pattern of its authorities' codes."""

    key: Word
    names: Text
    pattern: str


class Jurisdiction(Shape, frozen=True):
    """Who may decide. Only the authority that decided may lift; nobody else ever."""

    decides: Annotated[list[Word], msgspec.Meta(min_length=1)]
    lifts: Literal["deciding_authority"]
    applies: Word
    levels: list[AuthorityLevel]
    source: Sources
    names: dict[str, Text] = {}


class Method(Shape, frozen=True):
    """A way of testing. `tube`: it needs a tube and a laboratory."""

    key: Word
    names: Text
    tube: bool


class PoolKind(Shape, frozen=True):
    """A way of filling tubes. `limit`: at most so many people in one tube."""

    key: Pool
    names: Text
    limit: Positive
    source: Sources


class Pools(Shape, frozen=True):
    """What may go into one tube, whatever the zone."""

    kinds: list[PoolKind]
    ordinary: Annotated[list[Pool], msgspec.Meta(min_length=1)]
    recheck: Literal["single"]
    key_persons: Literal["single"]
    repooling: Literal[False]
    dilution_below_per_million: int
    dilution_with_cases: Literal[False]
    source: Sources


class Deadline(Shape, frozen=True):
    """A clock of the pack, in minutes."""

    names: Text
    minutes: Positive
    source: Sources


class Deadlines(Shape, frozen=True):
    """The pack's clocks: a request to stay lapses; boxes travel; the laboratory reports."""

    stay_request: Deadline
    collect: Deadline
    laboratory: Deadline
    report: Deadline
    judge_contacts: Deadline


class Exclusion(Shape, frozen=True):
    """Who is not sampled like the others: `not_due`, or `single` (a tube of her own)."""

    key: Word
    names: Text
    hours: Positive
    effect: Literal["not_due", "single"]
    source: Sources


class AtTheDoor(Shape, frozen=True):
    """Groups sampled at home, each in a single tube."""

    groups: list[Word]
    pool: Literal["single"]
    source: Sources


class EvidenceWord(Shape, frozen=True):
    """A fact that may ground or end an order. No level: nobody at a desk may record it."""

    key: Word
    names: Text
    levels: list[Level]
    day: bool = False  # the fact is a day, such as a last exposure


class Movement(Shape, frozen=True):
    """What people may do. `medical`: how they reach medical help, for there is always a way."""

    key: Word
    text: Text
    medical: Literal["open", "escorted"]
    source: Sources
    persons_a_household: Positive | None = None
    every_days: Positive | None = None
    exit_from_day: Day | None = None
    exit_result_hours: Positive | None = None


class Value(Shape, frozen=True):
    """A value on one of the two axes. `strictness`: where several stand, the highest is shown."""

    axis: Axis
    key: Word
    names: Text
    strictness: Annotated[int, msgspec.Meta(ge=0, le=100)]
    movement: Movement


class Ground(Shape, frozen=True):
    """An entry of one of these kinds, folded to this fact, may be the evidence for an order."""

    fact: Word
    kinds: Annotated[list[KindName], msgspec.Meta(min_length=1)]


class Test(Shape, frozen=True):
    """A method on days of the clock; no days: every day of the calendar's mode."""

    method: Word
    days: list[Day] = []
    double_days: list[Day] = []  # two samples a person


class Calendar(Shape, frozen=True):
    """Which days are test days. `ordered`: the order itself says, for no source does."""

    mode: Literal["daily", "days", "ordered"]
    source: Sources
    tests: list[Test] = []
    afterwards: Literal["none", "ordered"] = "none"
    final_days: Day | None = None  # one more test in the last days before the order's end


class ZonePools(Shape, frozen=True):
    """How tubes may be filled in this zone."""

    allowed: Annotated[list[Pool], msgspec.Meta(min_length=1)]
    preferred: Pool
    source: Sources


class Term(Shape, frozen=True):
    """The longest an order may run before it is renewed, and when it is looked at again."""

    longest_days: Day
    review_days: Day
    source: Sources


class Condition(Shape, frozen=True, tag_field="check"):
    """One line of what must hold before release can be applied for."""

    text: Text
    source: Sources


class CleanDays(Condition, frozen=True, tag="clean_days"):
    """So many whole days on the rule's clock, which a new case restarts."""

    days: Day


class RoundsNegative(Condition, frozen=True, tag="rounds_negative"):
    """So many full rounds all negative on the clock."""

    count: Positive


class RoundNegativeWithin(Condition, frozen=True, tag="round_negative_within"):
    """A full round all negative, no older than so many hours."""

    hours: Positive


class RoundNegativeOnDay(Condition, frozen=True, tag="round_negative_on_day"):
    """A full round all negative on that day of the clock, or later when it was missed."""

    day: Day


class CalendarNegative(Condition, frozen=True, tag="calendar_negative"):
    """Every test day of the calendar has a full round all negative."""


class Recorded(Condition, frozen=True, tag="recorded"):
    """Something from outside has been recorded, and nothing `against` it since."""

    what: Word
    against: Word | None = None


class ContactsPast(Condition, frozen=True, tag="contacts_past"):
    """More than so many days since the last contact's last exposure, and she is negative."""

    days: Day
    exposed: Word
    negative: Word


class AllLifted(Condition, frozen=True, tag="all_lifted"):
    """No order of these values stands any more in the cell."""

    values: Annotated[list[Word], msgspec.Meta(min_length=1)]


class ByNotice(Condition, frozen=True, tag="by_notice"):
    """Nothing can be worked out: the authority says when."""


AnyCondition = (
    CleanDays
    | RoundsNegative
    | RoundNegativeWithin
    | RoundNegativeOnDay
    | CalendarNegative
    | Recorded
    | ContactsPast
    | AllLifted
    | ByNotice
)


class Rule(Shape, frozen=True):
    """One thing an authority may order, on what ground, for how long, and how it ends."""

    key: Word
    axis: Axis
    value: Word
    text: Text
    levels: Annotated[list[Level], msgspec.Meta(min_length=1)]
    restarts_on: list[Word]
    term: Term
    calendar: Calendar
    pools: ZonePools
    release: Annotated[list[AnyCondition], msgspec.Meta(min_length=1)]
    grounds: Annotated[list[Ground], msgspec.Meta(min_length=1)]
    source: Sources
    after: Word | None = None  # only after an order of this value was lifted
    next: Word | None = None  # the rule to propose once this one's conditions are met
    on_infection: Word | None = None  # the rule to propose when a new case is found


class Retention(Shape, frozen=True):
    """How long records of a class (ledger.erasure.CLASSES) are held at least. `closed`: until no
    order stands and no round is open; `after`: until what names them was destroyed.
    """

    key: Word
    holds: Literal["operation", "roster", "log"]
    text: Text
    days: Positive  # since they were received
    source: Sources
    closed: bool = False
    after: Literal["operation"] | None = None


class Pack(Shape, frozen=True):
    """An authority's rules and numbers, dated, each with its source."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{2,23}$")]
    version: Positive
    names: Text
    about: Text
    used_from_on: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    sources: dict[str, Source]
    jurisdiction: Jurisdiction
    methods: list[Method]
    pools: Pools
    deadlines: Deadlines
    exclusions: list[Exclusion]
    evidence: list[EvidenceWord]
    values: list[Value]
    rules: list[Rule]
    at_the_door: AtTheDoor | None = None
    retention: list[Retention] = []

    def __post_init__(self) -> None:
        """Refuse a pack whose parts do not fit together (ValueError names the first misfit)."""
        date.fromisoformat(self.used_from_on)
        facts = references.unique("evidence", [word.key for word in self.evidence])
        methods = references.unique("methods", [method.key for method in self.methods])
        who = self.jurisdiction
        levels = references.unique("jurisdiction.levels", [level.key for level in who.levels])
        rules = references.unique("rules", [rule.key for rule in self.rules])
        pools = references.unique("pools.kinds", [kind.key for kind in self.pools.kinds])
        references.unique("retention", [each.key for each in self.retention])
        values = {(value.axis, value.key) for value in self.values}
        references.within("jurisdiction.decides", who.decides, levels)
        references.within("jurisdiction.applies", [who.applies], levels - set(who.decides))
        references.within("pools.ordinary", self.pools.ordinary, pools)
        for level in who.levels:
            re.compile(level.pattern)
        for kind in self.pools.kinds:
            if kind.limit not in VALIDATED_SIZES:
                raise ValueError(f"pools.kinds {kind.key}: {kind.limit} is no validated size")
        for rule in self.rules:
            where = f"rule {rule.key}"
            if (rule.axis, rule.value) not in values:
                raise ValueError(f"{where}: no value {rule.value} on axis {rule.axis}")
            references.within(f"{where} restarts_on", rule.restarts_on, facts)
            references.within(f"{where} grounds", [ground.fact for ground in rule.grounds], facts)
            references.within(f"{where} release", _facts_of(rule), facts)
            references.within(f"{where} pools", [*rule.pools.allowed, rule.pools.preferred], pools)
            references.within(f"{where} preferred", [rule.pools.preferred], set(rule.pools.allowed))
            named = [key for key in (rule.next, rule.on_infection) if key]
            references.within(f"{where} next", named, rules)
            tests = [test.method for test in rule.calendar.tests]
            references.within(f"{where} tests", tests, methods)
            _check_calendar(where, rule.calendar)
            if rule.term.review_days > rule.term.longest_days:
                raise ValueError(f"{where}: reviewed only after its end")
        said = sorted(references.sources_of(msgspec.to_builtins(self)))
        references.within("source", said, set(self.sources))

    def find_rule(self, key: str) -> Rule | None:
        """The rule of that key."""
        return next((rule for rule in self.rules if rule.key == key), None)

    def find_value(self, axis: str, key: str) -> Value | None:
        """The value of that key on that axis."""
        return next((each for each in self.values if (each.axis, each.key) == (axis, key)), None)

    def find_fact(self, key: str) -> EvidenceWord | None:
        """The evidence word of that key."""
        return next((word for word in self.evidence if word.key == key), None)


def _facts_of(rule: Rule) -> list[str]:
    found: list[str] = []
    for condition in rule.release:
        if isinstance(condition, Recorded):
            found += [each for each in (condition.what, condition.against) if each]
        elif isinstance(condition, ContactsPast):
            found += [condition.exposed, condition.negative]
        elif isinstance(condition, RoundsNegative | RoundNegativeWithin | RoundNegativeOnDay):
            found.append("round_all_negative")
    return found


def _check_calendar(where: str, calendar: Calendar) -> None:
    for test in calendar.tests:
        doubled = set(test.double_days) <= set(test.days)
        if (calendar.mode == "days") != bool(test.days) or not doubled:
            raise ValueError(f"{where}: test days do not fit the mode {calendar.mode}")
    if (calendar.mode == "ordered") == bool(calendar.tests):
        raise ValueError(f"{where}: a calendar has tests unless it is ordered")
