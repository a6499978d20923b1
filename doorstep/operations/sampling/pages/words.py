"""Words for what the book keeps as codes: states, tube sizes, outcomes, reasons. In the reader's
language when they are shown; an unknown code shows as itself.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from doorstep.face import lists, moments, phrases
from doorstep.kit import clock
from doorstep.ledger import codes
from doorstep.operations.sampling import counters, queries
from doorstep.rounds import models as rounds
from doorstep.rounds import round_kinds

Text = str | Promise
MOST_NAMED = 3  # tubes named of a re-sampling

POOLS: dict[str, Text] = {
    "single": _("1:1 single"),
    "household": _("One per household"),
    "five": _("5:1"),
    "ten": _("10:1"),
    "twenty": _("20:1"),
}
TUBE_STATES: dict[str, tuple[str, Text]] = {
    "empty": ("none", pgettext_lazy("tube", "Empty")),
    "sampled": ("due", pgettext_lazy("tube", "Filling")),
    "closed": ("due", pgettext_lazy("tube", "Closed")),
    "boxed": ("due", _("In a box")),
    "shipped": ("due", _("On the way")),
    "received": ("due", _("At the laboratory")),
    "tested": ("held", _("Result held")),
    "reported": ("done", _("Reported")),
    "refused": ("act", pgettext_lazy("tube", "Refused")),
}
BOX_STATES: dict[str, tuple[str, Text]] = {
    "unsealed": ("held", _("Seal not in yet")),
    "sealed": ("due", _("Waiting for a courier")),
    "collected": ("due", _("On the way")),
    "received": ("done", _("At the laboratory")),
    "refused": ("act", pgettext_lazy("tube", "Refused")),
}
OUTCOMES: dict[str, tuple[str, Text]] = {
    "negative": ("done", _("Negative")),
    "positive": ("act", _("Positive")),
    "inconclusive": ("held", _("Inconclusive")),
    "invalid": ("act", _("Invalid")),
}
SAMPLE_STATES: dict[str, tuple[str, Text]] = {
    "effective": ("done", pgettext_lazy("tube", "Counts")),
    "again": ("excused", _("A second time")),
    "held": ("held", _("To settle")),
    "rejected": ("none", _("Settled: does not stand")),
    "withdrawn": ("none", _("Taken back")),
    "void": ("act", _("Due again")),
}
REASONS: dict[str, Text] = {
    "leak": _("Leaking"),
    "unreadable": _("Label unreadable"),
    "count": _("Count does not agree"),
    "spill": _("Spilled or damaged on the way"),
}
MISTAKES: dict[str, Text] = {
    "wrong_code": _("Another box or tube was meant"),
    "wrong_count": _("The count or the seal number was wrong"),
    "wrong_content": _("The wrong tubes, table or laboratory was named"),
    "never_happened": _("It did not happen"),
}
FACTS: dict[str, Text] = {
    "opened": pgettext_lazy("tube", "Opened"),
    "closed": pgettext_lazy("tube", "Closed"),
    "refused": pgettext_lazy("tube", "Refused"),
    "sealed": pgettext_lazy("tube", "Sealed"),
    "collected": pgettext_lazy("tube", "Collected"),
    "handed_over": _("Handed over"),
    "spilled": _("Spilled on the way"),
    "received": pgettext_lazy("tube", "Received"),
    "sampled": pgettext_lazy("tube", "Sampled"),
    "unsampled": _("Taken back"),
    "reported": _("Result reported"),
    "corrected": _("Result corrected"),
}
# Codes in a word or two, for a chip; the whole sentence is in ledger.codes.
CODES: dict[str, Text] = {
    "PERSON_TWICE": _("Sampled twice"),
    "TUBE_REUSED": _("Tube used twice"),
    "RESULT_CONTRADICTS": _("Results contradict"),
    "RESULT_WITHOUT_TUBE": _("Result without a tube"),
    "PERSON_UNKNOWN": _("Person unknown"),
    "NOT_ALLOWED": _("Writer had no role"),
    "ID_REUSED": _("One id for two lines"),
    "TUBE_OVERFULL": _("Too many in the tube"),
    "TUBE_CLOSED": _("After closing"),
    "WRONG_ROUND": _("Another round"),
    "BOX_UNBALANCED": _("Counts differ"),
    "CLOCK_OFF": _("Clock was off"),
    "SAMPLED_AFTER_TEST": _("Sampled after the test"),
}
CLOCKS: dict[str, Text] = {
    "collect": _("from the first swab to the courier"),
    "laboratory": _("from the courier to the laboratory"),
    "report": _("from the laboratory's receipt to the result"),
}
COLUMNS: dict[str, Text] = {
    "": _("The whole row"),
    "tube": _("Tube code"),
    "result": _("Result"),
    "tested_at": _("Tested"),
    "reported_at": _("Reported"),
    "laboratory": _("Laboratory"),
    "ct_orf1ab": "Ct ORF1ab",
    "ct_n": "Ct N",
    "status": _("Status"),
    "corrects": _("Corrects"),
}


def chip(words: dict[str, tuple[str, Text]], code: str | None) -> lists.Chip | None:
    """The state and words of a code."""
    if not code:
        return None
    state, text = words.get(code, ("none", code))
    return lists.Chip(state, text)


def tube_chip(tube: Any) -> lists.Chip | None:
    """What a tube has come to in one chip: its outcome once it has one, else where it is."""
    if tube.outcome:
        return chip(OUTCOMES, tube.outcome)
    return chip(TUBE_STATES, tube.state)


def name_steps() -> list[str]:
    """The five counters in words, in the order of counters.Five."""
    return [
        pgettext("tube", "Sampled"),
        pgettext("tube", "Shipped"),
        pgettext("tube", "Received"),
        pgettext("tube", "Tested"),
        pgettext("tube", "Reported"),
    ]


def describe_five(five: counters.Five, address: str) -> list[dict[str, Any]]:
    """The five counters as a page shows them: in people, with the tubes they are in."""
    return [
        {
            "number": count.people,
            "text": text,
            "address": address,
            "note": ngettext("%(count)s tube", "%(count)s tubes", count.tubes)
            % {"count": f"{count.tubes:,}"},
        }
        for text, count in zip(name_steps(), five, strict=True)
    ]


def round_label(round_: rounds.Round) -> str:
    """A round as people say it: its kind and day, and of a re-sampling what it follows from."""
    [(_id, label)] = label_rounds([round_])
    return label


def label_rounds(found: Sequence[rounds.Round]) -> list[tuple[str, str]]:
    """(round, its label), to choose from."""
    causes = name_causes([each.id for each in found if each.parent is not None])
    today = clock.to_moment(clock.now(), moments.zone()).date()
    labels = []
    for each in found:
        kind = round_kinds.find_kind(each.round_kind)
        said = [
            kind.label.read(language()) if kind else each.round_kind,
            moments.say_day(date.fromisoformat(each.day), today),
            causes.get(str(each.id), ""),
        ]
        label = (", " if language() == "en" else " ").join(part for part in said if part)
        labels.append((each.id, label))
    return labels


def name_causes(found: Collection[str]) -> dict[str, str]:
    """By re-sampling, what it follows from, as "after tube GC000001"."""
    return {round_: _say_cause(tubes) for round_, tubes in queries.list_causes(found).items()}


def _say_cause(tubes: Sequence[str]) -> str:
    said = phrases.join(tubes[:MOST_NAMED]) + (" …" if len(tubes) > MOST_NAMED else "")
    return ngettext("after tube %(tubes)s", "after tubes %(tubes)s", len(tubes)) % {"tubes": said}


def say_code(code: str, **facts: object) -> str:
    """The sentence for a code of the catalogue, in the reader's language."""
    return codes.text_of(code, language(), **facts)


def language() -> str:
    """The reader's language."""
    return get_language() or "en"
