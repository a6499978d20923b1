"""Who reads what a line says: whoever holds the role at the place that the line names; where it
names none, or none that is known, at the top of the tree. Everybody else who checks the book sees
hashes, number, device and proof. Refuses to let a role somewhere open a line of elsewhere.
"""

from collections.abc import Callable, Collection

from doorstep.ledger import kinds
from doorstep.registry import access, queries


def open_for(staff: access.Staff, roles: Collection[str]) -> Callable[[bytes], bool]:
    """Whether this person, for one of `roles`, reads a line. Each place is looked up once, however
    many of its lines are asked for.
    """
    known: dict[str | None, bool] = {}

    def is_open(content: bytes) -> bool:
        header = kinds.read_header(content)
        place = header.place if header is not None else None
        if place not in known:
            known[place] = _holds(staff, roles, place)
        return known[place]

    return is_open


def _holds(staff: access.Staff, roles: Collection[str], place: str | None) -> bool:
    if place is None or queries.find_place(place) is None:
        root = queries.find_root()
        place = str(root.id) if root is not None else None
    return place is not None and access.has(staff, roles, place)
