"""What a decision still needs before it is worth sending, in words for whoever makes it.

Whether it counts is asked again where it is made; this asks what a careful reader would: was every finding looked at,
and is whoever asked told why it comes back.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from enclave.outputs.checking.checks import Check
from enclave.outputs.states import Verdict


@dataclass(frozen=True, slots=True)
class Asked:
    """One cell that a question is about: the number of its row, from 1, and its column."""

    row: int
    column: str


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something to do first. `field` is the id of the part of the form that it is about."""

    field: str
    words: str


def lacking(
    verdict: Verdict, comment: str, looked: Collection[str], checks: Iterable[Check]
) -> Iterator[Lacking]:
    """What is missing, in the order of the form."""
    if verdict is Verdict.APPROVE:
        for number, check in enumerate(one for one in checks if one.looks):
            if check.name not in looked:
                yield Lacking(f"looked-{number}", f"Say that you have looked at: {check.name}")
    elif not comment.strip():
        yield Lacking("comment", "Write why it comes back: whoever asked reads it")


def question_on(cell: Asked | None, where: str, comment: str) -> str:
    """A question with the cell that it is about, as whoever asked reads it."""
    if cell is None:
        return comment
    place = f"Row {cell.row}{f' ({where})' if where else ''}, {cell.column}"
    return f"{place}: {comment}"
