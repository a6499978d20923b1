"""The whole sampling day, written before it begins from what the player was handed. Pure: the same
hand and seed give the same day. It is the truth the server's book is compared with afterwards.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from doorstep.kit import clock
from doorstep.play import acts, journeys, mistakes, queues, rechecks
from doorstep.play.hand import Due, Hand

HOMES_FROM = 9 * clock.HOUR


def write_script(hand: Hand) -> acts.Script:
    """Draw the day. Raises ValueError when a table's roll of tubes is too short for it."""
    rng = random.Random(f"{hand.seed}/day")
    midnight = midnight_of(hand)
    late, refusing, missing = mistakes.choose_fates(hand.due, rng)
    gone = {*late, *refusing, *missing}
    walking = [due for due in hand.due if not due.home and due.person not in gone]
    tables, waited = queues.fill_tables(hand, walking, midnight, rng)
    teams = [queues.Table(hand, desk, rng) for desk in hand.home]
    queues.walk_homes(hand, [due for due in hand.due if due.home], midnight + HOMES_FROM, teams)
    mischief = mistakes.Mischief(hand, [tube for table in tables for tube in table.tubes], rng)
    mischief.make_all()
    evening = midnight + queues.FOLLOW_UP
    evening = max(evening, max(table.free_at for table in tables) + 20 * clock.MINUTE)
    known = {due.person: due for due in hand.due}
    again = [known[person] for person in dict.fromkeys([*late, *mischief.late]) if person in known]
    # those whose tube was spoilt are asked once its result is known, which is before the evening
    queues.walk_homes(hand, again, evening, teams)
    tubes = [tube for table in (*tables, *teams) for tube in table.tubes]
    travel = journeys.Journeys(hand, midnight, rng)
    travel.pack(tubes)
    travel.go_wrong()
    made = [act for tube in tubes for act in tube.acts]
    made += travel.list_acts()
    made += _visit(hand, [known[each] for each in refusing], evening, rng, refused=True)
    made += _visit(hand, [known[each] for each in missing], evening, rng, refused=False)
    files = travel.list_files()
    singly = rechecks.sample_again(hand, travel, files, made, teams)
    made += singly.acts
    files = sorted([*files, *singly.files])
    made.sort(key=lambda act: act.at)  # stable: a tube's acts stay in their order
    _set_a_clock_back(hand, mischief, made)
    planted = [*mischief.planted, *travel.planted]
    faults = _break_the_network(hand, made)
    planted += [acts.Planted(f"network: {fault.kind}") for fault in faults]
    attached = mischief.attachments
    return acts.Script(made, files, faults, planted, waited, attached, singly.visits)


def midnight_of(hand: Hand) -> int:
    """The first moment of the played day, µs since 1970 UTC."""
    return clock.to_micros(datetime.fromisoformat(hand.day).replace(tzinfo=ZoneInfo(hand.zone)))


def _visit(
    hand: Hand, people: Sequence[Due], begins_at: int, rng: random.Random, *, refused: bool
) -> list[acts.Act]:
    """A steward knocks at the doors of those who are still outstanding."""
    made: list[acts.Act] = []
    if not hand.stewards:
        return made
    at = begins_at + 12 * clock.MINUTE
    for number, due in enumerate(people):
        phone = hand.stewards[number % len(hand.stewards)].name
        at += int((120 + rng.random() * 240) * clock.SECOND)
        said: dict[str, object] = {"round": hand.round, "subject": due.person}
        made.append(acts.Act(at, phone, "visit.made", said, acts.make_id(at, rng)))
        if refused:
            later = at + 40 * clock.SECOND
            made.append(acts.Act(later, phone, "subject.refused", said, acts.make_id(later, rng)))
    return made


def _set_a_clock_back(hand: Hand, mischief: mistakes.Mischief, made: list[acts.Act]) -> None:
    # whether a swab came after its tube was closed is told by clocks, when two phones had the tube
    fit = [desk.name for desk in hand.tables if desk.name not in mischief.reused]
    if not fit:
        return
    phone = fit[len(fit) // 2]
    own = [act.at for act in made if act.phone == phone]
    if len(own) >= 8:
        begins = own[len(own) // 2]
        mischief.set_clock_back(phone, begins, begins + 40 * clock.MINUTE, made)


def _break_the_network(hand: Hand, made: Sequence[acts.Act]) -> list[acts.Fault]:
    """A table without a signal for an hour, a push cut in half, an answer that is lost."""
    faults = []
    for at, kind, span in ((0, "offline", clock.HOUR), (1, "cut", 0), (-1, "unanswered", 0)):
        phone = hand.tables[at % len(hand.tables)].name
        own = [act.at for act in made if act.phone == phone]
        if own:
            begins = own[len(own) // 3]
            faults.append(acts.Fault(phone, begins, begins + span, kind))
    return faults
