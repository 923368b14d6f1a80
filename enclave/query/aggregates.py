"""Which nodes are aggregates, by the reviewed list of functions."""

from sqlglot import exp

from enclave.query.functions import FunctionKind, lookup
from enclave.query.relations import Scalar

_OF_CONDITIONS = frozenset({"count_if", "countif", "bool_or", "bool_and"})


def is_aggregate(node: Scalar) -> bool:
    """Whether the node calls an aggregate; its FILTER stands around it, grouping() is none."""
    if isinstance(node, exp.Grouping | exp.GroupingId):
        return False
    function = lookup(node)
    return function is not None and function.kind is FunctionKind.AGGREGATE


def takes_conditions(node: Scalar) -> bool:
    """Whether the aggregate's argument is a condition: count_if, bool_or, bool_and."""
    function = lookup(node)
    return function is not None and function.name in _OF_CONDITIONS


_OF_VALUES = frozenset(
    {"min", "max", "mode", "any_value", "arbitrary", "approx_count_distinct", "bool_or", "bool_and"}
)
_OF_DISTINCT = frozenset({"count", "list", "array_agg", "string_agg", "group_concat", "listagg"})


def shows_values(node: Scalar) -> bool:
    """Whether the aggregate shows, picks or counts the different values of its argument: of codes it is a grouping."""
    name = aggregate_name(node)
    return name in _OF_VALUES or (
        name in _OF_DISTINCT and next(node.find_all(exp.Distinct), None) is not None
    )


def aggregate_name(node: Scalar) -> str:
    """DuckDB's name of the aggregate; empty for what is not on the list."""
    function = lookup(node)
    return function.name if function is not None else ""
