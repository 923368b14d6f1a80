"""The functions of SQL that a researcher may write, and what each of them does to people's values.

`functions.csv` is our own review of every function of the pinned DuckDB. What it does not allow is refused, and a
DuckDB whose functions are not exactly those of the review does not start (`installed.check_installed`): a deny-list
would let in whatever the next release adds.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

import duckdb
from sqlglot import exp


class FunctionKind(StrEnum):
    SCALAR = "scalar"
    AGGREGATE = "aggregate"
    WINDOW = "window"


class Role(StrEnum):
    """What a function may be applied to."""

    RECODE = "recode"  # scalar: a label of one field; over people's fields too
    NUMERIC = "numeric"  # scalar: arithmetic; over people's measures too
    SLICES = "slices"  # scalar: picks digits, bits or letters; never over people's fields
    REMAINDER = "remainder"  # scalar or aggregate: over safe values only
    LEAF = "leaf"  # aggregate: across people, with protection
    SUMMARY = "summary"  # aggregate: within one person's own rows, or over safe values
    HISTORY = "history"  # window: within one person's own rows, or over safe values


class Policy(StrEnum):
    WRITE = "write"  # by its name
    OPERATOR = "operator"  # by its sign only; may stand in a bound plan
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Function:
    """One function that may be written, under DuckDB's own name.

    `conditional`: it clips, rounds or branches, so that a measure inside becomes a condition.
    """

    name: str
    kind: FunctionKind
    role: Role
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """One line of the review: a function of DuckDB under one of its kinds.

    `arguments` says in words what `calls` and the planner ask of them; empty: nothing beyond their number and types.
    """

    name: str
    kind: str
    family: str
    policy: Policy
    role: Role | None
    conditional: bool
    arguments: str
    reason: str


def lookup(node: exp.Expr) -> Function | None:
    """The function a node calls, or None: it is no function, or not one that may be written."""
    if isinstance(node, exp.Anonymous):
        return named(node.this) if isinstance(node.this, str) else None
    if isinstance(node, exp.Trim):
        return named({"LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.text("position").upper(), "trim"))
    if isinstance(node, exp.Pad):
        return named("lpad" if node.args.get("is_left") else "rpad")
    form = TYPED.get(type(node))
    return None if form is None else named(form[0])


def by_first_name(node: exp.Expr) -> exp.Expr:
    """A call under another name of its function, under the first; any other node as it is."""
    made = _SECOND_NAMES.get(str(node.this).lower()) if isinstance(node, exp.Anonymous) else None
    return node if made is None or len(node.expressions) != 1 else made(this=node.expressions[0])


_SECOND_NAMES = {"mean": exp.Avg, "arbitrary": exp.AnyValue}


def named(name: str) -> Function | None:
    """The function of that name, or None. A name means one function: SQL does not tell kinds apart by it."""
    return WRITABLE.get(name.lower())


def allowed_arguments(node: exp.Expr) -> frozenset[str] | None:
    """Which arguments a function node may carry; None when the node is no function we know."""
    if type(node) is exp.Anonymous:
        return _ANONYMOUS
    form = TYPED.get(type(node))
    return None if form is None else form[1]


def described() -> tuple[str, list[tuple[object, ...]]]:
    """The version of the installed DuckDB, and what it says of each of its functions."""
    with duckdb.connect(":memory:", config={"python_enable_replacements": "false"}) as connection:
        connection.execute("SET enable_external_access = false")
        return duckdb.__version__, connection.execute(_DESCRIBED).fetchall()


_DESCRIBED = """
    SELECT function_name, function_type,
           '(' || array_to_string(list_transform(parameter_types, lambda t: coalesce(t, '?')), ', ')
               || coalesce(', ' || varargs || '…', '') || ')',
           coalesce(return_type, ''), coalesce(stability, ''), coalesce(macro_definition, '')
    FROM duckdb_functions()
"""


@cache
def _review() -> Mapping[tuple[str, str], Review]:
    text = resources.files("enclave.query").joinpath("functions.csv").read_text(encoding="utf-8")
    lines = csv.DictReader(text.splitlines())
    return {(line["function"], line["kind"]): _line(line) for line in lines}


def _line(line: Mapping[str, str]) -> Review:
    return Review(
        name=line["function"],
        kind=line["kind"],
        family=line["class"],
        policy=Policy(line["policy"]),
        role=Role(line["role"]) if line["role"] else None,
        conditional=line["conditional"] == "yes",
        arguments=line["arguments"],
        reason=line["reason"],
    )


_KINDS = {
    "scalar": FunctionKind.SCALAR,
    "macro": FunctionKind.SCALAR,
    "aggregate": FunctionKind.AGGREGATE,
    "window": FunctionKind.WINDOW,
}
_MACRO_AGGREGATES = frozenset({"geomean", "geometric_mean", "weighted_avg", "wavg"})
# Functions in writing that DuckDB's parser turns into something else, so that its list of functions lacks them.
_FORMS = (
    Function("coalesce", FunctionKind.SCALAR, Role.RECODE, conditional=True),
    Function("ifnull", FunctionKind.SCALAR, Role.RECODE, conditional=True),
    Function("try", FunctionKind.SCALAR, Role.NUMERIC, conditional=True),
    Function("grouping", FunctionKind.AGGREGATE, Role.LEAF),
    Function("grouping_id", FunctionKind.AGGREGATE, Role.LEAF),
    Function("extract", FunctionKind.SCALAR, Role.RECODE),
    Function("percentile_cont", FunctionKind.AGGREGATE, Role.LEAF),
    Function("percentile_disc", FunctionKind.AGGREGATE, Role.REMAINDER),
)


def _writable() -> Mapping[str, Function]:
    functions = {form.name: form for form in _FORMS}
    for line in _review().values():
        if line.policy is Policy.WRITE and line.role is not None:
            kind = FunctionKind.AGGREGATE if line.name in _MACRO_AGGREGATES else _KINDS[line.kind]
            name = line.name.lower()
            functions[name] = Function(name, kind, line.role, line.conditional)
    return functions


REVIEWED: Mapping[tuple[str, str], Review] = _review()
WRITABLE: Mapping[str, Function] = _writable()

_ANONYMOUS = frozenset({"this", "expressions"})


def _forms(*lines: tuple[type[exp.Expr], str, str]) -> Mapping[type[exp.Expr], tuple[str, frozenset[str]]]:
    return {node: (name, frozenset(arguments.split())) for node, name, arguments in lines}


# The classes sqlglot makes of functions: DuckDB's name for each, and the arguments that keep their meaning in both.
# Arguments that sqlglot sets by itself (`big_int`, `safe`, `ignore_nulls` …) are listed with them.
TYPED: Mapping[type[exp.Expr], tuple[str, frozenset[str]]] = _forms(
    (exp.Abs, "abs", "this"),
    (exp.Acos, "acos", "this"),
    (exp.Acosh, "acosh", "this"),
    (exp.AnyValue, "any_value", "this"),
    (exp.ApproxDistinct, "approx_count_distinct", "this"),
    (exp.ApproxQuantile, "approx_quantile", "this quantile"),
    (exp.ArgMax, "arg_max", "this expression"),
    (exp.ArgMin, "arg_min", "this expression"),
    (exp.ArrayAgg, "list", "this"),
    (exp.ArrayContains, "list_contains", "this expression"),
    (exp.ArrayDistinct, "list_distinct", "this check_null"),
    (exp.Asin, "asin", "this"),
    (exp.Asinh, "asinh", "this"),
    (exp.Atan, "atan", "this"),
    (exp.Atan2, "atan2", "this expression"),
    (exp.Atanh, "atanh", "this"),
    (exp.Avg, "avg", "this"),
    (exp.BitwiseXor, "xor", "this expression"),
    (exp.Cbrt, "cbrt", "this"),
    (exp.Ceil, "ceil", "this"),
    (exp.Chr, "chr", "expressions charset"),
    (exp.Coalesce, "coalesce", "this expressions"),
    (exp.Concat, "concat", "expressions safe coalesce"),
    (exp.ConcatWs, "concat_ws", "expressions safe coalesce"),
    (exp.Contains, "contains", "this expression"),
    (exp.Corr, "corr", "this expression"),
    (exp.Cos, "cos", "this"),
    (exp.Cosh, "cosh", "this"),
    (exp.Cot, "cot", "this"),
    (exp.Count, "count", "this big_int"),
    (exp.CountIf, "count_if", "this"),
    (exp.CovarPop, "covar_pop", "this expression"),
    (exp.CovarSamp, "covar_samp", "this expression"),
    (exp.CumeDist, "cume_dist", ""),
    (exp.DateBin, "time_bucket", "this expression"),
    (exp.DateDiff, "date_diff", "this expression unit date_part_boundary"),
    (exp.DateFromParts, "make_date", "year month day"),
    (exp.DateTrunc, "date_trunc", "this unit"),
    (exp.Day, "day", "this"),
    (exp.Dayname, "dayname", "this"),
    (exp.DayOfMonth, "dayofmonth", "this"),
    (exp.DayOfWeek, "dayofweek", "this"),
    (exp.DayOfWeekIso, "isodow", "this"),
    (exp.DayOfYear, "dayofyear", "this"),
    (exp.Degrees, "degrees", "this"),
    (exp.DenseRank, "dense_rank", ""),
    (exp.EndsWith, "ends_with", "this expression"),
    (exp.Exp, "exp", "this"),
    (exp.Extract, "extract", "this expression"),
    (exp.First, "first", "this"),
    (exp.FirstValue, "first_value", "this"),
    (exp.Floor, "floor", "this"),
    (exp.Format, "format", "this expressions"),
    (exp.Greatest, "greatest", "this expressions ignore_nulls"),
    (exp.GroupConcat, "string_agg", "this separator"),
    (exp.Grouping, "grouping", "expressions"),
    (exp.GroupingId, "grouping_id", "expressions"),
    (exp.Hour, "hour", "this"),
    (exp.If, "if", "this true false"),
    (exp.IsInf, "isinf", "this"),
    (exp.IsNan, "isnan", "this"),
    (exp.Kurtosis, "kurtosis", "this"),
    (exp.Lag, "lag", "this offset default"),
    (exp.Last, "last", "this"),
    (exp.LastDay, "last_day", "this"),
    (exp.LastValue, "last_value", "this"),
    (exp.Lead, "lead", "this offset default"),
    (exp.Least, "least", "this expressions ignore_nulls"),
    (exp.Left, "left", "this expression"),
    (exp.Length, "length", "this"),
    (exp.Ln, "ln", "this"),
    (exp.Log, "log", "this expression"),
    (exp.LogicalAnd, "bool_and", "this"),
    (exp.LogicalOr, "bool_or", "this"),
    (exp.Lower, "lower", "this"),
    (exp.Max, "max", "this"),
    (exp.Median, "median", "this"),
    (exp.Min, "min", "this"),
    (exp.Minute, "minute", "this"),
    (exp.Mode, "mode", "this"),
    (exp.Month, "month", "this"),
    (exp.Monthname, "monthname", "this"),
    (exp.NthValue, "nth_value", "this offset"),
    (exp.Ntile, "ntile", "this"),
    (exp.Nullif, "nullif", "this expression"),
    (exp.Pad, "lpad", "this expression fill_pattern is_left"),
    (exp.PercentileCont, "quantile_cont", "this expression"),
    (exp.PercentileDisc, "quantile_disc", "this expression"),
    (exp.PercentRank, "percent_rank", ""),
    (exp.Pi, "pi", ""),
    (exp.Quantile, "quantile", "this quantile"),
    (exp.Quarter, "quarter", "this"),
    (exp.Radians, "radians", "this"),
    (exp.Rank, "rank", ""),
    (exp.RegexpExtract, "regexp_extract", "this expression group null_if_pos_overflow"),
    (exp.RegexpFullMatch, "regexp_full_match", "this expression"),
    (exp.RegexpLike, "regexp_matches", "this expression"),
    (exp.RegexpReplace, "regexp_replace", "this expression replacement single_replace"),
    (exp.RegrAvgx, "regr_avgx", "this expression"),
    (exp.RegrAvgy, "regr_avgy", "this expression"),
    (exp.RegrCount, "regr_count", "this expression"),
    (exp.RegrIntercept, "regr_intercept", "this expression"),
    (exp.RegrR2, "regr_r2", "this expression"),
    (exp.RegrSlope, "regr_slope", "this expression"),
    (exp.RegrSxx, "regr_sxx", "this expression"),
    (exp.RegrSxy, "regr_sxy", "this expression"),
    (exp.RegrSyy, "regr_syy", "this expression"),
    (exp.Replace, "replace", "this expression replacement"),
    (exp.Reverse, "reverse", "this"),
    (exp.Right, "right", "this expression"),
    (exp.Round, "round", "this decimals"),
    (exp.RowNumber, "row_number", ""),
    (exp.Second, "second", "this"),
    (exp.Sign, "sign", "this"),
    (exp.Sin, "sin", "this"),
    (exp.Sinh, "sinh", "this"),
    (exp.Skewness, "skewness", "this"),
    (exp.SplitPart, "split_part", "this delimiter part_index"),
    (exp.Sqrt, "sqrt", "this"),
    (exp.StartsWith, "starts_with", "this expression"),
    (exp.Stddev, "stddev", "this"),
    (exp.StddevPop, "stddev_pop", "this"),
    (exp.StddevSamp, "stddev_samp", "this"),
    (exp.StrPosition, "strpos", "this substr"),
    (exp.StrToTime, "strptime", "this format"),
    (exp.Substring, "substring", "this start length"),
    (exp.Sum, "sum", "this"),
    (exp.Tan, "tan", "this"),
    (exp.Tanh, "tanh", "this"),
    (exp.TimeFromParts, "make_time", "hour min sec"),
    (exp.TimestampFromParts, "make_timestamp", "year month day hour min sec"),
    (exp.TimestampTrunc, "date_trunc", "this unit"),
    (exp.TimeToStr, "strftime", "this format"),
    (exp.TimeToUnix, "epoch", "this"),
    (exp.ToDays, "to_days", "this"),
    (exp.Translate, "translate", "this from_ to"),
    (exp.Trim, "trim", "this expression position"),
    (exp.Trunc, "trunc", "this decimals"),
    (exp.Try, "try", "this"),
    (exp.Upper, "upper", "this"),
    (exp.Variance, "var_samp", "this"),
    (exp.VariancePop, "var_pop", "this"),
    (exp.Week, "week", "this"),
    (exp.WeekOfYear, "weekofyear", "this"),
    (exp.Year, "year", "this"),
)  # fmt: skip
