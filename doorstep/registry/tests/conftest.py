"""The estate most tests of the registry stand on."""

import pytest

from doorstep.ledger import models
from doorstep.registry.tests.block import Block


@pytest.fixture
def block(cell: models.Cell) -> Block:
    """Two estates and their staff in an open book."""
    return Block()
