"""Texts that sqlglot reads otherwise than DuckDB, silently: each is refused before a tree is made of it.

Source: sqlglot 30.30 run against DuckDB 2.0 over DuckDB's own test suite. Where the reader can say what they mean in
another way, the refusal offers it, and the offer works.
"""

import pytest

from enclave.problems import Problem, Refusals
from enclave.query.parse import parse

# (text, code of the refusal, the offending stretch)
MISREAD = [
    ("SELECT 1e308+1e308", "syntax", "1e308+"),
    ("SELECT 1e5-1", "syntax", "1e5-"),
    ("SELECT 0x1F", "syntax", "0x1F"),
    ("SELECT 0b11", "syntax", "0b11"),
    ("SELECT 1_000", "syntax", "1_000"),
    ("SELECT 1e", "syntax", "1e"),
    ("SELECT 123abc", "syntax", "123abc"),
    ("SELECT 1a FROM t", "syntax", "1a"),
    ("SELECT .5", "syntax", ".5"),
    ("SELECT a*.5 FROM t", "syntax", ".5"),
    ("SELECT 1.", "syntax", "1."),
    ("SELECT 1.5.2", "syntax", "1.5."),
    ("SELECT . 5", "syntax", ". 5"),
    ("SELECT 1 . a", "syntax", "1 ."),
    ("SELECT INTERVAL '157 days ago'", "syntax", "INTERVAL '157 days ago'"),
    ("SELECT INTERVAL '1 year 2 months'", "syntax", "INTERVAL '1 year 2 months'"),
    ("SELECT INTERVAL '1:30'", "syntax", "INTERVAL '1:30'"),
    ("SELECT INTERVAL '1.5 days'", "syntax", "INTERVAL '1.5 days'"),
    ("SELECT INTERVAL (a) DAY FROM t", "syntax", "INTERVAL ("),
    ("SELECT INTERVAL '3'", "syntax", "INTERVAL '3'"),
    ("SELECT 'a' 'b'", "syntax", "'a' 'b'"),
    ("SELECT 'a'\n'b'", "syntax", "'a'\n'b'"),
    ("SELECT e'a\\n'", "syntax", "e'a\\n'"),
    ("SELECT x'41'", "syntax", "x'41'"),
    ("SELECT b'1'", "syntax", "b'1'"),
    ("SELECT r'a'", "syntax", "r'a'"),
    ("SELECT n'a'", "syntax", "n'a'"),
    ("SELECT u&'a'", "function-not-allowed", "&"),
    ("SELECT $$a$$", "function-not-allowed", "$"),
    ("SELECT $tag$a$tag$", "function-not-allowed", "$"),
    ("SELECT a <=> b FROM t", "function-not-allowed", "<=>"),
    ("SELECT sum(a) EXPORT_STATE FROM t", "function-not-allowed", "EXPORT_STATE"),
    ("SELECT a export_state FROM t", "function-not-allowed", "export_state"),
    ("SELECT a INTO z FROM t", "not-a-query", "INTO"),
    ("SELECT a FROM t FOR UPDATE", "not-a-query", "FOR UPDATE"),
    ("SELECT last(a IGNORE NULLS) OVER (ORDER BY b) FROM t", "function-not-allowed", "IGNORE NULLS"),
    ("SELECT last(a) IGNORE NULLS OVER (ORDER BY b) FROM t", "function-not-allowed", "IGNORE NULLS"),
    ("SELECT last(a RESPECT NULLS) OVER (ORDER BY b) FROM t", "function-not-allowed", "RESPECT NULLS"),
    ("FROM t |> SELECT a", "function-not-allowed", "|>"),
    ("SELECT (42,)", "syntax", ","),
    ("SELECT a,, b FROM t", "syntax", ","),
    ("SELECT count(, a) FROM t", "syntax", "("),
    ("SELECT list_transform(a, x -> x) FROM t", "function-not-allowed", "->"),
    ("SELECT nvl(a, b) FROM t", "function-not-allowed", "nvl(a, b)"),
    ("SELECT iif(a, b, c) FROM t", "function-not-allowed", "iif(a, b, c)"),
    ("SELECT jaro_winkler_similarity(a, b, 0.9) FROM t", "function-not-allowed", "jaro_winkler_similarity(a, b, 0.9)"),
    ("SELECT regexp_matches(a, 'b', 'i') FROM t", "function-not-allowed", "regexp_matches(a, 'b', 'i')"),
    ("SELECT DATE '2020-01-01'::TIMESTAMP", "syntax", "DATE '2020-01-01'::"),
    ("SELECT TIMESTAMP '2020-01-01'::VARCHAR", "syntax", "TIMESTAMP '2020-01-01'::"),
    ("SELECT +a FROM t", "syntax", "+"),
    ("SELECT a FROM 'file'", "function-not-allowed", "'file'"),
    ("SELECT a AS 'b' FROM t", "syntax", "'b'"),
    ("SELECT checkpoint FROM (SHOW tables)", "not-a-query", "SHOW tables"),
    ("SELECT a!=-1 FROM t", "", ""),
    ("SELECT a FROM t WHERE a=-1", "", ""),
    ("SELECT a<-1 FROM t", "", ""),
    ("SELECT a=!b FROM t", "syntax", "=!"),
    ("SELECT a*-+b FROM t", "syntax", "-+"),
    ("SELECT a=*b FROM t", "syntax", "=*"),
    ("SELECT a|||b FROM t", "syntax", "|||"),
    ("SELECT 1 /* a /* b */ */", "syntax", "/* a /* b */"),
    ("SELECT /*+ hint */ 1", "syntax", "/*+ hint */"),
    ("SELECT 1 /* never ends", "syntax", "/* never ends"),
    ("SELECT 'never ends", "syntax", "'never ends"),
    ('SELECT "never ends', "syntax", '"never ends'),
    ('SELECT ""', "syntax", '""'),
    ("SELECT a\x00b", "syntax", "\x00"),
    ("SELECT 'a\x00b'", "syntax", "'a\x00b'"),
    ("SELECT a\x08b FROM t", "syntax", "\x08"),
    ("SELECT a\x0cFROM t", "syntax", "\x0c"),
    ("SELECT a\u200bb FROM t", "syntax", "\u200b"),
    ("SELECT a\u202eb FROM t", "syntax", "\u202e"),
    ("SELECT a\ufeff FROM t", "syntax", "\ufeff"),
    ('SELECT "a\u200bb" FROM t', "syntax", '"a\u200bb"'),
    ("SELECT 1 -- a\u202eb", "syntax", "\u202e"),
    ("SELECT 1 /* \u2066 */", "syntax", "\u2066"),
    ("SELECT\xa01", "syntax", "\xa0"),
    ("SELECT \u2018a\u2019", "syntax", "\u2018"),
    ("SELECT \u201ca\u201d FROM t", "syntax", "\u201c"),
    ("SELECT a \u2212 b FROM t", "syntax", "\u2212"),
    ("SELECT naïve FROM t", "syntax", "ïve"),
    ("SELECT \\a FROM t", "syntax", "\\a"),
    ("SELECT `a` FROM t", "syntax", "`a"),
    ("SELECT '\ud800'", "syntax", "'\ud800'"),
    ("SELECT a$b FROM t", "function-not-allowed", "$"),
    ("SELECT a#b FROM t", "function-not-allowed", "#"),
    ("SELECT a FROM t WHERE a IN ()", "syntax", "a"),
    ("SELECT a FROM t GROUP BY", "syntax", "SELECT a FROM t"),
    ("SELECT a FROM t JOIN u", "syntax", "JOIN"),
    ("SELECT a FROM t JOIN u JOIN v ON t.a = v.a ON t.a = u.a", "syntax", "JOIN"),
    (f"SELECT {'9' * 39}", "syntax", "9" * 39),
    (f"SELECT a{'b' * 63} FROM t", "syntax", f"a{'b' * 63}"),
]  # fmt: skip


def problems(text: str) -> tuple[Problem, ...]:
    try:
        parse(text)
    except Refusals as refusals:
        return refusals.problems
    return ()


@pytest.mark.parametrize(("text", "code", "stretch"), MISREAD, ids=repr)
def test_a_text_that_two_readers_read_differently_is_refused(text: str, code: str, stretch: str) -> None:
    found = [(problem.code, span.text) for problem in problems(text) for span in problem.spans]
    assert found == [] if not code else (code, stretch) in found


FIXED = [
    ("SELECT 1e308+1e308", "SELECT 1e308 +1e308"),
    ("SELECT .5", "SELECT 0.5"),
    ("SELECT 1.", "SELECT 1.0"),
    ("SELECT 'a' 'b'", "SELECT 'a' || 'b'"),
    ("SELECT date'2020-01-01'", "SELECT date '2020-01-01'"),
    ("SELECT DATE '2020-01-01'::TIMESTAMP", "SELECT (DATE '2020-01-01')::TIMESTAMP"),
    ("SELECT +a FROM t", "SELECT a FROM t"),
    ("SELECT a AS 'b' FROM t", 'SELECT a AS "b" FROM t'),
    ("SELECT a <=> b FROM t", "SELECT a  IS NOT DISTINCT FROM  b FROM t"),
    ("SELECT\xa01", "SELECT 1"),
    ("SELECT a \u2212 b FROM t", "SELECT a - b FROM t"),
    ("SELECT a\u200b FROM t", "SELECT a FROM t"),
    ("SELECT sum(a,) FROM t", "SELECT sum(a) FROM t"),
]


@pytest.mark.parametrize(("text", "mended"), FIXED)
def test_the_fix_that_is_offered_works(text: str, mended: str) -> None:
    (problem,) = problems(text)
    (fix,) = problem.fixes
    assert fix.apply(text) == mended
    assert problems(mended) == ()


def test_everything_that_the_words_show_is_reported_at_once() -> None:
    text = "SELECT a COLLATE nocase, b AT TIME ZONE 'UTC', c <=> d FROM t TABLESAMPLE 10% FOR UPDATE"
    assert [span.text for problem in problems(text) for span in problem.spans] == [
        "COLLATE",
        "AT TIME ZONE",
        "<=>",
        "TABLESAMPLE",
        "FOR UPDATE",
    ]


def test_a_quoted_name_may_be_any_word() -> None:
    assert problems('SELECT "into", "pivot", t."lateral", "export_state" FROM "for" AS t') == ()


def test_a_comment_cannot_hide_a_word_from_one_reader() -> None:
    parsed = parse("SELECT a -- , b\nFROM t /* WHERE x */ -- ; DROP")
    assert parsed.tree.sql("duckdb") == "SELECT a FROM t"
    assert len(parsed.bare) == len(parsed.text)


def test_text_in_quotes_keeps_every_character() -> None:
    parsed = parse("SELECT 'it''s \\n -- /* ; \u202e Ŵyn'")
    assert parsed.tree.selects[0].this == "it's \\n -- /* ; \u202e Ŵyn"
