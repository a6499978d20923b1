"""Checking the book from its own bytes: chains, signatures, numbering, leaves. Changes nothing."""

from typing import TypedDict

from doorstep.kit import ids
from doorstep.ledger import book, chain, models, tree


class Report(TypedDict):
    """What was checked and what was found; an empty list of findings is a sound book."""

    cell: str
    lines: int
    devices: int
    root: str
    findings: list[str]


def check_book() -> Report:
    """Read every line once in the order of the book, then every push; locate what is wrong."""
    cell = book.get_cell()
    findings: list[str] = []
    devices = {device.id: device for device in models.Device.objects.all()}
    heads = {
        key: [chain.first_head(cell.id, key, bytes(device.public_key))]
        for key, device in devices.items()
    }
    frontier = tree.Frontier()
    for line in models.Line.objects.order_by("leaf").iterator(chunk_size=5_000):
        where = f"line {line.leaf} (device {line.device_id}, number {line.number})"
        if line.leaf != frontier.size:
            findings.append(f"{where}: the tree expects line {frontier.size}")
        hashed = chain.line_hash(bytes(line.content))
        if hashed != bytes(line.hash):
            findings.append(f"{where}: the bytes are not those of the stored hash")
        seen = heads[line.device_id]
        if line.number != len(seen):
            findings.append(f"{where}: the chain expects number {len(seen)}")
        seen.append(chain.next_head(seen[-1], hashed))
        data = tree.leaf_data(ids.to_bytes(line.device_id), line.number, line.received_at, hashed)
        frontier.append(tree.leaf_hash(data))
    if (frontier.size, frontier.nodes) != (cell.size, book.frontier_of(cell).nodes):
        findings.append(f"tree: {cell.size} leaves kept, {frontier.size} read, or another root")
    for key, device in devices.items():
        if (device.through, bytes(device.head)) != (len(heads[key]) - 1, heads[key][-1]):
            findings.append(f"device {key}: its head is not the head of its lines")
    findings += _check_pushes(cell.id, devices, heads)
    return {
        "cell": cell.id,
        "lines": frontier.size,
        "devices": len(devices),
        "root": frontier.root().hex(),
        "findings": findings,
    }


def _check_pushes(
    cell: str, devices: dict[str, models.Device], heads: dict[str, list[bytes]]
) -> list[str]:
    """Every line must stand behind a push that its device signed over the very same heads."""
    findings = []
    covered = dict.fromkeys(devices, 0)
    for push in models.Push.objects.order_by("id").iterator(chunk_size=2_000):
        device, last = devices[push.device_id], push.first + push.count - 1
        text = chain.push_text(
            cell=cell,
            device=device.id,
            first=push.first,
            count=push.count,
            previous=bytes(push.previous),
            head=bytes(push.head),
            sent=push.sent,
        )
        where = f"push {push.pk} (device {device.id}, numbers {push.first} to {last})"
        signature, key = bytes(push.signature), bytes(device.public_key)
        if not chain.is_signed(device.algorithm, key, signature, text):
            findings.append(f"{where}: not signed by the device")
        if heads[device.id][last : last + 1] != [bytes(push.head)]:
            findings.append(f"{where}: its head is not the head of the lines")
        if push.first <= covered[device.id] + 1:
            covered[device.id] = max(covered[device.id], last)
    for device_id, through in covered.items():
        if through != len(heads[device_id]) - 1:
            findings.append(f"device {device_id}: signed only through {through}")
    return findings
