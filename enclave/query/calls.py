"""Calls of functions: three checks must agree that a call is what the reader wrote, and that it may be made.

The class of the node is known (`functions.TYPED`), it has only arguments which keep their meaning, and the name as it
stands in the text is on the reviewed list. Arguments that decide how much work a call makes, or which part of a value
it takes, must be written out.
"""

import re

from sqlglot import exp

from enclave.problems import FunctionNotAllowed, Problem
from enclave.query.functions import Function, lookup, named
from enclave.query.misreadings import UNITS
from enclave.query.places import Places
from enclave.terms import Fix

PARTS = frozenset(
    (*UNITS, "decade", "century", "millennium", "dow", "isodow", "doy", "isoyear", "yearweek", "week", "epoch", "era",
     "weekday", "dayofweek", "dayofyear", "weekofyear", "dayofmonth")
)  # fmt: skip


def call_problem(node: exp.Expr, arguments: frozenset[str], places: Places) -> Problem | None:
    """What is wrong with a call, its arguments' own parts aside."""
    function = lookup(node)
    written = places.name_of(node)
    name = written.value if written is not None and _is_call_name(node) else _own_name(node, function)
    if function is None or named(name) is None:
        return _unknown_function(node, name, places)
    surplus = {key for key, value in node.args.items() if value not in (None, [], "")} - arguments
    if surplus or not _plain_arguments(node):
        return FunctionNotAllowed(
            detail=f"{name} cannot be used with these arguments.",
            spans=(places.span(node),),
            fixes=(Fix(title=_FORMS[function.name]),) if function.name in _FORMS else (),
        )
    return None


def _own_name(node: exp.Expr, function: Function | None) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    return function.name if function else type(node).__name__.lower()


def _is_call_name(node: exp.Expr) -> bool:
    """A CASE's WHEN is an `If` node too, without a name of its own."""
    return not (isinstance(node, exp.If) and isinstance(node.parent, exp.Case))


def _unknown_function(node: exp.Expr, name: str, places: Places) -> Problem:
    better = INSTEAD.get(name)
    return FunctionNotAllowed(
        detail=f"The function {name} is not among those that may be used.",
        spans=(places.span(node),),
        fixes=(Fix(title=better),) if better else (),
    )


INSTEAD = {
    "nvl": "Use coalesce(a, b)",
    "iif": "Use CASE WHEN … THEN … ELSE … END",
    "isnull": "Use x IS NULL, or coalesce(a, b)",
    "now": "Write the date, as DATE '2024-09-01'",
    "current_date": "Write the date, as DATE '2024-09-01'",
    "today": "Write the date, as DATE '2024-09-01'",
    "to_char": "Use strftime(date, '%Y-%m')",
    "to_date": "Use CAST(x AS DATE)",
    "date_add": "Use date + INTERVAL 3 MONTH",
    "dateadd": "Use date + INTERVAL 3 MONTH",
    "date_format": "Use strftime(date, '%Y-%m')",
    "getdate": "Write the date, as DATE '2024-09-01'",
    "charindex": "Use strpos(text, part)",
    "isnumeric": "Use TRY_CAST(x AS DOUBLE) IS NOT NULL",
    "convert": "Use CAST(x AS type)",
    "count_big": "Use count(*)",
    "histogram": "Use GROUP BY with count(*)",
    "unnest": "Write the values as (VALUES (…), (…)) AS name(column)",
    "range": "Write the values as (VALUES (…), (…)) AS name(column)",
    "generate_series": "Write the values as (VALUES (…), (…)) AS name(column)",
}
_FORMS = {
    "any_value": "Use any_value(x)",
    "approx_quantile": "Use approx_quantile(x, 0.5)",
    "ceil": "Use ceil(x)",
    "count": "Use count(*), count(x) or count(DISTINCT x)",
    "date_trunc": "Use date_trunc('month', date)",
    "extract": "Use extract(year FROM date)",
    "floor": "Use floor(x), or round(x, 2)",
    "max": "Use max(x), or greatest(a, b)",
    "min": "Use min(x), or least(a, b)",
    "quantile_cont": "Use quantile_cont(x, 0.5)",
    "trim": "Use trim(x) or trim(x, 'letters')",
}


_NESTED = re.compile(r"\{[^{}]*[:!][^}]*\{")


def _plain_arguments(node: exp.Expr) -> bool:
    """Arguments that must be literals, and values that are not nodes."""
    match node:
        case exp.Trim():
            return node.text("position") in ("", "LEADING", "TRAILING")
        case exp.TimestampTrunc() | exp.DateTrunc() | exp.DateDiff():
            return _is_unit(node.args.get("unit"))
        case exp.Extract():
            return isinstance(node.this, exp.Var) and node.name.lower() in PARTS
        case exp.PercentileCont() | exp.PercentileDisc() | exp.Quantile() | exp.ApproxQuantile():
            points = node.args.get("expression") or node.args.get("quantile")
            return _are_points(points or node.this) and not (points and isinstance(node.this, exp.Array))
        case exp.Pad():
            fill = node.args.get("fill_pattern")
            written = isinstance(fill, exp.Literal) and fill.is_string and fill.name != ""
            return written and _is_small(node.args.get("expression"), most=200)  # with no filling it raises
        case exp.DateBin():  # of no length, or backwards, it raises, and TRY does not stop it
            return isinstance(node.this, exp.Interval) and _is_positive(node.this.this)
        case exp.Ntile():
            return _is_positive(node.this)
        case exp.RegexpExtract():
            return node.args.get("group") is None or _is_small(node.args.get("group"), most=9)
        case exp.RegexpLike() | exp.RegexpFullMatch() | exp.RegexpReplace():
            return is_text(node.args.get("expression"))
        case exp.Format():
            return _is_format(node.this)
        case exp.Anonymous():
            return _plain_anonymous(node)
        case _:
            return True


def _plain_anonymous(node: exp.Anonymous) -> bool:
    first = node.expressions[0] if node.expressions else None
    match str(node.this).lower():
        case "date_part" | "datepart" | "datesub" | "date_sub" | "datediff" | "date_diff":
            return is_text(first) and first is not None and first.name.lower() in PARTS
        case "printf":
            return _is_format(first)
        case "age":
            return len(node.expressions) == 2  # with one, it counts to today
        case _:
            return True


def _is_unit(unit: object) -> bool:
    return unit is None or (
        isinstance(unit, (exp.Var, exp.Literal)) and unit.name.lower().rstrip("s") in PARTS
    )


def is_text(node: object) -> bool:
    return isinstance(node, exp.Literal) and node.is_string


def _is_format(node: object) -> bool:
    """A format whose numbers are small, and written in it: `{:>1500000000}` fills memory inside one call.

    `{:{}}` and `%*d` take a width from an argument.
    """
    if not isinstance(node, exp.Literal) or not node.is_string:
        return False
    if _NESTED.search(node.name):
        return False
    digits = "".join(character if character.isdigit() else " " for character in node.name).split()
    return all(len(number) <= 2 for number in digits) and "*" not in node.name


def _is_small(node: object, *, most: int) -> bool:
    return is_count(node) and isinstance(node, exp.Literal) and int(node.name) <= most


def _is_positive(node: object) -> bool:
    """A whole number above 0, as it is written; that of an interval is in quotes."""
    return isinstance(node, exp.Literal) and _POSITIVE.fullmatch(node.name) is not None


_POSITIVE = re.compile(r"0{0,9}[1-9][0-9]{0,8}", re.ASCII)


def is_count(node: object) -> bool:
    return (
        isinstance(node, exp.Literal) and not node.is_string and node.name.isascii() and node.name.isdigit()
    )


def _are_points(node: object) -> bool:
    """One number from 0 to 1, or a list of them."""
    if isinstance(node, exp.Array):
        return bool(node.expressions) and all(_is_number(point) for point in node.expressions)
    return _is_number(node)


def _is_number(node: object) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string
