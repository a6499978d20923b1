"""The phone's bench: it works the plan that it is given and counts people only; too short to tell
anything of a phone.
"""

import shutil

import pytest

from doorstep.bench import phone

pytestmark = pytest.mark.once
CHROMIUM = shutil.which("chromium") or ""


def test_a_plan_is_a_table_s_work() -> None:
    plan = phone.make_plan([f"p{n}" for n in range(12)], 7)
    (_, first), (_, second) = plan[0], plan[12]
    assert plan == [
        ("tube.opened", first),
        *(("person.sampled", f"p{n}") for n in range(10)),
        ("tube.closed", first),
        ("tube.opened", second),
        *(("person.sampled", f"p{n}") for n in range(10, 12)),
        ("tube.closed", second),
    ]
    assert first != second


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
def test_a_short_measurement_adds_up() -> None:
    report = phone.measure(phone.Asked(CHROMIUM, people=40, scans=20, slower=1))
    assert (report["scans"], report["people"], report["slower"]) == (20, 40, 1)
    assert 0 < report["median_ms"] <= report["p95_ms"] <= report["slowest_ms"]
    assert report["first"] == report["last"]  # fewer scans than are told by themselves
