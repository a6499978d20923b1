"""Every address of the server, on one page."""

from django.urls import include, path

from doorstep.field import api, app
from doorstep.field.openrosa import urls as openrosa
from doorstep.public import log, orders

handler400 = "doorstep.face.errors.bad_request"
handler403 = "doorstep.face.errors.forbidden"
handler404 = "doorstep.face.errors.not_found"
handler500 = "doorstep.face.errors.server_error"

urlpatterns = [
    path("", include("doorstep.command.urls")),
    path("", include("doorstep.face.urls")),
    path("plans/", include("doorstep.command.plans.urls")),
    path("zones/", include("doorstep.command.zones.urls")),
    path("sampling/", include("doorstep.operations.sampling.urls")),
    path("programme/", include("doorstep.operations.programme.urls")),
    path("field/", app.show_page),
    path("field/openrosa/", include(openrosa.APPS)),
    path("devices/apps/", include(openrosa.DESK)),
    path("field/files.json", app.get_files),
    path("field/icon-<int:size>.png", app.get_icon),
    path("field/manifest.webmanifest", app.get_manifest),
    path("field/sw.js", app.get_worker),
    path("field/words/<str:language>.json", app.get_words),
    path("field/authority.crt", api.authority),
    path("field/v1/devices", api.devices),
    path("field/v1/entries", api.entries),
    path("field/v1/session", api.session),
    path("field/v1/snapshot", api.snapshot),
    path("field/v1/attachments/<str:digest>", api.attachment),
    path("favicon.ico", app.get_icon, {"size": 192}),  # asked for where no page names an icon
    path("public/orders", orders.show_orders, name="public_orders"),
    path("public/", include("doorstep.public.urls")),
    path("log/checkpoint", log.show_checkpoint),
    path("log/key", log.show_keys),
    path("log/tile/<path:path>", log.show_tile),
]
