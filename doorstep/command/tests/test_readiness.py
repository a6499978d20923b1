"""The planner's kernels are compiled ahead, once, and who asks meanwhile is told."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from doorstep.command.plans import readiness
from doorstep.command.tests import conftest
from doorstep.planning.compiled import COMPILES
from doorstep.rounds.tests import street

HERE = {"estate": street.ESTATE}


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Kernels are being compiled, until this is called."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        monkeypatch.setattr(readiness, "_process", process)
        assert process.stdin is not None
        yield process.stdin.close


@pytest.mark.django_db
def test_who_asks_meanwhile_is_told_and_asked_again(estate: None, busy: Callable[[], None]) -> None:
    chen = conftest.sign_in(street.Staff(street.CHEN), "en")
    for address, said in (
        ("/plans/for/visits", HERE), ("/plans/", {"people": "300", "by": "12:30"}),
    ):  # fmt: skip
        assert "Refresh" not in chen.get(address).headers  # the form is there at once
        answer = chen.get(address, said)
        page = answer.content.decode()
        assert answer.status_code == 200 and answer["Refresh"] == "3"
        assert "The planner is getting ready." in page and 'class="drawing"' not in page
        assert all(f"{name}=" in page for name in said)  # what was typed is kept
    zh = conftest.sign_in(street.Staff(street.CHEN), "zh-hans")
    assert "测算程序正在准备。" in zh.get("/plans/for/visits", HERE).content.decode()
    busy()
    readiness.wait()
    assert 'class="drawing"' in chen.get("/plans/for/visits", HERE).content.decode()


@pytest.mark.django_db
def test_an_act_waits_until_the_planner_is_ready(
    chen: Client, busy: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[bool] = []
    wait = readiness.wait

    def finish() -> None:
        waited.append(readiness.is_getting_ready())
        busy()
        wait()

    monkeypatch.setattr(readiness, "wait", finish)
    assert chen.post("/plans/for/visits/keep", HERE | {"for": "2021-06-22"}).status_code == 302
    assert waited == [True]


def test_who_waits_goes_on_when_it_takes_too_long(
    busy: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 0.01)
    readiness.wait()
    assert readiness.is_getting_ready()


def test_it_is_compiled_once_and_again_after_an_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []

    def begin(command: list[str], **_: Any) -> Any:
        started.append(command)
        return SimpleNamespace(wait=lambda: 0)

    monkeypatch.setattr(readiness, "_PLANNING", tmp_path)
    monkeypatch.setattr(readiness, "_process", None)
    monkeypatch.setattr(subprocess, "Popen", begin)
    monkeypatch.setattr("doorstep.planning.warming.compile_kernels", lambda: None)
    kernel = tmp_path / "kernel.py"
    kernel.write_text("1")
    readiness.start()
    assert len(started) == COMPILES
    readiness.compile_all()  # what the process does
    readiness.start()
    assert len(started) == COMPILES
    kernel.write_text("1 + 1")
    readiness.start()
    assert len(started) == 2 * COMPILES
    readiness.compile_all()
    assert len(list((tmp_path / "__pycache__").iterdir())) == COMPILES  # the old note is gone
