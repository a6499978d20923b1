"""A district in the middle of its day, for `doorstep bench pages`: swabs, tubes, boxes and results
of a round of everybody, lines to settle, a fortnight of closed rounds of an estate, phones.

Written straight into the book at a desk, as no officer could: how long pages take is measured, not
how the lines came. Refuses a town without orders and laboratories.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any, NamedTuple

TUBE, BOX = 10, 20  # people in a tube, tubes in a box
TUBES = 6_000
BETWEEN = 100_000  # from the number of a round's first tube to that of the next
TWICE = 100  # people with a second swab, which is held
CLOSED = 14  # rounds of the estate on the days before
PHONES = 400
TOGETHER = 10_000  # lines posted at once


def fill(officer: Any, district: str, estate: str, day: str, entries: int) -> dict[str, str]:
    """Let the round `district` be half-way, and `estate` have had its rounds before `day`. Before
    these come rounds of the whole district, until the book has `entries` lines.

    Returns:
        The codes of a tube and of its box, and the ids of an order and of a held line, which pages
        are asked for.
    """
    from doorstep.kit import clock
    from doorstep.ledger import store

    _close_rounds(officer, estate, day)
    _fill_book(officer, district, day, entries)
    _sample(officer, district, _Sampling(0, TUBES, clock.now() - 4 * clock.HOUR))
    _sample_again(officer, district)
    _add_phones(officer)
    [(order,)] = store.query("SELECT id FROM orders_order ORDER BY start_at, id LIMIT 1")
    [(held,)] = store.query(
        "SELECT entry FROM ledger_verdict WHERE code = 'PERSON_TWICE' ORDER BY entry LIMIT 1"
    )
    return {"tube": _tube(0), "box": _box(0), "order": str(order), "held": str(held)}


def _close_rounds(officer: Any, estate: str, day: str) -> None:
    from doorstep.rounds import actions

    today = date.fromisoformat(day)
    for before in range(CLOSED, 0, -1):
        on = (today - timedelta(days=before)).isoformat()
        made = actions.open_round(officer, round_kind="sampling", area=estate, day=on)
        actions.close_round(officer, round=made)


def _fill_book(officer: Any, district: str, day: str, entries: int) -> None:
    """Closed rounds of the district in which everybody was sampled and tested, a week apart, going
    back from the week before `day`.
    """
    from doorstep.kit import clock
    from doorstep.ledger import book
    from doorstep.rounds import actions, models

    area = models.Round.objects.get(id=district).area
    weeks = 0
    while book.get_cell().size < entries:
        weeks += 1
        on = (date.fromisoformat(day) - timedelta(weeks=weeks)).isoformat()
        made = actions.open_round(officer, round_kind="sampling", area=area, day=on)
        begun = clock.now() - 7 * weeks * clock.DAY - 4 * clock.HOUR
        _sample(officer, made, _Sampling(weeks * BETWEEN, BETWEEN, begun, ended=True))
        actions.close_round(officer, round=made)


class _Sampling(NamedTuple):
    """The number of the first tube, how many there are at most, when the first was filled, and
    whether all of them have their result.
    """

    first: int
    tubes: int
    begun: int
    ended: bool = False


def _sample(officer: Any, round_: str, sampling: _Sampling) -> None:
    from doorstep.ledger import desk, store

    rows = store.query(
        "SELECT subject FROM rounds_subject WHERE round = %s AND state = 'due' "
        "ORDER BY door, subject LIMIT %s",
        [round_, sampling.tubes * TUBE],
    )
    [(laboratory,)] = store.query(
        "SELECT id FROM registry_unit WHERE type = 'laboratory' ORDER BY sort, id LIMIT 1"
    )
    people = [str(row[0]) for row in rows]
    lines = _write(round_, people, _find_table(), str(laboratory), sampling)
    while some := list(islice(lines, TOGETHER)):
        desk.post(officer.id, some)


def _sample_again(officer: Any, round_: str) -> None:
    """A second swab of TWICE people, which is held."""
    from doorstep.kit import clock
    from doorstep.ledger import desk, store

    rows = store.query(
        "SELECT subject FROM rounds_subject WHERE round = %s AND state = 'done' "
        "ORDER BY door DESC, subject DESC LIMIT %s",
        [round_, TWICE],
    )
    people = [str(row[0]) for row in rows]
    for n in range(0, TWICE, TUBE):
        members, number = people[n : n + TUBE], TUBES + n // TUBE
        desk.post(officer.id, list(_fill_tube(round_, number, _find_table(), members, clock.now())))


def _find_table() -> str:
    from doorstep.ledger import store

    [(table,)] = store.query("SELECT id FROM registry_place WHERE kind = 'table' LIMIT 1")
    return str(table)


def _write(
    round_: str, people: list[str], table: str, laboratory: str, sampling: _Sampling
) -> Iterator[dict[str, Any]]:
    """Tubes with their people, each box when it is full. Three boxes of four are at the laboratory,
    and every second tube of these has its result; all of them where the sampling is ended.
    """
    from doorstep.kit import clock

    share = 1 if sampling.ended else 2
    last = (len(people) - 1) // TUBE
    for n in range(last + 1):
        at = sampling.begun + n * clock.SECOND // (10 if sampling.ended else 1)
        code = sampling.first + n
        yield from _fill_tube(round_, code, table, people[n * TUBE : (n + 1) * TUBE], at)
        if n % BOX < BOX - 1 and n < last:
            continue
        number, tubes = code // BOX, [_tube(k) for k in range(code - code % BOX, code + 1)]
        said = {"box": _box(number), "count": len(tubes)}
        sealed = said | {"round": round_, "seal": f"S{number:07}", "tubes": tubes}
        yield {"kind": "box.sealed", "at": at + clock.MINUTE, **sealed}
        if number % 4 == 3 and not sampling.ended:
            continue
        received = said | {"laboratory": laboratory}
        yield {"kind": "box.received", "at": at + clock.HOUR, **received}
        moment = clock.to_moment(at + 2 * clock.HOUR, "UTC")
        for tube in tubes[::share]:
            told = {"tube": tube, "outcome": "negative", "laboratory": laboratory}
            times = {"at": at + 2 * clock.HOUR, "tested_at": moment, "reported_at": moment}
            yield {"kind": "result.reported", **times, **told}


def _fill_tube(
    round_: str, number: int, table: str, people: list[str], at: int
) -> Iterator[dict[str, Any]]:
    tube = {"round": round_, "tube": _tube(number)}
    yield {"kind": "tube.opened", "at": at, **tube, "pool": "ten", "table": table}
    for person in people:
        yield {"kind": "person.sampled", "at": at, **tube, "person": person}
    yield {"kind": "tube.closed", "at": at, **tube, "count": len(people)}


def _tube(number: int) -> str:
    return f"BENCH{number:07}"


def _box(number: int) -> str:
    return f"BENCHBOX{number:05}"


def _add_phones(officer: Any) -> None:
    """Phones with their people; some silent, some never heard of."""
    from doorstep.kit import clock, ids
    from doorstep.ledger import models, store

    now = clock.now()
    tables = [
        str(row[0])
        for row in store.query(
            "SELECT id FROM registry_place WHERE kind = 'table' ORDER BY id LIMIT %s", [PHONES]
        )
    ]
    staff = [
        str(row[0])
        for row in store.query("SELECT id FROM registry_staff ORDER BY id LIMIT %s", [PHONES])
    ]
    phones = [
        models.Device(
            id=ids.new(),
            algorithm="ed25519",
            public_key=n.to_bytes(32, "big"),
            head=n.to_bytes(32, "big"),
            role="registrar",
            place=tables[n % len(tables)],
            label=f"phone-{n:03}",
            enrolled_at=now - clock.DAY,
            seen_at=now - n * clock.SECOND * 10 if n % 10 else None,
            clock_offset=0,
        )
        for n in range(PHONES)
    ]
    models.Device.objects.bulk_create(phones)
    models.Assignment.objects.bulk_create(
        models.Assignment(device=phone, person=staff[n % len(staff)], from_at=phone.enrolled_at)
        for n, phone in enumerate(phones)
    )
