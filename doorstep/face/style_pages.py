"""The living style page: every component once, for administrators and for the tests to look at.

Refuses to show a real person: its rows are invented here.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from doorstep.face import lists, pages
from doorstep.kit import clock


def _rows() -> list[dict[str, object]]:
    states = ["done", "due", "held", "excused", "act", "missed"]
    now = clock.now()
    return [
        {
            "door": f"{building} – {floor:02d}{door:02d}",
            "people": (floor * door) % 5 + 1,
            "state": states[(floor + door * building) % 6],
            "tube": f"GC21{building}{floor:02d}{door:02d}7" if door % 2 else None,
            "at": now - (floor * 17 + door * 3) * clock.MINUTE if door % 2 else None,
        }
        for building in (1, 2, 3)
        for floor in range(1, 13)
        for door in range(1, 5)
    ]


def words() -> dict[str, str]:
    """The states in words."""
    return {
        "done": _("Done"),
        "due": _("Due"),
        "held": _("To settle"),
        "excused": _("Excused"),
        "act": _("Act now"),
        "missed": _("Missed"),
    }


@pages.page("administrator")
def show_style(request: HttpRequest) -> HttpResponseBase:
    """Every component once."""
    said = words()
    listing = lists.Listing(
        request,
        columns=[
            lists.Column("door", _("Door"), sort=True, link=lambda row: "#" + str(row["door"])),
            lists.Column(
                "state",
                _("State"),
                "chip",
                value=lambda row: lists.Chip(row["state"], said[row["state"]]),
                sort=True,
            ),
            lists.Column("people", _("People"), "number", sort=True),
            lists.Column("tube", _("Tube"), "code", sort=True),
            lists.Column("at", _("Sampled"), "moment", sort=True),
        ],
        rows=_rows(),
        name="doors",
        title=_("Doors of the example"),
        order="door",
        per_page=20,
        search_hint=_("Door or tube"),
        filters=[
            lists.Filter(
                "state",
                _("State"),
                [(state, said[state], state) for state in ("due", "held", "act")],
            )
        ],
        state=lambda row: str(row["state"]),
    )
    now = clock.now()
    counters = [
        {"number": 10_214, "text": _("Due"), "state": "due", "address": "#doors"},
        {"number": 9_871, "text": _("Done"), "state": "done", "address": "#doors"},
        {"number": 131, "text": _("Excused"), "state": "excused", "address": "#doors"},
        {"number": 9, "text": _("To settle"), "state": "held", "address": "#doors"},
        {"number": 212, "text": _("Outstanding"), "state": "act", "address": "#doors"},
    ]
    context = {
        "counters": counters,
        "said": said.items(),
        "soon": now + 12 * clock.MINUTE,
        "earlier": now - 26 * clock.HOUR,
        "breadcrumbs": [(_("Doorstep"), "/"), (_("The face"), None)],
    }
    return listing.render("face/style.html", context)
