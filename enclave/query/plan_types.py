"""The types of the columns of a bound plan, as DESCRIBE would write them.

Binding a text a second time only to hear its types costs as much as the first time. Where a plan does not say them
plainly the answer is None, and the caller asks DuckDB.
"""

from collections.abc import Mapping

_SAME_COLUMNS = frozenset({"LOGICAL_ORDER_BY", "LOGICAL_LIMIT", "LOGICAL_DISTINCT"})
"""Operators that pass on the columns of the one below them."""
_PLAIN = frozenset(
    {
        *("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "VARCHAR"),
        *(
            "UTINYINT",
            "USMALLINT",
            "UINTEGER",
            "UBIGINT",
            "UHUGEINT",
            "DATE",
            "TIME",
            "TIMESTAMP",
            "INTERVAL",
        ),
    }
)


def output_types(plan: object) -> tuple[str, ...] | None:
    """The types of the plan's columns, in order; None where its top is no plain list of expressions."""
    columns = output_columns(plan)
    return None if columns is None else tuple(kind for _, kind in columns)


def output_columns(plan: object) -> tuple[tuple[str | None, str], ...] | None:
    """The name of each of the plan's columns, where its expression has one there, and its type.

    Limit: a name is that of the expression, which is not always that of the column.
    """
    node = plan
    while isinstance(node, dict) and node.get("type") in _SAME_COLUMNS and "projections" not in node:
        children = node.get("children")
        node = children[0] if isinstance(children, list) and len(children) == 1 else None
    if isinstance(node, dict) and node.get("type") == "LOGICAL_MATERIALIZED_CTE":
        children = node.get("children")
        return output_columns(children[1]) if isinstance(children, list) and len(children) == 2 else None
    if not isinstance(node, dict) or node.get("type") != "LOGICAL_PROJECTION":
        return None
    expressions = node.get("expressions")
    if not isinstance(expressions, list):
        return None
    columns = tuple((_name_of(one), _type_of(one)) for one in expressions)
    known = tuple((name, kind) for name, kind in columns if kind is not None)
    return known if len(known) == len(columns) else None


def _name_of(expression: object) -> str | None:
    name = expression.get("alias") if isinstance(expression, dict) else None
    return name if isinstance(name, str) else None


def _type_of(expression: object) -> str | None:
    kind = expression.get("return_type") if isinstance(expression, dict) else None
    return _written(kind) if isinstance(kind, dict) else None


def _written(kind: Mapping[str, object]) -> str | None:
    id, info = kind.get("id"), kind.get("type_info")
    if id in _PLAIN and info is None:
        return str(id)
    if not isinstance(info, dict) or "alias" in info:
        return None
    if id == "DECIMAL" and {"width", "scale"} <= info.keys():
        return f"DECIMAL({info['width']},{info['scale']})"
    child = info.get("child_type")
    inner = _written(child) if id == "LIST" and isinstance(child, dict) else None
    return None if inner is None else f"{inner}[]"
