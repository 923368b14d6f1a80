"""What changed between two versions of a text, line by line: of a query, or of a policy file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

MOST_LINES: Final = 2_000
"""Beyond it the comparison costs more than it tells: every line is then one that was replaced."""


class Part(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and its number in the version that it stands in: the new one, unless it was removed."""

    part: Part
    number: int
    text: str


def as_it_is(sql: str) -> tuple[Line, ...]:
    """A query with nothing to compare it with."""
    return tuple(Line(Part.SAME, number, text) for number, text in enumerate(sql.splitlines(), 1))


def changes(before: str, after: str) -> tuple[Line, ...]:
    """Every line of `after`, and in its place every line of `before` that is there no more."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES:
        return (*_lines(Part.REMOVED, old, 0, len(old)), *_lines(Part.ADDED, new, 0, len(new)))
    return tuple(_compared(old, new))


def alike(before: str, after: str) -> float:
    """How much of two queries is the same, from 0 to 1, line by line and whatever the spaces."""
    old, new = (
        [" ".join(line.split()).casefold() for line in sql.splitlines()[:MOST_LINES]]
        for sql in (before, after)
    )
    return SequenceMatcher(None, old, new, autojunk=False).ratio()


def _compared(old: list[str], new: list[str]) -> Iterator[Line]:
    for what, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if what == "equal":
            yield from _lines(Part.SAME, new, new_from, new_to)
        else:
            yield from _lines(Part.REMOVED, old, old_from, old_to)
            yield from _lines(Part.ADDED, new, new_from, new_to)


def _lines(part: Part, lines: list[str], start: int, end: int) -> Iterator[Line]:
    return (Line(part, at + 1, lines[at]) for at in range(start, end))


def excerpts(lines: Sequence[Line], *, around: int = 2) -> tuple[tuple[Line, ...], ...]:
    """The changed lines with a few around each, in stretches; what lies between them is left out."""
    changed = [at for at, line in enumerate(lines) if line.part is not Part.SAME]
    shown = sorted({near for at in changed for near in range(at - around, at + around + 1)})
    stretches: list[list[Line]] = []
    last = None
    for at in (one for one in shown if 0 <= one < len(lines)):
        if last is None or at != last + 1:
            stretches.append([])
        stretches[-1].append(lines[at])
        last = at
    return tuple(tuple(stretch) for stretch in stretches)
