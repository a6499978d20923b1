"""`doorstep plan centre`: from a file to figures and papers; what is wrong is named by its field,
in both languages.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import doorstep.planning.centre as centre

EXAMPLE = Path(centre.__file__).parent / "examples" / "yingyue.toml"
pytestmark = pytest.mark.once
SMALL = """
name = "small"
opens = "08:00"
replications = 30
stations = [
  { name = "desk", servers = 4, duration = { mean_seconds = 100 } },
  { name = "stall", servers = 5, duration = { preset = "portland_dose" } },
]
arrivals = { bookings = 420, first = "08:00", last = "11:30" }
target = { people = 370, by = "12:15" }
"""


def run(*words: str | Path, what: str = "centre") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "doorstep.config.cli", "plan", what, *map(str, words)]
    environment = os.environ | {"DOORSTEP_DATA": "/nonexistent"}  # it needs no installation
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_a_file_becomes_figures_and_papers(tmp_path: Path) -> None:
    problem, html, pdf = tmp_path / "small.toml", tmp_path / "a.html", tmp_path / "a.pdf"
    problem.write_text(SMALL)
    done = run(problem, "--fewest", "desk", "stall", "--html", html, "--pdf", pdf)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["outcome"]["days"] == 30 and report["staffing"]["is_whole"]
    assert len(report["staffing"]["needs"]) == 5
    assert html.read_text("utf-8").count("<svg") == 3 and pdf.read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('servers = 4', 'servers = "four"'), "stations[0].servers"),
        (('by = "12:15"', 'by = "07:15"'), "target.by"),
        (("portland_dose", "nobody_s"), "stations[1].duration.preset"),
        (("replications = 30", "replications = 30\nreplicas = 3"), "replicas"),
        (('opens = "08:00"', "opens = "), "line 3"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    problem = tmp_path / "small.toml"
    problem.write_text(SMALL.replace(*change))
    done = run(problem)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert any(ord(letter) > 0x4E00 for letter in done.stderr)


def test_the_example_is_a_right_problem() -> None:
    import tomllib

    from doorstep.planning import problems
    from doorstep.planning.centre import problem

    found = problems.read(problem.Centre, tomllib.loads(EXAMPLE.read_text("utf-8")))
    problem.check(found)


@pytest.mark.parametrize(
    ("what", "model", "example", "said"),
    [
        ("sampling", "sampling", "estate", "tubes"),
        ("supply", "walks", "supply", "trips"),
        ("visits", "walks", "visits", "people"),
        ("shifts", "shifts", "gate", "duties"),
        ("projection", "projection", "estate", "outlooks"),
    ],
)
def test_every_model_works_on_its_example_and_names_what_is_wrong(
    what: str, model: str, example: str, said: str, tmp_path: Path
) -> None:
    path = EXAMPLE.parents[2] / model / "examples" / f"{example}.toml"
    html, pdf = tmp_path / "a.html", tmp_path / "a.pdf"
    papers = ("--html", html, "--pdf", pdf, "--language", "zh-hans")
    done = run(path, "--seconds", "3", *papers, what=what)
    assert done.returncode == 0, done.stderr
    assert said in json.loads(done.stdout)  # nothing else stands where the JSON goes
    assert "<table" in html.read_text("utf-8") and pdf.read_bytes()[:5] == b"%PDF-"
    assert any(ord(letter) > 0x4E00 for letter in html.read_text("utf-8").split("<p>")[1])
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("colour = 1\n" + path.read_text("utf-8"))
    done = run(wrong, what=what)
    assert done.returncode == 2 and "colour" in done.stderr


def test_a_time_study_goes_straight_in(tmp_path: Path) -> None:
    problem, study = tmp_path / "small.toml", tmp_path / "study.csv"
    problem.write_text(SMALL)
    study.write_text("seconds\n60\n90\n75,somebody\n")
    done = run(problem, "--timings", f"stall={study}")
    assert done.returncode == 0, done.stderr
    [desk, stall] = json.loads(done.stdout.splitlines()[-1])["outcome"]["stations"]
    assert stall["seconds_each"] == pytest.approx(75, rel=0.02)
    study.write_text("60\nlong\n")
    for words, said in ((f"stall={study}", "long"), ("nurse=x", "nurse"), ("stall=/none", "/none")):
        done = run(problem, "--timings", words)
        assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_a_plan_comes_of_the_roster_too(tmp_path: Path) -> None:
    environment = os.environ | {"DOORSTEP_DATA": str(tmp_path / "data")}
    environment.pop("DOORSTEP_DATABASE", None)

    def ask(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "doorstep.config.cli", *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    assert ask("town", "load", "--estate", "御水岸", "--buildings", "1").returncode == 0
    done = ask("plan", "visits", "--live", "estate=御水岸", "minutes=6")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["visits"] > 50
    for words, said in ((["estate=月亮"], "月亮"), (["estate=御水岸", "colour=red"], "colour"),
                        (["minutes=6"], "estate"), (["estate=荷香里"], "estate")):  # fmt: skip
        done = ask("plan", "visits", "--live", *words)
        assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert ask("plan", "visits").returncode == 2
