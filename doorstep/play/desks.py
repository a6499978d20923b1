"""A person at a desk, as a browser would have them: signs in and uses the pages. No script, no
secret door. Refuses to go on when a page does not answer as pages do.
"""

import http.cookiejar
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

TIMEOUT = 120  # seconds; a page that writes a large file's rows takes its time


class Refused(Exception):
    """The page refused, or there is no such page; `status` is what it answered."""

    def __init__(self, address: str, status: int) -> None:
        super().__init__(f"{address}: {status}")
        self.status = status


class Desk:
    """A signed-in session."""

    def __init__(self, url: str, account: str, password: str) -> None:
        self._url = url
        self._jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(cookies)
        self.read("/sign-in")
        form = {"account": account, "password": password, "next": "/password"}
        answered = self.post("/sign-in", form)
        if answered.endswith("/sign-in"):
            raise Refused("/sign-in", 401)

    def read(self, address: str) -> str:
        """Open a page; what it says, as HTML. Raises Refused."""
        return self._open(address, None, {})[1]

    def post(self, address: str, form: Mapping[str, str | Sequence[str]]) -> str:
        """Send a form, a field with several values as a list; the address of the page it leads to.
        Raises Refused.
        """
        said = {**form, "csrfmiddlewaretoken": self._token()}
        kind = "application/x-www-form-urlencoded"
        body = urllib.parse.urlencode(said, doseq=True).encode()
        return self._open(address, body, {"Content-Type": kind})[0]

    def upload(self, address: str, name: str, content: bytes, form: dict[str, str]) -> str:
        """Send a form with a file in its field `file`; the address it leads to. Raises Refused."""
        mark = secrets.token_hex(16)
        said = {**form, "csrfmiddlewaretoken": self._token()}
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in said.items()
        ]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        parts.append(f"{head}Content-Type: text/csv\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        return self._open(address, body, {"Content-Type": kind})[0]

    def _token(self) -> str:
        return next((each.value or "" for each in self._jar if each.name == "csrftoken"), "")

    def _open(self, address: str, body: bytes | None, headers: dict[str, str]) -> tuple[str, str]:
        """The address of the page it led to, and the page."""
        request = urllib.request.Request(self._url + address, body, headers)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                page = answer.read().decode()
                reached: Any = urllib.parse.urlsplit(answer.geturl())
        except urllib.error.HTTPError as problem:
            raise Refused(address, problem.code) from None
        return str(reached.path + (f"?{reached.query}" if reached.query else "")), page


def upload_results(desk: Desk, name: str, content: bytes, laboratory: str) -> None:
    """Hand a result file in on the laboratory's page and confirm what the page shows of it.

    Raises:
        Refused: the file was not taken.
    """
    form = {"laboratory": laboratory}
    shown = desk.upload("/sampling/laboratory/files", name, content, form)
    desk.post(shown, form)
