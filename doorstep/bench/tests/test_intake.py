"""The bench itself: it loses and doubles nothing of its own, and would tell if the server did."""

import pytest

from doorstep.bench import intake, load, machine, server

COUNTED = {"entries": 100, "lines": 100, "sampled": 80, "bound": 80, "counted": 80}


@pytest.mark.parametrize("database", server.DATABASES)
def test_a_short_measurement_adds_up(database: str) -> None:
    report = intake.measure(intake.Asked(database, devices=3, batch=25, seconds=1, resend=True))
    assert report["sent"] == report["kept"] == report["counted"]["lines"] > 0
    assert report["lost"] == report["doubled"] == report["refused"] == report["flagged"] == 0
    assert report["counted"]["findings"] == report["counted"]["held"] == 0
    assert report["counted"]["done"] == report["counted"]["sampled"] > 0
    assert report["resend"]["known"] == report["resend"]["sent"] == report["sent"]
    assert 0 < report["p50_ms"] <= report["p99_ms"]


def test_what_is_answered_and_not_there_is_lost() -> None:
    told = [load.Tally(kept=60), load.Tally(kept=41)]
    assert intake._compare(told, COUNTED) == {"lost": 1, "doubled": 0}
    assert intake._compare(told[:1], COUNTED | {"bound": 79})["lost"] == 1


def test_what_is_there_twice_is_doubled() -> None:
    told = [load.Tally(kept=100)]
    assert intake._compare(told, COUNTED | {"lines": 101})["doubled"] == 1
    assert intake._compare(told, COUNTED | {"bound": 82})["doubled"] == 2
    assert intake._compare(told, COUNTED | {"counted": 81})["doubled"] == 1


def test_percentiles() -> None:
    values = [float(n) for n in range(1, 101)]
    assert machine.percentile(values, 0.5) == 51 and machine.percentile(values, 0.99) == 100
    assert machine.percentile([], 0.5) == 0
