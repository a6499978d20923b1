"""The desk's pages of other field apps: a new account, shown once; forms that wait for somebody,
each with why, what it says and its photos.

Refuses to show a password a second time, and forms of tables where one has no role.
"""

import base64
import json
import zlib
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

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

from doorstep.face import lists, pages, qr
from doorstep.field.models import Submission
from doorstep.field.openrosa import accounts, reading, submissions
from doorstep.ledger import attachments, codes, refusals, store
from doorstep.registry import access, queries
from doorstep.registry import models as registry

COMMANDERS = ("administrator", "duty_officer")
READERS = (*COMMANDERS, "inspector")
_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png"}


@pages.page(*READERS)
@require_GET
def show_forms(request: HttpRequest) -> HttpResponseBase:
    """The forms that were kept and could not be worked on by themselves, the latest first."""
    found = _visible(request, READERS)
    listing = lists.Listing(
        request,
        name="forms",
        title=_("Forms of other field apps"),
        rows=found.select_related("device"),
        order="-received_at",
        columns=[
            lists.Column("received_at", _("Received"), "moment", sort="received_at",
                         link=lambda row: reverse("other_apps:form", args=[row.id])),
            lists.Column("state", _("State"), "chip", value=_chip),
            lists.Column("device", _("Device"),
                         value=lambda row: row.device.label or row.device_id[-8:],
                         link=lambda row: reverse("command:device", args=[row.device_id])),
            lists.Column("code", _("Why it waits"), value=lambda row: _explain(row.code)),
            lists.Column("lines", _("Entries in the book"), "number"),
        ],
        filters=[lists.Filter("state", _("State"), [("waiting", _("To look at"), "held")],
                              apply=lambda rows, _value: rows.filter(settled_at=None))],
        empty=_("No form waits for a person."),
    )  # fmt: skip
    context = {
        "waiting": found.filter(settled_at=None).count(),
        "may_enrol": access.has(request.user, COMMANDERS, None),
        "breadcrumbs": [(_("Devices"), reverse("command:devices")), (_("Other field apps"), None)],
    }
    return listing.render("field/other_apps.html", context)


@pages.page(*READERS)
@require_GET
def show_form(request: HttpRequest, form: int) -> HttpResponse:
    """One form: why it waits, what it says, its photos."""
    found = _find(request, form, READERS)
    content = attachments.read(found.content_id)
    context = {
        "form": found,
        "why": _explain(found.code),
        "chip": _chip(found),
        "answers": list(_read_answers(content)) if content else [],
        "photos": range(found.photo_set.count()),
        "label": found.device.label or found.device_id[-8:],
        "may_settle": found.settled_at is None
        and access.has(request.user, COMMANDERS, found.device.place),
        "breadcrumbs": [(_("Devices"), reverse("command:devices")),
                        (_("Other field apps"), reverse("other_apps:home")), (_("Form"), None)],
    }  # fmt: skip
    return render(request, "field/other_form.html", context)


@pages.page(*READERS)
@require_GET
def get_photo(request: HttpRequest, form: int, number: int) -> HttpResponse:
    """A photo that came with a form; what is no picture is only handed out as a file."""
    photos = _find(request, form, READERS).photo_set.order_by("id")
    photo = photos[number] if number < photos.count() else None
    content = attachments.read(photo.content_id) if photo else None
    if content is None:
        raise refusals.Refused("NOT_FOUND")
    kind = next((kind for mark, kind in _PICTURES.items() if content.startswith(mark)), None)
    headers = {} if kind else {"Content-Disposition": "attachment"}
    return HttpResponse(content, kind or "application/octet-stream", headers=headers)


@pages.form_of("other_apps:form", "form")
@pages.page(*COMMANDERS)
@require_POST
def settle_form(request: HttpRequest, form: int) -> HttpResponse:
    """A person has seen to it."""
    found = _find(request, form, COMMANDERS)
    submissions.settle(str(request.user.pk), found.id)
    messages.success(request, _("This form waits no more. It stays kept."))
    return HttpResponseRedirect(reverse("other_apps:home"))


@never_cache
@pages.page(*COMMANDERS)
@require_http_methods(["GET", "POST"])
def new_account(request: HttpRequest) -> HttpResponse:
    """A new account: user, password and the app's settings as QR, once."""
    tables = _list_tables(request, COMMANDERS)
    staff = registry.Staff.objects.filter(is_active=True).order_by("name")
    members = [(each.id, f"{each.name} {each.title}".strip()) for each in staff[:1_000]]
    context: dict[str, Any] = {
        "tables": list(tables.items()),
        "members": members,
        "breadcrumbs": [(_("Devices"), reverse("command:devices")),
                        (_("Other field apps"), reverse("other_apps:home")),
                        (_("New account"), None)],
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "field/new_account.html", context)
    table, person = request.POST.get("place", ""), request.POST.get("person", "")
    if table not in tables or person not in dict(members):
        raise refusals.Refused("REQUEST_INVALID")
    label = request.POST.get("label", "")[:64] or f"ODK Collect {tables[table]}"[:64]
    made = accounts.make_account(table=table, person=person, label=label)
    address = request.build_absolute_uri("/field/openrosa").replace("http://", "https://", 1)
    context |= {
        "made": made,
        "address": address,
        "qr": qr.draw_qr(_settings(made, address, label), scale=4),
        "person": dict(members)[person],
        "table": tables[table],
    }
    return render(request, "field/new_account.html", context)


def _settings(made: accounts.Made, address: str, label: str) -> str:
    """The settings of a project as Collect scans them: JSON, zlib, base64
    (docs.getodk.org/collect-import-export).
    """
    general = {
        "server_url": address,
        "username": made.user,
        "password": made.password,
        "form_update_mode": "match_exactly",
        "autosend": "wifi_and_cellular",
    }
    said = {"general": general, "admin": {}, "project": {"name": label}}
    return base64.b64encode(zlib.compress(json.dumps(said).encode())).decode()


def _list_tables(request: HttpRequest, roles: tuple[str, ...]) -> dict[str, str]:
    """The tables where the signed-in person holds one of these roles, with their names."""
    held = access.places_for(request.user, roles)
    paths = [path for (path,) in store.select("registry_place", ["path"], "id", held)]
    tables = [
        each
        for each in registry.Place.objects.filter(kind="table").order_by("estate", "sort", "id")
        if any(each.path.startswith(path) for path in paths)
    ]
    estates = queries.name_places({each.estate for each in tables if each.estate})
    return {
        str(each.id): f"{estates.get(each.estate or '', '')} {each.name}".strip() for each in tables
    }


def _visible(request: HttpRequest, roles: tuple[str, ...]) -> QuerySet[Submission]:
    tables = _list_tables(request, roles)
    return Submission.objects.exclude(code="").filter(device__place__in=tables)


def _find(request: HttpRequest, form: int, roles: tuple[str, ...]) -> Submission:
    found = _visible(request, roles).select_related("device").filter(id=form).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def _chip(form: Submission) -> lists.Chip:
    if form.settled_at is None:
        return lists.Chip("held", _("To look at"))
    return lists.Chip("done", _("Seen to"))


def _explain(code: str) -> str:
    return codes.text_of(code, get_language() or "en")


def _read_answers(xml: bytes) -> Iterator[tuple[str, str]]:
    """Each answer of a form with the names that lead to it."""

    def walk(parent: Element, above: str) -> Iterator[tuple[str, str]]:
        for each in parent:
            name = f"{above}{each.tag}"
            if len(each):
                yield from walk(each, f"{name} / ")
            elif text := (each.text or "").strip():
                yield name, text

    filled = reading.read(xml)
    yield "form", f"{filled.form} {filled.version}"
    yield from walk(filled.root, "")
