"""Addresses that try the frame: pages that refuse, fail, or are for some only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_POST

from doorstep.face import pages
from doorstep.ledger import refusals

handler403 = "doorstep.face.errors.forbidden"
handler404 = "doorstep.face.errors.not_found"
handler500 = "doorstep.face.errors.server_error"


def show_open(request: HttpRequest) -> HttpResponse:
    """A page without a guard."""
    return render(request, "face/error.html", {"status": 200, "happened": "open", "then": ""})


@pages.page()
def show_staff_only(request: HttpRequest) -> HttpResponse:
    """Any signed-in staff."""
    return HttpResponse("yes")


@pages.page("duty_officer")
def show_place(request: HttpRequest, place: str) -> HttpResponse:
    """Duty officers of the place."""
    return HttpResponse(place)


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Only takes a form."""
    return HttpResponse("done")


@pages.page()
def save(request: HttpRequest) -> HttpResponse:
    """Takes a form of staff."""
    return HttpResponse("saved")


def refuse(request: HttpRequest, code: str) -> HttpResponse:
    """Raises what it is asked to."""
    raise refusals.Refused(code, day="2021-06-21", **dict(request.GET.items()))


def fail(request: HttpRequest) -> HttpResponse:
    """Breaks."""
    raise RuntimeError("inside 192.0.2.7")


urlpatterns = [
    path("", include("doorstep.face.urls")),
    path("open", show_open),
    path("staff", show_staff_only),
    path("places/<str:place>", show_place),
    path("refuse/<str:code>", refuse),
    path("act", act),
    path("save", save),
    path("fail", fail),
]
