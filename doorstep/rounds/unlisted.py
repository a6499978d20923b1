"""Who is present in a round's area and on no list of it: whoever came home, moved in or was met
after the list was drawn. A part of the fold, so that nobody is looked for on every page.

Of a round that was closed, whoever was present when it was closed: what happened since changes
nothing of what it proves. Refuses to know rechecks, whose lists are of named people. Who is listed,
and who was reached all the same, is told apart by who reads (queries).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from doorstep.ledger import store
from doorstep.registry import homes
from doorstep.rounds import drawing, round_kinds, round_rows, scopes

Pair = tuple[str, str]  # a round and a person
_UNLISTED = ["round", "person", "door", "building"]
_KEY = ("round", "person")
_LISTING = ["listed", "turn", "at", "entry", "door", "presence", "person"]
_LIVES = {"estate": "r.estate", "building": "r.building", "door": "r.door"}
_LATEST = 2**62  # microseconds: no moment is later
# present now; or perhaps when the round was closed, if something was said since
_PERHAPS = f"(r.presence = '{drawing.PRESENT}' OR r.since_at > %s)"


class _Round(NamedTuple):
    area: scopes.Place
    by_door: bool  # its list is of doors
    closings: list[int]
    until: int | None  # when it was closed, if nobody has reopened it since


class Changed(NamedTuple):
    """What a batch has changed. `people`: their homes; `since`: what was said of them is of that
    moment (microseconds) or later. `opened`: rounds with an opening that came or went; `acted`:
    with any act. `listed`: (round, subject) whose place on a list changed.
    """

    people: Collection[str]
    since: int
    opened: Collection[str]
    acted: Collection[str]
    listed: Collection[Pair]


def recount(changed: Changed) -> None:
    """Work out again who is on no list, as far as the batch can have changed it."""
    rounds = _read_rounds(changed)
    before = _read_before(changed, rounds)
    pairs = set(before)
    pairs |= _list_candidates(changed, rounds)
    pairs |= _list_near(changed.people, rounds)
    pairs |= _list_named(changed.listed, rounds)
    if not pairs:
        return
    rows = _evaluate(pairs, rounds)
    store.upsert(
        "rounds_unlisted", _UNLISTED, [r for r in rows.values() if before.get(r[:2]) != r], _KEY
    )
    store.delete_pairs("rounds_unlisted", _KEY, before.keys() - rows.keys())


def _read_rounds(changed: Changed) -> dict[str, _Round]:
    """The rounds in which anybody may be on no list more or less than before the batch."""
    named = {*changed.acted, *(round_ for round_, _ in changed.listed)}
    columns = ["id", "area", "round_kind", "parent", "closed_at"]
    rows = store.select("rounds_round", columns, "id", named)
    if changed.people:  # a round that was closed before is not concerned
        rows += store.query(
            f"SELECT {', '.join(columns)} FROM rounds_round "
            "WHERE closed_at IS NULL OR state <> 'closed' OR closed_at >= %s",
            [changed.since],
        )
    whole = {str(row[0]): row for row in rows if row[3] is None}
    acts = round_rows.read_acts(id_ for id_, row in whole.items() if row[4] is not None)
    areas = {
        str(id_): scopes.Place(str(id_), kind, path)
        for id_, kind, path in store.select(
            "registry_place", ["id", "kind", "path"], "id", {str(row[1]) for row in whole.values()}
        )
    }
    found = {}
    for id_, (_, area, kind, _, _) in whole.items():
        said = [act for act in acts.get(id_, []) if act["kind"] != "round.opened"]
        last = said[-1] if said else None
        closed = last is not None and last["kind"] == "round.closed"
        closings = [act["at"] for act in said if act["kind"] == "round.closed"]
        known = round_kinds.find_kind(kind)
        if str(area) in areas and known is not None:
            found[id_] = _Round(
                areas[str(area)],
                known.subject == "door",
                closings,
                last["at"] if closed and last else None,
            )
    return found


def _read_before(changed: Changed, rounds: Mapping[str, _Round]) -> dict[Pair, store.Row]:
    """The rows that may change."""
    rows = store.select("rounds_unlisted", _UNLISTED, "round", set(changed.acted))
    if rounds:
        rows += store.select("rounds_unlisted", _UNLISTED, "person", changed.people)
        for key in ("person", "door"):
            rows += store.select_pairs("rounds_unlisted", _UNLISTED, ("round", key), changed.listed)
    found = [tuple(str(value) for value in row) for row in rows]
    return {(row[0], row[1]): row for row in found if row[0] in rounds or row[0] in changed.acted}


def _list_candidates(changed: Changed, rounds: Mapping[str, _Round]) -> set[Pair]:
    """Of rounds with an act: whoever is present and on no list. A close and its undoing concern
    those alone of whom something was said since the first close.
    """
    found: set[Pair] = set()
    for id_ in changed.acted:
        if (round_ := rounds.get(id_)) is None:
            continue
        until = _LATEST if round_.until is None else round_.until
        known = "EXISTS (SELECT 1 FROM rounds_due u WHERE u.round = %s AND u.subject = {key})"
        key = "r.door" if round_.by_door else "r.person"
        where, parameters = f"{_PERHAPS} AND NOT {known.format(key=key)}", [until, id_]
        if id_ not in changed.opened:
            where = f"r.since_at > %s AND {where}"
            parameters = [min(round_.closings, default=_LATEST), *parameters]
        for tables, inside, own in _under(round_.area):
            found.update(
                (id_, str(person))
                for (person,) in store.query(
                    f"SELECT r.person FROM {tables} WHERE {inside} AND {where}",
                    [*own, *parameters],
                )
            )
    return found


def _under(area: scopes.Place) -> list[tuple[str, str, list[str]]]:
    """Statements' tables, condition and parameters that together find each residence in an area."""
    if area.kind in _LIVES:
        return [("registry_residence r", f"{_LIVES[area.kind]} = %s", [area.id])]
    joined = "registry_residence r JOIN registry_place d ON d.id = r.door"
    if area.kind == "unit":
        inside, parameters = scopes.under([area], "d")
        above = area.path.strip("/").split("/")[-2]
        return [(joined, f"r.building = %s AND {inside}", [above, *parameters])]
    begins, parameters = store.begins("p.path", area.path)
    estates = f"SELECT p.id FROM registry_place p WHERE p.kind = 'estate' AND {begins}"
    inside, own = scopes.under([area], "d")
    return [
        ("registry_residence r", f"r.estate IN ({estates})", parameters),
        (joined, f"r.estate IS NULL AND {inside}", own),
    ]


def _list_near(people: Collection[str], rounds: Mapping[str, _Round]) -> set[Pair]:
    """People with the rounds in whose area they live or have lived."""
    if not people or not rounds:
        return set()
    doors: dict[str, set[str]] = defaultdict(set)
    for table in ("registry_residence", "registry_listing"):
        for person, door in store.select(table, ["person", "door"], "person", people):
            if door is not None:
                doors[str(door)].add(str(person))
    by_area: dict[str, list[str]] = defaultdict(list)
    for id_, round_ in rounds.items():
        by_area[round_.area.id].append(id_)
    return {
        (id_, person)
        for door, path in store.select("registry_place", ["id", "path"], "id", doors)
        for above in path.strip("/").split("/")
        for id_ in by_area.get(above, ())
        for person in doors[str(door)]
    }


def _list_named(listed: Collection[Pair], rounds: Mapping[str, _Round]) -> set[Pair]:
    """The people of lists that changed: those named, or whoever lives behind a named door."""
    known = [(id_, subject) for id_, subject in listed if id_ in rounds]
    pairs = {(id_, subject) for id_, subject in known if not rounds[id_].by_door}
    behind: dict[str, set[str]] = defaultdict(set)
    for id_, subject in known:
        if rounds[id_].by_door:
            behind[subject].add(id_)
    for person, door in store.select("registry_residence", ["person", "door"], "door", behind):
        pairs.update((id_, str(person)) for id_ in behind[str(door)])
    return pairs


def _evaluate(pairs: Collection[Pair], rounds: Mapping[str, _Round]) -> dict[Pair, store.Row]:
    """The rows of those of the pairs that are present in the round's area and on no list of it."""
    said = _read_homes({person for _, person in pairs})
    present = {}
    for id_, person in pairs:
        round_ = rounds.get(id_)
        home = homes.home_at(said.get(person, ()), round_.until) if round_ else None
        if home is not None and home.door and home.presence == drawing.PRESENT:
            present[id_, person] = home.door
    doors = {
        str(id_): (path, str(building or id_))
        for id_, path, building in store.select(
            "registry_place", ["id", "path", "building"], "id", set(present.values())
        )
    }
    keys = {(id_, d if rounds[id_].by_door else p) for (id_, p), d in present.items()}
    due = {
        (str(id_), str(subject))
        for id_, subject in store.select_pairs(
            "rounds_due", ["round", "subject"], ("round", "subject"), keys
        )
    }
    return {
        (id_, person): (id_, person, door, doors[door][1])
        for (id_, person), door in sorted(present.items())
        if door in doors
        and doors[door][0].startswith(rounds[id_].area.path)
        and (id_, door if rounds[id_].by_door else person) not in due
    }


def _read_homes(people: Collection[str]) -> dict[str, list[homes.Home]]:
    """What was said of where people live; a residence nobody has said anything of stands too."""
    found: dict[str, list[homes.Home]] = defaultdict(list)
    for listed, turn, at, entry, door, presence, person in store.select(
        "registry_listing", _LISTING, "person", people
    ):
        found[str(person)].append(
            homes.Home(bool(listed), turn, at, str(entry), door and str(door), presence)
        )
    rest = [person for person in people if person not in found]
    columns = ["since_at", "entry", "door", "presence", "person"]
    for at, entry, door, presence, person in store.select(
        "registry_residence", columns, "person", rest
    ):
        found[str(person)].append(
            homes.Home(True, "", at, str(entry), door and str(door), presence)
        )
    return found
