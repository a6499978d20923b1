"""The tree over the book: RFC 9162 section 2.1 hashing, growth, proofs. Pure: bytes in, bytes out.

Refuses to raise on a bad proof: whoever checks one gets True or False.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
LEAF_VERSION = b"\x01"
_MAX_SIZE = 1 << 64


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf's data: SHA-256(0x00 ‖ data), RFC 9162 section 2.1.1."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 ‖ left ‖ right), RFC 9162 section 2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def leaf_data(device: bytes, number: int, received_at: int, line_hash: bytes) -> bytes:
    """What a leaf commits to: version ‖ device (16) ‖ number (u64) ‖ received_at (u64 µs) ‖
    SHA-256 of the line. The line's own bytes are not in it, so they can be destroyed later.
    """
    return (
        LEAF_VERSION + device + number.to_bytes(8, "big") + received_at.to_bytes(8, "big")
    ) + line_hash


def split(size: int) -> int:
    """The largest power of two below `size` (size > 1)."""
    return 1 << (size - 1).bit_length() - 1


class Frontier:
    """The roots of the perfect subtrees of a growing tree, largest first: all that appending needs.

    `size` is the number of leaves; `nodes` has one hash for each one-bit of `size`.
    """

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if size.bit_count() != len(nodes):
            raise ValueError("a frontier has one node for each one-bit of its size")
        self.size = size
        self.nodes = list(nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node = leaf
        bits = self.size
        while bits & 1:
            node = node_hash(self.nodes.pop(), node)
            bits >>= 1
        self.nodes.append(node)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes in their order, level by level: what each pair makes is the next."""
        row, size, left = list(leaves), self.size, []
        self.size += len(row)
        while row:
            if size & 1:
                row.insert(0, self.nodes.pop())
            if len(row) & 1:
                left.append(row.pop())
            row = [node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=True)]
            size >>= 1
        self.nodes += reversed(left)

    def root(self) -> bytes:
        """The root hash of all leaves so far."""
        if not self.nodes:
            return EMPTY_ROOT
        node = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            node = node_hash(left, node)
        return node


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of a whole list of leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


# hash_of(start, end) answers the root of the leaves [start, end); the caller decides where it
# comes from (a list, tiles, a database).
HashOf = Callable[[int, int], bytes]


def hash_of_list(leaves: Sequence[bytes]) -> HashOf:
    """A HashOf over leaf hashes held in memory."""
    return lambda start, end: root_of(leaves[start:end])


def inclusion_proof(index: int, size: int, hash_of: HashOf) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162 section 2.1.3.1.

    Raises:
        IndexError: `index` is not below `size`.
    """
    if not 0 <= index < size:
        raise IndexError("no such leaf")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            proof.append(hash_of(middle, end))
            end = middle
        else:
            proof.append(hash_of(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(size1: int, size2: int, hash_of: HashOf) -> list[bytes]:
    """PROOF(size1, D[size2]) of RFC 9162 section 2.1.4.1. Empty when size1 is 0 or equals size2.

    Raises:
        IndexError: not 0 <= size1 <= size2.
    """
    if not 0 <= size1 <= size2:
        raise IndexError("the first size must not be above the second")
    if size1 in (0, size2):
        return []
    proof: list[bytes] = []
    start, end = 0, size2
    is_whole = True
    while size1 != end:
        middle = start + split(end - start)
        if size1 <= middle:
            proof.append(hash_of(middle, end))
            end = middle
        else:
            proof.append(hash_of(start, middle))
            start = middle
            is_whole = False
    if not is_whole:
        proof.append(hash_of(start, end))
    return proof[::-1]


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 32


def _is_proof(proof: object) -> bool:
    return isinstance(proof, list | tuple) and all(map(_is_hash, proof))


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_SIZE


def verify_inclusion(
    index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether `proof` shows that `leaf_hash` is leaf `index` of the tree of `size` leaves with
    `root` (RFC 9162 section 2.1.3.2). False, never an exception, on anything else.
    """
    if not (_is_size(index) and _is_size(size) and _is_proof(proof)):
        return False
    if not (_is_hash(leaf_hash) and _is_hash(root)) or index >= size:
        return False
    position, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position != 0:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and node == root


def verify_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> bool:
    """Whether `proof` shows that the tree (size1, root1) is a prefix of (size2, root2)
    (RFC 9162 section 2.1.4.2). False, never an exception, on anything else.
    """
    if not (_is_size(size1) and _is_size(size2) and _is_proof(proof)):
        return False
    if not (_is_hash(root1) and _is_hash(root2)) or size1 > size2:
        return False
    if size1 == size2:
        return not proof and root1 == root2 and (size1 > 0 or root1 == EMPTY_ROOT)
    if size1 == 0:
        return not proof and root1 == EMPTY_ROOT
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    if not path:
        return False
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position >>= 1
        last >>= 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first = node_hash(sibling, first)
            second = node_hash(sibling, second)
            while not position & 1 and position != 0:
                position >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and first == root1 and second == root2
