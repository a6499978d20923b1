"""Tells Django to wire the packages together once all of them are loaded."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "doorstep.config"
    label = "config"

    def ready(self) -> None:
        from doorstep.config import wiring

        wiring.install()
