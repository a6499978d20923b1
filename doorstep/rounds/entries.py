"""The kinds of entry of a round, and their fold: with rounds.effects the only writer of its state.

The fold keeps one fact row per entry and recounts what the batch touched. It never adds to a count,
never reads a clock, and asks as many statements for one line as for two thousand.
"""

from typing import Annotated, Literal

import msgspec

from doorstep.ledger import kinds, settlements, store
from doorstep.registry import entries as registry
from doorstep.rounds import recounting, rules, unlisted

PackName = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z-]{1,64}$")]
Pool = Literal["single", "household", "five", "ten", "twenty"]
Where = Literal["table", "home"]
MAX_SUBJECTS = 500  # in one due.listed
Subjects = Annotated[
    list[tuple[kinds.Id, kinds.Id, Where]], msgspec.Meta(min_length=1, max_length=MAX_SUBJECTS)
]


class RoundOpened(kinds.Envelope, frozen=True, kw_only=True, tag="round.opened"):
    """A job, an area, a day. `pack`: the rule pack it was drawn by; `parent`: the round whose tubes
    it repeats.
    """

    round: kinds.Id
    round_kind: kinds.Word
    area: kinds.Id
    day: kinds.Day
    pool: Pool | None = None
    pack: PackName | None = None
    parent: kinds.Id | None = None


class DueListed(kinds.Envelope, frozen=True, kw_only=True, tag="due.listed"):
    """Part of a due list: subject, its door, and whether it is reached at a table or at home."""

    round: kinds.Id
    subjects: Subjects


class SubjectExcused(kinds.Envelope, frozen=True, kw_only=True, tag="subject.excused"):
    """Somebody on the list need not be reached in this round."""

    round: kinds.Id
    subject: kinds.Id
    reason: kinds.Word


class SubjectRefused(kinds.Envelope, frozen=True, kw_only=True, tag="subject.refused"):
    """Somebody on the list would not. Nothing follows from it by itself."""

    round: kinds.Id
    subject: kinds.Id
    reason: kinds.Word | None = None


class VisitMade(kinds.Envelope, frozen=True, kw_only=True, tag="visit.made"):
    """Somebody was at the subject's door for this round."""

    round: kinds.Id
    subject: kinds.Id


class FirstRoundClosed(kinds.Envelope, frozen=True, kw_only=True, tag="round.closed"):
    """The round ends with these counts; it is closed for as long as they hold."""

    round: kinds.Id
    due: kinds.Count
    done: kinds.Count
    excused: kinds.Count
    refused: kinds.Count
    missed: kinds.Count


class RoundClosed(FirstRoundClosed, frozen=True, kw_only=True, tag="round.closed"):
    """And why, where a reason is asked for: somebody present is on no list, or the round was opened
    by mistake.
    """

    v: Literal[2]  # type: ignore[assignment]
    reason: kinds.Word | None = None


def _lift_closed(entry: FirstRoundClosed) -> RoundClosed:
    said = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return RoundClosed(**said | {"v": 2})


class RoundReopened(kinds.Envelope, frozen=True, kw_only=True, tag="round.reopened"):
    """A person takes a close back."""

    round: kinds.Id
    reason: kinds.Word


_DESK = frozenset({kinds.DESK})
_AT_TABLES_AND_DOORS = frozenset({"registrar", "steward", kinds.DESK})
KINDS: list[kinds.Kind] = [
    kinds.Kind(RoundOpened, _DESK),
    kinds.Kind(DueListed, _DESK),
    kinds.Kind(SubjectExcused, _AT_TABLES_AND_DOORS),
    kinds.Kind(SubjectRefused, _AT_TABLES_AND_DOORS),
    kinds.Kind(VisitMade, frozenset({"steward", kinds.DESK})),
    kinds.Kind(RoundClosed, _DESK, older=(kinds.Older(FirstRoundClosed, _lift_closed),)),
    kinds.Kind(RoundReopened, _DESK),
]

_ACT = [
    "entry",
    "round",
    "kind",
    "at",
    "staff",
    "round_kind",
    "area",
    "day",
    "pool",
    "pack",
    "parent",
    "reason",
    "due",
    "done",
    "excused",
    "refused",
    "missed",
]
_DETAILS = _ACT[5:]
_DUE = ["round", "subject", "entry", "door", "building", "home", "at"]
_MARK = ["entry", "round", "subject", "kind", "at", "effective", "reason"]


def fold(batch: kinds.Batch) -> None:
    """Keep the batch's facts of rounds and recount the subjects and rounds they concern."""
    acts = batch.of(RoundOpened, RoundClosed, RoundReopened)
    listings = batch.of(DueListed)
    words = batch.of(SubjectExcused, SubjectRefused, VisitMade)
    people = batch.touched["residence"]
    if not (acts or listings or words or people or batch.voided):
        return
    words, withdrawn = _ask_settlements(words)
    withdrawn |= batch.voided
    touched = recounting.Touched()
    touched.new = _find_new(acts)
    _forget(withdrawn, touched)
    _keep_acts(acts, touched)
    _keep_listings(listings, touched)
    _keep_words(words, touched)
    recounting.recount(touched)
    if people or touched.acted or touched.listed:
        said = batch.of(registry.ResidentsListed, registry.PersonAdded)
        since = 0 if batch.voided else min((entry.at for entry in said), default=0)
        acted = touched.acted
        listed = {pair for pair in touched.listed if pair[0] not in acted}
        changed = unlisted.Changed(people, since, touched.opened, acted, listed)
        unlisted.recount(changed)
    batch.touched["round"].update(touched.rounds)
    # whoever is judged by a round is judged again when it is opened, on its list or not
    batch.touched["due"].update(touched.list_known(touched.listed))


def _find_new(acts: list[kinds.Entry]) -> set[str]:
    """The rounds opened by this batch of which nothing was said before it."""
    opened = {act.body.round for act in acts if isinstance(act.body, RoundOpened)}
    tables = ("rounds_act", "rounds_due", "rounds_mark")
    found = [store.select(table, ["DISTINCT round"], "round", opened) for table in tables]
    return opened - {str(round_) for rows in found for (round_,) in rows}


def _ask_settlements(words: list[kinds.Entry]) -> tuple[list[kinds.Entry], set[str]]:
    """The words that count, and the ids of those a person has settled as not standing: that is how
    an excuse, a refusal or a visit entered by mistake is taken back.
    """
    withdrawn = set(settlements.get_taken_back({word.id for word in words}))
    return [word for word in words if word.id not in withdrawn], withdrawn


def _forget(entries: set[str], touched: recounting.Touched) -> None:
    if not entries:
        return
    for (round_,) in store.select("rounds_act", ["round"], "entry", entries):
        touched.rounds.add(str(round_))
        touched.acted.add(str(round_))
        touched.opened.add(str(round_))
        touched.reopened_kinds = True
    for round_, subject in store.select("rounds_due", ["round", "subject"], "entry", entries):
        touched.add(str(round_), str(subject), listed=True)
    for round_, subject in store.select("rounds_mark", ["round", "subject"], "entry", entries):
        touched.add(str(round_), str(subject))
    for table in ("rounds_act", "rounds_due", "rounds_mark"):
        store.delete(table, "entry", entries)


def _keep_acts(acts: list[kinds.Entry], touched: recounting.Touched) -> None:
    rows = []
    for act in acts:
        body = act.body
        kind = str(type(body).__struct_config__.tag)
        details = [getattr(body, name, None) for name in _DETAILS]
        rows.append((act.id, body.round, kind, act.at, act.by, *details))
        touched.rounds.add(body.round)
        touched.acted.add(body.round)
        if isinstance(body, RoundOpened):
            touched.opened.add(body.round)
            touched.reopened_kinds = True
    store.insert("rounds_act", _ACT, rows)


def _keep_listings(listings: list[kinds.Entry], touched: recounting.Touched) -> None:
    doors = {door for each in listings for _, door, _ in each.body.subjects}
    buildings = {
        str(door): str(building or door)
        for door, building in store.select("registry_place", ["id", "building"], "id", doors)
    }
    rows = []
    for each in listings:
        round_ = each.body.round
        for subject, door, where in dict.fromkeys(each.body.subjects):
            # a door the roster does not know stands for a building of its own
            building = buildings.get(door, door)
            rows.append((round_, subject, each.id, door, building, where == "home", each.at))
    store.insert("rounds_due", _DUE, rows)
    touched.list_all(rows)


def _keep_words(words: list[kinds.Entry], touched: recounting.Touched) -> None:
    rows = []
    for word in words:
        body = word.body
        kind = str(type(body).__struct_config__.tag)
        reason = getattr(body, "reason", None) or ""
        rows.append((word.id, body.round, body.subject, kind, word.at, True, reason))
        touched.add(body.round, body.subject)
        if body.round in touched.new:
            fact = rules.Fact(word.id, kind, word.at, True, reason)
            touched.marks.setdefault((body.round, body.subject), []).append(fact)
    store.insert("rounds_mark", _MARK, rows)
