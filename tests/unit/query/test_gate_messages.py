"""What a reader is told when something is not allowed, and what they may write instead."""

import pytest

from enclave.problems import Refusals
from enclave.query.parse import parse

# (query, stretch, what is said, what is offered)
TOLD = [
    (
        "SELECT nvl(a, 0) FROM t",
        "nvl(a, 0)",
        "The function nvl is not among those that may be used.",
        "Use coalesce(a, b)",
    ),
    (
        "SELECT now()",
        "now()",
        "The function now is not among those that may be used.",
        "Write the date, as DATE '2024-09-01'",
    ),
    ("SELECT t.a.b FROM t", "t", "A field is written as field, or table.field.", ""),
    (
        "SELECT a FROM main.t",
        "main",
        "A table is named without schema or catalogue.",
        "Write the table's name alone",
    ),
    (
        "SELECT * FROM range(3)",
        "range(3)",
        "A function cannot stand in the place of a table.",
        "Write values as (VALUES (…), (…)) AS name(column)",
    ),
    (
        "SELECT a.upper() FROM t",
        "a.upper()",
        "Methods and parts of a value after a point cannot be used.",
        "Write the function around the field",
    ),
    (
        "SELECT DISTINCT ON (a) b FROM t",
        "(a)",
        "DISTINCT ON cannot be used: it chooses rows.",
        "Use GROUP BY with an aggregate",
    ),
    ("SELECT a FROM t LIMIT 10%", "LIMIT 10", "LIMIT and OFFSET must be plain whole numbers.", ""),
    (
        "SELECT a FROM t WHERE a = ANY (SELECT 1)",
        "ANY",
        "ANY, SOME and ALL cannot be used.",
        "Use IN, or compare with an aggregate",
    ),
    (
        "SELECT (a, b) FROM t",
        "(a, b)",
        "Values in brackets cannot be compared or shown as one.",
        "Compare them one by one, with AND",
    ),
    (
        "SELECT CAST(a AS UUID) FROM t",
        "CAST(a AS UUID)",
        "Values cannot be cast to this type.",
        "Use INTEGER, BIGINT, DOUBLE, DECIMAL, VARCHAR, DATE",
    ),
    (
        "SELECT max(a, 3) FROM t",
        "max(a, 3)",
        "max cannot be used with these arguments.",
        "Use max(x), or greatest(a, b)",
    ),
    ("SELECT * RENAME (a AS b) FROM t", "a AS b", "RENAME cannot be used.", "Write field AS name"),
    (
        "SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY b)",
        "w AS (ORDER BY b)",
        "Named windows cannot be used.",
        "Write the window out after each OVER",
    ),
    ("SELECT a FROM t FOR UPDATE", "FOR UPDATE", "A query cannot lock rows.", "Leave it out"),
    (
        "SELECT d FROM t PIVOT (sum(b) FILTER (WHERE a) FOR c IN (1))",
        "sum(b) FILTER (WHERE a)",
        "An aggregate in a PIVOT can have no FILTER: DuckDB would leave it out.",
        "Put the condition in WHERE of a subquery",
    ),
    (
        "SELECT current_date",
        "current_date",
        "The present moment cannot be used: an answer must not change by the day.",
        "Write the date, as DATE '2024-09-01'",
    ),
    ("DELETE FROM t", "DELETE", "A query begins with SELECT, WITH, FROM, PIVOT or UNPIVOT.", ""),
    ("SELECT 1; SELECT 2", "; SELECT 2", "Only one query can be asked at a time.", ""),
    (
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
        "t RETURNING *",
        "A query only reads: SELECT and nothing else.",
        "",
    ),
    ("SELECT a, FROM t WHERE", "WHERE", "The query cannot be read as SQL from here on.", ""),
    ("SELECT a b c FROM t", "c", "The query cannot be read as SQL from here on.", ""),
]


@pytest.mark.parametrize(("query", "stretch", "said", "offered"), TOLD)
def test_the_reader_is_told(query: str, stretch: str, said: str, offered: str) -> None:
    with pytest.raises(Refusals) as caught:
        parse(query)
    (problem, *_) = caught.value.problems
    assert [span.text for span in problem.spans] == [stretch]
    assert problem.detail == said
    assert [fix.title for fix in problem.fixes] == ([offered] if offered else [])


def test_all_that_is_not_allowed_is_told_at_once_in_the_order_of_the_text() -> None:
    with pytest.raises(Refusals) as caught:
        parse(
            "SELECT nvl(a, b), c.f(), CAST(d AS BLOB) FROM main.t, range(3) WHERE (a, b) = (1, 2) LIMIT 1 + 1"
        )
    assert [span.text for problem in caught.value.problems for span in problem.spans] == [
        "nvl(a, b)",
        "c.f()",
        "CAST(d AS BLOB)",
        "main",
        "range(3)",
        "(a, b)",
        "(1, 2)",
        "1 + 1",
    ]


def test_what_stands_inside_something_refused_is_not_told_too() -> None:
    with pytest.raises(Refusals) as caught:
        parse("SELECT nvl(foo(a), bar(b)) FROM t")
    assert len(caught.value.problems) == 1


def test_brackets_around_a_whole_query_and_a_semicolon_are_taken_off() -> None:
    assert parse("((SELECT 1)) ;").tree.sql("duckdb") == "SELECT 1"


def test_log10_stays_log10_and_any_value_loses_the_wrapper_of_the_parser() -> None:
    written = parse("SELECT log10(a), log2(a), any_value(b) FROM t GROUP BY 1, 2").tree.sql("duckdb")
    assert written == "SELECT LOG10(a), LOG2(a), ANY_VALUE(b) FROM t GROUP BY 1, 2"
