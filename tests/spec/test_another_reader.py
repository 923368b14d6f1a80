"""Somebody else's program (`tlog-scales`) reads our log, its witnesses and the proofs of releases as C2SP says."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, InclusionProof
from tlog_scales.utils import b64dec

from enclave.audit import AuditLog
from enclave.audit.cosigning import cosigned, witness_key
from enclave.audit.notes import Signer

LOG = Signer.new("enclave.test/another", new_key=os.urandom)
WITNESS = Signer.new("witness.test/another", new_key=os.urandom)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SIZES = (1, 2, 255, 256, 257, 700)
LEAVES = [f'{{"leaf":{number}}}'.encode() * (number % 7 + 1) for number in range(max(SIZES))]


@pytest.fixture(params=SIZES)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> AuditLog:
    made = AuditLog(tmp_path / "log", LOG)
    made.publish(lambda seq: LEAVES[seq : max(1, request.param // 2)])
    made.publish(lambda seq: LEAVES[seq : request.param])
    return made


def reader(log: AuditLog) -> tuple[TilesReader, Checkpoint]:
    found = TilesReader(LocalBackend(log.folder))
    return found, found.get_checkpoint()


def test_it_finds_the_root_that_the_checkpoint_promises_and_the_signature_is_good(log: AuditLog) -> None:
    found, checkpoint = reader(log)
    assert found.calculate_root_hash() == checkpoint.root_hash
    keys = VkeySet(Vkey.from_string(str(LOG.verifier)))
    assert [key.name for key, _ in keys.verify(checkpoint.signatures, checkpoint)] == [LOG.name]
    assert checkpoint.origin == LOG.name


def test_it_reads_every_leaf(log: AuditLog) -> None:
    found, checkpoint = reader(log)
    assert [found.get_entry(seq) for seq in range(checkpoint.size)] == LEAVES[: checkpoint.size]


def test_its_proofs_from_our_tiles_are_ours_and_ours_convince_it(log: AuditLog) -> None:
    found, checkpoint = reader(log)
    size = checkpoint.size
    for seq in {0, size // 2, size - 1}:
        proof = log.proof(seq)
        assert proof is not None
        hashes = [b64dec(line) for line in proof.partition("\n\n")[0].split("\n")[2:]]
        InclusionProof(seq, size, hashes).check(leaf_hash(LEAVES[seq]), checkpoint.root_hash)
        assert found.get_inclusion_proof(seq, size).node_hashes == hashes
    for old in {1, max(1, size // 2), size}:
        assert found.get_consistency_proof(old, size).node_hashes == log.consistency(old)


def test_it_believes_a_cosignature_of_our_witness(log: AuditLog) -> None:
    note = cosigned((log.folder / "checkpoint").read_text(), WITNESS, at=AT)
    checkpoint = Checkpoint.from_text(note)
    keys = VkeySet(Vkey.from_string(witness_key(WITNESS)), Vkey.from_string(str(LOG.verifier)))
    assert {key.name for key, _ in keys.verify(checkpoint.signatures, checkpoint)} == {LOG.name, WITNESS.name}
