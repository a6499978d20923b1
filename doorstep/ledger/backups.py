"""Taking a backup of the book while a server writes to it, and reading it back before anybody may
rely on it. How it is put back is in `restoring`.

One view of the database, table by table, packed and sealed. It is called verified only when the
file was read again from its first byte to its last, every table has what was written, and its lines
have the root that the book had. Refuses to write over a file. Writes nothing to the database: what
was verified is left in DATA/backups, and the server that has the writer takes it into the book.

Folded tables are in it too: to load them takes a quarter of the time that folding them anew takes.
"""

import fcntl
import io
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from django.conf import settings

from doorstep.kit import clock, ids
from doorstep.ledger import (
    backup_rows,
    backup_stream,
    book,
    models,
    reactions,
    sealed_files,
    store,
    tree,
    verify_rows,
    writer,
)
from doorstep.ledger.backup_stream import Sum
from doorstep.ledger.refusals import Refused
from doorstep.ledger.sealed_files import Header, Key

FILES = ("key", "secret", "messages.toml")  # of the data folder: without them nothing is unsealed
FOLDERS = ("tls",)  # what phones trust
_LINES = "ledger_line"
_log = logging.getLogger(__name__)
Show = Callable[[str, int, int], None]  # what is done, how much of it, of how much


class Checked(NamedTuple):
    """What reading a backup from end to end has shown. `through`: how far each device's lines go
    in it. `is_sound`: its lines have the root it names.
    """

    header: Header
    sums: dict[str, Sum]
    through: dict[str, int]
    is_sound: bool
    digest: str
    bytes: int


class Verified(msgspec.Struct):
    """What the server has to know of a verified backup. `apart`: it does not lie on the disk of
    the book, so that devices may rely on it.
    """

    cell: str
    epoch: int
    size: int
    root: str
    at: int
    digest: str
    apart: bool
    through: dict[str, int]


def take(path: Path, key: Key, show: Show = lambda step, done, of: None) -> Checked:
    """Write a backup to `path`, and read it back. A server may go on meanwhile.

    Raises:
        Refused: BACKUP_EXISTS, BACKUP_BUSY, BACKUP_NO_BOOK, or BACKUP_DAMAGED: what is on the disk
            is not what was written.
        OSError: it cannot be written.
    """
    if path.exists():
        raise Refused("BACKUP_EXISTS", file=path)
    part = path.with_name(path.name + ".part")
    with _open_part(part) as file:
        with verify_rows.snapshot():
            sums = _write(file, key, show)
        file.flush()
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):  # what is read back is to come from the disk itself
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        found = check(part, key, show)
        if found.sums != sums:
            raise Refused("BACKUP_DAMAGED", at="…")
        part.rename(path)
    sync_folder(path.parent)
    return found


def check(path: Path, key: Key, show: Show = lambda step, done, of: None) -> Checked:
    """Read a backup from end to end and keep nothing of it.

    Raises:
        Refused: as `sealed_files.open_sealed`.
        OSError: it cannot be read.
    """
    with open_hashed(path) as (file, raw):
        header, pieces = sealed_files.open_sealed(file, key)
        lines, sums, name = Lines(), {}, ""
        of = os.fstat(raw.fileno()).st_size
        for event in backup_stream.read(pieces):
            match event:
                case backup_rows.Table():
                    name = event.name
                    lines.columns = [column.name for column in event.columns]
                case backup_stream.Rows() if name == _LINES:
                    lines.add(event.read())
                case backup_stream.End():
                    sums[name] = event.sum
            show("check", raw.tell(), of)
    is_sound = lines.is_whole and (lines.size, lines.root()) == (header.size, header.root)
    return Checked(header, sums, lines.through, is_sound, raw.digest.hexdigest(), of)


class Hashed(io.FileIO):
    """A file that works out its digest while it is read from end to end."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.digest = sha256()

    def readinto(self, into: object) -> int | None:
        """Read, and remember what was read."""
        count = super().readinto(into)  # type: ignore[arg-type]
        self.digest.update(memoryview(into)[: count or 0])  # type: ignore[arg-type]
        return count


@contextmanager
def open_hashed(path: Path) -> Iterator[tuple[BinaryIO, Hashed]]:
    """A file to read from end to end, and what knows its digest then."""
    raw = Hashed(path)
    with io.BufferedReader(raw, sealed_files.CHUNK) as file:
        yield file, raw


class Lines:
    """The lines of a backup, from which the tree is built anew."""

    def __init__(self) -> None:
        self.columns: list[str] = []
        self.through: dict[str, int] = {}
        self.is_whole = True  # no line is missing, none has other bytes than its hash says
        self._tree = tree.Frontier()
        self._devices: dict[str, bytes] = {}

    @property
    def size(self) -> int:
        """How many there were."""
        return self._tree.size

    def root(self) -> str:
        """Their root, hex."""
        return self._tree.root().hex()

    def add(self, rows: list[list[object]]) -> None:
        """The next lines, in the order of their leaves."""
        wanted = ["leaf", "device_id", "number", "received_at", "hash", "content"]
        if "destroyed" in self.columns:  # which a backup of an older version has not
            wanted.append("destroyed")
        places = [self.columns.index(name) for name in wanted]
        for row in rows:
            self._add(*(row[at] for at in places))  # type: ignore[arg-type]

    def _add(
        self,
        leaf: int,
        device: str,
        number: int,
        received_at: int,
        hashed: bytes,
        content: bytes,
        destroyed: str | None = None,
    ) -> None:
        known = self._devices.get(device)
        if known is None:
            known = self._devices[device] = ids.to_bytes(device)
        is_next = leaf == self._tree.size and number == self.through.get(device, 0) + 1
        # by whose order the bytes of a destroyed line are gone, the check of the book tells
        is_right = not content if destroyed else sha256(content).digest() == hashed
        if not is_next or not is_right:
            self.is_whole = False
        self.through[device] = number
        self._tree.append(tree.leaf_hash(tree.leaf_data(known, number, received_at, hashed)))


def leave(found: Checked, *, apart: bool) -> None:
    """Let the server know of a verified backup: it takes it into the book within seconds, or when
    it is started next.
    """
    header = found.header
    verified = Verified(
        header.cell, header.epoch, header.size, header.root, header.at, found.digest, apart,
        found.through,
    )  # fmt: skip
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    # a name of its own each time: what a reaction has done once it does not do again
    name = f"{clock.now()}-{found.digest[:16]}"
    beside = folder / f"{name}.new"
    with beside.open("wb") as file:
        file.write(msgspec.json.encode(verified))
        file.flush()
        os.fsync(file.fileno())
    beside.rename(folder / f"{name}.json")


def is_apart(path: Path) -> bool:
    """Whether a file lies on another disk than the data folder."""
    return path.stat().st_dev != Path(settings.DATA).stat().st_dev


def sync_folder(folder: Path) -> None:
    """See to it that a file's name is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _open_part(part: Path) -> Iterator[BinaryIO]:
    """The file while it is written; gone if it does not become a backup."""
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("BACKUP_BUSY", file=part) from None
        file.truncate()  # what a backup that was stopped has left
        try:
            yield file
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _write(file: BinaryIO, key: Key, show: Show) -> dict[str, Sum]:
    applied = backup_rows.list_applied()
    if unknown := backup_rows.find_unknown(applied):
        raise Refused("BACKUP_NEWER", what=".".join(unknown[0]))
    tables = backup_rows.list_tables(applied)
    if not any(table.name == "ledger_cell" for table in tables):
        raise Refused("BACKUP_NO_BOOK")
    out = backup_stream.Writer(sealed_files.Sealer(file, key, _head(applied)))
    for found in _list_files():
        out.add_file(found)
    measured = {table.name: backup_rows.measure(table) for table in tables}
    done, of = 0, sum(count for count, _ in measured.values())
    for table in tables:
        out.begin(table)
        for rows in backup_rows.read(table, measured[table.name][1]):
            out.add(rows)
            done += len(rows)
            show("write", done, of)
        out.end()
    out.finish()
    return out.sums


def _head(applied: set[tuple[str, str]]) -> Header:
    # plain columns: the tables may be those of an older version
    rows = store.query("SELECT id, epoch, size, nodes FROM ledger_cell")
    if not rows:
        raise Refused("BACKUP_NO_BOOK")
    [(cell, epoch, size, nodes)] = rows
    root = book.frontier_of(models.Cell(size=size, nodes=nodes)).root().hex()
    migrations: dict[str, list[str]] = {}
    for package, name in sorted(applied):
        migrations.setdefault(package, []).append(name)
    return Header(
        sealed_files.FORMAT, str(cell), epoch, size, root, clock.now(), migrations, "key", "", ""
    )


def _list_files() -> Iterator[backup_stream.File]:
    data = Path(settings.DATA)
    inside = [file for folder in FOLDERS for file in sorted((data / folder).rglob("*"))]
    for path in [*(data / name for name in FILES), *inside]:
        if path.is_file():
            mode = path.stat().st_mode & 0o777
            yield backup_stream.File(str(path.relative_to(data)), mode, path.read_bytes())


def get_newest_apart() -> models.Backup | None:
    """The newest backup that was verified in another place and is not said to be gone; one from
    before the book was restored does not count.
    """
    gone = models.BackupGone.objects.values_list("backup", flat=True)
    found = models.Backup.objects.filter(epoch=book.get_cell().epoch, apart=True)
    kept = found.exclude(digest__in=[bytes.fromhex(each) for each in gone])
    return kept.order_by("-at").first()


def _folder() -> Path:
    return Path(settings.DATA) / "backups"


def _list_left() -> Iterable[tuple[str, str]]:
    return [("book", file.stem) for file in _folder().glob("*.json")]


def _take_in(subject: str, fact: str) -> None:
    """Keep in the book that a backup was verified, and tell devices what they may rely on."""
    path = _folder() / f"{fact}.json"
    verified = msgspec.json.decode(path.read_bytes(), type=Verified)
    writer.run(lambda: _keep(verified))
    path.unlink()


def _keep(verified: Verified) -> None:
    cell = book.lock_cell()
    root = bytes.fromhex(verified.root)
    is_ours = (verified.cell, verified.epoch) == (cell.id, cell.epoch)
    if not is_ours or verified.size > cell.size or book.root_at(verified.size) != root:
        _log.warning("the backup %s is not of this book as it stands", verified.digest)
        return
    said = {"at": verified.at, "epoch": verified.epoch, "size": verified.size, "root": root}
    kept, is_new = models.Backup.objects.get_or_create(
        digest=bytes.fromhex(verified.digest), defaults={**said, "apart": verified.apart}
    )
    if verified.apart:
        if not is_new:  # first on the book's own disk, then looked at again where it was brought
            models.Backup.objects.filter(pk=kept.pk).update(apart=True)
        _raise_safe(verified.through)


def _raise_safe(through: dict[str, int]) -> None:
    """An older backup takes nothing back from what a newer one holds."""
    devices = store.select("ledger_device", ["id", "safe", "through"], "id", list(through))
    held = [(str(each), safe, min(there, through[str(each)])) for each, safe, there in devices]
    rows = [(each, number) for each, safe, number in held if number > safe]
    store.update("ledger_device", ["id", "safe"], rows)


def _forget(subject: str, fact: str) -> None:
    """The file was taken in; there is nothing to undo."""


REACTION = reactions.Reaction("backup", _list_left, _take_in, _forget)
