"""The command post's part of the navigation, most used first; config installs it with others."""

from django.utils.translation import gettext_lazy as _

from doorstep.command import scopes
from doorstep.face import frame

ITEMS = [
    frame.Item("command:home", _("Today"), scopes.WATCHERS),
    frame.Item("command:rounds", _("Rounds"), scopes.WATCHERS),
    frame.Item("command:people", _("Residents"), scopes.WATCHERS),
    frame.Item("command:devices", _("Devices"), (*scopes.COMMANDERS, "inspector")),
    frame.Item("command:staff", _("Staff"), (*scopes.COMMANDERS, "inspector")),
    frame.Item("command:roster", _("Roster"), scopes.RECORDERS),
    frame.Item("command:book", _("Book"), (*scopes.COMMANDERS, "approver", "inspector")),
]
