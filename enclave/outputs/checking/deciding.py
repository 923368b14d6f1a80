"""What a decision still needs before it is worth sending, in words for whoever makes it.

Whether it counts is asked again where it is made; this asks what a careful reader would: was every finding looked at,
and is whoever asked told why it comes back.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from enclave.outputs.checking.checks import Check
from enclave.outputs.reasons import Reason
from enclave.outputs.states import Verdict


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something to do first. `field` is the id of the part of the form that it is about."""

    field: str
    words: str


def lacking(
    verdict: Verdict,
    comment: str,
    reason: Reason | None,
    looked: Collection[str],
    checks: Iterable[Check],
) -> Iterator[Lacking]:
    """What is missing, in the order of the form."""
    if verdict is Verdict.APPROVE:
        for number, check in enumerate(one for one in checks if one.looks):
            if check.name not in looked:
                yield Lacking(f"looked-{number}", f"Say that you have looked at: {check.name}")
    if verdict is not Verdict.APPROVE and not comment.strip():
        yield Lacking("comment", "Write why it comes back: whoever asked reads it")
    if verdict is Verdict.REJECT and reason is None:
        yield Lacking("reason", "Choose why it is rejected")


def question_about(column: str, comment: str) -> str:
    """A question with the column that it is about, as whoever asked reads it.

    Not with the row: which rows there are is what a release tells, and nothing does before it.
    """
    return f"About {column}: {comment}" if column else comment
