"""The measurements of tubes and routes run and say what they must; no time is asserted."""

from doorstep.bench import tubes


def test_tubes_and_teams_have_their_gaps() -> None:
    report = tubes.measure_tubes(1)
    assert 0 <= report["tubes_gap"] <= 0.005 < report["in_order_gap"]
    assert all(0 <= gap <= 0.01 for gap in report["teams_gap"].values())


def test_routes_bring_all_in_both_searches() -> None:
    report = tubes.measure_routes(0.2)
    assert report["stops"] == tubes.BUILDINGS
    assert report["metres_1_s"] > 0 < report["metres_long"]
