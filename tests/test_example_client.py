"""The example of docs/client, run as the process it is against a server as it is: through a net
that loses half of the answers, killed again and again.
"""

import ast
import contextlib
import http.client
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from doorstep.bench.server import Installation

pytestmark = pytest.mark.once  # the client is what is tried; the server's own tests are on both

CLIENT = Path(__file__).parents[1] / "docs" / "client" / "phone.py"
PATIENCE = 60  # seconds for one act of the client
LINES = 1_000
BATCHES = 10
DEVICES = 9
INSIDE = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "doorstep.config.settings"
import django
django.setup()
from doorstep.ledger import attachments, devices, store
words = sys.argv[2:]
if sys.argv[1] == "revoke":
    devices.revoke(*words)
elif sys.argv[1] == "read":
    print(attachments.read(*words).hex())
else:
    print(json.dumps(store.query(*words)))
"""


class Net:
    """What lies between a phone and the server. It loses the answers it is told to lose, turns away
    when told to, and says when an answer is on its way.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.loses: Callable[[], bool] = lambda: False
        self.turns_away = 0  # so many requests get 503 instead of the server
        self.passes = threading.Event()  # while it is not set, answers stay on their way
        self.passes.set()
        self.lost = 0
        self.answered = threading.Event()
        self.statuses: list[int] = []
        net = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if net.turns_away > 0:
                    net.turns_away -= 1
                    self.say(503, b'{"code":"BUSY"}', {"Retry-After": "1"})
                    return
                upstream = http.client.HTTPConnection("127.0.0.1", net.port, timeout=PATIENCE)
                with contextlib.suppress(BrokenPipeError):  # refused before it is read
                    upstream.request(self.command, self.path, body, dict(self.headers))
                answer = upstream.getresponse()
                content = answer.read()
                upstream.close()
                net.answered.set()
                net.passes.wait(PATIENCE)
                if net.loses():
                    net.lost += 1
                    self.close_connection = True
                else:
                    self.say(answer.status, content, {})

            do_GET = do_PUT = do_POST

            def say(self, status: int, content: bytes, headers: dict[str, str]) -> None:
                net.statuses.append(status)
                self.send_response(status)
                for name, word in headers.items():
                    self.send_header(name, word)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the phone was killed

            def log_message(self, *_: object) -> None:
                """Nothing to say."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Street:
    """A server with an open round, and the codes that are left."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.world = installation.ask("fill", str(DEVICES), "1")
        installation.start()
        self.codes = list(self.world["codes"])

    def inside(self, *words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", INSIDE, *words],
            env=self.installation.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout) if words[0] == "query" else done.stdout.strip()

    def lines(self, count: int, start: int = 0) -> list[dict[str, Any]]:
        """Entries as the client is given them: ten for each tube, eight of them people."""
        by, table = self.world["by"], self.world["tables"][0]
        made: list[dict[str, Any]] = []
        for tube in range(start, start + count // 10):
            said = {
                "by": by,
                "place": table,
                "round": self.world["rounds"][0],
                "tube": f"T{tube:06}",
            }
            made.append(said | {"kind": "tube.opened", "pool": "ten", "table": table})
            for person in self.world["people"][tube * 8 : tube * 8 + 8]:
                made.append(said | {"kind": "person.sampled", "person": person})
            made.append(said | {"kind": "tube.closed", "count": 8})
        return made


class Phone:
    """The client in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, *words: str) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # from elsewhere and without this project on its path
        return subprocess.Popen(
            [sys.executable, "-P", CLIENT, self.folder, *words], text=True, cwd="/", **pipes
        )

    def run(self, *words: str, given: str = "", wrong: str = "") -> str:
        """What an act prints; `wrong` is what it complains of, if it is to fail."""
        running = self.start(*words)
        try:
            told, complaint = running.communicate(given, timeout=PATIENCE)
        finally:
            running.kill()
        assert (wrong in complaint) if wrong else not complaint, complaint
        return told

    def add(self, entries: list[dict[str, Any]]) -> None:
        self.run("add", given="".join(json.dumps(each) + "\n" for each in entries))

    def me(self) -> Any:
        return json.loads((self.folder / "phone.json").read_bytes())

    def change(self, **changed: Any) -> None:
        (self.folder / "phone.json").write_text(json.dumps(self.me() | changed))

    def outbox(self) -> list[bytes]:
        return (self.folder / "outbox").read_bytes().splitlines()


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    with Installation("sqlite") as installation:
        yield Street(installation)


@pytest.fixture
def net(street: Street) -> Net:
    return Net(street.installation.port)


@pytest.fixture
def phone(street: Street, net: Net, tmp_path: Path) -> Phone:
    enrolled = Phone(tmp_path / "phone")
    enrolled.run("enrol", net.url, street.codes.pop())
    return enrolled


def test_it_is_short_and_knows_nothing_of_the_server() -> None:
    text = CLIENT.read_text()
    assert len(text.splitlines()) < 150
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or ".").split(".")[0])
    assert names - sys.stdlib_module_names == {"cryptography"}


def test_every_line_is_there_once_though_answers_are_lost_and_the_client_is_killed(
    street: Street, net: Net, phone: Phone
) -> None:
    chance = random.Random(3)
    net.loses = cycle((True, False)).__next__
    each, begun, killed = LINES // BATCHES, 0, 0
    for batch in range(BATCHES):
        phone.add(street.lines(each, batch * each // 10))
        for _ in range(batch % 3):  # killed when the server has answered, sooner or later
            net.answered.clear()
            if begun % 3:  # sooner: the answer is on its way
                net.passes.clear()
            begun += 1
            running = phone.start("push")
            while running.poll() is None and not net.answered.wait(0.01):
                pass
            time.sleep(chance.random() / 50)
            killed += running.poll() is None
            running.kill()
            running.communicate()
            net.passes.set()
        phone.run("push")
    sent, me = phone.outbox(), phone.me()
    assert len(sent) == me["through"] == LINES
    assert net.lost > 5 and killed > 5
    query = "SELECT COUNT(*), COUNT(DISTINCT entry) FROM ledger_line WHERE custody = 'kept' AND "
    counted = street.inside("query", f"{query}device_id = '{me['device']}'")
    assert counted == [[LINES, LINES]]
    people = "SELECT COUNT(*) FROM sampling_sample WHERE state = 'effective'"
    assert street.inside("query", people) == [[LINES // 10 * 8]]
    assert_sound(street)


def assert_sound(street: Street) -> None:
    verified = json.loads(street.installation.command("ledger", "verify", "--json"))
    assert verified["findings"] == [] and verified["different"] == {}


def test_a_snapshot_and_what_is_new_since_are_the_whole(
    street: Street, net: Net, phone: Phone
) -> None:
    phone.run("pull")
    snapshot = phone.folder / "snapshot.json"
    first = json.loads(snapshot.read_bytes())
    assert first["since"] is None and len(first["people"]) == 10_000
    assert first["device"] == phone.me()["device"] and street.world["by"] in first["staff"]
    phone.add(street.lines(10, 900))
    phone.run("push")
    [round_] = first["due"]
    sampled = street.world["people"][900 * 8]
    assert first["due"][round_][sampled][0] == "due"
    for _ in range(20):  # what a device gets may be some seconds old
        phone.run("pull")
        second = json.loads(snapshot.read_bytes())
        if second["version"] != first["version"]:
            break
        time.sleep(0.5)
    assert second["since"] is not None and second["due"][round_][sampled][0] == "done"
    other = Phone(phone.folder.parent / "other")
    shutil.copytree(phone.folder, other.folder, ignore=shutil.ignore_patterns("snapshot.json"))
    other.run("pull")
    whole = json.loads((other.folder / "snapshot.json").read_bytes())
    assert whole["since"] is None
    for name in ("rounds", "doors", "people", "due", "staff", "verdicts"):
        assert second[name] == whole[name], name


def test_an_attachment_is_handed_in(street: Street, net: Net, phone: Phone, tmp_path: Path) -> None:
    (tmp_path / "note").write_bytes(b"a note")
    digest = phone.run("attach", str(tmp_path / "note")).strip()
    assert street.inside("read", digest) == b"a note".hex()


def test_a_busy_server_is_asked_again_when_it_says(street: Street, net: Net, phone: Phone) -> None:
    phone.add(street.lines(10, 910))
    net.turns_away, begun = 2, time.monotonic()
    phone.run("push")
    assert net.statuses[-3:] == [503, 503, 200] and time.monotonic() - begun > 2
    assert phone.me()["through"] == 10


def test_a_server_that_has_less_gets_it_again(street: Street, net: Net, phone: Phone) -> None:
    phone.add(street.lines(20, 920))
    phone.run("push")
    phone.add(street.lines(20, 922))
    phone.change(through=30)  # as if answers had come that the server knows nothing of any more
    phone.run("push")
    assert net.statuses[-2:] == [409, 200] and phone.me()["through"] == 40
    assert_sound(street)


def test_too_much_is_sent_in_parts(street: Street, net: Net, phone: Phone) -> None:
    phone.add([{"kind": "later.said", "by": street.world["by"], "x": "x" * 20_000}] * 300)
    told = phone.run("push").splitlines()
    assert 413 in net.statuses and net.statuses[-1] == 200 and len(told) == 300
    assert told[0] == "1 kept KIND_UNKNOWN"


def test_a_copy_of_a_device_enrols_anew_and_nothing_counts_twice(
    street: Street, net: Net, phone: Phone
) -> None:
    entries = street.lines(50, 930)
    phone.add(entries[:20])
    phone.run("push")
    copy = Phone(phone.folder.parent / "copy")
    shutil.copytree(phone.folder, copy.folder)
    phone.add(entries[20:30])
    phone.run("push")
    for wrong in ("fork", "fork"):  # it stays one, and nothing of the copy is lost
        copy.add(entries[30:40])
        copy.run("push", wrong=wrong)
    (copy.folder / "outbox").write_bytes(b"\n".join(copy.outbox()[:30]) + b"\n")
    copy.run("enrol", net.url, street.codes.pop())
    told = copy.run("push").splitlines()
    assert told == [f"{n} known" for n in range(1, 21)]  # the others are plainly kept
    people = [each["person"] for each in entries[:40] if each["kind"] == "person.sampled"]
    marks = ", ".join(f"'{person}'" for person in people)
    counted = "SELECT COUNT(*) FROM sampling_sample WHERE state = 'effective' AND person IN "
    assert street.inside("query", f"{counted}({marks})") == [[len(people)]]
    assert_sound(street)


def test_whoever_is_refused_keeps_everything(street: Street, net: Net, phone: Phone) -> None:
    phone.add(street.lines(10, 940))
    own = phone.me()["device"]
    phone.change(device="0190a0a0-0000-7000-8000-0000000000de")
    phone.run("push", wrong="401")
    phone.change(device=own, cell="0190a0a0-0000-7000-8000-0000000000ce")
    phone.run("push", wrong="401")
    phone.run("pull", wrong="401")
    phone.change(cell=street.inside("query", "SELECT id FROM ledger_cell")[0][0])
    street.inside("revoke", own)
    phone.run("push", wrong="403")
    assert phone.me()["through"] == 0 and len(phone.outbox()) == 10
    aside = f"SELECT COUNT(*) FROM ledger_asideline WHERE device_id = '{own}'"
    assert street.inside("query", aside) == [[10]]
    phone.run("enrol", net.url, "no code", wrong="CODE_INVALID")
    assert phone.me()["device"] == own
