"""From facts to rows: subjects from their facts, doors from their subjects, buildings from their
doors, rounds from their buildings. Each step writes only what has changed.

Refuses to add one to anything because of a line: a subject is what its facts say, a door what its
subjects say, however they came. Doors whose people stay, buildings and the curve are kept by the
difference that each rewritten row makes: to read 80 doors again for each line of a district's day
is too slow.
"""

import functools
import operator
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from doorstep.ledger import store
from doorstep.rounds import round_kinds, round_rows, rules

Pair = tuple[str, str]
COUNTS = round_rows.COUNTS
_NOWHERE = (None, None, False)
_SUBJECT = ["round", "subject", "door", "building", "home", "state", "done_at", "entry", "reason"]
_DOOR = ["round", "door", "building", "digest", *COUNTS]
_STATE = ["state", "done_at", "entry", "reason"]  # what a mark changes of a subject
# in the order of rules.Counts, after rules.count_states
_COUNT_SUBJECTS = [
    "COUNT(*)",
    *(f"COUNT(*) FILTER (WHERE state = '{state}')" for state in COUNTS[1:5]),
    "COUNT(*) FILTER (WHERE home AND (state = 'due' OR state = 'held'))",
    "MAX(CAST(building AS text))",
]
_SUMMED = round_rows.SUMMED
_NOTHING = [0] * len(_SUMMED)
_LISTED = rules.state_of(True, (), frozenset())  # of whom nothing else is said


class Touched:
    """What a batch concerns. `listed`: subjects whose place on a list changed; `reopened_kinds`: a
    round was opened, so facts that waited for its kind mean something now. `marks`: the facts of
    subjects as this batch left them, so that those of whom nothing was said before need no look.
    `waiting`: by round, how many more things operations wait for than before. `new`: rounds of
    which nothing was said before this batch, so that `marks` and `listings` hold all there is.
    `acted`: rounds with an act that came or went; `opened`: those where it may be an opening.
    """

    def __init__(self) -> None:
        self.subjects: set[Pair] = set()
        self.listed: set[Pair] = set()
        self.rounds: set[str] = set()
        self.marks: dict[Pair, list[rules.Fact]] = {}
        self.waiting: dict[str, int] = {}
        self.reopened_kinds = False
        self.new: set[str] = set()
        self.acted: set[str] = set()
        self.opened: set[str] = set()
        self.listings: dict[Pair, rules.Listing] = {}

    def add(self, round_: str, subject: str, listed: bool = False) -> None:
        """A fact about this subject in this round came or went."""
        self.subjects.add((round_, subject))
        self.rounds.add(round_)
        if listed:
            self.listed.add((round_, subject))

    def list_all(self, rows: Collection[tuple[Any, ...]]) -> None:
        """Listings came: rows of rounds_due. Those of new rounds are kept; of two that one entry
        has of a subject the first is in the table.
        """
        pairs = {(row[0], row[1]) for row in rows}
        self.subjects |= pairs
        self.listed |= pairs
        self.rounds.update([pair[0] for pair in pairs])
        listings = self.listings
        for round_, subject, entry, door, building, home, at in rows:
            if round_ not in self.new:
                continue
            pair, listing = (round_, subject), rules.Listing(at, entry, door, building, home)
            had = listings.get(pair)
            if had is None:
                listings[pair] = listing
            elif had.entry != entry:
                listings[pair] = rules.listing_of((had, listing))

    def list_known(self, pairs: set[Pair]) -> set[Pair]:
        """Those of the subjects of which the tables may say something."""
        return {pair for pair in pairs if pair[0] not in self.new} if self.new else pairs


def recount(touched: Touched) -> None:
    """Recount the touched subjects, then the doors, buildings and rounds that change with them."""
    acts = round_rows.read_acts(touched.rounds)
    if touched.reopened_kinds:
        for round_, subject in store.select(
            "rounds_mark", ["round", "subject"], "round", touched.rounds - touched.new
        ):
            touched.subjects.add((str(round_), str(subject)))
    _recount_buildings(_recount_subjects(touched, acts))
    round_rows.recount(touched.rounds, acts, touched.waiting)


def digest_of(door: str, counts: Sequence[int]) -> int:
    """A number that changes with a door's counts, and whose sum over doors changes with it: 24 of
    the door's random bits, times a sum in which each state weighs differently.
    """
    due, done, excused, refused, held, _ = counts
    return (int(door[-6:], 16) | 1) * (due + 3 * done + 7 * excused + 11 * refused + 13 * held)


def _as_text(rows: list[tuple[Any, ...]], many: int) -> list[tuple[Any, ...]]:
    """The rows with their first columns as text, whatever the database gives for an id."""
    if not rows or isinstance(rows[0][0], str):
        return rows
    return [
        (*(None if value is None else str(value) for value in row[:many]), *row[many:])
        for row in rows
    ]


def _recount_subjects(
    touched: Touched, acts: dict[str, list[dict[str, Any]]]
) -> dict[Pair, list[int]]:
    """Write the subjects and doors that changed; by (round, building) the difference made."""
    pairs = touched.subjects
    before = _read_subjects(touched.list_known(pairs))
    listings = _read_listings(touched)
    facts = _find_facts(touched, before)
    counting = {}
    for round_, made in acts.items():
        opening = round_rows.opening_of(made)
        counting[round_] = round_kinds.marks_of(opening["round_kind"]) if opening else frozenset()
    moved, left, marked, after = [], [], [], set()
    was = []  # the rows that `marked` had before
    only_marks = not (touched.reopened_kinds or touched.listed)
    for pair in pairs:
        had = before.get(pair)
        if only_marks and had is not None and had[5] == "due":
            fact = _only_mark(touched.marks.get(pair), counting.get(pair[0], ()))
            if fact is not None:
                after.add(pair)
                marked.append((*had[:5], "done", fact.at, fact.entry, fact.reason))
                was.append(had)
                continue
        # who is listed where does not change with a mark: the row has it already
        place = had[2:5] if had else _NOWHERE
        if pair in touched.listed:
            place = listings.get(pair, _NOWHERE)
        row = _subject_row(pair, place, facts.get(pair, ()), counting.get(pair[0], frozenset()))
        if row is None:
            continue
        after.add(pair)
        if had is None:
            moved.append(row)
        elif had[2:5] != row[2:5]:
            moved.append(row)
            left.append(had)
        elif had != row:
            marked.append(row)
            was.append(had)
    key = ("round", "subject")
    gone = before.keys() - after
    new = [row for row in moved if row[0] in touched.new]  # of these rounds nothing is there yet
    store.append("rounds_subject", _SUBJECT, sorted(new))
    others = (row for row in moved if row[0] not in touched.new)
    store.upsert("rounds_subject", _SUBJECT, sorted(others), key)
    said = [(*row[:2], *row[5:]) for row in sorted(marked)]
    store.update("rounds_subject", [*key, *_STATE], said, keys=2)
    store.delete_pairs("rounds_subject", key, gone)
    left += [before[pair] for pair in gone]
    if not moved and not left:
        differences = _shift_doors(zip(was, marked, strict=True))
    else:
        differences = _recount_doors(
            {(row[0], row[2]) for row in (*left, *moved, *marked) if row[2] is not None},
            [row for row in new if row[2] is not None],
        )
    _shift_slots((*was, *left), (*moved, *marked))
    return differences


def _only_mark(facts: Sequence[rules.Fact] | None, counting: Collection[str]) -> rules.Fact | None:
    """The one fact by which a subject that was due is done now, as nearly all are; else None."""
    if facts is None or len(facts) != 1 or not facts[0].effective:
        return None
    return facts[0] if facts[0].kind in counting else None


def _find_facts(touched: Touched, before: dict[Pair, tuple[Any, ...]]) -> dict[Pair, list[Any]]:
    """The facts of the touched subjects. Of one that is merely due none of any weight is in the
    tables: what this batch has said of it is all there is.
    """
    if touched.reopened_kinds or touched.listed:
        return touched.marks | _read_facts(touched.list_known(touched.subjects))
    asked = {
        pair
        for pair in touched.subjects
        if pair not in touched.marks or (had := before.get(pair)) is None or had[5] != "due"
    }
    return touched.marks | _read_facts(asked)


def _read_listings(touched: Touched) -> dict[Pair, tuple[Any, ...]]:
    """Door, building and home of each subject that is on a list."""
    found: dict[Pair, list[rules.Listing]] = defaultdict(list)
    columns = ["round", "subject", "door", "building", "entry", "at", "home"]
    pairs = touched.list_known(touched.listed)
    rows = store.select_pairs("rounds_due", columns, ("round", "subject"), pairs)
    for round_, subject, door, building, entry, at, home in _as_text(rows, 5):
        found[round_, subject].append(rules.Listing(at, entry, door, building, bool(home)))
    listed = {pair: rules.listing_of(listings) for pair, listings in found.items()}
    return {
        pair: (listing.door, listing.building, listing.home)
        for pair, listing in (touched.listings | listed).items()
    }


def _read_facts(pairs: set[Pair]) -> dict[Pair, list[rules.Fact]]:
    found: dict[Pair, list[rules.Fact]] = defaultdict(list)
    columns = ["round", "subject", "entry", "kind", "at", "effective", "reason"]
    rows = store.select_pairs("rounds_mark", columns, ("round", "subject"), pairs)
    for round_, subject, entry, kind, at, effective, reason in _as_text(rows, 3):
        found[round_, subject].append(rules.Fact(entry, kind, at, bool(effective), reason))
    return found


def _read_subjects(pairs: set[Pair]) -> dict[Pair, tuple[Any, ...]]:
    """The rows of subjects as they are, in the order of _SUBJECT."""
    ids = ["round", "subject", "door", "building", "entry"]
    others = ["home", "state", "done_at", "reason"]
    rows = store.select_pairs("rounds_subject", ids + others, ("round", "subject"), pairs)
    return {
        row[:2]: (*row[:4], bool(row[5]), row[6], row[7], row[4], row[8])
        for row in _as_text(rows, len(ids))
    }


def _subject_row(
    pair: Pair,
    place: tuple[Any, ...],
    facts: Iterable[rules.Fact],
    counting: frozenset[str],
) -> tuple[Any, ...] | None:
    is_listed = place[0] is not None
    standing = rules.state_of(is_listed, facts, counting) if facts or not is_listed else _LISTED
    if standing is None:
        return None
    state, at, entry, reason = standing
    return (*pair, *place, state, at if state == "done" else None, entry, reason)


def _shift_slots(was: Iterable[tuple[Any, ...]], now: Iterable[tuple[Any, ...]]) -> None:
    """Move subjects from the quarter they were done in to the one they are done in now."""
    shifts: Counter[tuple[str, int]] = Counter()
    for rows, step in ((was, -1), (now, 1)):
        for row in rows:
            if row[6] is not None:
                shifts[row[0], row[6] // rules.SLOT] += step
    if not any(shifts.values()):
        return
    for round_, slot, done in store.select_pairs(
        "rounds_slot", ["round", "slot", "done"], ("round", "slot"), shifts
    ):
        shifts[str(round_), slot] += done
    key = ("round", "slot")
    store.upsert(
        "rounds_slot", [*key, "done"], [(*k, n) for k, n in sorted(shifts.items()) if n], key
    )
    store.delete_pairs("rounds_slot", key, [k for k, n in shifts.items() if not n])


def _shift_doors(
    marked: Iterable[tuple[tuple[Any, ...], tuple[Any, ...]]],
) -> dict[Pair, list[int]]:
    """Move subjects that stay where they are, each a row before and after, from state to state in
    the counts of their doors; by (round, building) the difference that this makes.
    """
    moves = Counter(
        [(now[0], now[2], was[5], now[5], now[4]) for was, now in marked if now[2] is not None]
    )
    shifts: dict[Pair, list[int]] = {}
    for (round_, door, before, after, home), count in moves.items():
        step = [count * each for each in _step(before, after, home)]
        had = shifts.get((round_, door))
        shifts[round_, door] = list(map(operator.add, had, step)) if had else step
    rows = []
    differences: dict[Pair, list[int]] = {}
    doors = store.select_pairs("rounds_door", _DOOR, ("round", "door"), shifts.keys())
    for was in _as_text(doors, 3):
        counts = tuple(map(operator.add, was[4:], shifts[was[0], was[1]]))
        now = (*was[:3], digest_of(was[1], counts), *counts)
        if now != was:
            rows.append(now)
            _add(differences, now, 1)
            _add(differences, was, -1)
    said = [(*row[:2], *row[3:]) for row in sorted(rows)]
    store.update("rounds_door", ["round", "door", *_DOOR[3:]], said, keys=2)
    return differences


@functools.cache
def _step(before: rules.State, after: rules.State, home: bool) -> tuple[int, ...]:
    """What the counts of a door change by when a subject behind it changes its state."""
    return tuple(
        map(operator.sub, rules.count_states([(after, home)]), rules.count_states([(before, home)]))
    )


def _recount_doors(doors: set[Pair], new: Iterable[tuple[Any, ...]]) -> dict[Pair, list[int]]:
    """Count the subjects of each door again; by (round, building) the difference made. `new`: the
    subjects of rounds that are new, which need no look.
    """
    key = ("round", "door")
    added = _count_doors(new)
    doors = doors - added.keys()
    after = {}
    for row in store.tally_pairs("rounds_subject", _COUNT_SUBJECTS, key, doors):
        round_, door, building = str(row[0]), str(row[1]), str(row[-1])
        counts = row[2:-1]
        after[round_, door] = (round_, door, building, digest_of(door, counts), *counts)
    rows = _as_text(store.select_pairs("rounds_door", _DOOR, key, doors), 3)
    before = {row[:2]: row for row in rows}
    changed = [row for pair, row in after.items() if before.get(pair) != row]
    gone = before.keys() - after.keys()
    store.append("rounds_door", _DOOR, sorted(added.values()))
    store.upsert("rounds_door", _DOOR, sorted(changed), key)
    store.delete_pairs("rounds_door", key, gone)
    differences: dict[Pair, list[int]] = {}
    for row in (*added.values(), *changed):
        _add(differences, row, 1)
    for pair in (*(row[:2] for row in changed if row[:2] in before), *gone):
        _add(differences, before[pair], -1)
    return differences


def _count_doors(subjects: Iterable[tuple[Any, ...]]) -> dict[Pair, tuple[Any, ...]]:
    """The rows of doors whose subjects are all among these."""
    behind: defaultdict[Pair, list[tuple[Any, ...]]] = defaultdict(list)
    for row in subjects:
        behind[row[0], row[2]].append(row)
    rows = {}
    for (round_, door), found in behind.items():
        counts = rules.count_states((row[5], row[4]) for row in found)
        building = max(row[3] for row in found)
        rows[round_, door] = (round_, door, building, digest_of(door, counts), *counts)
    return rows


def _add(differences: dict[Pair, list[int]], door: tuple[Any, ...], sign: int) -> None:
    round_, _, building, digest, *counts = door
    due, done, excused, refused, _, _ = counts
    finished = due == done + excused + refused
    had = differences.get((round_, building), _NOTHING)
    act = operator.add if sign > 0 else operator.sub
    differences[round_, building] = list(map(act, had, (*counts, 1, finished, digest)))


def _recount_buildings(differences: dict[Pair, list[int]]) -> None:
    key = ("round", "building")
    columns = [*key, *_SUMMED]
    sums = {pair: tuple(difference) for pair, difference in differences.items()}
    for row in store.select_pairs("rounds_building", columns, key, differences.keys()):
        pair = str(row[0]), str(row[1])
        sums[pair] = tuple(map(operator.add, row[2:], differences[pair]))
    doors = _SUMMED.index("doors")
    rows = [(*pair, *each) for pair, each in sorted(sums.items()) if each[doors]]
    store.upsert("rounds_building", columns, rows, key)
    store.delete_pairs("rounds_building", key, [p for p, each in sums.items() if not each[doors]])
