"""Damage to the book, made with plain SQL: each case says what is done, the code of a finding that
must be there, and where it must say that it is.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db import connection

from doorstep.ledger import book, chain, models, store, tree
from doorstep.ledger.tests import verify_book
from tests.stranger import line


class World(NamedTuple):
    """The book that is damaged."""

    size: int
    pens: list[verify_book.Pen]


def run(sql: str, *parameters: Any) -> None:
    """A statement that changes at least one row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        assert cursor.rowcount > 0, sql


def flip(table: str, column: str, where: str, at: int = 0) -> None:
    """Change one bit of a column of bytes."""
    [(value,)] = store.query(f"SELECT {column} FROM {table} WHERE {where}")
    value = bytes(value)
    changed = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
    run(f"UPDATE {table} SET {column} = %s WHERE {where}", changed)


def swap(table: str, column: str, first: int, second: int, key: str, free: Any = -7) -> None:
    """Exchange a column of two rows."""
    one, two = (
        store.query(f"SELECT {column} FROM {table} WHERE {key} = %s", [each])[0][0]
        for each in (first, second)
    )
    run(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", free, first)
    run(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", one, second)
    held = free if key == column else first
    run(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", two, held)


def push_of(leaf: int) -> int:
    """The push a line came with."""
    [(push,)] = store.query(
        "SELECT MIN(p.id) FROM ledger_push p JOIN ledger_line l ON l.device_id = p.device_id "
        "AND l.number >= p.first AND l.number < p.first + p.count WHERE l.leaf = %s",
        [leaf],
    )
    return int(push)


def line_set(sql: str, leaf: int = 300) -> Callable[[World], None]:
    return lambda world: run(f"UPDATE ledger_line SET {sql} WHERE leaf = {leaf}")


def push_set(sql: str, leaf: int = 300) -> Callable[[World], None]:
    return lambda world: run(f"UPDATE ledger_push SET {sql} WHERE id = %s", push_of(leaf))


def one(sql: str) -> Any:
    return store.query(sql)[0][0]


def insert_line(world: World, leaf: int) -> None:
    """A line of a device that nobody has signed."""
    columns = "received_at, hash, content, custody, entry, kind, clock_off"
    run(
        f"INSERT INTO ledger_line (leaf, device_id, number, {columns}) "
        f"SELECT %s, device_id, 100000, {columns} FROM ledger_line WHERE leaf = 7",
        leaf,
    )


def insert_line_and_size(world: World) -> None:
    insert_line(world, world.size)
    run("UPDATE ledger_cell SET size = size + 1")


def renumber_leaves(world: World) -> None:
    """A line is taken out and those behind it move up: the book is one line shorter."""
    run("DELETE FROM ledger_line WHERE leaf = 300")
    for leaf in range(301, world.size):
        run("UPDATE ledger_line SET leaf = %s WHERE leaf = %s", leaf - 1, leaf)
    run("UPDATE ledger_cell SET size = size - 1")


def copy_push(world: World) -> None:
    columns = "device_id, first, count, previous, head, sent, signature, received_at"
    run(f"INSERT INTO ledger_push ({columns}) SELECT {columns} FROM ledger_push WHERE id = %s",
        push_of(300))  # fmt: skip


def swap_pushes(world: World) -> None:
    """Two neighbouring pushes of different devices exchange their ids."""
    first = push_of(300)
    [(second,)] = store.query(
        "SELECT MIN(id) FROM ledger_push WHERE id > %s AND device_id <> "
        "(SELECT device_id FROM ledger_push WHERE id = %s)",
        [first, first],
    )
    swap("ledger_push", "id", first, second, "id")


def swap_tiles(world: World) -> None:
    tiles = "SELECT id FROM ledger_tile WHERE level = 0 AND number = "
    swap("ledger_tile", "number", one(tiles + "0"), one(tiles + "1"), "id")


def bend_note(world: World) -> None:
    """One letter of a signature."""
    note = one(f"SELECT note FROM ledger_checkpoint WHERE size = {world.size}")
    bent = note[:200] + ("A" if note[200] != "A" else "B") + note[201:]
    run("UPDATE ledger_checkpoint SET note = %s WHERE size = %s", bent, world.size)


def rewrite_tail(world: World) -> None:
    """A line is changed with everything that hangs on it, tiles and cell too: only signatures and
    checkpoints tell.
    """
    content = line()
    hashed = chain.line_hash(content)
    entry = verify_book.id_of(content)
    run("UPDATE ledger_line SET content = %s, hash = %s, entry = %s, custody = 'kept', "
        "kind = 'person.sampled' WHERE leaf = 300", content, hashed, entry)  # fmt: skip
    leaves = [
        tree.leaf_hash(book.leaf_data_of(each)) for each in models.Line.objects.order_by("leaf")
    ]
    run("DELETE FROM ledger_tile")
    run("UPDATE ledger_cell SET size = 0, nodes = %s", b"")
    book.add_leaves(book.get_cell(), leaves)


LINE = {"leaf": 300}
CASES: dict[str, tuple[Callable[[World], object], str, Mapping[str, object]]] = {
    "line: a byte of its content": (
        lambda w: flip("ledger_line", "content", "leaf = 300", 5), "LINE_BYTES", LINE),
    "line: a byte of its hash": (
        lambda w: flip("ledger_line", "hash", "leaf = 300"), "LINE_BYTES", LINE),
    "line: content and hash": (
        lambda w: run("UPDATE ledger_line SET content = 'x', hash = %s WHERE leaf = 300",
                      chain.line_hash(b"x")), "LINE_LEAF", LINE),
    "line: time and hash": (
        lambda w: run("UPDATE ledger_line SET received_at = received_at - 1, hash = %s "
                      "WHERE leaf = 300", bytes(32)), "LINE_MOVED", LINE),
    "line: received at": (line_set("received_at = received_at + 1"), "LINE_MOVED", LINE),
    "line: number": (line_set("number = 99999"), "LINE_MOVED", LINE),
    "line: number below none": (line_set("number = -5"), "LINE_MOVED", LINE),
    "line: device": (
        lambda w: run("UPDATE ledger_line SET device_id = %s, number = 7000 WHERE leaf = 300",
                      w.pens[3].id), "LINE_MOVED", LINE),
    "line: a device that is not": (
        line_set("device_id = '00000000-0000-0000-0000-00000000dead'"), "LINE_MOVED", LINE),
    "line: custody": (
        line_set("custody = 'known'", 301), "LINE_CUSTODY", {"leaf": 301}),
    "line: custody, as if it could not be read": (
        line_set("custody = 'garbled', entry = NULL, kind = NULL", 301),
        "LINE_CUSTODY", {"leaf": 301}),
    "line: entry": (
        line_set("entry = '0190a0a0-0000-7000-8000-0000000000cc'", 301),
        "LINE_ENTRY", {"leaf": 301}),
    "line: no entry": (line_set("entry = NULL", 301), "LINE_ENTRY", {"leaf": 301}),
    "line: kind": (line_set("kind = 'tube.closed'", 301), "LINE_KIND", {"leaf": 301}),
    "line: clock": (line_set("clock_off = NOT clock_off"), "LINE_CLOCK", LINE),
    "line: removed": (
        lambda w: run("DELETE FROM ledger_line WHERE leaf = 300"),
        "LINES_MISSING", {"first": 300, "last": 300}),
    "lines: the first removed": (
        lambda w: run("DELETE FROM ledger_line WHERE leaf < 3"),
        "LINES_MISSING", {"first": 0, "last": 2}),
    "lines: the last removed": (
        lambda w: run("DELETE FROM ledger_line WHERE leaf >= %s", w.size - 3),
        "LINES_MISSING", {"last": -1}),
    "lines: many removed": (
        lambda w: run("DELETE FROM ledger_line WHERE leaf >= 100 AND leaf < 700"),
        "LINES_MISSING", {"first": 100, "last": 699}),
    "line: removed, and the others moved up": (renumber_leaves, "LINE_LEAF", LINE),
    "line: inserted behind the last": (
        lambda w: insert_line(w, w.size), "LINE_OUTSIDE", {"number": 100_000}),
    "line: inserted far away": (
        lambda w: insert_line(w, 10**15), "LINE_OUTSIDE", {"leaf": 10**15}),
    "line: inserted before the first": (
        lambda w: insert_line(w, -1), "LINE_OUTSIDE", {"leaf": "-1"}),
    "line: inserted, and the size with it": (
        insert_line_and_size,
        "LINE_NUMBER", {"number": 100_000}),
    "lines: leaves exchanged": (
        lambda w: swap("ledger_line", "leaf", 300, 310, "leaf"), "LINE_LEAF", {"leaf": 310}),
    "lines: contents exchanged": (
        lambda w: swap("ledger_line", "content", 300, 310, "leaf", b""), "LINE_BYTES", LINE),
    "line: moved to another leaf": (line_set("leaf = 5000"), "LINES_MISSING", {"first": 300}),
    "push: device": (
        lambda w: run("UPDATE ledger_push SET device_id = %s WHERE id = %s", w.pens[3].id,
                      push_of(302)), "UNSIGNED", {"device": "302"}),
    "push: device, and the next push says the lines again": (
        lambda w: run("UPDATE ledger_push SET device_id = %s WHERE id = %s", w.pens[3].id,
                      push_of(300)), "LINE_TIME", LINE),
    "push: first": (push_set("first = first + 1"), "PUSH_SIGNATURE", {"push": "300"}),
    "push: first far below": (push_set("first = -900000000"), "PUSH_SIGNATURE", {"push": "300"}),
    "push: far more lines again": (
        push_set("first = first - 900000, count = count + 900000"),
        "PUSH_PREVIOUS", {"push": "300"}),
    "push: count": (push_set("count = count + 1"), "PUSH_SIGNATURE", {"push": "300"}),
    "push: a huge count": (push_set("count = 2000000000"), "PUSH_SIGNATURE", {"push": "300"}),
    "push: no count": (push_set("count = 0", 302), "UNSIGNED", {"device": "302"}),
    "push: previous": (
        lambda w: flip("ledger_push", "previous", f"id = {push_of(300)}"),
        "PUSH_PREVIOUS", {"push": "300"}),
    "push: head": (
        lambda w: flip("ledger_push", "head", f"id = {push_of(300)}"),
        "PUSH_HEAD", {"push": "300"}),
    "push: sent": (push_set("sent = '2021-06-21T08:00:00+08:00'"), "PUSH_SIGNATURE",
                   {"push": "300"}),
    "push: signature": (
        lambda w: flip("ledger_push", "signature", f"id = {push_of(300)}", 63),
        "PUSH_SIGNATURE", {"push": "300"}),
    "push: received at": (push_set("received_at = received_at + 1"), "LINE_TIME",
                          {"push": "300"}),
    "push: removed": (
        lambda w: run("DELETE FROM ledger_push WHERE id = %s", push_of(302)),
        "UNSIGNED", {"device": "302", "leaf": 302}),
    "push: removed, and the next push says the lines again": (
        lambda w: run("DELETE FROM ledger_push WHERE id = %s", push_of(300)),
        "LINE_TIME", LINE),
    "push: the last removed": (
        lambda w: run("DELETE FROM ledger_push WHERE id = (SELECT MAX(id) FROM ledger_push)"),
        "UNSIGNED", {}),
    "push: inserted again": (copy_push, "PUSH_NOTHING", {}),
    "pushes: exchanged": (swap_pushes, "PUSH_ORDER", {}),
    "tile: a hash": (
        lambda w: flip("ledger_tile", "hashes", "level = 0 AND number = 1", 44 * 32),
        "LINE_LEAF", LINE),
    "tile: a hash above": (
        lambda w: flip("ledger_tile", "hashes", "level = 1 AND number = 0", 32),
        "TILE_HASH", {"level": 1, "number": 0, "at": 1}),
    "tile: cut": (
        lambda w: run("UPDATE ledger_tile SET hashes = %s WHERE level = 0 AND number = 1",
                      b"short"), "TILE_LENGTH", {"level": 0, "number": 1}),
    "tile: removed": (
        lambda w: run("DELETE FROM ledger_tile WHERE level = 0 AND number = 1"),
        "TILE_MISSING", {"level": 0, "number": 1}),
    "tile: removed above": (
        lambda w: run("DELETE FROM ledger_tile WHERE level = 1"), "TILE_MISSING", {"level": 1}),
    "tile: inserted": (
        lambda w: run("INSERT INTO ledger_tile (level, number, hashes) VALUES (0, 77, %s)",
                      bytes(32)), "TILE_STRAY", {"level": 0, "number": 77}),
    "tile: inserted above": (
        lambda w: run("INSERT INTO ledger_tile (level, number, hashes) VALUES (5, 0, %s)",
                      bytes(32)), "TILE_STRAY", {"level": 5}),
    "tiles: exchanged": (swap_tiles, "LINE_LEAF", {"leaf": 1}),
    "cell: id": (
        lambda w: run("UPDATE ledger_cell SET id = '0190a0a0-0000-7000-8000-0000000000cc'"),
        "PUSH_SIGNATURE", {}),
    "cell: smaller": (
        lambda w: run("UPDATE ledger_cell SET size = size - 2"), "CELL_SIZE", {}),
    "cell: larger": (
        lambda w: run("UPDATE ledger_cell SET size = size + 2"), "LINES_MISSING", {}),
    "cell: far larger": (
        lambda w: run("UPDATE ledger_cell SET size = size + 1000000000000000"),
        "LINES_MISSING", {}),
    "cell: nodes": (lambda w: flip("ledger_cell", "nodes", "key = 1", 40), "CELL_NODES", {}),
    "cell: epoch": (lambda w: run("UPDATE ledger_cell SET epoch = 0"), "CELL_EPOCH", {}),
    "device: key": (
        lambda w: flip("ledger_device", "public_key", f"id = '{w.pens[0].id}'", 9),
        "PUSH_SIGNATURE", {"device": "first"}),
    "device: algorithm": (
        lambda w: run("UPDATE ledger_device SET algorithm = 'p256' WHERE id = %s",
                      w.pens[0].id), "PUSH_SIGNATURE", {"device": "first"}),
    "device: role": (
        lambda w: run("UPDATE ledger_device SET role = 'courier' WHERE id = %s", w.pens[0].id),
        "DEVICE_ENROLMENT", {"device": "first"}),
    "device: head": (
        lambda w: flip("ledger_device", "head", f"id = '{w.pens[0].id}'"),
        "DEVICE_HEAD", {"device": "first"}),
    "device: through": (
        lambda w: run("UPDATE ledger_device SET through = through + 1 WHERE id = %s",
                      w.pens[0].id), "DEVICE_THROUGH", {"device": "first"}),
    "device: revoked no more": (
        lambda w: run("UPDATE ledger_device SET revoked_at = NULL WHERE id = %s", w.pens[3].id),
        "DEVICE_REVOKED", {"device": "last"}),
    "device: inserted": (
        lambda w: models.Device.objects.create(
            id="0190a0a0-0000-7000-8000-0000000000cc", algorithm="ed25519", role="registrar",
            public_key=bytes(32), enrolled_at=0, head=bytes(32)),
        "DEVICE_STRANGE", {}),
    "device: another id": (
        lambda w: run("UPDATE ledger_device SET id = '0190a0a0-0000-7000-8000-0000000000cc' "
                      "WHERE id = %s", w.pens[0].id), "DEVICE_MISSING", {"device": "first"}),
    "checkpoint: root": (
        lambda w: flip("ledger_checkpoint", "root", "size = 0"), "CHECKPOINT_NOTE", {"size": 0}),
    "checkpoint: size": (
        lambda w: run("UPDATE ledger_checkpoint SET size = 1 WHERE size = 0"),
        "CHECKPOINT_NOTE", {"size": 1}),
    "checkpoint: more lines than there are": (
        lambda w: run("UPDATE ledger_checkpoint SET size = 100000 WHERE size = 0"),
        "CHECKPOINT_SIZE", {"size": 100_000}),
    "checkpoint: epoch": (
        lambda w: run("UPDATE ledger_checkpoint SET epoch = 0 WHERE size = 0"),
        "CHECKPOINT_NOTE", {"epoch": 0}),
    "checkpoint: note": (bend_note, "CHECKPOINT_NOTE", {}),
    "checkpoint: a key's line cut off": (
        lambda w: run("UPDATE ledger_checkpoint SET note = %s WHERE size = %s",
                      one(f"SELECT note FROM ledger_checkpoint WHERE size = {w.size}").rsplit(
                          "\u2014", 1)[0], w.size), "CHECKPOINT_NOTE", {}),
    "signer: key": (
        lambda w: flip("ledger_signer", "public_key", "number = 1"), "CHECKPOINT_NOTE", {}),
    "signer: until": (
        lambda w: run("UPDATE ledger_signer SET until_at = until_at + 1 WHERE number = 1"),
        "SIGNER", {"signer": 1}),
    "signer: removed": (
        lambda w: run("DELETE FROM ledger_signer WHERE number = 1"), "SIGNER", {"signer": 1}),
    "attachment: bytes": (
        lambda w: flip("ledger_attachment", "sealed",
                       "digest = (SELECT MIN(digest) FROM ledger_attachment)", 20),
        "ATTACHMENT", {}),
    "attachment: digest": (
        lambda w: run("UPDATE ledger_attachment SET digest = %s WHERE digest = "
                      "(SELECT MIN(digest) FROM ledger_attachment)", "0" * 64),
        "ATTACHMENT", {"digest": "0" * 64}),
    "a line with all that hangs on it": (rewrite_tail, "CHECKPOINT_ROOT", {}),
    "a line with all that hangs on it, by signature": (rewrite_tail, "PUSH_HEAD", {"push": "300"}),
}  # fmt: skip
