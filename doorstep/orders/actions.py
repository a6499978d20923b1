"""What a person does with orders: adopt a pack, propose, approve, renew, withdraw, apply for
lifting, record the authority's answer, record evidence. Each asks for the right to do it, then a
rule, then posts one entry.

The subdistrict records, executes and applies; the authority decides and lifts. Orders are about
areas only: an estate, a building, a stairwell, a community. Orders on a person are not built: no
function takes a person and no kind of entry could hold one. Refuses by code (ledger.refusals);
nothing is kept of what was refused.

`at` (microseconds, None for now) is when the act was done; only a town that is loaded from paper
gives it. The book keeps when the line really came.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from doorstep.kit import clock, ids
from doorstep.ledger import book, desk, refusals, store, writer
from doorstep.orders import (
    checks,
    entries,
    grounds,
    models,
    packs,
    queries,
    rules,
    shapes,
    zones,
)
from doorstep.orders import release as conditions
from doorstep.registry import queries as registry

PROPOSERS = ("administrator", "duty_officer")
SECONDS = ("approver", "duty_officer")
MOST_PLACES = 200
MOST_SAID = 300  # characters of what is wrong with a pack


def hand_in_pack(staff: checks.Staff, *, toml: str) -> str:
    """Keep an authority's own pack, read from TOML, so that it can be looked at and adopted; its
    digest. Nothing is ordered by it before it is adopted. Handing it in again changes nothing.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, PACK_UNREADABLE; PACK_KEY_USED when another pack has its key
            and version: changed numbers are a new version.
    """
    _require_at_the_top(staff)
    try:
        pack = packs.read_pack(toml)
    except ValueError as problem:
        raise refusals.Refused("PACK_UNREADABLE", why=str(problem)[:MOST_SAID]) from problem
    digest = packs.digest_of(pack)
    for other, each in queries.list_packs().items():
        if (each.key, each.version) == (pack.key, pack.version) and other != digest:
            raise refusals.Refused("PACK_KEY_USED", pack=pack.key, version=pack.version)
    writer.run(lambda: _keep_pack(digest, pack))
    return digest


def _require_at_the_top(staff: checks.Staff) -> str:
    """The root's id, for whoever may say by which rules the whole cell goes."""
    root = registry.find_root()
    if root is None:
        raise refusals.Refused("NOT_FOUND")
    checks.require(staff, PROPOSERS, [str(root.id)])
    return str(root.id)


def _keep_pack(digest: str, pack: shapes.Pack) -> None:
    content = packs.canonical(pack)
    models.PackText.objects.get_or_create(digest=digest, defaults={"content": content})


def adopt_pack(staff: checks.Staff, *, digest: str, at: int | None = None) -> str:
    """Adopt a pack for the cell, one that ships or was handed in; the entry's id.

    Raises:
        Refused: NOT_YOURS (administrator or duty officer of the whole cell), NOT_FOUND,
            PACK_ADOPTED.
    """
    root = _require_at_the_top(staff)
    pack = queries.get_packs({digest}).get(digest)
    if pack is None:
        raise refusals.Refused("NOT_FOUND")
    if any(each.digest == digest for each in queries.list_adopted()):
        raise refusals.Refused("PACK_ADOPTED", pack=pack.key)
    fields = {"kind": "pack.adopted", "pack": pack.key, "digest": digest}
    within = functools.partial(_keep_pack, digest, pack)
    return _post(staff, fields, place=root, at=at, within=within)


def propose_order(
    staff: checks.Staff,
    *,
    pack: str,
    rule: str,
    places: Sequence[str],
    authority: str,
    document: str,
    evidence: Sequence[str],
    start: int,
    end: int,
    review: str,
    test_days: Sequence[int] = (),
    test_every: int | None = None,
    at: int | None = None,
) -> str:
    """Record what an authority decided, for a second person of another unit to approve; the id of
    the order. `pack` is a digest, `evidence` entry ids, moments are microseconds, `review` a day.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, NO_UNIT, PACK_NOT_ADOPTED, RULE_UNKNOWN, ORDER_PLACES,
            ORDER_LEVEL, AUTHORITY_FORM, ORDER_NOT_COMPETENT, DOCUMENT_FORM, EVIDENCE_MISSING,
            EVIDENCE_UNFIT, ORDER_END_PAST, ORDER_TOO_LONG, ORDER_REVIEW_OUTSIDE,
            ORDER_CALENDAR_FIXED, ORDER_NOT_AFTER.
    """
    chosen = list(dict.fromkeys(places))
    if not 1 <= len(chosen) <= MOST_PLACES:
        raise refusals.Refused("ORDER_PLACES", most=MOST_PLACES)
    moment = clock.now() if at is None else at
    text, ordered = checks.get_rule(pack, rule)
    checks.check_places(chosen, ordered)
    checks.require(staff, PROPOSERS, chosen)
    checks.check_paper(text, authority, document)
    grounds.check(ordered, chosen, evidence)
    zone = book.get_cell().zone
    checks.refuse(rules.may_run(ordered.term, start, end, review, now=moment, zone=zone))
    checks.refuse(rules.may_choose_days(ordered.calendar, test_days, test_every))
    if ordered.after is not None and not checks.was_lifted(chosen, ordered.after):
        raise refusals.Refused("ORDER_NOT_AFTER")
    order = ids.new()
    fields = {
        "kind": rules.PROPOSED,
        "order": order,
        "axis": ordered.axis,
        "value": ordered.value,
        "rule": rule,
        "pack": pack,
        "places": chosen,
        "authority": authority,
        "document": document,
        "evidence": list(dict.fromkeys(evidence)),
        "start": clock.to_moment(start, zone),
        "end": clock.to_moment(end, zone),
        "review": review,
        "test_days": sorted(set(test_days)),
        "test_every": test_every,
    }
    _post(staff, fields, place=chosen[0], at=moment)
    return order


def approve_order(
    staff: checks.Staff, *, order: str, target: str | None = None, at: int | None = None
) -> str:
    """Put the second name under a proposal, a renewal or a withdrawal (`target`, the entry; the
    one that waits if there is only one); the entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, NO_UNIT, ORDER_NOT_PENDING, NOT_SECOND, ORDER_END_PAST.
    """
    found = checks.get_order(order)
    checks.require(staff, SECONDS, found.places)
    unit = checks.unit_of(staff)
    moment = clock.now() if at is None else at
    pending = queries.list_pending(found, queries.list_acts(order), moment)
    wanted = [each for each in pending if target in (None, each.entry)]
    if len(wanted) != 1:
        raise refusals.Refused("ORDER_NOT_PENDING")
    [asked] = wanted
    if not rules.is_second(str(staff.id), unit, asked.by, asked.unit):
        raise refusals.Refused("NOT_SECOND")
    if asked.kind != rules.WITHDRAWN and found.end_at <= moment:
        raise refusals.Refused("ORDER_END_PAST")
    fields = {"kind": rules.APPROVED, "order": order, "target": asked.entry}
    return _post(staff, fields, place=found.places[0], at=_after(moment, asked.at))


def renew_order(
    staff: checks.Staff,
    *,
    order: str,
    authority: str,
    document: str,
    evidence: Sequence[str],
    end: int,
    review: str,
    at: int | None = None,
) -> str:
    """Record that the deciding authority prolongs an order in force; counts once a second person
    of another unit approved it before the present end. The entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, NO_UNIT, ORDER_NOT_IN_FORCE, LIFT_NOT_THEIRS, DOCUMENT_FORM,
            ORDER_RENEWED_EARLY, EVIDENCE_MISSING, EVIDENCE_UNFIT, EVIDENCE_NOT_NEW,
            ORDER_END_PAST, ORDER_TOO_LONG, ORDER_REVIEW_OUTSIDE.
    """
    found = checks.get_order(order)
    checks.require(staff, PROPOSERS, found.places)
    moment = clock.now() if at is None else at
    checks.require_in_force(found, moment)
    if authority != found.authority:
        raise refusals.Refused("LIFT_NOT_THEIRS", authority=found.authority)
    text, ordered = checks.get_rule(found.pack, found.rule)
    checks.check_paper(text, authority, document)
    checks.refuse(rules.may_renew(ordered.term, found.end_at, moment))
    grounds.check(ordered, found.places, evidence)
    grounds.check_new(evidence, _resting(found, moment))
    zone = book.get_cell().zone
    checks.refuse(rules.may_run(ordered.term, found.end_at, end, review, now=moment, zone=zone))
    fields = {
        "kind": rules.RENEWED,
        "order": order,
        "authority": authority,
        "document": document,
        "evidence": list(dict.fromkeys(evidence)),
        "end": clock.to_moment(end, zone),
        "review": review,
    }
    return _post(staff, fields, place=found.places[0], at=moment)


def _resting(order: rules.Order, at: int) -> list[str]:
    """The acts about an order that rest on evidence and bear two names: proposal and renewals."""
    acts = queries.list_acts(order.id)
    waiting = {act.entry for act in queries.list_pending(order, acts, at)}
    kinds = (rules.PROPOSED, rules.RENEWED)
    return [act.entry for act in acts if act.kind in kinds and act.entry not in waiting]


def withdraw_order(
    staff: checks.Staff, *, order: str, reason: entries.WithdrawalReason, at: int | None = None
) -> str:
    """Take the record of an order back. One that is in force goes only when a second person of
    another unit approves it. The entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, NO_UNIT, ORDER_OVER.
    """
    found = checks.get_order(order)
    checks.require(staff, PROPOSERS, found.places)
    moment = clock.now() if at is None else at
    if rules.state_of(found, moment) not in ("proposed", "approved", "in_force", "held"):
        raise refusals.Refused("ORDER_OVER")
    fields = {"kind": rules.WITHDRAWN, "order": order, "reason": reason}
    return _post(staff, fields, place=found.places[0], at=moment)


def apply_for_lifting(
    staff: checks.Staff, *, order: str, document: str, at: int | None = None
) -> str:
    """Record that the subdistrict asked the authority to lift an order in force, and how many of
    its conditions were met. Nothing follows from it by itself. The entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, NO_UNIT, ORDER_NOT_IN_FORCE, DOCUMENT_FORM.
    """
    found = checks.get_order(order)
    checks.require(staff, PROPOSERS, found.places)
    moment = clock.now() if at is None else at
    checks.require_in_force(found, moment)
    checks.check_document(document)
    lines = zones.view_order(found, moment).lines
    fields = {
        "kind": rules.APPLIED,
        "order": order,
        "document": document,
        "met": conditions.count_met(lines),
        "conditions": len(lines),
    }
    return _post(staff, fields, place=found.places[0], at=moment)


def record_answer(
    staff: checks.Staff,
    *,
    order: str,
    lifted: bool,
    authority: str,
    document: str,
    effective: int | None = None,
    at: int | None = None,
) -> str:
    """Record the deciding authority's answer: the order ends at `effective` (microseconds), or it
    stays. The entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, NO_UNIT, ORDER_NOT_IN_FORCE, LIFT_NOT_THEIRS, DOCUMENT_FORM,
            LIFT_BEFORE_START.
    """
    found = checks.get_order(order)
    checks.require(staff, PROPOSERS, found.places)
    moment = clock.now() if at is None else at
    checks.require_in_force(found, moment)
    if authority != found.authority:
        raise refusals.Refused("LIFT_NOT_THEIRS", authority=found.authority)
    checks.check_document(document)
    fields: dict[str, Any] = {"order": order, "authority": authority, "document": document}
    fields["kind"] = rules.LIFTED if lifted else rules.REFUSED
    if lifted:
        began = found.from_at or found.start_at
        ends = moment if effective is None else effective
        if ends + clock.MINUTE <= began:  # a form knows minutes only
            raise refusals.Refused("LIFT_BEFORE_START")
        ends = max(ends, began)
        fields["effective"] = clock.to_moment(ends, book.get_cell().zone)
    return _post(staff, fields, place=found.places[0], at=moment)


def record_evidence(
    staff: checks.Staff,
    *,
    pack: str,
    fact: str,
    place: str,
    on: str,
    document: str,
    at: int | None = None,
) -> str:
    """Record a fact of the pack's vocabulary of a place, with the document it rests on; its id.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, NO_UNIT, PACK_NOT_ADOPTED, FACT_UNKNOWN, EVIDENCE_LEVEL,
            EVIDENCE_FUTURE, DOCUMENT_FORM.
    """
    found = registry.find_place(place)
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    checks.require(staff, PROPOSERS, [place])
    word = checks.get_pack(pack).find_fact(fact)
    if word is None:
        raise refusals.Refused("FACT_UNKNOWN")
    if found.kind not in word.levels:
        raise refusals.Refused("EVIDENCE_LEVEL")
    moment = clock.now() if at is None else at
    if on > clock.day_of(moment, book.get_cell().zone):
        raise refusals.Refused("EVIDENCE_FUTURE")
    checks.check_document(document)
    fields = {"kind": "evidence.recorded", "pack": pack, "fact": fact, "at_place": place}
    return _post(staff, {**fields, "on": on, "document": document}, place=place, at=moment)


def take_back_evidence(staff: checks.Staff, *, entry: str) -> str:
    """Say that evidence was recorded by mistake. Orders that rest on it stay until they end, are
    lifted or withdrawn; the conditions no longer see it. The settling entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    found = store.select("orders_evidence", ["place"], "entry", [entry])
    if not found:
        raise refusals.Refused("NOT_FOUND")
    place = str(found[0][0])
    checks.require(staff, PROPOSERS, [place])
    settling = {"kind": "line.settled", "entries": [entry], "stands": [], "place": place}
    return desk.post(str(staff.id), [settling])[0]


def _post(
    staff: checks.Staff,
    fields: dict[str, Any],
    *,
    place: str,
    at: int | None,
    within: Callable[[], None] | None = None,
) -> str:
    said = {**fields, "unit": checks.unit_of(staff), "place": place}
    if at is not None:
        said["at"] = at
    return desk.post(str(staff.id), [said], within=within)[0]


def _after(at: int, other: int) -> int:
    # an act upon another follows it, even if the clock was set back in between
    return max(at, other + 1)
