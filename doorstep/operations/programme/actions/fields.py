"""How the parts of a project are typed and written, in a form and in a spreadsheet: milestones,
budget, number, level. Refuses with the code of the part.
"""

import re
from collections.abc import Sequence

from doorstep.ledger import refusals
from doorstep.operations.programme import queries
from doorstep.operations.programme.actions import projects
from doorstep.rounds.round_kinds import Text

LEVELS = {"subdistrict": ("街道", "Subdistrict"), "community": ("社区", "Community")}
_STEP = re.compile(r"^(\d{4}-\d{2}-\d{2})[\s　:：,，]+(.+?)(?:\s*[|｜]\s*(.*))?$")


def read_steps(text: str, before: Sequence[projects.Step] = ()) -> list[projects.Step]:
    """Milestones, one on a line: its day, its words, and after a bar its English words; one whose
    words are as before keeps its id.

    Raises:
        Refused: MILESTONES_WRONG.
    """
    known = {step.label.zh: step.id for step in before}
    steps = []
    for line in filter(None, map(str.strip, re.split(r"[\n；;]", text))):
        match = _STEP.match(line)
        if match is None:
            raise refusals.Refused("MILESTONES_WRONG")
        label = Text((match[3] or "").strip(), match[2].strip())
        steps.append(projects.Step(match[1], label, known.pop(label.zh, None)))
    return sorted(steps, key=lambda step: step.due)


def write_steps(found: queries.Project) -> str:
    """Milestones as `read_steps` reads them."""
    return "\n".join(
        f"{step.due} {step.label.zh}" + (f" | {step.label.en}" if step.label.en else "")
        for step in steps_of(found)
    )


def steps_of(found: queries.Project | None) -> list[projects.Step]:
    """The milestones of a project as they are described."""
    if found is None:
        return []
    return [
        projects.Step(each.due, found.words.milestones.get(each.id, Text("", "")), each.id)
        for each in found.milestones
    ]


def read_budget(text: str) -> int | None:
    """Yuan as typed, with or without commas; None for nothing. Raises Refused: BUDGET_WRONG."""
    plain = re.sub(r"[,，\s]", "", text)
    plain = re.sub(r"\.0+$", "", plain)
    if not plain:
        return None
    if not plain.isascii() or not plain.isdigit() or len(plain) > 12:
        raise refusals.Refused("BUDGET_WRONG")
    return int(plain)


def read_code(text: str) -> str | None:
    """A project's number as typed; None for nothing. Raises Refused: PROJECT_CODE_WRONG."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if not plain:
        return None
    if not re.fullmatch(r"[0-9A-Z]{4,20}", plain):
        raise refusals.Refused("PROJECT_CODE_WRONG")
    return plain
