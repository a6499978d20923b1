"""What happens after a positive or inconclusive tube: its members are sampled again one by one,
asked to stay meanwhile, and others are told the least they need. Undone when the result is
corrected, taken back or held.

Refuses to do more: no order, no other standing, no name to anybody. Each step looks first whether
it is done, so a crash in the middle does nothing twice. Acts bear the name of whoever reported.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.ledger import desk, reactions, store, writer
from doorstep.operations.sampling import models, rules
from doorstep.orders import queries as orders
from doorstep.outside import messages
from doorstep.registry import finding
from doorstep.registry import queries as registry
from doorstep.rounds import actions as round_actions
from doorstep.rounds import closers, round_kinds
from doorstep.rounds import queries as rounds
from doorstep.rounds import rules as round_rules

RECHECK = "sampling_recheck"
EXCUSED = "result_corrected"
WITHDRAWN = "withdrawn"
CORRECTED = "corrected"
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
    """Somebody whose swab was in a tube when it was tested, and where they live; `met`: the table,
    or another place, where somebody without a door was met.
    """

    person: str
    door: str | None
    building: str | None
    met: str | None = None


class Wanted(NamedTuple):
    """Somebody in a tube that asks for a recheck: their result is the tube's."""

    tube: str
    round: str
    outcome: str
    person: str


def list_wanted() -> list[Wanted]:
    """Everybody in a tube that asks for a recheck; a recheck itself asks for none. It goes by the
    person: a swab may arrive, be taken back or be settled after the result.
    """
    rows = store.query(
        "SELECT DISTINCT t.tube, t.round, t.outcome, s.person FROM sampling_tube t "
        "JOIN rounds_round r ON r.id = t.round JOIN sampling_sample s ON s.tube = t.tube "
        "WHERE (t.outcome = 'positive' OR t.outcome = 'inconclusive') AND r.parent IS NULL "
        "AND (s.state = %s OR s.state = %s)",
        [rules.EFFECTIVE, rules.AGAIN],
    )
    return [
        Wanted(tube, str(round_), outcome, str(person)) for tube, round_, outcome, person in rows
    ]


def list_members(tube: str) -> list[Member]:
    """Whose result the tube's is: a swab that counts was in it when it was tested."""
    rows = store.query(
        "SELECT DISTINCT s.person, r.door, r.building FROM sampling_sample s "
        "JOIN registry_residence r ON r.person = s.person WHERE s.tube = %s "
        "AND (s.state = %s OR s.state = %s)",
        [tube, rules.EFFECTIVE, rules.AGAIN],
    )
    return _read_members(tube, rows)


def _read_members(tube: str, rows: Iterable[store.Row]) -> list[Member]:
    members = [Member(str(p), d and str(d), b and str(b)) for p, d, b in rows]
    without = [member.person for member in members if member.door is None]
    if without:
        met = finding.where_met(without)
        [[table]] = store.select("sampling_tube", ["table_id"], "tube", [tube])
        usual = table and str(table)  # whoever nobody noted was at the tube's table all the same
        members = [
            each if each.door else each._replace(met=met.get(each.person, usual))
            for each in members
        ]
    return sorted(members)


def _reporter(tube: str) -> str:
    last = models.Result.objects.filter(tube=tube).order_by("-at", "-entry").first()
    if last is None:
        raise LookupError(f"tube {tube} has no result any more")
    return str(last.staff)


def _by_person() -> Iterable[tuple[str, str]]:
    return [(f"{each.tube}:{each.round}", each.person) for each in list_wanted()]


# One round of single tubes


def open_recheck(about: str, person: str) -> None:
    """See that a member of a tube is on the list of a recheck; `about` is "tube:round". The first
    member opens it for all of the tube; who becomes known later joins it while it is open.
    """
    tube, _, round_ = about.partition(":")
    listed = _rechecks(round_)
    if any(subject == person and state != "excused" for _, _, subject, state in listed):
        return
    members = {member.person for member in list_members(tube)}
    people = members - {subject for _, _, subject, _ in listed} | {person}
    theirs = {id_ for id_, state, subject, _ in listed if state != "closed" and subject in members}
    # an excuse is not taken back: whom a list has excused gets another list
    theirs -= {id_ for id_, _, subject, _ in listed if subject in people}
    by = _reporter(tube)
    if theirs:
        round_actions.join_recheck(by, round=min(theirs), people=people)
    else:
        round_actions.open_recheck(by, parent=round_, people=people, round_kind=RECHECK)


def _rechecks(parent: str) -> list[tuple[str, str, str, str]]:
    """(recheck, its state, person, their state) of everybody on a recheck of this round."""
    rows = store.query(
        "SELECT r.id, r.state, s.subject, s.state FROM rounds_round r "
        "JOIN rounds_subject s ON s.round = r.id WHERE r.parent = %s",
        [parent],
    )
    return [(str(id_), state, str(subject), now) for id_, state, subject, now in rows]


def withdraw_recheck(about: str, person: str) -> None:
    """Excuse a person whom no tube asks for any more from the rechecks that wait for them, and
    close a recheck when that was all.
    """
    tube, _, round_ = about.partition(":")
    if not round_:  # done before it went by the person; whoever is still wanted is done anew
        return
    if any(each.round == round_ and each.person == person for each in list_wanted()):
        return
    for recheck, _, subject, state in _rechecks(round_):
        if subject == person and state == "due":
            by = _reporter(tube)
            desk.post(by, [{"kind": round_rules.EXCUSED, "round": recheck, "subject": person,
                            "reason": EXCUSED}])  # fmt: skip
            _close(by, recheck)


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


def ask_to_stay(about: str, person: str) -> None:
    """Ask a member of a tube who is not asked; `about` is "tube:round". The request lapses by the
    pack's deadline, and no later than the first one of that person in that round did: nothing
    prolongs it. Who was let go because of the recheck is not asked again.
    """
    tube, _, round_ = about.partition(":")
    found = rounds.find_round(round_)
    before = list(models.Stay.objects.filter(round=round_, person=person))
    mine = [stay for stay in before if stay.tube == tube]
    if found is None or any(stay.reason != WITHDRAWN for stay in mine):
        return
    now = clock.now()
    ends = now + orders.deadline("stay_request", found.area, now)
    ends = min([ends, *(stay.until_at for stay in before)])
    if ends <= now:
        return
    asked = {"kind": "stay.asked", "round": round_, "tube": tube, "person": person, "at": now}
    desk.post(_reporter(tube), [asked | {"until": clock.to_moment(ends, "UTC")}])


def withdraw_stay(about: str, person: str) -> None:
    """End a person's request because of a tube: the result is not theirs, or not any more."""
    tube, _, _ = about.partition(":")
    stays = models.Stay.objects.filter(tube=tube, person=person, ended_at=None)
    _end([str(stay.entry) for stay in stays], WITHDRAWN, tube)


def _end(stays: list[str], reason: str, tube: str) -> None:
    if stays:
        ends = [{"kind": "stay.ended", "asked": stay, "reason": reason} for stay in stays]
        desk.post(_reporter(tube), ends)


def list_ending() -> list[tuple[str, str]]:
    """(request, reason) of requests that end now: their recheck is negative, the person need not
    come to one, or it is late through our fault: none was opened or nobody came within the time to
    collect, or there is no result within the time for all of it. Who would not come is kept waiting
    by nobody.
    """
    now = clock.now()
    rows = store.query(
        "SELECT s.entry, s.at, p.area, u.state, t.outcome FROM sampling_stay s "
        "JOIN rounds_round p ON p.id = s.round LEFT JOIN rounds_round r ON r.parent = s.round "
        "LEFT JOIN rounds_subject u ON u.round = r.id AND u.subject = s.person "
        "LEFT JOIN sampling_sample m ON m.round = u.round AND m.person = s.person "
        "AND m.state = 'effective' LEFT JOIN sampling_tube t ON t.tube = m.tube "
        "WHERE s.ended_at IS NULL AND s.until_at > %s",
        [now],
    )
    known: dict[str, tuple[int, str, set[str], set[str | None]]] = {}
    for entry, at, area, state, outcome in rows:
        _, _, states, outcomes = known.setdefault(str(entry), (at, str(area), set(), set()))
        if state is not None:
            states.add(state)
            outcomes.add(outcome)
    spent = {area: _times(area, now) for area in {area for _, area, _, _ in known.values()}}
    found = []
    for entry, (at, area, states, outcomes) in known.items():
        collect, everything = spent[area]
        if "negative" in outcomes:
            found.append((entry, "recheck_negative"))
        elif states == {"excused"}:
            found.append((entry, WITHDRAWN))
        elif _is_late(states, outcomes, now - at, collect, everything):
            found.append((entry, "recheck_late"))
    return found


def _times(area: str, now: int) -> tuple[int, int]:
    """How long a recheck may take to be collected, and to be reported, by the pack of a place."""
    spent = [orders.deadline(name, area, now) for name in ("collect", "laboratory", "report")]
    return spent[0], sum(spent)


def _is_late(
    states: set[str], outcomes: set[str | None], waited: int, collect: int, everything: int
) -> bool:
    if states & {"done", "held"}:
        return outcomes == {None} and waited > everything
    return waited > collect and (not states or "due" in states)


def end_stay(stay: str, reason: str) -> None:
    """End one request before its time."""
    found = models.Stay.objects.get(entry=stay)
    if found.ended_at is None:
        _end([stay], reason, found.tube)


def _leave(stay: str, reason: str) -> None:
    """An ended request stays ended."""


# Telling others


def _by_members() -> Iterable[tuple[str, str]]:
    """(tube, "outcome:digest of its members"): when others are in it, all are told anew."""
    inside: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in list_wanted():
        inside[each.tube, each.outcome].append(each.person)
    return [
        (tube, f"{outcome}:{hashlib.sha256(' '.join(sorted(people)).encode()).hexdigest()[:12]}")
        for (tube, outcome), people in inside.items()
    ]


def give_notice(tube: str, fact: str) -> None:
    """Tell each audience what it needs of a tube, unless that is what it was told last."""
    outcome = fact.partition(":")[0]
    members = list_members(tube)
    waiting = []
    for audience in AUDIENCES:
        last = _last_notice(tube, audience)
        told = last and (last.says, json.loads(last.places), last.count)
        if told != (outcome, places_for(audience, members), len(members)):
            waiting.append(audience)
    _tell_each(tube, waiting, outcome, members)


def correct_notice(tube: str, fact: str) -> None:
    """Tell everyone who was told that it was not so, unless somebody is in a suspect tube still."""
    if any(each.tube == tube for each in list_wanted()):
        return
    members = _read_members(
        tube,
        store.query(
            "SELECT DISTINCT s.person, r.door, r.building FROM sampling_sample s "
            "JOIN registry_residence r ON r.person = s.person WHERE s.tube = %s",
            [tube],
        ),
    )
    told = []
    for audience in AUDIENCES:
        last = _last_notice(tube, audience)
        if last is not None and last.says != CORRECTED:
            told.append(audience)
    _tell_each(tube, told, CORRECTED, members)


def _last_notice(tube: str, audience: str) -> models.Notice | None:
    told = models.Notice.objects.filter(tube=tube, audience=audience)
    return told.order_by("-at", "-entry").first()


def places_for(audience: str, members: Iterable[Member]) -> list[str]:
    """What an audience is told of where people live: the police buildings, the others doors; the
    emergency team also where somebody without a door was met, or it could go nowhere.
    """
    if audience == "police":
        places = {member.building for member in members}
    elif audience == "emergency_team":
        places = {member.door or member.met for member in members}
    else:
        places = {member.door for member in members}
    return sorted(place for place in places if place)


def _tell_each(tube: str, audiences: list[str], says: str, members: list[Member]) -> None:
    """Tell every audience that can be told, and then say so if one could not."""
    failed: messages.Undelivered | None = None
    for audience in audiences:
        try:
            _tell(tube, audience, says, members)
        except messages.Undelivered as problem:
            failed = problem
    if failed is not None:
        raise failed


def _tell(tube: str, audience: str, says: str, members: list[Member]) -> None:
    places = places_for(audience, members)
    zh, en = _say_met(tube, members) if audience == "emergency_team" else ("", "")
    homes = sorted({each.door for each in members if each.door}) if zh else places
    named = registry.label_doors(homes)
    chinese, english = _SAYS[says]
    where = "、".join(named.get(place, "") for place in homes)
    count = len(members)
    at = (f"{where}，", f"{where}: ") if where else ("", "")
    text = f"{at[0]}共{count}人{zh}：{chinese}。{at[1]}{count} people{en}: {english}."
    before = models.Notice.objects.filter(tube=tube, audience=audience).count()
    messages.send(messages.Message(f"{tube}:{audience}:{before}", audience, text))
    told = {"kind": "notice.given", "tube": tube, "audience": audience, "says": says}
    desk.post(_reporter(tube), [told | {"places": places, "count": len(members)}])


def _say_met(tube: str, members: Iterable[Member]) -> tuple[str, str]:
    """Where those without a door were met, and in which round; Chinese and English, to be put
    behind the count.
    """
    without = [member for member in members if member.door is None]
    if not without:
        return "", ""
    found = rounds.find_round(str(models.Tube.objects.get(tube=tube).round))
    kind = round_kinds.find_kind(found.round_kind) if found else None
    met = registry.name_met({member.met for member in without if member.met})
    where, count = "、".join(sorted(met.values())), len(without)
    day = found.day if found else ""
    round_ = (f"{kind.label.zh}{day}", f"{kind.label.en} {day}") if kind else (day, day)
    return (
        f"（{count}人无房号，见于{where}，{round_[0]}）",
        f" ({count} without a door, met at {where}, {round_[1]})",
    )


def _with_tubes(pairs: set[reactions.Pair]) -> set[reactions.Pair]:
    """Those about a tube that the book still knows; a subject is "tube" or "tube:round"."""
    tubes = {subject.partition(":")[0] for subject, _ in pairs}
    known = {tube for (tube,) in store.select("sampling_tube", ["tube"], "tube", tubes)}
    return {pair for pair in pairs if pair[0].partition(":")[0] in known}


REACTIONS = [
    reactions.Reaction("sampling.recheck", _by_person, open_recheck, withdraw_recheck, _with_tubes),
    reactions.Reaction("sampling.stay", _by_person, ask_to_stay, withdraw_stay, _with_tubes),
    reactions.Reaction("sampling.stay_ends", list_ending, end_stay, _leave),
    reactions.Reaction("sampling.notice", _by_members, give_notice, correct_notice, _with_tubes),
]
