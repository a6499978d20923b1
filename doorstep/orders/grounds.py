"""Whether entries may ground an order: of the kinds its rule names, saying a fact it names, about
one of its places or a place around or inside it. Free text and anything else is no ground.
"""

from collections.abc import Collection, Sequence

from doorstep.ledger import refusals, store
from doorstep.orders import evidence, rules, shapes

MOST = 20  # entries that ground one order
LIFTED_FACT = "order_lifted"  # what the packs call the lifting of the order before


def check(rule: shapes.Rule, places: Collection[str], entries: Sequence[str]) -> None:
    """Refuse unless there are one to twenty entries, each fits, and every place has one.

    Raises:
        Refused: EVIDENCE_MISSING, EVIDENCE_UNFIT.
    """
    if not 1 <= len(set(entries)) <= MOST:
        raise refusals.Refused("EVIDENCE_MISSING")
    found = find(entries)
    allowed = {(ground.fact, kind) for ground in rule.grounds for kind in ground.kinds}
    for entry in entries:
        if entry not in found or (found[entry].fact, found[entry].kind) not in allowed:
            raise refusals.Refused("EVIDENCE_UNFIT")
    named = {place for ground in found.values() for place in ground.places}
    paths = {
        str(i): path
        for i, path in store.select("registry_place", ["id", "path"], "id", {*places, *named})
    }
    grounded = [paths.get(place, "") for place in named]
    for place in places:
        if not any(_touch(paths[place], other) for other in grounded):
            raise refusals.Refused("EVIDENCE_UNFIT")


def check_new(entries: Collection[str], acts: Collection[str]) -> None:
    """Refuse unless one of these entries came into the book after all these acts (one at least):
    what grounds an order does not prolong it too. The book's own order decides, no clock.

    Raises:
        Refused: EVIDENCE_NOT_NEW.
    """
    lines = store.select("ledger_line", ["entry", "leaf"], "entry", {*entries, *acts})
    leaves: dict[str, int] = {}
    for entry, leaf in lines:
        leaves[str(entry)] = min(leaf, leaves.get(str(entry), leaf))
    last = max(leaves[act] for act in acts)
    if not any(leaves.get(entry, last) > last for entry in entries):
        raise refusals.Refused("EVIDENCE_NOT_NEW")


def _touch(path: str, other: str) -> bool:
    return bool(other) and (path.startswith(other) or other.startswith(path))


def list_fitting(rule: shapes.Rule, area: str) -> dict[str, evidence.Ground]:
    """The entries that may ground an order by this rule in an area: results first, then what was
    recorded of the area, of places above it and inside it, latest first.
    """
    [path] = [row[0] for row in store.select("registry_place", ["path"], "id", [area])] or [""]
    allowed = {(ground.fact, kind) for ground in rule.grounds for kind in ground.kinds}
    found = dict(evidence.get().list_grounds(area))
    for entry, fact, place, where in store.query(
        "SELECT e.entry, e.fact, e.place, p.path FROM orders_evidence e "
        "JOIN registry_place p ON p.id = e.place ORDER BY e.at DESC, e.entry DESC"
    ):
        if path and _touch(path, where):
            found[str(entry)] = evidence.Ground("evidence.recorded", fact, (str(place),))
    if (LIFTED_FACT, rules.LIFTED) in allowed:
        lifted = store.query(
            "SELECT f.entry, f.order_id FROM orders_fact f WHERE f.kind = %s ORDER BY f.at DESC",
            [rules.LIFTED],
        )
        found |= {
            entry: said
            for entry, said in find([str(entry) for entry, _ in lifted]).items()
            if any(_touch(path, where) for where in _paths(said.places))
        }
    return {entry: said for entry, said in found.items() if (said.fact, said.kind) in allowed}


def _paths(places: Collection[str]) -> list[str]:
    return [row[0] for row in store.select("registry_place", ["path"], "id", places)]


def find(entries: Collection[str]) -> dict[str, evidence.Ground]:
    """What each of these entries says, of those that say anything."""
    found = dict(evidence.get().find_grounds(entries))
    for entry, fact, place in store.select(
        "orders_evidence", ["entry", "fact", "place"], "entry", entries
    ):
        found[str(entry)] = evidence.Ground("evidence.recorded", fact, (str(place),))
    acts = store.select("orders_fact", ["entry", "order_id", "kind"], "entry", entries)
    lifted = {str(entry): str(order) for entry, order, kind in acts if kind == rules.LIFTED}
    for entry, order in lifted.items():
        places = store.select("orders_orderplace", ["place"], "order_id", [order])
        ended = evidence.Ground(rules.LIFTED, LIFTED_FACT, tuple(str(p) for (p,) in places))
        found[entry] = ended
    return found
