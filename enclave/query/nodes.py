"""The list itself: every class of node that may stand in a query, and for each argument what it may hold.

Read a line as: this class, with this argument, if this holds of its value. Classes and arguments that are not here are
refused by `gate`. To open something, add it here with its narrowest value, and a test that a hostile use is refused.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp

from enclave.query.calls import is_count, is_text

Check = Callable[[object], bool]


def _any(value: object) -> bool:
    """Anything: its parts are judged one by one, as nodes of their own."""
    return value is not None


def _node(*classes: type[exp.Expr]) -> Check:
    return lambda value: type(value) in classes


def _nodes(*classes: type[exp.Expr]) -> Check:
    return lambda value: isinstance(value, list) and all(type(item) in classes for item in value)


def _word(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value.upper() in words


def _true(value: object) -> bool:
    return value is True


def _never(value: object) -> bool:
    """For arguments that may be there, but only as False."""
    return value is False


def _text(value: object) -> bool:
    return isinstance(value, str)


_QUERIES = (exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery)
_query = _node(*_QUERIES)
_identifier = _node(exp.Identifier)
_BOUNDS = ("UNBOUNDED", "CURRENT ROW")


def _is_bound(value: object) -> bool:
    return (
        (isinstance(value, str) and value.upper() in _BOUNDS)
        or is_count(value)
        or type(value) is exp.Interval
    )


def _starless(value: object) -> bool:
    """An expression that is no star: `* LIKE 'a%'` picks columns by their name."""
    return isinstance(value, exp.Expr) and not _is_star(value)


def _is_star(node: exp.Expr) -> bool:
    return type(node) is exp.Star or (type(node) is exp.Column and type(node.this) is exp.Star)


def _plain_alias(value: object) -> bool:
    """Another name for a table, its columns keeping theirs."""
    return type(value) is exp.TableAlias and not value.args.get("columns")


def _one_pivot(value: object) -> bool:
    """A table is pivoted once; a second PIVOT stands around a subquery."""
    return isinstance(value, list) and [type(item) for item in value] == [exp.Pivot]


_TWO: Mapping[str, Check] = {"this": _starless, "expression": _starless}
_ONE: Mapping[str, Check] = {"this": _starless}
_TRUTHS = _node(exp.Null, exp.Boolean)
_TAIL: Mapping[str, Check] = {
    "with_": _node(exp.With),
    "order": _node(exp.Order),
    "limit": _node(exp.Limit),
    "offset": _node(exp.Offset),
}
_SET: Mapping[str, Check] = {"this": _query, "expression": _query, "distinct": _true, **_TAIL}
_TYPES = frozenset(
    {
        exp.DType.BOOLEAN,
        exp.DType.TINYINT,
        exp.DType.SMALLINT,
        exp.DType.INT,
        exp.DType.BIGINT,
        exp.DType.INT128,
        exp.DType.FLOAT,
        exp.DType.DOUBLE,
        exp.DType.DECIMAL,
        exp.DType.TEXT,
        exp.DType.VARCHAR,
        exp.DType.DATE,
        exp.DType.TIME,
        exp.DType.TIMESTAMP,
        exp.DType.TIMESTAMPNTZ,
    }
)

NODES: Mapping[type[exp.Expr], Mapping[str, Check]] = {
    exp.Select: {
        "expressions": _any,
        "distinct": _node(exp.Distinct),
        "from_": _node(exp.From),
        "joins": _nodes(exp.Join),
        "where": _node(exp.Where),
        "group": _node(exp.Group),
        "having": _node(exp.Having),
        "qualify": _node(exp.Qualify),
        **_TAIL,
    },
    exp.Union: _SET,
    exp.Intersect: _SET,
    exp.Except: _SET,
    exp.Subquery: {"this": _query, "alias": _node(exp.TableAlias), "pivots": _one_pivot},
    exp.Pivot: {
        "expressions": _any,
        "fields": _nodes(exp.In),
        "group": _node(exp.Group),
        "alias": _plain_alias,
        "unpivot": _true,
        "include_nulls": _true,
    },
    exp.PivotAlias: {"this": _starless, "alias": _identifier},
    exp.With: {"expressions": _nodes(exp.CTE)},
    exp.CTE: {"this": _node(*_QUERIES, exp.Values), "alias": _node(exp.TableAlias)},
    exp.From: {"this": _node(exp.Table, exp.Subquery, exp.Values)},
    exp.Table: {"this": _identifier, "alias": _plain_alias, "joins": _nodes(exp.Join), "pivots": _one_pivot},
    exp.TableAlias: {"this": _identifier, "columns": _nodes(exp.Identifier)},
    exp.Values: {"expressions": _nodes(exp.Tuple), "alias": _node(exp.TableAlias)},
    exp.Join: {
        "this": _node(exp.Table, exp.Subquery, exp.Values),
        "side": _word("LEFT", "RIGHT", "FULL"),
        "kind": _word("INNER", "OUTER", "CROSS", "SEMI", "ANTI"),
        "method": _word("NATURAL"),
        "on": _any,
        "using": _nodes(exp.Identifier),
    },
    exp.Where: _ONE,
    exp.Having: _ONE,
    exp.Qualify: _ONE,
    exp.Group: {"expressions": _any, "all": _true},
    exp.Rollup: {"expressions": _any},
    exp.Cube: {"expressions": _any},
    exp.GroupingSets: {"expressions": _any},
    exp.Order: {"this": _any, "expressions": _nodes(exp.Ordered)},
    exp.Ordered: {"this": _starless, "desc": _true, "nulls_first": _true},
    exp.Limit: {"expression": is_count},
    exp.Offset: {"expression": is_count},
    exp.Distinct: {"expressions": lambda value: isinstance(value, list) and len(value) == 1},
    exp.Filter: {"this": _any, "expression": _node(exp.Where)},
    exp.IgnoreNulls: {"this": _node(exp.AnyValue)},  # sqlglot adds it; the words IGNORE NULLS are refused before
    exp.WithinGroup: {"this": _any, "expression": _node(exp.Order)},
    exp.Window: {"this": _any, "partition_by": _any, "order": _node(exp.Order), "spec": _node(exp.WindowSpec),
                 "over": _word("OVER")},
    exp.WindowSpec: {
        "kind": _word("ROWS", "RANGE", "GROUPS"),
        "start": _is_bound,
        "start_side": _word("PRECEDING", "FOLLOWING"),
        "end": _is_bound,
        "end_side": _word("PRECEDING", "FOLLOWING"),
    },
    exp.Alias: {"this": _starless, "alias": _identifier},
    exp.Column: {"this": _node(exp.Identifier, exp.Star), "table": _identifier},
    exp.Star: {"except_": _nodes(exp.Column, exp.Identifier), "replace": _nodes(exp.Alias)},
    exp.Identifier: {"this": _text, "quoted": _true},
    exp.Literal: {"this": _text, "is_string": _true},
    exp.Boolean: {"this": _true},
    exp.Null: {},
    exp.Paren: _ONE,
    exp.Tuple: {"expressions": _any},
    exp.Array: {"expressions": _any, "value_constructor": _never},
    exp.Var: {"this": _text},
    exp.And: _TWO, exp.Or: _TWO, exp.Not: _ONE, exp.Neg: _ONE,
    exp.EQ: _TWO, exp.NEQ: _TWO, exp.LT: _TWO, exp.LTE: _TWO, exp.GT: _TWO, exp.GTE: _TWO,
    exp.NullSafeEQ: _TWO, exp.NullSafeNEQ: _TWO,
    exp.Is: {"this": _starless, "expression": _TRUTHS},
    exp.Between: {"this": _starless, "low": _starless, "high": _starless},
    exp.In: {"this": _starless, "expressions": _any, "query": _query},
    exp.Exists: {"this": _query},
    exp.Like: {**_TWO, "negate": _true},
    exp.ILike: {**_TWO, "negate": _true},
    exp.Escape: {"this": _node(exp.Like, exp.ILike), "expression": is_text},
    exp.Add: _TWO, exp.Sub: _TWO, exp.Mul: _TWO, exp.IntDiv: _TWO, exp.Mod: _TWO, exp.Pow: _TWO,
    exp.Div: {**_TWO, "typed": _true, "safe": _true},
    exp.DPipe: {**_TWO, "safe": _true},
    exp.Case: {"this": _starless, "ifs": _nodes(exp.If), "default": _starless},
    exp.Cast: {"this": _starless, "to": _node(exp.DataType)},
    exp.TryCast: {"this": _starless, "to": _node(exp.DataType), "safe": _true},
    exp.DataType: {"this": lambda value: value in _TYPES, "expressions": _nodes(exp.DataTypeParam), "nested": _never},
    exp.DataTypeParam: {"this": is_count},
    exp.Interval: {"this": _node(exp.Literal, exp.Neg), "unit": _node(exp.Var)},
}  # fmt: skip

# Classes that may stand in few places only.
_UNITS = (exp.Interval, exp.Extract, exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff)
PARENTS: Mapping[type[exp.Expr], tuple[type[exp.Expr], ...]] = {
    exp.Tuple: (exp.Values, exp.Group, exp.GroupingSets, exp.Rollup, exp.Cube),
    exp.Array: (exp.PercentileCont, exp.PercentileDisc, exp.Quantile, exp.ApproxQuantile),
    exp.Pivot: (exp.Table, exp.Subquery),
    exp.PivotAlias: (exp.In,),
    exp.Star: (exp.Select, exp.Count, exp.Column),
    exp.Var: (*_UNITS, exp.Ordered),
    exp.DataType: (exp.Cast, exp.TryCast),
}
