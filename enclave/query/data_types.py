"""SQL types as trees, each read once: to a parser a type is a text like any other, and a plan has dozens of them."""

from functools import lru_cache

from sqlglot import exp

from enclave.query.dialect import DUCKDB

_MOST_KNOWN = 1024


def data_type(text: str) -> exp.DataType:
    """The tree of a type, as DuckDB writes it. It is the caller's own."""
    known = _read(text)
    return known.copy() if known.expressions else exp.DataType(**known.args)


@lru_cache(maxsize=_MOST_KNOWN)
def _read(text: str) -> exp.DataType:
    return exp.DataType.build(text, dialect=DUCKDB)
