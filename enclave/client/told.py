"""What a service says went wrong: the members of a problem document, as far as they can be read.

A member that is missing or of another shape is left empty: a message half understood is still worth showing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the query: character offsets, end exclusive; line and column count from 1."""

    start: int
    end: int
    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters from `start` to `end` (exclusive) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change to the query that would mend it; without edits it is advice."""

    title: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is wrong."""

    code: str
    detail: str
    title: str = ""
    spans: tuple[Span, ...] = ()
    fixes: tuple[Fix, ...] = ()


def told(problem: Mapping[str, Any]) -> tuple[Told, ...]:
    """A problem document and the others that came with it."""
    return tuple(_one(each) for each in (problem, *_objects(problem.get("others"))))


def mended(problems: Iterable[Told], sql: str) -> str:
    """The query after the first fix of each problem, leaving out a fix that would touch what another changed."""
    edits: list[Edit] = []
    for problem in problems:
        fix = next((fix for fix in problem.fixes if fix.edits), None)
        if fix is not None and not any(_overlap(one, other) for one in fix.edits for other in edits):
            edits.extend(fix.edits)
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        sql = sql[: edit.start] + edit.text + sql[edit.end :]
    return sql


def _overlap(one: Edit, other: Edit) -> bool:
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def _one(problem: Mapping[str, Any]) -> Told:
    return Told(
        code=str(problem.get("code") or "problem"),
        detail=str(problem.get("detail") or problem.get("title") or "Nothing more is known."),
        title=str(problem.get("title") or ""),
        spans=tuple(_spans(problem.get("spans"))),
        fixes=tuple(
            Fix(str(fix.get("title") or ""), tuple(_edits(fix.get("edits"))))
            for fix in _objects(problem.get("fixes"))
        ),
    )


def _objects(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, Mapping))


def _spans(found: Any) -> Iterator[Span]:
    for each in _objects(found):
        match each:
            case {"start": int(start), "end": int(end), "line": int(line), "column": int(column)}:
                yield Span(start, end, line, column, str(each.get("text") or ""))


def _edits(found: Any) -> Iterator[Edit]:
    for each in _objects(found):
        match each:
            case {"start": int(start), "end": int(end)}:
                yield Edit(start, end, str(each.get("text") or ""))
