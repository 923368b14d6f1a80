"""The Merkle tree of RFC 9162, section 2: hashes, and proofs from whole subtrees.

Nothing here stores a tree. Proofs ask a `Node` function for the hash of the whole subtree that holds the leaves
`index * 2**level` up to the next one's first.
"""

import hashlib
from collections.abc import Callable, Sequence

Node = Callable[[int, int], bytes]
"""`node(level, index)`: the hash of a whole subtree of `2**level` leaves."""

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over whole subtrees of one height. Their number must be a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def subtree(start: int, end: int, node: Node) -> bytes:
    """The hash of the leaves `start` to `end` (exclusive), which must be a subtree of some tree."""
    size = end - start
    if size & (size - 1) == 0 and start % size == 0:
        return node(size.bit_length() - 1, start // size)
    middle = start + _split(size)
    return node_hash(subtree(start, middle, node), subtree(middle, end, node))


def root(size: int, node: Node) -> bytes:
    return subtree(0, size, node) if size else EMPTY


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """The hashes that lead from the leaf `index` to the root of `size` leaves, the leaf's sibling first."""
    assert 0 <= index < size, "the leaf is in the tree"
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtree(middle, end, node))
            end = middle
        else:
            proof.append(subtree(start, middle, node))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, node: Node) -> list[bytes]:
    """The hashes that show the tree of `size` leaves to begin with the tree of `old`."""
    assert 0 < old <= size, "the older tree is not empty, and not larger"
    proof: list[bytes] = []
    start, end, known = 0, size, True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtree(middle, end, node))
            end = middle
        else:
            proof.append(subtree(start, middle, node))
            start, known = middle, False
    return ([] if known else [subtree(start, end, node)]) + proof[::-1]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
