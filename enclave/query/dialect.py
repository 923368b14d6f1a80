"""The dialect in which everything is read and written. Asked for by name, sqlglot would make one anew each time."""

from sqlglot.dialects.duckdb import DuckDB

DUCKDB = DuckDB()
