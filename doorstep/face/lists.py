"""A list as every page shows it: search, filters, sort, pages, print, Excel, text for a chat.

Refuses to count what it need not: it looks at most MOST_LOOKED rows deep, whatever the table's
size. Whoever wants more searches, filters, or takes the spreadsheet.
"""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from doorstep.face import exports, pages
from doorstep.face.columns import Chip as Chip
from doorstep.face.columns import Column as Column
from doorstep.face.columns import Text

MOST_LOOKED = 10_000
MOST_PRINTED = 5_000

_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class Filter:
    """A choice above the list.

    Attributes:
        key: the query parameter.
        text: what is chosen.
        choices: (value, words) or (value, words, state) where a mark helps.
        apply: narrows the rows to the chosen value; a str is a queryset lookup.
        is_long: more choices than anybody reads above a list: what is chosen elsewhere on the page
            is shown, with a way out, and nothing before.
    """

    key: str
    text: Text
    choices: Sequence[tuple[Any, ...]]
    apply: str | Callable[[Any, str], Any] = ""
    is_long: bool = False


class Names:
    """What the ids in a field of a list's rows are called: `ask` is asked once for all of them,
    when the first is shown.
    """

    def __init__(
        self, rows: "QuerySet[Any]", field: str, ask: Callable[[set[str]], Mapping[str, str]]
    ) -> None:
        self._rows, self._field, self._ask = rows, field, ask
        self._names: Mapping[str, str] | None = None

    def get(self, held: Any) -> str:
        """The name; "" for no id, and for one that has none."""
        if self._names is None:
            held_by = self._rows.order_by().values_list(self._field, flat=True).distinct()
            self._names = self._ask({str(each) for each in held_by if each is not None})
        return self._names.get(str(held), "")


class Paged(ABC):
    """Rows that search, sort and page themselves, for lists too long for memory that are no
    queryset.
    """

    @abstractmethod
    def find(self, text: str) -> "Paged":
        """Only the rows that match what was typed."""

    @abstractmethod
    def sort(self, by: str) -> "Paged":
        """In the order of a column's `sort`, "-" for descending; "" for the first order."""

    @abstractmethod
    def read(self, start: int, size: int) -> list[Any]:
        """At most `size` rows from `start`; `start` is a multiple of `size`."""

    @abstractmethod
    def __len__(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def __iter__(self) -> Iterator[Any]:
        """Every row, for the spreadsheet."""


class Cell(NamedTuple):
    """What the template needs of one cell."""

    column: Column
    value: Any
    link: str | None


@dataclass
class Listing:
    """A list for one request.

    Rows are a queryset (any size), Paged, or a sequence (searched and sorted in memory).
    `search` for a queryset: lookups joined by OR ("name__startswith"), or a function (queryset,
    text) -> queryset; a sequence is searched in all its columns. `order` is the first sorting, as
    a column key or field, "-" for descending. `state` marks a row ("act" asks for a person).
    """

    request: HttpRequest
    columns: Sequence[Column]
    rows: Any
    name: str = "list"
    search: Sequence[str] | Callable[[Any, str], Any] | None = None
    search_hint: Text = ""
    filters: Sequence[Filter] = ()
    order: str = ""
    per_page: int = 50
    empty: Text = ""
    empty_hint: Text = ""
    state: Callable[[Any], str] | None = None
    title: Text = ""
    total: int | None = None
    prefix: str = ""
    _chosen: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        query = self.request.GET
        self.query = _plain(query.get(self.prefix + "q", ""))
        self.sorted_by = query.get(self.prefix + "sort", "") or self.order
        number = query.get(self.prefix + "page", "1")
        self.page = max(1, int(number)) if number.isdecimal() and len(number) < 8 else 1
        self.page = min(self.page, self.last_page)
        self._chosen = {
            item.key: query.get(self.prefix + item.key, "")
            for item in self.filters
            if query.get(self.prefix + item.key) in {str(choice[0]) for choice in item.choices}
        }
        self._found: Any = None
        self._shown: list[Any] | None = None
        self._more = False

    # ---- what the template reads ----

    @property
    def last_page(self) -> int:
        """The deepest page that is looked at."""
        return max(1, MOST_LOOKED // self.per_page)

    @property
    def shown(self) -> list[Any]:
        """The rows of this page."""
        if self._shown is None:
            start = (self.page - 1) * self.per_page
            if isinstance(self.found, Paged):
                self._shown = self.found.read(start, self.per_page)
                self._more = start + self.per_page < len(self.found)
                return self._shown
            rows = list(self.found[start : start + self.per_page + 1])
            self._more = len(rows) > self.per_page
            self._shown = rows[: self.per_page]
        return self._shown

    @property
    def lines(self) -> Iterator[tuple[str, list[Cell]]]:
        """(state, cells) of each row of this page."""
        return self.cells_of(self.shown)

    def cells_of(self, rows: Any) -> Iterator[tuple[str, list[Cell]]]:
        """(state, cells) of some rows."""
        for row in rows:
            cells = [
                Cell(column, column.read(row), column.link(row) if column.link else None)
                for column in self.columns
            ]
            yield self.state(row) if self.state else "", cells

    @property
    def headings(self) -> list[dict[str, Any]]:
        """Each column with the sorting its heading leads to."""
        return [
            {
                "column": column,
                "sort": self._next_sort(column) if column.sort else "",
                "now": self._sorting_of(column),
            }
            for column in self.columns
        ]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The filters with their choices, the chosen one marked."""
        return [
            {
                "key": self.prefix + item.key,
                "text": item.text,
                "chosen": self._chosen.get(item.key, ""),
                "choices": [
                    {
                        "value": str(choice[0]),
                        "text": choice[1],
                        "state": choice[2] if len(choice) > 2 else "",
                        "chosen": self._chosen.get(item.key) == str(choice[0]),
                    }
                    for choice in item.choices
                    if not item.is_long or self._chosen[item.key] == str(choice[0])
                ],
            }
            for item in self.filters
            if not item.is_long or item.key in self._chosen
        ]

    @property
    def counted(self) -> int:
        """How many rows were found, at most MOST_LOOKED + 1; `total` where the author knows it."""
        if self._known is not None:
            return self._known
        if not self._more and self.shown:
            return (self.page - 1) * self.per_page + len(self.shown)
        if isinstance(self.found, QuerySet):
            return int(self.found.order_by()[: MOST_LOOKED + 1].count())
        return len(self.found)

    @property
    def is_beyond(self) -> bool:
        """Whether there are more rows than are looked at."""
        return self.total is None and self.counted > MOST_LOOKED

    @property
    def first_row(self) -> int:
        """The number of this page's first row."""
        return (self.page - 1) * self.per_page + 1

    @property
    def last_row(self) -> int:
        """The number of this page's last row."""
        return (self.page - 1) * self.per_page + len(self.shown)

    @property
    def previous_page(self) -> int | None:
        """The page before, if any."""
        return self.page - 1 if self.page > 1 else None

    @property
    def next_page(self) -> int | None:
        """The page after, if any and not too deep."""
        return self.page + 1 if self.shown and self._more and self.page < self.last_page else None

    @property
    def is_searchable(self) -> bool:
        """Whether there is a search field."""
        return self.search is not None or not isinstance(self.rows, QuerySet)

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or filter is at work."""
        return bool(self.query or self._chosen)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The other parameters of the address, to be kept by the search form."""
        gone = {self.prefix + "q", self.prefix + "page", self.prefix + "as"}
        return [(key, str(value)) for key, value in self.request.GET.items() if key not in gone]

    # ---- what was asked for ----

    @property
    def found(self) -> Any:
        """All rows that match, in order: a queryset (lazy) or a list."""
        if self._found is None:
            rows = self.rows
            for item in self.filters:
                if item.key in self._chosen:
                    rows = self._narrow(rows, item, self._chosen[item.key])
            if self.query:
                rows = self._find(rows)
            self._found = self._sort(rows)
        return self._found

    def render(self, template: str, context: dict[str, Any] | None = None) -> HttpResponseBase:
        """The answer: the page, or what `?as=` asks for (xlsx, text, print), or for htmx only
        the list.
        """
        wanted = self.request.GET.get(self.prefix + "as", "")
        if wanted == "xlsx":
            title = self.title or self.name
            return exports.to_xlsx(title, self.columns, self.found, total=self._known)
        if wanted == "text":
            return exports.to_text(self.title, self.columns, self.found)
        content: dict[str, Any] = {"listing": self, **(context or {})}
        if wanted == "print":
            rows = list(islice(exports.each(self.found), MOST_PRINTED + 1))
            content["rows"] = self.cells_of(rows[:MOST_PRINTED])
            content["most"] = MOST_PRINTED if len(rows) > MOST_PRINTED else 0
            return render(self.request, "face/list_print.html", content)
        aimed = self.request.headers.get("HX-Target") == self.name
        if pages.is_fragment(self.request) and aimed:
            return render(self.request, "face/list.html", content)
        response: HttpResponse = render(self.request, template, content)
        return response

    @property
    def _known(self) -> int | None:
        """How many rows there are, where the author has said so and nothing narrows them."""
        return None if self.is_narrowed else self.total

    def _narrow(self, rows: Any, item: Filter, value: str) -> Any:
        if callable(item.apply):
            return item.apply(rows, value)
        if isinstance(rows, QuerySet):
            return rows.filter(**{item.apply or item.key: value})
        column = next((c for c in self.columns if c.key == item.key), Column(item.key, ""))
        return [row for row in rows if _key_of(column.read(row)) == value]

    def _find(self, rows: Any) -> Any:
        if callable(self.search):
            return self.search(rows, self.query)
        if isinstance(rows, Paged):
            return rows.find(self.query)
        if isinstance(rows, QuerySet):
            wanted = Q()
            for lookup in self.search or ():
                wanted |= Q(**{lookup: self.query})
            return rows.filter(wanted)
        words = self.query.casefold().split()
        return [row for row in rows if all(word in self._text_of(row) for word in words)]

    def _text_of(self, row: Any) -> str:
        values = (exports.plain(column, column.read(row)) for column in self.columns)
        return _plain(" ".join(str(value) for value in values)).casefold()

    def _sort(self, rows: Any) -> Any:
        key = self.sorted_by.lstrip("-")
        falling = self.sorted_by.startswith("-")
        column = next((c for c in self.columns if c.key == key and c.sort), None)
        if isinstance(rows, Paged):
            by = column.sort if column is not None and isinstance(column.sort, str) else ""
            return rows.sort(f"-{by}" if by and falling else by)
        if isinstance(rows, QuerySet):
            known = column.sort if column is not None and isinstance(column.sort, str) else None
            if known is None and (not self.order or self.sorted_by != self.order):
                known, falling = self.order.lstrip("-"), self.order.startswith("-")
            known = known or key
            # the primary key makes the order whole, so that no row is on two pages or on none
            return rows.order_by(*(f"{'-' if falling else ''}{f}" for f in (known, "pk") if f))
        if column is None:
            return list(rows)
        read = column.read
        return sorted(rows, key=lambda row: _rank(read(row)), reverse=falling)

    def _sorting_of(self, column: Column) -> str:
        if not column.sort or self.sorted_by.lstrip("-") not in (column.key, column.sort):
            return ""
        return "descending" if self.sorted_by.startswith("-") else "ascending"

    def _next_sort(self, column: Column) -> str:
        return f"-{column.key}" if self._sorting_of(column) == "ascending" else column.key


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _key_of(value: Any) -> str:
    return value.state if isinstance(value, Chip) else str(value)


def _rank(value: Any) -> tuple[int, Any]:
    """Sortable whatever the value: absent values last, numbers before texts; the numbers in a text
    count as numbers, so that door 9-803 comes before 12-803.
    """
    if value is None:
        return 2, ()
    if isinstance(value, int | float):
        return 0, value
    parts = _DIGITS.split(str(value.text if isinstance(value, Chip) else value))
    return 1, tuple(int(part) if at % 2 else part for at, part in enumerate(parts))
