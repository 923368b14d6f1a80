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
MAX_UNKNOWN = 30  # tokens of a text outside the known grammar, read only to say what is wrong with it
MAX_NESTING = 40  # open brackets and CASEs together
MAX_RUN = 12  # NOT NOT NOT, or - - -
MAX_DEPTH = 150  # of the tree: a sum of that many terms
MAX_JOINS = 40
MAX_READS = 100  # of tables, every CTE counted at each of its uses
MAX_GROWN = 5_000  # nodes, every alias written out
MAX_TEXT = 200_000  # characters that an expression could write
MAX_GROUPING_SETS = 128  # a CUBE of seven
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
    unbalanced = tuple(_nesting(text, tokens))
    yield from unbalanced or _joins(text, tokens)
    yield from _runs(text, tokens)
    for token in tokens:
        if token.kind in (Kind.WORD, Kind.QUOTED) and len(token.value) > MAX_NAME:
            yield SyntaxProblem(
                detail=f"A name has more than {MAX_NAME} characters.",
                spans=(_span(text, token),),
            )


def _nesting(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """Brackets and CASE … END, which must close in order, and not too deep."""
    open_: list[Token] = []
    for token in tokens:
        if token.kind is Kind.MARK:
            if token.value in _OPENS:
                open_.append(token)
            elif token.value in _CLOSES:
                if not open_ or _OPENS.get(open_[-1].value) != token.value:
                    yield SyntaxProblem(
                        detail=f"This {token.value} closes nothing.", spans=(_span(text, token),)
                    )
                    return
                open_.pop()
        elif token.is_word("case"):
            open_.append(token)
        elif token.is_word("end") and open_ and open_[-1].is_word("case"):
            open_.pop()
        if len(open_) > MAX_NESTING:
            detail = f"Brackets are nested deeper than {MAX_NESTING}."
            yield TooComplex(detail=detail, spans=(_span(text, token),))
            return
    for left in open_:
        detail = f"This {left.value.upper()} is never closed."
        yield SyntaxProblem(detail=detail, spans=(_span(text, left),))


def _span(text: str, token: Token) -> Span:
    return Span.of(text, token.start, token.end)


def _runs(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """Chains of NOT or of signs, which parsers read by recursion."""
    run = 0
    for token in tokens:
        run = run + 1 if token.is_word("not") or token.is_mark("-", "+", "~") else 0
        if run > MAX_RUN:
            detail = f"More than {MAX_RUN} NOTs or signs follow one another."
            yield TooComplex(detail=detail, spans=(_span(text, token),))
            return


def _joins(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """Each JOIN takes its ON or USING before the next one begins.

    sqlglot tries a join without either as one that holds the joins after it, and doubles its work with each of them.
    """
    waiting: list[Token | None] = [None]  # for each open bracket, a JOIN that still needs its ON
    joins = 0
    for index, token in enumerate(tokens):
        if token.is_mark(*_OPENS):
            waiting.append(None)
        elif token.is_mark(*_CLOSES):
            yield from _unjoined(text, waiting.pop())
        elif token.is_word("on", "using"):
            waiting[-1] = None
        elif token.is_word("join"):
            yield from _unjoined(text, waiting[-1])
            joins += 1
            waiting[-1] = None if _needs_nothing(tokens[max(0, index - 4) : index]) else token
    for left in waiting:
        yield from _unjoined(text, left)
    if joins > MAX_JOINS:
        yield TooComplex(detail=f"The query has {joins} joins; at most {MAX_JOINS} can be read.")


def _needs_nothing(before: Sequence[Token]) -> bool:
    """Whether the words before JOIN make it CROSS or NATURAL."""
    for token in reversed(before):
        if token.is_word("cross", "natural", "positional"):
            return True
        if not token.is_word("left", "right", "full", "inner", "outer", "semi", "anti"):
            return False
    return False


def _unjoined(text: str, join: Token | None) -> Iterator[Problem]:
    if join is not None:
        detail = "This JOIN has no ON or USING of its own."
        yield SyntaxProblem(detail=detail, spans=(_span(text, join),))
