"""Who signs in: the hasher, the check of a password, and how guessing is slowed down.

Refuses to write the database when somebody signs in or guesses: failures are counted in memory.
"""

import threading
from collections import deque
from typing import Any

from django.contrib.auth import get_user_model, hashers
from django.http import HttpRequest

from doorstep.kit import clock
from doorstep.ledger import writer

WINDOW = 15 * clock.MINUTE
# Failures within WINDOW before the next try must wait: one account from one address; one account
# from anywhere (a known name must not be locked by strangers too easily); one address.
MOST_PAIR, MOST_ACCOUNT, MOST_ADDRESS = 5, 50, 100
MOST_KEYS = 10_000

# A hash takes 46 MiB for some 40 ms; two at a time keep a flood of tries from taking the server.
_hashing = threading.BoundedSemaphore(2)
_lock = threading.Lock()
_failures: dict[tuple[str, str], deque[int]] = {}


class Argon2(hashers.Argon2PasswordHasher):
    """Argon2id with 46 MiB, one pass, one lane (OWASP's first choice), not Django's 100 MiB."""

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1


class Backend:
    """Signs in staff by account and password. Gives no Django permissions; roles do."""

    def authenticate(
        self, request: HttpRequest | None, account: str = "", password: str = ""
    ) -> Any | None:
        """The staff whose account and password these are, else None; takes as long either way."""
        model = get_user_model()
        staff = model.objects.filter(account=account.strip()).first()
        good, stale = verify(password, staff.password if staff else None)
        if staff is None or not good or not staff.is_active:
            return None
        if stale:
            staff.set_password(password)
            writer.run(lambda: staff.save(update_fields=["password"]))
        return staff

    def get_user(self, user_id: str) -> Any | None:
        """The signed-in staff of a session; None once they may no longer sign in."""
        staff = get_user_model().objects.filter(pk=user_id).first()
        return staff if staff is not None and staff.is_active else None


def verify(password: str, encoded: str | None) -> tuple[bool, bool]:
    """Whether it is the password of this hash, and whether the hash is to be made anew; neither
    without a hash, which takes as long.
    """
    with _hashing:
        if encoded is None:
            hashers.make_password(password)
            return False, False
        return hashers.verify_password(password, encoded)


def minutes_to_wait(account: str, address: str) -> int:
    """Whole minutes until this account may be tried again from this address; 0 for now."""
    now = clock.now()
    with _lock:
        until = max(
            _blocked_until(("pair", f"{account}\n{address}"), MOST_PAIR, now),
            _blocked_until(("account", account), MOST_ACCOUNT, now),
            _blocked_until(("address", address), MOST_ADDRESS, now),
        )
    return -(-(until - now) // clock.MINUTE) if until > now else 0


def note_failure(account: str, address: str) -> None:
    """Remember that a password was wrong."""
    now = clock.now()
    with _lock:
        if len(_failures) > MOST_KEYS:
            for key in [key for key, at in _failures.items() if at[-1] < now - WINDOW]:
                del _failures[key]
            if len(_failures) > MOST_KEYS:  # a flood of invented names: forget the oldest half
                for key in list(_failures)[: MOST_KEYS // 2]:
                    del _failures[key]
        for key, most in (
            (("pair", f"{account}\n{address}"), MOST_PAIR),
            (("account", account), MOST_ACCOUNT),
            (("address", address), MOST_ADDRESS),
        ):
            _failures.setdefault(key, deque(maxlen=most)).append(now)


def note_success(account: str, address: str) -> None:
    """Forget this account's failures from this address."""
    with _lock:
        _failures.pop(("pair", f"{account}\n{address}"), None)


def forget_failures() -> None:
    """Forget every failure; for tests."""
    with _lock:
        _failures.clear()


def _blocked_until(key: tuple[str, str], most: int, now: int) -> int:
    failures = _failures.get(key)
    if failures is None or len(failures) < most or failures[0] > now:  # the clock was set back
        return 0
    return failures[0] + WINDOW
