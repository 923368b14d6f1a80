"""What a bound plan of DuckDB says a query reads and computes.

A plan is the JSON of `json_serialize_plan`: bound, not optimised, so that every column which a query touches, in
whatever disguise, stands in it. Knows nothing of connections; an unknown shape is an error, never an empty answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

VIRTUAL = ""  # stands for "a row of the table, no column of it"
VIRTUAL_FROM = 1 << 63  # the row id and the empty projection have indexes from here on
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
FRAME = "LOGICAL_MATERIALIZED_CTE"
_OF_A_FRAME = frozenset({"type", "children", "column_count", "ctename"})
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
    tried: list[Mapping[str, object]] = []
    calls: list[Mapping[str, object]] = []
    for node in _objects(plan):
        kind = node.get("type")
        if type(kind) is str and kind.startswith("LOGICAL_"):
            _operator(node, kind, reading)
        elif kind == "OPERATOR_TRY":
            tried.append(node)
        expression = node.get("expression_class")
        if type(expression) is str:
            if expression not in _EXPRESSIONS or (
                expression == "BOUND_OPERATOR" and kind not in _EXPRESSIONS
            ):
                raise StrangePlan("an expression that nobody has reviewed")
            if expression in _CALLS:
                _call(node, expression, reading)
                calls.append(node)
            returned = node.get("return_type")
            if returned is not None:
                _plain_type(returned)
    caught = _inside(tried)
    for call in calls:
        if path_of(call.get("qname"))[-1:] == ("__cast",):
            if id(call) not in caught:
                reading.casts.update(_strict_cast(call))
            reading.texts.update(_cast_text(call))
    return reading


def around_rows(plan: object, name: str) -> tuple[object, object] | None:
    """The plan of the rows that a statement calls by this name in its WITH, and that of the rest, which has the columns
    of the whole. None where nothing of the kind is all there is at the top."""
    if not isinstance(plan, dict) or plan.keys() - {"table_index"} != _OF_A_FRAME:
        return None
    children = plan["children"]
    if (
        plan["type"] != FRAME
        or plan["ctename"] != name
        or not isinstance(children, list)
        or len(children) != 2
    ):
        return None
    return children[0], children[1]


def _operator(node: Mapping[str, object], kind: str, reading: Reading) -> None:
    if kind not in _OPERATORS:
        raise StrangePlan("an operator that only reading does not need")
    reading.operators.add(kind)
    if kind == "LOGICAL_GET":
        reading.tables.update(_scan(node))


def _plain_type(kind: object) -> None:
    if kind is None:
        return
    info = kind.get("type_info", {}) if isinstance(kind, dict) else {}
    if not isinstance(kind, dict) or kind.get("id") not in _TYPES or "alias" in info:
        raise StrangePlan("a type that is not plain")


_NOTHING_INSIDE = frozenset({"return_type", "returned_types", "qname", "value"})
"""Keys under which no operator and no expression stands: types, of which those of an expression are looked at where it
stands, the path of a name, and a constant."""


def _objects(root: object) -> Iterator[Mapping[str, object]]:
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if type(item) is dict:
            yield item
            for key, value in item.items():
                if (type(value) is dict or type(value) is list) and key not in _NOTHING_INSIDE:
                    waiting.append(value)
        elif type(item) is list:
            waiting += item


def _call(node: Mapping[str, object], expression: str, reading: Reading) -> None:
    path = path_of(node.get("qname"))
    name = path[-1] if path else ""
    kind = node.get("type")
    if not name and expression == "BOUND_WINDOW" and isinstance(kind, str):
        name = kind.removeprefix("WINDOW_").lower()  # row_number and its like have no function behind them
    if not name:
        raise StrangePlan("a call without a name")
    if len(path) > 1 and path[:-1] != ("system", "main"):
        raise StrangePlan("a function that is not built in")
    (reading.aggregates if expression == "BOUND_AGGREGATE" else reading.functions).add(name)


def _inside(tries: Iterable[Mapping[str, object]]) -> frozenset[int]:
    """The ids of everything inside these TRY(): what raises there is null."""
    return frozenset(id(node) for one in tries for node in _objects(one.get("children")))


def _strict_cast(node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The types of a cast that raises an error on some values. A cast to a wider type does not."""
    data, arguments, target = node.get("function_data"), node.get("arguments"), node.get("return_type")
    if not isinstance(data, dict) or data.get("try_cast"):
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
    if not isinstance(data, dict) or data.get("try_cast"):
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


def path_of(name: object) -> tuple[str, ...]:
    path = name.get("path") if isinstance(name, dict) else None
    return tuple(str(part) for part in path) if isinstance(path, list) else ()


def _scan(node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The columns that one scan binds; `VIRTUAL` when it counts rows only."""
    if path_of(node.get("qname")) != ("seq_scan",):
        raise StrangePlan("a table function")
    function_data, names, indexes = node.get("function_data"), node.get("names"), node.get("column_indexes")
    if not isinstance(function_data, dict) or not isinstance(names, list) or not isinstance(indexes, list):
        raise StrangePlan("a scan without columns")
    path = path_of(function_data.get("qualified_name"))
    if len(path) != 3 or path[0] not in ("memory", "temp") or path[1] != "main":
        raise StrangePlan("a table elsewhere")
    for index in indexes:
        place = index.get("index", 0)
        if index.keys() - {"index"} or not isinstance(place, int):
            raise StrangePlan("a part of a column")
        if place < len(names):
            yield path[2], str(names[place])
        elif place >= VIRTUAL_FROM and len(indexes) == 1:
            yield path[2], VIRTUAL
        else:
            raise StrangePlan("a virtual column")
