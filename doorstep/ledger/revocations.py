"""The entry by which a device is revoked: who did it, when and why; and the act.

From then on what the device sends is kept aside (intake). Refuses nothing by itself: who may revoke
is asked before by whoever calls. Devices that end with an operation are named in its own entry.
"""

from typing import Literal, NamedTuple, get_args

from doorstep.ledger import desk, devices, kinds, models, store

Reason = Literal["lost", "stolen", "broken", "replaced", "person_left", "mistrusted"]
REASONS: tuple[str, ...] = get_args(Reason)


class DeviceRevoked(kinds.Envelope, frozen=True, kw_only=True, tag="device.revoked"):
    """A device may write no more."""

    device: kinds.Id
    reason: Reason


KINDS = [kinds.Kind(DeviceRevoked, frozenset({kinds.DESK}), "duty")]
_TABLE = "ledger_revocation"


class Revocation(NamedTuple):
    """Who revoked a device, why, and when (µs)."""

    entry: str
    staff: str
    reason: str
    at: int


def fold(batch: kinds.Batch) -> None:
    """One row for each entry."""
    if batch.voided:
        store.delete(_TABLE, "entry", batch.voided)
    rows = [(e.id, e.body.device, e.body.reason, e.at, e.by) for e in batch.of(DeviceRevoked)]
    store.insert(_TABLE, ["entry", "device", "reason", "at", "staff"], rows)


def revoke(by: str, device: str, reason: str, place: str | None = None) -> str:
    """Revoke a device for the staff id `by`, at the place it stands at; the entry's id.

    Raises:
        ValueError: the reason is none of REASONS. Nothing is kept.
    """
    said = {"kind": "device.revoked", "device": device, "reason": reason, "place": place}
    return desk.post(by, [said], within=lambda: devices.revoke(device))[0]


def find(device: str) -> Revocation | None:
    """The first revocation of a device; None where it has none, or ended with an operation."""
    rows = models.Revocation.objects.filter(device=device).order_by("at", "entry")[:1]
    return next((Revocation(str(r.entry), str(r.staff), r.reason, r.at) for r in rows), None)
