"""Texts that would keep a parser or a binder busy, or end the process: each is refused before one of them sees it.

Source: sqlglot 30.30 and DuckDB 2.0 on a test machine. Compiled sqlglot recurses without a guard, and doubles its work
with each JOIN that has no ON: forty are hours. DuckDB's binder doubles an expression with each alias, sixteen are
twelve seconds, and it cannot be interrupted.
"""

import inspect
import sys
from typing import NoReturn

import pytest
from sqlglot.dialects.duckdb import DuckDB

from enclave.problems import Refusals
from enclave.query.grammar import first_unknown
from enclave.query.limits import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_GROUPING_SETS,
    MAX_JOINS,
    MAX_NESTING,
    MAX_READS,
    MAX_RUN,
    MAX_TOKENS,
)
from enclave.query.misreadings import TYPE_WORDS
from enclave.query.parse import parse
from enclave.query.tokens import read_words


def codes(text: str) -> set[str]:
    try:
        parse(text)
    except Refusals as refusals:
        return {problem.code for problem in refusals.problems}
    return set()


def chain(count: int, item: str, between: str) -> str:
    return between.join([item] * count)


def doubling_aliases(count: int) -> str:
    steps = ", ".join(f"a{step} + a{step} AS a{step + 1}" for step in range(count))
    return f"SELECT a AS a0, {steps} FROM t"


def doubling_tables(count: int) -> str:
    steps = ", ".join(f"c{step + 1} AS (SELECT * FROM c{step} x, c{step} y)" for step in range(count))
    return f"WITH c0 AS (SELECT * FROM t), {steps} SELECT count(*) FROM c{count}"


def nested_ctes(count: int) -> str:
    query = "SELECT * FROM t, t AS u"
    for step in range(count):
        query = f"WITH c{step} AS ({query}) SELECT * FROM c{step}, c{step} AS d"
    return query


TOO_COMPLEX = {
    "bytes": "SELECT '" + "x" * MAX_BYTES + "'",
    "bytes of wide letters": "SELECT '" + "Ŵ" * (MAX_BYTES // 2) + "'",
    "tokens": "SELECT " + chain(MAX_TOKENS, "1", ","),
    "brackets": "SELECT " + "(" * (MAX_NESTING + 1) + "1" + ")" * (MAX_NESTING + 1),
    "brackets that never close": "SELECT " + "(" * (MAX_NESTING + 1),
    "subqueries": "SELECT * FROM " + "(SELECT * FROM " * (MAX_NESTING + 1) + "t" + ")" * (MAX_NESTING + 1),
    "calls": "SELECT " + "abs(" * (MAX_NESTING + 1) + "1" + ")" * (MAX_NESTING + 1),
    "cases": "SELECT "
    + "CASE WHEN a THEN " * (MAX_NESTING + 1)
    + "1"
    + " END" * (MAX_NESTING + 1)
    + " FROM t",
    "cases in brackets": "SELECT " + "(CASE WHEN a THEN " * 21 + "1" + " END)" * 21 + " FROM t",
    "nots": "SELECT " + "NOT " * (MAX_RUN + 1) + "a FROM t",
    "minuses": "SELECT " + "- " * (MAX_RUN + 1) + "a FROM t",
    "nots and minuses": "SELECT " + "NOT - " * MAX_RUN + "a FROM t",
    "joins": "SELECT count(*) FROM t " + chain(MAX_JOINS + 1, "JOIN u USING (a)", " "),
    "sum": "SELECT " + chain(MAX_DEPTH + 1, "a", " + ") + " FROM t",
    "ors": "SELECT a FROM t WHERE " + chain(MAX_DEPTH + 1, "a = 1", " OR "),
    "concatenations": "SELECT " + chain(MAX_DEPTH + 1, "a", " || ") + " FROM t",
    "casts": "SELECT a" + "::INT" * (MAX_DEPTH + 1) + " FROM t",
    "unions": chain(MAX_DEPTH + 1, "SELECT 1", " UNION "),
    "doubling aliases": doubling_aliases(16),
    "doubling aliases in WHERE": doubling_aliases(8) + " WHERE " + chain(20, "a8 > 0", " AND "),
    "doubling aliases by position": doubling_aliases(8) + " GROUP BY " + chain(20, "9", ", "),
    "doubling tables": doubling_tables(10),
    "doubling tables, nested": nested_ctes(10),
    "tables": "SELECT 1 FROM " + chain(MAX_READS + 1, "t", ", "),
    "cube": "SELECT 1 FROM t GROUP BY CUBE (a, b, c, d, e, f, g, h)",
    "cubes": "SELECT 1 FROM t GROUP BY CUBE (a, b, c, d), CUBE (e, f, g, h)",
    "rollups": "SELECT 1 FROM t GROUP BY ROLLUP (a, b, c), ROLLUP (d, e, f), ROLLUP (g, h, i), ROLLUP (j, k)",
    "replaced again and again": "SELECT " + "replace(" * 5 + "'a'" + f", 'a', '{'a' * 99}')" * 5,
    "replaced by position": "SELECT " + "replace(" * 3 + "'a'" + f", a, '{'a' * 99}')" * 3 + " FROM t",
    "replaced by pattern": "SELECT "
    + "regexp_replace(" * 4
    + "'a'"
    + ", '.*', '\\\\0\\\\0\\\\0\\\\0\\\\0\\\\0\\\\0\\\\0')" * 4,
    "replaced by alias": "SELECT repl AS a0"
    + "".join(f", replace(a{step}, 'a', '{'a' * 99}') AS a{step + 1}" for step in range(4))
    + " FROM t",
    "formatted again and again": "SELECT " + f"format('{'{0}' * 30}', " * 4 + "'a'" + ")" * 4,
    "printed again and again": "SELECT " + f"printf('{'%1$s' * 30}', " * 4 + "'a'" + ")" * 4,
    "joined with a long text": "SELECT concat_ws('" + "x" * 9000 + "', " + chain(200, "'a'", ", ") + ")",
    "written in a condition": "SELECT a FROM t WHERE a = "
    + "replace(" * 5
    + "'a'"
    + f", 'a', '{'a' * 99}')" * 5,
    "sets of sets": "SELECT 1 FROM t GROUP BY GROUPING SETS (CUBE (a, b, c, d, e, f, g), ROLLUP (a))",
}


@pytest.mark.parametrize("name", TOO_COMPLEX)
def test_a_query_past_a_limit_is_refused(name: str) -> None:
    assert "too-complex" in codes(TOO_COMPLEX[name])


WITHIN = {
    "ordinary replacing": "SELECT " + "replace(" * 12 + "name" + ", 'St.', 'Saint')" * 12 + " FROM t",
    "bytes": "SELECT '" + "x" * (MAX_BYTES - 9) + "'",
    "tokens": "SELECT 1 IN (" + chain((MAX_TOKENS - 6) // 2, "1", ",") + ")",
    "brackets": "SELECT " + "(" * MAX_NESTING + "1" + ")" * MAX_NESTING,
    "cases": "SELECT " + "CASE WHEN a THEN " * MAX_NESTING + "1" + " END" * MAX_NESTING + " FROM t",
    "nots": "SELECT " + "NOT " * MAX_RUN + "a FROM t",
    "joins": "SELECT count(*) FROM t " + chain(MAX_JOINS, "JOIN u USING (a)", " "),
    "sum": "SELECT " + chain(MAX_DEPTH - 5, "a", " + ") + " FROM t",
    "ctes in a row": "WITH c0 AS (SELECT 1 AS a), "
    + ", ".join(f"c{step + 1} AS (SELECT a FROM c{step})" for step in range(60))
    + " SELECT a FROM c60",
    "cube": "SELECT 1 FROM t GROUP BY CUBE (a, b, c, d, e, f, g)",
}


@pytest.mark.parametrize("name", WITHIN)
def test_a_query_at_a_limit_is_read(name: str) -> None:
    assert codes(WITHIN[name]) == set()


def test_the_largest_cube_has_as_many_sets_as_the_limit() -> None:
    assert 2**7 == MAX_GROUPING_SETS


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM t " + "JOIN u " * 60,
        "SELECT 1 FROM t " + "JOIN u " * 30 + "ON true " * 30,
        "SELECT 1 FROM t " + "LEFT JOIN u " * 60,
        "SELECT 1 FROM t " + "INNER JOIN u " * 60 + "USING (a) " * 60,
        "SELECT 1 FROM (SELECT 1 FROM t JOIN u) x",
        "SELECT 1 FROM t JOIN u, v ON true JOIN w",
        "SELECT " + "join offset 'a' " * 600,
        "SELECT * FROM t " + "exists join date " * 600,
    ],
)
def test_a_join_without_its_own_condition_never_reaches_the_parser(text: str) -> None:
    assert codes(text) & {"syntax", "too-complex"}


SLOW = [
    "SELECT UNION " * 200,
    "SELECT a FROM t WHERE " + "offset limit preceding ( " * 30 + ") " * 30,
    "SELECT " + "any union ( " * 30 + "1" + ") " * 30,
    "SELECT " + "interval date ( " * 30 + "1" + ") " * 30,
    "SELECT " + "row ( " * 30 + "SELECT 1" + ") " * 30,
    "SELECT a FROM t WHERE 'a' " + "from 'a' " * 300,
    "SELECT * FROM t " + "exists join date " * 60,
]


def never(*_: object, **__: object) -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.parametrize("text", SLOW)
def test_a_long_text_of_unknown_shape_never_reaches_the_parser(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these kept sqlglot busy for longer than anyone waited."""
    monkeypatch.setattr(DuckDB, "parser", never)
    assert codes(text)


def test_a_short_text_of_unknown_shape_is_refused() -> None:
    text = "SELECT a FROM t LIMIT 1 LIMIT 2"
    assert first_unknown(read_words(text).tokens) == 6
    assert codes(text) == {"syntax"}


@pytest.mark.parametrize("room", [40, 60, 80, 120, 160, 240, 320, 480])
@pytest.mark.parametrize("shape", ["calls", "sum"])
def test_a_deep_stack_of_the_caller_ends_in_a_refusal(shape: str, room: int) -> None:
    calls = "SELECT " + "abs(" * MAX_NESTING + "1" + ")" * MAX_NESTING
    text = {"calls": calls, "sum": WITHIN["sum"]}[shape]

    def deeper(levels: int) -> set[str]:
        return codes(text) if levels == 0 else deeper(levels - 1)

    free = sys.getrecursionlimit() - len(inspect.stack())
    assert deeper(free - room) <= {"syntax", "too-complex"}


@pytest.mark.parametrize(
    "word", sorted(TYPE_WORDS | {"any", "some", "union", "interval", "list", "range", "null"})
)
def test_names_of_types_nested_as_calls_never_reach_the_parser(word: str) -> None:
    """sqlglot tries each as a type and as a call: thirty levels are days."""
    for start in ("SELECT ", "SELECT a FROM t WHERE ", "SELECT * FROM ", "SELECT any ", "SELECT interval "):
        found = codes(start + f"{word} (" * 30 + "1" + ")" * 30)
        assert found & {"function-not-allowed", "syntax"} or word == "list"


@pytest.mark.parametrize(
    "text", [")", "SELECT )", "SELECT (1]", "SELECT [1)", "SELECT ((1)", "SELECT CASE", "SELECT (CASE)"]
)
def test_brackets_that_do_not_match_are_refused(text: str) -> None:
    assert codes(text) & {"syntax", "not-a-query"}


WORDS = (
    *(
        "select",
        "from",
        "where",
        "join",
        "on",
        "and",
        "or",
        "not",
        "case",
        "when",
        "then",
        "else",
        "between",
        "like",
    ),
    *(
        "in",
        "is",
        "as",
        "with",
        "over",
        "union",
        "except",
        "interval",
        "date",
        "cast",
        "distinct",
        "all",
        "any",
    ),
    *(
        "exists",
        "natural",
        "left",
        "cross",
        "values",
        "group",
        "order",
        "having",
        "qualify",
        "limit",
        "offset",
    ),
    *(
        "fetch",
        "lateral",
        "window",
        "partition",
        "rows",
        "range",
        "filter",
        "within",
        "rollup",
        "grouping",
        "sets",
    ),
    *(
        "extract",
        "substring",
        "trim",
        "columns",
        "array",
        "struct",
        "map",
        "unnest",
        "table",
        "timestamp",
        "time",
    ),
    *("null", "default", "escape", "at", "using", "semi", "anti", "pivot", "tablesample"),
    *("(", "[", "{", ")", ".", ",", "::", "*", "-", "+", "/", "||", "<", "=", "''", '""'),
)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_repeated_to_the_limit_ends_in_a_refusal(word: str) -> None:
    for start in ("SELECT ", "SELECT * FROM t ", "SELECT a FROM t WHERE "):
        assert codes(start + f"{word} " * (MAX_TOKENS - 8)) & {
            "syntax",
            "too-complex",
            "not-a-query",
            "function-not-allowed",
        }
