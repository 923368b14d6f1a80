"""What a bound plan of DuckDB says a query reads and computes, and whether two plans mean the same.

A plan is the JSON of `json_serialize_plan`: bound, not optimised, so that every column which a query touches, in
whatever disguise, stands in it. Knows nothing of connections; an unknown shape is an error, never an empty answer.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

VIRTUAL = ""  # stands for "a row of the table, no column of it"
_VIRTUAL_FROM = 1 << 63  # the row id and the empty projection have indexes from here on
_OPERATORS = frozenset(
    {
        "LOGICAL_AGGREGATE_AND_GROUP_BY",
        "LOGICAL_ANTI_JOIN",
        "LOGICAL_ANY_JOIN",
        "LOGICAL_COMPARISON_JOIN",
        "LOGICAL_CROSS_PRODUCT",
        "LOGICAL_CTE_REF",
        "LOGICAL_DELIM_GET",
        "LOGICAL_DELIM_JOIN",
        "LOGICAL_DEPENDENT_JOIN",
        "LOGICAL_DISTINCT",
        "LOGICAL_DUMMY_SCAN",
        "LOGICAL_EMPTY_RESULT",
        "LOGICAL_EXCEPT",
        "LOGICAL_EXPRESSION_GET",
        "LOGICAL_FILTER",
        "LOGICAL_GET",
        "LOGICAL_INTERSECT",
        "LOGICAL_JOIN",
        "LOGICAL_LIMIT",
        "LOGICAL_MATERIALIZED_CTE",
        "LOGICAL_ORDER_BY",
        "LOGICAL_PROJECTION",
        "LOGICAL_UNION",
        "LOGICAL_WINDOW",
    }
)
_EXPRESSIONS = frozenset(
    {
        "BOUND_AGGREGATE",
        "BOUND_BETWEEN",
        "BOUND_CASE",
        "BOUND_CAST",
        "BOUND_COLUMN_REF",
        "BOUND_COMPARISON",
        "BOUND_CONJUNCTION",
        "BOUND_CONSTANT",
        "BOUND_FUNCTION",
        "BOUND_OPERATOR",
        "BOUND_REF",
        "BOUND_SUBQUERY",
        "BOUND_WINDOW",
        "COMPARE_IN",
        "COMPARE_NOT_IN",
        "OPERATOR_COALESCE",
        "OPERATOR_IS_NOT_NULL",
        "OPERATOR_IS_NULL",
        "OPERATOR_NOT",
        "OPERATOR_TRY",
    }
)
# Plain values, and lists: of the points of a quantile. A whole row is a STRUCT.
_TYPES = frozenset(
    {
        *(
            "BOOLEAN",
            "TINYINT",
            "SMALLINT",
            "INTEGER",
            "BIGINT",
            "HUGEINT",
            "UTINYINT",
            "USMALLINT",
            "UINTEGER",
        ),
        *(
            "UBIGINT",
            "UHUGEINT",
            "FLOAT",
            "DOUBLE",
            "DECIMAL",
            "VARCHAR",
            "DATE",
            "TIME",
            "TIMESTAMP",
            "INTERVAL",
        ),
        *("LIST", "NULL"),
    }
)
_CALLS = frozenset({"BOUND_FUNCTION", "BOUND_AGGREGATE", "BOUND_WINDOW"})


class StrangePlan(Exception):
    """A plan of a shape that nobody has reviewed."""


@dataclass(slots=True)
class Reading:
    """What one plan reads and computes, as it is gathered. Names as DuckDB has them."""

    tables: set[tuple[str, str]] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    aggregates: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    casts: set[tuple[str, str]] = field(default_factory=set)
    texts: set[tuple[str, str]] = field(default_factory=set)


def read_plan(plan: object) -> Reading:
    """Gather what a plan reads and computes.

    Raises:
        StrangePlan: an operator or expression that is not listed, a scan that is not one of a table by its columns, or
            a call without a name.
    """
    reading = Reading()
    tried = _tried(plan)
    for node in _objects(plan):
        kind = node.get("type")
        if isinstance(kind, str) and kind.startswith("LOGICAL_"):
            if kind not in _OPERATORS:
                raise StrangePlan("an operator that only reading does not need")
            reading.operators.add(kind)
            if kind == "LOGICAL_GET":
                reading.tables.update(_scan(node))
        expression = node.get("expression_class")
        if isinstance(expression, str):
            if expression not in _EXPRESSIONS or (
                expression == "BOUND_OPERATOR" and kind not in _EXPRESSIONS
            ):
                raise StrangePlan("an expression that nobody has reviewed")
            if expression in _CALLS:
                _call(node, expression, reading)
                if id(node) not in tried:
                    reading.casts.update(_strict_cast(node))
                reading.texts.update(_cast_text(node))
            _plain_type(node.get("return_type"))
    return reading


def _plain_type(kind: object) -> None:
    if kind is None:
        return
    info = kind.get("type_info", {}) if isinstance(kind, dict) else {}
    if not isinstance(kind, dict) or kind.get("id") not in _TYPES or "alias" in info:
        raise StrangePlan("a type that is not plain")


_OF_TYPES = frozenset({"return_type", "returned_types"})
"""Keys under which there are types alone, many times over: those of an expression are looked at where it stands."""


def _objects(root: object) -> Iterator[Mapping[str, object]]:
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            for key, value in item.items():
                if isinstance(value, dict | list) and key not in _OF_TYPES:
                    waiting.append(value)
        elif isinstance(item, list):
            waiting.extend(part for part in item if isinstance(part, dict | list))


def _call(node: Mapping[str, object], expression: str, reading: Reading) -> None:
    path = _path(node.get("qname"))
    name = path[-1] if path else ""
    kind = node.get("type")
    if not name and expression == "BOUND_WINDOW" and isinstance(kind, str):
        name = kind.removeprefix("WINDOW_").lower()  # row_number and its like have no function behind them
    if not name:
        raise StrangePlan("a call without a name")
    if len(path) > 1 and path[:-1] != ("system", "main"):
        raise StrangePlan("a function that is not built in")
    (reading.aggregates if expression == "BOUND_AGGREGATE" else reading.functions).add(name)


def _tried(plan: object) -> frozenset[int]:
    """The ids of everything inside TRY(): what raises there is null."""
    tries = (node for node in _objects(plan) if node.get("type") == "OPERATOR_TRY")
    return frozenset(id(node) for one in tries for node in _objects(one.get("children")))


def _strict_cast(node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The types of a cast that raises an error on some values. A cast to a wider type does not."""
    data, arguments, target = node.get("function_data"), node.get("arguments"), node.get("return_type")
    if _path(node.get("qname"))[-1:] != ("__cast",) or not isinstance(data, dict) or data.get("try_cast"):
        return
    source = arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else None
    if not isinstance(source, dict) or not isinstance(target, dict):
        raise StrangePlan("a cast without types")
    if not _is_wider(source, target) and not _is_constant_that_fits(node, target):
        yield str(source.get("id")), str(target.get("id"))


def _is_constant_that_fits(node: Mapping[str, object], target: Mapping[str, object]) -> bool:
    """Whether a cast is of a constant of the text that has its like in the other type. Texts are tried apart."""
    children = node.get("children")
    only = children[0] if isinstance(children, list) and len(children) == 1 else None
    value = only.get("value") if isinstance(only, dict) else None
    if not isinstance(value, dict):
        return False
    if value.get("is_null") or isinstance(value.get("value"), str):
        return True
    number = value.get("value")
    return (
        isinstance(number, int)
        and target.get("id") == "DECIMAL"
        and len(str(abs(number))) <= _decimal(target)[0]
    )


def _cast_text(node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """A text of the query that is cast to another type: (text, type). It raises only where a row gets so far."""
    data, children = node.get("function_data"), node.get("children")
    if _path(node.get("qname"))[-1:] != ("__cast",) or not isinstance(data, dict) or data.get("try_cast"):
        return
    only = children[0] if isinstance(children, list) and len(children) == 1 else None
    value = only.get("value") if isinstance(only, dict) else None
    text = value.get("value") if isinstance(value, dict) else None
    target = node.get("return_type")
    if isinstance(text, str) and isinstance(target, dict) and target.get("id") in _TYPES:
        kind = str(target.get("id"))
        whole, places = _decimal(target) if kind == "DECIMAL" else (0, 0)
        yield text, f"DECIMAL({whole + places},{places})" if kind == "DECIMAL" else kind


_DIGITS = {"BOOLEAN": 1, "TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "HUGEINT": 39}


def _is_wider(source: Mapping[str, object], target: Mapping[str, object]) -> bool:
    """Whether every value of one type has its like in the other, as far as texts and decimals are concerned."""
    one, other = str(source.get("id")), str(target.get("id"))
    if one == "VARCHAR":
        return other == "VARCHAR"
    if other != "DECIMAL":
        return (one, other) != ("DATE", "TIMESTAMP")  # there are days that no instant has
    digits = _decimal(source)[0] if one == "DECIMAL" else _DIGITS.get(one, 39)
    return digits <= _decimal(target)[0]


def _decimal(kind: Mapping[str, object]) -> tuple[int, int]:
    """Digits before and after the point."""
    info = kind.get("type_info")
    if not isinstance(info, dict):
        raise StrangePlan("a decimal without its width")
    width, scale = int(info.get("width", 0)), int(info.get("scale", 0))
    return width - scale, scale


def _path(name: object) -> tuple[str, ...]:
    path = name.get("path") if isinstance(name, dict) else None
    return tuple(str(part) for part in path) if isinstance(path, list) else ()


def _scan(node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The columns that one scan binds; `VIRTUAL` when it counts rows only."""
    if _path(node.get("qname")) != ("seq_scan",):
        raise StrangePlan("a table function")
    function_data, names, indexes = node.get("function_data"), node.get("names"), node.get("column_indexes")
    if not isinstance(function_data, dict) or not isinstance(names, list) or not isinstance(indexes, list):
        raise StrangePlan("a scan without columns")
    path = _path(function_data.get("qualified_name"))
    if len(path) != 3 or path[0] not in ("memory", "temp") or path[1] != "main":
        raise StrangePlan("a table elsewhere")
    for index in indexes:
        place = index.get("index", 0)
        if index.keys() - {"index"} or not isinstance(place, int):
            raise StrangePlan("a part of a column")
        if place < len(names):
            yield path[2], str(names[place])
        elif place >= _VIRTUAL_FROM and len(indexes) == 1:
            yield path[2], VIRTUAL
        else:
            raise StrangePlan("a virtual column")


# ── two plans ─────────────────────────────────────────────────────────────────────────────────────────────────────────

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
        if key in _INDEXES and isinstance(value, int) and value < _VIRTUAL_FROM:
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
    path = _path(node.get("qname"))
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
