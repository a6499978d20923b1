"""What a device needs for its place and shift: the area's rounds; doors, masked names and who is
due, for those who go to doors; its table's tubes; who may write with it; today's word on its lines.
No document, no phone.

The area's part is the same for all its devices and is packed once (field.areas); what is a device's
own is put before it. Refuses nothing: who may ask is settled by the session.
"""

import struct
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from doorstep.field import areas
from doorstep.kit import clock
from doorstep.ledger import intake, models, store
from doorstep.registry import models as registry
from doorstep.registry import noted, people

MAX_SPOKEN = 5_000  # lines with codes that one snapshot names, the latest first
LEVEL = 1  # of gzip: five times smaller already, at a tenth of the time of level 9
_GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


class Snapshot(NamedTuple):
    """A snapshot as it is sent: JSON in two parts, and a tag that names its content."""

    tag: str
    own: bytes
    shared: bytes

    def as_json(self) -> bytes:
        """The whole text."""
        return self.own + self.shared

    def as_gzip(self) -> bytes:
        """The whole text, packed; the shared part is packed once for all devices of the area."""
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        own = packer.compress(self.own) + packer.flush(zlib.Z_FULL_FLUSH)
        check = zlib.crc32(self.shared, zlib.crc32(self.own))
        size = (len(self.own) + len(self.shared)) & 0xFFFFFFFF
        return _GZIP_HEAD + own + _pack(self.shared) + struct.pack("<II", check, size)


def make_snapshot(device: models.Device, since: str = "") -> Snapshot:
    """The device's snapshot; of its area only what changed after the version `since`, where that is
    known here.
    """
    area = areas.find_area(device.place)
    shared = areas.Shared("", False, NOTHING)
    if area:
        shared = areas.get_area(area).get(since, device.role)
    staff = _list_staff(device)
    own: dict[str, Any] = {
        "device": device.id,
        "role": device.role,
        "place": device.place,
        "area": area,
        "version": shared.version,
        "since": since if shared.is_delta else None,
        "staff": sorted(staff),
        "staff_names": staff,
        "tubes": list_tubes(device),
        "verdicts": _list_verdicts(device),
        "notes_key": noted.get_public_key(),
    }
    tag = sha256(msgspec.json.encode(own)).hexdigest()[:32]
    # the moment is not in the tag: a snapshot that tells nothing new is the same snapshot
    own["at"] = datetime.fromtimestamp(clock.now() / 1e6, UTC).isoformat()
    return Snapshot(tag, msgspec.json.encode(own)[:-1] + b",", shared.fields + b"}")


NOTHING = (
    b'"rounds":{},"doors":{},"people":{},"due":{},'
    b'"gone":{"rounds":[],"doors":[],"people":[],"due":{}}'
)


@lru_cache(maxsize=32)
def _pack(text: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


def _list_staff(device: models.Device) -> dict[str, str]:
    """Who may write with the device: id to masked name, "" for somebody the registry has not."""
    rows = models.Assignment.objects.filter(device=device, until_at=None)
    staff = dict.fromkeys(sorted(rows.values_list("person", flat=True)), "")
    found = registry.Staff.objects.filter(id__in=staff).values_list("id", "name")
    return staff | {str(each): people.mask_name(name) for each, name in found}


def list_tubes(device: models.Device) -> list[dict[str, str]]:
    """The runs of tubes issued to the device's table, of rounds that are not closed."""
    if not device.place:
        return []
    rows = store.query(
        'SELECT i.round, i."first", i."last" FROM sampling_issue i '
        "JOIN rounds_round r ON r.id = i.round "
        "WHERE i.table_id = %s AND i.stands AND r.state <> 'closed' ORDER BY i.at, i.entry",
        [device.place],
    )
    return [{"round": str(round_), "first": first, "last": last} for round_, first, last in rows]


def _list_verdicts(device: models.Device) -> list[dict[str, Any]]:
    # a line that is garbled has no entry that a verdict could stand beside
    rows = store.query(
        "SELECT number, code FROM (SELECT l.number, COALESCE(v.code, %s) AS code, "
        "DENSE_RANK() OVER (ORDER BY l.number DESC) AS turn FROM ledger_line l "
        "LEFT JOIN ledger_verdict v ON v.entry = l.entry WHERE l.device_id = %s "
        "AND (v.code IS NOT NULL OR l.custody = 'garbled')) spoken WHERE turn <= %s",
        [intake.GARBLED, device.id, MAX_SPOKEN],
    )
    codes: dict[int, list[str]] = {}
    for number, code in rows:
        codes.setdefault(number, []).append(code)
    return [{"n": number, "codes": sorted(said)} for number, said in sorted(codes.items())]
