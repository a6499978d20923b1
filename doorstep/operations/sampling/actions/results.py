"""Results: one by hand, a correction, a laboratory's whole file.

A file is planned before it is reported: every row is taken or refused with a reason, and a row the
book has already changes nothing. Refuses to guess which laboratory wrote a row, or which of two
results a correction means.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from doorstep.kit import clock, codes, ids
from doorstep.ledger import book, desk, refusals, store, writer
from doorstep.operations.sampling import models
from doorstep.operations.sampling.actions import common
from doorstep.outside import laboratories
from doorstep.registry import access

OUTCOMES = ("negative", "positive", "inconclusive", "invalid")
ROWS_TOGETHER = 1_000  # in one transaction: tables at work must not wait for a file
_WORKBOOKS = (b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1"))  # how .xlsx and .xls begin
LATEST = 10 * clock.MINUTE  # how far a laboratory's clock may be ahead of ours


class Row(NamedTuple):
    """A row of a file that is taken: `entry` the id it gets, `fate` new or known; `corrects` the
    entry it corrects; `warning` a verdict code the book will give it as things stand, or "";
    `unreceived` the tube's box if no laboratory has received it, or "".
    """

    read: laboratories.Result
    tube: str
    laboratory: str
    entry: str
    corrects: str | None
    fate: str
    warning: str
    unreceived: str = ""


class Plan(NamedTuple):
    """What a file comes to. Refusals have row (0: the whole file), column and code."""

    digest: str
    rows: list[Row]
    refusals: list[laboratories.Refusal]

    @property
    def new(self) -> list[Row]:
        """The rows that would be written."""
        return [row for row in self.rows if row.fate == "new"]


def report_result(
    staff: common.Staff,
    *,
    tube: str,
    outcome: str,
    tested_at: int,
    reported_at: int,
    laboratory: str,
    ct_orf1ab: float | None = None,
    ct_n: float | None = None,
    accession: str = "",
) -> str:
    """Write one result by hand; the entry's id. A tube that has another result already gets this
    one too: both are held until a person settles them.

    Raises:
        Refused: NOT_YOURS, CODE_UNREADABLE, LABORATORY_UNKNOWN, LABORATORY_NOT_YOURS,
            OUTCOME_UNKNOWN, TIMES_WRONG, ACCESSION_WRONG, RESULT_KNOWN.
    """
    code = common.read_code(tube)
    said = {
        "tube": code,
        "outcome": outcome,
        "tested_at": tested_at,
        "reported_at": reported_at,
        "laboratory": laboratory,
        "ct_orf1ab": ct_orf1ab,
        "ct_n": ct_n,
        "accession": accession.strip() or None,
    }
    _check(said)

    def act() -> str:
        common.check_laboratory(laboratory)
        found = common.find_tube(code)
        where = common.area_of(found.round) if found else None
        common.may(staff, common.AT_THE_LABORATORY, where)
        common.speak_for(staff, laboratory, where)
        before = models.Result.objects.filter(tube=code)
        if _by_minute(_key(said)) in {_by_minute(_key_of(each)) for each in before}:
            raise refusals.Refused("RESULT_KNOWN", tube=code)
        return desk.post(str(staff.id), [_entry("result.reported", said)])[0]

    return writer.run(act)


def correct_result(
    staff: common.Staff,
    *,
    corrects: str,
    outcome: str,
    tested_at: int,
    reported_at: int,
    laboratory: str,
    ct_orf1ab: float | None = None,
    ct_n: float | None = None,
    accession: str = "",
) -> str:
    """Correct the result that the entry `corrects` reported; the new entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, LABORATORY_UNKNOWN, LABORATORY_NOT_YOURS (also for a result
            of another laboratory), OUTCOME_UNKNOWN, TIMES_WRONG, ACCESSION_WRONG, RESULT_KNOWN;
            ALREADY_CORRECTED when another correction came first.
    """
    before = models.Result.objects.filter(entry=common.read_id(corrects)).first()
    if before is None:
        raise refusals.Refused("NOT_FOUND")
    said = {
        "tube": before.tube,
        "outcome": outcome,
        "tested_at": tested_at,
        "reported_at": reported_at,
        "laboratory": laboratory,
        "ct_orf1ab": ct_orf1ab,
        "ct_n": ct_n,
        "accession": accession.strip() or None,
    }
    _check(said)

    def act() -> str:
        common.check_laboratory(laboratory)
        found = common.find_tube(before.tube)
        where = common.area_of(found.round) if found else None
        common.may(staff, common.AT_THE_LABORATORY, where)
        for own in {laboratory, str(before.laboratory)}:
            common.speak_for(staff, own, where)
        if _by_minute(_key(said)) == _by_minute(_key_of(before)):
            raise refusals.Refused("RESULT_KNOWN", tube=before.tube)
        if models.Result.objects.filter(corrects=corrects).exists():
            raise refusals.Refused("ALREADY_CORRECTED", tube=before.tube)
        return desk.post(str(staff.id), [_entry("result.corrected", said, corrects)])[0]

    return writer.run(act)


def plan_results(
    staff: common.Staff, data: bytes, *, laboratory: str | None = None, now: int | None = None
) -> Plan:
    """Read a laboratory's CSV and say what of it would be taken; writes nothing. `laboratory`
    stands for rows that name none.

    Raises:
        Refused: NOT_YOURS, LABORATORY_UNKNOWN.
    """
    common.may(staff, common.AT_THE_LABORATORY, None)
    if laboratory:
        common.check_laboratory(laboratory)
    if data.startswith(_WORKBOOKS):  # not damaged, only not what a laboratory's system writes
        refusal = laboratories.Refusal(0, "", "FILE_NOT_CSV")
        return Plan(hashlib.sha256(data).hexdigest(), [], [refusal])
    read = laboratories.read_results(data, str(book.get_cell().zone))
    return _plan(staff, read, laboratory, clock.now() if now is None else now)


def report_results(
    staff: common.Staff,
    data: bytes,
    *,
    laboratory: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Report every row of a file that can be taken and is new; the plan as it was carried out.
    The same file again writes nothing. `progress` is told (rows done, rows to do).

    Raises:
        Refused: NOT_YOURS.
    """
    plan = plan_results(staff, data, laboratory=laboratory)
    todo = plan.new
    for start in range(0, len(todo), ROWS_TOGETHER):
        part = todo[start : start + ROWS_TOGETHER]
        writer.run(lambda part=part: _post_new(str(staff.id), part))  # type: ignore[misc]
        if progress is not None:
            progress(start + len(part), len(todo))
    return plan


def _post_new(by: str, rows: Sequence[Row]) -> None:
    # on the writer, asked once more: the same file may come in at two desks at once
    known = _read_known({row.tube for row in rows})
    entries, keys = [], set()
    for row in rows:
        said = _said(row)
        key = _key(said)
        if key in keys or key in {_key(each) for each in known[row.tube]}:
            continue
        keys.add(key)
        kind = "result.corrected" if row.corrects else "result.reported"
        entries.append({**_entry(kind, said, row.corrects), "id": row.entry})
    if entries:
        desk.post(by, entries)


def _plan(
    staff: common.Staff, read: laboratories.ResultFile, laboratory: str | None, now: int
) -> Plan:
    plan = Plan(read.digest, [], list(read.refusals))
    by_name = {
        name.casefold(): str(unit.id)
        for unit in common.list_laboratories()
        for name in (unit.name, unit.english)
        if name
    }
    tubes = {row.row: codes.normalise(row.tube) for row in read.rows}
    named = {tube for tube in tubes.values() if tube}
    known = _read_known(named)
    states = _read_states(named)
    rounds = {state.round for state in states.values()} | {None}
    foreign = _list_without(staff, common.AT_THE_LABORATORY, rounds)
    own_only, own = _list_without(staff, common.COMMANDERS, rounds), common.unit_of(staff)
    for row in read.rows:
        tube = tubes[row.row]
        unit = by_name.get(row.laboratory.casefold()) if row.laboratory else laboratory
        state = states.get(tube or "")
        bound = (state.round if state else None) in own_only
        column, code = "", ""
        if tube is None:
            column, code = "tube", "TUBE_UNREADABLE"
        elif unit is None:
            column, code = "laboratory", "LABORATORY_UNKNOWN"
        elif row.tested_at > row.reported_at or row.reported_at > now + LATEST:
            column, code = "reported_at", "TIMES_WRONG"
        elif state is not None and state.round in foreign:
            column, code = "tube", "NOT_YOURS"
        elif bound and unit != own:
            column, code = "laboratory", "LABORATORY_NOT_YOURS"
        if code or tube is None or unit is None:
            plan.refusals.append(laboratories.Refusal(row.row, column, code))
            continue
        _take(plan, row, tube, unit, known[tube], state, bound)
    plan.refusals.sort()
    return plan


def _take(
    plan: Plan,
    row: laboratories.Result,
    tube: str,
    unit: str,
    known: list[dict[str, Any]],
    state: "_State | None",
    bound: bool,
) -> None:
    """Add the row to the plan, and its result to what is known of the tube for the rows below;
    `bound`: it corrects results of its own laboratory alone.
    """
    made = Row(row, tube, unit, ids.new(), None, "new", "")
    said = _said(made)
    if _key(said) in {_key(each) for each in known}:
        plan.rows.append(made._replace(fate="known"))
        return
    corrects = None
    if row.status == "C":
        corrects = _find_corrected(row, known)
        if corrects is None:
            plan.refusals.append(laboratories.Refusal(row.row, "corrects", "CORRECTS_NOTHING"))
            return
        if bound and any(e["entry"] == corrects and e["laboratory"] != unit for e in known):
            no = laboratories.Refusal(row.row, "corrects", "LABORATORY_NOT_YOURS")
            plan.refusals.append(no)
            return
    heads = _heads(known)
    others = {each["outcome"] for each in heads if each["entry"] != corrects}
    if others - {row.outcome}:
        warning = "RESULT_CONTRADICTS"
    elif state is None or state.box is None or not state.people:
        warning = "RESULT_WITHOUT_TUBE"
    else:
        warning = ""
    unreceived = (state.box or "") if state is not None and state.received_at is None else ""
    plan.rows.append(made._replace(corrects=corrects, warning=warning, unreceived=unreceived))
    known.append({**said, "entry": made.entry, "corrects": corrects})


class _State(NamedTuple):
    round: str | None
    box: str | None
    people: int
    received_at: int | None


def _read_states(tubes: Collection[str]) -> dict[str, _State]:
    columns = ["tube", "round", "box", "people", "held", "received_at"]
    return {
        tube: _State(round_ and str(round_), box, people + held, received_at)
        for tube, round_, box, people, held, received_at in store.select(
            "sampling_tube", columns, "tube", tubes
        )
    }


_RESULT = ["entry", "tube", "outcome", "tested_at", "reported_at", "laboratory", "corrects",
           "ct_orf1ab", "ct_n", "accession"]  # fmt: skip


def _read_known(tubes: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for values in store.select("sampling_result", _RESULT, "tube", tubes):
        row = dict(zip(_RESULT, values, strict=True))
        row |= {name: row[name] and str(row[name]) for name in ("entry", "laboratory", "corrects")}
        found[row["tube"]].append(row)
    return found


def _list_without(
    staff: common.Staff, roles: Sequence[str], rounds: Iterable[str | None]
) -> set[str | None]:
    """The rounds in whose places this person holds none of these roles (None: anywhere)."""
    areas = {each: common.area_of(each) for each in rounds}
    held = {area: access.has(staff, roles, area) for area in set(areas.values())}
    return {each for each, area in areas.items() if not held[area]}


def _find_corrected(row: laboratories.Result, known: list[dict[str, Any]]) -> str | None:
    """The entry a correcting row means: by the laboratory's number, or the only one that stands."""
    named = [each for each in known if row.corrects and row.corrects == each["accession"]]
    heads = named or _heads(known)
    return heads[0]["entry"] if len(heads) == 1 else None


def _heads(known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    corrected = {each["corrects"] for each in known if each["corrects"]}
    return [each for each in known if each["entry"] not in corrected]


def _said(row: Row) -> dict[str, Any]:
    read = row.read
    return {
        "tube": row.tube,
        "outcome": read.outcome,
        "tested_at": read.tested_at,
        "reported_at": read.reported_at,
        "laboratory": row.laboratory,
        "ct_orf1ab": read.ct_orf1ab,
        "ct_n": read.ct_n,
        "accession": None,
    }


def _check(said: dict[str, Any]) -> None:
    if said["outcome"] not in OUTCOMES:
        raise refusals.Refused("OUTCOME_UNKNOWN")
    now = clock.now() + LATEST
    if not 0 < said["tested_at"] <= said["reported_at"] <= now:
        raise refusals.Refused("TIMES_WRONG")
    for name in ("ct_orf1ab", "ct_n"):
        if said[name] is not None and not 0 <= said[name] <= 100:
            raise refusals.Refused("CT_UNREADABLE")
    number = said["accession"] or ""
    if len(number) > 32 or not number.replace("-", "A").isascii() or not (
        number.replace("-", "A").isalnum() or not number
    ):  # fmt: skip
        raise refusals.Refused("ACCESSION_WRONG")


def _key(said: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two reports of one tube the same report."""
    names = ("outcome", "tested_at", "reported_at", "laboratory", "ct_orf1ab", "ct_n")
    return (said["tube"], *(said[name] for name in names))


def _key_of(result: models.Result) -> tuple[Any, ...]:
    said = {name: getattr(result, name) for name in _RESULT}
    return _key(said | {"laboratory": str(result.laboratory)})


def _by_minute(key: tuple[Any, ...]) -> tuple[Any, ...]:
    # forms say minutes, so by hand two results of one minute are the same
    tube, outcome, tested_at, reported_at, *rest = key
    return (tube, outcome, tested_at // clock.MINUTE, reported_at // clock.MINUTE, *rest)


def _entry(kind: str, said: dict[str, Any], corrects: str | None = None) -> dict[str, Any]:
    moments = {
        name: clock.to_moment(said[name], "UTC").isoformat()
        for name in ("tested_at", "reported_at")
    }
    return {"kind": kind, **said, **moments, "corrects": corrects}
