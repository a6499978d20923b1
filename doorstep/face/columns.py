"""What a list is made of: its columns, how each reads a row, and the marks that stand in cells.
Refuses nothing: what a cell shows or a spreadsheet gets is said where the column is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from django.utils.functional import Promise

Text = str | Promise


class Chip(NamedTuple):
    """A state: done due excused held act missed none; and its words."""

    state: str
    text: Text


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: the row's attribute or key ("building__name" of a model follows the relation).
        text: the heading.
        kind: text, number, code, moment (µs), near (µs), day (YYYY-MM-DD), span (µs), chip, html.
        value: how to read the row instead of `key`.
        sort: the field to sort a queryset by (give it only where an index serves it, if the
            table is large); True sorts a plain sequence by the value.
        link: the address a cell leads to.
        mask: what is shown instead when the list is copied as text; None drops the column there.
        sheet: whether Excel gets it.
        nothing: what a page shows where there is no value.
    """

    key: str
    text: Text
    kind: str = "text"
    value: Callable[[Any], Any] | None = None
    sort: str | bool = False
    link: Callable[[Any], str | None] | None = None
    mask: Callable[[Any], str] | None = str
    sheet: bool = True
    nothing: str = ""

    def read(self, row: Any) -> Any:
        """This column's value of a row (mapping, tuple with names, object or model)."""
        if self.value is not None:
            return self.value(row)
        if isinstance(row, dict):
            return row.get(self.key)
        return attrgetter(self.key.replace("__", "."))(row)
