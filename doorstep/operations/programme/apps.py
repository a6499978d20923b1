"""Registers the package with Django."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "doorstep.operations.programme"
    label = "programme"
