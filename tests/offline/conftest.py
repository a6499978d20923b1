"""A phone and a server as they are: Chromium with a profile of its own, over HTTPS, from another
origin than localhost; the certificate is trusted by its key alone.
"""

import base64
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from doorstep.bench.server import Installation
from doorstep.config.commands import browser
from tests.faults.ground import Nursery

HOST = "127.0.0.2"
PIN = "204816"
PATIENCE = 60_000  # ms after which something that should have come will not


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests of this folder need a Chromium, and no second database."""
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        if browser.find_browser() is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))
        item.add_marker(pytest.mark.once)


class Desk:
    """The server, and what is done on its machine."""

    _nursery: Nursery | None = None

    def __init__(self, installation: Installation, devices: int = 4, people: int = 0) -> None:
        self.installation = installation
        self.world = installation.ask("fill", str(devices), "1", str(people))
        self.by: str = self.world["by"]
        self.places: list[str] = self.world["tables"]
        self.make_certificate()

    def make_certificate(self) -> None:
        installation = self.installation
        installation.command("tls", "--name", HOST, "--port", str(installation.port))
        self.address = f"https://{HOST}:{installation.port}"
        certificate = installation.folder / "data" / "tls" / "server.pem"
        key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
        public = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.trusted = base64.b64encode(sha256(public).digest()).decode()

    def start(self) -> None:
        self.installation.start("--tls", "--name", HOST, host="0.0.0.0")

    def inside(self, name: str, *words: str) -> Any:
        """What a function of tests.offline.inside returns on the server's machine."""
        if self._nursery is None:
            self._nursery = Nursery(self.installation.environment)
        return self._nursery.call(name, *words, module="tests.offline.inside")

    def close(self) -> None:
        if self._nursery is not None:
            self._nursery.close()

    def make_code(self, *people: str, role: str = "registrar") -> str:
        return str(self.inside("code", role, self.places[0], *(people or [self.by])))

    def count_lines(self, device: str) -> tuple[int, int]:
        """(lines in the book, different entries among them) of a device."""
        query = "SELECT COUNT(*), COUNT(DISTINCT entry) FROM ledger_line WHERE device_id = %s"
        # ids have no quotes in them
        [[lines, entries]] = self.inside("query", query.replace("%s", f"'{device}'"))
        return lines, entries


class Handset:
    """A phone: a Chromium with its own profile, which outlives the process."""

    def __init__(self, playwright: Any, desk: Desk, profile: Path, **options: Any) -> None:
        self.playwright, self.desk, self.profile = playwright, desk, profile
        self.options = {"viewport": {"width": 390, "height": 780}} | options
        self.wrong: list[str] = []
        self.expected: Callable[[str], bool] = lambda text: False
        self.open()

    def open(self) -> None:
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.profile),
            executable_path=browser.find_browser(),
            args=[
                "--no-sandbox",
                f"--ignore-certificate-errors-spki-list={self.desk.trusted}",
                "--use-fake-ui-for-media-stream",
                *self.options.get("args", []),
            ],
            **{key: value for key, value in self.options.items() if key != "args"},
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.pages[0]
        self.context.on("page", self._watch)
        self._watch(self.page)

    def _watch(self, page: Any) -> None:
        page.on("console", lambda m: self._note(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("request", lambda r: self._note_address(r.url))

    def _note(self, text: str) -> None:
        if not self.expected(text):
            self.wrong.append(text)

    def _note_address(self, url: str) -> None:
        if not url.startswith((self.desk.address, "data:", "blob:", "about:")):
            self.wrong.append(f"elsewhere: {url}")

    def kill(self) -> None:
        """End the browser as a crash does: no page hears of it."""
        listed = subprocess.run(
            ["pgrep", "-f", f"user-data-dir={self.profile}"], capture_output=True, text=True
        )
        for pid in listed.stdout.split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            self.context.close()
        except Exception as gone:  # the connection to what is dead
            assert "closed" in str(gone).lower()  # noqa: PT017

    def go(self, hash_: str = "") -> Any:
        return self.page.goto(f"{self.desk.address}/field/{hash_}")

    def enrol(self, code: str) -> None:
        """Enrol by the link of the desk's code, choose a PIN, be at home."""
        self.go(f"#enrol={code}")
        self.choose_pin()

    def choose_pin(self) -> None:
        """The first worker of a phone that has just been enrolled."""
        self.page.locator(".people .button").first.click()
        self.type_new_pin(PIN)
        self.page.wait_for_selector(".view--home")

    def unlock(self) -> None:
        self.page.locator(".people .button").first.click()
        self.type_pin(PIN)
        self.page.wait_for_selector(".view--home")

    def type_pin(self, pin: str) -> None:
        for digit in pin:
            self.page.locator(".pin__key", has_text=digit).click()

    def type_new_pin(self, pin: str) -> None:
        """Twice, as whoever chooses one."""
        for _ in range(2):
            self.run("await until(() => !document.querySelector('.pin__dot--full'));")
            self.type_pin(pin)

    def run(self, script: str, given: Any = None) -> Any:
        """Run a function body in the page; `app` is the running app, `until(test)` waits."""
        return self.page.evaluate(
            "async (given) => { const field = await import('/static/field/app.js');"
            f"const until = async (is) => {{ const end = performance.now() + {PATIENCE};"
            "while (!is()) { if (performance.now() > end) throw new Error(`not in time: ${is}`);"
            "await new Promise((done) => setTimeout(done, 50)); } };"
            "await until(() => field.app); const { app } = field; const { phone } = app;"
            f"{script} }}",
            given,
        )

    def append(self, count: int, start: int = 0) -> list[int]:
        """So many entries, all asked for at once; their numbers once all are on the disk."""
        told: list[int] = self.run(
            """const kept = [];
            for (let at = 0; at < given.count; at += 1) {
              kept.push(phone.append("tube.opened", {round: given.round, table: given.table,
                tube: `T${String(given.start + at).padStart(6, "0")}`, pool: "ten"}));
            }
            return (await Promise.all(kept)).map(({n}) => n);""",
            {
                "count": count,
                "start": start,
                "round": self.desk.world["rounds"][0],
                "table": self.desk.places[0],
            },
        )
        return told

    def wait_sent(self) -> None:
        """Until the server has answered for every line."""
        self.send_until("phone.outbox.answered.through === phone.outbox.last.n")

    def send_until(self, is_so: str) -> None:
        """Until something is so. "Send now" is pressed again every second: a try that a busy server
        turned away, or that came before it was back, is followed by a long pause.
        """
        self.run(
            f"""let pressed = -Infinity;
            await until(() => {{
              if (performance.now() - pressed > 1000) {{
                app.pusher.nudge();
                pressed = performance.now();
              }}
              return {is_so};
            }});"""
        )

    def pull(self, is_so: str = "true") -> None:
        """Ask the server what is new, until something is so: what it tells may be seconds old, and
        what the app asked by itself a moment ago is not news.
        """
        self.run(
            f"""for (const end = performance.now() + {PATIENCE}; ;) {{
              await until(() => !phone.shift.pulling);
              await app.pull();
              if ({is_so}) return;
              if (performance.now() > end) throw new Error("not told: {is_so}");
              await new Promise((done) => setTimeout(done, 200));
            }}"""
        )

    @property
    def device(self) -> str:
        return str(self.run("return phone.me.device;"))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A server with codes for devices and an estate; a module's ESTATE says how many devices, and
    how many people live there.
    """
    with Installation("sqlite") as installation:
        made = Desk(installation, *getattr(request.module, "ESTATE", ()))
        made.start()
        yield made
        made.close()


@pytest.fixture
def make_phone(playwright: Any, desk: Desk, tmp_path: Path) -> Iterator[Callable[..., Handset]]:
    """Makes phones; in the end none of them may have complained, or asked another host."""
    made: list[Handset] = []

    def make(name: str = "phone", **options: Any) -> Handset:
        made.append(Handset(playwright, desk, tmp_path / name, **options))
        return made[-1]

    yield make
    for each in made:
        each.context.close()
    assert [each.wrong for each in made] == [[] for _ in made]
