"""Pictures of figures as SVG, made on the server: the same text stands on a page, in a file and, by
fpdf2, on paper. Lines are named at their end, and told apart by dash as well as by colour.

Knows no model and no page. Colours are classes that a page's style sheet fills by day and by night,
with the day's as attributes for paper. Refuses nothing: what is empty is drawn as empty axes.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

WIDTH: Final = 720  # of every picture, in its own units; a page scales it
_COLOURS: Final = {
    "done": "#0B6E69",
    "due": "#1C1F23",
    "held": "#855300",
    "act": "#BF3018",
    "quiet": "#5A6068",
    "line": "#DAD9D2",
    "wash": "#F1F0EA",
    "sheet": "#FFFFFF",
}
_DASHES: Final = ("", "7 4", "2 3", "10 3 2 3")
_SIZE: Final = 12  # of the letters
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 26, 34


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: its name, its points, its colour; `bands` are ranges, the widest first:
    [(x, low, high), …]. A line without points shows its bands alone.
    """

    name: str
    points: Sequence[tuple[float, float]]
    colour: str = "done"
    bands: Sequence[Sequence[tuple[float, float, float]]] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A level that is not to be passed (`y`), or a moment (`x`), with its words."""

    text: str
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A bar from `start` to `end` in a row, with its words. `pattern`: hatched, for what waits."""

    start: float
    end: float
    text: str = ""
    colour: str = "done"
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """What stands along an axis: its name and how a number is said there. `clock`: minutes since
    midnight, with ticks on hours. `most`: at least so far, so that pictures compare.
    """

    name: str
    say: Callable[[float], str] = field(default=lambda value: f"{value:,.6g}")
    clock: bool = False
    least: float | None = None
    most: float | None = None


def say_clock(minutes: float) -> str:
    """Minutes since midnight as "08:30"; the next day's as "+1 00:10"."""
    day, rest = divmod(round(minutes), 24 * 60)
    text = f"{rest // 60:02}:{rest % 60:02}"
    return f"+{day} {text}" if day else text


def draw_lines(
    title: str,
    lines: Sequence[Line],
    x: Axis,
    y: Axis,
    *,
    marks: Sequence[Mark] = (),
    height: int = 300,
    family: str = "",
) -> str:
    """Curves over time or over a number. `title` is what a screen reader says of the picture;
    `family` the face of the letters, for paper.
    """
    xs = [at for line in lines for at, _ in line.points]
    xs += [at for line in lines for band in line.bands for at, _, _ in band]
    ys = [value for line in lines for _, value in line.points]
    ys += [high for line in lines for band in line.bands for _, _, high in band]
    ys += [mark.y for mark in marks if mark.y is not None]
    across = _Scale(x, xs, _LEFT, WIDTH - _RIGHT, exact=True)
    up = _Scale(y, [0.0, *ys], height - _BOTTOM, _TOP)
    parts = [_axes(across, up, x, y, height)]
    for line in lines:
        for number, band in enumerate(line.bands):
            parts.append(_band(across, up, band, line.colour, 0.14 + 0.12 * number))
    ends: list[tuple[float, str, str]] = []
    for dash, line in zip(itertools.cycle(_DASHES), lines, strict=False):
        if not line.points:
            continue
        at = " L".join(f"{across.at(a):.1f} {up.at(b):.1f}" for a, b in line.points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path d="M{at}" {_paint(stroke=line.colour)} stroke-width="2.2"{dashed}/>')
        ends.append((up.at(line.points[-1][1]), line.name, line.colour))
    for top, name, colour in _spread(ends, _TOP, height - _BOTTOM):
        parts.append(_text(WIDTH - _RIGHT + 8, top + 4, name, colour))
    for mark in marks:
        parts.append(_mark(across, up, mark, height))
    return _picture(title, "".join(parts), height, family)


def draw_rows(
    title: str,
    rows: Sequence[tuple[str, Sequence[Span]]],
    x: Axis,
    *,
    marks: Sequence[Mark] = (),
    family: str = "",
) -> str:
    """Rows of bars over time: teams, carts, servers (a Gantt chart)."""
    step = 24
    height = _TOP + step * max(len(rows), 1) + _BOTTOM
    across = _Scale(x, [at for _, spans in rows for s in spans for at in (s.start, s.end)],
                    120, WIDTH - 16, exact=True)  # fmt: skip
    parts = [_ticks_below(across, x, height, 120, WIDTH - 16)]
    for number, (name, spans) in enumerate(rows):
        top = _TOP + step * number
        parts.append(_text(112, top + 15, name, "due", "end"))
        for span in spans:
            parts.append(_bar(across, span, top + 3, step - 6))
    for mark in marks:
        if mark.x is not None:
            parts.append(_upright(across.at(mark.x), mark.text, height))
    return _picture(title, "".join(parts), height, family)


def draw_heat(
    title: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[tuple[float, str] | None]]],
    across: str,
    down: str,
    *,
    chosen: tuple[int, int] | None = None,
    family: str = "",
) -> str:
    """A grid of values from 0 (pale) to 1 (full), each with its words; None is left empty.
    `chosen`: (row, column) of the cell with a frame. The words carry the value, not the colour.
    """
    left, top, high = 84, 40, 26
    wide = (WIDTH - left - 8) / max(len(columns), 1)
    height = round(top + high * max(len(rows), 1) + 12)
    parts = [_text(left, 14, across, "quiet"), _text(left - 8, 32, down, "quiet", "end")]
    for number, name in enumerate(columns):
        parts.append(_text(left + wide * (number + 0.5), 32, name, "due", "middle"))
    for line, (name, cells) in enumerate(rows):
        y = top + high * line
        parts.append(_text(left - 8, y + 17, name, "due", "end"))
        for number, cell in enumerate(cells):
            if cell is None:
                continue
            share, words = min(max(cell[0], 0.0), 1.0), cell[1]
            x = left + wide * number
            parts.append(
                f'<rect x="{x + 1:.1f}" y="{y + 1}" width="{wide - 2:.1f}" height="{high - 2}" '
                f'{_paint("done")} fill-opacity="{0.06 + 0.84 * share:.2f}"/>'
            )
            ink = "sheet" if share > 0.7 else "due"
            parts.append(_text(x + wide / 2, y + 17, words, ink, "middle"))
            if chosen == (line, number):
                parts.append(
                    f'<rect x="{x + 1:.1f}" y="{y + 1}" width="{wide - 2:.1f}" '
                    f'height="{high - 2}" {_paint(stroke="act")} stroke-width="2.5"/>'
                )
    return _picture(title, "".join(parts), height, family)


class _Scale:
    """From a value to a place. `exact`: the values reach the ends; else to the next tick."""

    def __init__(
        self, axis: Axis, values: Iterable[float], start: float, end: float, exact: bool = False
    ) -> None:
        known = [value for value in values if math.isfinite(value)]
        if axis.least is not None:
            known.append(axis.least)
        if axis.most is not None:
            known.append(axis.most)
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        if high <= low:
            high = low + (60.0 if axis.clock else 1.0)
        self.ticks = _ticks_of(low, high, axis.clock, abs(end - start))
        if not exact:
            high = max(high, self.ticks[-1])
        self._low, self._span = low, high - low
        self._start, self._length = start, end - start

    def at(self, value: float) -> float:
        return self._start + self._length * (value - self._low) / self._span


def _ticks_of(low: float, high: float, clock: bool, length: float) -> list[float]:
    wished = max(length / 90, 2)
    if clock:
        raw = (high - low) / wished
        step = float(next((s for s in (5, 10, 15, 30, 60, 120, 180, 360, 720) if s >= raw), 1440))
    else:
        size = 10 ** math.floor(math.log10((high - low) / wished))
        step = next(size * s for s in (1, 2, 2.5, 5, 10) if size * s * wished >= (high - low))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = [number * step for number in range(first, last + 1)]
    if not ticks or ticks[-1] < high - 1e-9 * step:
        ticks.append((last + 1) * step)
    return ticks


def _axes(across: _Scale, up: _Scale, x: Axis, y: Axis, height: int) -> str:
    parts = []
    for value in up.ticks:
        at = up.at(value)
        if at < _TOP - 1:
            continue
        rule = f"M{_LEFT} {at:.1f} H{WIDTH - _RIGHT}"
        parts.append(f'<path d="{rule}" {_paint(stroke="line")} stroke-width="1"/>')
        parts.append(_text(_LEFT - 6, at + 4, y.say(value), "quiet", "end"))
    parts.append(_text(2, _TOP - 14, y.name, "quiet"))
    parts.append(_ticks_below(across, x, height, _LEFT, WIDTH - _RIGHT))
    return "".join(parts)


def _ticks_below(across: _Scale, x: Axis, height: int, start: float, end: float) -> str:
    base = height - _BOTTOM
    say = say_clock if x.clock else x.say
    parts = [f'<path d="M{start} {base} H{end}" {_paint(stroke="quiet")} stroke-width="1"/>']
    for value in across.ticks:
        at = across.at(value)
        if at > end + 1:
            continue
        parts.append(f'<path d="M{at:.1f} {base} v4" {_paint(stroke="quiet")} stroke-width="1"/>')
        parts.append(_text(at, base + 17, say(value), "quiet", "middle"))
    parts.append(_text(end, height - 2, x.name, "quiet", "end"))
    return "".join(parts)


def _band(
    across: _Scale, up: _Scale, band: Sequence[tuple[float, float, float]], colour: str, ink: float
) -> str:
    if not band:
        return ""
    there = [f"{across.at(x):.1f} {up.at(high):.1f}" for x, _, high in band]
    back = [f"{across.at(x):.1f} {up.at(low):.1f}" for x, low, _ in reversed(band)]
    path = " L".join(there + back)
    return f'<path d="M{path} Z" {_paint(colour)} fill-opacity="{ink:.2f}"/>'


def _bar(across: _Scale, span: Span, top: float, high: float) -> str:
    x, wide = across.at(span.start), across.at(span.end) - across.at(span.start)
    look = _paint(span.colour)
    if span.pattern:
        look = f'{_paint(span.colour, span.colour)} fill-opacity="0.18" stroke-dasharray="3 2"'
    parts = f'<rect x="{x:.1f}" y="{top}" width="{wide:.1f}" height="{high}" {look}/>'
    if span.text and wide > _width_of(span.text) + 6:
        ink = "due" if span.pattern else "sheet"
        parts += _text(x + wide / 2, top + high / 2 + 4, span.text, ink, "middle")
    return parts


def _mark(across: _Scale, up: _Scale, mark: Mark, height: int) -> str:
    if mark.x is not None:
        return _upright(across.at(mark.x), mark.text, height)
    at = up.at(mark.y or 0.0)
    rule = (
        f'<path d="M{_LEFT} {at:.1f} H{WIDTH - _RIGHT}" {_paint(stroke="act")} stroke-width="1.2"/>'
    )
    return rule + _text(_LEFT + 6, at - 5, mark.text, "act")


def _upright(at: float, text: str, height: int) -> str:
    down = f"M{at:.1f} {_TOP - 8} V{height - _BOTTOM}"
    rule = f'<path d="{down}" {_paint(stroke="act")} stroke-width="1.2"/>'
    # at the right edge the words stand left of their line
    before = at + _width_of(text) + 8 > WIDTH - 8
    return rule + _text(at + (-5 if before else 5), _TOP - 12, text, "act", "end" if before else "")


def _spread(
    ends: Sequence[tuple[float, str, str]], top: float, bottom: float
) -> list[tuple[float, str, str]]:
    """The names at the ends of lines, moved apart so that none covers another."""
    placed: list[tuple[float, str, str]] = []
    for at, name, colour in sorted(ends):
        least = placed[-1][0] + 15 if placed else top
        placed.append((max(at, least), name, colour))
    over = placed[-1][0] - bottom if placed else 0.0
    return [(at - over, name, colour) for at, name, colour in placed] if over > 0 else placed


def _width_of(text: str) -> float:
    """About how wide words are: a Chinese character is as wide as it is high."""
    return sum(_SIZE if ord(letter) > 0x2E80 else _SIZE * 0.56 for letter in text)


def _text(x: float, y: float, words: str, colour: str, anchor: str = "") -> str:
    where = f' text-anchor="{anchor}"' if anchor else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{_SIZE}" {_paint(colour)}{where}>'
        f"{escape(words)}</text>"
    )


def _paint(fill: str = "", stroke: str = "") -> str:
    """Attributes for paper, and classes that a page's style sheet paints over them."""
    said = [f'fill="{_COLOURS[fill]}"' if fill else 'fill="none"']
    names = [f"fill-{fill}"] if fill else []
    if stroke:
        said.append(f'stroke="{_COLOURS[stroke]}"')
        names.append(f"stroke-{stroke}")
    return f'{" ".join(said)} class="{" ".join(names)}"'


def _picture(title: str, inside: str, height: int, family: str) -> str:
    face = f' font-family="{escape(family)}"' if family else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" class="drawing" aria-label="{escape(title)}"'
        f"{face}>{inside}</svg>"
    )
