"""Which database an installation uses: SQLite in its data folder, or PostgreSQL by an address in
DOORSTEP_DATABASE (`postgresql://user:password@host:port/name?sslmode=verify-full`). Refuses every
other scheme, and a parameter PostgreSQL's library does not know.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

# A server that has vanished is given up, so that whoever waits is told and the next try is made:
# seconds to connect and of silence, times asked, milliseconds until what was sent is taken.
VANISHED = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def read_address(address: str, data: Path) -> dict[str, Any]:
    """Django's settings for the database at `address`; an empty address is SQLite in `data`.

    Raises:
        ValueError: the address is not of PostgreSQL, or asks for something unknown.
    """
    return _sqlite(data) if not address else _postgresql(address)


def _sqlite(data: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": data / "book.sqlite3",
        "CONN_MAX_AGE": None,
        # IMMEDIATE: a writer waits for its turn instead of failing half-way; FULL: an answered
        # line is on disk.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=20000;",
        },
    }


def _postgresql(address: str) -> dict[str, Any]:
    from psycopg import ProgrammingError, adapters, conninfo
    from psycopg.types.string import TextLoader

    # an id is its canonical text everywhere in Python, and that is how PostgreSQL prints a uuid
    adapters.register_loader("uuid", TextLoader)
    parts = urlsplit(address)
    if parts.scheme != "postgresql":
        raise ValueError("DOORSTEP_DATABASE begins with postgresql://")
    query = parse_qs(parts.query, keep_blank_values=True)
    options = {name: values[-1] for name, values in query.items() if name != "host"}
    try:
        conninfo.make_conninfo(**options)
    except ProgrammingError as problem:
        raise ValueError(f"DOORSTEP_DATABASE: {problem}") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or query.get("host", [""])[0],
        "PORT": parts.port or "",
        "CONN_MAX_AGE": None,
        "OPTIONS": VANISHED | options,
    }
