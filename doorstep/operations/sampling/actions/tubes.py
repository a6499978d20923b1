"""Tubes at a table: issue them, open one, close it."""

from typing import Any

from doorstep.kit import codes
from doorstep.ledger import desk, refusals, writer
from doorstep.operations.sampling import belonging, models
from doorstep.operations.sampling.actions import common
from doorstep.registry import queries as registry
from doorstep.rounds import models as rounds


def issue_tubes(staff: common.Staff, *, round: str, table: str, first: str, last: str) -> str:
    """Give a run of consecutive tubes to a table for a round; the entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, CODE_UNREADABLE, RUN_WRONG, RUN_OVERLAPS.
    """
    first, last = common.read_code(first), common.read_code(last)
    try:
        codes.run_length(first, last)
    except codes.NotARun:
        raise refusals.Refused("RUN_WRONG", first=first, last=last) from None

    def act() -> str:
        common.may(staff, common.AT_THE_TABLE, common.find_table(table).id)
        found = common.open_round(round)
        near = models.Issue.objects.filter(first__lte=last, last__gte=first, stands=True)
        for other in near:  # codes of one length and head sort as they count
            if len(other.first) == len(first):
                raise refusals.Refused("RUN_OVERLAPS", first=other.first, last=other.last)
        issued = {"kind": "tubes.issued", "round": found.id, "table": table, "place": table}
        return desk.post(str(staff.id), [{**issued, "first": first, "last": last}])[0]

    return writer.run(act)


def open_tube(
    staff: common.Staff,
    *,
    round: str,
    table: str,
    tube: str,
    pool: str | None = None,
    at: int | None = None,
) -> str:
    """Open a tube at a table, in the round's usual size unless told otherwise; its code.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, CODE_UNREADABLE, MOMENT_WRONG,
            POOL_NOT_ALLOWED, TUBE_IN_USE.
    """
    code = common.read_code(tube)
    moment = common.check_moment(at)

    def act() -> str:
        common.may(staff, common.AT_THE_TABLE, common.find_table(table).id)
        found = common.open_round(round)
        desk.post(str(staff.id), [opening(found, table, code, pool, moment)])
        return code

    return writer.run(act)


def opening(
    round_: rounds.Round, table: str, code: str, pool: str | None, at: int
) -> dict[str, Any]:
    """The entry that opens a tube. Raises Refused: POOL_NOT_ALLOWED, TUBE_IN_USE."""
    allowed = common.pools_of(round_)
    chosen = pool or allowed[0]
    if chosen not in allowed:
        raise refusals.Refused("POOL_NOT_ALLOWED", pool=chosen)
    before = common.find_tube(code)
    if before is not None:
        where = registry.name_places([before.table]).get(before.table, "") if before.table else ""
        raise refusals.Refused("TUBE_IN_USE", tube=code, table=where or "–", state=before.state)
    fields = {"round": round_.id, "tube": code, "pool": chosen, "table": table, "place": table}
    return {"kind": "tube.opened", "at": at, **fields}


def close_tube(
    staff: common.Staff,
    *,
    tube: str,
    count: int | None = None,
    anyway: bool = False,
) -> int:
    """Close a tube with the number of swabs counted in it (as many as are known, unless told);
    the number.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, CODE_UNREADABLE, TUBE_IS_CLOSED, TUBE_IS_EMPTY,
            TUBE_COUNT_DIFFERS unless `anyway`: then the difference is kept for everyone to see.
    """
    code = common.read_code(tube)

    def act() -> int:
        found = get_open(code)
        common.may(staff, common.AT_THE_TABLE, found.table or common.area_of(found.round))
        inside = found.people + found.held
        counted = inside if count is None else count
        if not counted and not inside:
            raise refusals.Refused("TUBE_IS_EMPTY", tube=code)
        if counted != inside and not anyway:
            raise refusals.Refused("TUBE_COUNT_DIFFERS", tube=code, counted=counted, count=inside)
        desk.post(str(staff.id), [closing(found.round, found.table, code, counted)])
        return counted

    return writer.run(act)


def closing(
    round_: str | None, table: str | None, code: str, count: int, at: int | None = None
) -> dict[str, Any]:
    """The entry that closes a tube; `at` in microseconds, now if None."""
    fields = {"round": round_, "tube": code, "count": count, "place": table}
    moment = {} if at is None else {"at": at}
    return {"kind": "tube.closed", **moment, **fields}


def get_open(code: str) -> models.Tube:
    """A tube that is open. Raises Refused: NOT_FOUND, TUBE_IS_CLOSED."""
    found = common.find_tube(code)
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    if found.closed_at is not None or found.box is not None:
        raise refusals.Refused("TUBE_IS_CLOSED", tube=code)
    return found


def room_in(tube: models.Tube) -> int | None:
    """How many more people a tube takes; None where its pool is not known."""
    size = belonging.size_of(tube.pool)
    return None if size is None else max(0, size - tube.people - tube.held)
