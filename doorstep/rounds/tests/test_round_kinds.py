"""Kinds of round as data: what ships holds together, and what does not is refused."""

import re

import pytest

from doorstep.rounds import round_kinds, rules

LUNCH = (round_kinds.FOLDER / "kinds" / "lunch.toml").read_text()
PAPER = "#FAFAF7"


def test_the_shipped_kinds_hold_together() -> None:
    kinds = round_kinds.list_kinds()
    assert {"sampling", "sampling_recheck", "lunch"} <= set(kinds)
    assert kinds["lunch"].subject == "door" and kinds["lunch"].home is None
    assert kinds["sampling_recheck"].pool == "single"


def test_no_code_of_rounds_knows_lunch() -> None:
    modules = [path for path in round_kinds.FOLDER.rglob("*.py") if "tests" not in path.parts]
    assert len(modules) > 5
    assert not [path.name for path in modules if re.search(r"\blunch\b", path.read_text())]


def _contrast(colour: str, ground: str) -> float:
    def light(text: str) -> float:
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(colour), light(ground)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("code", round_kinds.list_kinds())
def test_every_state_that_says_something_can_be_told_apart(code: str) -> None:
    told = [state for state in round_kinds.list_kinds()[code].legend if state.key != "none"]
    for state in told:
        assert _contrast(state.colour, PAPER) >= 4.5, state
    # missed is what due becomes, never beside it: an outline both times, vermilion the second
    for without in ("due", "missed"):
        shapes = [state.pattern for state in told if state.key != without]
        assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('subject = "door"', 'subject = "street"', "street"),
        ('key = "held"', 'key = "hold"', "hold"),
        ('reasons = ["away"', 'reasons = ["bored"', "bored"),
        ("{outstanding} of {due} doors still", "{nobody} of {due} doors still", "nobody"),
        ('code = "lunch"', 'code = "lunch"\ncolour = "red"', "colour"),
        ('colour = "#9A6200"', 'colour = "amber"', "legend"),
        ('marks = ["visit.made"]', "marks = []", "marks"),
        ('subject = "door"', "", "subject"),
    ],
)
def test_a_kind_that_does_not_hold_together_is_refused(was: str, becomes: str, said: str) -> None:
    assert was in LUNCH
    broken = LUNCH.replace(was, becomes, 1).encode()
    with pytest.raises(round_kinds.NotAKind, match=said):
        round_kinds.read_kind(broken, round_kinds.list_reasons())


def test_every_sentence_reads_in_both_languages() -> None:
    counts = rules.Counts(due=10_214, done=10_000, refused=2, held=3, home=41)
    facts = rules.sentence_facts(counts, closed=False)
    for kind in round_kinds.list_kinds().values():
        assert "212" in round_kinds.sentence_of(kind, facts, "en")
        assert "212" in round_kinds.sentence_of(kind, facts, "zh-hans")
    sampling = round_kinds.list_kinds()["sampling"]
    assert round_kinds.sentence_of(sampling, facts, "en") == (
        "212 of 10,214 people are not yet sampled; 41 of them waiting at home; "
        "3 of them held for a decision."
    )
    assert round_kinds.sentence_of(sampling, facts, "zh-hans") == (
        "应检10,214人，还有212人待检，其中41人在家等候，3人的记录待核。"
    )
