"""What the field app has to know of the kinds of round: their words, and the kinds of entry that
make a subject done. The files of the kinds say it, so the app names none. Refuses nothing.
"""

from typing import Any

from doorstep.rounds import round_kinds


def make_kinds() -> dict[str, Any]:
    """By code of the kind `label` in both languages and `marks`."""
    return {
        code: {"label": {"en": kind.label.en, "zh": kind.label.zh}, "marks": kind.marks}
        for code, kind in round_kinds.list_kinds().items()
    }
