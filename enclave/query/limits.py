"""How large and how deep a query may be, judged before a parser sees it.

sqlglot recurses, compiled, without a guard of its own: a text that is deep enough ends the process. These limits keep
it far from there, and they are the time budget too: the slowest text within them parses in well under a second
(`tests/attacks/test_parse_limits.py`), at any load, so that the same query always gets the same answer.
"""

from collections.abc import Iterator, Sequence

from enclave.problems import Problem, SyntaxProblem, TooComplex
from enclave.query.tokens import Kind, Token
from enclave.terms import Span

MAX_BYTES = 20_000
MAX_TOKENS = 2_000
MAX_NESTING = 40  # open brackets and CASEs together
MAX_RUN = 12  # NOT NOT NOT, or - - -
MAX_DEPTH = 150  # of the tree: a sum of that many terms
MAX_NAME = 63  # characters of a name, as in PostgreSQL

_OPENS = {"(": ")", "[": "]", "{": "}"}
_CLOSES = frozenset(_OPENS.values())


def too_long(text: str) -> Problem | None:
    """The problem of a text with too many bytes."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size <= MAX_BYTES:
        return None
    return TooComplex(detail=f"The query has {size:,} bytes; at most {MAX_BYTES:,} can be read.")


def too_deep(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """What is too much in the tokens, and brackets that do not match."""
    if len(tokens) > MAX_TOKENS:
        detail = f"The query has {len(tokens):,} words and signs; at most {MAX_TOKENS:,} can be read."
        yield TooComplex(detail=detail)
        return
    yield from _nesting(text, tokens)
    yield from _runs(text, tokens)
    for token in tokens:
        if token.kind in (Kind.WORD, Kind.QUOTED) and len(token.value) > MAX_NAME:
            yield SyntaxProblem(
                detail=f"A name has more than {MAX_NAME} characters.",
                spans=(Span.of(text, token.start, token.end),),
            )


def _nesting(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """Brackets and CASE … END, which must close in order, and not too deep."""
    open_: list[Token] = []
    for token in tokens:
        span = (Span.of(text, token.start, token.end),)
        if token.is_mark(*_OPENS) or token.is_word("case"):
            open_.append(token)
            if len(open_) > MAX_NESTING:
                yield TooComplex(detail=f"Brackets are nested deeper than {MAX_NESTING}.", spans=span)
                return
        elif token.is_mark(*_CLOSES):
            if not open_ or _OPENS.get(open_[-1].value) != token.value:
                yield SyntaxProblem(detail=f"This {token.value} closes nothing.", spans=span)
                return
            open_.pop()
        elif token.is_word("end") and open_ and open_[-1].is_word("case"):
            open_.pop()
    for left in open_:
        what = "CASE" if left.is_word("case") else left.value
        detail = f"This {what} is never closed."
        yield SyntaxProblem(detail=detail, spans=(Span.of(text, left.start, left.end),))


def _runs(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """Chains of NOT or of signs, which parsers read by recursion."""
    run = 0
    for token in tokens:
        run = run + 1 if token.is_word("not") or token.is_mark("-", "+", "~") else 0
        if run > MAX_RUN:
            detail = f"More than {MAX_RUN} NOTs or signs follow one another."
            yield TooComplex(detail=detail, spans=(Span.of(text, token.start, token.end),))
            return
