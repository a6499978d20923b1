"""What happens after a positive or inconclusive tube: its members are sampled again one by one,
asked to stay meanwhile, and others are told the least they need. Undone when the result is
corrected, taken back or held.

Refuses to do more: no order, no other standing, no name to anybody. Each step looks first whether
it is done, so a crash in the middle does nothing twice. Acts bear the name of whoever reported.
"""

from collections.abc import Iterable
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.ledger import desk, reactions, store, writer
from doorstep.operations.sampling import closers, models, rules
from doorstep.orders import queries as orders
from doorstep.outside import messages
from doorstep.registry import queries as registry
from doorstep.rounds import actions as round_actions
from doorstep.rounds import queries as rounds
from doorstep.rounds import rules as round_rules

RECHECK = "sampling_recheck"
EXCUSED = "result_corrected"
SUSPECT = ("positive", "inconclusive")
AUDIENCES = ("emergency_team", "community", "police")
_SAYS = {
    "positive": ("检测结果阳性，待复核", "a pooled tube is positive; recheck under way"),
    "inconclusive": ("检测结果可疑，待复核", "a pooled tube is inconclusive; recheck under way"),
    "corrected": (
        "此前通知的结果已更正，请停止处置",
        "the earlier result was wrong; stand down",
    ),
}


class Member(NamedTuple):
    """Somebody whose swab was in a tube when it was tested, and where they live."""

    person: str
    door: str | None
    building: str | None


def list_suspects() -> list[tuple[str, str, str]]:
    """(tube, round, outcome) of tubes that ask for a recheck; a recheck itself asks for none."""
    return [
        (tube, str(round_), outcome)
        for tube, round_, outcome in store.query(
            "SELECT t.tube, t.round, t.outcome FROM sampling_tube t "
            "JOIN rounds_round r ON r.id = t.round "
            "WHERE (t.outcome = 'positive' OR t.outcome = 'inconclusive') AND r.parent IS NULL"
        )
    ]


def list_members(tube: str) -> list[Member]:
    """Whose result the tube's is."""
    rows = store.query(
        "SELECT DISTINCT s.person, r.door, r.building FROM sampling_sample s "
        "JOIN sampling_tube t ON t.tube = s.tube "
        "JOIN registry_residence r ON r.person = s.person WHERE s.tube = %s "
        "AND (s.state = %s OR s.state = %s) AND s.at <= t.tested_at",
        [tube, rules.EFFECTIVE, rules.AGAIN],
    )
    return sorted(Member(str(p), d and str(d), b and str(b)) for p, d, b in rows)


def _reporter(tube: str) -> str:
    last = models.Result.objects.filter(tube=tube).order_by("-at", "-entry").first()
    if last is None:
        raise LookupError(f"tube {tube} has no result any more")
    return str(last.staff)


def _by_round() -> Iterable[tuple[str, str]]:
    return [(tube, round_) for tube, round_, _ in list_suspects()]


# One round of single tubes


def open_recheck(tube: str, round_: str) -> None:
    """Open the recheck of a tube's members, unless it is open."""
    people = {member.person for member in list_members(tube)}
    if people and not people <= _rechecked(round_):
        round_actions.open_recheck(
            _reporter(tube),
            parent=round_,
            people=people - _rechecked(round_),
            round_kind=RECHECK,
        )


def _rechecked(parent: str) -> set[str]:
    """Who is on the list of a recheck of this round and not excused from it."""
    rows = store.query(
        "SELECT s.subject FROM rounds_round r JOIN rounds_subject s ON s.round = r.id "
        "WHERE r.parent = %s AND s.state <> 'excused'",
        [parent],
    )
    return {str(row[0]) for row in rows}


def withdraw_recheck(tube: str, round_: str) -> None:
    """Excuse whom the recheck still waits for, and close it when that was all."""
    by = _reporter(tube)
    suspects = [other for other, parent, _ in list_suspects() if parent == round_]
    wanted = {member.person for other in suspects for member in list_members(other)}
    mine = {row[0] for row in store.select("sampling_sample", ["person"], "tube", [tube])}
    for (recheck,) in store.query("SELECT id FROM rounds_round WHERE parent = %s", [round_]):
        due = store.query(
            "SELECT subject FROM rounds_subject WHERE round = %s AND state = 'due'", [recheck]
        )
        gone = sorted({str(row[0]) for row in due} & mine - wanted)
        excused = [
            {"kind": round_rules.EXCUSED, "round": str(recheck), "subject": person,
             "reason": EXCUSED}
            for person in gone
        ]  # fmt: skip
        if excused:
            desk.post(by, excused)
            _close(by, str(recheck))


def _close(by: str, round_: str) -> None:
    def close() -> None:
        found = rounds.find_round(round_)
        if found is None or rounds.is_closed(found) or found.counts.outstanding:
            return
        if not closers.list_blocks(round_):
            names = ("due", "done", "excused", "refused", "missed")
            counts = dict(zip(names, round_rules.closing_of(found.counts), strict=True))
            act = {"kind": "round.closed", "round": round_, "place": found.area}
            desk.post(by, [act | counts])

    writer.run(close)


# Requests to stay


def ask_to_stay(tube: str, round_: str) -> None:
    """Ask each member who is not asked yet; the request lapses by the pack's deadline."""
    found = rounds.find_round(round_)
    asked = {stay.person for stay in _active(tube)}
    people = [m.person for m in list_members(tube) if m.person not in asked]
    if found is None or not people:
        return
    now = clock.now()
    until = clock.to_moment(now + orders.deadline("stay_request", found.area, now), "UTC")
    about = {"kind": "stay.asked", "round": round_, "tube": tube, "until": until, "at": now}
    desk.post(_reporter(tube), [about | {"person": person} for person in people])


def withdraw_stay(tube: str, round_: str) -> None:
    """End the requests of a tube: the result is no longer what it was."""
    _end([stay.entry for stay in _active(tube)], "withdrawn", _reporter(tube))


def _active(tube: str) -> list[models.Stay]:
    return list(models.Stay.objects.filter(tube=tube, ended_at=None))


def _end(stays: list[str], reason: str, by: str) -> None:
    if stays:
        desk.post(by, [{"kind": "stay.ended", "asked": s, "reason": reason} for s in stays])


def list_ending() -> list[tuple[str, str]]:
    """(request, reason) of requests that end now: their recheck is negative, or late through our
    fault: nobody came within the time to collect, or no result within the time for all of it.
    """
    now = clock.now()
    rows = store.query(
        "SELECT s.entry, s.at, r.area, u.state, t.outcome FROM sampling_stay s "
        "JOIN rounds_round r ON r.parent = s.round "
        "JOIN rounds_subject u ON u.round = r.id AND u.subject = s.person "
        "LEFT JOIN sampling_sample m ON m.round = r.id AND m.person = s.person "
        "AND m.state = 'effective' LEFT JOIN sampling_tube t ON t.tube = m.tube "
        "WHERE s.ended_at IS NULL AND s.until_at > %s",
        [now],
    )
    found = []
    for entry, at, area, state, outcome in rows:
        spent = [orders.deadline(name, area, at) for name in ("collect", "laboratory", "report")]
        if outcome == "negative":
            found.append((str(entry), "recheck_negative"))
        elif (state == "due" and now > at + spent[0]) or (
            state == "done" and outcome is None and now > at + sum(spent)
        ):
            found.append((str(entry), "recheck_late"))
    return found


def end_stay(stay: str, reason: str) -> None:
    """End one request before its time."""
    found = models.Stay.objects.get(entry=stay)
    if found.ended_at is None:
        _end([stay], reason, _reporter(found.tube))


def _leave(stay: str, reason: str) -> None:
    """An ended request stays ended."""


# Telling others


def give_notice(tube: str, outcome: str) -> None:
    """Tell each audience what it needs of a tube, unless it was told."""
    members = list_members(tube)
    for audience in AUDIENCES:
        if _last_notice(tube, audience) != outcome:
            _tell(tube, audience, outcome, members)


def correct_notice(tube: str, outcome: str) -> None:
    """Tell everyone who was told that it was not so, unless the tube is still suspect."""
    row = models.Tube.objects.filter(tube=tube).first()
    if row is not None and row.outcome in SUSPECT:
        return
    members = [
        Member(str(person), door and str(door), building and str(building))
        for person, door, building in store.query(
            "SELECT s.person, r.door, r.building FROM sampling_sample s "
            "JOIN registry_residence r ON r.person = s.person WHERE s.tube = %s",
            [tube],
        )
    ]
    for audience in AUDIENCES:
        if _last_notice(tube, audience) not in (None, "corrected"):
            _tell(tube, audience, "corrected", members)


def _last_notice(tube: str, audience: str) -> str | None:
    told = models.Notice.objects.filter(tube=tube, audience=audience)
    last = told.order_by("-at", "-entry").first()
    return last.says if last else None


def places_for(audience: str, members: Iterable[Member]) -> list[str]:
    """What an audience is told of where people live: the police buildings, the others doors."""
    places = (m.building if audience == "police" else m.door for m in members)
    return sorted({place for place in places if place})


def _tell(tube: str, audience: str, says: str, members: list[Member]) -> None:
    places = places_for(audience, members)
    named = registry.label_doors(places)
    chinese, english = _SAYS[says]
    where = "、".join(named.get(place, "") for place in places)
    text = f"{where}，共{len(members)}人：{chinese}。{where}: {len(members)} people: {english}."
    before = models.Notice.objects.filter(tube=tube, audience=audience).count()
    messages.send(messages.Message(f"{tube}:{audience}:{before}", audience, text))
    told = {"kind": "notice.given", "tube": tube, "audience": audience, "says": says}
    desk.post(_reporter(tube), [told | {"places": places, "count": len(members)}])


REACTIONS = [
    reactions.Reaction("sampling.recheck", _by_round, open_recheck, withdraw_recheck),
    reactions.Reaction("sampling.stay", _by_round, ask_to_stay, withdraw_stay),
    reactions.Reaction("sampling.stay_ends", list_ending, end_stay, _leave),
    reactions.Reaction(
        "sampling.notice",
        lambda: [(tube, outcome) for tube, _, outcome in list_suspects()],
        give_notice,
        correct_notice,
    ),
]
