"""The server's addresses with those of zones among them, whether or not they are joined yet."""

from django.urls import include, path

urlpatterns = [
    path("zones/", include("doorstep.command.zones.urls")),
    path("", include("doorstep.config.urls")),
]
