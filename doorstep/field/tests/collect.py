"""ODK Collect as a stranger: requests as its OkHttp client makes them, a filled-in form as its
engine, JavaRosa, writes it. Only the account comes from the inside, as it would from a desk.
"""

import base64
import uuid
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from django.test import Client

from doorstep.ledger import models, verify

TUBE = "GC000000018"
LISTS = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
# what JavaRosa's XFormSerializingVisitor wrote of this very form, but for the answers
HEAD = (
    "<?xml version='1.0' encoding='UTF-8' ?>"
    '<data id="{form}" version="{version}" xmlns:ev="http://www.w3.org/2001/xml-events" '
    'xmlns:orx="http://openrosa.org/xforms" xmlns:odk="http://www.opendatakit.org/xforms" '
    'xmlns:h="http://www.w3.org/1999/xhtml" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:jr="http://openrosa.org/javarosa">'
)
CHOSEN = (
    "<person><at>{at}</at><person_by>list</person_by><person_list>{person}</person_list></person>"
)
SCANNED = (
    "<person><at>{at}</at><person_by>scan</person_by><person_scan>{person}</person_scan></person>"
)


def fill(
    round_: str,
    people: Sequence[str],
    *,
    tube: str = TUBE,
    count: object = None,
    instance: str = "",
    version: str = "1",
    form: str = "",
    person: str = CHOSEN,
    start: str = "2021-06-21T08:31:00.724+08:00",
    meta: str = "",
) -> bytes:
    """A filled-in form as Collect writes it."""
    said = "".join(
        person.format(at=f"2021-06-21T08:{31 + n // 60}:{n % 60:02}.450+08:00", person=each)
        for n, each in enumerate(people, 10)
    )
    number = len(people) if count is None else count
    return (
        HEAD.format(form=form or f"doorstep.sampling.{round_}", version=version)
        + f"<start>{start}</start><end>2021-06-21T08:39:01.026+08:00</end><tube_by>typed</tube_by>"
        f"<tube_typed>{tube}</tube_typed><pool>ten</pool>{said}<recorded>{len(people)}</recorded>"
        f"<count>{number}</count><photo /><meta>"
        f"<instanceID>{instance or f'uuid:{uuid.uuid4()}'}</instanceID>{meta}</meta></data>"
    ).encode()


def pack(parts: Sequence[tuple[str, str | None, str | None, bytes]]) -> tuple[bytes, str]:
    """Parts (name, file name, type, content) as OkHttp's MultipartBody writes them."""
    boundary = str(uuid.uuid4())
    body = b""
    for name, file, kind, content in parts:
        head = f'Content-Disposition: form-data; name="{name}"'
        head += f'; filename="{file}"' if file else ""
        head += f"\r\nContent-Type: {kind}" if kind else ""
        head += f"\r\nContent-Length: {len(content)}"
        body += f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Collect:
    """The app with the settings of one account."""

    def __init__(self, user: str, password: str, address: str = "192.0.2.7") -> None:
        self.http = Client(REMOTE_ADDR=address)
        self.basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.answers_challenges = True

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "", **more: Any) -> Any:
        """One request; with the credentials from the first challenge on, as the app does."""
        headers = {
            "User-Agent": "org.odk.collect.android/v2025.2.3 Dalvik/2.1.0 (Linux; Android 13)",
            "X-OpenRosa-Version": "1.0",
            "Date": "Mon, 21 Jun 2021 08:39:02 GMT",
            "Accept-Encoding": "gzip",
        }
        if not self.answers_challenges:
            headers["Authorization"] = self.basic
        joined = "&" if "?" in path else "?"
        path += f"{joined}deviceID=collect%3AwiQY2lhcR4TVz0SP"
        given: dict[str, Any] = {"secure": True, "headers": headers} | more
        answer: Any = self.http.generic(method, path, body, kind or "text/plain", **given)
        if answer.status_code == 401 and self.answers_challenges:
            assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
            self.answers_challenges = False
            return self.ask(method, path, body, kind, **more)
        return answer

    def read(self, path: str) -> Any:
        return self.ask("GET", path)

    def send(self, xml: bytes, *files: bytes, incomplete: bool = False) -> Any:
        """HEAD, and then the form with its files."""
        head = self.ask("HEAD", "/field/openrosa/submission")
        assert head.status_code == 204 and head.headers["X-OpenRosa-Version"] == "1.0"
        return self.post(xml, *files, incomplete=incomplete)

    def post(self, xml: bytes, *files: bytes, incomplete: bool = False) -> Any:
        name = "2021-06-21 核酸采样 Sampling_2021-06-21_08-39-01.xml"
        parts: list[tuple[str, str | None, str | None, bytes]]
        parts = [("xml_submission_file", name, "text/xml", xml)]
        for file in files:
            photo = f"{len(file)}.jpg"
            parts.append((photo, photo, "image/jpeg", file))
        if incomplete:
            parts.append(("*isIncomplete*", None, None, b"yes"))
        body, kind = pack(parts)
        return self.ask("POST", "/field/openrosa/submission", body, kind)


def device_of(app: Collect) -> models.Device:
    user = base64.b64decode(app.basic.split()[1]).decode().split(":")[0]
    return models.Device.objects.get(account__user=user)


def told(answer: Any) -> str:
    """The sentence in OpenRosa's envelope."""
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{RESPONSE}OpenRosaResponse"
    return root.find(f"{RESPONSE}message").text or ""  # type: ignore[union-attr]


def lines_of(device: models.Device) -> list[str]:
    rows = models.Line.objects.filter(device=device).order_by("number")
    return [str(kind) for kind in rows.values_list("kind", flat=True)]


def assert_sound() -> None:
    assert verify.check_book()["findings"] == []
