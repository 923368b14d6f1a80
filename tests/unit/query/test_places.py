"""Where a node stands in the reader's own text."""

import pytest
from sqlglot import exp

from enclave.query.parse import Parsed, parse

# (query, class of the node, its stretch). The first node of the class counts.
STRETCHES: list[tuple[str, type[exp.Expr], str]] = [
    ("SELECT a FROM t", exp.Column, "a"),
    ("SELECT t.a FROM t", exp.Column, "t.a"),
    ('SELECT t . "a b" FROM t', exp.Column, 't . "a b"'),
    ("SELECT * FROM t", exp.Star, "*"),
    ("SELECT t.* EXCLUDE (a, b) FROM t", exp.Star, "* EXCLUDE (a, b)"),
    ("SELECT a + b * 2 FROM t", exp.Add, "a + b * 2"),
    ("SELECT (a + b) * 2 FROM t", exp.Paren, "(a + b)"),
    ("SELECT (a + b) * 2 FROM t", exp.Mul, "(a + b) * 2"),
    ("SELECT ((a)) FROM t", exp.Paren, "((a))"),
    ("SELECT -a FROM t", exp.Neg, "-a"),
    ("SELECT a FROM t WHERE NOT b", exp.Not, "NOT b"),
    ("SELECT count(*) FROM t", exp.Count, "count(*)"),
    ("SELECT count(DISTINCT t.a) FROM t", exp.Count, "count(DISTINCT t.a)"),
    ("SELECT count(a) FILTER (WHERE b = 1) FROM t", exp.Filter, "count(a) FILTER (WHERE b = 1)"),
    ("SELECT sum(a) OVER (PARTITION BY b) FROM t", exp.Window, "sum(a) OVER (PARTITION BY b)"),
    ("SELECT row_number() OVER (ORDER BY b) FROM t", exp.RowNumber, "row_number()"),
    ("SELECT coalesce(a, 'x') FROM t", exp.Coalesce, "coalesce(a, 'x')"),
    ("SELECT max(DISTINCT a) FROM t", exp.Max, "max(DISTINCT a)"),
    ("SELECT quantile_cont(a, [0.1, 0.9]) FROM t", exp.PercentileCont, "quantile_cont(a, [0.1, 0.9])"),
    ("SELECT CAST(a AS INTEGER) FROM t", exp.Cast, "CAST(a AS INTEGER)"),
    ("SELECT trim(CAST(a AS VARCHAR)) FROM t", exp.Trim, "trim(CAST(a AS VARCHAR))"),
    ("SELECT trim(a::VARCHAR) FROM t", exp.Trim, "trim(a::VARCHAR)"),
    ("SELECT if((TRY_CAST(a AS INT) > 3), 1, 2) FROM t", exp.If, "if((TRY_CAST(a AS INT) > 3), 1, 2)"),
    ("SELECT CASE WHEN a THEN b ELSE c END FROM t", exp.Case, "CASE WHEN a THEN b ELSE c END"),
    ("SELECT x, CASE CASE WHEN a THEN b END WHEN 1 THEN c END FROM t", exp.Case,
     "CASE CASE WHEN a THEN b END WHEN 1 THEN c END"),
    ("SELECT date_part('year', d) FROM t", exp.Anonymous, "date_part('year', d)"),
    ("SELECT a FROM t WHERE a IN (1, 2)", exp.In, "a IN (1, 2)"),
    ("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u)", exp.Exists, "EXISTS (SELECT 1 FROM u)"),
    ("SELECT a FROM (SELECT a FROM u) v", exp.Subquery, "(SELECT a FROM u) v"),
    ("SELECT a FROM t AS x", exp.Table, "t AS x"),
    ("SELECT a FROM t LEFT JOIN u ON t.a = u.a", exp.EQ, "t.a = u.a"),
    ("SELECT a AS b FROM t", exp.Alias, "a AS b"),
    ("SELECT a\n  , -- hi\n  b + /* there */ c FROM t", exp.Add, "b + /* there */ c"),
    ("WITH c AS (SELECT 1 AS a) SELECT a FROM c", exp.CTE, "c AS (SELECT 1 AS a)"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "kind", "stretch"), STRETCHES)
def test_a_node_stands_where_it_was_written(query: str, kind: type[exp.Expr], stretch: str) -> None:
    parsed = parse(query)
    assert parsed.places.span(first(parsed, kind)).text == stretch


def first(parsed: Parsed, kind: type[exp.Expr]) -> exp.Expr:
    node = next(node for node in parsed.tree.walk() if isinstance(node, kind))
    assert node is not None
    return node


def test_lines_and_columns_count_from_one() -> None:
    parsed = parse("SELECT a,\n       b\nFROM t")
    span = parsed.places.span(parsed.tree.selects[1])
    assert (span.line, span.column, span.start, span.end) == (2, 8, 17, 18)


def test_the_star_that_nobody_wrote_stands_where_its_query_does() -> None:
    parsed = parse("FROM t")
    assert parsed.places.span(first(parsed, exp.Star)).text == "t"


def test_a_literal_without_a_place_has_that_of_what_is_around_it() -> None:
    parsed = parse("SELECT a, b + INTERVAL '3 months' AS c FROM t")
    assert parsed.places.span(first(parsed, exp.Interval)).text == "b"


def test_from_one_node_to_another() -> None:
    parsed = parse("SELECT a, b, c FROM t")
    one, _, three = parsed.tree.selects
    assert parsed.places.between(three, one).text == "a, b, c"


def test_nothing_at_all_stands_everywhere() -> None:
    assert parse("SELECT 1  ").places.span(None).text == "SELECT 1"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("trim(CAST(a AS VARCHAR))", "trim"),
        ("lower(trim(a::VARCHAR))", "lower"),
        ("if((TRY_CAST(a AS INT) > 3), 1, 2)", "if"),
        ("position('a' IN lower(CAST(a AS VARCHAR)))", "position"),
    ],
)
def test_the_name_of_a_call_is_its_own_whatever_stands_in_it(call: str, name: str) -> None:
    parsed = parse(f"SELECT {call} FROM t")
    written = parsed.places.name_of(parsed.tree.expressions[0])
    assert written is not None
    assert written.value == name
