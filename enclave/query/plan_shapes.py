"""Whether two bound plans of DuckDB mean the same: what they compute, wherever their words stand."""

import re
from collections.abc import Mapping, Sequence

from enclave.query.bound_plans import VIRTUAL_FROM, path_of

# Where a word stands, and whether an operator was written as a sign, is not what it means.
_IGNORED = frozenset(
    {
        "query_location",
        "query_location_length",
        "estimated_cardinality",
        "has_estimated_cardinality",
        "is_operator",
    }
)
# Numbers that the binder gives out in order: they are compared by what they link, not by their value.
_INDEXES = frozenset(
    {
        "table_index",
        "group_index",
        "aggregate_index",
        "groupings_index",
        "window_index",
        "mark_index",
        "cte_index",
        "bound_index",
        "delim_index",
        "unnest_index",
    }
)
# Names of one function in DuckDB; sqlglot writes the second.
_SYNONYMS = {
    "^": "power",
    "**": "power",
    "pow": "power",
    "mod": "%",
    "string_agg": "listagg",
    "group_concat": "listagg",
    "list": "array_agg",
    "substr": "substring",
    "lcase": "lower",
    "ucase": "upper",
    "len": "length",
    "char_length": "length",
    "character_length": "length",
    "ceiling": "ceil",
    "argmax": "arg_max",
    "argmin": "arg_min",
    "max_by": "arg_max",
    "min_by": "arg_min",
    "instr": "strpos",
    "position": "strpos",
    "countif": "count_if",
    "var_samp": "variance",
    "datetrunc": "date_trunc",
    "datediff": "date_diff",
    "datepart": "date_part",
    "array_contains": "list_contains",
}
_OPPOSITES = {
    "IS DISTINCT FROM": "IS NOT DISTINCT FROM",
    "IS NOT DISTINCT FROM": "IS DISTINCT FROM",
    "COMPARE_DISTINCT_FROM": "COMPARE_NOT_DISTINCT_FROM",
    "COMPARE_NOT_DISTINCT_FROM": "COMPARE_DISTINCT_FROM",
    "~~": "!~~",
    "!~~": "~~",
    "~~*": "!~~*",
    "!~~*": "~~*",
}
_UNIT_FIRST = frozenset({"date_trunc", "date_diff", "date_part", "date_sub"})


_PLACES = re.compile(
    r'"(?:query_location(?:_length)?":"?[0-9]+"?|is_operator":(?:true|false)|alias":"(?:[^"\\]|\\.)*\((?:[^"\\]|\\.)*"),?'
)
"""Keys of no meaning, in a plan's own JSON. Inside its strings a quote has a backslash before it, so none is found."""


def without_places(serialized: str) -> str:
    """The JSON of a plan without what `same_plan` does not look at: equal texts are equal plans."""
    return _PLACES.sub("", serialized)


def same_plan(one: object, other: object, *, names: bool = True) -> bool:
    """Whether two plans compute the same from the same, under the same names, wherever their words stand.

    Limit: the binder keeps one copy of an aggregate that is written twice alike. A query that writes one in two
    spellings (`avg(x ^ 2)` and `avg(power(x, 2))`) is taken for another than the one with one spelling.
    """
    return _shape(one, {}, names=names) == _shape(other, {}, names=names)


def _shape(node: object, seen: dict[int, int], *, names: bool) -> object:
    """The plan without what does not matter; indexes are replaced by the order in which they are met."""
    if isinstance(node, list):
        return [_shape(item, seen, names=names) for item in node]
    if not isinstance(node, dict):
        return node
    plain = _affirmed(node)
    name = _name(plain)
    shape: dict[str, object] = {}
    for key in sorted(plain.keys() - _IGNORED):
        value = plain[key]
        if key in _INDEXES and isinstance(value, int) and value < VIRTUAL_FROM:
            shape[key] = seen.setdefault(value, len(seen))
        elif key == "qname":
            shape[key] = name
        elif key == "alias" and isinstance(value, str) and ("(" in value or not names):
            continue  # the text of an expression without a name
        elif key == "grouping_sets" and value == [[*range(len(_groups(plain)))]]:
            continue  # every group together: a PIVOT leaves this unsaid
        else:
            shape[key] = _shape(value, seen, names=names)
    if name in _UNIT_FIRST:
        _lower_unit(shape)
    return shape


def _groups(node: Mapping[str, object]) -> Sequence[object]:
    groups = node.get("groups")
    return groups if isinstance(groups, list) else ()


def _name(node: Mapping[str, object]) -> str:
    path = path_of(node.get("qname"))
    return _SYNONYMS.get(path[-1], path[-1]) if path else ""


def _affirmed(node: Mapping[str, object]) -> Mapping[str, object]:
    """`NOT x IS NULL` as `x IS NOT NULL`, and `NOT x IS DISTINCT FROM y` likewise: sqlglot writes the first."""
    children = node.get("children")
    if node.get("type") != "OPERATOR_NOT" or not isinstance(children, list) or len(children) != 1:
        return node
    if not isinstance(children[0], dict):
        return node
    inner = _affirmed(children[0])
    changed: dict[str, object] = {}
    kind, name = str(inner.get("type")), _name(inner)
    if kind == "OPERATOR_IS_NULL":
        changed["type"] = "OPERATOR_IS_NOT_NULL"
    elif name in _OPPOSITES:
        changed["type"] = _OPPOSITES.get(kind, kind)
        changed["qname"] = {"path": [_OPPOSITES[name]]}
    else:
        return node
    if "alias" in node:
        changed["alias"] = node["alias"]
    return {**inner, **changed}


def _lower_unit(shape: dict[str, object]) -> None:
    """Units of dates are read without regard to case."""
    match shape.get("children"):
        case [{"value": {"value": str(unit)} as value}, *_]:
            value["value"] = unit.lower()
        case _:
            return
