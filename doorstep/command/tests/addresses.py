"""The addresses of a server that has the command post, for its tests."""

from django.urls import include, path

handler404 = "doorstep.face.errors.not_found"
urlpatterns = [
    path("", include("doorstep.face.urls")),
    path("sampling/", include("doorstep.operations.sampling.urls")),
    path("", include("doorstep.command.urls")),
]
