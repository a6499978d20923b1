"""Moments and identities keep their one spelling."""

from datetime import datetime

import pytest

from doorstep.kit import clock, ids


def test_a_moment_survives_the_way_to_microseconds_and_back() -> None:
    moment = datetime.fromisoformat("2021-06-21T08:31:00.000001+08:00")
    assert clock.to_moment(clock.to_micros(moment), "Asia/Shanghai") == moment
    assert clock.day_of(clock.to_micros(moment), "Asia/Shanghai") == "2021-06-21"


def test_the_cells_day_is_not_the_day_in_greenwich() -> None:
    moment = datetime.fromisoformat("2021-06-20T16:30:00+00:00")
    assert clock.day_of(clock.to_micros(moment), "Asia/Shanghai") == "2021-06-21"


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        clock.to_micros(datetime(2021, 6, 21))


def test_new_ids_are_canonical_version_seven_and_in_order_of_time() -> None:
    earlier, later = ids.at_millis(1_624_233_600_000), ids.at_millis(1_624_233_600_001)
    assert ids.is_canonical(earlier) and earlier[14] == "7" and earlier[19] in "89ab"
    assert earlier < later and len({ids.new() for _ in range(999)}) == 999


def test_another_spelling_is_not_the_same_id() -> None:
    text = ids.new()
    assert not ids.is_canonical(text.upper().replace("A", "B") + " ")
    with pytest.raises(ValueError, match="canonical"):
        ids.to_bytes(text.replace("-", ""))


def test_many_ids_are_written_as_each_by_itself() -> None:
    made = [ids.new() for _ in range(5)]
    assert ids.all_to_bytes(made) == b"".join(map(ids.to_bytes, made))
    begun = b"\x00\x10"
    assert ids.all_to_bytes(made, begun) == b"".join(begun + ids.to_bytes(each) for each in made)
    assert ids.all_to_bytes([]) == ids.all_to_bytes([], begun) == b""
    first, second = made[:2]
    odd = ["", "no id", first.upper(), first + " ", " " + first[1:], first.replace("-", "")]
    odd += ["-" + first[:7] + first[8:], first[:-1] + "g", first + "," + second]
    for texts in [*([second, each] for each in odd), [first[:-1], second + "0"]]:
        for before in (b"", begun):
            with pytest.raises(ValueError):
                ids.all_to_bytes(texts, before)
