"""The shape of the SQL that may be asked, read once from left to right without ever going back.

sqlglot tries one reading after another, and some short texts make it double its work with each word (`SELECT UNION
SELECT UNION …`); compiled, it can neither be stopped nor counted. A text that this reader accepts has none of those
forms. It knows no precedence and no meaning: that is for the tree, the gate and the binder.
"""

from collections.abc import Sequence

from enclave.query.cursor import Cursor, Elsewhere, PivotStatement
from enclave.query.pivot_words import read_clause, read_statement
from enclave.query.tokens import Kind, Token

_MAY_CALL = frozenset({"left", "right", "range"})  # clauses' words that are functions before a bracket
_SIGNS = ("+", "-", "*", "/", "//", "%", "^", "**", "||", "=", "==", "<>", "!=", "<", ">", "<=", ">=")
_BETWEEN = ("and", "or", "between", "like", "ilike", "escape")
_SIDES = ("left", "right", "full", "inner", "cross", "semi", "anti", "outer", "natural", "asof", "positional")


def first_unknown(tokens: Sequence[Token]) -> int | None:
    """The index of the first token that the grammar does not expect, or None: the text has the known shape."""
    meant = list(tokens)
    while meant and meant[-1].is_mark(";"):
        meant.pop()
    cursor = Cursor(meant)
    try:
        _query(cursor)
    except (Elsewhere, RecursionError):
        return cursor.at
    return None if cursor.at == len(meant) else cursor.at


def read_pivots(tokens: Sequence[Token]) -> tuple[tuple[PivotStatement, ...], tuple[tuple[int, int], ...]]:
    """The PIVOT and UNPIVOT statements in a text of the known shape; and where a PIVOT stands, with the number of
    combinations of its values. Of any other text, the combinations in what could be read."""
    if not any(token.kind is Kind.WORD and token.value in ("pivot", "unpivot") for token in tokens):
        return (), ()
    cursor = Cursor(tokens)
    try:
        _query(cursor)
    except (Elsewhere, RecursionError):
        return (), tuple(cursor.pivoted)
    return tuple(cursor.statements), tuple(cursor.pivoted)


_UNITS = frozenset({"year", "quarter", "month", "week", "day", "hour", "minute", "second"})


def _query(c: Cursor) -> None:
    if c.takes("with"):
        c.listed(_cte)
    _side(c)
    _rest(c)


def _rest(c: Cursor) -> None:
    """What may follow the first SELECT of a query."""
    while c.takes("union", "except", "intersect"):
        c.takes("all", "distinct")
        _side(c)
    if c.takes("order"):
        c.needs("by")
        c.listed(_ordered)
    for word in ("limit", "offset"):
        if c.takes(word):
            _expression(c)


def _cte(c: Cursor) -> None:
    c.name()
    if c.sees("("):
        c.bracketed(lambda c: c.listed(Cursor.name))
    c.needs("as")
    c.takes("not")
    c.takes("materialized")
    c.bracketed(_values if c.sees("values", ahead=1) else _query)


def _side(c: Cursor) -> None:
    if c.sees("("):
        c.bracketed(_query)
    elif c.takes("from"):
        _sources(c)
        if c.takes("select"):
            _outputs(c)
        _clauses(c)
    elif c.sees("pivot", "unpivot"):
        read_statement(c, source=_source, output=_output)
    else:
        c.needs("select")
        _outputs(c)
        if c.takes("from"):
            _sources(c)
        _clauses(c)


def _outputs(c: Cursor) -> None:
    if c.takes("distinct", "all") and c.takes("on"):
        c.bracketed(lambda c: c.listed(_expression))
    _output(c)
    while c.takes(","):
        if c.sees("from"):
            return
        _output(c)


def _output(c: Cursor) -> None:
    _expression(c)
    _alias(c)


def _alias(c: Cursor) -> None:
    if c.takes("as"):
        if not c.takes_kind(Kind.WORD, Kind.QUOTED):
            raise Elsewhere
    elif c.is_name():
        c.at += 1


def _clauses(c: Cursor) -> None:
    if c.takes("where"):
        _expression(c)
    if c.takes("group"):
        c.needs("by")
        if not c.takes("all"):
            c.listed(_grouped)
    if c.takes("having"):
        _expression(c)
    if c.takes("window"):
        c.listed(_named_window)
    if c.takes("qualify"):
        _expression(c)


def _named_window(c: Cursor) -> None:
    c.name()
    c.needs("as")
    c.bracketed(_window)


def _grouped(c: Cursor) -> None:
    if c.sees("rollup", "cube") and c.sees("(", ahead=1):
        c.at += 1
        c.bracketed(lambda c: c.listed(_expression))
    elif c.takes("grouping"):
        c.needs("sets")
        c.bracketed(lambda c: c.listed(_grouped))
    elif c.sees("(") and c.sees(")", ahead=1):
        c.at += 2
    else:
        _expression(c)


def _ordered(c: Cursor) -> None:
    if not c.takes("all"):
        _expression(c)
    c.takes("asc", "desc")
    if c.takes("nulls") and not c.takes("first", "last"):
        raise Elsewhere


def _sources(c: Cursor) -> None:
    _source(c)
    while True:
        if c.takes(","):
            _source(c)
        elif c.sees("join", *_SIDES):
            _join(c)
        else:
            return


def _join(c: Cursor) -> None:
    while c.takes(*_SIDES):
        continue
    c.needs("join")
    _source(c)
    if c.takes("on"):
        _expression(c)
    elif c.takes("using"):
        c.bracketed(lambda c: c.listed(Cursor.name))


def _source(c: Cursor) -> None:
    if c.sees("(") and c.sees("values", ahead=1):
        c.bracketed(_values)
    elif c.sees("("):
        c.bracketed(_query)
    elif c.sees("values"):
        _values(c)
    else:
        _callable_name(c)
        while c.takes("."):
            c.name()
        if c.sees("("):
            c.bracketed(_arguments)
    _alias(c)
    if c.sees("("):
        c.bracketed(lambda c: c.listed(Cursor.name))
    if c.sees("pivot", "unpivot"):
        read_clause(c, output=_output)
        _alias(c)


def _values(c: Cursor) -> None:
    c.needs("values")
    c.listed(lambda c: c.bracketed(lambda c: c.listed(_expression)))


def _expression(c: Cursor) -> None:
    """Operands with operators between them. What binds tighter is not its business."""
    _operand(c)
    while _operator(c):
        continue


def _operator(c: Cursor) -> bool:
    """Read an operator and what follows it, or see that there is none."""
    if c.takes(*_SIGNS) or c.takes(*_BETWEEN):
        _operand(c)
    elif c.takes("is"):
        c.takes("not")
        if c.takes("distinct"):
            c.needs("from")
            _operand(c)
        elif not c.takes("null", "true", "false", "unknown"):
            raise Elsewhere
    elif c.sees("not") and c.sees("in", "like", "ilike", "between", ahead=1):
        c.at += 1
    elif c.takes("in"):
        _operand(c)
    elif not c.takes("isnull", "notnull"):
        return False
    return True


def _operand(c: Cursor) -> None:
    while c.takes("not", "-", "+"):
        continue
    if c.sees("("):
        c.bracketed(_inside)
    elif c.sees("["):
        c.needs("[")
        c.listed(_expression)
        c.needs("]")
    elif not c.takes_kind(Kind.NUMBER, Kind.STRING):
        _word(c)
    while True:
        if c.takes("::"):
            _type(c)
        elif c.sees(".") and not c.is_kind(Kind.NUMBER, ahead=1):
            c.at += 1
            _field_or_call(c)
        else:
            return


def _field_or_call(c: Cursor) -> None:
    """What follows a point: the gate refuses a part of a value, and names it."""
    c.name()
    if c.sees("("):
        c.bracketed(_arguments)


def _inside(c: Cursor) -> None:
    """What stands in brackets: a query, or one or more values."""
    place = 0
    while c.sees("(", ahead=place):
        place += 1
    if c.sees("select", "with", "from", "pivot", "unpivot", ahead=place):
        _inner_query(c, brackets=place)
    else:
        c.listed(_expression)


def _inner_query(c: Cursor, *, brackets: int) -> None:
    """A query; in more brackets it may be one side of another, or a value beside others."""
    if brackets == 0:
        _query(c)
        return
    c.bracketed(_inside)
    _rest(c)
    while _operator(c):
        continue
    while c.takes(","):
        _expression(c)


def _word(c: Cursor) -> None:
    if c.takes("case"):
        _case(c)
    elif c.takes("*"):
        _star(c)
    elif c.sees("cast", "try_cast") and c.sees("(", ahead=1):
        c.at += 1
        c.bracketed(_cast)
    elif c.sees("exists") and c.sees("(", ahead=1):
        c.at += 1
        c.bracketed(_query)
    elif c.sees("interval") and c.is_kind(Kind.NUMBER, Kind.STRING, ahead=1):
        c.at += 2
        if _is_unit(c):
            c.at += 1
    elif c.sees("date", "time", "timestamp") and c.is_kind(Kind.STRING, ahead=1):
        c.at += 2
    else:
        _named(c)


def _callable_name(c: Cursor) -> None:
    if c.sees(*_MAY_CALL) and c.sees("(", ahead=1):
        c.at += 1
    else:
        c.name()


def _is_unit(c: Cursor) -> bool:
    return c.is_kind(Kind.WORD) and c.tokens[c.at].value.rstrip("s") in _UNITS


def _named(c: Cursor) -> None:
    """A field, a star of a table, or a call."""
    _callable_name(c)
    while c.takes("."):
        if c.takes("*"):
            _star(c)
            return
        c.name()
    if c.sees("("):
        c.bracketed(_arguments)
        _suffixes(c)


def _star(c: Cursor) -> None:
    if c.takes("exclude", "except"):
        if c.sees("("):
            c.bracketed(lambda c: c.listed(Cursor.name))
        else:
            c.name()
    if c.takes("replace"):
        c.bracketed(lambda c: c.listed(_output))
    if c.takes("rename"):
        c.bracketed(lambda c: c.listed(_output))


def _case(c: Cursor) -> None:
    if not c.sees("when"):
        _expression(c)
    while c.takes("when"):
        _expression(c)
        c.needs("then")
        _expression(c)
    if c.takes("else"):
        _expression(c)
    c.needs("end")


def _cast(c: Cursor) -> None:
    _expression(c)
    c.needs("as")
    _type(c)


def _type(c: Cursor) -> None:
    c.name()
    c.takes("precision", "varying")
    if c.takes("("):
        c.listed(lambda c: None if c.takes_kind(Kind.NUMBER) else c.name())
        c.needs(")")


def _arguments(c: Cursor) -> None:
    if c.sees(")"):
        return
    c.takes("distinct", "all")
    _expression(c)
    while c.takes(",", "from", "for"):  # substring(a FROM 1 FOR 2), extract(year FROM d)
        _expression(c)
    if c.takes("order"):
        c.needs("by")
        c.listed(_ordered)


def _suffixes(c: Cursor) -> None:
    if c.sees("within") and c.sees("group", ahead=1):
        c.at += 2
        c.bracketed(_window)
    if c.sees("filter") and c.sees("(", ahead=1):
        c.at += 1
        c.bracketed(_condition)
    if c.takes("over"):
        if c.sees("("):
            c.bracketed(_window)
        else:
            c.name()


def _condition(c: Cursor) -> None:
    c.takes("where")
    _expression(c)


def _window(c: Cursor) -> None:
    if c.takes("partition"):
        c.needs("by")
        c.listed(_expression)
    if c.takes("order"):
        c.needs("by")
        c.listed(_ordered)
    if c.takes("rows", "range", "groups"):
        if c.takes("between"):
            _bound(c)
            c.needs("and")
        _bound(c)


def _bound(c: Cursor) -> None:
    if c.takes("current"):
        c.needs("row")
        return
    if not c.takes("unbounded"):
        _operand(c)
    if not c.takes("preceding", "following"):
        raise Elsewhere
