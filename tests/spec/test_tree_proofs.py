"""Every proof for trees of 1 to 200 leaves is the one of RFC 9162's definitions, word for word, and holds."""

import hashlib
from functools import lru_cache

from enclave.audit.consistency import verify_consistency
from enclave.audit.tree import EMPTY, consistency_proof, inclusion_proof, leaf_hash, node_hash, root
from enclave.audit.verify import Head, verify_inclusion

MOST = 200
HASHES = [leaf_hash(b"leaf %d" % number) for number in range(MOST)]


def k_of(size: int) -> int:
    """The largest power of two smaller than the size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


@lru_cache(None)
def mth(start: int, end: int) -> bytes:
    """Section 2.1.1: MTH(D[start:end])."""
    if start == end:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return HASHES[start]
    k = k_of(end - start)
    return node_hash(mth(start, start + k), mth(start + k, end))


def path(m: int, start: int, end: int) -> list[bytes]:
    """Section 2.1.3.1: PATH(m, D[start:end])."""
    if end - start == 1:
        return []
    k = k_of(end - start)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, b: bool) -> list[bytes]:
    """Section 2.1.4.1: SUBPROOF(m, D[start:end], b)."""
    if m == end - start:
        return [] if b else [mth(start, end)]
    k = k_of(end - start)
    if m <= k:
        return [*subproof(m, start, start + k, b), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


def node(level: int, index: int) -> bytes:
    return mth(index << level, (index + 1) << level)


def head(size: int) -> Head:
    return Head("log", size, mth(0, size))


def test_every_inclusion_proof_is_the_one_that_is_defined_and_holds() -> None:
    for size in range(1, MOST + 1):
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            assert proof == path(index, 0, size)
            assert verify_inclusion(HASHES[index], index, head(size), proof)


def test_every_consistency_proof_is_the_one_that_is_defined_and_holds() -> None:
    for size in range(1, MOST + 1):
        for old in range(1, size + 1):
            proof = consistency_proof(old, size, node)
            assert proof == subproof(old, 0, size, True)
            assert verify_consistency(head(old), head(size), proof)


def test_every_root_is_the_one_that_is_defined_that_of_no_leaves_too() -> None:
    assert [root(size, node) for size in range(MOST + 1)] == [mth(0, size) for size in range(MOST + 1)]
    assert mth(0, 0) == EMPTY


def test_no_proof_leads_into_or_out_of_an_empty_tree() -> None:
    assert not verify_inclusion(HASHES[0], 0, head(0), [])
    assert not verify_consistency(head(0), head(1), [])
    assert not verify_consistency(head(0), head(1), [mth(0, 1)])
    assert not verify_consistency(head(1), head(0), [])
    assert verify_consistency(head(0), head(0), [])
