"""Registers the package with Django."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class Config(AppConfig):
    name = "doorstep.face"
    label = "face"

    def ready(self) -> None:
        """Keep Django from writing last_login outside the writer."""
        user_logged_in.disconnect(dispatch_uid="update_last_login")
