"""The form for one result by hand, when it is entered and when it is corrected."""

from typing import Any

from django.http import QueryDict

from doorstep.kit import clock
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions, models
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import moments, words


def read_form(form: QueryDict) -> dict[str, Any]:
    """What report_result and correct_result take, but for the tube.

    Raises:
        Refused: TIME_UNREADABLE, CT_UNREADABLE.
    """
    return {
        "outcome": form.get("outcome", ""),
        "tested_at": moments.read_local(form.get("tested_at", "")),
        "reported_at": moments.read_local(form.get("reported_at", "")),
        "laboratory": form.get("laboratory", ""),
        "ct_orf1ab": _read_ct(form.get("ct_orf1ab", "")),
        "ct_n": _read_ct(form.get("ct_n", "")),
        "accession": form.get("accession", ""),
    }


def _read_ct(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        raise refusals.Refused("CT_UNREADABLE") from None
    if not 0 <= value <= 100:
        raise refusals.Refused("CT_UNREADABLE")
    return value


def fields_of(
    form: QueryDict, staff: common.Staff, before: models.Result | None = None
) -> dict[str, Any]:
    """What the form shows: what was typed, else the result before, else this moment."""
    now = moments.to_local(clock.now())
    start: dict[str, Any] = {"tested_at": now, "reported_at": now}
    if before is not None:
        start = {
            "tested_at": moments.to_local(before.tested_at),
            "reported_at": now,
            "laboratory": str(before.laboratory),
        }
    shown = {name: form.get(name, start.get(name, "")) for name in (
        "tube", "outcome", "tested_at", "reported_at", "laboratory", "ct_orf1ab", "ct_n",
        "accession",
    )}  # fmt: skip
    shown["outcomes"] = [("", "–")] + [(key, text) for key, (_, text) in words.OUTCOMES.items()]
    shown["laboratories"] = [(str(unit.id), unit.name) for unit in actions.list_laboratories(staff)]
    return shown
