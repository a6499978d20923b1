"""Somebody with an account."""

from collections.abc import Iterator

import pytest
from django.test import Client

from doorstep.face import accounts, frame
from doorstep.ledger import store
from doorstep.registry import models as registry

PASSWORD = "correct horse battery"
CHEN = "0190a0a0-0000-7000-8000-00000000d0d0"
ESTATE = "0190a0a0-0000-7000-8000-00000000e000"


@pytest.fixture
def chen(db: None) -> Iterator[registry.Staff]:
    """A duty officer of one estate; guesses are forgotten before and after."""
    accounts.forget_failures()
    staff = registry.Staff(id=CHEN, name="陈志强", account="chen")
    staff.set_password(PASSWORD)
    staff.save(force_insert=True)
    registry.Place.objects.create(id=ESTATE, kind="estate", name="中海锦城", path=f"/{ESTATE}/")
    store.insert("registry_role", ["staff", "role", "place"], [(CHEN, "duty_officer", ESTATE)])
    yield staff
    accounts.forget_failures()


@pytest.fixture(autouse=True)
def no_navigation() -> Iterator[None]:
    """The pages of these tests are not the installation's."""
    before = list(frame._items)
    frame.install([])
    yield
    frame.install(before)


@pytest.fixture
def signed_in(chen: registry.Staff) -> Client:
    """Chen's browser."""
    client = Client()
    client.force_login(chen)
    return client
