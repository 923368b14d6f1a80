"""The first stage: a researcher's text becomes a tree, or is refused.

Two readers must agree on every word before a tree is made: our own strict one (`tokens`) and sqlglot's. A text must
have the shape of `grammar` too, which sqlglot reads without going back again and again. Whatever
sqlglot raises, in whatever way, is a refusal in our words. The tree then passes the gate, so a `Parsed` holds allowed
nodes only; that it still means what the text means is checked on the binder's plan (`shadow.same_meaning`).
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token as TheirToken
from sqlglot.tokenizer_core import TokenType

from enclave.problems import NotAQuery, Problem, Refusals, SyntaxProblem, TooComplex
from enclave.query.dialect import DUCKDB
from enclave.query.gate import gate
from enclave.query.grammar import first_unknown, read_pivots
from enclave.query.growth import too_grown
from enclave.query.limits import MAX_UNKNOWN, too_deep, too_long
from enclave.query.misreadings import misreadings, statements
from enclave.query.pivot_words import in_one_form
from enclave.query.pivots import MOST_PIVOTED, as_written, unread_pivot, without_pivots
from enclave.query.places import Place, Places
from enclave.query.text_growth import too_long_a_text
from enclave.query.tokens import Kind, Token, Words, read_words
from enclave.terms import Span

logging.getLogger("sqlglot").disabled = True
"""Its warnings quote the text: a log is less protected than an output."""


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """One query as a tree, read alike by two readers. Made only by `parse`.

    `bare` is the text without comments, every character at its place.
    """

    text: str
    bare: str
    tree: exp.Query
    places: Places


def parse(text: str) -> Parsed:
    """Read one query, and let it through the gate.

    Raises:
        Refusals: `too-complex`, `syntax`, `not-a-query` or `function-not-allowed`: all problems that the words show;
            or the parser's one; or all that the gate finds; or what it would grow to.
    """
    words = _words(text)
    try:
        return _read(words)
    except RecursionError:  # the limits leave room for it; a caller's own stack may not
        raise Refusals((TooComplex(detail="Expressions are nested too deeply."),)) from None


def ungated(text: str) -> Parsed:
    """The same without the gate, for proposing other words. Nothing may be resolved from it.

    Raises:
        Refusals: there is no tree, or the text is of no known shape.
    """
    size = too_long(text)
    if size is not None:
        raise Refusals((size,))
    words = read_words(text)
    _raise(words.problems)
    _raise(too_deep(text, words.tokens))
    strange = _strange(words)
    if strange is not None and len(words.tokens) > MAX_UNKNOWN:
        raise Refusals((strange,))
    places = Places.of(words)
    try:
        return Parsed(words.text, words.bare, _one_query(_parsed(words), places), places)
    except RecursionError:
        raise Refusals((TooComplex(detail="Expressions are nested too deeply."),)) from None


def _read(words: Words) -> Parsed:
    places = Places.of(words)
    strange = _strange(words)
    if strange is not None and len(words.tokens) > MAX_UNKNOWN:
        raise Refusals((strange,))
    tree = _one_query(_parsed(words), places)
    _values_as_written(tree)
    as_written(tree)
    gate(tree, places)
    if strange is not None:  # neither the parser nor the gate had a better word for it
        raise Refusals((strange,))
    tree = without_pivots(tree, places)
    _raise((*too_grown(tree, places), *too_long_a_text(tree, places)))
    return Parsed(words.text, words.bare, _tidied(tree, places), places)


def _words(text: str) -> Words:
    """The text in tokens, within every limit that can be judged before parsing."""
    size = too_long(text)
    if size is not None:
        raise Refusals((size,))
    words = read_words(text)
    _raise(words.problems)
    _raise(too_deep(text, words.tokens))
    _raise(statements(text, words.tokens))
    _raise(misreadings(text, words.tokens))
    return words


def _strange(words: Words) -> Problem | None:
    """The problem of a text that is not of the known shape; such a text may keep sqlglot busy for ever."""
    unknown = first_unknown(words.tokens)
    if unknown is None:
        return None
    if unknown >= len(words.tokens):
        return SyntaxProblem(detail="The query ends too early.", spans=(_last(words),))
    at = words.tokens[unknown]
    span = Span.of(words.text, at.start, at.end)
    return SyntaxProblem(detail="The query cannot be read as SQL from here on.", spans=(span,))


def _raise(problems: Iterator[Problem] | Sequence[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise Refusals(found)


def _parsed(words: Words) -> list[exp.Expr | None]:
    """What sqlglot makes of the words, or a refusal.

    Every exception is caught, and this is the edge for it: sqlglot raises what its data structures raise (IndexError,
    AttributeError, RecursionError …), and its messages quote the text in its own words.
    """
    try:
        theirs = DUCKDB.tokenize(words.bare)
        _raise(_differences(words, theirs))
        statements, pivoted = read_pivots(words.tokens)
        _raise(_too_wide(words, pivoted))
        theirs = in_one_form(theirs, words.tokens, statements)
        return DUCKDB.parser(error_level=None).parse(theirs, words.bare)
    except Refusals:
        raise
    except ParseError as error:
        raise Refusals((_unparsed(words, error),)) from None
    except Exception:  # noqa: BLE001 - the edge to sqlglot: whatever it raises is a refusal
        raise Refusals((SyntaxProblem(detail="The query cannot be read as SQL."),)) from None


def _too_wide(words: Words, pivoted: Sequence[tuple[int, int]]) -> Iterator[Problem]:
    """PIVOTs whose lists multiply past the limit: sqlglot writes every combination down while it reads."""
    for place in dict.fromkeys(place for place, made in pivoted if made > MOST_PIVOTED):
        token = words.tokens[place]
        yield TooComplex(
            detail=f"The lists of this PIVOT make more than {MOST_PIVOTED} columns.",
            spans=(Span.of(words.text, token.start, token.end),),
        )


def _unparsed(words: Words, error: ParseError) -> Problem:
    """The place where the parser stopped, in our words."""
    place = _place(words.bare, error)
    if place is None:
        return SyntaxProblem(detail="The query cannot be read as SQL.")
    at = next((token for token in words.tokens if token.start <= place < token.end), None)
    if at is None:
        return SyntaxProblem(detail="The query ends too early.", spans=(_last(words),))
    span = Span.of(words.text, at.start, at.end)
    return SyntaxProblem(detail="The query cannot be read as SQL from here on.", spans=(span,))


def _place(bare: str, error: ParseError) -> int | None:
    """The offset of the word that the parser names: its `col` is the end of that word, counted from 1."""
    if not error.errors:
        return None
    line, column = error.errors[0].get("line"), error.errors[0].get("col")
    if not isinstance(line, int) or not isinstance(column, int):
        return None
    lines = bare.split("\n")
    return sum(len(before) + 1 for before in lines[: line - 1]) + column - 1


def _last(words: Words) -> Span:
    last = words.tokens[-1]
    return Span.of(words.text, last.start, last.end)


def _differences(words: Words, theirs: Sequence[TheirToken]) -> Iterator[Problem]:
    """Where the two readers cut or read the text differently. They must agree on every token."""
    index = 0
    ours = words.tokens
    for token in theirs:
        first = index
        while index < len(ours) and ours[index].start <= token.end:
            index += 1
        if not _agrees(token, ours[first:index]):
            end = max(token.end + 1, ours[index - 1].end if index else 0)
            yield _unclear(
                words, min(token.start, ours[first].start if first < len(ours) else token.start), end
            )
            return
    if index != len(ours):
        yield _unclear(words, ours[index].start, ours[-1].end)


def _agrees(theirs: TheirToken, ours: Sequence[Token]) -> bool:
    """Whether one token of theirs is one of ours, or several words of ours (`GROUP BY`)."""
    if not ours or ours[0].start != theirs.start or ours[-1].end != theirs.end + 1:
        return False
    if len(ours) > 1:
        return all(token.kind is Kind.WORD for token in ours)
    (mine,) = ours
    match mine.kind:
        case Kind.STRING:
            return theirs.token_type == TokenType.STRING and theirs.text == mine.value
        case Kind.QUOTED:
            return theirs.token_type == TokenType.IDENTIFIER and theirs.text == mine.value
        case Kind.NUMBER:
            return theirs.token_type == TokenType.NUMBER and theirs.text == mine.value
        case Kind.WORD | Kind.MARK:
            literal = (TokenType.STRING, TokenType.NUMBER, TokenType.IDENTIFIER)
            return theirs.token_type not in literal and theirs.text.lower() == mine.value


def _unclear(words: Words, start: int, end: int) -> Problem:
    detail = "This can be read in two ways. Spaces between words, numbers and signs make it plain."
    return SyntaxProblem(detail=detail, spans=(Span.of(words.text, start, end),))


def _one_query(trees: list[exp.Expr | None], places: Places) -> exp.Query:
    """The only tree, which is a SELECT or a set operation of SELECTs; brackets around it all are taken off."""
    found = [tree for tree in trees if tree is not None]
    if len(found) != 1:
        raise Refusals((NotAQuery(detail="Only one query can be asked at a time."),))
    tree = found[0]
    while type(tree) is exp.Subquery and not any(
        value for name, value in tree.args.items() if name != "this"
    ):
        tree = tree.this.pop()
    if isinstance(tree, exp.Pivot):
        raise Refusals((unread_pivot(tree, places),))
    if not isinstance(tree, (exp.Select, exp.SetOperation)):
        detail = "Only a SELECT, or several in a set operation, can be asked."
        raise Refusals((NotAQuery(detail=detail, spans=(places.span(tree),)),))
    return tree


def _values_as_written(tree: exp.Query) -> None:
    """Undo what sqlglot makes of VALUES in a WITH: a SELECT * from it, under a name that nobody wrote."""
    for cte in tree.find_all(exp.CTE):
        clause = cte.this.args.get("from_") if isinstance(cte.this, exp.Select) else None
        values = clause.this if clause is not None else None
        if isinstance(values, exp.Values) and values.alias == "_values" and cte.this.is_star:
            values.set("alias", None)
            cte.set("this", values)


def _tidied(tree: exp.Query, places: Places) -> exp.Query:
    """Undo two changes that sqlglot makes while it reads, so that the tree says what was written.

    `any_value(x)` arrives as if IGNORE NULLS were written; `log10(x)` as log(10, x), which rounds otherwise.
    """
    for node in list(tree.find_all(exp.IgnoreNulls, exp.Log)):
        if isinstance(node, exp.IgnoreNulls):
            node.replace(node.this)
            continue
        name = places.name_of(node)
        if name is not None and name.value in ("log10", "log2"):
            call = exp.Anonymous(this=name.value, expressions=[node.expression])
            call.meta.update(node.meta)
            node.replace(call)
    for part in tree.walk():
        if part._meta:  # noqa: SLF001 - asking for `meta` would make one
            part._meta = Place(part._meta)  # noqa: SLF001
    return tree
