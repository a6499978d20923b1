"""Between the tables of orders and rules.Order and rules.Fact. Decides nothing."""

from collections.abc import Collection
from typing import Any

import msgspec

from doorstep.ledger import store
from doorstep.orders import rules

ORDER = list(rules.Order._fields)
FACT = ["entry", "order_id", "kind", "at", "staff", "unit", "target", "body"]
_LISTS = {"places", "evidence", "test_days"}
_IDS = {"id", "entry", "proposed_by", "proposed_unit", "approved_by", "approved_unit"}


def to_row(order: rules.Order) -> tuple[Any, ...]:
    """An order as a row of orders_order."""
    return tuple(
        msgspec.json.encode(value).decode() if name in _LISTS else value
        for name, value in zip(ORDER, order, strict=True)
    )


def read_order(row: tuple[Any, ...]) -> rules.Order:
    """The order in a row with the columns ORDER."""
    return rules.Order(*(_read(name, value) for name, value in zip(ORDER, row, strict=True)))


def read_fact(row: tuple[Any, ...]) -> rules.Fact:
    """The fact in a row with the columns FACT."""
    entry, order, kind, at, staff, unit, target, body = row
    return rules.Fact(
        str(entry), str(order), kind, at, str(staff), str(unit), target and str(target),
        msgspec.json.decode(body),
    )  # fmt: skip


def list_facts(orders: Collection[str]) -> list[rules.Fact]:
    """Every fact of these orders."""
    return [read_fact(row) for row in store.select("orders_fact", FACT, "order_id", orders)]


def _read(name: str, value: Any) -> Any:
    if name in _LISTS:
        return tuple(msgspec.json.decode(value))
    if name in _IDS and value is not None:
        return str(value)
    return bool(value) if name == "disputed" else value
