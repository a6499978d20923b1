"""The tests run where they say: on the database that was asked for, in a folder of their own."""

import os
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_the_tests_run_on_the_database_that_was_asked_for() -> None:
    assert connection.vendor == os.environ.get("DOORSTEP_TEST_ON", "sqlite")


def test_the_tests_write_into_a_folder_of_their_own() -> None:
    assert Path(tempfile.gettempdir()) in Path(settings.DATA).parents
    assert Path(settings.DATA).name.startswith("doorstep-test-")
