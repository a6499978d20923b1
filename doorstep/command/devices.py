"""The devices: last seen, clock, lines, who writes with them; a new code; revoking one.

An enrolment code is shown once, when it is made: the book keeps only its hash. Refuses to show
devices of other places, and the desk's own device as one that could be revoked.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.command import alarms, scopes, words
from doorstep.face import lists, moments, pages, phrases, qr
from doorstep.kit import clock
from doorstep.ledger import devices, kinds, models, refusals, revocations
from doorstep.registry import access, queries
from doorstep.registry import models as registry

ROLES = ("registrar", "courier", "laboratory", "steward")
READERS = (*scopes.COMMANDERS, "inspector")
MINUTES = 15
MOST = 10_000  # those last heard of, sorted and searched in memory


def name_role(role: str) -> str:
    """A role in the reader's language."""
    names = access.ROLES.get(role)
    if names is None:
        return _("Desk") if role == kinds.DESK else role
    return names[1] if (get_language() or "en").startswith("zh") else names[0]


def state_of(device: models.Device, now: int) -> str:
    """revoked, off (its clock), silent, new (no line yet) or well."""
    if device.revoked_at is not None:
        return "revoked"
    if device.seen_at is None:
        return "new"
    if abs(device.clock_offset or 0) > alarms.CLOCK_OFF:
        return "off"
    return "silent" if now - device.seen_at > alarms.SILENT else "well"


def name_states() -> dict[str, lists.Chip]:
    """The states of a device in words."""
    return {
        "well": lists.Chip("done", _("Heard of")),
        "silent": lists.Chip("held", _("Silent")),
        "off": lists.Chip("act", _("Clock off")),
        "new": lists.Chip("none", _("No line yet")),
        "revoked": lists.Chip("excused", _("Revoked")),
    }


@pages.page(*READERS)
@require_GET
def show_devices(request: HttpRequest) -> HttpResponseBase:
    """Every device of this person's places, those last heard of first."""
    now = clock.now()
    chips = name_states()
    seen = scopes.list_devices(request.user, READERS)
    found = list(seen.order_by("-seen_at")[: MOST + 1])
    most, found = (MOST if len(found) > MOST else 0), found[:MOST]
    people = _people_of([each.id for each in found])
    places = _name_places([each.place for each in found])
    rows = [
        {
            "id": each.id,
            "label": each.label or each.id[-8:],
            "role": name_role(each.role),
            "place": places.get(each.place or "", ""),
            "people": phrases.join(people.get(each.id, {}).values()),
            "state": state_of(each, now),
            "seen_at": each.seen_at,
            "offset": each.clock_offset,
            "lines": each.through,
            "unsent": count_unsent(each),
        }
        for each in found
    ]
    listing = lists.Listing(
        request,
        name="devices",
        title=_("Devices"),
        rows=rows,
        columns=[
            lists.Column("label", _("Device"), sort=True,
                         link=lambda row: reverse("command:device", args=[row["id"]])),
            lists.Column("state", _("State"), "chip", value=lambda row: chips[row["state"]],
                         sort=True),
            lists.Column("role", _("Role"), sort=True),
            lists.Column("place", _("Place"), sort=True),
            lists.Column("people", _("People"), mask=None),
            lists.Column("seen_at", _("Last seen"), "near", sort=True),
            lists.Column("offset", _("Clock"), value=lambda row: say_offset(row["offset"])),
            lists.Column("lines", _("Lines"), "number", sort=True),
            lists.Column("unsent", _("Unsent"), "number", sort=True),
        ],
        search_hint=_("Device, place or person"),
        filters=[lists.Filter("state", _("State"), [
            (key, chip.text, chip.state) for key, chip in chips.items()],
            apply=lambda rows, value: [row for row in rows if row["state"] == value])],
        empty=_("No device has been enrolled yet."),
        empty_hint=_("Make a code and scan it with the phone that will write."),
    )  # fmt: skip
    counts = {key: sum(row["state"] == key for row in rows) for key in chips}
    context = {
        "counts": counts,
        "working": len(rows) - counts["revoked"],
        "may_enrol": access.has(request.user, scopes.COMMANDERS, None),
        "aside": _list_aside(request).count(),
        "most": most,
    }
    return listing.render("command/devices.html", context)


def count_unsent(device: models.Device) -> int | None:
    """How many lines the device had written and the book did not have when it was last seen; None
    for a device that does not tell.
    """
    if device.written is None or device.seen_at is None:
        return None
    return max(0, int(device.written) - int(device.through))


def say_offset(micros: int | None) -> str:
    """How far a device's clock is from the server's: "+2 s", "−1 day"."""
    if micros is None:
        return ""
    if abs(micros) < 2 * clock.SECOND:
        return _("exact")
    span = moments.say_span(abs(micros))
    return f"+{span}" if micros > 0 else f"−{span}"


def _people_of(found: list[str]) -> dict[str, dict[str, str]]:
    """By device, the names of those who write with it by their ids."""
    rows = models.Assignment.objects.filter(device_id__in=found, until_at=None)
    names = dict(
        registry.Staff.objects.filter(id__in={row.person for row in rows}).values_list("id", "name")
    )
    people: dict[str, dict[str, str]] = {}
    for row in rows:
        name = names.get(row.person, row.person[-8:])
        people.setdefault(str(row.device_id), {})[row.person] = name
    return people


@pages.page(*READERS)
@require_GET
def show_device(request: HttpRequest, device: str) -> HttpResponse:
    """One device: its key, its chain, its people, its last pushes."""
    found = _get(device)
    pages.require(request, *READERS, place=_stands_at(found))
    now = clock.now()
    pushes = list(models.Push.objects.filter(device_id=device).order_by("-first")[:20])
    context: dict[str, Any] = {
        "device": found,
        "label": found.label or found.id[-8:],
        "role": name_role(found.role),
        "place_name": _name_places([found.place]).get(found.place or "", ""),
        "chip": name_states()[state_of(found, now)],
        "offset": say_offset(found.clock_offset),
        "unsent": count_unsent(found),
        "people": _people_of([device]).get(device, {}),
        "members": _staff_choices(),
        "pushes": [
            {"push": each, "last": each.first + each.count - 1, "sent_at": _read_sent(each.sent)}
            for each in pushes
        ],
        "revocation": _say_revocation(device),
        "reasons": [("", _("Choose")), *name_reasons().items()],
        "head": bytes(found.head).hex(),
        "key": bytes(found.public_key).hex(),
        "aside": models.AsideLine.objects.filter(device_id=device).count(),
        "may_revoke": found.revoked_at is None
        and access.has(request.user, scopes.COMMANDERS, _stands_at(found)),
        "breadcrumbs": [(_("Devices"), reverse("command:devices")), (found.label or device, None)],
    }
    return render(request, "command/device.html", context)


def name_reasons() -> dict[str, str]:
    """Why a device is revoked, in words."""
    return {
        "lost": _("It is lost"),
        "stolen": _("It was stolen"),
        "broken": _("It is broken"),
        "replaced": _("Another one takes its place"),
        "person_left": _("Whoever wrote with it has left"),
        "mistrusted": _("What it writes cannot be trusted"),
    }


def _say_revocation(device: str) -> dict[str, Any] | None:
    """Who revoked it and why; None where no entry of its own says so."""
    found = revocations.find(device)
    if found is None:
        return None
    staff = registry.Staff.objects.filter(id=found.staff).values_list("name", flat=True).first()
    return {"entry": found, "by": staff or found.staff, "reason": name_reasons()[found.reason]}


@pages.form_of("command:device", "device")
@pages.page(*scopes.COMMANDERS)
@require_POST
def revoke_device(request: HttpRequest, device: str) -> HttpResponse:
    """From now on the device's lines are kept aside."""
    found = _get(device)
    pages.require(request, *scopes.COMMANDERS, place=_stands_at(found))
    reason = request.POST.get("reason", "")
    if reason not in revocations.REASONS:
        raise refusals.Refused("REVOKING_UNSAID")
    revocations.revoke(str(request.user.pk), device, reason, _stands_at(found))
    messages.success(request, _("The device is revoked. What it sends from now on is kept aside."))
    return HttpResponseRedirect(reverse("command:device", args=[device]))


@pages.form_of("command:device", "device")
@pages.page(*scopes.COMMANDERS)
@require_POST
def assign_person(request: HttpRequest, device: str) -> HttpResponse:
    """One more person may write with the device."""
    found = _get(device)
    pages.require(request, *scopes.COMMANDERS, place=_stands_at(found))
    person = registry.Staff.objects.filter(id=request.POST.get("person", "")).first()
    if person is None:
        raise refusals.Refused("NOT_FOUND")
    devices.assign(device, [person.id])
    messages.success(request, _("%(name)s may write with this device.") % {"name": person.name})
    return HttpResponseRedirect(reverse("command:device", args=[device]))


@pages.form_of("command:device", "device")
@pages.page(*scopes.COMMANDERS)
@require_POST
def unassign_person(request: HttpRequest, device: str) -> HttpResponse:
    """What this person writes with the device from now on is held when it comes."""
    found = _get(device)
    pages.require(request, *scopes.COMMANDERS, place=_stands_at(found))
    person = request.POST.get("person", "")
    name = _people_of([device]).get(device, {}).get(person)
    if name is None:
        raise refusals.Refused("NOT_FOUND")
    devices.unassign(person, device)
    said = _("%(name)s may write with this device no more; what comes later is held.")
    messages.success(request, said % {"name": name})
    return HttpResponseRedirect(reverse("command:device", args=[device]))


@never_cache
@pages.page(*scopes.COMMANDERS)
@require_http_methods(["GET", "POST"])
def new_code(request: HttpRequest) -> HttpResponse:
    """A code to enrol one device, shown once as QR and text."""
    context: dict[str, Any] = {
        "roles": [(role, name_role(role)) for role in ROLES],
        "places": [*_place_choices(request), *_laboratory_choices(request)],
        "members": _staff_choices(),
        "breadcrumbs": [(_("Devices"), reverse("command:devices")), (_("New device"), None)],
    }
    if request.method == "GET":
        return render(request, "command/new_device.html", context)
    role, place = request.POST.get("role", ""), request.POST.get("place", "")
    if role not in ROLES or not place:
        raise refusals.Refused("REQUEST_INVALID")
    at_laboratory = place in dict(_laboratory_choices(request))
    if at_laboratory != (role == "laboratory"):
        context["errors"] = {"place": _("A laboratory's device stands at its laboratory, and no "
                                       "other device does.")}  # fmt: skip
        return render(request, "command/new_device.html", context, status=422)
    if not at_laboratory:
        pages.require(request, *scopes.COMMANDERS, place=place)
    wanted = [each for each in request.POST.getlist("people") if each]
    known = list(registry.Staff.objects.filter(id__in=wanted).values_list("id", flat=True))
    code = devices.make_code(
        role, minutes=MINUTES, place=place, people=known, label=request.POST.get("label", "")[:64]
    )
    context |= {
        "code": code,
        "minutes": MINUTES,
        "qr": qr.draw_qr(f"{request.scheme}://{request.get_host()}/field/#enrol={code}"),
        "role": name_role(role),
    }
    return render(request, "command/new_device.html", context)


@pages.page(*scopes.COMMANDERS)
@require_GET
def bring_lines(request: HttpRequest) -> HttpResponse:
    """Lines that a phone without a net has saved as a file: the page sends each push in it to where
    the phone would have sent it, signature and all, so that nothing here has to trust the file.
    """
    above = [(_("Devices"), reverse("command:devices")), (_("Lines from a file"), None)]
    return render(request, "command/bring_lines.html", {"breadcrumbs": above})


@pages.page(*READERS)
@require_GET
def show_aside(request: HttpRequest) -> HttpResponseBase:
    """Lines of revoked devices: kept, no part of the book, for a person to look at. What they say
    is shown to those who hold a role where they were written.
    """
    is_open = words.open_for(request.user, READERS)

    def say(row: models.AsideLine) -> str:
        content = bytes(row.content)
        if is_open(content):
            return content.decode("utf-8", "replace")[:400]
        return f"SHA-256 {sha256(content).hexdigest()}"

    listing = lists.Listing(
        request,
        name="aside",
        title=_("Lines kept aside"),
        rows=_list_aside(request).select_related("device"),
        order="-received_at",
        columns=[
            lists.Column("received_at", _("Received"), "moment", sort="received_at"),
            lists.Column("device", _("Device"),
                         value=lambda row: row.device.label or row.device_id[-8:],
                         link=lambda row: reverse("command:device", args=[row.device_id])),
            lists.Column("number", _("Number"), "number"),
            lists.Column("content", _("Line"), "code", mask=None, value=say),
        ],
        empty=_("Nothing is kept aside."),
    )  # fmt: skip
    context = {"breadcrumbs": [(_("Devices"), reverse("command:devices")), (_("Kept aside"), None)]}
    return listing.render("command/aside.html", context)


def _list_aside(request: HttpRequest) -> QuerySet[models.AsideLine]:
    """What is kept aside of the devices that this person sees."""
    seen = scopes.list_devices(request.user, READERS).values("id")
    return models.AsideLine.objects.filter(device__in=seen)


def _get(device: str) -> models.Device:
    found = models.Device.objects.filter(id=device).exclude(role=kinds.DESK).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def _stands_at(device: models.Device) -> str | None:
    """The place one must command to act on the device: where it stands; the whole cell for one that
    stands at no place of the tree, as a laboratory's, which stands at its unit.
    """
    if device.place and queries.find_place(device.place) is not None:
        return str(device.place)
    root = queries.find_root()
    return str(root.id) if root else None


def _name_places(found: Iterable[str | None]) -> dict[str, str]:
    """Names of places, and of units where a device stands at one."""
    wanted = {each for each in found if each}
    names = queries.name_places(wanted)
    units = registry.Unit.objects.filter(id__in=wanted - names.keys())
    return names | dict(units.values_list("id", "name"))


def _read_sent(text: str) -> int | None:
    """The moment a device's own clock showed when it pushed; None for what is no moment."""
    try:
        return clock.to_micros(datetime.fromisoformat(text))
    except ValueError:
        return None


def _staff_choices() -> list[tuple[str, str]]:
    rows = registry.Staff.objects.filter(is_active=True).order_by("name")[:1_000]
    return [
        ("", _("Nobody yet")),
        *((each.id, f"{each.name} {each.title}".strip()) for each in rows),
    ]


def _laboratory_choices(request: HttpRequest) -> list[tuple[str, str]]:
    """The laboratories, for whoever commands the whole cell: they are no places of the tree."""
    root = queries.find_root()
    if root is None or not access.has(request.user, scopes.COMMANDERS, root.id):
        return []
    units = registry.Unit.objects.filter(type="laboratory").order_by("sort", "name")
    return [(str(unit.id), unit.name) for unit in units]


def _place_choices(request: HttpRequest) -> list[tuple[str, str]]:
    """Tables first, then estates: where a device works."""
    paths = scopes.list_scopes(request.user, scopes.COMMANDERS)
    found = registry.Place.objects.filter(kind__in=("table", "estate", "subdistrict"))
    above = queries.name_places({each.estate for each in found if each.estate})
    rows = []
    for each in sorted(found, key=lambda p: (p.estate or "", p.kind != "table", p.sort)):
        if any(each.path.startswith(path) for path in paths):
            estate = above.get(each.estate or "", "")
            rows.append((each.id, f"{estate} {each.name}" if each.kind == "table" else each.name))
    return rows
