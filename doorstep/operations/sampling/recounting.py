"""From facts to rows: works out by rules.derive what the touched tubes have come to, and writes
what of it is new: swabs, tubes, boxes, verdicts, marks of rounds and standings.

Refuses to write a row that has not changed, and to read back what the batch itself has just added.
"""

import operator
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from doorstep.ledger import store, verdicts
from doorstep.operations.sampling import box_rules, facts, reading, rules, seen
from doorstep.registry import effects as registry_effects
from doorstep.rounds import effects as round_effects

OWNER = "sampling"
STANDING = "sampled"
_BOX_FACT = list(facts.BoxFact._fields)
_TUBE = ["table_id" if name == "table" else name for name in facts.Tube._fields]
_AT_ROUND, _AT_STATE = _TUBE.index("round"), _TUBE.index("state")
_DIGESTED = operator.itemgetter(*(_TUBE.index(name) for name in seen.DIGESTED))
_STANDS = (rules.EFFECTIVE, rules.AGAIN)  # the person did give this swab, and it counts


class Touched:
    """What a batch concerns. `bindings`: its swabs, new or not; `gone`: entries that counted and no
    longer do, whose facts are deleted already.
    """

    def __init__(self) -> None:
        self.bindings: list[facts.Binding] = []
        self.tubes: set[str] = set()
        self.boxes: set[str] = set()
        self.gone: set[str] = set()


def recount(touched: Touched) -> None:
    """Work out again and write what the touched tubes and boxes have come to."""
    boxes = _recount_boxes(touched.boxes)
    for box in boxes.values():
        touched.tubes |= box.tubes
    touched.tubes.update([b.tube for b in touched.bindings])
    if touched.gone:
        _forget(touched.gone)
    if not touched.tubes:
        return
    swabs = reading.Swabs()
    swabs.read(touched.tubes)
    fresh = swabs.add(touched.bindings)
    others = swabs.list_others(touched.tubes)
    if others:  # somebody was sampled twice: what their other tubes say depends on it
        swabs.read(others)
        swabs.read(swabs.list_others(others))
    known = reading.read_facts(swabs, boxes)
    write = touched.tubes | others
    derived = rules.derive(known, write)
    waiting = _write_tubes(derived, known)
    _write_samples(write, swabs, fresh, derived, waiting)
    _write_verdicts(write, known, fresh, derived)


def _forget(gone: Collection[str]) -> None:
    round_effects.put_marks((), withdrawn=gone)
    registry_effects.put_standings((), withdrawn=gone)
    verdicts.replace(OWNER, gone, ())


def _recount_boxes(touched: Collection[str]) -> dict[str, facts.Box]:
    if not touched:
        return {}
    told: defaultdict[str, list[facts.BoxFact]] = defaultdict(list)
    judged = set()
    for *row, stands in store.select("sampling_boxfact", [*_BOX_FACT, "stands"], "box", touched):
        judged.add(row[0])
        if stands:  # what was taken back stays on the trail alone
            told[row[1]].append(facts.BoxFact._make(row))
    inside: defaultdict[str, set[str]] = defaultdict(set)
    for entry, tube in store.select("sampling_boxtube", ["entry", "tube"], "box", touched):
        inside[entry].add(tube)
    frozen = {entry: frozenset(tubes) for entry, tubes in inside.items()}
    boxes = {box: box_rules.derive_box(box, said, frozen) for box, said in told.items()}
    before = {row[0]: row for row in store.select("sampling_box", reading.BOX, "box", touched)}
    rows = [tuple(getattr(box, name) for name in reading.BOX) for box in boxes.values()]
    changed = [row for row in rows if before.get(row[0]) != row]
    store.upsert("sampling_box", reading.BOX, sorted(changed), ["box"])
    store.delete("sampling_box", "box", touched - boxes.keys())
    verdicts.replace(
        OWNER,
        judged,
        {(entry, code, False) for box in boxes.values() for entry, code in box.codes},
    )
    return boxes


def _write_tubes(derived: facts.Derived, known: facts.Facts) -> dict[str, int]:
    """Write the tubes that changed; by round, how many more wait for a result than before."""
    told = (known.bindings, known.tubes, known.results, known.withdrawals, known.boxes)
    before = {row[0]: row for row in store.select("sampling_tube", _TUBE, "tube", derived.tubes)}
    changed = []
    gone = []
    waiting: Counter[str] = Counter()
    digests: Counter[str] = Counter()
    for tube, row in derived.tubes.items():
        had = before.get(tube)
        if not any(facts_.get(tube) for facts_ in told):
            gone.append(tube)
            _count(waiting, digests, had, -1)
        elif had != row:
            changed.append(row)
            _count(waiting, digests, had, -1)
            _count(waiting, digests, row, 1)
    store.upsert("sampling_tube", _TUBE, sorted(changed), ["tube"])
    store.delete("sampling_tube", "tube", gone)
    seen.change_digests(digests)
    return waiting


def _count(
    waiting: Counter[str], digests: Counter[str], row: tuple[Any, ...] | None, step: int
) -> None:
    if row is None or row[_AT_ROUND] is None:
        return
    round_ = str(row[_AT_ROUND])
    digests[round_] += step * seen.digest_of(_DIGESTED(row))
    if row[_AT_STATE] in rules.WAITING:
        waiting[round_] += step


def _write_samples(
    write: Collection[str],
    swabs: reading.Swabs,
    fresh: set[str],
    derived: facts.Derived,
    waiting: Mapping[str, int],
) -> None:
    new: list[store.Row] = []
    changed: list[store.Row] = []
    marks, standings, withdrawn, fallen = [], [], [], []
    for tube in write:
        for b in swabs.by_tube[tube]:
            entry = b.entry
            state = derived.samples[entry].state
            before = swabs.states.get(entry)
            if state == before:
                continue
            (changed if before else new).append((*b, state))
            if state == rules.EFFECTIVE or state == rules.HELD:
                effective = state == rules.EFFECTIVE
                marks.append((entry, b.round, b.person, reading.SAMPLED, b.at, effective))
            elif before:
                withdrawn.append(entry)
            if state in _STANDS and before not in _STANDS:
                standings.append((entry, b.person, STANDING, b.at, None))
            elif before in _STANDS and state not in _STANDS:
                fallen.append(entry)
    new.sort()
    store.append("sampling_sample", reading.SAMPLE, new)
    store.upsert("sampling_sample", reading.SAMPLE, sorted(changed), ["entry"], changing=["state"])
    # the rounds read before they write: what is only written comes first, and is under way then
    registry_effects.put_standings(standings, withdrawn=fallen, fresh=fresh)
    round_effects.put_marks(marks, withdrawn=withdrawn, fresh=fresh, waiting=waiting)


def _write_verdicts(
    write: Collection[str], known: facts.Facts, fresh: set[str], derived: facts.Derived
) -> None:
    said = [(entry, code) for entry, each in derived.samples.items() for code in each.codes]
    rows = {(entry, code, code in rules.HELD_CODES) for entry, code in (*said, *derived.codes)}
    judged = derived.samples.keys() - fresh
    for tube in write:
        judged.update([f.entry for f in known.tubes.get(tube, ())])
        judged.update([r.entry for r in known.results.get(tube, ())])
    verdicts.replace(OWNER, judged, rows)
