"""Every address of the server, on one page."""

from django.urls import path

from doorstep.field import api

urlpatterns = [
    path("field/v1/devices", api.devices),
    path("field/v1/entries", api.entries),
    path("field/v1/session", api.session),
    path("field/v1/snapshot", api.snapshot),
    path("field/v1/attachments/<str:digest>", api.attachment),
]
