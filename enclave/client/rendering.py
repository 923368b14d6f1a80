"""A refusal as a researcher reads it: what, the words underlined in their own text, and a query that would do.

As text for a terminal and a traceback, as HTML for a notebook. Both say the same.
"""

from collections.abc import Iterator, Sequence
from html import escape

from enclave.client.told import Span, Told, mended

MOST_SPANS = 8  # underlined of one problem
MOST_LINES = 20  # of a query, shown
NOTHING_USED = "Nothing was read, and no allowance was used."

_CODE = "font-family:ui-monospace,Menlo,Consolas,monospace;white-space:pre;overflow-x:auto;margin:0 0 .6em"
_MARK = "background:#fff1f0;color:#0b0c0c;border-bottom:3px solid #ca3535"
_BOX = "border-left:5px solid #1d70b8;padding:.4em 1em;margin:.5em 0"


def refusal_text(problems: Sequence[Told], sql: str) -> str:
    """All problems of one query, each at its place, then the query with every fix that fits made."""
    blocks = [opening(problems), *("\n".join(_block(problem, sql)) for problem in problems)]
    better = mended(problems, sql)
    return "\n\n".join([*blocks, *([_suggestion(better, problems)] if better != sql else [])])


def refusal_html(problems: Sequence[Told], sql: str) -> str:
    """The same for a notebook: the query once, every place marked, the reasons below it."""
    better = mended(problems, sql)
    parts = [
        f'<div role="group" aria-label="Refused query" style="{_BOX}">',
        f"<p><strong>{escape(opening(problems))}</strong></p>",
        f'<pre style="{_CODE}">{_marked(problems, sql)}</pre>',
        "<ul>",
        *(f"<li>{_reason(problem)}</li>" for problem in problems),
        "</ul>",
    ]
    if better != sql:
        parts += [
            f"<p><strong>{_heading(problems)}</strong></p>",
            f'<pre style="{_CODE}">{escape(better)}</pre>',
        ]
    return "".join([*parts, "</div>"])


def opening(problems: Sequence[Told]) -> str:
    codes = ", ".join(dict.fromkeys(problem.code for problem in problems))
    return f"This query cannot run: {codes}. {NOTHING_USED}"


def printable(text: str) -> str:
    """The text without what could steer a terminal or hide words; a tab is one space, so that columns stay true."""
    return "".join(letter if letter.isprintable() else " " if letter == "\t" else "�" for letter in text)


def _block(problem: Told, sql: str) -> Iterator[str]:
    detail = printable(problem.detail)
    shown = problem.spans[:MOST_SPANS]
    if not shown:
        yield f"  {detail}"
    for place, span in enumerate(shown):
        yield from _underlined(span, sql, words=detail if place == len(shown) - 1 else "")
    if len(problem.spans) > MOST_SPANS:
        yield f"    and at {len(problem.spans) - MOST_SPANS} more places"
    for place, fix in enumerate(problem.fixes):
        yield f"    = {'or' if place else 'fix'}: {printable(fix.title)}"


def _underlined(span: Span, sql: str, *, words: str) -> Iterator[str]:
    """The line in which the span starts, and marks below it to the end of the span or of that line."""
    line = _line(sql, span.line)
    length = max(1, min(span.end - span.start, len(line) - span.column + 1))
    number = f"{span.line:3}"
    yield f"{number} | {printable(line)}"
    yield f"{' ' * len(number)} | {' ' * (span.column - 1)}{'^' * length} {words}".rstrip()


def _line(sql: str, number: int) -> str:
    lines = sql.split("\n")
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _heading(problems: Sequence[Told]) -> str:
    """What the changed query is: one that would do, or one that still lacks something."""
    mended_all = all(any(fix.edits for fix in problem.fixes) for problem in problems)
    return "Try:" if mended_all else "Part of the way:"


def _suggestion(better: str, problems: Sequence[Told]) -> str:
    lines = better.split("\n")
    numbered = [f"{number:3} | {printable(line)}" for number, line in enumerate(lines[:MOST_LINES], start=1)]
    more = [f"    and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    return "\n".join([f"  {_heading(problems)}", *numbered, *more])


def _marked(problems: Sequence[Told], sql: str) -> str:
    """The query with every place marked. Of places that overlap, the first that starts."""
    spans = sorted((span for problem in problems for span in problem.spans), key=lambda span: span.start)
    parts, done = [], 0
    for span in spans:
        if span.start < done or span.end > len(sql):
            continue
        words = escape(sql[span.start : span.end])
        parts += [escape(sql[done : span.start]), f'<mark style="{_MARK}">{words}</mark>']
        done = span.end
    return "".join([*parts, escape(sql[done:])])


def _reason(problem: Told) -> str:
    advice = " ".join(f"{'Or' if place else 'Fix'}: {fix.title}." for place, fix in enumerate(problem.fixes))
    first = problem.spans[0] if problem.spans else None
    place = f"Line {first.line}, column {first.column}, <code>{escape(first.text)}</code>: " if first else ""
    return f"{place}{escape(problem.detail)} {escape(advice)}".rstrip()
