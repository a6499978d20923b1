"""Staff: who there is, what they may do and where; taking somebody on, giving and taking back
roles, a new password, on and off duty. Refuses what registry.staffing refuses.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.command import devices, scopes
from doorstep.face import errors, lists, pages, phrases
from doorstep.ledger import refusals, store
from doorstep.registry import access, queries, staffing
from doorstep.registry import models as registry

READERS = (*scopes.COMMANDERS, "inspector")


@pages.page(*READERS)
@require_GET
def show_staff(request: HttpRequest) -> HttpResponseBase:
    """Everybody on duty."""
    people = list(registry.Staff.objects.order_by("name", "id")[:10_000])
    roles = _roles_of([each.id for each in people])
    units = dict(registry.Unit.objects.values_list("id", "name"))
    rows = [
        {
            "id": each.id,
            "name": each.name,
            "title": each.title,
            "account": each.account or "",
            "unit": units.get(each.unit or "", ""),
            "roles": phrases.join(f"{role} {at}" for role, at, *_rest in roles.get(each.id, [])),
            "active": each.is_active,
        }
        for each in people
    ]
    listing = lists.Listing(
        request,
        name="staff",
        title=_("Staff"),
        rows=rows,
        columns=[
            lists.Column("name", _("Name"), sort=True,
                         link=lambda row: reverse("command:member", args=[row["id"]])),
            lists.Column("title", _("Post"), sort=True),
            lists.Column("unit", _("Unit"), sort=True),
            lists.Column("roles", _("Roles")),
            lists.Column("account", _("Account"), "code", sort=True, mask=None),
            lists.Column("active", _("State"), "chip", value=lambda row: lists.Chip(
                "done", _("On duty")) if row["active"] else lists.Chip("excused", _("Off"))),
        ],
        search_hint=_("Name, post, unit or account"),
        empty=_("Nobody is here yet."),
    )  # fmt: skip
    context = {
        "number": sum(each.is_active for each in people),
        "may_change": access.has(request.user, staffing.ADMINISTRATORS, None),
    }
    return listing.render("command/staff.html", context)


def _roles_of(staff: list[str]) -> dict[str, list[tuple[str, str, str, str]]]:
    """(role in words, place's name, role, place) of each."""
    rows = store.select("registry_role", ["staff", "role", "place"], "staff", staff)
    places = queries.name_places({str(place) for _staff, _role, place in rows})
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for one, role, place in rows:
        found.setdefault(str(one), []).append(
            (devices.name_role(role), places.get(str(place), ""), role, str(place))
        )
    return {one: sorted(held) for one, held in found.items()}


@pages.page(*READERS)
@require_GET
def show_member(request: HttpRequest, staff: str) -> HttpResponse:
    """One person on duty."""
    return render(request, "command/member.html", _member_context(request, staff))


def _member_context(request: HttpRequest, staff: str) -> dict[str, Any]:
    found = _get(staff)
    units = list(registry.Unit.objects.order_by("sort", "name").values_list("id", "name"))
    return {
        "member": found,
        "unit": dict(units).get(found.unit or "", ""),
        "units": [("", _("No unit")), *units],
        "roles": _roles_of([staff]).get(staff, []),
        "role_choices": [("", "–"), *((r, devices.name_role(r)) for r in access.ROLES)],
        "places": _place_choices(request),
        "may_change": access.has(request.user, staffing.ADMINISTRATORS, None),
        "may_account": staffing.has_over(str(request.user.pk), staff),
        "breadcrumbs": [(_("Staff"), reverse("command:staff")), (found.name, None)],
    }


@sensitive_post_parameters("password")
@pages.page(*staffing.ADMINISTRATORS)
@require_http_methods(["GET", "POST"])
def add_member(request: HttpRequest) -> HttpResponse:
    """Take somebody on, with an account and a first role."""
    context: dict[str, Any] = {
        "units": [("", _("No unit")), *registry.Unit.objects.order_by("sort", "name")
                  .values_list("id", "name")],
        "role_choices": [("", _("None yet")), *((r, devices.name_role(r)) for r in access.ROLES)],
        "places": _place_choices(request),
        "values": request.POST,
        "breadcrumbs": [(_("Staff"), reverse("command:staff")), (_("New member"), None)],
    }  # fmt: skip
    if request.method == "GET":
        return render(request, "command/new_member.html", context)
    said = {key: request.POST.get(key, "").strip() for key in
            ("name", "title", "account", "unit", "role", "place")}  # fmt: skip
    if not said["name"]:
        context["errors"] = {"name": _("A name is needed.")}
        return render(request, "command/new_member.html", context, status=422)
    try:
        made = staffing.add_staff(
            str(request.user.pk),
            account=said["account"] or None,
            name=said["name"][:64],
            unit=said["unit"] or None,
            password=request.POST.get("password") or None,
            roles=[(said["role"], said["place"])] if said["role"] and said["place"] else [],
            title=said["title"][:64],
        )
    except refusals.Refused as problem:
        context["refusal"] = errors.describe(problem)
        return render(request, "command/new_member.html", context, status=422)
    messages.success(request, _("%(name)s is on duty.") % {"name": said["name"]})
    return HttpResponseRedirect(reverse("command:member", args=[made]))


@sensitive_post_parameters("password")
@pages.form_of("command:member", "staff")
@pages.page(*staffing.ADMINISTRATORS)
@require_POST
def change_member(request: HttpRequest, staff: str) -> HttpResponse:
    """Give or take back a role, another unit, a new password, on or off duty."""
    found = _get(staff)
    by, what = str(request.user.pk), request.POST.get("what", "")
    role, place = request.POST.get("role", ""), request.POST.get("place", "")
    if what == "grant":
        staffing.grant(by, staff, role, place)
        messages.success(request, _("The role is given."))
    elif what == "revoke":
        staffing.revoke(by, staff, role, place)
        messages.success(request, _("The role is taken back."))
    elif what == "unit":
        staffing.post_to_unit(by, [staff], request.POST.get("unit") or None)
        messages.success(request, _("The unit is changed."))
    elif what == "password":
        staffing.set_password(by, staff, request.POST.get("password", ""))
        messages.success(request, _("The password is changed."))
    elif what in ("on", "off"):
        if staff == by and what == "off":
            raise refusals.Refused("NOT_YOURSELF")
        staffing.set_active(by, staff, what == "on")
        messages.success(
            request,
            (_("%(name)s may sign in again.") if what == "on" else _("%(name)s is off duty."))
            % {"name": found.name},
        )
    else:
        raise refusals.Refused("REQUEST_INVALID")
    return HttpResponseRedirect(reverse("command:member", args=[staff]))


def _get(staff: str) -> registry.Staff:
    found = registry.Staff.objects.filter(id=staff).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def _place_choices(request: HttpRequest) -> list[tuple[str, str]]:
    """Where this person may give roles: the larger places, and buildings by their estate."""
    paths = scopes.list_scopes(request.user, staffing.ADMINISTRATORS)
    found = registry.Place.objects.filter(
        kind__in=("subdistrict", "community", "estate", "building")
    )
    names = {each.id: each.name for each in found}
    order = ("subdistrict", "community", "estate", "building")
    rows = sorted(found, key=lambda p: (order.index(p.kind), p.estate or "", p.sort, p.name))
    return [
        (
            each.id,
            f"{names.get(each.estate or '', '')} {each.name}"
            if each.kind == "building"
            else each.name,
        )
        for each in rows
        if any(each.path.startswith(path) for path in paths)
    ]
