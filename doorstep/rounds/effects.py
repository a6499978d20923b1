"""How operations mark subjects of a round as reached. Called from their folds, after the rounds'
own fold of the same batch; it writes rounds' state and nothing else does on their behalf.
"""

from collections.abc import Collection, Iterable, Mapping

from doorstep.ledger import parts, store
from doorstep.rounds import recounting, rules

_MARK = ["entry", "round", "subject", "kind", "at", "effective", "reason"]
Mark = tuple[str, str, str, str, int, bool]


@parts.effect
def put_marks(
    rows: Iterable[Mark],
    *,
    withdrawn: Collection[str] = (),
    fresh: Collection[str] = (),
    waiting: Mapping[str, int] | None = None,
) -> None:
    """Keep marks and recount their subjects and doors.

    Args:
        rows: (entry, round, subject, kind of entry, at in microseconds, effective). At most one row
            an entry; an entry marked before takes the new values. Not effective: held, so the
            subject shows as held until the line is settled. Whether the kind counts is the round
            kind's to say (`marks` in its TOML).
        withdrawn: entries whose marks must go: unsampled, settled away, an unusable tube. Ids of
            other entries do no harm: an excuse, a refusal or a visit is not an operation's to take.
        fresh: entries that came with this batch, so that no mark of theirs need be looked for.
        waiting: by round, how many more things the operation waits for than before the batch (a
            tube without its result): no round is closed while there are any.
    """
    withdrawn = set(withdrawn)
    marks = [(*row, "") for row in rows if row[0] not in withdrawn]
    differences = {round_: more for round_, more in (waiting or {}).items() if more}
    if not marks and not withdrawn and not differences:
        return
    named = {mark[0] for mark in marks}.difference(fresh).union(withdrawn)
    before = {
        str(row[0]): (*(str(value) for value in row[:3]), row[3], row[4], bool(row[5]), row[6])
        for row in store.select("rounds_mark", _MARK, "entry", named)
    }
    own = {entry for entry, mark in before.items() if mark[3] in rules.OWN_KINDS}
    gone = {entry for entry in withdrawn if entry in before} - own
    changed = [mark for mark in marks if before.get(mark[0]) != mark] if before else marks
    touched = recounting.Touched()
    said = touched.marks
    for entry, round_, subject, kind, at, effective, reason in changed:
        fact = rules.Fact(entry, kind, at, effective, reason)
        pair = (round_, subject)
        if pair in said:
            said[pair].append(fact)
        else:
            said[pair] = [fact]
    touched.subjects.update(said)
    touched.rounds.update({pair[0] for pair in said}, differences)
    touched.waiting = differences
    # an entry may have been put under another round or subject before
    for entry in gone.union(mark[0] for mark in changed if mark[0] in before):
        touched.add(before[entry][1], before[entry][2])
    store.delete("rounds_mark", "entry", gone)
    new = [mark for mark in changed if mark[0] in fresh] if fresh else []
    known = [mark for mark in changed if mark[0] not in fresh] if fresh else changed
    store.append("rounds_mark", _MARK, sorted(new))
    store.upsert("rounds_mark", _MARK, sorted(known), ("entry",))
    recounting.recount(touched)
