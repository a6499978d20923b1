"""An estate with rounds, and people who sign in at the command post."""

import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client

from doorstep.command import navigation, panels
from doorstep.command.plans import pages
from doorstep.face import frame
from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import store
from doorstep.registry import models as registry
from doorstep.rounds import actions, effects, wall
from doorstep.rounds.tests import street

SignIn = Callable[..., Client]


def today() -> str:
    return clock.day_of(clock.now(), "Asia/Shanghai")


def sign_in(staff: street.Staff, language: str = "en") -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    client.force_login(registry.Staff.objects.get(id=staff.id))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


@pytest.fixture(autouse=True)
def _searches_have_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search may take so long of the processor's time, whatever else the machine has to do."""
    monkeypatch.setattr(pages, "seconds_now", time.process_time)


@pytest.fixture
def estate(cell: ledger.Cell) -> None:
    """Two buildings of six doors with two people each; an officer, a steward and a stranger."""
    wall._layouts.clear()
    street.build(buildings=2, doors=6, people=2)
    store.insert(
        "registry_staff",
        ["id", "name", "title", "account", "is_active", "password"],
        [
            (street.CHEN, "陈", "值班员", "chen", True, "!"),
            (street.LIN, "林", "管家", "lin", True, "!"),
            (street.ZHAO, "赵", "值班员", "zhao", True, "!"),
        ],
    )


@pytest.fixture
def chen(estate: None) -> Client:
    """The duty officer of the estate, signed in."""
    return sign_in(street.DUTY_OFFICER)


@pytest.fixture
def administrator(estate: None) -> Client:
    """The duty officer, who runs the installation too."""
    store.insert(
        "registry_role", ["staff", "role", "place"], [(street.CHEN, "administrator", street.ESTATE)]
    )
    return sign_in(street.DUTY_OFFICER)


@pytest.fixture
def round_(estate: None) -> str:
    """Today's sampling round of the estate, one door of it done."""
    made = actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day=today()
    )
    sample(made, street.person_id(1, 1, 1), street.person_id(1, 1, 2))
    return made


def sample(round_: str, *people: str, effective: bool = True) -> None:
    """Let people be sampled in a round."""
    at = clock.now()
    effects.put_marks([(one, round_, one, "person.sampled", at, effective) for one in people])


@pytest.fixture(autouse=True)
def own_frame() -> Iterator[None]:
    """The command post's navigation alone; each test installs the panels it wants."""
    before, kept = (
        list(frame._items),
        (list(panels._panels), list(panels._alarms), list(panels._days)),
    )
    frame.install(navigation.ITEMS)
    panels.install()
    yield
    frame.install(before)
    panels.install(*kept)
