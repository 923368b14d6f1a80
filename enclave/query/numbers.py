"""From an aggregate across people to the number that it is protected as, or to why it cannot be one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from enclave.disclosure.asked import Statistic
from enclave.query.aggregates import aggregate_name, takes_conditions
from enclave.query.inside import has_measure
from enclave.query.leaves import Number
from enclave.query.number_protection import Request, null_for_nobody, protected_number
from enclave.query.people_rows import counts_units
from enclave.query.quantiles import Quantiles, quantiles_of
from enclave.query.relations import Scalar, column_id

SUPPORTED = (
    "count, sum, avg, count_if, median and quantiles, var_*, stddev_*, sem, corr, covar_*, regr_*, skewness "
    "and kurtosis"
)
_KEY_ONLY = "Across people, count(DISTINCT x) is offered for the key only; group by x to see its values."
_NO_DISTINCT = "Across people there are no DISTINCT sums and means."


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """Why an aggregate across people is refused. `quantile` is the point that tells much the same of many people."""

    detail: str
    of_one_person: bool = False
    quantile: str | None = None


def number(request: Request) -> Number | Refused:
    """The protected number for an aggregate, or why it cannot be one."""
    made = _number(request)
    if isinstance(made, str):
        return Refused(made)
    if isinstance(made, Number) and _counts_nobody(made, request):
        return Refused(
            "After this outer join some rows belong to nobody, and this number would count them: that tells which "
            "groups are empty. Count the key, or sum a field of the people's table alone."
        )
    return made


def _counts_nobody(made: Number, request: Request) -> bool:
    """Whether a row without a person (a public table left-joined to people) could add to the number."""
    people = request.people
    if not people.nobody or made.statistic is Statistic.UNITS:
        return False
    parts = (*made.arguments, made.condition)
    return not any(part is not None and null_for_nobody(part, people) for part in parts)


def _number(request: Request) -> Number | Refused | str:
    call = request.call
    quantiles = quantiles_of(call)
    if quantiles is not None:
        return _quantile(request, quantiles)
    if takes_conditions(call):
        return _count_if(request)
    name = aggregate_name(call)
    match name:
        case "count":
            return _count(request)
        case "sum" | "avg" | "mean":
            if isinstance(call.this, exp.Distinct):
                return _NO_DISTINCT
            return protected_number(request, Statistic.SUM if name == "sum" else Statistic.MEAN, call.this)
        case _ if name in SPREADS:
            return _spread(request, SPREADS[name])
        case _:
            detail = (
                f"{name or call.sql('duckdb')} across people is not offered in this version. Offered are {SUPPORTED}; "
                "a person's own rows may be summarised by any aggregate first (GROUP BY the key)."
            )
            return Refused(detail, name in _OF_ONE_PERSON, _INSTEAD.get(name))


_INSTEAD = {
    "min": "0.05",
    "max": "0.95",
    "any_value": "0.5",
    "arbitrary": "0.5",
    "first": "0.5",
    "last": "0.5",
}
_OF_ONE_PERSON = frozenset(
    {*_INSTEAD, "mode", "arg_max", "argmax", "max_by", "arg_min", "argmin", "min_by", "list", "array_agg"}
)


def _quantile(request: Request, found: Quantiles) -> Number | Refused:
    """One point of a quantile; those of a list come one by one."""
    (point,) = found.points
    if abs(point) in (0, 1):
        detail = "The quantiles at 0 and at 1 are the least and the greatest value: one person's."
        return Refused(detail, of_one_person=True)
    made = protected_number(request, Statistic.QUANTILE, found.argument)
    return replace(made, function=found.function, point=point)


def _count_if(request: Request) -> Number | str:
    name, condition = aggregate_name(request.call), request.condition
    if name not in ("count_if", "countif"):
        return f"{name} across people is not offered in this version; use count_if."
    inner = request.call.this
    both = inner if condition is None else exp.And(this=condition.copy(), expression=inner.copy())
    made = protected_number(request.given(both), Statistic.ROWS, None)
    return replace(made, counted=(inner, condition))


def _count(request: Request) -> Number | str:
    argument = request.call.this
    if argument is None or isinstance(argument, exp.Star | exp.Literal):
        return protected_number(request, Statistic.ROWS, None)
    if isinstance(argument, exp.Distinct):
        only = argument.expressions[0] if len(argument.expressions) == 1 else None
        if only is None or not counts_units(only, request.people):
            return _KEY_ONLY
        may_lack = column_id(only) in request.people.nullable
        return protected_number(request, Statistic.UNITS, only if may_lack else None)
    return protected_number(request, Statistic.VALUES, argument)


@dataclass(frozen=True, slots=True)
class Spread:
    """A statistic of spread. `of` is the place of the argument that it tells of, among `arguments`."""

    statistic: Statistic
    arguments: int
    of: int = 0


_OF_ONE = Spread(Statistic.VARIANCE, 1)
_OF_TWO = Spread(Statistic.COVARIANCE, 2)
SPREADS: Mapping[str, Spread] = {
    "var_samp": _OF_ONE,
    "var_pop": _OF_ONE,
    "variance": _OF_ONE,
    "stddev": _OF_ONE,
    "stddev_samp": _OF_ONE,
    "stddev_pop": _OF_ONE,
    "sem": _OF_ONE,
    "skewness": Spread(Statistic.SKEWNESS, 1),
    "kurtosis": Spread(Statistic.KURTOSIS, 1),
    "kurtosis_pop": Spread(Statistic.KURTOSIS, 1),
    "corr": _OF_TWO,
    "covar_pop": _OF_TWO,
    "covar_samp": _OF_TWO,
    "regr_slope": _OF_TWO,
    "regr_intercept": _OF_TWO,
    "regr_r2": _OF_TWO,
    "regr_sxy": _OF_TWO,
    "regr_sxx": Spread(Statistic.VARIANCE, 2, of=1),
    "regr_syy": Spread(Statistic.VARIANCE, 2),
    "regr_avgx": Spread(Statistic.MEAN, 2, of=1),
    "regr_avgy": Spread(Statistic.MEAN, 2),
    "regr_count": Spread(Statistic.VALUES, 2),
}
"""Every statistic of spread, by DuckDB's names. `regr_*` are given (y, x); a row counts where both are there."""


def _spread(request: Request, spread: Spread) -> Number | str:
    name = aggregate_name(request.call)
    arguments: list[Scalar] = list(request.call.iter_expressions())
    if any(isinstance(part, exp.Distinct | exp.Order) for part in arguments):
        return f"Across people {name} takes no DISTINCT and no ORDER BY."
    if len(arguments) != spread.arguments:
        return f"{name} takes {spread.arguments} argument{'s' if spread.arguments > 1 else ''}."
    told = arguments[spread.of]
    if spread.statistic in (Statistic.SKEWNESS, Statistic.KURTOSIS) and not has_measure(told, request.people):
        return f"{name} is offered for measures: of a code it would give away how many have each value."
    other = arguments[1 - spread.of] if spread.arguments > 1 else None
    return replace(protected_number(request, spread.statistic, told, other), function=name)
