"""What the tests of orders begin with."""

from collections.abc import Iterator

import pytest

from doorstep.ledger import models
from doorstep.orders import evidence
from doorstep.orders.tests import ground


@pytest.fixture
def estate(cell: models.Cell) -> None:
    """Two estates, people who may act, and the pack of June 2021."""
    ground.build()
    ground.adopt()


@pytest.fixture(autouse=True)
def nobody_provides() -> Iterator[None]:
    """No test leaves its provider to another."""
    before = evidence.get()
    evidence.install(evidence.Nothing())
    yield
    evidence.install(before)
