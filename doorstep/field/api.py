"""The devices' addresses under /field/v1/ (docs/sync.md). Refuses what is too large, and what no
device of ours has signed, before reading it, and more attachments than one device needs; answers
bad input with a code, never with a 500.
"""

import re

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import Count, Sum
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.field import certificates, push, sessions, snapshots
from doorstep.ledger import attachments, book, models
from doorstep.ledger import devices as enrolment

SALT = 16  # bytes an attachment begins with
MOST_ATTACHMENTS = 5_000  # of one device
MOST_ATTACHED = 256 << 20  # bytes of these together
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
_HEX_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_WHY_NOT = {
    400: "BODY_INVALID",
    401: "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG",
    403: "DEVICE_REVOKED",
}


class EnrolRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /field/v1/devices; key and proof are lower-case hex."""

    code: str
    alg: str
    key: str
    proof: str


@csrf_exempt
@require_POST
def devices(request: HttpRequest) -> JsonResponse:
    """Enrol a device by a code; 200 with its id, cell, zone, role and place."""
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
def entries(request: HttpRequest) -> HttpResponse:
    """Take a push of lines; a server takes them before Django, in field.wsgi."""
    answer = push.take(lambda name: request.headers.get(name, ""), request.read)
    return _pass_on(answer)


def _pass_on(answer: push.Answer) -> HttpResponse:
    response = HttpResponse(answer.body, "application/json", answer.status)
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


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
def attachment(request: HttpRequest, digest: str) -> HttpResponse:
    """Keep the bytes of an attachment that a line names, or will name."""
    signature = request.headers.get("Doorstep-Signature", "")
    device = request.headers.get("Doorstep-Device", "")
    if not _HEX_SIGNATURE.fullmatch(signature) or not _HEX_DIGEST.fullmatch(digest):
        return JsonResponse({"code": "HEADERS_INVALID"}, status=400)
    status = attachments.judge(device, digest, bytes.fromhex(signature))
    if status != 200:
        return _refuse_attachment(status)
    try:
        body = request.body
    except RequestDataTooBig:
        return _pass_on(push.too_large())
    if len(body) < SALT:
        return JsonResponse({"code": "BODY_INVALID"}, status=400)
    if not has_room(device, digest, len(body)):
        return JsonResponse({"code": "ATTACHMENTS_FULL"}, status=507)
    status = attachments.keep(device, digest, body, bytes.fromhex(signature))
    return JsonResponse({}) if status == 200 else _refuse_attachment(status)


def _refuse_attachment(status: int) -> JsonResponse:
    return JsonResponse({"code": _WHY_NOT[status]}, status=status)


def has_room(device: str, digest: str, size: int) -> bool:
    """Whether a device may hand in so many bytes more, or has handed in these already."""
    handed_in = models.Attachment.objects.filter(device_id=device, destroyed=None)
    sums = handed_in.aggregate(count=Count("digest"), size=Sum(Length("sealed")))
    if sums["count"] < MOST_ATTACHMENTS and (sums["size"] or 0) + size <= MOST_ATTACHED:
        return True
    return models.Attachment.objects.filter(digest=digest).exists()


@require_http_methods(["GET"])
def authority(request: HttpRequest) -> HttpResponse:
    """The local authority's certificate, for a phone to install; 404 with the office's own."""
    found = certificates.read_authority(settings.DATA / "tls")
    if found is None:
        return JsonResponse({"code": "NOT_FOUND"}, status=404)
    return HttpResponse(found, content_type="application/x-x509-ca-cert")


@require_http_methods(["GET"])
def snapshot(request: HttpRequest) -> HttpResponse:
    """What the device needs for its place and shift; 304 when it has that already."""
    device = sessions.get_device(request)
    if device is None:
        return JsonResponse({"code": "SESSION_REFUSED"}, status=401)
    made = snapshots.make_snapshot(device, request.GET.get("since", "")[:64])
    headers = {"ETag": f'"{made.tag}"', "Vary": "Accept-Encoding", "Cache-Control": "private"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    body = made.as_gzip() if packed else made.as_json()
    return HttpResponse(body, content_type="application/json", headers=headers)
