"""A project that is late or silent is pushed to the unit that owns it, with the day to answer by;
and when that day is past, to whoever steers the programme. By short message, to units and steerers
of whom the gateway has a number; the first page says the same to whoever signs in.

Refuses to name a person, and to push twice for one day to answer by.
"""

from functools import lru_cache
from typing import NamedTuple

from doorstep.ledger import reactions, store
from doorstep.operations.programme import queries
from doorstep.operations.programme.actions import projects
from doorstep.outside import messages
from doorstep.rounds.round_kinds import Text

STEERING = "programme"  # the audience that hears of what nobody answered for
OWNER = "unit:"  # before a unit's name, the audience of that unit


class Push(NamedTuple):
    """Something to be said of a project to an audience. `reason` is late, silent or unanswered."""

    project: str
    audience: str
    reason: str
    title: Text
    unit: str
    answer_by: str

    @property
    def fact(self) -> str:
        """What tells this push of a project from its others."""
        return f"{self.answer_by}:{self.audience}"


def list_wanted() -> list[reactions.Pair]:
    """(project, Push.fact) of all that is to be said now to somebody who can be reached."""
    return [(each.project, each.fact) for each in _list_due() if messages.has(each.audience)]


def push(project: str, fact: str) -> None:
    """Say it, unless it has been answered meanwhile. Raises messages.Undelivered."""
    for each in _list_due():
        if (each.project, each.fact) == (project, fact):
            key = f"programme:{project}:{fact}"
            messages.send(messages.Message(key, each.audience, _say(each)))


def _list_due() -> tuple[Push, ...]:
    version = queries.get_version()
    return _read_due(projects.today(), version) if any(version) else ()


@lru_cache(maxsize=1)  # the worker asks after every commit
def _read_due(today: str, _version: tuple[int, ...]) -> tuple[Push, ...]:
    late = [each for each in queries.list_projects(today) if each.standing.answer_by]
    units = {
        str(id_): name
        for id_, name in store.select(
            "registry_unit", ["id", "name"], "id", {str(each.row.unit) for each in late}
        )
    }
    found = []
    for each in late:
        unit = units.get(str(each.row.unit), "")
        reason = "late" if each.is_late else "silent"
        said = (each.words.title, unit, str(each.standing.answer_by))
        found.append(Push(each.id, OWNER + unit, reason, *said))
        if each.standing.escalated:
            found.append(Push(each.id, STEERING, "unanswered", *said))
    return tuple(found)


def _say(of: Push) -> str:
    """Chinese, then English."""
    zh, en, by = of.title.zh, of.title.en or of.title.zh, of.answer_by
    return {
        "late": f"项目“{zh}”已逾期，请于{by}前报告进展。Project “{en}” is late: report by {by}.",
        "silent": f"项目“{zh}”已超过一个月没有报告，请于{by}前报告进展。"
                  f"Project “{en}” has had no report for over a month: report by {by}.",
        "unanswered": f"项目“{zh}”应于{by}前报告进展，至今没有报告。责任单位：{of.unit}。"
                      f"Project “{en}” was to be reported by {by} and has not been ({of.unit}).",
    }[of.reason]  # fmt: skip


def _leave(project: str, fact: str) -> None:
    """What was answered needs no second word."""


REACTIONS = [reactions.Reaction("programme.push", list_wanted, push, _leave)]
