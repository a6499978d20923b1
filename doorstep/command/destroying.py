"""What people do to destroy records whose time is over: see what is due, ask, order, report that a
backup is gone. Each asks for the right to do it, then the pack's rule, then posts one entry.

Refuses a class no adopted pack has a rule for, a day that is not over for long enough, an operation
that still runs, and whoever asked as the one who orders. Nothing here can be undone.
"""

from collections.abc import Sequence
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.ledger import attachments, book, erasure, models, refusals, store
from doorstep.orders import checks, days, queries, rules, shapes
from doorstep.registry import access
from doorstep.registry import queries as registry
from doorstep.rounds import remaining

ASKERS = ("administrator", "duty_officer")
SECONDS = ("approver", "duty_officer")
READERS = ("administrator", "duty_officer", "approver", "inspector")
_STANDING = ("proposed", "approved", "in_force", "held")


class Rule(NamedTuple):
    """A rule of an adopted pack, by the pack's digest."""

    pack: str
    said: shapes.Retention


class Counted(NamedTuple):
    """What would be destroyed: lines by kind ("" for those that cannot be read), attachments, and
    people who live nowhere by any later line.
    """

    lines: dict[str, int]
    attachments: int
    people: int

    @property
    def total(self) -> int:
        """How many lines."""
        return sum(self.lines.values())


class Due(NamedTuple):
    """A class, its rule, the last day that may be destroyed now, what there is up to then, and what
    stands in the way.
    """

    rule: Rule
    day: str
    counted: Counted
    problem: refusals.Refused | None


def list_rules(at: int | None = None) -> list[Rule]:
    """For each class the rule of the pack that was adopted last and has one; `at`: as it was at a
    moment.
    """
    found: dict[str, Rule] = {}
    for adopted in queries.list_adopted():
        if at is not None and adopted.at > at:
            continue
        for said in adopted.pack.retention:
            found.setdefault(said.holds, Rule(adopted.digest, said))
    return [found[holds] for holds in erasure.CLASSES if holds in found]


def list_due() -> list[Due]:
    """Each class that has a rule, counted up to the last day that may be destroyed now. Reads the
    whole book once for each.
    """
    listed = []
    for rule in list_rules():
        day = last_day(rule)
        wanted = want(rule, day)
        counted = count(wanted)
        listed.append(Due(rule, day, counted, _find_problem(wanted, counted)))
    return listed


def last_day(rule: Rule) -> str:
    """The last day whose records may be destroyed now by this rule."""
    zone = book.get_cell().zone
    return days.add(clock.day_of(clock.now() - rule.said.days * clock.DAY, zone), -1)


def want(rule: Rule, day: str) -> erasure.Wanted:
    """The records of the rule's class received up to the end of a day (YYYY-MM-DD, the cell's).

    Raises:
        Refused: REQUEST_INVALID, it is no day.
    """
    try:
        before = days.start_of(days.add(day, 1), book.get_cell().zone)
    except (ValueError, OverflowError):
        raise refusals.Refused("REQUEST_INVALID") from None
    lines = erasure.count_before(before)
    return erasure.Wanted(rule.said.holds, rule.said.key, rule.pack, before, lines)


def find_rule(holds: str) -> Rule:
    """The rule for a class. Raises Refused: DESTRUCTION_NO_RULE."""
    for rule in list_rules():
        if rule.said.holds == holds:
            return rule
    raise refusals.Refused("DESTRUCTION_NO_RULE")


def count(wanted: erasure.Wanted) -> Counted:
    """What would be destroyed."""
    waiting = models.Attachment.objects.filter(destroyed=None, received_at__lt=wanted.before)
    digests = list(waiting.values_list("digest", flat=True))
    named = attachments.list_named(erasure.class_of) if digests else {}
    held = [named.get(digest, erasure.OPERATION) for digest in digests]
    people = 0
    if wanted.holds == "roster":
        [[people]] = store.query(
            "SELECT COUNT(*) FROM registry_residence r JOIN ledger_line l ON l.entry = r.entry "
            "WHERE l.leaf < %s",
            [wanted.lines],
        )
    lines = erasure.count_lines(wanted.holds, wanted.lines)
    return Counted(lines, held.count(wanted.holds), people)


def check(wanted: erasure.Wanted) -> None:
    """Refuse what the rule does not let happen, or not yet.

    Raises:
        Refused: PACK_NOT_ADOPTED, DESTRUCTION_NO_RULE, DESTRUCTION_EARLY, DESTRUCTION_ORDERS,
            DESTRUCTION_ROUNDS, DESTRUCTION_FIRST, DESTRUCTION_NOTHING.
    """
    if (problem := _find_problem(wanted, count(wanted))) is not None:
        raise problem


def ask(staff: checks.Staff, *, holds: str, day: str) -> str:
    """Ask that the records of a class up to the end of a day be destroyed; the entry's id.

    Raises:
        Refused: NOT_YOURS (administrator or duty officer of the whole cell), NO_UNIT,
            REQUEST_INVALID, or as `check`.
    """
    require_whole(staff, ASKERS)
    unit = checks.unit_of(staff)
    wanted = want(find_rule(holds), day)
    check(wanted)
    return erasure.ask(str(staff.id), unit, wanted)


def order(staff: checks.Staff, *, asked: str) -> str:
    """Order, as a second person of another unit, what was asked for: it is destroyed at once, and
    for good. The entry's id.

    Raises:
        Refused: NOT_YOURS (approver or duty officer of the whole cell), NO_UNIT,
            DESTRUCTION_NOT_ASKED, NOT_SECOND, or as `check`.
    """
    require_whole(staff, SECONDS)
    return erasure.order(str(staff.id), checks.unit_of(staff), asked, check=check)


def report_backup(staff: checks.Staff, *, backup: str, how: str) -> str:
    """Say that every copy of a backup is destroyed (`file`), or every copy of the key that opens it
    (`key`). The entry's id.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, REQUEST_INVALID, BACKUP_NOT_LATER.
    """
    require_whole(staff, ASKERS)
    if how not in ("file", "key"):
        raise refusals.Refused("REQUEST_INVALID")
    held = [each for row in list_done() for each in erasure.list_backups(row)]
    digests = {bytes(each.digest).hex() for each in held}
    if backup not in digests:
        raise refusals.Refused("NOT_FOUND")
    later = models.Backup.objects.filter(apart=True)
    if all(bytes(each.digest).hex() in digests for each in later):
        raise refusals.Refused("BACKUP_NOT_LATER")
    return erasure.report_backup(str(staff.id), backup, how)


def list_done() -> list[models.Destruction]:
    """What was destroyed, the latest first."""
    return list(models.Destruction.objects.exclude(asked=None).order_by("-at", "-entry"))


def require_whole(staff: checks.Staff, roles: Sequence[str]) -> None:
    """Refuse unless this person holds one of `roles` over the whole cell: NOT_YOURS, or NOT_FOUND
    where there is no place yet.
    """
    root = registry.find_root()
    if root is None:
        raise refusals.Refused("NOT_FOUND")
    checks.require(staff, roles, [str(root.id)])


def may_whole(staff: checks.Staff, roles: Sequence[str]) -> bool:
    """Whether this person holds one of `roles` over the whole cell."""
    root = registry.find_root()
    return root is not None and access.has(staff, roles, str(root.id))


def _find_problem(wanted: erasure.Wanted, counted: Counted) -> refusals.Refused | None:
    pack = checks.get_pack(wanted.pack)
    said = next((each for each in pack.retention if each.key == wanted.rule), None)
    if said is None or said.holds != wanted.holds:
        return refusals.Refused("DESTRUCTION_NO_RULE")
    now = clock.now()
    if wanted.before > now - said.days * clock.DAY:
        day = last_day(Rule(wanted.pack, said))
        return refusals.Refused("DESTRUCTION_EARLY", days=said.days, day=day)
    if said.closed:
        standing = [
            each
            for each in queries.list_orders()
            if rules.state_of(each, now) in _STANDING and each.end_at > now
        ]
        if standing:
            return refusals.Refused("DESTRUCTION_ORDERS", count=len(standing))
        if left := remaining.count_open(wanted.lines):
            return refusals.Refused("DESTRUCTION_ROUNDS", count=left)
    if said.after is not None and (
        erasure.count_lines(said.after, wanted.lines) or remaining.count_left()
    ):
        return refusals.Refused("DESTRUCTION_FIRST")
    if not counted.total and not counted.attachments:
        return refusals.Refused("DESTRUCTION_NOTHING")
    return None
