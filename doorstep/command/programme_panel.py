"""What the civic programme adds to the first page: projects that wait for this person's report or
for a second person. Refuses to say anything to whoever has nothing to do about it.
"""

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doorstep.command import panels
from doorstep.operations.programme import models, queries
from doorstep.operations.programme.actions import common, projects
from doorstep.operations.programme.pages import home
from doorstep.registry import access


def find_post(staff: access.Staff) -> str | None:
    """The programme's address for whoever leads a project or serves in a unit that owns one; None
    for others.
    """
    own = Q(leader=str(staff.id))
    unit = common.unit_of(staff)
    if unit is not None:
        own |= Q(unit=unit)
    return reverse("programme:home") if models.Project.objects.filter(own).exists() else None


def list_alarms(request: HttpRequest) -> list[panels.Alarm]:
    """Late and silent projects pushed to this person, those overdue first; closings to confirm."""
    if not models.Project.objects.exists():
        return []
    found = []
    mine = home.list_pushed(request.user, queries.list_projects(projects.today()))
    escalated = sum(each.standing.escalated for each in mine)
    if mine:
        text = ngettext(
            "%(count)s project waits for a report", "%(count)s projects wait for a report",
            len(mine),
        ) % {"count": f"{len(mine):,}"}  # fmt: skip
        detail = ""
        if escalated:
            detail = ngettext(
                "of %(count)s it should have come by now",
                "of %(count)s they should have come by now",
                escalated,
            ) % {"count": f"{escalated:,}"}
        state = "act" if escalated else "held"
        found.append(panels.Alarm(text, reverse("programme:home") + "#pushed", detail, state))
    waiting = models.Project.objects.exclude(asked=None)
    places = {str(each.place) for each in waiting}
    over = access.where(request.user, common.SECONDS, places) if places else set()
    count = sum(
        str(each.place) in over and str(request.user.id) not in (str(each.asked_by),
                                                                  str(each.leader))
        for each in waiting
    )  # fmt: skip
    if count:
        text = ngettext(
            "%(count)s project waits for you to confirm that it is done",
            "%(count)s projects wait for you to confirm that they are done",
            count,
        ) % {"count": f"{count:,}"}
        address = reverse("programme:home") + "#waiting"
        found.append(panels.Alarm(text, address, _("Look at the evidence first."), "held"))
    return found
