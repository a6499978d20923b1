"""The recursion without a compiler: many days at once, as rows of arrays, person after person. The
same days, to the millisecond, as the compiled one plays.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from doorstep.planning.centre import draws, recursion
from doorstep.planning.centre.days import Day, Days

Whole = npt.NDArray[np.int64]
_LATE: Final = (1 << 62) >> recursion.BITS << recursion.BITS  # a moment that no day reaches
_STEP: Final = 64  # days at once


def play_many(player: Days, first: int, count: int, servers: Whole | None = None) -> list[Day]:
    """Days `first` … `first + count - 1` of a plain centre (days.is_plain).

    Raises:
        ValueError: the centre needs the calendar.
    """
    if player.kernel != "recursion":
        raise ValueError("only the recursion is played in lock-step")
    used = player.servers if servers is None else servers
    played: list[Day] = []
    for start in range(first, first + count, _STEP):
        played += _play(player, range(start, min(start + _STEP, first + count)), used)
    return played


def _play(player: Days, numbers: range, servers: Whole) -> list[Day]:
    bases = [draws.base_of(player.centre.seed, number) for number in numbers]
    arrived = np.stack([_draw_arrivals(player, base) for base in bases], axis=1)
    arrived.sort(axis=0)
    stations, people = len(servers), player.people
    joins = np.full((len(bases), stations, people), -1, np.int64)
    starts = np.full_like(joins, -1)
    services = np.zeros_like(joins)
    columns = np.arange(len(bases))
    for place in range(stations):
        for row, base in enumerate(bases):
            drawn = draws.draw(base, people, place)
            services[row, place] = draws.look_up(player.tables[place], drawn)
        arrived = _pass(
            arrived, services[:, place], int(servers[place]), player.opens, joins[:, place],
            starts[:, place], columns,
        )  # fmt: skip
    return [
        _tell(player, base, arrived[:, row], joins[row], starts[row], services[row])
        for row, base in enumerate(bases)
    ]


def _draw_arrivals(player: Days, base: np.uint64) -> Whole:
    """Packed arrivals of everybody; who does not come is late by more than a life."""
    booked, (most, counts) = player.booked, player.walk_ins
    people = len(booked)
    early = draws.look_up(player.early, draws.draw(base, people, draws.EARLY))
    at = np.maximum(booked + early, player.opens)
    packed: Whole = (at << recursion.BITS) | np.arange(people)
    packed[draws.draw(base, people, draws.SHOWS) < player.no_show] = _LATE
    if not most:
        return packed
    today = min(int(counts[draws.draw(base, people + 1, draws.SHOWS)[people] >> 20]), most)
    share = draws.draw(base, people + most, draws.EARLY)[people:]
    walking = player.opens + (((player.ends - player.opens) * (share >> 8)) >> 24)
    walking = (walking << recursion.BITS) | np.arange(people, people + most)
    walking[today:] = _LATE
    everybody: Whole = np.concatenate([packed, walking])
    return everybody


def _pass(
    arrived: Whole, services: Whole, servers: int, opens: int, joins: Whole, starts: Whole,
    columns: npt.NDArray[np.intp],
) -> Whole:  # fmt: skip
    """Everybody passes a station: rows are people in order, columns days."""
    people, days = arrived.shape
    came = arrived < _LATE
    persons = np.where(came, arrived & recursion.NOBODY, 0)
    # what there is to add to a moment to have the end of the service, packed
    lasts = (services[columns, persons] << recursion.BITS) | (arrived & recursion.NOBODY)
    moments = arrived & ~recursion.NOBODY
    free = np.full((servers + 1, days), (opens << recursion.BITS) | recursion.NOBODY, np.int64)
    free[servers] = np.iinfo(np.int64).max
    now, later = free[:servers], free[1:]
    first, left, begun = free[0], np.empty_like(arrived), np.empty_like(arrived)
    room = np.empty((servers, days), np.int64)
    for k in range(people):
        begins, ends = begun[k], left[k]
        np.bitwise_and(first, ~recursion.NOBODY, out=begins)
        np.maximum(begins, moments[k], out=begins)
        np.add(begins, lasts[k], out=ends)
        np.maximum(now, ends, out=room)
        np.minimum(room, later, out=now)
    begun >>= recursion.BITS
    for column in columns:
        mine = came[:, column]
        joins[column, persons[mine, column]] = arrived[mine, column] >> recursion.BITS
        starts[column, persons[mine, column]] = begun[mine, column]
    left[~came] = _LATE
    left.sort(axis=0)
    return left


def _tell(
    player: Days, base: np.uint64, order: Whole, joins: Whole, starts: Whole, services: Whole
) -> Day:
    came = order[order < _LATE]
    persons = came & recursion.NOBODY
    left = np.full(player.people, -1, np.int64)
    left[persons] = came >> recursion.BITS
    return Day(persons, joins, starts, services, left, player.rest(base, left))
