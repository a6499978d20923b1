"""What the tests of sampling's pages share."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from doorstep.registry import models as registry


@pytest.fixture
def sit(client: Client) -> Callable[[Any], Client]:
    """Signs somebody in."""

    def sit_down(staff: Any) -> Client:
        client.force_login(registry.Staff.objects.get(id=staff.id))
        return client

    return sit_down
