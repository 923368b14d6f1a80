"""An answer that is a safe table in other words: other names, another order of rows, and nothing computed.

No word of the reader's is run for it, so no engine is asked. The one thing to know: the order has to be the one that
DuckDB gives, and where the two might differ there is no bare answer, and a scratch engine makes it.
"""

import re
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as types

from enclave.query.plan import Bare, RemainderStep

_KINDS: dict[str, pa.DataType] = {
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "DOUBLE": pa.float64(),
    "HUGEINT": pa.decimal128(38, 0),
    "INTEGER": pa.int32(),
    "SMALLINT": pa.int16(),
    "TEXT": pa.string(),
    "VARCHAR": pa.string(),
}
_WAYS: dict[bool, Literal["ascending", "descending"]] = {False: "ascending", True: "descending"}
_DECIMAL = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")


def bare_answer(step: RemainderStep, safe: pa.Table) -> pa.Table | None:
    """The answer; None where a column has to be cast, or might be sorted otherwise than DuckDB sorts."""
    bare = step.bare
    assert bare is not None, "only the last step over one safe table is bare"
    fit = all(safe.column(name).type == _kind(step.types[id]) for id, name in bare.columns.items())
    if not fit or _has_strange_order(bare, safe):
        return None
    order = pc.sort_indices(safe, sort_keys=[(name, _WAYS[falls]) for name, falls in bare.by])  # nulls last
    made = safe.select(list(bare.columns.values())).take(order)
    return pa.Table.from_arrays(made.columns, names=list(bare.columns))


def _kind(type: str) -> pa.DataType | None:
    found = _DECIMAL.fullmatch(type)
    return _KINDS.get(type) if found is None else pa.decimal128(int(found[1]), int(found[2]))


def _has_strange_order(bare: Bare, safe: pa.Table) -> bool:
    """NaN comes last here, and is the greatest number there."""
    falling = (safe.column(name) for name, falls in bare.by if falls)
    return any(types.is_floating(one.type) and pc.any(pc.is_nan(one)).as_py() for one in falling)
