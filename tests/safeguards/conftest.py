"""What the safeguards are tried on."""

from collections.abc import Iterator

import pytest

from doorstep.ledger import models
from doorstep.orders import evidence
from doorstep.orders.tests import ground


@pytest.fixture
def estate(cell: models.Cell) -> Iterator[None]:
    """Two estates, people of two units, and the pack of June 2021; nobody provides evidence."""
    before = evidence.get()
    evidence.install(evidence.Nothing())
    ground.build()
    ground.adopt()
    yield
    evidence.install(before)
