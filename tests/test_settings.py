"""What an installation is told of its settings: nothing that Django warns of goes unanswered, and
what the database's address asks for is asked for.
"""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db.backends.postgresql import base
from django.test import Client

from doorstep.config import databases

ADDRESS = "postgresql://clerk:p%40ss@db.example:5433/doorstep"


def read(address: str) -> dict[str, Any]:
    return databases.read_address(address, Path("/nowhere"))


def test_django_has_nothing_to_warn_of() -> None:
    call_command("check", deploy=True, fail_level="WARNING")


@pytest.mark.django_db
def test_no_page_is_shown_in_a_frame(cell: object) -> None:
    answer = Client().get("/sign-in")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_what_follows_the_question_mark_reaches_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}

    def connect(**words: Any) -> None:
        asked.update(words)
        raise psycopg.OperationalError("asked")

    monkeypatch.setattr(base.Database, "connect", connect)
    settings = read(f"{ADDRESS}?sslmode=verify-full&sslrootcert=%2Fetc%2Froot.crt")
    wrapper = base.DatabaseWrapper(settings | {"TIME_ZONE": None, "AUTOCOMMIT": True})
    with pytest.raises(psycopg.OperationalError):
        wrapper.get_new_connection(wrapper.get_connection_params())
    assert (asked["sslmode"], asked["sslrootcert"]) == ("verify-full", "/etc/root.crt")
    assert (asked["host"], asked["port"]) == ("db.example", 5433)
    assert (asked["user"], asked["password"]) == ("clerk", "p@ss")


def test_a_folder_with_the_database_s_socket_is_its_host() -> None:
    settings = read("postgresql://postgres@/postgres?host=/run/postgresql")
    assert (settings["HOST"], settings["OPTIONS"]) == ("/run/postgresql", databases.VANISHED)


def test_a_database_that_does_not_answer_is_given_up_unless_the_address_says_otherwise() -> None:
    assert read(ADDRESS)["OPTIONS"]["connect_timeout"] == "10"
    options = read(f"{ADDRESS}?connect_timeout=90")["OPTIONS"]
    assert (options["connect_timeout"], options["tcp_user_timeout"]) == ("90", "30000")


@pytest.mark.parametrize("address", ["mysql://a@b/c", f"{ADDRESS}?sslmod=require", f"{ADDRESS}?x"])
def test_an_address_that_asks_for_something_unknown_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="DOORSTEP_DATABASE"):
        read(address)
