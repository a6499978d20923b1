"""Tells Django that the devices' face is there."""

from django.apps import AppConfig


class FieldConfig(AppConfig):
    """Devices."""

    name = "doorstep.field"
    label = "field"
