"""OpenRosa's addresses under /field/openrosa/: form list, forms, manifests, lists, submission. What
the specifications ask of a server is in docs.getodk.org/openrosa (1.0).

Refuses plain http, for Basic authentication shows the password; and a body that is too large or no
form, with a sentence in both languages for the person with the phone. 201 is said after the commit
and for nothing else.
"""

import io
import logging
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.urls import reverse
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from doorstep.field import push
from doorstep.field.models import Account
from doorstep.field.openrosa import accounts, forms, reading, sampling, submissions
from doorstep.kit import clock
from doorstep.ledger import codes, trouble, writer

ACCEPTED = push.MAX_SENT_BYTES  # a body that apps are asked to keep to; a photo is one attachment
MOST = 2 * ACCEPTED  # and the largest that is read: form and photo may just pass the other
PART = "xml_submission_file"
_LISTS = "http://openrosa.org/xforms/xformsList"
_MANIFEST = "http://openrosa.org/xforms/xformsManifest"
_RESPONSE = "http://openrosa.org/http/response"
STATUS = {
    accounts.SIGN_IN: 401,
    accounts.GONE: 403,
    accounts.WAIT: 429,
    reading.XML: 400,
    reading.INSTANCE: 400,
    submissions.FULL: 507,
    "OPENROSA_HTTPS": 403,
    "OPENROSA_LARGE": 413,
    "OPENROSA_BUSY": 503,
    "OPENROSA_FAILED": 500,
}
_log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


def _for_accounts(*methods: str) -> Callable[[View], View]:
    """Guard a view: https, and an account, which the view gets instead of nothing."""

    def guard(view: View) -> View:
        @csrf_exempt
        @require_http_methods(methods)
        def guarded(request: HttpRequest, **names: str) -> HttpResponse:
            if not request.is_secure():
                return _say("OPENROSA_HTTPS")
            found = accounts.find_account(
                request.headers.get("Authorization", ""), request.META.get("REMOTE_ADDR", "")
            )
            answer = _say(found) if isinstance(found, str) else view(request, found, **names)
            answer.headers["X-OpenRosa-Version"] = "1.0"
            answer.headers["X-OpenRosa-Accept-Content-Length"] = str(ACCEPTED)
            answer.headers["Date"] = http_date(clock.now() / 1e6)
            answer.headers["Cache-Control"] = "no-store"
            return answer

        return guarded

    return guard


@_for_accounts("GET", "HEAD")
def list_forms(request: HttpRequest, account: Account) -> HttpResponse:
    """The forms of the account's table: one a round that is open there."""
    wanted = request.GET.get("formID")
    rows = []
    for form in forms.list_forms(account.device):
        if wanted and form.id != wanted:
            continue
        rows.append(_element("xform", {
            "formID": form.id,
            "name": form.title,
            "version": form.version,
            "hash": forms.hash_of(forms.make_xform(form)),
            "downloadUrl": _address(request, "xform", form),
            "manifestUrl": _address(request, "manifest", form),
        }))  # fmt: skip
    return _xml(f'<xforms xmlns="{_LISTS}">{"".join(rows)}</xforms>')


@_for_accounts("GET", "HEAD")
def get_xform(request: HttpRequest, account: Account, round: str) -> HttpResponse:
    """One form."""
    return HttpResponse(forms.make_xform(_find(account, round)), "text/xml; charset=utf-8")


@_for_accounts("GET", "HEAD")
def get_manifest(request: HttpRequest, account: Account, round: str) -> HttpResponse:
    """The lists that a form chooses from."""
    form = _find(account, round)
    rows = []
    for name in (sampling.PEOPLE, sampling.TUBES):
        content = forms.make_list(account.device, form, name)
        assert content is not None
        rows.append(_element("mediaFile", {
            "filename": name,
            "hash": forms.hash_of(content),
            "downloadUrl": _address(request, "list", form, name),
        }))  # fmt: skip
    return _xml(f'<manifest xmlns="{_MANIFEST}">{"".join(rows)}</manifest>')


@_for_accounts("GET", "HEAD")
def get_list(request: HttpRequest, account: Account, round: str, name: str) -> HttpResponse:
    """One of a form's lists."""
    content = forms.make_list(account.device, _find(account, round), name)
    if content is None:
        raise Http404
    return HttpResponse(content, "text/csv; charset=utf-8")


@_for_accounts("HEAD", "POST")
def submission(request: HttpRequest, account: Account) -> HttpResponse:
    """HEAD: where to and how much at once. POST: a filled-in form, perhaps one of several parts."""
    here = request.build_absolute_uri(reverse("openrosa:submission"))
    if request.method == "HEAD":
        return HttpResponse(status=204, headers={"Location": here})
    try:
        xml, files = _read_parts(request)
        code = submissions.take(account, xml, files)
    except (reading.Unreadable, submissions.Unkept) as no:
        return _say(no.code)
    except writer.Busy:
        return _say("OPENROSA_BUSY")
    except Exception as problem:
        if not trouble.note(problem):
            _log.exception("a filled-in form could not be kept")
        return _say("OPENROSA_FAILED")
    answer = _say(code or "OPENROSA_KEPT", 201)
    answer.headers["Location"] = here
    return answer


def _read_parts(request: HttpRequest) -> tuple[bytes, list[bytes]]:
    """The form and the other files of the body.

    Raises:
        Unreadable: it is not in parts, or not just one of them is the form.
        Unkept: it is too large.
    """
    length = request.META.get("CONTENT_LENGTH", "")
    if length and not (length.isdigit() and int(length[:18]) <= MOST):
        raise submissions.Unkept("OPENROSA_LARGE")
    # a body in chunks says no length; Django would take it for empty
    body = (request if length else request.META["wsgi.input"]).read(MOST + 1)
    if len(body) > MOST:
        raise submissions.Unkept("OPENROSA_LARGE")
    said = {"CONTENT_TYPE": request.META.get("CONTENT_TYPE", ""), "CONTENT_LENGTH": len(body)}
    try:
        parser = MultiPartParser(said, io.BytesIO(body), [_InMemory(request)], "utf-8")
        _, files = parser.parse()
    except (MultiPartParserError, SuspiciousOperation) as problem:
        raise reading.Unreadable(reading.XML) from problem
    named = [(name, file.read()) for name, given in files.lists() for file in given]
    filled = [content for name, content in named if name == PART]
    if len(filled) != 1:
        raise reading.Unreadable(reading.XML)
    if len(filled[0]) > reading.MOST_BYTES:
        raise submissions.Unkept("OPENROSA_LARGE")
    return filled[0], [content for name, content in named if name != PART]


class _InMemory(MemoryFileUploadHandler):
    """Keeps files in memory: the body is there already, and no larger than MOST."""

    def handle_raw_input(self, *_: Any, **__: Any) -> None:
        self.activated = True


def _find(account: Account, round_: str) -> forms.Form:
    form = forms.find_form(account.device, round_)
    if form is None:
        raise Http404
    return form


def _address(request: HttpRequest, view: str, form: forms.Form, *names: str) -> str:
    return request.build_absolute_uri(reverse(f"openrosa:{view}", args=[form.round, *names]))


def _say(code: str, status: int | None = None) -> HttpResponse:
    """OpenRosa's envelope with a sentence in both languages: Collect asks for none."""
    said = f"{codes.text_of(code, 'en')} {codes.text_of(code, 'zh')}"
    nature = "submit_success" if status == 201 else "error"
    message = f'<message nature="{nature}">{escape(said)}</message>'
    answer = _xml(f'<OpenRosaResponse xmlns="{_RESPONSE}">{message}</OpenRosaResponse>')
    answer.status_code = status or STATUS[code]
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="Doorstep", charset="UTF-8"'
    if answer.status_code in (429, 503):
        answer.headers["Retry-After"] = "60" if answer.status_code == 429 else "1"
    return answer


def _element(name: str, fields: dict[str, str]) -> str:
    inner = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in fields.items())
    return f"<{name}>{inner}</{name}>"


def _xml(body: str) -> HttpResponse:
    head = "<?xml version='1.0' encoding='UTF-8' ?>"
    return HttpResponse(f"{head}{body}", "text/xml; charset=utf-8")
