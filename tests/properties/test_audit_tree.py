"""Laws of the log: every proof that is made holds, and none holds for anything else."""

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.audit import AuditLog
from enclave.audit.consistency import verify_consistency
from enclave.audit.notes import Signer
from enclave.audit.tiles import Edge
from enclave.audit.tree import consistency_proof, inclusion_proof, leaf_hash, node_hash
from enclave.audit.verify import Head, NotVerified, verify_inclusion, verify_proof
from tests.support.records import without_waiting_for_the_disk

SIGNER = Signer.new("enclave.test/audit", new_key=os.urandom)
MOST = 600  # leaves: more than two tiles
LEAVES = [b"leaf %d" % number for number in range(MOST)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
sizes = st.one_of(st.integers(1, 20), st.integers(1, MOST), st.sampled_from([255, 256, 257, 511, 512, 513]))


def slow_root(hashes: Sequence[bytes]) -> bytes:
    """The definition, RFC 9162 section 2.1.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(slow_root(hashes[:split]), slow_root(hashes[split:]))


def node(level: int, index: int) -> bytes:
    return slow_root(HASHES[index << level : (index + 1) << level])


def head(size: int) -> Head:
    return Head("enclave.test/audit", size, slow_root(HASHES[:size]))


@given(sizes)
def test_the_edge_of_a_growing_tree_has_the_root_of_the_definition(size: int) -> None:
    edge = Edge()
    for found in HASHES[:size]:
        list(edge.add(found))
    assert edge.root() == slow_root(HASHES[:size])


@given(st.data(), sizes)
def test_an_inclusion_proof_holds_for_its_leaf_in_its_place_and_for_no_other(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, node)
    assert verify_inclusion(HASHES[index], index, head(size), path)
    assert not verify_inclusion(leaf_hash(b"another"), index, head(size), path)
    other = data.draw(st.integers(0, size))
    assert other == index or not verify_inclusion(HASHES[index], other, head(size), path)
    for changed in changes(path):
        assert not verify_inclusion(HASHES[index], index, head(size), changed)


@given(st.data(), sizes)
def test_a_consistency_proof_holds_between_its_two_trees_and_no_others(
    data: st.DataObject, size: int
) -> None:
    old = data.draw(st.integers(1, size))
    path = consistency_proof(old, size, node)
    assert verify_consistency(head(old), head(size), path)
    fork = Head("enclave.test/audit", old, slow_root([*HASHES[: old - 1], leaf_hash(b"another")]))
    assert not verify_consistency(fork, head(size), path)
    for changed in changes(path):
        assert not verify_consistency(head(old), head(size), changed)


def changes(path: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The path with something left out, put in, put last, or one bit of it changed."""
    yield [*path, bytes(32)]
    if path:
        yield list(path[:-1])
        yield list(path[1:])
        yield [bytes([path[0][0] ^ 1]) + path[0][1:], *path[1:]]
    if len(path) > 1:
        yield [*path[1:], path[0]]


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        without_waiting_for_the_disk(patch)
        yield


@settings(max_examples=20)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=4), st.data())
def test_files_published_step_by_step_are_those_published_at_once_and_prove_every_leaf(
    steps: list[int], data: st.DataObject
) -> None:
    with new_log() as stepwise, new_log() as at_once:
        size = 0
        for step in steps:
            size = min(size + step, MOST)
            stepwise.publish(lambda seq, size=size: LEAVES[seq:size])  # type: ignore[misc]
        at_once.publish(lambda seq: LEAVES[seq:size])
        assert whole_files(stepwise.folder) == whole_files(at_once.folder)
        if size:
            index = data.draw(st.integers(0, size - 1))
            proof = stepwise.proof(index)
            assert proof is not None
            found = verify_proof(proof, LEAVES[index], str(SIGNER.verifier))
            assert found == (head(size), index)
        assert stepwise.proof(size) is None


@settings(max_examples=20)
@given(sizes, sizes)
def test_a_published_log_proves_that_it_begins_with_what_it_was(one: int, two: int) -> None:
    old, size = sorted((one, two))
    with new_log() as log:
        log.publish(lambda seq: LEAVES[seq:size])
        assert verify_consistency(head(old), head(size), log.consistency(old))


@contextmanager
def new_log() -> Iterator[AuditLog]:
    with tempfile.TemporaryDirectory() as folder:
        yield AuditLog(Path(folder) / "audit", SIGNER)


def whole_files(folder: Path) -> dict[str, bytes]:
    """What stands in the files, without the parts of tiles that were published on the way."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    parts = {name: int(name.rsplit("/", 1)[1]) for name in files if ".p/" in name}
    widest = {
        name
        for name, width in parts.items()
        if width == max(parts[other] for other in _siblings(name, parts))
    }
    return {name: path.read_bytes() for name, path in files.items() if name not in parts or name in widest}


def _siblings(name: str, parts: dict[str, int]) -> list[str]:
    return [other for other in parts if other.rsplit("/", 1)[0] == name.rsplit("/", 1)[0]]


def test_a_proof_of_another_log_with_the_same_leaves_does_not_hold() -> None:
    other = Signer.new(SIGNER.name, new_key=os.urandom)
    with tempfile.TemporaryDirectory() as folder:
        log = AuditLog(Path(folder) / "audit", other)
        log.publish(lambda seq: LEAVES[seq:5])
        proof = log.proof(3)
    assert proof is not None
    assert base64.b64encode(slow_root(HASHES[:5])).decode() in proof
    with pytest.raises(NotVerified, match="not signed"):
        verify_proof(proof, LEAVES[3], str(SIGNER.verifier))
