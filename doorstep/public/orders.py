"""What stands where, for residents: each estate under an order, since when, and its release
conditions line by line, also when all are met and the order is not lifted. Open to everybody.

Refuses to name a building, a document of evidence, a person or a count: a risk level is told of the
estate, for a building may be a family.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doorstep.face import lists
from doorstep.kit import clock
from doorstep.orders import release, shapes, zones

_FOR_A_MINUTE = "private, max-age=60"


@require_safe
def show_orders(request: HttpRequest) -> HttpResponse:
    """Every estate with an order in force, strictest first."""
    now = clock.now()
    found = [_describe(zone) for zone in zones.list_zones(now)]
    estates = [each for each in found if each["orders"]]
    context = {
        "estates": estates,
        "waiting": sum(any(o["met_since"] for o in each["orders"]) for each in estates),
        "at": now,
    }
    response = render(request, "public/orders.html", context)
    response["Cache-Control"] = _FOR_A_MINUTE
    return response


def _describe(zone: zones.Zone) -> dict[str, Any]:
    orders = [_say_order(view) for view in zone.whole if view.state == "in_force"]
    inside = [view for each in (zone.measures, zone.risk) for views in each.values()
              for view in views if view.state == "in_force"]  # fmt: skip
    parts = {view.order.id: view for view in inside if view not in zone.whole}
    orders += [_say_order(view) | {"partly": True} for view in parts.values()]
    chinese = (get_language() or "en").startswith("zh")
    return {"name": zone.name if chinese or not zone.english else zone.english, "orders": orders}


def _say_order(view: zones.View) -> dict[str, Any]:
    order = view.order
    return {
        "partly": False,
        "is_risk": order.axis == "risk",
        "value": _read(view.value.names) if view.value else "",
        "movement": _read(view.value.movement.text) if view.value else "",
        "start_at": order.start_at,
        "until_at": order.until_at,
        "met_since": view.met_since,
        "applied_at": order.applied_at,
        "lines": [_say_line(line) for line in view.lines],
    }


def _say_line(line: release.Line) -> dict[str, Any]:
    """A condition and whether it is met; how many of how many is not said."""
    chip = {
        "met": lists.Chip("done", _("met")),
        "not_yet": lists.Chip("due", _("not yet")),
        "notice": lists.Chip("none", _("the authority says")),
    }[line.state]
    return {"text": _read(line.text), "chip": chip, "since_at": line.since_at}


def _read(text: shapes.Text) -> str:
    return text.zh if (get_language() or "en").startswith("zh") else text.en
