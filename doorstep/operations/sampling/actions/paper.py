"""A paper form typed later: many people, one tube, at the times written on the form."""

from collections.abc import Sequence
from typing import NamedTuple

from doorstep.ledger import desk, refusals, writer
from doorstep.operations.sampling import models
from doorstep.operations.sampling.actions import common, people, tubes


class PaperLine(NamedTuple):
    """One line of the form. `at`: microseconds since 1970 UTC, as written on the paper."""

    person: str
    at: int


def enter_paper_form(
    staff: common.Staff,
    *,
    round: str,
    table: str,
    tube: str,
    lines: Sequence[PaperLine],
    pool: str | None = None,
    count: int | None = None,
    anyway: bool = False,
) -> list[str]:
    """Enter a whole form: the tube opened at its first time, everybody in it, closed at its last
    with the number on the paper. The swabs were taken, so a closed round, a full tube or a second
    sampling does not stop it; the book flags what does not fit. A tube already in the book gets
    the people who are not in it yet, so the same form twice changes nothing.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, CODE_UNREADABLE, MOMENT_WRONG, POOL_NOT_ALLOWED,
            FORM_EMPTY, FORM_KNOWN, WRONG_ROUND; PERSON_EXCLUDED, PERSON_NOT_LISTED,
            ALREADY_SAMPLED unless `anyway`.
    """
    code = common.read_code(tube)
    for line in lines:
        common.check_moment(line.at)

    def act() -> list[str]:
        common.may(staff, common.AT_THE_TABLE, common.find_table(table).id)
        found = common.find_round(round)
        if not lines:
            raise refusals.Refused("FORM_EMPTY")
        before = common.find_tube(code)
        if before is not None and before.round not in (None, found.id):
            raise refusals.Refused("WRONG_ROUND")
        inside = models.Sample.objects.filter(
            round=found.id, tube=code, state__in=people.COUNTING
        ).values_list("person", flat=True)
        known = {str(person) for person in inside}
        new = [line for line in dict.fromkeys(lines) if line.person not in known]
        if not new:
            raise refusals.Refused("FORM_KNOWN", tube=code)
        named = list(dict.fromkeys(line.person for line in new))
        if anyway:
            people.check_known(named)
        else:
            people.check_people(found, {line.person: line.at for line in new}, anyway=False)
        times = [line.at for line in lines]
        entries = []
        if before is None or before.opened_at is None:
            entries.append(tubes.opening(found, table, code, pool, min(times)))
        entries += [
            people.binding(found.id, table, code, line.person, line.at, "paper") for line in new
        ]
        if before is None or before.closed_at is None:
            counted = len(known) + len(named) if count is None else count
            entries.append(tubes.closing(found.id, table, code, counted, max(times)))
        return desk.post(str(staff.id), entries)

    return writer.run(act)
