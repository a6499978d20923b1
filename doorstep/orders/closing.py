"""The end of an operation: the two entries by which two people of different units end it on one
day, and the rule of who is the second one.

The entries say what was ended and what was left open, and why; they end nothing themselves. Orders
are lifted by the entries of orders, devices revoked by the ledger (command.closing). Refuses free
text and people: a line holds ids of orders, rounds and devices, document numbers and words.
"""

from typing import Annotated, Any, Literal, NamedTuple, get_args

import msgspec

from doorstep.kit import clock
from doorstep.ledger import kinds, store
from doorstep.orders import models, rules, words

LAPSES = 7 * clock.DAY  # after which a confirmation comes too late, as with a destruction
MOST = 20_000
Reason = Literal["authority_ended", "handed_over", "exercise"]
ForOrder = Literal["other_grounds", "not_recorded", "rules_changed"]
ForRound = Literal["results_awaited", "lines_awaited", "given_up"]
ForDevice = Literal["lost", "broken", "typed_in"]
REASONS: tuple[str, ...] = get_args(Reason)
# what may be said of an order whose conditions are not met, a round that is open, a device that
# has not sent all it wrote
FOR_ORDER: tuple[str, ...] = get_args(ForOrder)
FOR_ROUND: tuple[str, ...] = get_args(ForRound)
FOR_DEVICE: tuple[str, ...] = get_args(ForDevice)
Why = Literal[ForOrder, ForRound, ForDevice]
Ids = Annotated[list[kinds.Id], msgspec.Meta(max_length=MOST)]
Papers = Annotated[list[tuple[words.Authority, words.Document]], msgspec.Meta(max_length=20)]
Despite = Annotated[list[tuple[kinds.Id, Why]], msgspec.Meta(max_length=MOST)]


class ClosingAsked(kinds.Envelope, frozen=True, kw_only=True, tag="closing.asked"):
    """A first person asks that the operation end on a day. `papers`: by which document each
    authority lifts its orders; `despite`: what ends all the same, or stays open, and why.
    """

    unit: kinds.Id
    on: kinds.Day
    reason: Reason
    papers: Papers
    despite: Despite


class OperationClosed(kinds.Envelope, frozen=True, kw_only=True, tag="operation.closed"):
    """The second person's word that it ended, and what ended with it: orders that were in force,
    orders that were only recorded, devices, requests to stay.
    """

    unit: kinds.Id
    asked: kinds.Id
    on: kinds.Day
    lifted: Ids
    withdrawn: Ids
    devices: Ids
    requests: kinds.Count


KINDS = [
    kinds.Kind(shape, frozenset({kinds.DESK}), "permanent")
    for shape in (ClosingAsked, OperationClosed)
]
_TABLE = "orders_closing"
_COLUMNS = ["entry", "asked", "day", "at", "staff", "unit", "body"]
_BODY = ("reason", "papers", "despite", "lifted", "withdrawn", "devices", "requests")


class Closing(NamedTuple):
    """An asking, or with `asked` (its id) a closing. `at` in microseconds; `body`: the fields of
    its kind.
    """

    entry: str
    asked: str | None
    day: str
    at: int
    staff: str
    unit: str
    body: dict[str, Any]


def fold(batch: kinds.Batch) -> None:
    """One row for each asking and each closing."""
    if batch.voided:
        store.delete(_TABLE, "entry", batch.voided)
    store.insert(_TABLE, _COLUMNS, [_row(e) for e in batch.of(ClosingAsked, OperationClosed)])


def _row(entry: kinds.Entry) -> store.Row:
    body = entry.body
    said = {name: getattr(body, name) for name in _BODY if hasattr(body, name)}
    text = msgspec.json.encode(said).decode()
    asked = getattr(body, "asked", None)
    return (entry.id, asked, body.on, entry.at, entry.by, body.unit, text)


def list_all() -> list[Closing]:
    """Every asking, and every closing that two people of two units stand behind, the latest first.
    A line that went past the desk's rules is none.
    """
    found = [_read(each) for each in models.Closing.objects.order_by("-at", "-entry")]
    asked = {each.entry: each for each in found if each.asked is None}
    return [each for each in found if each.asked is None or _is_second(each, asked)]


def list_waiting(at: int) -> list[Closing]:
    """What was asked for and waits for a second person at a moment, the latest first."""
    found = list_all()
    done = {each.asked for each in found}
    return [
        each
        for each in found
        if each.asked is None and each.entry not in done and each.at > at - LAPSES
    ]


def find(entry: str) -> Closing | None:
    """The asking or closing with that id."""
    return next((each for each in list_all() if each.entry == entry), None)


def _is_second(closing: Closing, asked: dict[str, Closing]) -> bool:
    first = asked.get(closing.asked or "")
    return first is not None and rules.is_second(
        closing.staff, closing.unit, first.staff, first.unit
    )


def _read(row: models.Closing) -> Closing:
    asked = row.asked and str(row.asked)
    body = msgspec.json.decode(row.body)
    return Closing(str(row.entry), asked, row.day, row.at, str(row.staff), str(row.unit), body)
