"""What a device needs for its place and shift: rounds, doors with masked names, its table's tubes,
today's word on its lines. No document, no phone number.
"""

from typing import Any

from doorstep.kit import clock
from doorstep.ledger import models, store

MAX_SPOKEN = 5_000  # lines with codes that one snapshot names


def version_of(device: models.Device) -> str:
    """What changes whenever the device's snapshot may have changed: how far the book has grown."""
    return f"{store.query('SELECT size FROM ledger_cell')[0][0]}-{device.id}"


def make_snapshot(device: models.Device) -> dict[str, Any]:
    """The whole snapshot as it stands."""
    return {
        "version": version_of(device),
        "at": clock.now(),
        "device": device.id,
        "place": device.place,
        "people": _list_people(device),
        "verdicts": _list_verdicts(device),
    }


def _list_people(device: models.Device) -> list[str]:
    rows = models.Assignment.objects.filter(device=device, until_at=None)
    return sorted(rows.values_list("person", flat=True))


def _list_verdicts(device: models.Device) -> list[dict[str, Any]]:
    rows = store.query(
        "SELECT l.number, v.code FROM ledger_line l JOIN ledger_verdict v ON v.entry = l.entry "
        "WHERE l.device_id = %s ORDER BY l.number DESC, v.code LIMIT %s",
        [device.id, MAX_SPOKEN],
    )
    codes: dict[int, list[str]] = {}
    for number, code in rows:
        codes.setdefault(number, []).append(code)
    return [{"n": number, "codes": said} for number, said in sorted(codes.items())]
