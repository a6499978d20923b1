"""What is done on an order's page: approve, renew, withdraw, apply for lifting, record the answer.

Refuses nothing of its own: rules are those of orders.actions; a refusal is shown on the same page.
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doorstep.command.zones import order_pages, places, words
from doorstep.face import pages
from doorstep.ledger import refusals
from doorstep.orders import actions, entries, queries


@pages.form_of("zones:order", "order")
@pages.page(*words.SECONDS)
@require_POST
def approve(request: HttpRequest, order: str) -> HttpResponse:
    """Put the second name under what waits."""

    def act() -> None:
        target = places.read_id(request.POST.get("target", ""))
        actions.approve_order(request.user, order=order, target=target)

    return _do(request, order, act, _("Approved. It holds from now, or from its start."))


@pages.form_of("zones:order", "order")
@pages.page(*words.PROPOSERS)
@require_POST
def renew(request: HttpRequest, order: str) -> HttpResponse:
    """Record that the authority prolongs the order."""

    def act() -> None:
        actions.renew_order(
            request.user,
            order=order,
            authority=_authority(order),
            document=_text(request, "document"),
            evidence=[places.read_id(each) for each in request.POST.getlist("evidence")],
            end=places.read_moment(_text(request, "end")),
            review=places.read_day(_text(request, "review")),
        )

    return _do(request, order, act, _("The renewal is recorded; a second person must approve it."))


@pages.form_of("zones:order", "order")
@pages.page(*words.PROPOSERS)
@require_POST
def withdraw(request: HttpRequest, order: str) -> HttpResponse:
    """Take the record back."""

    def act() -> None:
        reason = _text(request, "reason")
        if reason not in dict(words.name_reasons()):
            raise refusals.Refused("REQUEST_INVALID")
        chosen: entries.WithdrawalReason = reason  # type: ignore[assignment]
        actions.withdraw_order(request.user, order=order, reason=chosen)

    return _do(request, order, act, _("Recorded. An order in force ends once a second approves."))


@pages.form_of("zones:order", "order")
@pages.page(*words.PROPOSERS)
@require_POST
def apply_for_lifting(request: HttpRequest, order: str) -> HttpResponse:
    """Record that the authority was asked to lift."""

    def act() -> None:
        document = _text(request, "document")
        actions.apply_for_lifting(request.user, order=order, document=document)

    return _do(request, order, act, _("The application is recorded. The authority answers."))


@pages.form_of("zones:order", "order")
@pages.page(*words.PROPOSERS)
@require_POST
def record_answer(request: HttpRequest, order: str) -> HttpResponse:
    """Record the authority's answer, by its own document."""

    def act() -> None:
        lifted = _text(request, "answer") == "lifted"
        effective = _text(request, "effective")
        if _text(request, "answer") not in ("lifted", "refused"):
            raise refusals.Refused("REQUEST_INVALID")
        actions.record_answer(
            request.user,
            order=order,
            lifted=lifted,
            authority=_authority(order),
            document=_text(request, "document"),
            effective=places.read_moment(effective) if lifted and effective else None,
        )

    return _do(request, order, act, _("The authority's answer is recorded."))


def _do(request: HttpRequest, order: str, act: Callable[[], None], said: str) -> HttpResponse:
    try:
        act()
    except refusals.Refused as problem:
        if problem.code in ("NOT_FOUND", "NOT_YOURS"):
            raise
        return order_pages.render_order(request, order, problem)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("zones:order", args=[order]))


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip()


def _authority(order: str) -> str:
    """Forms of an existing order speak for the authority that decided; no other may."""
    found = queries.find_order(order)
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found.authority
