"""The addresses of zones, orders and packs."""

from django.urls import path, register_converter

from doorstep.command.zones import (
    evidence_pages,
    new_order,
    order_acts,
    order_pages,
    pack_pages,
    zone_pages,
)


class _Id:
    """An id in its one spelling (kit.ids)."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, text: str) -> str:
        return text

    def to_url(self, text: str) -> str:
        return str(text)


class _Digest(_Id):
    """A SHA-256 in hexadecimal."""

    regex = "[0-9a-f]{64}"


register_converter(_Id, "zones_id")
register_converter(_Digest, "zones_digest")
app_name = "zones"
_ORDER = "orders/<zones_id:order>/"
urlpatterns = [
    path("", zone_pages.show_zones, name="zones"),
    path("orders/new", new_order.new_order, name="new_order"),
    path("orders/new/consequence", new_order.show_consequence, name="consequence"),
    path(_ORDER, order_pages.show_order, name="order"),
    path(_ORDER + "approve", order_acts.approve, name="approve"),
    path(_ORDER + "renew", order_acts.renew, name="renew"),
    path(_ORDER + "withdraw", order_acts.withdraw, name="withdraw"),
    path(_ORDER + "apply", order_acts.apply_for_lifting, name="apply"),
    path(_ORDER + "answer", order_acts.record_answer, name="answer"),
    path("packs/", pack_pages.show_packs, name="packs"),
    path("packs/hand-in", pack_pages.hand_in, name="hand_in_pack"),
    path("packs/<zones_digest:digest>/", pack_pages.show_pack, name="pack"),
    path("packs/<zones_digest:digest>/adopt", pack_pages.adopt, name="adopt"),
    path("evidence/new", evidence_pages.new_evidence, name="new_evidence"),
    path("evidence/<zones_id:entry>/take-back", evidence_pages.take_back, name="take_back"),
    path("<zones_id:estate>/", zone_pages.show_zone, name="zone"),
]
