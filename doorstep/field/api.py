"""The devices' addresses under /field/v1/ (docs/sync.md). Refuses what is too large before reading
it, and answers bad input with a code, never with a 500.
"""

import re
import zlib
from datetime import UTC, datetime

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from doorstep.ledger import book, intake
from doorstep.ledger import devices as enrolment

_HEX_HEAD = re.compile(r"^[0-9a-f]{64}$")
_HEX_SIGNATURE = re.compile(r"^[0-9a-f]{128}$")
_NUMBER = re.compile(r"^(0|[1-9][0-9]{0,14})$")


class EnrolRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /field/v1/devices; key and proof are lower-case hex."""

    code: str
    alg: str
    key: str
    proof: str


@csrf_exempt
@require_POST
def devices(request: HttpRequest) -> JsonResponse:
    """Enrol a device by a single-use code; 200 with its id, cell, zone, role and place."""
    try:
        asked = msgspec.json.decode(request.body, type=EnrolRequest)
        key, proof = bytes.fromhex(asked.key), bytes.fromhex(asked.proof)
    except (ValueError, msgspec.MsgspecError):
        return JsonResponse({"code": "REQUEST_INVALID"}, status=400)
    device = enrolment.enrol(asked.code, asked.alg, key, proof)
    if isinstance(device, str):
        return JsonResponse({"code": device}, status=401)
    cell = book.get_cell()
    answer = {"device": device.id, "cell": cell.id, "zone": cell.zone}
    return JsonResponse(answer | {"role": device.role, "place": device.place})


@csrf_exempt
@require_POST
def entries(request: HttpRequest) -> JsonResponse:
    """Take a push of lines; the answer tells how far the device's chain is on disk."""
    signed = _read_headers(request)
    if signed is None:
        return JsonResponse({"code": "HEADERS_INVALID"}, status=400)
    if signed.count > intake.MAX_LINES:
        return _too_large()
    try:
        body: bytes | None = request.body
    except RequestDataTooBig:
        return _too_large()
    if request.headers.get("Content-Encoding") == "gzip":
        body = _inflate(request.body)
    if body is None:
        return JsonResponse({"code": "BODY_INVALID"}, status=400)
    if len(body) > intake.MAX_BYTES:
        return _too_large()
    answer = intake.receive(signed, body)
    if answer.status == 400:
        return JsonResponse({"code": "COUNT_OR_HEAD_WRONG"}, status=400)
    if answer.status == 401:
        return JsonResponse({"code": "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG"}, status=401)
    told: dict[str, object] = {"through": answer.through, "head": answer.head.hex()}
    if answer.status != 409:
        told["at"] = datetime.fromtimestamp(answer.at / 1e6, UTC).isoformat()
        told["lines"] = [line._asdict() for line in answer.lines]
    return JsonResponse(told, status=answer.status)


def _too_large() -> JsonResponse:
    limits = {
        "max_lines": intake.MAX_LINES,
        "max_bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    }
    return JsonResponse(limits | {"max_inflated_bytes": intake.MAX_BYTES}, status=413)


def _inflate(body: bytes) -> bytes | None:
    """The gzip body unpacked, at most one byte over the limit; None when it is no whole gzip."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, intake.MAX_BYTES + 1)
    except zlib.error:
        return None
    if len(content) > intake.MAX_BYTES:
        return content
    return content if unpacker.eof and not unpacker.unused_data else None


def _read_headers(request: HttpRequest) -> intake.Signed | None:
    def header(name: str) -> str:
        return request.headers.get(f"Doorstep-{name}", "")

    if not (_NUMBER.match(header("First")) and _NUMBER.match(header("Count"))):
        return None
    if not (_HEX_HEAD.match(header("Previous")) and _HEX_HEAD.match(header("Head"))):
        return None
    sent, signature = header("Sent"), header("Signature")
    if not _HEX_SIGNATURE.match(signature) or int(header("First")) < 1 or len(sent) > 64:
        return None
    return intake.Signed(
        device=header("Device"),
        first=int(header("First")),
        count=int(header("Count")),
        previous=bytes.fromhex(header("Previous")),
        head=bytes.fromhex(header("Head")),
        sent=sent,
        signature=bytes.fromhex(signature),
    )
