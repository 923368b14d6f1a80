"""A refusal as a researcher reads it: what, the words underlined in their own text, and a query that would do."""

from collections.abc import Iterable, Iterator, Sequence

from enclave.cli.screen import printable
from enclave.problems import Problem
from enclave.terms import Edit, Fix, Span

MOST_SPANS = 8  # underlined of one problem
MOST_LINES = 20  # of a mended query


def refusal_text(problems: Sequence[Problem], sql: str) -> str:
    """All problems of one query, each at its place, then the query with every fix that fits made."""
    codes = ", ".join(dict.fromkeys(problem.code for problem in problems))
    opening = f"This query cannot run: {codes}. Nothing was read, and no allowance was used."
    blocks = [opening, *("\n".join(_block(problem, sql)) for problem in problems)]
    mended = _mended(problems, sql)
    return "\n\n".join([*blocks, *([_suggestion(mended)] if mended != sql else [])])


def _block(problem: Problem, sql: str) -> Iterator[str]:
    shown = problem.spans[:MOST_SPANS]
    if not shown:
        yield f"  {problem.detail}"
    for place, span in enumerate(shown):
        yield from _underlined(span, sql, words=problem.detail if place == len(shown) - 1 else "")
    if len(problem.spans) > MOST_SPANS:
        yield f"    and at {len(problem.spans) - MOST_SPANS} more places"
    for fix in problem.fixes:
        if not fix.edits:
            yield f"    = fix: {fix.title}"


def _underlined(span: Span, sql: str, *, words: str) -> Iterator[str]:
    """The line in which the span starts, and marks below it to the end of the span or of that line."""
    line = _line(sql, span.line)
    length = max(1, min(span.end - span.start, len(line) - span.column + 1))
    number = f"{span.line:3}"
    yield f"{number} | {printable(line)}"
    yield f"{' ' * len(number)} | {' ' * (span.column - 1)}{'^' * length} {words}".rstrip()


def _line(sql: str, number: int) -> str:
    lines = sql.split("\n")
    return lines[number - 1] if number <= len(lines) else ""


def _mended(problems: Iterable[Problem], sql: str) -> str:
    """The query after the first fix of each problem, leaving out a fix that would touch what another changed."""
    edits: list[Edit] = []
    for problem in problems:
        fix = next((fix for fix in problem.fixes if fix.edits), None)
        if fix is not None and not any(_overlap(one, other) for one in fix.edits for other in edits):
            edits.extend(fix.edits)
    return Fix("all of them", tuple(edits)).apply(sql)


def _overlap(one: Edit, other: Edit) -> bool:
    return (one.start < other.end and other.start < one.end) or one.start == other.start


def _suggestion(mended: str) -> str:
    lines = mended.split("\n")
    numbered = [f"{number:3} | {printable(line)}" for number, line in enumerate(lines[:MOST_LINES], start=1)]
    more = [f"    and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    return "\n".join(["  Try:", *numbered, *more])
