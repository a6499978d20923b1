"""What acts at a desk ask before they post: the right, the unit, the pack, the places, the paper.

Every function raises ledger.refusals.Refused with the code its docstring names, or lets it pass.
"""

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from doorstep.ledger import refusals, store
from doorstep.orders import queries, rules, shapes, words
from doorstep.registry import access


class Staff(Protocol):
    """Whoever signed in: only the id is asked for here."""

    @property
    def id(self) -> Any: ...


def unit_of(staff: Staff) -> str:
    """The unit of the signed-in person now; without one nobody can tell two units apart."""
    found = store.select("registry_staff", ["unit"], "id", [str(staff.id)])
    if not found or not found[0][0]:
        raise refusals.Refused("NO_UNIT")
    return str(found[0][0])


def require(staff: Staff, roles: Collection[str], places: Collection[str]) -> None:
    """Refuse unless this person holds one of `roles` at every one of `places`: NOT_YOURS."""
    if not all(access.has(staff, roles, place) for place in places):
        raise refusals.Refused("NOT_YOURS")


def refuse(no: rules.No | None) -> None:
    """Refuse with what a rule says, if it says no."""
    if no is not None:
        raise refusals.Refused(no.code, **no.facts)


def get_order(order: str) -> rules.Order:
    """The order of that id, or NOT_FOUND."""
    found = queries.find_order(order)
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def require_in_force(order: rules.Order, at: int) -> None:
    """Refuse unless the order is in force: ORDER_NOT_IN_FORCE."""
    if rules.state_of(order, at) != "in_force":
        raise refusals.Refused("ORDER_NOT_IN_FORCE")


def get_pack(digest: str) -> shapes.Pack:
    """The adopted pack of that digest, or PACK_NOT_ADOPTED."""
    for each in queries.list_adopted():
        if each.digest == digest:
            return each.pack
    raise refusals.Refused("PACK_NOT_ADOPTED")


def get_rule(digest: str, key: str) -> tuple[shapes.Pack, shapes.Rule]:
    """The adopted pack and its rule, or PACK_NOT_ADOPTED, RULE_UNKNOWN."""
    pack = get_pack(digest)
    found = pack.find_rule(key)
    if found is None:
        raise refusals.Refused("RULE_UNKNOWN")
    return pack, found


def check_places(places: Sequence[str], rule: shapes.Rule) -> None:
    """Refuse places unknown (NOT_FOUND) or of no level of the rule (ORDER_LEVEL)."""
    kinds = {
        str(i): kind for i, kind in store.select("registry_place", ["id", "kind"], "id", places)
    }
    if len(kinds) != len(places):
        raise refusals.Refused("NOT_FOUND")
    if any(kind not in rule.levels for kind in kinds.values()):
        raise refusals.Refused("ORDER_LEVEL")


def check_paper(pack: shapes.Pack, authority: str, document: str) -> None:
    """Refuse an authority that may not decide, and a document number that is none."""
    if not words.is_authority(authority):
        raise refusals.Refused("AUTHORITY_FORM")
    refuse(rules.may_decide(pack.jurisdiction, authority))
    check_document(document)


def check_document(document: str) -> None:
    """Refuse what is not written as a document number: DOCUMENT_FORM."""
    if not words.is_document(document):
        raise refusals.Refused("DOCUMENT_FORM")


def was_lifted(places: Sequence[str], value: str) -> bool:
    """Whether an order of this value was lifted at every one of these places."""
    return all(
        any(
            order.value == value and order.ended_as == "lifted" and order.from_at is not None
            for order in queries.list_at({place})
        )
        for place in places
    )
