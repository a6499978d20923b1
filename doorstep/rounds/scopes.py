"""Parts of a round: the places under which somebody may look, said once for every statement.

Lists, counts and searches narrow themselves by the same conditions, in the database and never
afterwards, so what lies outside is not counted, not found and not paged over. Refuses to read an
empty scope as everywhere: nothing lies in it.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from doorstep.ledger import store

Condition = tuple[str, list[str]]
# what a place below one of that kind says of it, the place itself too
_LEVELS = {"estate": "estate", "building": "building", "unit": "unit", "door": "id"}


class Place(NamedTuple):
    """A place of a scope."""

    id: str
    kind: str
    path: str


class Scope(NamedTuple):
    """Places under which somebody may look. `wide` ones hold whole buildings, whose counts are
    those of the place; `inner` ones lie in a building: (building, place).
    """

    wide: tuple[Place, ...] = ()
    inner: tuple[tuple[str, Place], ...] = ()

    @property
    def places(self) -> list[Place]:
        """All of them."""
        return [*self.wide, *(place for _, place in self.inner)]


def read(paths: Collection[str]) -> Scope:
    """The scope of these paths, those that lie under another of them left out."""
    tops: list[str] = []
    for path in sorted(paths):
        if not tops or not path.startswith(tops[-1]):
            tops.append(path)
    at = {path.strip("/").split("/")[-1]: path for path in tops}
    wide: list[Place] = []
    inner: list[tuple[str, Place]] = []
    for id_, kind, building in store.select(
        "registry_place", ["id", "kind", "building"], "id", list(at)
    ):
        place = Place(str(id_), kind, at[str(id_)])
        if building is None or kind == "building":
            wide.append(place)
        else:
            inner.append((str(building), place))
    return Scope(tuple(sorted(wide)), tuple(sorted(inner)))


def read_place(place: str) -> Scope:
    """The scope of one place; nothing for an id of none."""
    return read([path for (path,) in store.select("registry_place", ["path"], "id", [place])])


def under(places: Collection[Place], table: str) -> Condition:
    """A condition on a row of registry_place called `table`: at or below one of `places`. However
    many they are, it is a few terms long.
    """
    parts: list[str] = []
    parameters: list[str] = []
    for kind, column in _LEVELS.items():
        own = [place.id for place in places if place.kind == kind]
        if own:
            parts.append(f"{table}.{column} IN ({marks(own)})")
            parameters += own
    for place in places:
        if place.kind not in _LEVELS:  # communities and what is above them: a handful
            begins, own = store.begins(f"{table}.path", place.path)
            parts.append(begins)
            parameters += own
    return f"({' OR '.join(parts)})" if parts else "1 = 0", parameters


def lives_in(scope: Scope | None) -> Condition:
    """More of a condition on a subject (`s`): they live in the scope (None: it says nothing)."""
    if scope is None:
        return "", []
    inside, parameters = under(scope.places, "h")
    lives = (
        " AND EXISTS (SELECT 1 FROM registry_residence r JOIN registry_place h ON h.id = r.door "
        f"WHERE r.person = s.subject AND {inside})"
    )
    return lives, parameters


def count(
    round_: str, scope: Scope | None, numbers: Sequence[tuple[str, str]], having: str = ""
) -> list[store.Row]:
    """(building, its estate, its name, numbers …) of the buildings of a round that have something
    in the scope (None: of all), in the order of places.

    Args:
        numbers: each as it reads in rounds_building, and as a sum over doors in rounds_door (both
            `c`), for buildings of which only a part lies in the scope.
        having: only buildings where the first number is so, such as "> 0".
    """
    columns = "c.building, b.estate, b.sort, b.name"
    whole, part = ([each[i] for each in numbers] for i in (0, 1))
    names = [f"n{i}" for i in range(len(numbers))]
    read = ", ".join(f"{number} AS {name}" for number, name in zip(whole, names, strict=True))
    inside, parameters = ("1 = 1", list[str]()) if scope is None else under(scope.wide, "b")
    sql = (
        f"SELECT {columns}, {read} FROM rounds_building c "
        "LEFT JOIN registry_place b ON b.id = c.building "
        f"WHERE c.round = %s AND {inside}" + (f" AND {whole[0]} {having}" if having else "")
    )
    values = [round_, *parameters]
    if scope is not None and scope.inner:
        buildings = sorted({building for building, _ in scope.inner})
        inside, parameters = under([place for _, place in scope.inner], "d")
        sql += (
            f" UNION ALL SELECT {columns}, {', '.join(part)} FROM rounds_door c "
            "JOIN registry_place d ON d.id = c.door LEFT JOIN registry_place b "
            f"ON b.id = c.building WHERE c.round = %s AND c.building IN ({marks(buildings)}) "
            f"AND {inside} GROUP BY {columns}" + (f" HAVING {part[0]} {having}" if having else "")
        )
        values += [round_, *buildings, *parameters]
    return store.query(
        f"SELECT building, estate, name, {', '.join(names)} FROM ({sql}) found "
        "ORDER BY estate, sort, name, building",
        values,
    )


def marks(values: Collection[object]) -> str:
    """Placeholders for `IN (…)`; one that nothing is in, for none."""
    return ", ".join(["%s"] * len(values)) or "NULL"
