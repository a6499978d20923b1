"""Where a sampling day leaks: the seven failure points that Shenzhen named (16 March 2022), counted
and listed for one round, each as something a person can go and put right.

Reads only. Refuses to blame: nothing here says who made a mistake.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.kit import clock
from doorstep.ledger import store
from doorstep.operations.sampling import rules
from doorstep.orders import queries as orders

Text = str | Promise
_VERDICT = (
    "SELECT f.tube, v.entry, NULL FROM ledger_verdict v "
    "JOIN sampling_{fact} f ON f.entry = v.entry {join} "
    "WHERE v.code = '{code}' AND {round}.round = %s"
)
_OF_TUBES = "SELECT tube, NULL, NULL FROM sampling_tube WHERE round = %s AND "
_WITH_BOX = "SELECT tube, NULL, box FROM sampling_tube WHERE round = %s AND "
_TUBE = "JOIN sampling_tube t ON t.tube = f.tube"


class Item(NamedTuple):
    """One thing to look at: the code of a tube or a box, the entry where there is one, and the box
    of a tube where it is what went wrong.
    """

    code: str
    entry: str | None = None
    box: str | None = None


class Check(NamedTuple):
    """One question to the tables. `of`: whether items are tubes or boxes; `allowed`: the clock of
    the pack (orders.queries.deadline) whose time counts back from now, where there is one.
    """

    key: str
    point: int
    label: Text
    of: str
    sql: str
    allowed: str | None = None


class Finding(NamedTuple):
    """A check of a round with what it found."""

    check: Check
    found: int


def _swabs(code: str) -> str:
    return _VERDICT.format(fact="sample", join="", code=code, round="f")


def _results(code: str, fact: str = "result") -> str:
    return _VERDICT.format(fact=fact, join=_TUBE, code=code, round="t")


# Tested before its box was in the laboratory, as far as the book knows. A result typed by hand has
# minutes only, a receipt has seconds.
EARLY = (
    "reported_at IS NOT NULL AND box IS NOT NULL AND state <> 'refused' "
    f"AND (received_at IS NULL OR tested_at < received_at - {clock.MINUTE})"
)
_UNBOXED = ", ".join(f"'{state}'" for state in rules.WAITING[:2])
CHECKS = (
    Check("scans_forgotten", 1, _("Tubes with more or fewer swabs than records"), "tube",
        f"{_OF_TUBES}counted IS NOT NULL AND counted <> people + held + voided"),
    Check("persons_unknown", 2, _("People who are on no roster"), "tube",
        _swabs("PERSON_UNKNOWN")),
    Check("persons_elsewhere", 2, _("People who do not belong to this round"), "tube",
        _swabs("WRONG_ROUND")),
    Check("persons_twice", 3, _("People who are in two tubes"), "tube", _swabs("PERSON_TWICE")),
    Check("tubes_overfull", 3, _("Tubes with too many people"), "tube", _swabs("TUBE_OVERFULL")),
    Check("tubes_unboxed", 4, _("Tubes that are in no box"), "tube",
        f"{_OF_TUBES}state IN ({_UNBOXED})"),
    Check("boxes_unbalanced", 5, _("Boxes whose counts or seals do not agree"), "box",
        "SELECT box, NULL, NULL FROM sampling_box WHERE round = %s AND NOT balanced"),
    Check("boxes_late", 5, _("Boxes too long on the way"), "box",
        "SELECT box, NULL, NULL FROM sampling_box WHERE round = %s AND ((received_at IS NULL "
        "AND collected_at < {since}) OR received_at - collected_at > {allowed})", "laboratory"),
    Check("boxes_with_stops", 5, _("Boxes that changed hands on the way"), "box",
        "SELECT b.box, MIN(CAST(f.entry AS text)), NULL FROM sampling_box b "
        "JOIN sampling_boxfact f ON f.box = b.box AND f.fact = 'handed_over' AND f.stands "
        "WHERE b.round = %s GROUP BY b.box"),
    Check("boxes_unreceived", 5, _("Boxes that no laboratory has received"), "box",
        "SELECT box, NULL, NULL FROM sampling_box WHERE round = %s "
        "AND state IN ('sealed', 'collected')"),
    Check("results_before_receipt", 6, _("Results before the laboratory received the box"), "tube",
        f"{_WITH_BOX}{EARLY}"),
    Check("results_missing", 6, _("Tubes without a result in time"), "tube",
        _OF_TUBES + "received_at < {since} AND reported_at IS NULL AND state <> 'refused'",
        "report"),
    Check("results_repeated", 6, _("Tubes with several results"), "tube",
        "SELECT t.tube, MIN(CAST(r.entry AS text)), NULL FROM sampling_tube t "
        "JOIN sampling_result r ON r.tube = t.tube AND r.corrects IS NULL WHERE t.round = %s "
        "GROUP BY t.tube HAVING COUNT(*) > 1"),
    Check("results_without_tube", 6, _("Results for tubes that nobody was sampled into"), "tube",
        "SELECT f.tube, v.entry, NULL FROM ledger_verdict v "
        f"JOIN sampling_result f ON f.entry = v.entry {_TUBE} "
        "WHERE v.code = 'RESULT_WITHOUT_TUBE' AND (t.round = %s OR t.round IS NULL)"),
    Check("results_contradicting", 7, _("Results that exclude each other"), "tube",
        _results("RESULT_CONTRADICTS")),
    Check("people_contradicting", 7, _("People with results that exclude each other"), "tube",
        _swabs("RESULT_CONTRADICTS")),
    Check("tubes_reused", 7, _("Tubes that two rounds or tables claim"), "tube",
        _results("TUBE_REUSED", "tubefact")),
)  # fmt: skip
BY_KEY: dict[str, Check] = {check.key: check for check in CHECKS}


def list_findings(round_: str, area: str, now: int) -> list[Finding]:
    """Every check of a round at the moment `now` with its count, in the order of the way."""
    filled = {check.key: _fill(check, area, now) for check in CHECKS}
    # what is asked of tubes alone is asked in one look at them
    asked = {
        key: sql.removeprefix(_OF_TUBES).removeprefix(_WITH_BOX)
        for key, sql in filled.items()
        if sql.startswith((_OF_TUBES, _WITH_BOX))
    }
    sums = ", ".join(
        f"COALESCE(SUM(CASE WHEN {what} THEN 1 ELSE 0 END), 0)" for what in asked.values()
    )
    [row] = store.query(f"SELECT {sums} FROM sampling_tube WHERE round = %s", [round_])
    found = {key: int(count) for key, count in zip(asked, row, strict=True)}
    for key, sql in filled.items():
        if key not in found:
            [[count]] = store.query(f"SELECT COUNT(*) FROM ({sql}) AS found", [round_])
            found[key] = int(count)
    return [Finding(check, found[check.key]) for check in CHECKS]


def list_items(round_: str, area: str, key: str, now: int, limit: int) -> list[Item]:
    """What a check found, by code, the first `limit`.

    Raises:
        KeyError: there is no check of that key.
    """
    sql = _fill(BY_KEY[key], area, now)
    rows = store.query(f"{sql} ORDER BY 1, 2 LIMIT {int(limit)}", [round_])
    return [Item(code, None if entry is None else str(entry), box) for code, entry, box in rows]


def _fill(check: Check, area: str, now: int) -> str:
    if check.allowed is None:
        return check.sql
    allowed = orders.deadline(check.allowed, area, now)
    return check.sql.format(since=int(now - allowed), allowed=int(allowed))
