"""Sign in, sign out, change the password, choose language and appearance.

Refuses to say whether an account exists, and to write anything when somebody signs in.
"""

from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.face import accounts, frame, pages
from doorstep.ledger import codes, writer

YEAR = 365 * 86_400


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form; after a good password on to the page that was wanted."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    if not _is_ours(request, wanted):
        wanted = "/"
    if request.method == "GET":
        if request.user.is_authenticated:
            return HttpResponseRedirect(wanted)
        context = {"next": wanted, "unsent": "unsent" in request.GET}
        return render(request, "face/sign_in.html", context)
    account = request.POST.get("account", "").strip()
    address = request.META.get("REMOTE_ADDR", "")
    minutes = accounts.minutes_to_wait(account, address)
    staff = None
    if not minutes:
        staff = auth.authenticate(request, account=account, password=_password(request))
    if staff is not None:
        accounts.note_success(account, address)
        auth.login(request, staff)
        return HttpResponseRedirect(wanted)
    if minutes:
        problem = ngettext(
            "Too many wrong tries. Try again in %(minutes)d minute.",
            "Too many wrong tries. Try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}
    else:
        accounts.note_failure(account, address)
        problem = gettext("Account and password do not belong together. Nothing was changed.")
    context = {"next": wanted, "account": account, "problem": problem}
    return render(request, "face/sign_in.html", context, status=429 if minutes else 422)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on this machine; language and appearance stay."""
    auth.logout(request)
    return HttpResponseRedirect(f"{_sign_in_address()}")


@sensitive_post_parameters()
@never_cache
@pages.page()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """One's own password; the other sessions of this account end."""
    if request.method == "GET":
        return render(request, "face/password.html", {})
    staff: Any = request.user
    errors = _check_new_password(request, staff)
    if errors:
        return render(request, "face/password.html", {"errors": errors}, status=422)
    staff.set_password(request.POST["new"])
    writer.run(lambda: staff.save(update_fields=["password"]))
    update_session_auth_hash(request, staff)
    messages.success(request, gettext("Your password is changed."))
    return HttpResponseRedirect("/")


def _check_new_password(request: HttpRequest, staff: Any) -> dict[str, str]:
    address = request.META.get("REMOTE_ADDR", "")
    if accounts.minutes_to_wait(staff.account, address):
        return {"old": gettext("Too many wrong tries. Try again later.")}
    if accounts.Backend().authenticate(request, staff.account, request.POST.get("old", "")) is None:
        accounts.note_failure(staff.account, address)
        return {"old": gettext("This is not your present password.")}
    new = request.POST.get("new", "")
    try:
        password_validation.validate_password(new, staff)
    except ValidationError:
        return {"new": codes.text_of("PASSWORD_WEAK", get_language() or "en")}
    if new != request.POST.get("again", ""):
        return {"again": gettext("The two new passwords differ.")}
    return {}


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie and go back to the page."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            samesite="Lax",
        )
    return response


@require_POST
def choose_appearance(request: HttpRequest) -> HttpResponse:
    """Keep theme and text size in cookies; the script of the frame does the same at once."""
    response = _back(request)
    for name, known in (
        ("theme", frame.THEMES),
        ("text", (*frame.TEXTS, "normal")),
        ("keys", ("on", "off")),
    ):
        value = request.POST.get(name)
        if value in known:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax")
    return response


def _password(request: HttpRequest) -> str:
    return request.POST.get("password", "")[:1024]


def _is_ours(request: HttpRequest, address: str) -> bool:
    return url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )


def _back(request: HttpRequest) -> HttpResponse:
    address = request.POST.get("next", "/")
    return HttpResponseRedirect(address if _is_ours(request, address) else "/")


def _sign_in_address() -> str:
    from django.urls import reverse

    return reverse("face:sign_in")
