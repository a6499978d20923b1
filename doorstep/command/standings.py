"""The kinds of standing by name, read from standings.toml. A kind that is not declared is shown by
its own word, so nothing another part of the system leaves is hidden.
"""

import tomllib
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

from doorstep.ledger import store
from doorstep.rounds import wall

_FILE = Path(__file__).with_name("standings.toml")


@cache
def _declared() -> dict[str, dict[str, object]]:
    rows = tomllib.loads(_FILE.read_text("utf-8"))["standing"]
    return {row["code"]: row for row in rows}


def name_standing(code: str) -> str:
    """The kind's name in the reader's language."""
    row = _declared().get(code)
    label = row["label"] if row else {}
    language = "zh" if (get_language() or "en").startswith("zh") else "en"
    return str(label.get(language) or code) if isinstance(label, dict) else code


def find_standing(code: str) -> wall.Standing:
    """The kind as the wall draws it, in the reader's language."""
    row = _declared().get(code, {})
    return wall.Standing(
        code,
        name_standing(code),
        str(row.get("colour", "#1C1F23")),
        str(row.get("night", "#E8E8E3")),
        str(row.get("pattern", "dots")),
    )


def list_held(estate: str, at: int) -> list[str]:
    """The kinds of standing that somebody living in the estate holds at a moment (microseconds)."""
    rows = store.query(
        "SELECT DISTINCT s.kind FROM registry_residence r "
        "JOIN registry_standing s ON s.subject = r.person "
        "WHERE r.estate = %s AND s.from_at <= %s AND (s.until_at IS NULL OR s.until_at > %s)",
        [estate, at, at],
    )
    return sorted(str(code) for (code,) in rows)
