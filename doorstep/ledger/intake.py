"""Taking a push: from a signed body to lines on disk, folded, and an answer.

Refuses gaps, forks and forged signatures, and nothing else: a line that cannot be read is kept.
Pushes that wait together are kept together, in one transaction, with the same few statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

from doorstep.kit import clock, ids
from doorstep.ledger import (
    aside,
    balances,
    book,
    chain,
    connections,
    folding,
    kinds,
    models,
    store,
    tree,
    verdicts,
    writer,
)

MAX_LINES = 2_000
MAX_BYTES = 4 << 20
CLOCK_TOLERANCE = 5 * clock.MINUTE
GARBLED = "GARBLED"


@dataclass(frozen=True, slots=True)
class Signed:
    """The headers of a push, read. Heads and signature are bytes; `written` is not signed."""

    device: str
    first: int
    count: int
    previous: bytes
    head: bytes
    sent: str
    signature: bytes
    written: int | None = None  # how many lines the device has, sent or not, as it says


class LineAnswer(NamedTuple):
    """One line that is not plainly kept: its number, its custody and today's verdict codes."""

    n: int
    answer: str
    codes: list[str]


class Answer(NamedTuple):
    """What the device is told: HTTP status, how far its chain is here, and the unusual lines."""

    status: int
    through: int = 0
    head: bytes = b""
    at: int = 0
    lines: Sequence[LineAnswer] = ()
    safe: int = 0  # the number up to which a verified backup has this device's lines


@dataclass(slots=True)
class Push:
    """A genuine push, read, on its way to the writer."""

    signed: Signed
    lines: list[bytes]
    hashes: list[bytes]
    read: list[kinds.Envelope | kinds.Header | None]


@dataclass(slots=True)
class _Chain:
    """How far a device's chain is, while one transaction works on it."""

    role: str
    revoked: bool
    through: int
    head: bytes
    safe: int
    offset: int | None = None
    written: int | None = None


@dataclass(slots=True)
class _New:
    """A line that this transaction adds to the book."""

    push: Push
    at: int  # its place in the push
    number: int
    clock_off: bool
    custody: str = "garbled"
    destroyed: str | None = None  # of a record that was destroyed before; its bytes are not kept

    @property
    def named(self) -> str:
        """Its entry's id, or its hash where it cannot be read."""
        entry = self.push.read[self.at]
        return entry.id if entry else self.push.hashes[self.at].hex()


_keys: dict[str, tuple[str, bytes]] = {}
_reached: dict[str, int] = {}  # how far this process has seen a device's chain; may lag behind


def receive(signed: Signed, body: bytes) -> Answer:
    """Keep the lines of a push that `is_genuine`, and answer for each.

    200: every line up to `through` is on disk. 400: the count or the head is not the body's. 403:
    revoked, lines kept aside. 409: gap or fork. The caller has asked the writer for room.
    """
    if chain.count_lines(body) != signed.count:
        return Answer(400)
    lines = chain.split_lines(body)
    hashes = [chain.line_hash(line) for line in lines]
    if chain.follow(signed.previous, hashes) != signed.head:
        return Answer(400)
    # a push that goes on from where its device was needs no look at the book
    if signed.first <= _reached.get(signed.device, signed.first):
        with connections.few():
            again = _answer_again(signed)
        if again is not None:
            return again
    push = Push(signed, lines, hashes, [kinds.read(line) for line in lines])
    answer: Answer = writer.push(push, weigh(len(lines), len(body)), keep)
    if answer.status == 200:
        _reached[signed.device] = answer.through
    return answer


def weigh(lines: int, size: int) -> int:
    """As how many lines a push counts while it waits in memory: one a KiB if it has long ones."""
    return max(lines, size >> 10)


def keep(pushes: Sequence[Push]) -> list[Answer]:
    """Keep genuine pushes in the running transaction, fold what is new, answer each in order."""
    cell = book.lock_cell()
    store.look_up_keys()
    now = clock.now()
    chains = _get_chains({push.signed.device for push in pushes})
    new: list[_New] = []
    accepted = [_accept(push, chains[push.signed.device], now, new) for push in pushes]
    if new:
        disputed = _judge_sameness(new)
        _add_lines(cell, new, now)
        _add_leaves(cell, new, now)
        added = {id(each.push) for each in new}
        _add_pushes([push for push in pushes if id(push) in added], now)
        kept = [_as_read(each, chains, now) for each in new if each.custody == "kept"]
        folding.fold_lines(cell.zone, kept, disputed, fresh=True)
    _save_chains(chains, now)
    return _answer(pushes, accepted, chains, new, now)


def is_genuine(signed: Signed) -> bool:
    """Whether the device is enrolled here and has signed these headers. They name the head after
    the last line, so that no body need be read of a push that is not.
    """
    if signed.device not in _keys:
        if not ids.is_canonical(signed.device):
            return False
        with connections.few():
            book.get_cell_id()  # remembered from now on
            device = models.Device.objects.filter(id=signed.device).first()
        if device is None:
            return False
        # a device's key and its cell never change
        _keys[signed.device] = device.algorithm, bytes(device.public_key)
    algorithm, public_key = _keys[signed.device]
    text = chain.push_text(
        cell=book.get_cell_id(),
        device=signed.device,
        first=signed.first,
        count=signed.count,
        previous=signed.previous,
        head=signed.head,
        sent=signed.sent,
    )
    return chain.is_signed(algorithm, public_key, signed.signature, text)


def _answer_again(signed: Signed) -> Answer | None:
    """The answer to a push that is in the book already, whole; None for any other."""
    found = store.query(
        "SELECT d.through, d.head, d.safe "
        "FROM ledger_push p JOIN ledger_device d ON d.id = p.device_id "
        "WHERE p.device_id = %s AND p.first = %s AND p.count = %s AND p.head = %s "
        "AND p.previous = %s AND d.revoked_at IS NULL LIMIT 1",
        [signed.device, signed.first, signed.count, signed.head, signed.previous],
    )
    if not found:
        return None
    [(through, head, safe)] = found
    lines = _known(signed.device, signed.first, signed.count)
    return Answer(200, through, bytes(head), clock.now(), lines, safe)


def _known(device: str, first: int, count: int) -> list[LineAnswer]:
    """The answers for lines that are in the book, with today's codes."""
    rows = store.query(
        "SELECT l.number, v.code, l.custody FROM ledger_line l "
        "LEFT JOIN ledger_verdict v ON v.entry = l.entry "
        "WHERE l.device_id = %s AND l.number BETWEEN %s AND %s "
        "AND (v.code IS NOT NULL OR l.custody = 'garbled')",
        [device, first, first + count - 1],
    )
    codes: dict[int, set[str]] = {}
    for number, code, custody in rows:
        codes.setdefault(number, set()).add(GARBLED if custody == "garbled" else code)
    return [
        LineAnswer(number, "known", sorted(codes.get(number, ())))
        for number in range(first, first + count)
    ]


def _get_chains(devices: set[str]) -> dict[str, _Chain]:
    columns = ["id", "role", "revoked_at", "through", "head", "safe"]
    return {
        str(device): _Chain(role, revoked_at is not None, through, bytes(head), safe)
        for device, role, revoked_at, through, head, safe in store.select(
            "ledger_device", columns, "id", devices
        )
    }


def _accept(push: Push, device: _Chain, now: int, new: list[_New]) -> int | None:
    """How many of the push's lines the book had, or None when it is not to be kept: revoked, a
    gap or a fork. Lines that are new go to `new` and move the chain.
    """
    signed = push.signed
    sent = _read_moment(signed.sent)
    if sent is not None and device.role != kinds.DESK:  # a desk's clock is the server's own
        device.offset = sent - now
    device.written = signed.written
    if device.revoked or signed.first > device.through + 1:
        return None
    had = min(device.through - signed.first + 1, len(push.lines))
    if not _is_same_past(device, signed, push.hashes, had, new):
        return None
    clock_off = device.offset is not None and abs(device.offset) > CLOCK_TOLERANCE
    for at in range(had, len(push.lines)):
        new.append(_New(push, at, signed.first + at, clock_off))
    if len(push.lines) > had:
        device.through, device.head = signed.first + len(push.lines) - 1, signed.head
    return had


def _read_moment(sent: str) -> int | None:
    try:
        return clock.to_micros(datetime.fromisoformat(sent))
    except ValueError:
        return None


def _is_same_past(
    device: _Chain, signed: Signed, hashes: list[bytes], had: int, new: Sequence[_New]
) -> bool:
    """Whether the push continues the very chain that is in the book. Reads no more of it than two
    pushes may hold, however long the chain is.
    """
    if had == 0 and signed.first == device.through + 1:
        return signed.previous == device.head
    # what came earlier in this very transaction is not in the table yet
    mine = [each for each in new if each.push.signed.device == signed.device]
    begun = [
        (first, bytes(head))
        for first, head in store.query(
            "SELECT first, previous FROM ledger_push WHERE device_id = %s AND first <= %s "
            "ORDER BY first DESC LIMIT 1",
            [signed.device, signed.first],
        )
    ]
    begun += [(each.push.signed.first, each.push.signed.previous) for each in mine]
    first, head = max(each for each in begun if each[0] <= signed.first)
    stored = dict(
        store.query(
            "SELECT number, hash FROM ledger_line "
            "WHERE device_id = %s AND number BETWEEN %s AND %s",
            [signed.device, first, signed.first + had - 1],
        )
    ) | {each.number: each.push.hashes[each.at] for each in mine}
    before = [bytes(stored[number]) for number in range(first, signed.first)]
    past = [bytes(stored[number]) for number in range(signed.first, signed.first + had)]
    return chain.follow(head, before) == signed.previous and past == hashes[:had]


def _judge_sameness(new: Sequence[_New]) -> set[str]:
    """Say of each new line whether it is kept, known or garbled; the ids used for two things, of
    those that are kept: of the others it has been said before.
    """
    wanted = {entry.id for each in new if (entry := each.push.read[each.at])}
    hashes: dict[str, set[bytes]] = {}
    for entry_id, hashed in store.select("ledger_line", ["entry", "hash"], "entry", wanted):
        hashes.setdefault(str(entry_id), set()).add(bytes(hashed))
    destroyed = balances.find_destroyed([each.named for each in new])
    for each in new:
        entry, hashed = each.push.read[each.at], each.push.hashes[each.at]
        each.destroyed = destroyed.get((each.named, hashed))
        if entry is None:
            continue
        if each.destroyed is not None:
            each.custody = "known"
            continue
        same_id = hashes.setdefault(entry.id, set())
        each.custody = "known" if hashed in same_id else "kept"
        same_id.add(hashed)
    kept = {
        entry.id for each in new if each.custody == "kept" and (entry := each.push.read[each.at])
    }
    return {entry_id for entry_id in kept if len(hashes[entry_id]) > 1}


def _add_lines(cell: models.Cell, new: Sequence[_New], now: int) -> None:
    rows = []
    for leaf, each in enumerate(new, start=cell.size):
        push, at = each.push, each.at
        entry, hashed = push.read[at], push.hashes[at]
        rows.append(
            (leaf, push.signed.device, each.number, now, hashed,
             b"" if each.destroyed else push.lines[at], each.custody,
             balances.blind(each.named) if each.destroyed else entry.id if entry else None,
             kinds.name_of(entry) if entry else None, each.clock_off, each.destroyed)
        )  # fmt: skip
    columns = ["leaf", "device_id", "number", "received_at", "hash", "content", "custody"]
    columns += ["entry", "kind", "clock_off", "destroyed"]
    store.append("ledger_line", columns, rows)


def _add_leaves(cell: models.Cell, new: Sequence[_New], now: int) -> None:
    to_bytes = cache(ids.to_bytes)
    leaves = []
    for each in new:
        device, hashed = to_bytes(each.push.signed.device), each.push.hashes[each.at]
        leaves.append(tree.leaf_hash(tree.leaf_data(device, each.number, now, hashed)))
    book.add_leaves(cell, leaves)


def _add_pushes(pushes: Sequence[Push], now: int) -> None:
    columns = ["device_id", "first", "count", "previous", "head", "sent", "signature"]
    rows = [
        (s.device, s.first, s.count, s.previous, s.head, s.sent, s.signature, now)
        for s in (push.signed for push in pushes)
    ]
    store.append("ledger_push", [*columns, "received_at"], rows)


def _as_read(new: _New, chains: dict[str, _Chain], now: int) -> folding.Read:
    push = new.push
    entry = push.read[new.at]
    assert entry is not None
    device = push.signed.device
    hashed = push.hashes[new.at]
    return folding.Read(device, chains[device].role, new.number, now, hashed, entry, new.clock_off)


def _save_chains(chains: dict[str, _Chain], now: int) -> None:
    store.update(
        "ledger_device",
        ["id", "through", "head", "seen_at", "clock_offset", "written"],
        [
            (each, state.through, state.head, now, state.offset, state.written)
            for each, state in chains.items()
        ],
    )


def _answer(
    pushes: Sequence[Push],
    accepted: Sequence[int | None],
    chains: dict[str, _Chain],
    new: Sequence[_New],
    now: int,
) -> list[Answer]:
    codes = verdicts.list_verdicts(
        {entry.id for push in pushes for entry in push.read if entry is not None}
    )
    custody = {(each.push.signed.device, each.number): each.custody for each in new}
    answers = []
    for push, had in zip(pushes, accepted, strict=True):
        device = chains[push.signed.device]
        if device.revoked:
            put = aside.keep(push.signed.device, push.signed.first, push.lines, now)
            told = [LineAnswer(number, word, []) for number, word in put]
            answers.append(Answer(403, device.through, device.head, now, told, device.safe))
            continue
        if had is None:
            answers.append(Answer(409, device.through, device.head))
            continue
        lines = []
        for at, entry in enumerate(push.read):
            number = push.signed.first + at
            word = "known" if at < had else custody[push.signed.device, number]
            said = codes.get(entry.id, []) if entry else [GARBLED]
            if word != "kept" or said:
                lines.append(LineAnswer(number, word, said))
        answers.append(Answer(200, device.through, device.head, now, lines, device.safe))
    return answers
