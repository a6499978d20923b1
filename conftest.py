"""Tests keep their own data folder, away from any installation on this machine."""

import os
import tempfile

import pytest

os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")


@pytest.fixture
def cell(db):  # type: ignore[no-untyped-def]
    """An open book."""
    from doorstep.ledger import book

    book.get_cell_id.cache_clear()
    return book.open_cell("Asia/Shanghai")
