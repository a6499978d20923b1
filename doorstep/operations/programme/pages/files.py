"""The programme as a spreadsheet: what a file would change, taking it, and the file itself."""

from typing import Any

import msgspec
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from doorstep.face import errors, lists, pages
from doorstep.ledger import codes, refusals
from doorstep.operations.programme import queries, wording
from doorstep.operations.programme.actions import books, common, projects
from doorstep.operations.programme.pages import words

MOST_BYTES = 4 << 20
_SALT = "programme book"
_KEPT_FOR = 3_600  # seconds between the preview and taking it


@pages.page(*common.COMMANDERS)
def bring(request: HttpRequest) -> HttpResponseBase:
    """Send a workbook, see what it would change, take it."""
    if request.method == "POST" and "plan" in request.POST:
        return _take(request)
    refusal, status, plan, name = None, 200, None, ""
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise refusals.Refused("FILE_EMPTY")
            if (file.size or 0) > MOST_BYTES:
                raise refusals.Refused("FILE_TOO_LARGE")
            name = file.name or ""
            plan = books.plan(request.user, file.read(), name)
            if plan.problem:
                raise refusals.Refused(plan.problem)
        except refusals.Refused as no:
            refusal, status, plan = errors.describe(no), 409, None
    context: dict[str, Any] = {
        "plan": plan,
        "file": name,
        "refusal": refusal,
        "signed": _sign([*plan.new, *plan.changed]) if plan else "",
        "titles": [wording.say(each.said.title, words.language())
                   for each in (*plan.new, *plan.changed)] if plan else [],
        "breadcrumbs": [
            (_("Programme"), reverse("programme:home")), (_("Bring a spreadsheet"), None)
        ],
    }  # fmt: skip
    if plan is None:
        return render(request, "programme/bring.html", context, status=status)
    return _list_refused(request, plan).render("programme/bring.html", context)


def _take(request: HttpRequest) -> HttpResponseBase:
    try:
        said = signing.loads(request.POST["plan"], salt=_SALT, max_age=_KEPT_FOR)
        changes = msgspec.convert(said, list[books.Change])
    except (signing.BadSignature, msgspec.ValidationError):
        raise refusals.Refused("UPLOAD_GONE") from None
    count = books.carry_out(request.user, changes)
    said_ = ngettext("%(count)d project is taken.", "%(count)d projects are taken.", count)
    messages.success(request, said_ % {"count": count})
    return HttpResponseRedirect(reverse("programme:home"))


def _sign(changes: list[books.Change]) -> str:
    """What the preview has shown, to be sent back with the form as it was."""
    return signing.dumps(msgspec.to_builtins(changes), salt=_SALT, compress=True)


def _list_refused(request: HttpRequest, plan: books.Plan) -> lists.Listing:
    language = words.language()
    return lists.Listing(
        request,
        name="refused",
        title=_("Rows not taken"),
        rows=[
            {
                "cell": f"{each.sheet} {each.column}{each.row}",
                "value": each.value,
                "why": codes.text_of(each.code, language),
            }
            for each in plan.refused
        ],
        columns=[
            lists.Column("cell", _("Cell"), "code"),
            lists.Column("value", _("It says")),
            lists.Column("why", _("Why it is not taken")),
        ],
        empty=_("Every row can be taken."),
    )


@pages.page()
@require_GET
def send_book(request: HttpRequest) -> HttpResponse:
    """All projects as a workbook that can be brought again."""
    found = queries.list_projects(projects.today())
    body = books.write_book(found, words.language())
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = 'attachment; filename="programme.xlsx"'
    return answer
