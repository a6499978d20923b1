"""The end of an operation, an act of two people: what still stands, asking for the end on a day,
and confirming it, which ends all orders, requests to stay and devices in one transaction.

The subdistrict lifts nothing: each order in force ends by its own authority's document, recorded in
the name of whoever asked. Refuses an order whose release conditions are not met, a round that is
open, and a device that has not sent all it wrote, unless it was said why for each; and whoever
asked as the one who confirms. Records die afterwards, by their rules (command.destroying).
"""

from collections.abc import Mapping
from typing import NamedTuple

from doorstep.command import destroying
from doorstep.kit import clock
from doorstep.ledger import book, desk, devices, kinds, models, refusals, writer
from doorstep.operations.sampling import actions as sampling
from doorstep.orders import actions, checks, closing, days, queries, release, rules, zones
from doorstep.registry import rights
from doorstep.rounds import models as rounds

ASKERS, SECONDS, READERS = destroying.ASKERS, destroying.SECONDS, destroying.READERS
LAPSES_DAYS = closing.LAPSES // clock.DAY


class Dying(NamedTuple):
    """A class of records, its rule, and the first day on which they may be destroyed when the
    operation ends on the day that was asked about.
    """

    rule: destroying.Rule
    from_on: str


class Standing(NamedTuple):
    """What still stands. `orders`: in force; `recorded`: not yet in force; `held`: to be settled;
    `requests`: how many requests to stay.
    """

    at: int
    orders: list[zones.View]
    recorded: list[rules.Order]
    held: list[rules.Order]
    rounds: list[rounds.Round]
    devices: list[models.Device]
    requests: int

    @property
    def unmet(self) -> list[zones.View]:
        """The orders in force with a release condition that is not met. Of one that only a notice
        of the authority can meet its own document tells.
        """
        return [view for view in self.orders if view.rule is None or release.is_unmet(view.lines)]

    @property
    def unsent(self) -> list[models.Device]:
        """The devices that had written more than the book had when they were last seen."""
        return [each for each in self.devices if (each.written or 0) > each.through]

    @property
    def untold(self) -> list[models.Device]:
        """The devices of which nobody can tell: they do not say how much they wrote, or were not
        heard of for a day.
        """
        unsent = {each.id for each in self.unsent}
        return [
            each
            for each in self.devices
            if each.id not in unsent
            and each.seen_at is not None
            and (each.written is None or self.at - each.seen_at > clock.DAY)
        ]

    @property
    def authorities(self) -> list[str]:
        """Those that decided what is in force, and alone may lift it."""
        return sorted({view.order.authority for view in self.orders})

    def list_unfinished(self) -> dict[str, tuple[str, ...]]:
        """Ids of what ends, or stays open, only when somebody says why, with what may be said."""
        found = {view.order.id: closing.FOR_ORDER for view in self.unmet}
        found |= {str(each.id): closing.FOR_ROUND for each in self.rounds}
        return found | {str(each.id): closing.FOR_DEVICE for each in self.unsent}


def look(at: int) -> Standing:
    """What still stands at a moment, of the whole cell."""
    everything = queries.list_orders()
    by_state: dict[str, list[rules.Order]] = {}
    for order in everything:
        by_state.setdefault(rules.state_of(order, at), []).append(order)
    held = [order for order in by_state.get("held", []) if order.end_at > at]
    working = models.Device.objects.filter(revoked_at=None).exclude(role=kinds.DESK)
    return Standing(
        at,
        zones.view_orders(by_state.get("in_force", []), at, everything),
        [*by_state.get("proposed", []), *by_state.get("approved", [])],
        held,
        list(rounds.Round.objects.exclude(state="closed").order_by("day", "opened_at", "id")),
        list(working.order_by("label", "id")),
        sampling.count_requests(at),
    )


def list_dying(day: str, at: int | None = None) -> list[Dying]:
    """Each class that has a rule, and when it may be destroyed if the operation ends on a day;
    `at`: by the packs adopted until a moment.
    """
    return [Dying(rule, days.add(day, rule.said.days + 1)) for rule in destroying.list_rules(at)]


def ask(
    staff: checks.Staff,
    *,
    on: str,
    reason: str,
    papers: Mapping[str, str],
    despite: Mapping[str, str],
) -> str:
    """Ask that the operation end on a day (YYYY-MM-DD, the cell's); the entry's id. `papers`:
    authority → the number of the document by which it lifts; `despite`: id of something that is not
    finished → why it ends, or stays open, all the same.

    Raises:
        Refused: NOT_YOURS (administrator or duty officer of the whole cell), NOT_FOUND, NO_UNIT,
            REQUEST_INVALID, CLOSING_DAY, CLOSING_HELD, CLOSING_PAPER, DOCUMENT_FORM,
            CLOSING_UNSAID.
    """
    destroying.require_whole(staff, ASKERS)
    unit = checks.unit_of(staff)
    if reason not in closing.REASONS:
        raise refusals.Refused("REQUEST_INVALID")
    now = clock.now()
    today = clock.day_of(now, book.get_cell().zone)
    if not today <= on <= days.add(today, LAPSES_DAYS):
        raise refusals.Refused("CLOSING_DAY")
    standing = look(now)
    check(standing, papers, despite)
    unfinished = standing.list_unfinished()
    said = {
        "kind": "closing.asked",
        "unit": unit,
        "on": on,
        "reason": reason,
        "papers": [(authority, papers[authority]) for authority in standing.authorities],
        "despite": [(one, despite[one]) for one in sorted(unfinished)],
    }
    return desk.post(str(staff.id), [said])[0]


def check(standing: Standing, papers: Mapping[str, str], despite: Mapping[str, str]) -> None:
    """Refuse an end for which something is not said.

    Raises:
        Refused: CLOSING_HELD, CLOSING_PAPER, DOCUMENT_FORM, CLOSING_UNSAID.
    """
    if standing.held:
        raise refusals.Refused("CLOSING_HELD", count=len(standing.held))
    for authority in standing.authorities:
        if not papers.get(authority):
            raise refusals.Refused("CLOSING_PAPER", authority=authority)
        checks.check_document(papers[authority])
    unfinished = standing.list_unfinished()
    unsaid = [one for one, may in unfinished.items() if despite.get(one) not in may]
    if unsaid:
        raise refusals.Refused("CLOSING_UNSAID", count=len(unsaid))


def find_waiting(asked: str) -> closing.Closing | None:
    """What was asked for under this entry, if it still waits for a second person."""
    return next((each for each in closing.list_waiting(clock.now()) if each.entry == asked), None)


def confirm(staff: checks.Staff, *, asked: str) -> str:
    """End the operation, as a second person of another unit, on the very day that was asked for:
    orders in force are lifted, those only recorded withdrawn, requests to stay ended, devices
    revoked and unused codes ended. The entry's id.

    Raises:
        Refused: NOT_YOURS (approver or duty officer of the whole cell; or whoever asked may not
            record orders any more), NO_UNIT, CLOSING_NOT_ASKED, NOT_SECOND, CLOSING_NOT_TODAY, or
            as `check`: something has come since. Nothing is ended then.
    """
    destroying.require_whole(staff, SECONDS)
    unit = checks.unit_of(staff)

    def act() -> str:
        book.lock_cell()
        found = find_waiting(asked)
        if found is None:
            raise refusals.Refused("CLOSING_NOT_ASKED")
        if not rules.is_second(str(staff.id), unit, found.staff, found.unit):
            raise refusals.Refused("NOT_SECOND")
        now = max(clock.now(), found.at + 1)
        if clock.day_of(now, book.get_cell().zone) != found.day:
            raise refusals.Refused("CLOSING_NOT_TODAY", day=found.day)
        standing = look(now)
        papers = dict(found.body["papers"])
        check(standing, papers, dict(found.body["despite"]))
        said = {
            "kind": "operation.closed",
            "unit": unit,
            "asked": asked,
            "on": found.day,
            "at": now,
        }
        said |= _end(standing, rights.Staff(found.staff), staff, papers)
        return desk.post(str(staff.id), [said])[0]

    return writer.run(act)


def _end(
    standing: Standing, first: checks.Staff, second: checks.Staff, papers: Mapping[str, str]
) -> dict[str, object]:
    """End what stands, each by its own action; what that was, for the entry. The authority's answer
    is the word of whoever asked; the second name stands under taking back what two had approved.
    """
    now = standing.at
    for view in standing.orders:
        authority = view.order.authority
        paper = {"authority": authority, "document": papers[authority]}
        actions.record_answer(
            first, order=view.order.id, lifted=True, effective=now, at=now, **paper
        )
    for each in standing.recorded:
        target = actions.withdraw_order(first, order=each.id, reason="superseded", at=now)
        if each.approved_at is not None:
            actions.approve_order(second, order=each.id, target=target, at=now)
    requests = sampling.end_requests(second, at=now)
    for device in standing.devices:
        devices.revoke(str(device.id))
    devices.end_codes()
    return {
        "lifted": [view.order.id for view in standing.orders],
        "withdrawn": [order.id for order in standing.recorded],
        "devices": [str(each.id) for each in standing.devices],
        "requests": requests,
    }
