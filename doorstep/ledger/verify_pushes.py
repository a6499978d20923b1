"""Which push each line came with, and that the device signed it.

Pushes were written in the transaction of their lines and in their order, so both are read in step:
one push of a device is open at a time. Where they do not fit, the database is asked what is wrong,
and the check goes on with what still fits. Refuses to take a push's word before its signature.
"""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Executor, Future
from datetime import datetime

import msgspec

from doorstep.kit import clock
from doorstep.ledger import chain, intake, kinds, models, verify_rows
from doorstep.ledger.verify_rows import Push
from doorstep.ledger.verify_words import Findings

_LONGEST = 20_000  # lines that a push may say again; intake takes a tenth of it


class Chain(msgspec.Struct):
    """How far a device's lines have been read, and its head there; None while a gap hides it.
    `covered`: the number up to which its pushes have been met.
    """

    through: int = 0
    head: bytes | None = None
    covered: int = 0
    open: Push | None = None


class Progress(msgspec.Struct):
    """What of the pushes has to be remembered between two reads."""

    chains: dict[str, Chain] = {}
    after: int = 0  # the id of the last push that was met in its turn
    taken: list[int] = []  # ids that were met before their turn
    checked: int = 0


class Pushes:
    """The pushes, read in step with the lines."""

    def __init__(
        self, cell: str, progress: Progress, findings: Findings, executor: Executor
    ) -> None:
        self.progress, self.findings = progress, findings
        self.devices: dict[str, models.Device] = {}
        self._cell, self._executor = cell, executor
        self._queue: deque[Push] = deque()
        self._waiting: deque[tuple[list[Push], Future[list[bool]]]] = deque()
        self._fresh: list[Push] = []
        self._again: list[tuple[Push, int, bytes]] = []

    def begin(self) -> None:
        """A new view of the book: devices may have come, and the next pushes are read again."""
        self.devices = {device.id: device for device in models.Device.objects.all()}
        self._queue.clear()
        for device in self.devices.values():
            if device.id not in self.progress.chains:
                self.progress.chains[device.id] = Chain(head=self._first_head(device))

    def get_chain(self, device: str) -> Chain:
        """A device's chain; that of a device without a row begins where nobody knows."""
        found = self.progress.chains.get(device)
        if found is None:
            self.findings.add("DEVICE_MISSING", device=device)
            found = self.progress.chains[device] = Chain()
        return found

    def peek(self) -> Push | None:
        """The push whose turn it is."""
        while True:
            if not self._queue:
                self._queue.extend(verify_rows.read_pushes(self.progress.after, verify_rows.CHUNK))
                if not self._queue:
                    return None
            if self._queue[0].id not in self.progress.taken:
                return self._queue[0]
            self.progress.taken.remove(self._queue[0].id)
            self._pop()

    def follow(self, at: Chain, device: str, number: int, leaf: int, hashed: bytes) -> Push | None:
        """The next line of a device's chain; the push it came with, if any covers it."""
        if at.open is None and number > at.covered:
            self._open(device, at, number, leaf)
        if at.head is not None:
            at.head = chain.next_head(at.head, hashed)
        at.through = number
        push = at.open
        if push is not None and number >= push.last:
            self._close(at, push)
        return push

    def check_chunk(self) -> None:
        """Wait for the signatures of the pushes met since, and look what they said again."""
        self._submit()
        while self._waiting:
            self._look(*self._waiting.popleft())
        self._check_again()

    def finish(self) -> None:
        """No line is left: neither may a push be."""
        while (push := self.peek()) is not None:
            at = self.get_chain(push.device)
            self._pop()
            self._note(push, "PUSH_NOTHING" if push.last <= at.covered else "PUSH_LINES")
            self._check_signature(push)
        for at in self.progress.chains.values():
            if at.open is not None:
                self.findings.add("PUSH_REST", **_facts(at.open), through=at.through)
        self.check_chunk()

    def is_signed(self, push: Push) -> bool:
        """Whether the device of the push has signed it; asked at once."""
        return self._verify([push])[0]

    def _open(self, device: str, at: Chain, number: int, leaf: int) -> None:
        push = self.peek()
        if push is not None and _fits(push, device, number):
            self._pop()
        else:
            push = self._search(device, at, number, leaf)
        if push is None:
            return
        at.open = push
        self._check_signature(push)
        if at.head is None:
            at.head = push.previous if push.first == number and self.is_signed(push) else None
        elif push.first == at.through + 1 == number:
            if push.previous != at.head:
                self._note(push, "PUSH_PREVIOUS")
                at.head = push.previous if self.is_signed(push) else at.head
        elif at.through + 1 == number:
            self._again.append((push, at.through, at.head))
        at.covered = push.last

    def _close(self, at: Chain, push: Push) -> None:
        at.open = None
        if at.head != push.head:
            if at.head is not None:
                self._note(push, "PUSH_HEAD")
            if at.head is None or self.is_signed(push):
                at.head = push.head

    def _search(self, device: str, at: Chain, number: int, leaf: int) -> Push | None:
        """The push of a line when the one whose turn it is does not fit."""
        while (push := self.peek()) is not None and not _fits(push, device, number):
            if self._may_wait(push, leaf):
                break
            self._pop()
        if push is not None and _fits(push, device, number):
            self._pop()
            return push
        push = verify_rows.find_push(device, number, self.progress.after)
        if push is not None and push.id not in self.progress.taken:
            self._note(push, "PUSH_ORDER")
            self.progress.taken.append(push.id)
            return push
        begins = verify_rows.next_signed(device, number, self.progress.after)
        row = self.devices.get(device)
        last = begins - 1 if begins is not None else max(row.through if row else 0, number)
        facts = {"through": number - 1, "first": number, "last": last}
        self.findings.add("UNSIGNED", leaf=leaf, device=device, number=number, **facts)
        at.covered = last
        return None

    def _may_wait(self, push: Push, leaf: int) -> bool:
        """Whether a push that does not fit now may fit later; if not, what is wrong is noted."""
        at = self.get_chain(push.device)
        if at.open is not None and not self.is_signed(at.open):  # it may have said too much
            at.open, at.covered = None, at.through
        if not self.is_signed(push):
            self._note(push, "PUSH_SIGNATURE")
        elif push.last <= at.covered:
            self._note(push, "PUSH_NOTHING")
        elif not verify_rows.has_lines(push.device, at.covered + 1, push.last, leaf):
            self._note(push, "PUSH_LINES")
            at.covered = push.last
        else:
            return True
        return False

    def _pop(self) -> None:
        self.progress.after = self._queue.popleft().id

    def _note(self, push: Push, code: str) -> None:
        self.findings.add(code, **_facts(push))

    def _first_head(self, device: models.Device) -> bytes | None:
        try:
            return chain.first_head(self._cell, device.id, bytes(device.public_key))
        except (ValueError, TypeError):
            return None

    def _check_signature(self, push: Push) -> None:
        self._fresh.append(push)
        if len(self._fresh) >= 64:
            self._submit()

    def _submit(self) -> None:
        if self._fresh:
            batch, self._fresh = self._fresh, []
            self._waiting.append((batch, self._executor.submit(self._verify, batch)))

    def _look(self, batch: Iterable[Push], told: Future[list[bool]]) -> None:
        for push, signed in zip(batch, told.result(), strict=True):
            self.progress.checked += 1
            if not signed and push.device in self.devices:
                self._note(push, "PUSH_SIGNATURE")

    def _verify(self, batch: Iterable[Push]) -> list[bool]:
        """Runs in a thread: touches no database."""
        return [self._is_signed(push, self.devices.get(push.device)) for push in batch]

    def _is_signed(self, push: Push, device: models.Device | None) -> bool:
        if device is None:
            return False
        text = chain.push_text(
            cell=self._cell,
            device=push.device,
            first=push.first,
            count=push.count,
            previous=push.previous,
            head=push.head,
            sent=push.sent,
        )
        return chain.is_signed(device.algorithm, bytes(device.public_key), push.signature, text)

    def _check_again(self) -> None:
        """Pushes that began with lines the book had: from the head before them, over what they
        said again, to where the chain was.
        """
        waiting, self._again = self._again[::-1], []
        while waiting:
            keys: set[tuple[str, int]] = set()
            batch = []
            while waiting and len(keys) < _LONGEST:
                push, through, head = waiting.pop()
                if not 0 < push.first <= through < push.first + _LONGEST:
                    self._note(push, "PUSH_PREVIOUS")
                    continue
                batch.append((push, through, head))
                keys.update((push.device, n) for n in range(push.first, through + 1))
            hashes = verify_rows.read_hashes(keys)
            for push, through, head in batch:
                said = (hashes.get((push.device, n), b"") for n in range(push.first, through + 1))
                if chain.follow(push.previous, said) != head:
                    self._note(push, "PUSH_PREVIOUS")


def is_clock_off(push: Push, device: models.Device | None) -> bool | None:
    """Whether the device's clock was off, by the push it sent; None where that cannot be told. A
    desk's never is: its clock is the server's own.
    """
    if device is not None and device.role == kinds.DESK:
        return False
    try:
        sent = clock.to_micros(datetime.fromisoformat(push.sent))
    except (ValueError, OverflowError):
        return None
    return abs(sent - push.received_at) > intake.CLOCK_TOLERANCE


def _fits(push: Push, device: str, number: int) -> bool:
    return push.device == device and push.first <= number <= push.last


def _facts(push: Push) -> dict[str, str | int]:
    return {"push": push.id, "device": push.device, "first": push.first, "last": push.last}
