"""The day report as one HTML page. Refuses to need anything else: no script, no file beside it."""

from collections.abc import Sequence
from html import escape

from doorstep.play import report_words as words
from doorstep.play.report import Report

_STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans SC",sans-serif;background:#FAFAF7;color:#1C1F23;
max-width:60rem;margin:2rem auto;padding:0 1rem;font-variant-numeric:tabular-nums}
h1{font-size:1.6rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse}td,th{padding:.15rem 1.2rem .15rem 0;text-align:left;
vertical-align:top}
td+td,th+th{text-align:right}td.root{font-family:monospace;overflow-wrap:anywhere}
@media(max-width:40rem){td,th{padding-right:.6rem}}
svg{width:100%;height:auto}.doors{columns:4 10rem;list-style:none;padding:0}
"""
_COLOURS = {
    "sampled": "#0F766E", "shipped": "#5B4B8A", "received": "#9A6200", "reported": "#1C1F23",
}  # fmt: skip
_VIEWPORT = "<meta name='viewport' content='width=device-width'>"
_WIDE, _HIGH = 900, 260


def make_html(report: Report) -> str:
    """The page."""
    english, chinese = words.list_sentences(report)
    title = " · ".join((report.estate, report.day, *words.TITLE))
    parts = [
        f"<h1>{escape(title)}</h1><p>{escape(english)}</p><p lang='zh'>{escape(chinese)}</p>",
        _section("people", words.list_people(report)),
        _section("open", words.list_open_rows(report)),
        _heading("history") + _chart(report),
        _section("tubes", words.list_tubes(report)),
        _section("rechecks", words.list_rechecks(report), header=True),
        _section("waiting", [words.WAITING_HEADER, *words.list_waiting(report)], header=True),
        _section("codes", [words.CODES_HEADER, *words.list_codes(report)], header=True),
        _section("mistakes", [words.MISTAKES_HEADER, *words.list_planted(report)], header=True),
        _section("book", words.list_book(report)),
        _heading("doors") + _doors(report),
    ]
    head = f"<meta charset='utf-8'>{_VIEWPORT}<title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>"


def _heading(name: str) -> str:
    return f"<h2>{escape(words.section(name))}</h2>"


def _section(name: str, rows: Sequence[Sequence[str]], *, header: bool = False) -> str:
    """A heading and its table, or nothing when there are no rows."""
    if not rows:
        return ""
    head = ""
    if header:
        cells = "".join(f"<th scope='col'>{escape(each)}</th>" for each in rows[0])
        head, rows = f"<thead><tr>{cells}</tr></thead>", rows[1:]
    body = "".join(
        "<tr>" + "".join(f"<td{_kind(each)}>{_break_codes(each)}</td>" for each in row) + "</tr>"
        for row in rows
    )
    return f"{_heading(name)}<table>{head}<tbody>{body}</tbody></table>"


def _kind(text: str) -> str:
    return " class='root'" if len(text) == 64 else ""


def _break_codes(text: str) -> str:
    """The text, escaped; a code may be broken where its words end."""
    return escape(text).replace("_", "_<wbr>")


def _chart(report: Report) -> str:
    """Four counters over the day, labelled at their ends."""
    history = report.history
    if len(history) < 2:
        return "<p>–</p>"
    start, end = history[0].at, history[-1].at
    most = max(1, *(each.sampled for each in history), report.people)

    def point(at: int, count: int) -> str:
        x = 40 + (at - start) / (end - start) * (_WIDE - 190)
        return f"{x:.1f},{_HIGH - 30 - count / most * (_HIGH - 50):.1f}"

    drawn = []
    for name, colour in _COLOURS.items():
        points = " ".join(point(each.at, getattr(each, name)) for each in history)
        # all of them end where everybody is: named in the order in which they come there
        y = 28 + 18 * list(_COLOURS).index(name)
        drawn.append(
            f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2'/>"
            f"<text x='{_WIDE - 130}' y='{y}' fill='{colour}'>{escape(words.label(name))}</text>"
        )
    for at, text in words.list_hours(report):
        x, _ = point(at, 0).split(",")
        drawn.append(f"<text x='{x}' y='{_HIGH - 8}' text-anchor='middle'>{text}</text>")
    return (
        f"<svg viewBox='0 0 {_WIDE} {_HIGH}' role='img' font-size='12' "
        f"aria-label='{escape(words.section('history'))}'>{''.join(drawn)}</svg>"
    )


def _doors(report: Report) -> str:
    doors = report.book["missed_doors"]
    return f"<ul class='doors'>{''.join(f'<li>{escape(each)}</li>' for each in doors)}</ul>"
