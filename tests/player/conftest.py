"""The town is made once for a file of tests, and each has a copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorstep.play import stage
from tests.player import ground


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> ground.Still:
    """The town with the people of one building and its day opened."""
    return ground.open_town(tmp_path_factory.mktemp("town"))


@pytest.fixture
def scene(town: ground.Still, tmp_path: Path) -> Iterator[stage.Stage]:
    """A copy of the town, served."""
    with ground.copied(town, tmp_path / "data") as made:
        made.start()
        yield made
