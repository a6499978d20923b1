"""Invented people: families behind the doors of an estate, the same ones for the same seed. Pure.

No identity number here can be a real person's. It has the right shape and check character, but its
area code begins with 10, and GB/T 2260 gives no province that number (they run from 11), so nobody
can ever have issued it. Old 15-digit numbers and birth certificates begin alike. Residence permits
have 8190xx to 8396xx (only 810000, 820000 and 830000 exist), permanent residence cards a province
below 10 and a nationality from 900 on (ISO 3166 leaves these to users), passports the state UTO
(the specimen state of ICAO Doc 9303). Travel permits have no part that could tell: theirs are from
the top of the range (99…), which makes it unlikely and proves nothing. Mobile numbers begin with
154, a prefix that libphonenumber's table of China's plan knows no subscriber to have.
"""

import functools
import random
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

from doorstep.town import names, plan

AREA = "10"
MOBILE = "154"
MOVED_OUT_SHARE = 0.006  # listed on top of those who live there
AWAY_SHARE = 0.014
MAX_ESTATES = 624  # so many blocks of area codes there are
_AREAS = 16  # area codes of an estate's people
_SIZES = (1, 2, 3, 4, 5, 6, 7)
_SIZE_WEIGHTS = (10, 20, 27, 23, 13, 5, 2)
_TODAY = date.fromisoformat(plan.DAY).toordinal()
_OLDEST = date(1915, 1, 1).toordinal()
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

SHARES = {  # document type → how many of 10,000 people hold it; the others a resident's id
    "hk_macau_permit": 60,
    "taiwan_permit": 16,
    "residence_permit": 24,
    "permanent_residence": 6,
    "passport": 40,
}
OLD_NUMBER_SHARE = 0.008  # of those over 60: the number of fifteen digits they were first given


class Person(NamedTuple):
    """One person. `door`: place in the estate's list of doors. `born_on`: YYYY-MM-DD. `phone` and
    `document` may be "". `flags`: special needs, in the registry's words.
    """

    door: int
    name: str
    sex: str
    born_on: str
    document_type: str
    document: str
    phone: str
    relation: str
    presence: str
    flags: tuple[str, ...]


class _Member(NamedTuple):
    relation: str
    sex: str
    age: float
    family: str  # a, b, c, d: who bears the same surname; "" one of her own


def draw_estate(estate: plan.Estate, number: int, *, seed: int = plan.SEED) -> list[Person]:
    """Everybody on the estate's roster by door, heads of households first.

    Those who live there, present or away, are exactly `estate.residents`; moved out ones come on
    top. `number` (0 … 623) gives the estate its own documents and phones: no two estates of one
    town may share it.

    Raises:
        ValueError: no such number.
    """
    if not 0 <= number < MAX_ESTATES:
        raise ValueError(f"estates are numbered 0 to {MAX_ESTATES - 1}")
    rng = random.Random(f"{seed}/{number}/{estate.key}")
    doors = sorted(rng.sample(range(estate.door_count), estate.households))
    sizes = _draw_sizes(estate.households, estate.residents, rng)
    draw = _Draw(number, estate.residents + estate.households, rng)
    people: list[Person] = []
    for door, size in zip(doors, sizes, strict=True):
        draw.household(door, size, people)
    _send_away(people, round(estate.residents * AWAY_SHARE), rng)
    draw.former(doors, round(estate.residents * MOVED_OUT_SHARE), people)
    people.sort(key=lambda person: person.door)  # stable: heads stay first
    return people


def check_character(digits: str) -> str:
    """The eighteenth character of an identity number (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECK[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]


def _draw_sizes(households: int, residents: int, rng: random.Random) -> list[int]:
    sizes = rng.choices(_SIZES, weights=_SIZE_WEIGHTS, k=households)
    missing = residents - sum(sizes)
    while missing:
        at = int(rng.random() * households)
        if missing > 0 and sizes[at] < 12:
            sizes[at] += 1
            missing -= 1
        elif missing < 0 and sizes[at] > 1:
            sizes[at] -= 1
            missing += 1
    return sizes


def _send_away(people: list[Person], count: int, rng: random.Random) -> None:
    grown = [i for i, person in enumerate(people) if person.born_on < "2006" and not person.flags]
    for at in rng.sample(grown, count):
        people[at] = people[at]._replace(presence="away")


@functools.cache
def _list_days() -> list[tuple[str, str, int]]:
    """For every day since 1915: ISO text, eight digits, their part of the check sum."""
    weights = _WEIGHTS[6:14]
    days = []
    for ordinal in range(_OLDEST, _TODAY + 1):
        iso = date.fromordinal(ordinal).isoformat()
        digits = iso.replace("-", "")
        days.append((iso, digits, sum(int(d) * w for d, w in zip(digits, weights, strict=True))))
    return days


class _Draw:
    """What one estate's people are drawn from."""

    def __init__(self, number: int, expected: int, rng: random.Random) -> None:
        self.rng, self.number = rng, number
        self.days = _list_days()
        areas = [f"{AREA}{(number + 1) * _AREAS + k:04}" for k in range(_AREAS)]
        self.areas = [
            (area, sum(int(d) * w for d, w in zip(area, _WEIGHTS[:6], strict=True)))
            for area in areas
        ]
        self.taken: dict[tuple[int, int, bool], int] = {}
        self.phones = 0
        self.serial = 0
        self.expected = expected
        self.surnames = names.draw_surnames(rng, expected)

    def household(self, door: int, size: int, people: list[Person]) -> None:
        """Add the household behind a door."""
        members = _family(size, self.rng)
        families: dict[str, str] = {}
        first_phone = ""
        for member in members:
            surname = families.get(member.family) if member.family else None
            if surname is None:
                surname = self.surname()
                if member.family:
                    families[member.family] = surname
            person = self.person(door, member, surname, len(members))
            if member.relation == "户主":
                first_phone = person.phone
            elif member.relation == "配偶" and first_phone and self.rng.random() < 0.05:
                person = person._replace(phone=first_phone)  # a couple on one phone
            people.append(person)

    def former(self, doors: Sequence[int], count: int, people: list[Person]) -> None:
        """Add people who have moved out but stand on the roster still."""
        for door in self.rng.sample(doors, min(count, len(doors))):
            member = _Member("租户", self.sex(), 20 + self.rng.random() * 30, "")
            person = self.person(door, member, self.surname(), 1)
            people.append(person._replace(presence="moved_out", flags=()))

    def surname(self) -> str:
        found = next(self.surnames, None)
        if found is None:
            self.surnames = names.draw_surnames(self.rng, self.expected)
            found = next(self.surnames)
        return found

    def sex(self) -> str:
        return "male" if self.rng.random() < 0.5 else "female"

    def person(self, door: int, member: _Member, surname: str, size: int) -> Person:
        rng = self.rng
        days_old = int(member.age * 365.2425)
        at = max(0, _TODAY - _OLDEST - days_old)
        iso, digits, part = self.days[at]
        given = names.given_names(member.sex, int(digits[:4]) >= names.YOUNG_SINCE)
        name = surname + given[int(rng.random() * len(given))]
        kind = self.kind(member.age)
        document = self.document(kind, at, digits, part, member.sex == "male")
        if kind in ("passport", "permanent_residence"):
            name = names.draw_foreign(rng)
        return Person(
            door, name, member.sex, iso, kind, document, self.phone(member.age),
            member.relation, "present", _flags_of(member, size, rng.random(), rng.random()),
        )  # fmt: skip

    def kind(self, age: float) -> str:
        if age < 0.25:
            return "birth_certificate"
        draw = self.rng.random() * 10_000
        for kind, share in SHARES.items():
            draw -= share
            if draw < 0:
                return kind
        old = age > 60 and self.rng.random() < OLD_NUMBER_SHARE
        return "resident_id_15" if old else "resident_id"

    def document(self, kind: str, at: int, digits: str, part: int, male: bool) -> str:
        k = int(self.rng.random() * _AREAS)
        area, area_part = self.areas[k]
        key = (k, at, male)
        self.taken[key] = taken = self.taken.get(key, -1) + 1
        order = (taken + at * 7 + k * 31) % 499
        sequence = 2 * order + (1 if male else 2)
        if kind == "resident_id":
            text = f"{area}{digits}{sequence:03}"
            tail = sequence // 100 * 8 + sequence // 10 % 10 * 4 + sequence % 10 * 2
            return text + _CHECK[(area_part + part + tail) % 11]
        self.serial += 1
        serial = self.number * 1_000 + self.serial
        if kind == "resident_id_15":
            return f"{area}{digits[2:]}{sequence:03}"
        if kind == "hk_macau_permit":
            return f"{'HM'[serial % 4 == 0]}99{serial:06}"
        if kind == "taiwan_permit":
            return f"99{serial:06}"
        if kind == "residence_permit":
            start = f"8{1 + serial % 3}9{self.number:03}{digits}{sequence:03}"
            return start + check_character(start)
        if kind == "permanent_residence":
            start = f"9{self.number // 100:02}9{self.number % 100:02}{digits}{sequence:03}"
            return start + check_character(start)
        if kind == "passport":
            return f"UTO{serial:06}"
        return f"Z{AREA}{serial:07}"  # birth certificate

    def phone(self, age: float) -> str:
        chance = self.rng.random()
        if age < 12 or (age < 16 and chance < 0.5) or (age > 74 and chance < 0.3):
            return ""
        self.phones += 1
        # 48271 has no factor in common with 100,000: every count gives another number
        return f"{MOBILE}{self.number:03}{self.phones * 48_271 % 100_000:05}"


def _flags_of(member: _Member, size: int, chance: float, second: float) -> tuple[str, ...]:
    age = member.age
    flags = []
    if age < 1:
        flags.append("infant")
    if 14.8 <= age < 15.8 and second < 0.9:
        flags.append("exam")  # the examination after the ninth year
    if member.sex == "female" and 22 <= age < 42 and chance < 0.024:
        flags.append("pregnant")
    if age >= 40 and chance < 0.0016:
        flags.append("dialysis")
    elif age >= 40 and chance < 0.006:
        flags.append("oncology")
    if age >= 65 and size == 1:
        flags.append("alone")
    if age >= 76 and second < 0.045:
        flags.append("bedridden")
    elif age >= 3 and second > 0.992:
        flags.append("disabled")
    return tuple(flags)


def _between(rng: random.Random, low: float, high: float) -> float:
    return low + rng.random() * (high - low)


def _family(size: int, rng: random.Random) -> list[_Member]:
    """Who lives together: alone, couples, parents and children, three generations, flatmates."""
    chance = rng.random()
    man = rng.random() < 0.68  # the head of the household
    sex, other = ("male", "female") if man else ("female", "male")
    if size == 1:
        age = _between(rng, 65, 92) if chance < 0.4 else _between(rng, 21, 64)
        return [_Member("户主", sex, age, "a")]
    if size <= 4 and chance < 0.09:
        first = _Member("户主", sex, _between(rng, 20, 38), "")
        return [first, *(
            _Member("合租", "male" if rng.random() < 0.5 else "female", _between(rng, 19, 40), "")
            for _ in range(size - 1)
        )]  # fmt: skip
    if size <= 3 and chance > 0.82:
        old = _between(rng, 58, 86)
        pair = [_Member("户主", sex, old, "a"), _Member("配偶", other, old - 2, "b")]
        grown = "子" if rng.random() < 0.6 else "女"
        child = _Member(grown, "male" if grown == "子" else "female", old - 29, "a" if man else "b")
        return [*pair, child][:size] if size == 3 else pair
    return list(islice(_generations(size, sex, other, rng), size))


def _generations(size: int, sex: str, other: str, rng: random.Random) -> Iterator[_Member]:
    old = size >= 4 and rng.random() < 0.62  # grandparents live here
    elders = min(2, size - 3) if old else 0
    children = max(0, min(3, size - 2 - elders))
    age = _between(rng, 26, 52) if children else _between(rng, 22, 70)
    yield _Member("户主", sex, age, "a")
    yield _Member("配偶", other, max(21.5, age + _between(rng, -4, 3)), "b")
    fathers = "a" if sex == "male" else "b"
    born = rng.random() ** 0.6 * min(age - 22, 24)
    for n in range(children):
        girl = rng.random() < 0.48
        if n:  # a younger one, or an older one when there was no time
            apart = _between(rng, 1.1, 5)
            born = born - apart if born > apart else born + apart
        yield _Member("女" if girl else "子", "female" if girl else "male", born, fathers)
    for n in range(elders):
        elder = min(97.0, age + _between(rng, 23, 31))
        father = n == 0
        yield _Member(
            "父" if father else "母",
            "male" if father else "female",
            elder,
            ("a" if father else "c"),
        )
    for _ in range(size - 2 - children - elders):
        yield _Member("亲属", "female" if rng.random() < 0.6 else "male", _between(rng, 18, 70), "")
