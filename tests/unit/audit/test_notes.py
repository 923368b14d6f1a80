"""Signed notes, against an example of Go's `sumdb/note`, and what is not one."""

import os

import pytest

from enclave.audit.notes import Checkpoint, NotSigned, Signer, Verifier

KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = Signer.new("enclave.test/audit", new_key=os.urandom)


def test_a_note_signed_elsewhere_is_read() -> None:
    verifier = Verifier.read(KEY)
    assert verifier.text_of(NOTE) == NOTE.split("\n\n")[0] + "\n"
    assert str(verifier) == KEY


def test_what_was_signed_is_read_back() -> None:
    text = "first\n\nthird, ed è subito sera\n"
    assert SIGNER.verifier.text_of(SIGNER.sign(text)) == text


def test_keys_are_read_back_as_they_are_spelled() -> None:
    assert Signer.read(SIGNER.spelled) == SIGNER
    assert Verifier.read(str(SIGNER.verifier)) == SIGNER.verifier


def test_a_private_key_does_not_show_itself() -> None:
    assert SIGNER.spelled.split("+", 4)[-1] not in repr(SIGNER)  # a key may have a plus itself


def test_signatures_of_others_are_passed_over() -> None:
    witness = Signer.new("witness.test", new_key=os.urandom)
    note = SIGNER.sign("text\n")
    line = witness.sign("text\n").split("\n\n")[1]
    assert SIGNER.verifier.text_of(note + line) == "text\n"
    assert witness.verifier.text_of(note + line) == "text\n"


def test_a_key_of_the_same_name_has_not_signed() -> None:
    other = Signer.new(SIGNER.name, new_key=os.urandom)
    with pytest.raises(NotSigned):
        other.verifier.text_of(SIGNER.sign("text\n"))


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("answer", "cause"),
        NOTE.replace("x08go", "x08gp"),
        NOTE.replace("x08go/Z", "x08go/a"),
        NOTE.replace("PeterNeumann", "PeterNewmann"),
        NOTE.replace("\n\n", "\n"),
        NOTE.rstrip("\n"),
        NOTE.split("— ")[0],
        NOTE + NOTE.split("\n\n")[1].replace("ZJku", "ZJkv"),
        "x" * 70_000 + NOTE,
        "",
    ],
)
def test_a_changed_note_is_refused(note: str) -> None:
    with pytest.raises(NotSigned):
        Verifier.read(KEY).text_of(note)


@pytest.mark.parametrize(
    "key", ["", "a+b", KEY.replace("c74", "c75"), KEY[:-4], KEY.replace("ARpc", "AhRc"), "x" + KEY]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(NotSigned):
        Verifier.read(key)


@pytest.mark.parametrize("name", ["", "with space", "with+plus", "with\nline"])
def test_a_log_has_a_name_that_fits_on_its_line(name: str) -> None:
    with pytest.raises(ValueError, match="name of a log"):
        Signer.new(name, new_key=os.urandom)


def test_a_checkpoint_is_read_back() -> None:
    checkpoint = Checkpoint("enclave.test/audit", 20852163, os.urandom(32))
    assert Checkpoint.read(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "a\n01\nAA==\n",
        "a\n-1\nAA==\n",
        "a\n1\n?\n",
        "a\n1\nAA==\nmore\n",
        "\n1\nAA==\n",
        "a\n1\nAB==\n",
        "a\n٣\nAA==\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NotSigned):
        Checkpoint.read(text)
