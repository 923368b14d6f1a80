"""Value aggregates across people: min, max, mode, any_value, count(DISTINCT x), lists of codes, bool_or and bool_and.

None of them is computed on people's rows. A second leaf is grouped by the argument too, protected like any other, and
the aggregate is taken of the rows that it shows: a least code is the least that enough people have. So each is two
leaves joined on the groups, and flagged incomplete.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from enclave.query.aggregates import aggregate_name, shows_values, takes_conditions
from enclave.query.inside import has_measure
from enclave.query.people_rows import People
from enclave.query.relations import Scalar, column


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One value aggregate: its function and argument, its FILTER, and what stands between the parts of a text."""

    id: str
    function: str
    argument: Scalar
    condition: Scalar | None
    separator: Scalar | None
    descending: bool

    def same_leaf(self, other: "Shown") -> bool:
        return self.argument == other.argument and self.condition == other.condition


def shown_values(id: str, node: Scalar, people: People) -> Shown | None:
    """The value aggregate that a leaf's aggregate is; None for another one, and for extremes of a measure."""
    call, condition = (node.this, node.expression.this) if isinstance(node, exp.Filter) else (node, None)
    if not shows_values(call):
        return None
    name = aggregate_name(call)
    argument = _argument(call)
    if argument is None or people.key_ids(argument):
        return None
    if has_measure(argument, people) and name not in _COUNTED and not takes_conditions(call):
        return None
    down = any(one.args.get("desc") for one in call.find_all(exp.Ordered))
    return Shown(id, name, argument, condition, call.args.get("separator"), down)


_COUNTED = ("count", "approx_count_distinct")


def _argument(call: Scalar) -> Scalar | None:
    """The one argument; None where there are more, or an order by something else."""
    argument = call.expressions[0] if isinstance(call, exp.Anonymous) else call.this
    order = argument.expressions if isinstance(argument, exp.Order) else []
    if isinstance(argument, exp.Order):
        argument = argument.this
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1:
            return None
        argument = argument.expressions[0]
    plain = all(isinstance(one, exp.Ordered) and one.this == argument for one in order)
    return argument if plain and isinstance(argument, exp.Expr) else None


def of_shown(asked: Shown, value: str, rows: str, *, off: bool) -> Scalar:
    """The aggregate over the shown rows of one group. `value` is the column of the values, `rows` that of their counts.

    With the rules on, that nothing is shown says nothing: 0 and the other truth value are null.
    """
    made = _aggregate(asked, column(value), column(rows))
    if off or asked.function not in _EMPTY:
        return made
    return exp.Nullif(this=made, expression=_EMPTY[asked.function].copy())


_EMPTY: Mapping[str, Scalar] = {
    "count": exp.Literal.number(0),
    "approx_count_distinct": exp.Literal.number(0),
    "bool_or": exp.false(),
    "bool_and": exp.true(),
}


def _aggregate(asked: Shown, value: Scalar, rows: Scalar) -> Scalar:
    match asked.function:
        case "max":
            return exp.Max(this=value)
        case "mode":
            return exp.ArgMax(this=value, expression=rows)
        case "count":
            return exp.Count(this=value)
        case "approx_count_distinct":
            return exp.ApproxDistinct(this=value)
        case "bool_or":
            return exp.LogicalOr(this=value)
        case "bool_and":
            return exp.LogicalAnd(this=value)
        case "list" | "array_agg":
            return exp.Anonymous(this="list", expressions=[_in_order(asked, value, value)])
        case "string_agg" | "group_concat" | "listagg":
            return _joined_text(asked, value)
        case _:  # any value is the least one, so that it is always the same
            return exp.Min(this=value)


def _joined_text(asked: Shown, value: Scalar) -> Scalar:
    """`string_agg(x, ', ' ORDER BY x)`: the order stands behind the last argument."""
    if asked.separator is None:
        return exp.Anonymous(this="string_agg", expressions=[_in_order(asked, value, value)])
    last = _in_order(asked, asked.separator.copy(), value)
    return exp.Anonymous(this="string_agg", expressions=[value, last])


def _in_order(asked: Shown, argument: Scalar, value: Scalar) -> Scalar:
    by = exp.Ordered(this=value.copy(), desc=asked.descending, nulls_first=False)
    return exp.Order(this=argument, expressions=[by])
