"""Five counters that are never one (Foshan, 29 May 2021: 1.18 million sampled, 13 % reported), and
the clocks of turnaround with their alarms.

Reads sampling_tube alone. Counts nobody twice: people are swabs that count or are held; a refused
or invalid tube's people are due again and in no counter.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db.models import Q

from doorstep.ledger import store
from doorstep.orders import queries as orders

STEPS = ("sampled", "shipped", "received", "tested", "reported")
_PEOPLE = "people + held"
# a result whose box nobody received in the book counts as neither tested nor reported yet
_PROVED = {"tested": " AND received_at IS NOT NULL", "reported": " AND received_at IS NOT NULL"}
_SUMS = ", ".join(
    f"COALESCE(SUM(CASE WHEN {step}_at IS NOT NULL{_PROVED.get(step, '')} "
    f"THEN {what} ELSE 0 END), 0)"
    for step in STEPS
    for what in (_PEOPLE, "1")
)


class Count(NamedTuple):
    """How many people, in how many tubes."""

    people: int = 0
    tubes: int = 0


class Five(NamedTuple):
    """How far swabs have come. Each later counter is at most the one before: a result that is here
    while its box was never received is no step proved, and reconciliation names the box.
    """

    sampled: Count = Count()
    shipped: Count = Count()
    received: Count = Count()
    tested: Count = Count()
    reported: Count = Count()


class Clock(NamedTuple):
    """One clock of turnaround: `collect` from the first swab to the courier, `laboratory` from
    there to receipt, `report` from receipt to the result. `begins` and `ends` are columns.
    """

    name: str
    begins: str
    ends: str


CLOCKS = (
    Clock("collect", "sampled_at", "shipped_at"),
    Clock("laboratory", "shipped_at", "received_at"),
    Clock("report", "received_at", "reported_at"),
)


class Turnaround(NamedTuple):
    """What waits at one clock of a round. `allowed` in microseconds; `late` are those over it, a
    call to act; `since`: when the first of those that wait began to.
    """

    name: str
    allowed: int
    waiting: Count
    late: Count
    since: int | None


def count_round(round_: str) -> Five:
    """The counters of a round."""
    return add_up(count_estates([round_]).values())


def count_estates(rounds: Collection[str]) -> dict[str | None, Five]:
    """The counters of rounds together, by estate; None are tubes whose people are of no known
    estate. One statement, however many rounds and estates.
    """
    marks = ", ".join(["%s"] * len(rounds)) or "NULL"
    rows = store.query(
        f"SELECT estate, {_SUMS} FROM sampling_tube WHERE round IN ({marks}) GROUP BY estate",
        list(rounds),
    )
    return {row[0] and str(row[0]): _five(row[1:]) for row in rows}


def add_up(found: Iterable[Five]) -> Five:
    """The counters of several estates together."""
    people, tubes = [0] * len(STEPS), [0] * len(STEPS)
    for five in found:
        people = [sum_ + each.people for sum_, each in zip(people, five, strict=True)]
        tubes = [sum_ + each.tubes for sum_, each in zip(tubes, five, strict=True)]
    return Five(*map(Count, people, tubes))


def _five(row: Sequence[int]) -> Five:
    numbers = [int(value) for value in row]
    return Five(*(Count(*numbers[at : at + 2]) for at in range(0, len(numbers), 2)))


def list_turnaround(areas: Mapping[str, str], now: int) -> dict[str, list[Turnaround]]:
    """The clocks of rounds at the moment `now`, by what the pack that holds in the area of each
    allows; `areas`: round → area. A statement for each pack, however many rounds there are.
    """
    deadlines = orders.list_deadlines(set(areas.values()), now)
    alike: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for round_, area in areas.items():
        alike[tuple(deadlines[area][clock.name] for clock in CLOCKS)].append(round_)
    found: dict[str, list[Turnaround]] = {
        round_: [
            Turnaround(c.name, time, Count(), Count(), None)
            for c, time in zip(CLOCKS, allowed, strict=True)
        ]
        for allowed, rounds in alike.items()
        for round_ in rounds
    }
    for allowed, rounds in alike.items():
        found |= _read_turnaround(rounds, allowed, now)
    return found


def _read_turnaround(
    rounds: Sequence[str], allowed: Sequence[int], now: int
) -> dict[str, list[Turnaround]]:
    """The clocks of rounds that have a tube."""
    asked = ", ".join(
        f"COALESCE(SUM(CASE WHEN {when} THEN {what} ELSE 0 END), 0)"
        for clock, time in zip(CLOCKS, allowed, strict=True)
        for when in (_waits(clock), f"{_waits(clock)} AND {clock.begins} < {int(now - time)}")
        for what in (_PEOPLE, "1")
    )
    since = ", ".join(f"MIN(CASE WHEN {_waits(c)} THEN {c.begins} END)" for c in CLOCKS)
    marks = ", ".join(["%s"] * len(rounds))
    found: defaultdict[str, list[Turnaround]] = defaultdict(list)
    for round_, *row in store.query(
        f"SELECT round, {asked}, {since} FROM sampling_tube WHERE round IN ({marks}) "
        "GROUP BY round",
        rounds,
    ):
        for at, (clock, time) in enumerate(zip(CLOCKS, allowed, strict=True)):
            numbers = [int(value) for value in row[4 * at : 4 * at + 4]]
            waiting, late = Count(*numbers[:2]), Count(*numbers[2:])
            began = row[at - len(CLOCKS)]
            found[str(round_)].append(Turnaround(clock.name, time, waiting, late, began))
    return found


def late_tubes(area: str, name: str, now: int) -> Q:
    """The tubes of a round in `area` that are over one clock.

    Raises:
        KeyError: there is no clock of that name.
    """
    clock = {each.name: each for each in CLOCKS}[name]
    began = {f"{clock.begins}__lt": now - orders.deadline(name, area, now)}
    return Q(**began, **{f"{clock.ends}__isnull": True}) & ~Q(state="refused")


def _waits(clock: Clock) -> str:
    return f"{clock.begins} IS NOT NULL AND {clock.ends} IS NULL AND state <> 'refused'"
