"""Lines of a revoked device: kept aside for a person to look at, no part of the book.

Refuses more than a quota of each device.
"""

from collections.abc import Callable, Sequence

from doorstep.ledger import kinds, models, store

QUOTA = 5_000  # lines a device


def keep(device: str, first: int, lines: Sequence[bytes], now: int) -> list[tuple[int, str]]:
    """Keep lines numbered from `first` on; of each its number and `aside`, or `dropped`: not kept,
    since the quota is used up or another line is kept under the same number.
    """
    found = models.AsideLine.objects.filter(device_id=device)
    room = QUOTA - found.count()
    last = first + len(lines) - 1
    kept = {
        each.number: bytes(each.content)
        for each in found.filter(number__gte=first, number__lte=last)
    }
    rows: list[store.Row] = []
    said = []
    for number, line in enumerate(lines, start=first):
        if number not in kept and len(rows) < room:
            rows.append((device, number, line, now))
            kept[number] = line
        said.append((number, "aside" if kept.get(number) == line else "dropped"))
    store.insert("ledger_asideline", ["device_id", "number", "content", "received_at"], rows)
    return said


def forget(holds: str, before: int, class_of: Callable[[str | None], str]) -> None:
    """Remove those of a class that were received before a moment: they go without a trace."""
    gone = []
    for row in models.AsideLine.objects.filter(received_at__lt=before).iterator(chunk_size=500):
        read = kinds.read(bytes(row.content))
        if class_of(kinds.name_of(read) if read else None) == holds:
            gone.append(row.pk)
    store.delete("ledger_asideline", "id", gone)
