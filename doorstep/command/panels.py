"""What operations add to the command post: panels on a round's page and alarms on the first page.
Installed by config.wiring, so the command post needs no operation to stand.

Refuses to let one panel that fails take the page with it: it is left out and logged.
"""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString

from doorstep.rounds import models

_log = logging.getLogger(__name__)


class Alarm(NamedTuple):
    """Something a person must look at. `state`: act (now) or held (to be settled)."""

    text: str
    address: str
    detail: str = ""
    state: str = "act"


Panel = Callable[[HttpRequest, models.Round], SafeString | None]
Alarms = Callable[[HttpRequest], list[Alarm]]

_panels: list[Panel] = []
_alarms: list[Alarms] = []


def install(panels: Sequence[Panel] = (), alarms: Sequence[Alarms] = ()) -> None:
    """Set what operations show: functions from a request and a round to HTML (None: nothing), and
    from a request to alarms.
    """
    _panels[:] = panels
    _alarms[:] = alarms


def render_panels(request: HttpRequest, round_: models.Round) -> list[SafeString]:
    """Every panel that has something to say of this round."""
    shown: list[SafeString] = []
    for panel in _panels:
        try:
            html = panel(request, round_)
        except Exception:
            _log.exception("a panel of round %s failed", round_.id)
            continue
        if html:
            shown.append(html)
    return shown


def list_alarms(request: HttpRequest) -> list[Alarm]:
    """Every alarm of the operations, those that ask for a person now first."""
    found: list[Alarm] = []
    for alarms in _alarms:
        try:
            found += alarms(request)
        except Exception:
            _log.exception("an alarm could not be worked out")
    return sorted(found, key=lambda alarm: alarm.state != "act")
