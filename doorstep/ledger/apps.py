"""Tells Django that the ledger is there."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The book."""

    name = "doorstep.ledger"
    label = "ledger"
