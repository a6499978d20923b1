"""Boxes: seal, collect, hand over, receive; and what a laboratory refuses.

A box code names one consignment, not the container.
"""

from collections.abc import Sequence

from doorstep.ledger import desk, refusals, writer
from doorstep.operations.sampling import models
from doorstep.operations.sampling.actions import common

REASONS = ("leak", "unreadable", "count", "spill")
# what may happen to a box that is in a state; a box nobody has sealed here may still be on its way
_COLLECTED_FROM = (None, "unsealed", "sealed")
_RECEIVED_FROM = (None, "unsealed", "sealed", "collected")


def seal_box(
    staff: common.Staff,
    *,
    round: str,
    table: str,
    box: str,
    seal: str,
    tubes: Sequence[str],
    counted: int,
) -> str:
    """Seal tubes into a box; its code.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, CODE_UNREADABLE, BOX_EXISTS, BOX_EMPTY, TUBE_STILL_OPEN,
            TUBE_BOXED, WRONG_ROUND; BOX_COUNT_DIFFERS when the tubes counted on the table are not
            as many as the system has for this box: it must be found out which, before the seal.
    """
    code, seal_code = common.read_code(box), common.read_code(seal)
    named = list(dict.fromkeys(common.read_code(tube) for tube in tubes))

    def act() -> str:
        common.may(staff, common.AT_THE_TABLE, common.find_table(table).id)
        found = common.find_round(round)
        before = common.find_box(code)
        if before is not None and before.sealed_at is not None:
            raise refusals.Refused("BOX_EXISTS", box=code)
        if not named:
            raise refusals.Refused("BOX_EMPTY")
        inside = {each.tube: each for each in models.Tube.objects.filter(tube__in=named)}
        for tube in named:
            _check_goes_in(tube, inside.get(tube), found.id)
        if counted != len(named):
            raise refusals.Refused(
                "BOX_COUNT_DIFFERS",
                counted=counted,
                count=len(named),
                difference=abs(counted - len(named)),
            )
        fields = {"round": found.id, "box": code, "seal": seal_code, "tubes": named}
        desk.post(
            str(staff.id), [{"kind": "box.sealed", "count": counted, "place": table, **fields}]
        )
        return code

    return writer.run(act)


def _check_goes_in(code: str, tube: models.Tube | None, round_: str) -> None:
    if tube is None:
        raise refusals.Refused("TUBE_UNKNOWN", tube=code)
    if tube.round is not None and str(tube.round) != round_:
        raise refusals.Refused("WRONG_ROUND", tube=code)
    if tube.box is not None and tube.state != "refused":
        raise refusals.Refused("TUBE_BOXED", tube=code, box=tube.box)
    if tube.closed_at is None:
        raise refusals.Refused("TUBE_STILL_OPEN", tube=code)


def collect_box(
    staff: common.Staff, *, box: str, seal: str, count: int, anyway: bool = False
) -> str:
    """A courier takes a box, having read its seal and counted; its code.

    Raises:
        Refused: NOT_YOURS, CODE_UNREADABLE, BOX_STATE; SEAL_DIFFERS, BOX_COUNT_DIFFERS and
            BOX_UNKNOWN unless `anyway`: then it is kept and the box shows it.
    """
    code, seal_code = common.read_code(box), common.read_code(seal)

    def act() -> str:
        found = _get_movable(staff, common.COURIERS, code, _COLLECTED_FROM)
        if not anyway:
            _check_known(code, found)
            if found is not None and found.seal and found.seal != seal_code:
                raise refusals.Refused("SEAL_DIFFERS", box=code, seal=found.seal, read=seal_code)
            _check_count(found, count)
        fields = {"box": code, "seal": seal_code, "count": count}
        desk.post(str(staff.id), [{"kind": "box.collected", **fields}])
        return code

    return writer.run(act)


def hand_over_box(staff: common.Staff, *, box: str, to: str) -> str:
    """A box goes to another person, `to` a staff id; its code.

    Raises:
        Refused: NOT_YOURS, CODE_UNREADABLE, BOX_UNKNOWN, BOX_STATE, NOT_FOUND.
    """
    from doorstep.registry import models as registry

    code = common.read_code(box)

    def act() -> str:
        found = _get_movable(staff, common.COURIERS, code, ("sealed", "collected"))
        _check_known(code, found)
        if not registry.Staff.objects.filter(id=common.read_id(to), is_active=True).exists():
            raise refusals.Refused("NOT_FOUND")
        desk.post(str(staff.id), [{"kind": "box.handed_over", "box": code, "to": to}])
        return code

    return writer.run(act)


def receive_box(
    staff: common.Staff, *, box: str, laboratory: str, count: int, anyway: bool = False
) -> str:
    """A laboratory takes a box in and counts its tubes; the box's code. A box that another
    laboratory received or refused is diverted: it is received again here.

    Raises:
        Refused: NOT_YOURS, LABORATORY_NOT_YOURS, CODE_UNREADABLE, LABORATORY_UNKNOWN, BOX_STATE;
            BOX_COUNT_DIFFERS, BOX_UNKNOWN unless `anyway`: the seal may still be on a phone
            without a network.
    """
    code = common.read_code(box)

    def act() -> str:
        common.check_laboratory(laboratory)
        found = common.find_box(code)
        elsewhere = found is not None and str(found.laboratory) != laboratory
        allowed = (*_RECEIVED_FROM, "received", "refused") if elsewhere else _RECEIVED_FROM
        _get_movable(staff, common.AT_THE_LABORATORY, code, allowed)
        _speak_for(staff, laboratory, found)
        if not anyway:
            _check_known(code, found)
            _check_count(found, count)
        fields = {"box": code, "laboratory": laboratory, "count": count}
        desk.post(str(staff.id), [{"kind": "box.received", **fields}])
        return code

    return writer.run(act)


def refuse_box(staff: common.Staff, *, box: str, laboratory: str, reason: str) -> str:
    """A laboratory refuses a box: everybody in it is due again; its code.

    Raises:
        Refused: NOT_YOURS, LABORATORY_NOT_YOURS, CODE_UNREADABLE, LABORATORY_UNKNOWN,
            REASON_UNKNOWN, BOX_UNKNOWN, BOX_STATE.
    """
    code = common.read_code(box)

    def act() -> str:
        common.check_laboratory(laboratory)
        _check_reason(reason)
        found = _get_movable(
            staff, common.AT_THE_LABORATORY, code, ("unsealed", "sealed", "collected", "received")
        )
        _speak_for(staff, laboratory, found)
        _check_known(code, found)
        fields = {"box": code, "laboratory": laboratory, "reason": reason}
        desk.post(str(staff.id), [{"kind": "box.refused", **fields}])
        return code

    return writer.run(act)


def refuse_tube(staff: common.Staff, *, tube: str, laboratory: str, reason: str) -> str:
    """A laboratory refuses a tube: its people are due again; its code.

    Raises:
        Refused: NOT_YOURS, LABORATORY_NOT_YOURS, CODE_UNREADABLE, LABORATORY_UNKNOWN,
            REASON_UNKNOWN, TUBE_UNKNOWN, TUBE_REPORTED, TUBE_REFUSED.
    """
    code = common.read_code(tube)

    def act() -> str:
        common.check_laboratory(laboratory)
        _check_reason(reason)
        found = common.find_tube(code)
        common.may(staff, common.AT_THE_LABORATORY, common.area_of(found.round) if found else None)
        _speak_for(staff, laboratory, found)
        if found is None:
            raise refusals.Refused("TUBE_UNKNOWN", tube=code)
        if found.outcome is not None:
            raise refusals.Refused("TUBE_REPORTED", tube=code)
        if found.state == "refused":
            raise refusals.Refused("TUBE_REFUSED", tube=code)
        fields = {"tube": code, "laboratory": laboratory, "reason": reason}
        desk.post(str(staff.id), [{"kind": "tube.refused", **fields}])
        return code

    return writer.run(act)


def _get_movable(
    staff: common.Staff, roles: Sequence[str], code: str, states: Sequence[str | None]
) -> models.Box | None:
    found = common.find_box(code)
    common.may(staff, roles, common.area_of(found.round) if found is not None else None)
    if found is not None and found.state not in states:
        raise refusals.Refused("BOX_STATE", box=code, state=found.state)
    return found


def _speak_for(
    staff: common.Staff, laboratory: str, found: models.Box | models.Tube | None
) -> None:
    common.speak_for(staff, laboratory, common.area_of(found.round) if found else None)


def _check_known(code: str, found: models.Box | None) -> None:
    if found is None or found.sealed_at is None:
        raise refusals.Refused("BOX_UNKNOWN", box=code)


def _check_count(found: models.Box | None, count: int) -> None:
    if found is not None and found.sealed_at is not None and count != found.count:
        raise refusals.Refused(
            "BOX_COUNT_DIFFERS",
            counted=count,
            count=found.count,
            difference=abs(count - found.count),
        )


def _check_reason(reason: str) -> None:
    if reason not in REASONS:
        raise refusals.Refused("REASON_UNKNOWN")
