"""What a round's facts mean: the state of a subject, of a door, of the round. Pure; never raises.

No answer depends on the order in which facts arrived, nor on whose clock is ahead: a subject that
was reached is done whatever else was said of it. Clocks only give the moments that are shown.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from doorstep.kit import clock

SLOT = 15 * clock.MINUTE  # the finest step of a round's curve
EXCUSED = "subject.excused"
REFUSED = "subject.refused"
VISITED = "visit.made"
OWN_KINDS = frozenset({EXCUSED, REFUSED, VISITED})  # marks that rounds' own entries make

MISTAKE = "opened_by_mistake"  # the reason of a close that takes a round back
# why a round ends though somebody present is on no list of it
CLOSINGS = ("next_round", "reached_elsewhere", "not_here")

State = Literal["due", "done", "excused", "refused", "held", "extra"]
Key = Literal["held", "missed", "due", "part", "refused", "done", "excused", "none"]

# A door of several people has the colour of its worst: first what waits for a decision, then who
# was not reached, then who would not, and only then what is well.
WORST_FIRST: tuple[Key, ...] = (
    "held",
    "missed",
    "due",
    "part",
    "refused",
    "done",
    "excused",
    "none",
)
# one letter per state, for a wall of thousands of doors in one string
LETTERS: dict[Key, str] = {
    "held": "h",
    "missed": "m",
    "due": "u",
    "part": "p",
    "refused": "r",
    "done": "d",
    "excused": "x",
    "none": "n",
}


class Fact(NamedTuple):
    """One thing an entry says of a subject in a round. `at`: microseconds since 1970 UTC, the
    writer's. Not effective: held for a person to settle. `reason` only with excused and refused.
    """

    entry: str
    kind: str
    at: int
    effective: bool = True
    reason: str = ""


class Standing(NamedTuple):
    """The state of a subject, and the fact it comes from (none for due)."""

    state: State
    at: int | None = None
    entry: str | None = None
    reason: str = ""


class Listing(NamedTuple):
    """One line of a due list: at which door the subject is, and whether it is reached there."""

    at: int
    entry: str
    door: str
    building: str
    home: bool


class Counts(NamedTuple):
    """Subjects by state. `due` is everybody listed; `home` are the outstanding who wait there."""

    due: int = 0
    done: int = 0
    excused: int = 0
    refused: int = 0
    held: int = 0
    home: int = 0

    @property
    def outstanding(self) -> int:
        """Who is still to be reached; a held line reaches nobody until it is settled."""
        return self.due - self.done - self.excused - self.refused

    @property
    def settled(self) -> int:
        """Who need not be reached any more."""
        return self.due - self.outstanding


class Act(NamedTuple):
    """One act upon a whole round: opened, closed or reopened. `counts` only of a close."""

    at: int
    entry: str
    kind: str
    counts: tuple[int, ...] | None = None


class SentenceFacts(NamedTuple):
    """What the sentence on top of a page needs: its form and its numbers."""

    form: Literal["open", "open_one", "closed", "closed_one", "finished", "empty"]
    due: int
    outstanding: int
    done: int
    home: int
    held: int


def state_of(listed: bool, facts: Iterable[Fact], counting: frozenset[str]) -> Standing | None:
    """The state of one subject in one round; `counting` are the kinds of entry that make it done.

    done > held > excused > refused > due. Reached beats everything, because it happened; a held
    claim is shown before a word that would hide it; an excuse needs no more visits even if the
    person refused before. Who is reached without being listed is `extra`. None: no row at all.
    """
    reached: list[Fact] = []
    held: list[Fact] = []
    words: dict[str, list[Fact]] = {EXCUSED: [], REFUSED: []}
    for fact in facts:
        if fact.kind in words:
            words[fact.kind].append(fact)
        elif fact.kind in counting:
            (reached if fact.effective else held).append(fact)
    if not listed:
        return _standing("extra", reached or held) if reached or held else None
    if reached:
        return _standing("done", reached)
    if held:
        return _standing("held", held)
    if words[EXCUSED]:
        return _standing("excused", words[EXCUSED])
    if words[REFUSED]:
        return _standing("refused", words[REFUSED])
    return Standing("due")


def _standing(state: State, facts: list[Fact]) -> Standing:
    first = min(facts, key=lambda fact: (fact.at, fact.entry))
    return Standing(state, first.at, first.entry, first.reason)


def listing_of(listings: Sequence[Listing]) -> Listing:
    """The listing that holds, of one or more: lists are drawn at the desk, the latest corrects."""
    return max(listings)


def count_states(subjects: Iterable[tuple[State, bool]]) -> Counts:
    """Counts of (state, waits at home) of subjects; those not listed are not counted."""
    tally = dict.fromkeys(("due", "done", "excused", "refused", "held", "home"), 0)
    for state, home in subjects:
        if state == "extra":
            continue
        tally["due"] += 1
        if state != "due":
            tally[state] += 1
        if home and state in ("due", "held"):
            tally["home"] += 1
    return Counts(**tally)


def key_of(counts: Counts, closed: bool) -> Key:
    """The colour of a door, a floor or a building: its worst state, in the order WORST_FIRST.

    Done only when everybody due there is done; a door of done and excused people is done.
    """
    if counts.held:
        return "held"
    if counts.outstanding > 0:
        if closed:
            return "missed"
        return "part" if counts.done else "due"
    if counts.refused:
        return "refused"
    if counts.done:
        return "done"
    return "excused" if counts.excused else "none"


def closing_of(counts: Counts) -> tuple[int, int, int, int, int]:
    """What a closing entry says: due, done, excused, refused, missed."""
    return (counts.due, counts.done, counts.excused, counts.refused, counts.outstanding)


def last_act(acts: Iterable[Act]) -> Act | None:
    """The act upon the round that holds now; acts come from the desk alone."""
    return max(acts, key=lambda act: (act.at, act.entry), default=None)


def round_state(
    acts: Iterable[Act], counts: Counts, waiting: int = 0
) -> Literal["open", "closed", "reopened"]:
    """A round is closed while its last act is a close whose counts still hold, and no operation
    waits for anything of it (a late tube, for its result). Late lines that change any of them
    reopen it without anybody's doing.
    """
    last = last_act(act for act in acts if act.kind != "round.opened")
    if last is None:
        return "open"
    if last.kind == "round.closed" and last.counts == closing_of(counts) and not waiting:
        return "closed"
    return "reopened"


def may_close_round(
    state: str, counts: Counts, blocked: bool, unlisted: int = 0, reason: str | None = None
) -> str | None:
    """None if the round may be closed, else the code of the refusal. Outstanding people do not
    stop a close: they become missed. What stops it is an open question (a tube without a result),
    or somebody present who is on no list (`unlisted`) without a word why the round ends all the
    same.
    """
    if state == "closed":
        return "ROUND_CLOSED"
    if counts.due == 0:
        return "ROUND_EMPTY"
    if blocked:
        return "ROUND_NOT_SETTLED"
    if reason not in (None, *CLOSINGS):
        return "REASON_UNKNOWN"
    return "ROUND_UNLISTED" if unlisted and reason is None else None


def may_withdraw_round(state: str, counts: Counts, marks: int, blocked: bool) -> str | None:
    """None if a round opened by mistake may be taken back: nobody was reached in it, nobody would
    not, and nothing is open. `marks`: how many words there are of anybody in it but excuses.
    """
    if state == "closed":
        return "ROUND_CLOSED"
    if marks or counts.done or counts.refused or counts.held or blocked:
        return "ROUND_MARKED"
    return None


def sentence_facts(counts: Counts, closed: bool) -> SentenceFacts:
    """Which sentence the counts ask for, and its numbers."""
    form: Literal["open", "open_one", "closed", "closed_one", "finished", "empty"]
    if counts.due == 0:
        form = "empty"
    elif counts.outstanding == 0:
        form = "finished"
    elif closed:
        form = "closed_one" if counts.outstanding == 1 else "closed"
    else:
        form = "open_one" if counts.outstanding == 1 else "open"
    return SentenceFacts(
        form, counts.due, counts.outstanding, counts.done, counts.home, counts.held
    )
