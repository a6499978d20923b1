"""What templates say the same way everywhere: moments, figures, chips, counters. Every template
has these without {% load %}. Refuses nothing; an absent value shows as a dash.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from doorstep.face import moments, phrases
from doorstep.kit import clock

register = template.Library()
NOTHING = "–"
_STOP = re.compile("([。；！？]) +")


def _time(at: int, text: str) -> SafeString:
    zone = moments.zone()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moments.to_attribute(at, zone),
        moments.say_exactly(at, zone),
        text,
    )


@register.filter
def moment(at: int | None) -> str:
    """Microseconds as "08:31", "yesterday 18:05", "21 June 08:31"."""
    return NOTHING if at is None else _time(at, moments.say(at, clock.now(), moments.zone()))


@register.filter
def close_up(html: str) -> SafeString:
    """Chinese sentences that follow one another, without the space that English has between."""
    return mark_safe(_STOP.sub(r"\1", html)) if get_language() == "zh-hans" else mark_safe(html)


@register.filter
def near(at: int | None) -> str:
    """Microseconds as "in 12 min" or "12 min ago" within the hour, else as `moment`."""
    return NOTHING if at is None else _time(at, moments.say_near(at, clock.now(), moments.zone()))


@register.filter
def fully(at: int | None) -> str:
    """Microseconds as "21 June 2021 09:14"; for paper."""
    return NOTHING if at is None else _time(at, moments.say_fully(at, moments.zone()))


@register.filter
def span(micros: int | None) -> str:
    """A length in microseconds as "12 min"."""
    return NOTHING if micros is None else moments.say_span(micros)


@register.filter
def day(text: str | None) -> str:
    """A date (YYYY-MM-DD) as "21 June"."""
    if not text:
        return NOTHING
    today = clock.to_moment(clock.now(), moments.zone()).date()
    said = moments.say_day(date.fromisoformat(text), today)
    return format_html('<time datetime="{}" title="{}">{}</time>', text, text, said)


@register.filter
def figure(number: int | None) -> str:
    """A number with thousands apart: 10,214."""
    return NOTHING if number is None else f"{number:,}"


@register.filter
def share(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage; never "100%" while something is outstanding, nor "0%"
    when something is done.
    """
    if not whole:
        return NOTHING
    percent = 100 * part / whole
    if part and percent < 1:
        return "<1%"
    if part < whole and percent > 99:
        return ">99%"
    return f"{percent:.0f}%"


@register.simple_tag
def chip(state: str, text: str) -> SafeString:
    """A state in words with its shape. States: done due excused held act missed none."""
    return format_html(
        '<span class="chip chip--{}"><i class="mark mark--{}" aria-hidden="true"></i>{}</span>',
        state,
        state,
        text,
    )


@register.filter
def listed(parts: Sequence[str]) -> str:
    """Words one after another, as the reader's language parts them."""
    return phrases.join(parts)


@register.inclusion_tag("face/counters.html")
def counters(rows: Sequence[Any]) -> dict[str, Any]:
    """The row of counters: each {"number", "text", "address"?, "state"?, "note"?}."""
    return {"rows": rows}


@register.inclusion_tag("face/field.html", takes_context=True)
def field(context: template.Context, name: str, text: str, **more: Any) -> dict[str, Any]:
    """A form field: label, input, hint, error.

    more: type (text), value, hint, error, required, choices [(value, text)] for a select,
    rows for a text area, autocomplete, inputmode, min, max, step, pattern, scan (a scanner gun
    may fill it). `errors` in the context ({name: text}) is used when no error is given.
    """
    errors = context.get("errors") or {}
    given = {"type": "text", "error": errors.get(name, ""), **more}
    described = [f"{name}-{part}" for part in ("hint", "error") if given.get(part)]
    return {"name": name, "text": text, "described": " ".join(described), **given}


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """This page's address with some query parameters changed; None or "" drops one."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    encoded = query.urlencode()
    return f"?{encoded}" if encoded else context["request"].path


@register.simple_tag(takes_context=True)
def list_query(context: template.Context, listing: Any, key: str, value: Any) -> str:
    """The address of the same list with one thing changed; a change begins at the first page."""
    query = context["request"].GET.copy()
    prefix = listing.prefix
    key = key if key.startswith(prefix) else prefix + key
    for gone in {key, prefix + "as", prefix + "page"}:
        query.pop(gone, None)
    if value not in (None, ""):
        query[key] = str(value)
    return f"{context['request'].path}?{query.urlencode()}"


@register.simple_tag
def list_cell(cell: Any, linked: bool = True) -> str:
    """One cell of a list as HTML."""
    inner = _shown(cell.column.kind, cell.value) or cell.column.nothing
    if linked and cell.link:
        return format_html('<a href="{}">{}</a>', cell.link, inner)
    return inner


def _shown(kind: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if kind == "chip":
        return chip(value.state, value.text)
    if kind == "html":  # one box, whatever is in it: a card lays out its cells' children
        return format_html("<span>{}</span>", value)
    if kind in _SHOWN:
        return _SHOWN[kind](value)
    return conditional_escape(value)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "moment": moment,
    "near": near,
    "day": day,
    "span": span,
    "number": figure,
}


@register.simple_tag
def now_fully() -> str:
    """The present moment in full; for paper."""
    return fully(clock.now())
