"""An installation for a measurement is gone afterwards, unless it was given a folder to stay in."""

from pathlib import Path

import pytest

from doorstep.bench import server

pytestmark = pytest.mark.once


def test_what_was_loaded_is_kept_in_a_folder_and_found_there_again(tmp_path: Path) -> None:
    with server.Installation("sqlite", tmp_path / "kept") as installation:
        installation.ask("fill", "1", "1")
    with server.Installation("sqlite", tmp_path / "kept") as again:
        assert again.ask("count")["findings"] == 0 and (again.folder / "data").is_dir()
    with server.Installation("sqlite") as fresh:
        folder = fresh.folder
        assert folder.is_dir()
    assert not folder.exists()


def test_the_time_of_the_servers_processors_is_counted(tmp_path: Path) -> None:
    with server.Installation("sqlite", tmp_path) as installation:
        installation.ask("fill", "1", "1")
        installation.start()
        assert 0 < installation.measure_cpu() < 600 and installation.measure_memory() > 20
