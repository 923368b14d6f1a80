"""Everything that is not one reading query is refused, with a code, before anything could run it.

Source: the hardening notes on DuckDB 2.0 and sqlglot 30.30: statements that a parser takes for a SELECT, functions that
run SQL held in text, and tables that are files.
"""

import pytest

from enclave.problems import Refusals
from enclave.query.functions import REVIEWED, WRITABLE
from enclave.query.parse import parse

NOT_QUERIES = """
INSERT INTO t VALUES (1)
INSERT INTO t SELECT * FROM u
INSERT OR REPLACE INTO t VALUES (1)
INSERT INTO t BY NAME SELECT 1 AS a
UPDATE t SET a = 1
DELETE FROM t
DELETE FROM t USING u WHERE t.a = u.a
TRUNCATE t
MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE
CREATE TABLE t (a INTEGER)
CREATE TABLE t AS SELECT 1
CREATE OR REPLACE TABLE t AS SELECT 1
CREATE TEMP TABLE t AS SELECT 1
CREATE VIEW v AS SELECT 1
CREATE OR REPLACE VIEW v AS SELECT * FROM t
CREATE MACRO m(a) AS a + 1
CREATE FUNCTION m(a) AS TABLE SELECT a
CREATE TYPE mood AS ENUM ('a')
CREATE SCHEMA s
CREATE SEQUENCE q
CREATE INDEX i ON t (a)
CREATE SECRET s (TYPE s3)
DROP TABLE t
DROP VIEW v
DROP SCHEMA main CASCADE
DROP MACRO m
ALTER TABLE t ADD COLUMN b INTEGER
ALTER TABLE t RENAME TO u
COMMENT ON TABLE t IS 'x'
COPY t TO 'out.csv'
COPY t FROM 'in.csv'
COPY (SELECT * FROM t) TO 'out.parquet'
COPY FROM DATABASE a TO b
EXPORT DATABASE 'dir'
IMPORT DATABASE 'dir'
ATTACH 'x.duckdb' AS x
ATTACH ':memory:'
DETACH x
USE x
SET threads = 1
SET VARIABLE x = 1
SET schema = 'main'
RESET threads
PRAGMA database_list
PRAGMA table_info('t')
PRAGMA enable_profiling
PRAGMA add_parquet_key('k', '0123456789112345')
PREPARE q AS SELECT 1
EXECUTE q
EXECUTE q(1)
DEALLOCATE q
DEALLOCATE z
EXPLAIN SELECT 1
EXPLAIN ANALYZE SELECT 1
DESCRIBE t
DESCRIBE SELECT 1
DESC t
SUMMARIZE t
SUMMARIZE SELECT 1
SHOW TABLES
SHOW ALL
SHOW ALL TABLES
SHOW DATABASES
CALL pragma_version()
CALL force_checkpoint()
LOAD httpfs
INSTALL httpfs
FORCE INSTALL httpfs
UPDATE EXTENSIONS
CHECKPOINT
FORCE CHECKPOINT
VACUUM
ANALYZE
BEGIN
BEGIN TRANSACTION
COMMIT
ROLLBACK
ABORT
START TRANSACTION
UNPIVOT t ON a, b INTO v
SELECT a INTO name FROM t
VALUES (1)
TABLE t
t
1
'x'
(1)
((1))
(VALUES (1))
(TABLE t)
(t)
;
;;
-- nothing
/* nothing */
SELECT 1; SELECT 2
SELECT 1;; SELECT 2
SELECT 1; DROP TABLE t
SELECT 1 INTO z
SELECT a INTO z FROM t
SELECT a INTO TEMP z FROM t
SELECT * FROM t FOR UPDATE
SELECT * FROM t FOR SHARE
SELECT * FROM t FOR NO KEY UPDATE
SELECT * FROM t FOR UPDATE SKIP LOCKED
WITH z AS (DELETE FROM t RETURNING *) SELECT * FROM z
WITH z AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM z
WITH z AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM z
WITH z AS (SELECT 1) DELETE FROM t
WITH z AS (SELECT 1) INSERT INTO t SELECT * FROM z
WITH z AS (SELECT 1) UPDATE t SET a = 1
SELECT * FROM (SHOW tables)
SELECT * FROM (SHOW ALL TABLES)
SELECT * FROM (DESCRIBE t)
SELECT * FROM (DESCRIBE SELECT * FROM t)
SELECT * FROM (SUMMARIZE t)
SELECT * FROM (SUMMARIZE SELECT * FROM t)
SELECT * FROM (DELETE FROM t RETURNING *)
SELECT * FROM (INSERT INTO t VALUES (1) RETURNING *)
SELECT * FROM (EXPLAIN SELECT 1)
SELECT * FROM (CALL pragma_version())
SELECT * FROM (FROM t PIVOT (sum(a) FOR b IN (SELECT 1)))
"""

UNREAD = """
PIVOT t ON a || b IN (1) USING sum(b)
PIVOT t ON a IN (SELECT 1) USING sum(b)
PIVOT t ON a IN (1)
UNPIVOT t ON a, b
SELECT * FROM (PIVOT t ON a + 1 IN (1) USING sum(b))
SELECT * FROM (UNPIVOT t ON a)
PIVOT t ON a USING sum(b) WHERE c
PIVOT t ON a IN (1) USING sum(b), GROUP BY c
PIVOT t ON IN (1) USING sum(b)
UNPIVOT t ON a INTO NAME n
FROM t PIVOT (sum(a))
FROM t PIVOT (sum(a) FOR b)
FROM t UNPIVOT (v FOR n)
"""

NOT_ALLOWED = """
SELECT * FROM t PIVOT (sum(a) FOR b IN (1, lower(c)))
SELECT * FROM t PIVOT (sum(a) FOR b IN (1) c IN (2)) PIVOT (sum(a) FOR b IN (1))
SELECT * FROM t UNPIVOT ((v, w) FOR n IN ((a, b), (c, d)))
SELECT * FROM t UNPIVOT (v FOR n IN (a + 1, b))
SELECT * FROM 'x.csv'
SELECT * FROM 'x.parquet'
SELECT * FROM 'x.json' AS j
SELECT * FROM 'data/*.parquet' p
SELECT * FROM "x.csv", 'y.csv'
SELECT * FROM t JOIN 'x.csv' ON true
SELECT * FROM t, 'x.csv'
FROM 'x.csv'
FROM 'x.csv' SELECT a
SELECT 'x.csv'.a
SELECT * FROM $$x.csv$$
SELECT * FROM 'x' || '.csv'
SELECT * FROM 'https://example.org/x.parquet'
SELECT * FROM 's3://bucket/x.parquet'
SELECT * FROM main.t
SELECT * FROM memory.main.t
SELECT * FROM information_schema.tables
SELECT * FROM pg_catalog.pg_tables
SELECT * FROM "main"."t"
SELECT main.t.a FROM t
SELECT memory.main.t.a FROM t
SELECT t.a.b FROM t
SELECT * FROM t AT (VERSION => 1)
SELECT * FROM t AT (TIMESTAMP => now())
SELECT * FROM range(10)
SELECT * FROM generate_series(1, 10)
SELECT * FROM unnest([1, 2])
SELECT * FROM t, unnest(t.a)
SELECT * FROM t, LATERAL (SELECT t.a)
SELECT * FROM t CROSS JOIN LATERAL (SELECT t.a) x
SELECT * FROM t POSITIONAL JOIN u
SELECT * FROM t ASOF JOIN u ON t.a >= u.a
SELECT * FROM t ASOF LEFT JOIN u ON t.a >= u.a
SELECT * FROM t TABLESAMPLE 10%
SELECT * FROM t TABLESAMPLE reservoir(10)
SELECT * FROM t USING SAMPLE 10
SELECT * FROM t USING SAMPLE 10% (bernoulli)
SELECT * FROM t WITH ORDINALITY
SELECT * FROM ONLY t
SELECT * FROM t a(x, y)
SELECT * FROM t AS a(x)
SELECT * FROM (t)
SELECT * FROM (t JOIN u ON true)
SELECT * FROM (t) AS x
SELECT * FROM (FROM t) AS x(a) WHERE x.f()
WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT * FROM r
WITH RECURSIVE r(a) AS (SELECT 1) SELECT * FROM r
WITH r AS MATERIALIZED (SELECT 1) SELECT * FROM r
WITH r AS NOT MATERIALIZED (SELECT 1) SELECT * FROM r
WITH r USING KEY (a) AS (SELECT 1) SELECT * FROM r
SELECT DISTINCT ON (a) b FROM t
SELECT a FROM t LIMIT 10%
SELECT a FROM t LIMIT 10 PERCENT
SELECT a FROM t LIMIT (SELECT max(a) FROM t)
SELECT a FROM t LIMIT a
SELECT a FROM t LIMIT 1 + 1
SELECT a FROM t LIMIT -1
SELECT a FROM t OFFSET (SELECT 1)
SELECT a FROM t FETCH FIRST 3 ROWS ONLY
SELECT a FROM t FETCH NEXT ROW WITH TIES
SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY a)
SELECT sum(a) OVER (w ORDER BY b) FROM t WINDOW w AS (PARTITION BY a)
SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM t
SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN c PRECEDING AND CURRENT ROW) FROM t
SELECT first_value(a IGNORE NULLS) OVER (ORDER BY b) FROM t
SELECT last(a IGNORE NULLS) OVER (ORDER BY b) FROM t
SELECT last_value(a RESPECT NULLS) OVER (ORDER BY b) FROM t
SELECT sum(a) EXPORT_STATE FROM t
SELECT count(DISTINCT a, b) FROM t
SELECT count(a, b) FROM t
SELECT max(a, 3) FROM t
SELECT min(a, 3) FROM t
SELECT arg_max(a, b, 3) FROM t
SELECT t.f() FROM t
SELECT name.upper() FROM t
SELECT (a).upper() FROM t
SELECT a.upper().lower() FROM t
SELECT ('x').length()
SELECT (t).a FROM t
SELECT (t.a).b FROM t
SELECT t['a'] FROM t
SELECT a[1] FROM t
SELECT a[1:2] FROM t
SELECT a[1][1] FROM t
SELECT (a)[1] FROM t
SELECT 'abc'[1]
SELECT [1, 2, 3][1]
SELECT [1, 2, 3]
SELECT [a FOR a IN [1, 2]]
SELECT {'a': 1}
SELECT {a: 1}
SELECT MAP {'a': 1}
SELECT MAP {1: 2}
SELECT struct_pack(a := 1)
SELECT ROW(1, 2)
SELECT (1, 2)
SELECT (a, b) FROM t
SELECT a FROM t WHERE (a, b) = (1, 2)
SELECT a FROM t WHERE (a, b) IN ((1, 2))
SELECT a FROM t WHERE (a, b) IN (SELECT a, b FROM t)
SELECT ARRAY(SELECT a FROM t)
SELECT ARRAY[1, 2]
SELECT a FROM t WHERE a = ANY (SELECT 1)
SELECT a FROM t WHERE a > ALL (SELECT 1)
SELECT a FROM t WHERE a = SOME (SELECT 1)
SELECT a FROM t WHERE a IN b
SELECT a FROM t WHERE a IN [1, 2]
SELECT list_transform([1], x -> x + 1)
SELECT list_transform([1], lambda x: x + 1)
SELECT list_filter(a, x -> x > 1) FROM t
SELECT a -> 'b' FROM t
SELECT a ->> 'b' FROM t
SELECT COLUMNS('a.*') FROM t
SELECT COLUMNS(*) FROM t
SELECT COLUMNS(c -> c LIKE 'a%') FROM t
SELECT sum(COLUMNS(*)) FROM t
SELECT *COLUMNS('a') FROM t
SELECT * LIKE 'a%' FROM t
SELECT * NOT LIKE 'a%' FROM t
SELECT * ILIKE 'a%' FROM t
SELECT * GLOB 'a*' FROM t
SELECT * SIMILAR TO 'a.*' FROM t
SELECT * RENAME (a AS b) FROM t
SELECT #1 FROM t
SELECT a FROM t ORDER BY #1
SELECT $1
SELECT ?
SELECT $name
SELECT @x
SELECT :x
SELECT b: a FROM t
SELECT b: a::INTEGER FROM t
SELECT a FROM t ORDER BY a COLLATE nocase
SELECT a COLLATE nocase FROM t
SELECT a AT TIME ZONE 'UTC' FROM t
SELECT a SIMILAR TO 'b' FROM t
SELECT a GLOB 'b' FROM t
SELECT a ~ 'b' FROM t
SELECT a !~ 'b' FROM t
SELECT a ~~ 'b' FROM t
SELECT a <=> b FROM t
SELECT a <-> b FROM t
SELECT a && b FROM t
SELECT a @> b FROM t
SELECT a <@ b FROM t
SELECT a ^@ b FROM t
SELECT a & b FROM t
SELECT a | b FROM t
SELECT a << 1 FROM t
SELECT a >> 1 FROM t
SELECT ~a FROM t
SELECT a! FROM t
SELECT !a FROM t
SELECT @a FROM t
SELECT a BETWEEN SYMMETRIC 2 AND 1 FROM t
FROM t |> SELECT a
SELECT 1 FROM t |> WHERE true
SELECT CAST(a AS STRUCT(b INTEGER)) FROM t
SELECT CAST(a AS INTEGER[]) FROM t
SELECT CAST(a AS MAP(INTEGER, INTEGER)) FROM t
SELECT CAST(a AS JSON) FROM t
SELECT CAST(a AS UUID) FROM t
SELECT CAST(a AS BLOB) FROM t
SELECT CAST(a AS BIT) FROM t
SELECT CAST(a AS ENUM('a')) FROM t
SELECT CAST(a AS UNION(b INTEGER)) FROM t
SELECT CAST(a AS mytype) FROM t
SELECT CAST(a AS main.mytype) FROM t
SELECT CAST(a AS UBIGINT) FROM t
SELECT CAST(a AS TIMESTAMPTZ) FROM t
SELECT CAST(a AS DATE FORMAT 'YYYY') FROM t
SELECT a::regclass FROM t
SELECT UUID 'x'
SELECT JSON '{}'
SELECT TIMESTAMPTZ '2020-01-01 00:00:00'
SELECT 1 UNION BY NAME SELECT 2
SELECT 1 UNION ALL BY NAME SELECT 2
SELECT a FROM t GROUP BY a WITH TOTALS
SELECT a FROM t CONNECT BY a = 1
SELECT trim(BOTH 'x' FROM a) FROM t
SELECT quantile_cont(a, b) FROM t
SELECT quantile_cont(a, [b]) FROM t
SELECT quantile_cont(a, [0.5, (SELECT 1)]) FROM t
SELECT percentile_cont(a) WITHIN GROUP (ORDER BY b) FROM t
SELECT date_part(a, d) FROM t
SELECT date_trunc(a, d) FROM t
SELECT date_diff(a, d, e) FROM t
SELECT extract('secret' FROM d) FROM t
SELECT lpad(a, 100000000, 'x') FROM t
SELECT lpad(a, b, 'x') FROM t
SELECT format('{:>1500000000}', a) FROM t
SELECT format(a, b) FROM t
SELECT printf('%1500000000d', a) FROM t
SELECT printf('%*d', a, b) FROM t
SELECT regexp_matches(a, b) FROM t
SELECT regexp_matches(a, 'b', 'i') FROM t
SELECT regexp_replace(a, 'b', 'c', 'g') FROM t
SELECT jaro_winkler_similarity(a, b, 0.5) FROM t
SELECT ceil(a, 2) FROM t
SELECT floor(a, 2) FROM t
SELECT any_value(a IGNORE NULLS) FROM t
SELECT interval (a) DAY FROM t
SELECT main.sum(a) FROM t
SELECT system.main.sum(a) FROM t
SELECT "main"."sum"(a) FROM t
SELECT sum(a).abs() FROM t
SELECT nvl(a, b) FROM t
SELECT iif(a, b, c) FROM t
SELECT isnull(a, b) FROM t
SELECT current_date
SELECT current_timestamp
SELECT current_time
SELECT current_user
SELECT current_schema
SELECT current_catalog
SELECT session_user
SELECT user()
SELECT localtime
SELECT localtimestamp
SELECT struct_extract(t, 'a') FROM t
SELECT row_to_json(t) FROM t
SELECT unnest(t) FROM t
SELECT unnest(a) FROM t
SELECT sum(unnest(a)) FROM t
SELECT STRUCT(a) FROM t
SELECT OBJECT_CONSTRUCT('a', 1)
SELECT JSON_OBJECT('a': 1)
SELECT JSON_TABLE(a, '$' COLUMNS (b INT PATH '$.b')) FROM t
SELECT XMLTABLE('a')
SELECT OPENJSON(a) FROM t
SELECT DECODE(a, 1, 2) FROM t
SELECT CONVERT(INT, a) FROM t
SELECT STRING_AGG(a) WITHIN GROUP (ORDER BY a) FILTER (WHERE x.y.z) FROM t
SELECT PREDICT(MODEL m, a)
SELECT MATCH (a) AGAINST ('b') FROM t
SELECT NEXT VALUE FOR s
SELECT nextval('s')
SELECT currval('s')
SELECT setval('s', 1)
SELECT INTERVAL '1 day' + EVERY(a) FROM t
SELECT a OVERLAPS b FROM t
SELECT a MEMBER OF(b) FROM t
SELECT /*+ BROADCAST(t) */ a FROM t
"""


def lines(block: str) -> list[str]:
    return [line for line in block.strip().splitlines() if line.strip()]


def codes(text: str) -> set[str]:
    with pytest.raises(Refusals) as caught:
        parse(text)
    assert caught.value.problems
    for problem in caught.value.problems:
        assert problem.detail
        assert all(span.text == text[span.start : span.end] for span in problem.spans)
    return {problem.code for problem in caught.value.problems}


@pytest.mark.parametrize("text", lines(NOT_QUERIES))
def test_what_is_not_a_reading_query_is_refused(text: str) -> None:
    assert codes(text) & {"not-a-query", "syntax", "function-not-allowed"}


@pytest.mark.parametrize("text", lines(NOT_QUERIES)[:93])
def test_a_statement_is_called_what_it_is(text: str) -> None:
    assert "not-a-query" in codes(text)


@pytest.mark.parametrize("text", lines(NOT_ALLOWED))
def test_what_is_not_on_the_list_is_refused(text: str) -> None:
    assert codes(text) & {"function-not-allowed", "syntax", "not-a-query"}


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", ";", "()", "( )", "SELECT", "SELECT FROM t", "FROM", "WITH", "WITH a"]
)
def test_an_empty_or_broken_off_query_is_refused(text: str) -> None:
    assert codes(text) & {"syntax", "not-a-query"}


CALLABLE = sorted(
    {name for name, kind in REVIEWED if kind in ("scalar", "aggregate", "macro", "window")} - WRITABLE.keys()
)
TABLE_FUNCTIONS = sorted({name for name, kind in REVIEWED if kind in ("table", "table_macro", "pragma")})


@pytest.mark.parametrize(
    "form", ["SELECT {}()", "SELECT {}(a) FROM t", "SELECT {}('a', 1) FROM t", "SELECT a.{}() FROM t"]
)
def test_no_denied_function_passes_in_any_form(form: str) -> None:
    """Every function of the engine that is not on the list, more than 900 of them."""
    for name in CALLABLE:
        if name.lower() in WRITABLE or name.lower() in ("row", "user"):
            continue
        spelled = name if name.isidentifier() else '"' + name + '"'
        try:
            parse(form.format(spelled))
        except Refusals:
            continue
        pytest.fail(f"{form.format(spelled)} passed")


@pytest.mark.parametrize(
    "form",
    [
        "SELECT * FROM {}()",
        "SELECT * FROM {}('x')",
        "FROM {}('x')",
        "SELECT * FROM t, {}('x') AS y",
        "CALL {}('x')",
    ],
)
def test_no_table_function_passes_in_any_form(form: str) -> None:
    for name in TABLE_FUNCTIONS:
        with pytest.raises(Refusals):
            parse(form.format(name))


@pytest.mark.parametrize("text", lines(UNREAD))
def test_a_pivot_of_no_known_shape_is_not_read(text: str) -> None:
    assert codes(text) == {"syntax"}
