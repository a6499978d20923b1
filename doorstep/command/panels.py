"""What operations add to the command post: panels on a round's page, and on the first page alarms
and panels of the day.
Installed by config.wiring, so the command post needs no operation to stand.

Refuses to let one panel that fails take the page with it: it is left out and logged.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString

from doorstep.rounds import models

_log = logging.getLogger(__name__)


class Alarm(NamedTuple):
    """Something a person must look at. `state`: act (now) or held (to be settled). Without an
    address it is for those to know who may not open the page behind it.
    """

    text: str
    address: str
    detail: str = ""
    state: str = "act"


Panel = Callable[[HttpRequest, models.Round], SafeString | None]
Alarms = Callable[[HttpRequest], list[Alarm]]
Day = Callable[[HttpRequest, Sequence[models.Round], Mapping[str, str]], SafeString | None]

_panels: list[Panel] = []
_alarms: list[Alarms] = []
_days: list[Day] = []


def install(
    panels: Sequence[Panel] = (), alarms: Sequence[Alarms] = (), days: Sequence[Day] = ()
) -> None:
    """Set what operations show: functions from a request and a round to HTML (None: nothing), from
    a request to alarms, and from a request, a day's rounds and the estates somebody watches (id →
    name) to HTML.
    """
    _panels[:] = panels
    _alarms[:] = alarms
    _days[:] = days


def render_panels(request: HttpRequest, round_: models.Round) -> list[SafeString]:
    """Every panel that has something to say of this round."""
    return _render(_panels, request, round_)


def render_day(
    request: HttpRequest, rounds: Sequence[models.Round], estates: Mapping[str, str]
) -> list[SafeString]:
    """Every panel that has something to say of these rounds of a day."""
    return _render(_days, request, rounds, estates)


def _render(made: Sequence[Callable[..., SafeString | None]], *said: Any) -> list[SafeString]:
    shown: list[SafeString] = []
    for panel in made:
        try:
            html = panel(*said)
        except Exception:
            _log.exception("a panel failed")
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
