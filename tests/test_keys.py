"""Keys as docs/how-to/keys.md has them: every command of that page is run here, on both databases,
and does what the page says. A book is not served with a key that has not signed it.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from doorstep.bench.server import DOORSTEP, Installation
from tests.test_erasure_files import BOTH, ROOT, ask

PAGE = ROOT / "docs/how-to/keys.md"


class Office:
    """Runs commands as the page writes them, in a folder of its own, and remembers which."""

    def __init__(self, at: Installation, folder: Path) -> None:
        self.at, self.folder = at, folder
        self.done: set[str] = set()

    def run(self, said: str, status: int = 0, **words: str) -> str:
        """What a command of the page prints; `words` stand for what the page leaves open."""
        self.done.add(said)
        filled = said
        for name, word in words.items():
            filled = filled.replace(name, word)
        command, _, into = filled.partition(" > ")
        done = subprocess.run(
            [*DOORSTEP, *command.split()],
            env=self.at.environment, cwd=self.folder, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        if into:
            (self.folder / into).write_text(done.stdout)
        return done.stdout + done.stderr

    def proves(self, proof: str, *keys: str) -> bool:
        """Whether a proof is good under these keys and nothing else: no installation is near."""
        (self.folder / "some.txt").write_text("\n".join(keys) + "\n")
        words = ["ledger", "verify-proof", proof, "--key", "some.txt"]
        done = subprocess.run(
            [*DOORSTEP, *words],
            env=os.environ | {"DOORSTEP_DATA": str(self.folder / "none")},
            cwd=self.folder, capture_output=True, text=True,
        )  # fmt: skip
        proven: bool = json.loads(done.stdout)["proven"]
        assert (done.returncode == 0) == proven
        assert not (self.folder / "none").exists()
        return proven


def list_commands() -> set[str]:
    """The commands of the page that are Doorstep's own."""
    found = re.findall(
        r"^ +(?:DOORSTEP_DATA=\S+ )?\.venv/bin/doorstep (.+)$", PAGE.read_text(), re.M
    )
    return set(found)


@BOTH
def test_every_step_of_the_page_works(database: str, tmp_path: Path) -> None:
    with Installation(database) as at:
        ask(at, "fill")
        office = Office(at, tmp_path)
        key = Path(at.environment["DOORSTEP_DATA"]) / "key"
        # given out
        office.run("ledger keys > key.txt")
        old = (tmp_path / "key.txt").read_text().strip()
        assert old.startswith("doorstep/") and "\n" not in old
        office.run("ledger prove LINE > proof.txt", LINE="7")
        office.run("ledger verify-proof proof.txt --key key.txt")
        # exchanged
        new = office.run("ledger rotate-key").strip()
        office.run("ledger keys > key.txt")
        assert (tmp_path / "key.txt").read_text().split() == [new, old]
        last = str(ask(at, "write_at_desk"))  # which nothing is signed for yet
        office.run("ledger prove LINE > later.txt", LINE=last)
        assert office.proves("proof.txt", old) and office.proves("proof.txt", new, old)
        assert not office.proves("proof.txt", new)
        assert office.proves("later.txt", old) and office.proves("later.txt", new)
        # the backup key
        said = "backup --new-key /media/office/july.key"
        office.run(said, **{"/media/office/": f"{tmp_path}/"})
        at.command("backup", str(tmp_path / "backup"), "--key-file", str(tmp_path / "july.key"))
        at.command("backup", "--new-key", str(tmp_path / "august.key"))
        words = ["backup", str(tmp_path / "backup"), "--check", "--key-file"]
        assert "true" in at.command(*words, str(tmp_path / "july.key"))
        with pytest.raises(RuntimeError, match="not the key"):
            at.command(*words, str(tmp_path / "august.key"))
        # lost, and put back from a backup
        held = key.read_bytes()
        key.unlink()
        assert "不是本账本签名所用的密钥" in office.run("ledger rotate-key", status=3)
        assert not key.exists()
        with pytest.raises(RuntimeError, match="has signed this book"):
            at.command("run", "--port", str(at.port))
        key.write_bytes(bytes(32))
        assert "has signed this book" in office.run("ledger rotate-key", status=3)
        with Installation(database) as other:
            words = ["--key-file", str(tmp_path / "july.key")]
            Office(other, tmp_path).run(f"restore {tmp_path / 'backup'} {' '.join(words)}")
            office.done.add("restore FILE --key-file …")
            key.write_bytes((Path(other.environment["DOORSTEP_DATA"]) / "key").read_bytes())
        assert key.read_bytes() == held
        assert "rotate-key" in office.run("ledger new-key", status=1)  # it is not lost
        assert json.loads(at.command("ledger", "verify", "--json"))["found"] == 0
        # lost for good
        key.unlink()
        own = office.run("ledger new-key").strip()
        assert own not in (old, new) and len(key.read_bytes()) == 32
        assert at.command("ledger", "keys") == own
        last = str(ask(at, "write_at_desk"))
        # what was sealed is named, and nothing else is wrong
        told = json.loads(office.run("ledger verify --json", status=1))
        [found] = told["findings"]
        assert found.startswith("attachment ") and told["different"] == {}
        office.run("ledger prove LINE > last.txt", LINE=last)
        assert office.proves("last.txt", own)
        assert not office.proves("last.txt", new, old)
        assert office.proves("later.txt", new) and office.proves("proof.txt", old)
        at.start()
        at.stop()
        assert list_commands() <= office.done
