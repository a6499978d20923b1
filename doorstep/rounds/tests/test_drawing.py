"""Who gets on a due list, who is excused at once, who is reached at home."""

from doorstep.kit import clock
from doorstep.rounds import drawing, round_kinds

SAMPLING = round_kinds.list_kinds()["sampling"]
NOW = 1_000 * clock.DAY
RESIDENTS = [
    ("wang", "door1", "present"),
    ("li", "door1", "away"),
    ("zhang", "door2", "moved_out"),
    ("liu", "door3", "present"),
]


def draw(kind: str = "sampling", **given: object) -> drawing.Drawn:
    known = {"flags": {}, "standings": {}, "at": NOW} | given
    return drawing.draw(round_kinds.list_kinds()[kind], RESIDENTS, **known)  # type: ignore[arg-type]


def held(kind: str, hours_ago: float, hours_left: float | None = None) -> drawing.Held:
    until = None if hours_left is None else NOW + int(hours_left * clock.HOUR)
    return drawing.Held(kind, NOW - int(hours_ago * clock.HOUR), until)


def test_who_is_away_or_moved_out_is_not_due() -> None:
    assert draw().due == [("wang", "door1", "table"), ("liu", "door3", "table")]


def test_a_round_of_doors_lists_each_door_where_somebody_is() -> None:
    assert draw("lunch").due == [("door1", "door1", "table"), ("door3", "door3", "table")]


def test_who_cannot_walk_is_sampled_at_home() -> None:
    drawn = draw(flags={"wang": ["bedridden", "dialysis"], "liu": ["exam"]})
    assert drawn.due == [("wang", "door1", "home"), ("liu", "door3", "table")]


def test_who_is_asked_to_stay_waits_at_home_until_the_request_lapses() -> None:
    asked = {"wang": [held("stay_asked", 1, 11)], "liu": [held("stay_asked", 13, -1)]}
    assert draw(standings=asked).due == [("wang", "door1", "home"), ("liu", "door3", "table")]


def test_everybody_in_an_isolated_flat_waits_at_home() -> None:
    drawn = draw(standings={"door3": [held("home_isolation", 5)]})
    assert drawn.due == [("wang", "door1", "table"), ("liu", "door3", "home")]


def test_who_was_vaccinated_within_a_day_is_listed_and_excused() -> None:
    drawn = draw(standings={"wang": [held("vaccinated", 23.9)], "liu": [held("vaccinated", 24)]})
    assert drawn.excused == [("wang", "vaccinated")]
    assert len(drawn.due) == 2


def test_a_pack_may_say_other_hours() -> None:
    standings = {"wang": [held("vaccinated", 47)]}
    assert draw(standings=standings).excused == []
    drawn = draw(standings=standings, hours={"vaccinated": 48})
    assert drawn.excused == [("wang", "vaccinated")]


def test_a_dose_still_to_come_excuses_nobody() -> None:
    assert draw(standings={"wang": [held("vaccinated", -1)]}).excused == []


def test_everybody_is_sampled_again_at_home() -> None:
    assert {where for _, _, where in draw("sampling_recheck").due} == {"home"}
