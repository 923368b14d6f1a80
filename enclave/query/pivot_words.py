"""PIVOT and UNPIVOT as words: the shape they have, and the statement brought into the form of the clause.

`PIVOT t ON a IN (…) USING f(x) GROUP BY b` says what `FROM t PIVOT (f(x) FOR a IN (…) GROUP BY b)` says. sqlglot reads
the statement without aliases in the list and with nothing after it, so its tokens are put in the clause's order first;
every token keeps its place in the text. What DuckDB makes of the text itself is held against the tree later.

Limit: sqlglot reads no arithmetic over the aggregates of a PIVOT (`sum(a) / sum(b)`), so that it is refused as unread.
"""

from collections.abc import Callable, Sequence

from sqlglot.tokenizer_core import Token as TheirToken
from sqlglot.tokenizer_core import TokenType

from enclave.query.cursor import Cursor, Part, PivotStatement
from enclave.query.tokens import Token

Read = Callable[[Cursor], None]


def read_statement(c: Cursor, *, source: Read, output: Read) -> None:
    """Read PIVOT … ON … USING …, or UNPIVOT … ON … INTO NAME … VALUE …, and note where its parts are."""
    start = c.at
    unpivots = c.takes("unpivot")
    if not unpivots:
        c.needs("pivot")
    table = _part(c, source)
    c.needs("on")
    columns = _parts(c, output if unpivots else lambda c: _pivoted(c, output, start))
    if unpivots:
        c.needs("into", "name")
        names = _part(c, Cursor.name)
        c.needs("value")
        values = _part(c, Cursor.name)
        groups = None
    else:
        c.needs("using")
        names, values = None, _part(c, lambda c: c.listed(output))
        groups = _part(c, _groups) if c.sees("group") else None
    c.statements.append(PivotStatement(start, c.at, unpivots, table, columns, values, names, groups))


def read_clause(c: Cursor, *, output: Read) -> None:
    """Read PIVOT (…) or UNPIVOT (…) behind a table."""
    if c.takes("unpivot"):
        if c.takes("include", "exclude"):
            c.needs("nulls")
        c.bracketed(lambda c: _unpivoted(c, output))
        return
    start = c.at
    c.needs("pivot")
    c.bracketed(lambda c: _inside(c, output, start))


def in_one_form(
    theirs: Sequence[TheirToken], tokens: Sequence[Token], statements: Sequence[PivotStatement]
) -> list[TheirToken]:
    """sqlglot's tokens with every statement in the order of the clause; inner ones first."""
    ordered = list(theirs)
    for statement in sorted(statements, key=lambda each: -each.start):
        whole = _within(ordered, tokens, (statement.start, statement.end))
        first = next(index for index, token in enumerate(ordered) if token is whole[0])
        ordered[first : first + len(whole)] = _as_clause(whole, tokens, statement)
    return ordered


def _as_clause(
    whole: list[TheirToken], tokens: Sequence[Token], statement: PivotStatement
) -> list[TheirToken]:
    lead = whole[0]

    def of(part: Part | None) -> list[TheirToken]:
        return [] if part is None else _within(whole[1:], tokens, part)

    def sign(kind: TokenType, text: str) -> TheirToken:
        return TheirToken(kind, text, lead.line, lead.col, lead.start, lead.end)

    left, right = sign(TokenType.L_PAREN, "("), sign(TokenType.R_PAREN, ")")
    in_, for_ = sign(TokenType.IN, "IN"), sign(TokenType.FOR, "FOR")
    columns = [of(part) for part in statement.columns]
    if statement.unpivots:
        listed = [token for place, one in enumerate(columns) for token in _after_comma(place, one, sign)]
        inside = [*of(statement.values), for_, *of(statement.names), in_, left, *listed, right]
    else:
        bare = [len(one) == 1 for one in columns]  # without a list: `resolve` says which values there are
        listed = [
            token
            for one, alone in zip(columns, bare, strict=True)
            for token in (*one, *([in_, left, *one, right] if alone else []))
        ]
        inside = [*of(statement.values), for_, *listed, *of(statement.groups)]
    return [sign(TokenType.FROM, "FROM"), *of(statement.table), lead, left, *inside, right]


def _after_comma(
    place: int, one: list[TheirToken], sign: Callable[[TokenType, str], TheirToken]
) -> list[TheirToken]:
    return [sign(TokenType.COMMA, ","), *one] if place else one


def _within(theirs: Sequence[TheirToken], tokens: Sequence[Token], part: Part) -> list[TheirToken]:
    start, end = tokens[part[0]].start, tokens[part[1] - 1].end
    return [token for token in theirs if start <= token.start < end]


def _part(c: Cursor, read: Read) -> Part:
    start = c.at
    read(c)
    return start, c.at


def _parts(c: Cursor, read: Read) -> tuple[Part, ...]:
    parts = [_part(c, read)]
    while c.takes(","):
        parts.append(_part(c, read))
    return tuple(parts)


def _pivoted(c: Cursor, output: Read, start: int) -> None:
    c.name()
    if c.takes("in"):
        values: list[int] = []

        def value(c: Cursor) -> None:
            values.append(c.at)
            output(c)

        c.bracketed(lambda c: c.listed(value))
        before = [made for place, made in c.pivoted if place == start]
        c.pivoted.append((start, len(values) * max(before, default=1)))


def _groups(c: Cursor) -> None:
    c.needs("group", "by")
    c.listed(Cursor.name)


def _inside(c: Cursor, output: Read, start: int) -> None:
    c.listed(output)
    c.needs("for")
    while c.is_name():
        _pivoted(c, output, start)
    if c.sees("group"):
        _groups(c)


def _unpivoted(c: Cursor, output: Read) -> None:
    c.name()
    c.needs("for")
    c.name()
    c.needs("in")
    c.bracketed(lambda c: c.listed(output))
