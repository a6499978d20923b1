"""What a person does with a round: open it, list who came later, close it, reopen it, withdraw it,
excuse somebody, note a refusal or a visit, take such a word back. Each asks for the right to do it,
then a rule, then posts entries.

Refuses by code (ledger.refusals.Refused); nothing is kept of what was refused.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Protocol

from doorstep.kit import clock, ids
from doorstep.ledger import book, desk, refusals, writer
from doorstep.orders import days
from doorstep.registry import access
from doorstep.rounds import (
    closers,
    drawing,
    entries,
    listing,
    models,
    round_kinds,
    rules,
    unlisted_lists,
)

COMMANDERS = ("administrator", "duty_officer")
AT_THE_DOOR = (*COMMANDERS, "registrar", "steward")
LISTINGS_TOGETHER = 20  # in one transaction: the writer must not keep the tables waiting
EXCUSES_TOGETHER = 1_000


class Staff(Protocol):
    """Whoever signed in: only the id is asked for here."""

    @property
    def id(self) -> Any: ...


def open_round(
    staff: Staff,
    *,
    round_kind: str,
    area: str,
    day: str,
    pool: str | None = None,
    pack: str | None = None,
) -> str:
    """Draw the due list of everybody present under `area` and open the round; its id.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, ROUND_KIND_UNKNOWN, POOL_NOT_ALLOWED, ROUND_EXISTS,
            ROUND_NOBODY.
    """
    _may(staff, COMMANDERS, area)
    kind = _kind(round_kind)

    def check() -> None:
        same = models.Round.objects.filter(round_kind=round_kind, area=area, day=day, parent=None)
        if same.exclude(state="closed").exists():
            raise refusals.Refused("ROUND_EXISTS", day=day)

    check()
    said = listing.ask_orders(kind, area, day)
    pool = _pool(kind, pool or said.pool)
    if pool is not None and said.allowed and pool not in said.allowed:
        raise refusals.Refused("POOL_NOT_ALLOWED", pool=pool)
    if listing.is_empty(area):
        raise refusals.Refused("ROUND_NOBODY")
    parts = listing.draw_area(kind, area, _moment_of(day), said.hours)
    opening = {"round_kind": round_kind, "area": area, "day": day, "pool": pool}
    return post_round(str(staff.id), {**opening, "pack": pack or said.pack}, parts, check)


def _moment_of(day: str) -> int:
    """When a round of a day begins: a list for tomorrow is drawn by what holds tomorrow."""
    return max(clock.now(), days.start_of(day, book.get_cell().zone))


def open_recheck(by: str, *, parent: str, people: Collection[str], round_kind: str) -> str:
    """Open a round for the named people of another round; its id.

    For reactions: `by` is the staff id in whose name it is done. Everybody named is listed: at the
    door where the parent round has them, else where the roster has them, else at the area itself.

    Raises:
        Refused: NOT_FOUND, ROUND_KIND_UNKNOWN, ROUND_EMPTY.
    """
    before = _find(parent)
    kind = _kind(round_kind)
    if not people:
        raise refusals.Refused("ROUND_EMPTY")
    due = _list_again(before, kind, people)
    day = clock.day_of(clock.now(), book.get_cell().zone)
    opening = {"round_kind": round_kind, "area": before.area, "day": day, "parent": parent}
    opening |= {"pool": kind.pool or before.pool, "pack": before.pack}
    return post_round(by, opening, [drawing.Drawn(due, [])])


def join_recheck(by: str, *, round: str, people: Collection[str]) -> None:
    """Put more people of the parent round on the list of a recheck, as `open_recheck` lists them.

    Raises:
        Refused: NOT_FOUND, ROUND_KIND_UNKNOWN.
    """
    found = _find(round)
    before = _find(str(found.parent))
    due = _list_again(before, _kind(found.round_kind), people)
    desk.post(by, _list_entries(str(found.id), due))


def _list_again(
    before: models.Round, kind: round_kinds.RoundKind, people: Collection[str]
) -> list[tuple[str, str, str]]:
    everyone = kind.home is not None and kind.home.everyone
    places = listing.find_doors(str(before.id), people)
    return [
        (person, places[person].door, "home" if everyone or places[person].home else "table")
        if person in places
        else (person, str(before.area), "home" if everyone else "table")
        for person in sorted(set(people))
    ]


def post_round(
    by: str,
    opening: dict[str, Any],
    parts: Iterable[drawing.Drawn],
    check: Callable[[], None] | None = None,
) -> str:
    """Post a drawn round: the lists first, part by part, the opening last. Until the opening is in
    the book nobody sees the round, so a list that was cut short is never taken for a whole one.
    `check` is asked on the writer together with the opening: what it refuses is not opened.
    """
    round_ = ids.new()
    for drawn in parts:
        _post_list(by, round_, drawn)
    opened = {"kind": "round.opened", "round": round_, "place": opening["area"], **opening}
    desk.post(by, [opened], within=check)
    return round_


def _post_list(by: str, round_: str, drawn: drawing.Drawn) -> None:
    listed = _list_entries(round_, drawn.due)
    for start in range(0, len(listed), LISTINGS_TOGETHER):
        desk.post(by, listed[start : start + LISTINGS_TOGETHER])
    excused = [
        {"kind": rules.EXCUSED, "round": round_, "subject": subject, "reason": reason}
        for subject, reason in drawn.excused
    ]
    for start in range(0, len(excused), EXCUSES_TOGETHER):
        desk.post(by, excused[start : start + EXCUSES_TOGETHER])


def _list_entries(round_: str, due: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    size = entries.MAX_SUBJECTS
    return [
        {"kind": "due.listed", "round": round_, "subjects": due[start : start + size]}
        for start in range(0, len(due), size)
    ]


def list_unlisted(staff: Staff, *, round: str) -> int:
    """Put everybody who is present in a round's area and on no list of it on the list, drawn as the
    list was; how many people that were. Who is away again by then is not among them.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, ROUND_KIND_UNKNOWN.
    """
    found = _get(staff, COMMANDERS, round)
    if found.state == "closed":
        raise refusals.Refused("ROUND_CLOSED")
    kind = _kind(found.round_kind)
    hours = listing.ask_orders(kind, found.area, found.day).hours
    residents = unlisted_lists.list_residents(round)
    for start in range(0, len(residents), listing.MOST_AT_ONCE):
        part = residents[start : start + listing.MOST_AT_ONCE]
        drawn = listing.draw_people(kind, part, _moment_of(found.day), hours)
        _post_list(str(staff.id), round, drawn)
    return len(residents)


def close_round(staff: Staff, *, round: str, reason: str | None = None) -> None:
    """Close a round with its counts as they are now; the outstanding become missed. `reason`: one
    of rules.CLOSINGS, asked for while somebody present is on no list.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, ROUND_EMPTY, REASON_UNKNOWN; ROUND_NOT_SETTLED
            while an operation says why not: `blocks` lists (code, facts), `count` says how many;
            ROUND_UNLISTED: `count` people are on no list and no reason is given.
    """
    _get(staff, COMMANDERS, round)

    def close() -> None:
        # on the writer: nothing can come between the counts and the entry that declares them
        found = models.Round.objects.get(id=round)
        blocks = closers.list_blocks(round)
        unlisted = unlisted_lists.count_unlisted(round)
        code = rules.may_close_round(found.state, found.counts, bool(blocks), unlisted, reason)
        if code == "ROUND_NOT_SETTLED":
            raise refusals.Refused(code, blocks=blocks, count=len(blocks))
        if code is not None:
            raise refusals.Refused(code, count=unlisted)
        _post_close(staff, found, reason if unlisted else None)

    writer.run(close)


def withdraw_round(staff: Staff, *, round: str) -> None:
    """Take back a round that was opened by mistake: it is closed for that reason, nobody of it is
    missed, and it proves nothing. A line that comes late opens it again, as any round.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, ROUND_MARKED.
    """
    _get(staff, COMMANDERS, round)

    def withdraw() -> None:
        found = models.Round.objects.get(id=round)
        code = may_withdraw(found, bool(closers.list_blocks(round)))
        if code is not None:
            raise refusals.Refused(code)
        _post_close(staff, found, rules.MISTAKE)

    writer.run(withdraw)


def may_withdraw(found: models.Round, blocked: bool) -> str | None:
    """None if a round may be withdrawn, else the code of the refusal; `blocked`: something of it is
    open (closers).
    """
    marks = models.Mark.objects.filter(round=found.id).exclude(kind=rules.EXCUSED).count()
    return rules.may_withdraw_round(found.state, found.counts, marks, blocked)


def _post_close(staff: Staff, found: models.Round, reason: str | None) -> None:
    names = ("due", "done", "excused", "refused", "missed")
    counts = dict(zip(names, rules.closing_of(found.counts), strict=True))
    desk.post(str(staff.id), [_act(found, "round.closed", v=2, reason=reason, **counts)])


def reopen_round(staff: Staff, *, round: str, reason: str) -> None:
    """Take a close back. Raises Refused: NOT_FOUND, NOT_YOURS, ROUND_OPEN."""
    found = _get(staff, COMMANDERS, round)
    if found.state != "closed":
        raise refusals.Refused("ROUND_OPEN")
    desk.post(str(staff.id), [_act(found, "round.reopened", reason=reason)])


def excuse_subject(staff: Staff, *, round: str, subject: str, reason: str) -> str:
    """Excuse somebody on the list, for a reason the kind of round knows; the entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, NOT_ON_LIST, REASON_UNKNOWN.
    """
    kind = round_kinds.find_kind(_find(round).round_kind)
    if kind is None or reason not in kind.reasons:
        raise refusals.Refused("REASON_UNKNOWN")
    return _say(staff, round, subject, kind=rules.EXCUSED, reason=reason)


def record_refusal(staff: Staff, *, round: str, subject: str, reason: str | None = None) -> str:
    """Note that somebody would not. It has no consequence of its own; the entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, NOT_ON_LIST.
    """
    return _say(staff, round, subject, kind=rules.REFUSED, reason=reason)


def record_visit(staff: Staff, *, round: str, subject: str) -> str:
    """Note that somebody was at the subject's door for this round; the entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, NOT_ON_LIST.
    """
    return _say(staff, round, subject, kind=rules.VISITED)


def withdraw_word(staff: Staff, *, entry: str) -> None:
    """Take back an excuse, a refusal or a visit: a settling entry by which it does not stand.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    found = models.Mark.objects.filter(entry=entry, kind__in=rules.OWN_KINDS).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    _may(staff, AT_THE_DOOR, _door_of(found.round, found.subject))
    desk.post(str(staff.id), [{"kind": "line.settled", "entries": [entry], "stands": []}])


def _say(staff: Staff, round_: str, subject: str, *, kind: str, reason: str | None = None) -> str:
    found = _find(round_)
    door = _door_of(round_, subject)
    _may(staff, AT_THE_DOOR, door)
    if found.state == "closed":
        raise refusals.Refused("ROUND_CLOSED")
    said = {"kind": kind, "round": round_, "subject": subject, "reason": reason, "place": door}
    return desk.post(str(staff.id), [said])[0]


def _door_of(round_: str, subject: str) -> str:
    found = models.Subject.objects.filter(round=round_, subject=subject).exclude(door=None).first()
    if found is None:
        raise refusals.Refused("NOT_ON_LIST")
    return str(found.door)


def _act(found: models.Round, kind: str, **fields: object) -> dict[str, Any]:
    # acts upon one round follow each other, even if the clock was set back in between
    at = max(clock.now(), found.acted_at + 1)
    return {"kind": kind, "round": found.id, "place": found.area, "at": at, **fields}


def _find(round_: str) -> models.Round:
    found = models.Round.objects.filter(id=round_).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def _get(staff: Staff, roles: Sequence[str], round_: str) -> models.Round:
    found = _find(round_)
    _may(staff, roles, found.area)
    return found


def _may(staff: Staff, roles: Sequence[str], place: str) -> None:
    if not access.has(staff, roles, place):
        raise refusals.Refused("NOT_YOURS")


def _kind(code: str) -> round_kinds.RoundKind:
    kind = round_kinds.find_kind(code)
    if kind is None:
        raise refusals.Refused("ROUND_KIND_UNKNOWN", round_kind=code)
    return kind


def _pool(kind: round_kinds.RoundKind, pool: str | None) -> str | None:
    if kind.pool is not None and pool not in (None, kind.pool):
        raise refusals.Refused("POOL_NOT_ALLOWED", pool=pool)
    return kind.pool or pool
