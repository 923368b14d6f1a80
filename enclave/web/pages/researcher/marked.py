"""SQL as lines, with the places of problems marked in the reader's own text, and the same text mended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enclave.problems import Problem
from enclave.terms import Fix, Span


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one line; `mark` is the id of the place that it belongs to, `opens`: it is the place's first."""

    text: str
    mark: str | None = None
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """A fix, with the whole text as it would be; None where the fix is advice."""

    title: str
    sql: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One problem beside its place. `anchor` is None for what is wrong with the whole query."""

    problem: Problem
    anchor: str | None
    fixes: tuple[Mended, ...]

    @property
    def place(self) -> str:
        return f"Line {self.problem.spans[0].line}: " if self.problem.spans else ""


@dataclass(frozen=True, slots=True)
class Stretch:
    start: int
    end: int
    mark: str


def refusals_of(problems: Sequence[Problem], sql: str) -> tuple[Refusal, ...]:
    places = stretches(problems)
    return tuple(
        Refusal(problem, _anchor(problem, places), tuple(_mended(fix, sql) for fix in problem.fixes))
        for problem in problems
    )


def marked(sql: str, problems: Sequence[Problem]) -> tuple[Line, ...]:
    """The lines of the text. A place over several lines has a piece in each."""
    places, lines, start = stretches(problems), [], 0
    for number, text in enumerate(sql.split("\n"), start=1):
        lines.append(Line(number, tuple(_pieces(text, start, places))))
        start += len(text) + 1
    return tuple(lines)


def stretches(problems: Iterable[Problem]) -> tuple[Stretch, ...]:
    """The places of all problems in order; those that touch or overlap are one."""
    spans = sorted(
        (span for problem in problems for span in problem.spans), key=lambda one: (one.start, one.end)
    )
    found: list[tuple[int, int]] = []
    for span in spans:
        if found and span.start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], span.end)
        else:
            found.append((span.start, span.end))
    return tuple(Stretch(start, end, f"place-{number}") for number, (start, end) in enumerate(found, start=1))


def _mended(fix: Fix, sql: str) -> Mended:
    return Mended(fix.title, fix.apply(sql) if fix.edits else None)


def _anchor(problem: Problem, places: Sequence[Stretch]) -> str | None:
    first: Span | None = min(problem.spans, key=lambda span: span.start, default=None)
    if first is None:
        return None
    return next(place.mark for place in places if place.start <= first.start <= place.end)


def _pieces(text: str, start: int, places: Sequence[Stretch]) -> Iterable[Piece]:
    at = 0
    for place in places:
        low, high = max(place.start - start, 0), min(place.end - start, len(text))
        if high <= 0 or low > len(text) or low > high:
            continue
        if low > at:
            yield Piece(text[at:low])
        yield Piece(text[low:high], place.mark, opens=place.start >= start)
        at = high
    if at < len(text):
        yield Piece(text[at:])
