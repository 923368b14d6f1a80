"""SQL that slipped past the gateway still meets the worker's own check of what it reads.

Source: a view is no border in DuckDB; the file under it is readable by its path and its statistics by
`parquet_metadata`, which shows the smallest and the largest value of every column, granted or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import FailureCode, TableFiles, WorkerSpec
from tests.unit.engines.tools import failure, job_of, spec_of, table_file


@dataclass(frozen=True)
class Place:
    engine: DuckDBEngine
    spec: WorkerSpec
    own: Path
    other: Path
    folder: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("data")
    own = table_file(folder, "own", a=[1, 2], secret=[3, 4])
    other = table_file(folder, "other", a=[5])
    spec = spec_of(TableFiles("granted", (own,), ("a",)))
    with DuckDBEngine(folder=tmp_path_factory.mktemp("engine")) as engine:
        yield Place(engine, spec, own, other, folder)


REACHING = [
    "SELECT secret FROM granted",
    "SELECT secret FROM read_parquet('{own}')",
    "SELECT secret FROM parquet_scan('{own}')",
    "SELECT secret FROM '{own}'",
    'SELECT secret FROM "{own}"',
    'WITH "{own}" AS (SELECT 1 AS secret) SELECT secret FROM "{own}"',
    'SELECT * FROM (WITH "{own}" AS (SELECT 1 AS b) FROM "{own}") x, (FROM "{own}") y',
    "SELECT a FROM granted WHERE EXISTS (SELECT 1 FROM '{own}' WHERE secret = 3)",
    "SELECT (SELECT max(secret) FROM read_parquet('{own}')) AS s",
    "SELECT * FROM parquet_metadata('{own}')",
    "SELECT * FROM parquet_file_metadata('{own}')",
    "SELECT * FROM parquet_schema('{own}')",
    "SELECT * FROM query('SELECT secret FROM read_parquet(''{own}'')')",
    "SELECT * FROM query_table('{own}')",
    "SELECT * FROM read_parquet('{other}')",
    "SELECT * FROM '{other}'",
    "SELECT * FROM read_text('/etc/hostname')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM read_csv('{folder}/*')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_views()",
    "FROM duckdb_views",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_class",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pragma_storage_info('granted')",
    "SELECT * FROM pragma_table_info('granted')",
    "SELECT * FROM json_execute_serialized_sql('{{}}')",
    "SELECT * FROM main.range(3)",
    "SELECT * FROM system.main.range(3)",
    "SHOW TABLES",
    "DESCRIBE granted",
    "SUMMARIZE granted",
    "FROM (SUMMARIZE granted)",
    "FROM (SHOW TABLES)",
    "EXPLAIN SELECT a FROM granted",
    "SELECT a FROM granted; SELECT a FROM granted",
    "CALL duckdb_settings()",
    "CALL sleep_ms(1)",
    "PRAGMA database_list",
    "SET VARIABLE x = 1",
    "SET threads = 8",
    "SET disabled_optimizers = 'filter_pushdown'",
    "RESET memory_limit",
    "CREATE TABLE kept AS SELECT 1 AS a",
    "CREATE TEMP TABLE kept AS SELECT 1 AS a",
    "CREATE OR REPLACE VIEW granted AS SELECT 9 AS a",
    "CREATE MACRO kept() AS 1",
    "CREATE TYPE kept AS ENUM ('a')",
    "DROP VIEW granted",
    "INSERT INTO granted VALUES (1)",
    "WITH z AS (INSERT INTO granted VALUES (1) RETURNING *) SELECT * FROM z",
    "PREPARE kept AS SELECT 1",
    "ATTACH ':memory:' AS kept",
    "ATTACH '{folder}/kept.duckdb'",
    "DETACH memory",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "COPY granted TO '{folder}/kept.csv'",
    "COPY (SELECT secret FROM '{own}') TO '{folder}/kept.csv'",
    "EXPORT DATABASE '{folder}/kept'",
    "CHECKPOINT",
    "BEGIN TRANSACTION",
    "COMMIT",
    "",
]


@pytest.mark.parametrize("sql", REACHING)
def test_a_worker_reads_the_names_it_was_given_and_changes_nothing(place: Place, sql: str) -> None:
    before = sorted(place.folder.iterdir())
    attack = sql.format(own=place.own, other=place.other, folder=place.folder)
    assert failure(place.engine, place.spec, job_of(attack)) is FailureCode.FAILED
    found = place.engine.table(place.spec, job_of("SELECT sum(a)::BIGINT AS a FROM granted"))
    assert found.to_pydict() == {"a": [3]}
    assert sorted(place.folder.iterdir()) == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM granted",
        "SELECT count(*) AS n FROM GRANTED",
        "SELECT count(*) AS n FROM main.granted",
        "SELECT count(*) AS n FROM memory.main.granted",
        "WITH x AS (SELECT a FROM granted) SELECT count(*) AS n FROM x",
        "WITH RECURSIVE x AS (SELECT 1 AS a UNION SELECT a + 1 FROM x WHERE a < 2) SELECT count(*) AS n FROM x",
        "SELECT count(*) AS n FROM range(2)",
        "SELECT count(*) AS n FROM (VALUES (1), (2)) v(a)",
        "SELECT count(*) AS n FROM granted g, unnest([g.a]) u(b)",
        "SELECT count(*) AS n FROM (SELECT a FROM granted UNION ALL SELECT a FROM granted) WHERE a = 1",
        "SELECT count(*) AS n FROM granted SEMI JOIN (SELECT 1 AS a UNION SELECT 2) USING (a)",
    ],
)
def test_ordinary_selects_over_given_names_pass(place: Place, sql: str) -> None:
    assert place.engine.table(place.spec, job_of(sql)).to_pydict() == {"n": [2]}
