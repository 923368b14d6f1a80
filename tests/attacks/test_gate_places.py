"""A denied function, a table that is none, or a smuggled column is found wherever in a query it stands.

Source: gates that look at the select list and forget the rest: FILTER, WITHIN GROUP, ORDER BY inside aggregates, window
frames, LIMIT, GROUPING SETS, the sides of joins and set operations, CTEs nobody reads, VALUES, casts of casts.
"""

from collections.abc import Callable
from typing import NoReturn

import pytest
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError

from enclave.problems import Refusals
from enclave.query.parse import parse

PLACES = """
SELECT {} FROM t
SELECT 1 + {} FROM t
SELECT a AS b, {} AS c FROM t
SELECT * REPLACE ({} AS a) FROM t
SELECT -{} FROM t
SELECT NOT {} FROM t
SELECT a || {} FROM t
SELECT CAST({} AS INTEGER) FROM t
SELECT TRY_CAST(CAST({} AS DOUBLE) AS INTEGER) FROM t
SELECT CASE WHEN {} THEN 1 END FROM t
SELECT CASE WHEN a THEN {} END FROM t
SELECT CASE WHEN a THEN 1 ELSE {} END FROM t
SELECT CASE {} WHEN 1 THEN 2 END FROM t
SELECT coalesce(a, {}) FROM t
SELECT abs({}) FROM t
SELECT date_part('year', {}) FROM t
SELECT concat(a, {}) FROM t
SELECT sum({}) FROM t
SELECT sum(DISTINCT {}) FROM t
SELECT sum(a) FILTER (WHERE {}) FROM t
SELECT first(a ORDER BY {}) FROM t
SELECT string_agg(a, ',' ORDER BY {}) FROM t
SELECT quantile_cont({}, 0.5) FROM t
SELECT quantile_cont(a, [{}]) FROM t
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {}) FROM t
SELECT lag(a, 1, {}) OVER (ORDER BY b) FROM t
SELECT sum({}) OVER () FROM t
SELECT sum(a) OVER (PARTITION BY {}) FROM t
SELECT sum(a) OVER (ORDER BY {}) FROM t
SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN {} PRECEDING AND CURRENT ROW) FROM t
SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND {} FOLLOWING) FROM t
SELECT a FROM t WHERE {}
SELECT a FROM t WHERE b AND (c OR NOT {})
SELECT a FROM t WHERE {} IS NULL
SELECT a FROM t WHERE {} BETWEEN 1 AND 2
SELECT a FROM t WHERE a BETWEEN {} AND 2
SELECT a FROM t WHERE a BETWEEN 1 AND {}
SELECT a FROM t WHERE a IN (1, {})
SELECT a FROM t WHERE {} IN (1, 2)
SELECT a FROM t WHERE a IN (SELECT {} FROM u)
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE {})
SELECT a FROM t WHERE a LIKE {}
SELECT a FROM t WHERE a LIKE 'b' ESCAPE {}
SELECT a FROM t WHERE a = (SELECT max({}) FROM u)
SELECT a FROM t WHERE a IS DISTINCT FROM {}
SELECT a FROM t GROUP BY {}
SELECT a FROM t GROUP BY a, {}
SELECT a FROM t GROUP BY (a, {})
SELECT a FROM t GROUP BY ROLLUP (a, {})
SELECT a FROM t GROUP BY CUBE ({})
SELECT a FROM t GROUP BY GROUPING SETS ((a), ({}, a))
SELECT a FROM t GROUP BY a HAVING {}
SELECT a FROM t QUALIFY {}
SELECT a FROM t ORDER BY {}
SELECT a FROM t ORDER BY a, {} DESC NULLS LAST
SELECT a FROM t LIMIT {}
SELECT a FROM t LIMIT 1 OFFSET {}
SELECT DISTINCT {} FROM t
SELECT a FROM t JOIN u ON {}
SELECT a FROM t LEFT JOIN u ON t.a = u.a AND {}
SELECT a FROM t, (SELECT {} AS b) AS u
SELECT a FROM (SELECT {} AS a FROM t)
SELECT a FROM t JOIN (SELECT {} AS b FROM u) v ON v.b = t.a
WITH c AS (SELECT {} AS a) SELECT a FROM c
WITH c AS (SELECT {} AS a), d AS (SELECT 1) SELECT * FROM d
SELECT a FROM (WITH c AS (SELECT {} AS a) SELECT a FROM c)
SELECT 1 UNION SELECT {}
SELECT {} UNION ALL SELECT 1
(SELECT {}) EXCEPT (SELECT 1)
SELECT 1 INTERSECT (SELECT 1 UNION SELECT {})
SELECT 1 UNION SELECT 2 ORDER BY {}
SELECT a FROM (VALUES ({})) AS v(a)
SELECT a FROM (VALUES (1), ({})) AS v(a)
SELECT a FROM t JOIN (VALUES (1, {})) AS v(b, c) ON v.b = t.a
SELECT (SELECT {})
SELECT a + INTERVAL {} DAY FROM t
FROM t SELECT {}
FROM (FROM t SELECT {} AS a)
"""

HOSTILE = [
    "hash(a)",
    "read_text('x')",
    "a.md5()",
    "main.sum(a)",
    "t['a']",
    "[a]",
    "x -> x",
    "random()",
    "(a, b)",
    "t.a.b.c",
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("place", PLACES.strip().splitlines())
def test_a_hostile_piece_is_found_in_every_place(place: str, hostile: str) -> None:
    if hostile == "(a, b)" and ("GROUP BY" in place or "VALUES" in place or "IN (" in place):
        hostile = "abs((a, b))"  # there a row of values is a row of keys
    with pytest.raises(Refusals):
        parse(place.format(hostile))


@pytest.mark.parametrize("place", PLACES.strip().splitlines())
def test_each_of_these_places_would_take_something_harmless(place: str) -> None:
    """Otherwise the test above would prove nothing."""
    for harmless in ("1", "a", "'b'", "0.5", "'!'"):
        try:
            parse(place.format(harmless))
        except Refusals:
            continue
        return
    pytest.fail("this place refuses everything")


TABLES = """
SELECT * FROM {}
SELECT * FROM t, {}
SELECT * FROM t JOIN {} ON true
SELECT * FROM t LEFT JOIN {} USING (a)
SELECT * FROM t CROSS JOIN {}
SELECT * FROM t SEMI JOIN {} ON true
SELECT * FROM t WHERE a IN (SELECT a FROM {})
SELECT * FROM t WHERE EXISTS (FROM {})
SELECT (SELECT max(a) FROM {}) FROM t
SELECT * FROM (SELECT * FROM {})
WITH c AS (SELECT * FROM {}) SELECT * FROM c
WITH c AS (FROM {}), d AS (SELECT 1) SELECT * FROM d
SELECT 1 UNION SELECT a FROM {}
FROM {}
FROM {} SELECT a
"""
NO_TABLES = [
    "'x.csv'",
    "read_csv('x.csv')",
    "main.t",
    "memory.main.t",
    "range(3)",
    "query('SELECT 1')",
    "duckdb_settings()",
    "(SHOW TABLES)",
    "(DESCRIBE t)",
    "(DELETE FROM t RETURNING *)",
    "(t JOIN u ON true)",
    "unnest([1])",
    "t TABLESAMPLE 10%",
    "LATERAL (SELECT 1)",
    "t AT (VERSION => 1)",
    "$x",
    "?",
]


@pytest.mark.parametrize("table", NO_TABLES)
@pytest.mark.parametrize("place", TABLES.strip().splitlines())
def test_what_is_no_table_is_found_in_every_place(place: str, table: str) -> None:
    with pytest.raises(Refusals):
        parse(place.format(table))


ERRORS = [
    RecursionError("a"),
    IndexError("a"),
    ValueError("SELECT secret"),
    AttributeError("a"),
    KeyError("a"),
    MemoryError("a"),
    TypeError("a"),
    ParseError("secret"),
    UnicodeError("a"),
]


def breaks(error: BaseException) -> Callable[..., NoReturn]:
    def broken(*_: object, **__: object) -> NoReturn:
        raise error

    return broken


@pytest.mark.parametrize("stage", ["tokenize", "parser"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_the_parser_raises_is_a_refusal_without_its_words(
    error: Exception, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DuckDB, stage, breaks(error))
    with pytest.raises(Refusals) as caught:
        parse("SELECT 1")
    (problem,) = caught.value.problems
    assert problem.code == "syntax"
    assert problem.detail == "The query cannot be read as SQL."
    assert caught.value.__cause__ is None


def test_what_is_no_error_of_a_parser_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who presses Ctrl-C, or a process that must end, is no refusal."""
    monkeypatch.setattr(DuckDB, "parser", breaks(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        parse("SELECT 1")
