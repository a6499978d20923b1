"""The devices' addresses under /field/v1/ (docs/sync.md). Refuses what is too large before reading
it, and answers bad input with a code, never with a 500.
"""

import re
import zlib
from datetime import UTC, datetime

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.field import sessions, snapshots
from doorstep.ledger import attachments, book, intake, writer
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
    try:
        answer = intake.receive(signed, body)
    except writer.Busy:
        return JsonResponse({"code": "BUSY"}, status=503, headers={"Retry-After": "1"})
    if answer.status == 400:
        return JsonResponse({"code": "COUNT_OR_HEAD_WRONG"}, status=400)
    if answer.status == 401:
        return JsonResponse({"code": "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG"}, status=401)
    told: dict[str, object] = {"through": answer.through, "head": answer.head.hex()}
    if answer.status != 409:
        # nothing is below `safe` until a verified backup holds it
        told["safe"] = answer.safe
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


class SessionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /field/v1/session: first the device alone, then nonce and signature."""

    device: str
    nonce: str = ""
    signature: str = ""


@csrf_exempt
@require_POST
def session(request: HttpRequest) -> JsonResponse:
    """Without a nonce: one to sign. With a signed nonce: a bearer token."""
    try:
        asked = msgspec.json.decode(request.body, type=SessionRequest)
        signature = bytes.fromhex(asked.signature)
    except (ValueError, msgspec.MsgspecError):
        return JsonResponse({"code": "REQUEST_INVALID"}, status=400)
    if not asked.nonce:
        return JsonResponse({"nonce": sessions.make_nonce(asked.device)})
    token = sessions.open_session(asked.device, asked.nonce, signature)
    if token is None:
        return JsonResponse({"code": "SESSION_REFUSED"}, status=401)
    return JsonResponse({"token": token, "expires_in": sessions.TOKEN_SECONDS})


@csrf_exempt
@require_http_methods(["PUT"])
def attachment(request: HttpRequest, digest: str) -> JsonResponse:
    """Keep the bytes of an attachment that a line names, or will name."""
    signature = request.headers.get("Doorstep-Signature", "")
    device = request.headers.get("Doorstep-Device", "")
    if not _HEX_SIGNATURE.match(signature) or not _HEX_HEAD.match(digest):
        return JsonResponse({"code": "HEADERS_INVALID"}, status=400)
    try:
        body = request.body
    except RequestDataTooBig:
        return _too_large()
    status = attachments.keep(device, digest, body, bytes.fromhex(signature))
    codes = {400: "BODY_INVALID", 401: "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG", 403: "DEVICE_REVOKED"}
    return JsonResponse({"code": codes[status]} if status in codes else {}, status=status)


@require_http_methods(["GET"])
def snapshot(request: HttpRequest) -> HttpResponse:
    """What the device needs for its place and shift; 304 when it has that already."""
    device = sessions.get_device(request)
    if device is None:
        return JsonResponse({"code": "SESSION_REFUSED"}, status=401)
    tag = f'"{snapshots.version_of(device)}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    body = snapshots.make_snapshot(device)
    return HttpResponse(
        msgspec.json.encode(body), content_type="application/json", headers={"ETag": tag}
    )
