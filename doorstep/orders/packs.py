"""Reading rule packs: from TOML to a checked pack and its digest. Refuses what it cannot check.

The digest is over the meaning, not over the file: comments and order of keys do not change it.
"""

import functools
import hashlib
import re
import tomllib
from pathlib import Path

import msgspec

from doorstep.orders import shapes

FOLDER = Path(__file__).parent / "packs"


def read_pack(toml: str) -> shapes.Pack:
    """The pack in a TOML text.

    Raises:
        ValueError: not TOML, or not a pack; the message names the first thing that is wrong.
    """
    try:
        pack: shapes.Pack = msgspec.convert(tomllib.loads(toml), shapes.Pack)
    except (msgspec.MsgspecError, re.error, RecursionError) as problem:
        raise ValueError(str(problem)) from problem
    _check_terms(pack)
    return pack


def _check_terms(pack: shapes.Pack) -> None:
    """Under a rule whose orders end before their clean days are over, the conditions could never
    all be met while an order stands. Not asked of a pack once adopted: it is read as it was kept.
    """
    for rule in pack.rules:
        clean = [each.days for each in rule.release if isinstance(each, shapes.CleanDays)]
        if clean and rule.term.longest_days <= max(clean):
            raise ValueError(f"rule {rule.key}: ends before its {max(clean)} clean days are over")


def canonical(pack: shapes.Pack) -> bytes:
    """The one spelling of a pack that is hashed and kept: JSON with sorted keys."""
    return msgspec.json.encode(pack, order="sorted")


def read_canonical(text: bytes) -> shapes.Pack:
    """The pack kept as `canonical` wrote it. Raises ValueError for anything else."""
    return msgspec.json.decode(text, type=shapes.Pack)


def digest_of(pack: shapes.Pack) -> str:
    """The SHA-256 of the canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(pack)).hexdigest()


@functools.cache
def list_shipped() -> dict[str, shapes.Pack]:
    """Every pack that comes with Doorstep, by digest, in order of their first use."""
    found = [read_pack(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")]
    ordered = sorted(found, key=lambda pack: (pack.used_from_on, pack.key))
    return {digest_of(pack): pack for pack in ordered}


def find_shipped(digest: str) -> shapes.Pack | None:
    """The shipped pack of that digest."""
    return list_shipped().get(digest)


def find_digest(key: str) -> str | None:
    """The digest of the shipped pack called `key`, such as GD-2021-06."""
    return next((digest for digest, pack in list_shipped().items() if pack.key == key), None)
