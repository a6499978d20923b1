"""What the frame of every page needs: who is signed in, the appearance chosen, the navigation,
whether the time shown is played. Knows no page of its own; config installs the navigation.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject

from doorstep.face import moments
from doorstep.kit import clock

THEMES = ("day", "night")  # neither: as the device says
TEXTS = ("large",)


class Item(NamedTuple):
    """A place to go. Shown to staff who hold one of `roles` anywhere; to all staff if empty."""

    address: str  # a URL name without arguments, as "command:rounds"
    text: str | Promise
    roles: Sequence[str] = ()


_items: list[Item] = []


def install(items: Sequence[Item]) -> None:
    """Set the navigation, most used first; the first five stand in the thumb zone of a phone."""
    _items[:] = items


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor of every page."""
    # the page of a failure asks the database nothing
    user = None if getattr(request, "failed", False) else getattr(request, "user", None)
    staff = user if user is not None and user.is_authenticated else None
    theme = request.COOKIES.get("theme", "")
    text = request.COOKIES.get("text", "")
    return {
        "staff": staff,
        "theme": theme if theme in THEMES else "",
        "text_size": text if text in TEXTS else "",
        "keys_off": request.COOKIES.get("keys") == "off",
        "navigation": SimpleLazyObject(lambda: list_items(staff, request.path)),
        "played": moments.say_fully(clock.now(), moments.zone()) if clock.is_played() else "",
    }


def list_items(staff: Any, path: str) -> list[dict[str, Any]]:
    """The navigation for one person: text, address and whether the page is below it."""
    if staff is None:
        return []
    held = _list_roles(staff)
    rows: list[dict[str, Any]] = []
    for item in _items:
        if item.roles and held.isdisjoint(item.roles):
            continue
        rows.append({"text": item.text, "address": reverse(item.address)})
    # of an item and one below it only the nearer is "here"
    above = [row["address"] for row in rows if row["address"] != "/"]
    nearest = max((each for each in above if path.startswith(each)), key=len, default="/")
    for row in rows:
        row["here"] = row["address"] == nearest and (nearest != "/" or path == "/")
    return rows


def find_post(staff: Any) -> str | None:
    """The address of the page made for the fewest roles of those this person holds: their own
    work. None where no page is made for them.
    """
    held = _list_roles(staff)
    own = [item for item in _items if not held.isdisjoint(item.roles)]
    nearest = min(own, key=lambda item: len(item.roles), default=None)
    return reverse(nearest.address) if nearest is not None else None


def _list_roles(staff: Any) -> set[str]:
    """The roles this person holds anywhere."""
    from doorstep.registry import access

    return {role for role, _place in access.list_roles(staff)}
