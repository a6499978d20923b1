"""The alarms the book itself gives: an end or a destruction that waits for a second person, a disk
that takes nothing, a backup that is due, reactions that are stuck, lines kept aside, wrong clocks,
devices that fell silent with unsent lines while a round is open. Refuses to name a person: an alarm
is about work.
"""

from django.db.models import F, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from doorstep.command import destroying, panels, scopes
from doorstep.kit import clock
from doorstep.ledger import backups, codes, erasure, kinds, models, trouble
from doorstep.orders import closing
from doorstep.registry import access
from doorstep.rounds import models as rounds

CLOCK_OFF = 5 * clock.MINUTE
SILENT = 30 * clock.MINUTE
CLOCKS = 3  # devices that must be heard before they overrule the server's clock
BACKUP_DUE = clock.DAY  # after the last that was verified in another place
SILENT_AT_MOST = 12 * clock.HOUR  # a device that slept longer has gone home


def list_own(request: HttpRequest) -> list[panels.Alarm]:
    """The book's own alarms, for those who command; what waits for a second person also for those
    who approve.
    """
    waiting = _second_person(request)
    if not access.has(request.user, scopes.COMMANDERS, None):
        return waiting
    found = [*waiting, *_storage(), *_backup(), *_clock(), *_stuck(), *_held(), *_aside(request)]
    if rounds.Round.objects.exclude(state="closed").exists():
        found += _devices(request)
    return found


def _second_person(request: HttpRequest) -> list[panels.Alarm]:
    """What ends for good once somebody of another unit than whoever asked puts a name to it."""
    if not destroying.may_whole(request.user, destroying.SECONDS):
        return []
    found = []
    if closing.list_waiting(clock.now()):
        text = _("The end of the operation waits for a second person.")
        found.append(panels.Alarm(text, reverse("command:closing")))
    if erasure.list_asked():
        text = _("The destruction of records waits for a second person.")
        found.append(panels.Alarm(text, reverse("command:destruction")))
    return found


def _storage() -> list[panels.Alarm]:
    name = trouble.get_present()
    if name is None:
        return []
    text = codes.text_of(name, get_language() or "en")
    return [panels.Alarm(text, reverse("command:book"))]


def _backup() -> list[panels.Alarm]:
    """While devices are enrolled: they keep what no verified backup in another place holds."""
    enrolled = models.Device.objects.filter(revoked_at=None).exclude(role=kinds.DESK)
    first = enrolled.order_by("enrolled_at").values_list("enrolled_at", flat=True).first()
    if first is None:
        return []
    newest = backups.get_newest_apart()
    if clock.now() - (newest.at if newest else first) <= BACKUP_DUE:
        return []
    text = (
        _("The last verified backup is more than a day old")
        if newest
        else _("No backup was verified in another place yet")
    )
    detail = _("Take one to another place: doorstep backup. Phones forget nothing until then.")
    return [panels.Alarm(text, reverse("command:book") + "#backup", detail)]


def _clock() -> list[panels.Alarm]:
    """Most devices have the network's time: when most of those heard of just now disagree with the
    server, and in the same direction, it is the server's clock that is wrong.
    """
    now = clock.now()
    heard = models.Device.objects.filter(revoked_at=None, seen_at__range=(now - SILENT, now))
    said = heard.exclude(role=kinds.DESK).values_list("clock_offset", flat=True)
    offsets = sorted(offset for offset in said if offset is not None)
    if len(offsets) < CLOCKS:
        return []
    # at a quarter and at three quarters: of three and more, all but a quarter are off to one side
    first, last = offsets[len(offsets) // 4], offsets[-1 - len(offsets) // 4]
    if first <= CLOCK_OFF and last >= -CLOCK_OFF:
        return []
    return [
        panels.Alarm(
            _("The server's clock is wrong, most devices say"),
            reverse("command:devices") + "?state=off",
            _("Set it by the network's time. Nothing is lost; lines are marked meanwhile."),
        )
    ]


def _stuck() -> list[panels.Alarm]:
    count = models.Done.objects.filter(state="stuck").count()
    if not count:
        return []
    text = ngettext(
        "%(count)s consequence could not be carried out",
        "%(count)s consequences could not be carried out",
        count,
    )
    return [panels.Alarm(text % {"count": count}, reverse("command:book") + "#stuck")]


def _held() -> list[panels.Alarm]:
    count = models.Verdict.objects.filter(code="FOLD_FAILED").values("entry").distinct().count()
    if not count:
        return []
    text = ngettext(
        "%(count)s line could not be worked on; it is kept",
        "%(count)s lines could not be worked on; they are kept",
        count,
    )
    return [panels.Alarm(text % {"count": count}, reverse("command:book"), state="held")]


def _aside(request: HttpRequest) -> list[panels.Alarm]:
    seen = scopes.list_devices(request.user, scopes.COMMANDERS).values("id")
    count = models.AsideLine.objects.filter(device__in=seen).count()
    if not count:
        return []
    text = ngettext(
        "%(count)s line of a revoked device is kept aside",
        "%(count)s lines of revoked devices are kept aside",
        count,
    )
    return [panels.Alarm(text % {"count": count}, reverse("command:aside"), state="held")]


def _devices(request: HttpRequest) -> list[panels.Alarm]:
    now = clock.now()
    working = scopes.list_devices(request.user, scopes.COMMANDERS).filter(revoked_at=None)
    off = working.exclude(clock_offset__range=(-CLOCK_OFF, CLOCK_OFF)).exclude(clock_offset=None)
    silent = working.filter(seen_at__range=(now - SILENT_AT_MOST, now - SILENT))
    # a phone that has sent all it wrote may rest; of one that does not tell nobody knows
    silent = silent.filter(Q(written=None) | Q(written__gt=F("through")))
    address = reverse("command:devices")
    found = []
    if count := silent.count():
        text = ngettext(
            "%(count)s device may hold lines it could not send",
            "%(count)s devices may hold lines they could not send",
            count,
        )
        found.append(
            panels.Alarm(
                text % {"count": count},
                address + "?state=silent&sort=-unsent",
                _("Not heard of for half an hour. What they wrote is safe; see to their network."),
                "held",
            )
        )
    if count := off.count():
        text = ngettext(
            "%(count)s device has a wrong clock", "%(count)s devices have a wrong clock", count
        )
        found.append(panels.Alarm(text % {"count": count}, address + "?state=off", state="held"))
    return found
