"""Every address of the server, on one page."""

from django.urls import path

from doorstep.field import api

urlpatterns = [
    path("field/v1/devices", api.devices),
    path("field/v1/entries", api.entries),
]
