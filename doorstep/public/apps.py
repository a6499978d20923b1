"""The public face as an app of Django."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """Pages that anybody may read."""

    name = "doorstep.public"
