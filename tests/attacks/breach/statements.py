"""Statements of somebody whom no gate stops: they reach for what a worker must not read, write, call or start.

Source: the DuckDB documentation, "Securing DuckDB"; CWE-22 (paths), CWE-73 (names of files), CWE-89 (smuggled SQL),
CWE-918 (calls out), CWE-114 (loading code). Written against DuckDB 2.0. `{tier1}` is a sensitive field's own file, of
the same table but not granted; `{beside}` a table of another project; `{secret}` any other file of the machine;
`{linked}` a link to it; `{allowed}` the one file that is granted; `{port}` a door of the gateway.
"""

READS = """
SELECT content FROM read_text('{secret}')
SELECT content FROM read_blob(['{allowed}', '{secret}'])
SELECT content FROM read_blob('{secret}')
SELECT * FROM read_csv('{secret}')
SELECT * FROM read_csv('{secret}', header = false, sep = '\\t', auto_detect = false, columns = {{'a': 'VARCHAR'}})
SELECT * FROM sniff_csv('{secret}')
SELECT * FROM read_json('{secret}')
SELECT * FROM read_json_objects('{secret}')
SELECT * FROM read_ndjson_objects('{secret}')
SELECT * FROM '{secret}'
SELECT content FROM read_text('{folder}/*.csv')
SELECT content FROM read_text('{folder}/./secret.csv')
SELECT content FROM read_text('{folder}/empty/../secret.csv')
SELECT content FROM read_text('{linked}')
SELECT content FROM read_text('file://{secret}')
SELECT content FROM read_text('/proc/self/root{secret}')
SELECT content FROM read_text('/proc/self/environ')
SELECT content FROM read_text('/etc/passwd')
SELECT * FROM read_parquet('{beside}')
SELECT * FROM parquet_scan('{beside}')
SELECT * FROM '{beside}'
SELECT * FROM read_parquet(['{allowed}', '{beside}'], union_by_name = true)
SELECT * FROM read_parquet('{folder}/*.parquet', union_by_name = true)
SELECT * FROM read_parquet('{folder}/**/*.parquet', union_by_name = true, filename = true)
SELECT * FROM read_parquet('{allowed}/../beside.parquet')
SELECT stats_min_value, stats_max_value FROM parquet_metadata('{beside}')
SELECT * FROM parquet_bloom_probe('{beside}', 'a', 'beside-canary-2')
SELECT * FROM parquet_kv_metadata('{beside}')
SELECT * FROM query('SELECT * FROM read_parquet(''{beside}'')')
SELECT * FROM query_table('{beside}')
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_parquet(''{beside}'')'))
SELECT (SELECT string_agg(content, '') FROM read_text('{secret}')) AS a
WITH x AS (FROM read_text('{secret}')) SELECT content FROM x
SELECT a FROM t UNION ALL SELECT content FROM read_text('{secret}')
SELECT a FROM t WHERE a < (SELECT max(content) || 'z' FROM read_text('{secret}')) OR a < 'z'
CREATE TABLE made (a VARCHAR); COPY made FROM '{secret}'; FROM made
CREATE TEMP TABLE made_too (a VARCHAR); COPY made_too FROM '{secret}'; FROM made_too
ATTACH '{database}' AS other (READ_ONLY); FROM other.kept
FROM '{database}'
FROM read_duckdb('{database}', table_name = 'kept')
IMPORT DATABASE '{folder}'
FROM imported
SELECT * FROM glob('{folder}/*')
SELECT * FROM glob('/etc/*')
"""
"""What other files hold, or that they are there."""

TIER_1 = """
SELECT * FROM read_parquet('{tier1}')
SELECT diagnosis FROM '{tier1}'
FROM '{tier1}'
SELECT * FROM read_parquet('{folder}/tier1/*.parquet')
SELECT * FROM read_parquet('{folder}/*/*.parquet')
SELECT * FROM read_parquet(['{tier1}'], hive_partitioning = true)
SELECT * FROM read_parquet('{tier1}', file_row_number = true, filename = true)
SELECT t.a, d.diagnosis FROM t POSITIONAL JOIN read_parquet('{tier1}') d
SELECT stats_min_value, stats_max_value FROM parquet_metadata('{tier1}')
SELECT * FROM parquet_schema('{tier1}')
SELECT num_rows FROM parquet_file_metadata('{tier1}')
SELECT * FROM parquet_bloom_probe('{tier1}', 'diagnosis', 'tier-1-canary-3')
SELECT content FROM read_blob('{tier1}')
SELECT size FROM read_blob('{tier1}')
SELECT * FROM query_table(['{tier1}'])
CREATE TABLE taken AS FROM read_parquet('{tier1}'); FROM taken
CREATE VIEW seen AS FROM read_parquet('{tier1}'); FROM seen
SELECT count(*) FROM read_parquet('{tier1}') WHERE diagnosis = 'tier-1-canary-3'
SUMMARIZE FROM read_parquet('{tier1}')
DESCRIBE FROM read_parquet('{tier1}')
"""

WRITES = """
COPY (SELECT 1 AS a) TO '{folder}/left.csv'
COPY (SELECT 1 AS a) TO '{folder}/left.parquet' (FORMAT parquet)
COPY (SELECT 1 AS a) TO '{folder}/left.json' (FORMAT json)
COPY (SELECT 1 AS a) TO '{folder}/left' (FORMAT parquet, PARTITION_BY (a))
COPY (SELECT 1 AS a) TO '{folder}/left' (FORMAT csv, PER_THREAD_OUTPUT)
COPY (SELECT 1 AS a) TO '{folder}/left.csv' (USE_TMP_FILE false)
COPY (SELECT 1 AS a) TO '{allowed}' (FORMAT parquet)
COPY (SELECT 1 AS a) TO '{secret}'
COPY (SELECT 1 AS a) TO '{linked}'
COPY (SELECT 1 AS a) TO '{folder}/empty/../left.csv'
COPY t TO '{folder}/left.csv'
EXPORT DATABASE '{folder}/left'
ATTACH '{folder}/left.duckdb'
ATTACH '{folder}/left.duckdb' AS made_here (READ_WRITE)
ATTACH '{database}' AS other_written
PRAGMA enable_profiling = 'json'; PRAGMA profiling_output = '{folder}/left.json'; SELECT 1
SET log_query_path = '{folder}/left.log'; SELECT 1
SET temp_directory = '{folder}/left'; SET memory_limit = '20MB'; SELECT count(DISTINCT i) FROM range(2000000) r(i)
CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')
"""

SOCKETS = """
INSTALL spatial FROM 'http://127.0.0.1:{port}'
FORCE INSTALL icu FROM 'http://127.0.0.1:{port}'
SET custom_extension_repository = 'http://127.0.0.1:{port}'; INSTALL spatial
SET http_proxy = '127.0.0.1:{port}'; INSTALL spatial
INSTALL 'http://127.0.0.1:{port}/left.duckdb_extension'
LOAD 'http://127.0.0.1:{port}/left.duckdb_extension'
SELECT * FROM read_parquet('http://127.0.0.1:{port}/a.parquet')
SELECT * FROM read_csv('https://127.0.0.1:{port}/a.csv')
SELECT * FROM 's3://127.0.0.1:{port}/a.parquet'
ATTACH 'http://127.0.0.1:{port}/a.duckdb' AS far
ATTACH 'ducklake:http://127.0.0.1:{port}/a' AS lake
ATTACH 'host=127.0.0.1 port={port}' AS pg (TYPE postgres)
COPY (SELECT 1 AS a) TO 'http://127.0.0.1:{port}/a.csv'
"""

EXECS = """
LOAD '{library}'
INSTALL '{library}'
FORCE INSTALL '{library}'
SET allow_unsigned_extensions = true; LOAD '{library}'
LOAD httpfs
INSTALL httpfs
UPDATE EXTENSIONS
SELECT * FROM read_csv('ls |')
SELECT * FROM read_text('|id')
"""

SETTINGS = """
SET enable_external_access = true
SET allowed_paths = ['{secret}']; SELECT content FROM read_text('{secret}')
SET allowed_directories = ['{folder}']; SELECT content FROM read_text('{secret}')
SET lock_configuration = false
SET memory_limit = '64GB'
SET threads = 64
RESET memory_limit
SET max_temp_directory_size = '64GB'
SET allow_community_extensions = true
SET allow_extension_repositories = 'all'
SET allow_persistent_secrets = true
SET autoinstall_known_extensions = true
SET autoload_known_extensions = true
SET python_enable_replacements = true
SET disabled_filesystems = ''
SET home_directory = '{folder}'
SET file_search_path = '{folder}'
SET max_execution_time = 0
SET extension_directory = '{folder}/left'
"""

ENDS = """
CALL enable_logging(storage = 'file', storage_path = '{folder}/left'); SELECT 1
"""
"""Where it may not write its log, DuckDB 2.0 ends the process at the next statement. So it comes last."""

SAME_FILE = """
SELECT name FROM read_parquet('{allowed}')
SELECT name FROM '{allowed}'
SELECT stats_min_value FROM parquet_metadata('{allowed}')
"""
"""A column of the granted file which was not granted. Below the gate only the worker's own reader stops these."""

MEMORY = """
SELECT * FROM a_variable_of_python
SELECT * FROM a_local_variable
"""


def lines(block: str) -> list[str]:
    return [line for line in block.strip().splitlines() if line.strip()]


CLASSES = {
    "the same file": lines(SAME_FILE),
    "the interpreter": lines(MEMORY),
    "another file": lines(READS),
    "a tier 1 field": lines(TIER_1),
    "a socket": lines(SOCKETS),
    "a program": lines(EXECS),
    "a write": lines(WRITES),
    "a setting": lines(SETTINGS),
    "the end of the process": lines(ENDS),
}
"""In the order in which they are tried: what spoils the targets comes last."""
