"""What the tests of other field apps share."""

from collections.abc import Iterator

import pytest

from doorstep.face import accounts as guessing
from doorstep.field import areas
from doorstep.field.openrosa import accounts
from doorstep.field.tests.collect import (
    Collect,
)
from doorstep.ledger import models
from doorstep.operations.sampling.tests import ground


@pytest.fixture
def laid(cell: models.Cell, monkeypatch: pytest.MonkeyPatch) -> Iterator[ground.Ground]:
    monkeypatch.setattr(areas, "FRESH_SECONDS", -1.0)
    monkeypatch.setattr(areas, "_areas", type(areas._areas)())
    guessing.forget_failures()
    yield ground.lay_out()
    guessing.forget_failures()


@pytest.fixture
def app(laid: ground.Ground) -> Collect:
    made = accounts.make_account(table=ground.TABLE, person=ground.LI, label="1号台 B")
    return Collect(made.user, made.password)
