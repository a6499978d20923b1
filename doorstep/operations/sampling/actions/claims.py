"""Which held lines belong together: the set a person must look at as a whole to settle it.

Follows rules.py: what a rule asks the settlements about is exactly what a set here names. Knows
ids and codes alone, no names.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from doorstep.ledger import models as ledger
from doorstep.ledger import settlements, store
from doorstep.operations.sampling import models, rules

MOST = 5_000  # held lines looked at for the list
OWNER = "sampling"
ALONE = ("RESULT_WITHOUT_TUBE", "PERSON_UNKNOWN", "NOT_ALLOWED", "ID_REUSED")
LOOKED_AT = (*rules.HELD_CODES, "NOT_ALLOWED", "ID_REUSED")
# one word for all swabs of a tube: a tube two tables filled, a phone whose clock was wrong
BY_TUBE = ("TUBE_REUSED", "SAMPLED_AFTER_TEST")


class Key(NamedTuple):
    """What a set is about: the code, and the tube, the person in a round, or the entry itself."""

    code: str
    about: tuple[str, ...]


class HeldSet(NamedTuple):
    """Claims to be settled together. `round` None where the lines name none."""

    key: Key
    entries: tuple[str, ...]
    round: str | None


def list_sets() -> list[HeldSet]:
    """Every set that is held now, the earliest entry first."""
    rows = ledger.Verdict.objects.filter(held=True, code__in=LOOKED_AT)
    held = list(rows.order_by("entry").values_list("entry", "code")[:MOST])
    return _group([(str(entry), code) for entry, code in held])


def find_sets(entry: str) -> list[HeldSet]:
    """The sets to which a held line belongs; none when it is not held (any more)."""
    rows = ledger.Verdict.objects.filter(entry=entry, held=True, code__in=LOOKED_AT)
    return _group([(str(each.entry), each.code) for each in rows])


def rounds_of(found: HeldSet) -> set[str]:
    """The rounds a set is about: its own, or where its lines are of several all that they name."""
    if found.round is not None:
        return {found.round}
    named = [*_in(models.Sample, found.entries), *_in(models.TubeFact, found.entries)]
    return {str(each.round) for each in named if each.round}


def rounds_among(entries: Collection[str]) -> set[str]:
    """The rounds in which these swabs were taken; entries of other kinds name none."""
    return {str(each.round) for each in _in(models.Sample, entries)}


def _group(held: Iterable[tuple[str, str]]) -> list[HeldSet]:
    rows = list(held)
    named = {entry for entry, _ in rows}
    samples = {str(s.entry): s for s in _in(models.Sample, named)}
    opened = {str(f.entry): f for f in _in(models.TubeFact, named)}
    results = {str(r.entry): r for r in _in(models.Result, named)}
    keys: dict[Key, None] = {}
    for entry, code in rows:
        if code in ALONE:
            keys[Key(code, (entry,))] = None
        elif entry in samples:
            sample = samples[entry]
            if code in BY_TUBE:
                keys[Key(code, (sample.tube,))] = None
            else:
                keys[Key(code, (str(sample.round), str(sample.person)))] = None
        elif entry in opened:
            keys[Key(code, (opened[entry].tube,))] = None
        elif entry in results:
            keys[Key(code, (results[entry].tube,))] = None
    mine = _swabs_of({key.about for key in keys if len(key.about) == 2})
    found = [_set_of(key, samples, mine) for key in keys]
    done = _settled_alone({each.entries[0] for each in found if each and each.key.code in ALONE})
    return [each for each in found if each is not None and each.entries[0] not in done]


def _in(model: Any, entries: Collection[str]) -> list[Any]:
    listed = sorted(entries)
    rows: list[Any] = []
    for start in range(0, len(listed), 500):
        part = listed[start : start + 500]
        rows += model.objects.filter(entry__in=part)
    return rows


def _settled_alone(entries: Collection[str]) -> set[str]:
    """Lines that stay flagged though a person has said that they do not stand."""
    said = settlements.get_settlements(entries)
    return {entry for entry in entries if settlements.stands([entry], said) is not None}


def _swabs_of(pairs: Collection[tuple[str, ...]]) -> dict[tuple[str, str], list[tuple[str, ...]]]:
    """(entry, tube, state) of every swab of people in rounds, (round, person) each."""
    found: defaultdict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
    for round_, person, entry, tube, state in store.select_pairs(
        "sampling_sample",
        ["round", "person", "entry", "tube", "state"],
        ("round", "person"),
        [(round_, person) for round_, person in pairs],
    ):
        found[str(round_), str(person)].append((str(entry), tube, state))
    return found


def _set_of(
    key: Key,
    samples: Mapping[str, models.Sample],
    swabs: Mapping[tuple[str, str], list[tuple[str, ...]]],
) -> HeldSet | None:
    if key.code in ALONE:
        return _alone(key, samples)
    if len(key.about) == 1:
        tube = key.about[0]
        if key.code == "TUBE_REUSED":
            inside = models.Sample.objects.filter(tube=tube).exclude(state=rules.WITHDRAWN)
            opened = models.TubeFact.objects.filter(tube=tube, fact="opened")
            entries = {str(row.entry) for row in inside} | {str(row.entry) for row in opened}
        elif key.code == "SAMPLED_AFTER_TEST":
            rows = store.query(
                "SELECT v.entry FROM ledger_verdict v JOIN sampling_sample s ON s.entry = v.entry "
                "WHERE v.code = %s AND v.held AND s.tube = %s",
                [key.code, tube],
            )
            entries = {str(row[0]) for row in rows}
        else:
            entries = set(_heads_of([tube]))
            told = models.TubeFact.objects.filter(tube=tube, fact="refused")
            refused = {str(fact.entry) for fact in told}
            entries |= refused - settlements.get_taken_back(refused).keys()
        return HeldSet(key, tuple(sorted(entries)), _round_of(tube)) if entries else None
    round_, person = key.about
    mine = [
        swab
        for swab in swabs.get((round_, person), ())
        if swab[2] not in (rules.WITHDRAWN, rules.VOID)
    ]
    entries = {entry for entry, _tube, _state in mine}
    if key.code == "RESULT_CONTRADICTS":
        entries |= set(_heads_of([tube for _, tube, state in mine if state != rules.REJECTED]))
    return HeldSet(key, tuple(sorted(entries)), round_) if entries else None


def _alone(key: Key, samples: Mapping[str, models.Sample]) -> HeldSet:
    entry = key.about[0]
    sample = samples.get(entry)
    if sample is not None:
        return HeldSet(key, (entry,), str(sample.round))
    result = models.Result.objects.filter(entry=entry).first()
    return HeldSet(key, (entry,), _round_of(result.tube) if result else None)


def _heads_of(tubes: Collection[str]) -> list[str]:
    """The results of these tubes that no other one corrects."""
    rows = store.select("sampling_result", ["entry", "corrects"], "tube", set(tubes))
    corrected = {str(corrects) for _, corrects in rows if corrects}
    return [str(entry) for entry, _ in rows if str(entry) not in corrected]


def _round_of(tube: str) -> str | None:
    row = models.Tube.objects.filter(tube=tube).first()
    return str(row.round) if row is not None and row.round else None
