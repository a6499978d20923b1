"""What a sampling desk shows: the table, its round, the tube in hand, who is in it, what waits for
a box. Read anew after every act, so the desk shows what the book holds and nothing else.
"""

from typing import Any, NamedTuple

from doorstep.ledger import store, verdicts
from doorstep.operations.sampling import actions, belonging, models, rules
from doorstep.operations.sampling.actions import common, tubes
from doorstep.operations.sampling.pages import scope, words
from doorstep.registry import models as registry
from doorstep.registry import people
from doorstep.rounds import models as rounds
from doorstep.rounds import round_kinds

COUNTING = (rules.EFFECTIVE, rules.AGAIN, rules.HELD)
MOST_TUBES = 500  # waiting at one table


class Member(NamedTuple):
    """Somebody in a tube, masked."""

    entry: str
    person: str
    name: str
    door: str
    at: int
    codes: list[str]


class Candidate(NamedTuple):
    """Somebody the entry line found, masked. `tube`: where the person is sampled in this round
    already.
    """

    person: str
    name: str
    door: str
    document: str
    presence: str
    listed: bool
    tube: str | None


class Near(NamedTuple):
    """Where the next person at a table probably lives."""

    doors: set[str]
    buildings: list[str]


class Desk(NamedTuple):
    """Everything the desk's working part shows."""

    table: registry.Place
    rounds: list[rounds.Round]
    round: rounds.Round | None
    pools: list[tuple[str, Any]]
    pool: str
    tube: models.Tube | None
    size: int | None
    room: int | None
    members: list[Member]
    others: list[models.Tube]
    waiting: list[models.Tube]
    boxes: list[models.Box]
    people: int
    filled: int

    @property
    def inside(self) -> int:
        """How many are in the tube in hand."""
        return len(self.members)


def list_rounds_at(table: registry.Place, *, closed: bool = False) -> list[rounds.Round]:
    """The sampling rounds whose area holds this table, in scope's order; open unless `closed`."""
    found = rounds.Round.objects.filter(area__in=table.path.strip("/").split("/"))
    if not closed:
        found = found.exclude(state="closed")
    rows = found.order_by("-day", "-opened_at")[:20]
    return scope.in_order(
        [row for row in rows if common.MARK in round_kinds.marks_of(row.round_kind)]
    )


def read_desk(table: registry.Place, round_: str = "", tube: str = "", pool: str = "") -> Desk:
    """The desk of a table: of the round named, or its latest; with the tube named, or the one
    opened last that is still open.
    """
    found = list_rounds_at(table)
    chosen = next((each for each in found if each.id == round_), found[0] if found else None)
    if chosen is None:
        return Desk(table, found, None, [], "", None, None, None, [], [], [], [], 0, 0)
    pools = actions.pools_of(chosen)
    here = list(
        models.Tube.objects.filter(round=chosen.id, table=table.id).order_by("-opened_at", "tube")
    )
    opened = [each for each in here if each.closed_at is None and each.box is None]
    opened = [each for each in opened if each.state in ("empty", "sampled")]
    waiting = [each for each in here if each.closed_at is not None and _waits(each)]
    in_hand = next((each for each in opened if each.tube == tube), opened[0] if opened else None)
    codes = {each.box for each in here if each.box}
    boxes = models.Box.objects.filter(box__in=codes).order_by("-sealed_at", "box")
    return Desk(
        table=table,
        rounds=found,
        round=chosen,
        pools=[(each, words.POOLS[each]) for each in pools],
        pool=pool if pool in pools else pools[0],
        tube=in_hand,
        size=belonging.size_of(in_hand.pool) if in_hand else None,
        room=tubes.room_in(in_hand) if in_hand else None,
        members=list_members(in_hand.tube) if in_hand else [],
        others=[each for each in opened if each is not in_hand],
        waiting=waiting[:MOST_TUBES],
        boxes=list(boxes[:20]),
        people=sum(each.people + each.held for each in here),
        filled=sum(1 for each in here if each.state != "empty"),
    )


def _waits(tube: models.Tube) -> bool:
    return tube.box is None and tube.state == "closed"


def list_members(tube: str) -> list[Member]:
    """Who is in a tube, the last first."""
    rows = list(
        models.Sample.objects.filter(tube=tube, state__in=COUNTING).order_by("-at", "-entry")
    )
    seen = people.get_people([str(row.person) for row in rows])
    said = verdicts.list_verdicts({str(row.entry) for row in rows})
    return [
        Member(
            str(row.entry),
            str(row.person),
            seen[str(row.person)].masked_name if str(row.person) in seen else "–",
            seen[str(row.person)].label if str(row.person) in seen else "",
            row.at,
            [str(words.CODES.get(code, code)) for code in said.get(str(row.entry), [])],
        )
        for row in rows
    ]


def name_swab(entry: str) -> str:
    """Whose swab an entry is, masked, with the door."""
    swab = models.Sample.objects.filter(entry=entry).first()
    seen = people.get_people([str(swab.person)]) if swab else {}
    return " ".join(f"{each.masked_name} {each.label}".strip() for each in seen.values()) or "–"


def list_near(desk: Desk) -> Near:
    """The doors and buildings of those in the tube in hand; while it is empty, of the last one
    sampled at this table.
    """
    persons = [member.person for member in desk.members]
    if not persons and desk.round is not None:
        mine = models.Tube.objects.filter(round=desk.round.id, table=desk.table.id)
        last = mine.exclude(sampled_at=None).order_by("-sampled_at").first()
        swabs = models.Sample.objects.filter(tube=last.tube, state__in=COUNTING) if last else ()
        persons = [str(swab.person) for swab in swabs]
    homes = store.select("registry_residence", ["door", "building"], "person", persons)
    # an empty tube is of no household yet, so then only the building says who is near
    doors = {str(door) for door, _ in homes if door and desk.members}
    return Near(doors, sorted({str(building) for _, building in homes if building}))


def list_candidates(round_: str, found: list[people.Found]) -> list[Candidate]:
    """People found, with whether they are listed and where they are sampled in this round."""
    ids = [each.id for each in found]
    pairs = [(round_, person) for person in ids]
    listed = store.select_pairs("rounds_due", ["subject"], ("round", "subject"), pairs)
    due = {str(row[0]) for row in listed}
    samples = models.Sample.objects.filter(round=round_, person__in=ids, state__in=COUNTING)
    tubes_of = {str(row.person): row.tube for row in samples}
    return [
        Candidate(
            each.id,
            each.masked_name,
            each.label,
            each.masked_document,
            each.presence,
            each.id in due,
            tubes_of.get(each.id),
        )
        for each in found
    ]
