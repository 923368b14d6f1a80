"""Stretches of SQL refused by their words, before they are parsed.

Most are here because sqlglot drops or changes them without a word (`FOR UPDATE`, `IGNORE NULLS`, `INTERVAL '1 day
ago'`, `<=>`); a tree made from such a text is a tree of another query, so the gate would come too late. The others are
here because only the words have an exact place to point at.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot.dialects.duckdb import DuckDB

from enclave.problems import FunctionNotAllowed, NotAQuery, Problem, SyntaxProblem
from enclave.query.tokens import Kind, Token
from enclave.terms import Edit, Fix, Span

_Make = Callable[..., Problem]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in a row that are refused. An empty word stands for any token."""

    words: tuple[tuple[str, ...], ...]
    make: _Make
    detail: str
    advice: str = ""


def _phrase(words: str, make: _Make, detail: str, advice: str = "") -> Phrase:
    return Phrase(tuple(tuple(word.split("|")) for word in words.split()), make, detail, advice)


PHRASES = (
    _phrase("into", NotAQuery, "INTO would write a table; a query only reads.", "Use WITH name AS (SELECT …)"),
    _phrase("for update|share|no|key", NotAQuery, "A query cannot lock rows.", "Leave it out"),
    _phrase("with recursive", FunctionNotAllowed, "Recursive queries are not allowed.",
            "Write the rows as (VALUES (…), (…)) AS name(column)"),
    _phrase("using sample", FunctionNotAllowed, "Samples are not allowed: they choose some people's rows.",
            "Leave it out: everybody is counted"),
    _phrase("tablesample", FunctionNotAllowed, "Samples are not allowed: they choose some people's rows.",
            "Leave it out: everybody is counted"),
    _phrase("pivot_wider|pivot_longer", FunctionNotAllowed, "PIVOT_WIDER and PIVOT_LONGER cannot be used.",
            "Write PIVOT or UNPIVOT"),
    _phrase("export_state", FunctionNotAllowed, "Aggregate states cannot be used.", "Leave EXPORT_STATE out"),
    _phrase("ignore|respect nulls", FunctionNotAllowed, "IGNORE NULLS and RESPECT NULLS cannot be used.",
            "Filter with WHERE … IS NOT NULL before"),
    _phrase("at time zone", FunctionNotAllowed, "Time zones cannot be used.",
            "Leave it out: times are as they were recorded"),
    _phrase("at ( version|timestamp", FunctionNotAllowed, "Older versions of a table cannot be asked for.",
            "Leave it out: a project has one version of the data"),
    _phrase("collate", FunctionNotAllowed, "COLLATE cannot be used.", "Use lower(…) or upper(…)"),
    _phrase("lateral", FunctionNotAllowed, "LATERAL cannot be used.", "Join a subquery on its key"),
    _phrase("asof|positional join|left|inner", FunctionNotAllowed, "ASOF and POSITIONAL joins are not allowed.",
            "Join on equal keys"),
    _phrase("in [", FunctionNotAllowed, "Lists cannot be used.", "Write IN (…)"),
    _phrase(
        "current_date|current_time|current_timestamp|localtime|localtimestamp",
        FunctionNotAllowed,
        "The present moment cannot be used: an answer must not change by the day.",
        "Write the date, as DATE '2024-09-01'",
    ),
    _phrase(
        "current_user|current_role|session_user|current_schema|current_catalog",
        FunctionNotAllowed,
        "A query cannot ask who asks, or where.",
        "Leave it out",
    ),
    _phrase(
        "any|some",
        FunctionNotAllowed,
        "ANY, SOME and ALL cannot be used.",
        "Use IN, or compare with an aggregate",
    ),
    _phrase("similar to", FunctionNotAllowed, "SIMILAR TO cannot be used.", "Use LIKE or regexp_matches"),
    _phrase("between symmetric", FunctionNotAllowed, "SYMMETRIC cannot be used.", "Write the smaller value first"),
    _phrase("show|describe|desc|summarize|explain|pragma table|tables|databases|all|schemas", NotAQuery,
            "Only SELECT can be asked.", "`enclave fields` lists tables and fields"),
)  # fmt: skip

_BY_FIRST_WORD = {
    first: tuple(phrase for phrase in PHRASES if first in phrase.words[0])
    for words in PHRASES
    for first in words.words[0]
}

MARKS: dict[str, str] = {
    "->": "Lambdas and JSON arrows cannot be used.",
    "->>": "JSON arrows cannot be used.",
    "=>": "Named arguments cannot be used.",
    ":=": "Named arguments cannot be used.",
    "|>": "Pipes are not SQL here.",
    "<=>": "<=> does not mean the same everywhere.",
    "<->": "Distances between lists cannot be used.",
    "{": "Structs and maps cannot be used.",
    "}": "Structs and maps cannot be used.",
    ":": "Names before a colon, slices and structs cannot be used.",
    "?": "Parameters cannot be used: write the value.",
    "$": "Parameters and dollar quotes cannot be used: write the value in single quotes.",
    "#": "Columns by number cannot be used: write the name.",
    "@": "@ cannot be used.",
    "&": "Operators on bits cannot be used.",
    "|": "Operators on bits cannot be used.",
    "<<": "Operators on bits cannot be used.",
    ">>": "Operators on bits cannot be used.",
    "~": "Operators on bits and patterns cannot be used: use regexp_matches.",
    "!": "! cannot be used.",
    "&&": "&& cannot be used: write AND.",
    "@>": "Operators on lists cannot be used.",
    "<@": "Operators on lists cannot be used.",
    "^@": "^@ cannot be used: write starts_with(…).",
    **dict.fromkeys(
        ("!~", "~*", "!~*", "~~", "!~~", "~~*", "!~~*", "~~~"), "Use LIKE, ILIKE or regexp_matches."
    ),
}
_FIXED_MARKS = {"<=>": "IS NOT DISTINCT FROM", "&&": "AND", "==": "="}

# Every word that sqlglot may take for the end of a type's name, but for those which SQL itself puts before brackets.
TYPE_WORDS = frozenset(
    name.lower().split()[-1]
    for name, kind in DuckDB.Tokenizer.KEYWORDS.items()
    if kind in DuckDB.Parser.TYPE_TOKENS or kind in DuckDB.Parser.NESTED_TYPE_TOKENS
) - {"interval", "list", "null", "range", "union"}
_CASTABLE = frozenset(
    {"date", "time", "timestamp", "int", "integer", "bigint", "double", "text", "varchar", "boolean"}
)

UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_INTERVAL = re.compile(r"\s*-?[0-9]{1,9}\s*(?:" + "|".join(UNITS) + r")s?\s*\Z", re.IGNORECASE)
_COUNT = re.compile(r"-?[0-9]{1,9}\Z")
_UNIT_WORDS = frozenset(unit + ending for unit in UNITS for ending in ("", "s"))


def misreadings(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """A problem for every stretch that would be misread or is never allowed."""
    for index, token in enumerate(tokens):
        if token.kind is Kind.WORD:
            yield from _phrases(text, tokens, index)
            if token.value == "interval":
                yield from _interval(text, tokens, index)
            elif token.value == "union":
                yield from _union_call(text, tokens, index)
            elif token.value in TYPE_WORDS:
                yield from _typed_literal(text, tokens, index)
                yield from _type_call(text, tokens, index)
        elif token.kind is Kind.MARK:
            yield from _mark(text, tokens, index)
        elif token.kind is Kind.STRING:
            yield from _string(text, tokens, index)


def statements(text: str, tokens: Sequence[Token]) -> Iterator[Problem]:
    """One query and nothing else: no second statement, and a first word that begins a query."""
    meant = list(tokens)
    while meant and meant[-1].is_mark(";"):
        meant.pop()
    if not meant:
        yield NotAQuery(detail="There is no query.")
        return
    for token in meant:
        if token.is_mark(";"):
            span = Span.of(text, token.start, meant[-1].end)
            yield NotAQuery(detail="Only one query can be asked at a time.", spans=(span,))
            return
    first = next((token for token in meant if not token.is_mark("(")), meant[0])
    if not first.is_word("select", "with", "from", "pivot", "unpivot"):
        span = Span.of(text, first.start, first.end)
        yield NotAQuery(detail="A query begins with SELECT, WITH, FROM, PIVOT or UNPIVOT.", spans=(span,))


def _phrases(text: str, tokens: Sequence[Token], index: int) -> Iterator[Problem]:
    if index and tokens[index - 1].is_mark("."):
        return  # a field may have any name
    if index and tokens[index - 1].is_word("as") and tokens[index].is_word("any", "some"):
        return  # and so may an output
    if tokens[index].is_word("into") and index + 1 < len(tokens) and tokens[index + 1].is_word("name"):
        return  # of an UNPIVOT; anything else is no known shape
    for phrase in _BY_FIRST_WORD.get(tokens[index].value, ()):
        stretch = tokens[index : index + len(phrase.words)]
        if len(stretch) < len(phrase.words):
            continue
        if all(
            token.value in words and _unquoted(token)
            for token, words in zip(stretch, phrase.words, strict=True)
        ):
            yield _refused(text, stretch, phrase)


def _unquoted(token: Token) -> bool:
    return token.kind in (Kind.WORD, Kind.MARK)


def _refused(text: str, stretch: Sequence[Token], phrase: Phrase) -> Problem:
    span = Span.of(text, stretch[0].start, stretch[-1].end)
    fixes = (Fix(title=phrase.advice),) if phrase.advice else ()
    return phrase.make(detail=phrase.detail, spans=(span,), fixes=fixes)


def _mark(text: str, tokens: Sequence[Token], index: int) -> Iterator[Problem]:
    token = tokens[index]
    if token.value not in MARKS and token.value not in "[,(+":
        return
    span = Span.of(text, token.start, token.end)
    if token.value in MARKS:
        better = _FIXED_MARKS.get(token.value)
        edits = (Edit(token.start, token.end, f" {better} "),) if better else ()
        fixes = (Fix(title=f"Write {better}", edits=edits),) if better else ()
        yield FunctionNotAllowed(detail=MARKS[token.value], spans=(span,), fixes=fixes)
    elif token.value == "[" and index and _is_value(tokens[index - 1]):
        yield FunctionNotAllowed(detail="Elements in square brackets cannot be used.", spans=(span,))
    elif token.value == "," and index + 1 < len(tokens) and tokens[index + 1].is_mark(")", "]", ","):
        fix = Fix(title="Remove the comma", edits=(Edit(token.start, token.end, ""),))
        yield SyntaxProblem(detail="Nothing follows this comma.", spans=(span,), fixes=(fix,))
    elif token.value == "+" and not (index and _is_value(tokens[index - 1])):
        fix = Fix(title="Remove the plus sign", edits=(Edit(token.start, token.end, ""),))
        yield SyntaxProblem(detail="A plus sign stands before a value.", spans=(span,), fixes=(fix,))
    elif token.value == "(" and index + 1 < len(tokens) and tokens[index + 1].is_mark(","):
        yield SyntaxProblem(detail="Nothing stands before this comma.", spans=(span,))


_BEFORE_A_VALUE = frozenset(
    {
        *(
            "select",
            "distinct",
            "where",
            "having",
            "qualify",
            "on",
            "by",
            "and",
            "or",
            "not",
            "in",
            "is",
            "between",
        ),
        *("like", "ilike", "case", "when", "then", "else", "from", "limit", "offset", "over", "escape"),
    }
)


def _is_value(token: Token) -> bool:
    """Whether a value may end here, so that a bracket after it would take an element of it."""
    if token.kind is Kind.WORD:
        return token.value not in _BEFORE_A_VALUE
    return token.kind is not Kind.MARK or token.is_mark(")", "]", "}", "*")


def _string(text: str, tokens: Sequence[Token], index: int) -> Iterator[Problem]:
    """Text in quotes where a name belongs: sqlglot makes a name of it, the engine a file."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    token = tokens[index]
    span = Span.of(text, token.start, token.end)
    if before is None or not (before.is_word("from", "join", "as", "with", "using") or before.is_mark(".")):
        if after is None or not after.is_mark(".", "::", "("):
            return
        if after.is_mark("::"):
            return
    if (
        before is not None
        and before.is_word("from")
        and (_compares(tokens, index) or _inside_call(tokens, index))
    ):
        return
    quoted = '"' + token.value.replace('"', '""') + '"'
    if before is not None and before.is_word("as"):
        fix = Fix(title="Use double quotes", edits=(Edit(token.start, token.end, quoted),))
        yield SyntaxProblem(
            detail="A name stands in double quotes, not single ones.", spans=(span,), fixes=(fix,)
        )
        return
    yield FunctionNotAllowed(detail="A file or a text in quotes cannot be read as a table.", spans=(span,))


def _compares(tokens: Sequence[Token], index: int) -> bool:
    """Whether the words before are IS [NOT] DISTINCT FROM."""
    words = [token.value for token in tokens[max(0, index - 4) : index]]
    return words[-3:] == ["is", "distinct", "from"] or words == ["is", "not", "distinct", "from"]


def _inside_call(tokens: Sequence[Token], index: int) -> bool:
    """Whether this is what a call takes a part of: `extract(year FROM '…')`."""
    before = tokens[max(0, index - 4) : index]
    return len(before) == 4 and before[0].is_word("extract") and before[1].is_mark("(")


def _typed_literal(text: str, tokens: Sequence[Token], index: int) -> Iterator[Problem]:
    """`DATE '2024-01-31'::TIMESTAMP`: the two readers cast in another order."""
    stretch = tokens[index : index + 3]
    if len(stretch) == 3 and stretch[1].kind is Kind.STRING and stretch[2].is_mark("::"):
        edits = (Edit(stretch[0].start, stretch[0].start, "("), Edit(stretch[1].end, stretch[1].end, ")"))
        fix = Fix(title="Put the date in brackets", edits=edits)
        span = Span.of(text, stretch[0].start, stretch[2].end)
        yield SyntaxProblem(detail="Which cast comes first is not plain here.", spans=(span,), fixes=(fix,))


def _type_call(text: str, tokens: Sequence[Token], index: int) -> Iterator[Problem]:
    """`date(x)`, `struct(a)`: sqlglot tries each as a type and as a call, and doubles its work with each level."""
    after = [token.value if _unquoted(token) else token.kind.value for token in tokens[index + 1 : index + 6]]
    if after[:1] != ["("] or (after[2:3] == [")"] and after[1] == "number") or _is_field(tokens, index):
        return
    if after[1:] == ["number", ",", "number", ")"]:
        return
    name = tokens[index].value
    span = Span.of(text, tokens[index].start, tokens[index + 1].end)
    detail = f"{name} is the name of a type here, and cannot be called."
    advice = Fix(title=f"Use CAST(… AS {name.upper()})" if name in _CASTABLE else "Use plain values")
    yield FunctionNotAllowed(detail=detail, spans=(span,), fixes=(advice,))


def _union_call(text: str, tokens: Sequence[Token], index: int) -> Iterator[Problem]:
    """UNION is a type too: before a bracket it must join queries."""
    inside = index + 1
    while inside < len(tokens) and tokens[inside].is_mark("("):
        inside += 1
    if inside > index + 1 and not (inside < len(tokens) and tokens[inside].is_word("select", "from", "with")):
        span = Span.of(text, tokens[index].start, tokens[index + 1].end)
        yield SyntaxProblem(detail="UNION needs a SELECT on each side.", spans=(span,))


def _is_field(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].is_mark(".")


def _interval(text: str, tokens: Sequence[Token], index: int) -> Iterator[Problem]:
    """Only `INTERVAL '3 months'`, `INTERVAL 3 MONTH` and `INTERVAL '3' MONTH` are read alike by everyone."""
    stretch = tokens[index + 1 : index + 3]
    value = stretch[0] if stretch else None
    unit = stretch[1] if len(stretch) == 2 else None
    if value is None or (value.kind not in (Kind.STRING, Kind.NUMBER) and not value.is_mark("(")):
        return  # a name, or the type in a cast
    named = unit is not None and unit.is_word(*_UNIT_WORDS)
    if value.kind is Kind.STRING and (_INTERVAL.match(value.value) and not named):
        return
    if named and value.kind is not Kind.MARK and _COUNT.match(value.value):
        return
    end = (unit if named and unit else value).end
    advice = Fix(title="Write it as INTERVAL 3 MONTH; several are added with +")
    span = Span.of(text, tokens[index].start, end)
    yield SyntaxProblem(detail="An interval is one number and one unit.", spans=(span,), fixes=(advice,))
