"""Statistics of spread by their textbook definitions, in exact fractions, and what may be shown of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from tests.oracle.rules import Entry, Rules, Ruling, Verdict
from tests.oracle.values import Value, mean, number


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def _squares(values: Sequence[Fraction]) -> Fraction:
    """The sum of (x - mean)²."""
    mean = _mean(values)
    return sum(((value - mean) ** 2 for value in values), Fraction(0))


def _sample(values: Sequence[Fraction]) -> float | None:
    return float(_squares(values) / (len(values) - 1)) if len(values) > 1 else None


def _root(value: float | None) -> float | None:
    return None if value is None else math.sqrt(value)


SPREADS: Mapping[str, Callable[[Sequence[Fraction]], float | None]] = {
    "var_pop": lambda values: float(_squares(values) / len(values)),
    "var_samp": _sample,
    "stddev_pop": lambda values: math.sqrt(_squares(values) / len(values)),
    "stddev_samp": lambda values: _root(_sample(values)),
    "regr_sxx": lambda values: float(_squares(values)),
    "regr_syy": lambda values: float(_squares(values)),
}
"""What is a difference of large numbers (a covariance, a skewness) is left to tests of its own."""

OF_SECOND = ("regr_avgx", "regr_sxx")
"""Statistics of pairs (y, x) that tell of x."""

PARAMETERS = {"regr_sxx": 1, "regr_syy": 1, "var_pop": 1, "var_samp": 1, "stddev_pop": 1, "stddev_samp": 1}


def value(name: str, told: Sequence[Value]) -> Value:
    """The statistic of these values, null for nothing to make it of."""
    if name == "regr_count":
        return len(told)
    if name in ("regr_avgx", "regr_avgy"):
        return mean(told)
    return SPREADS[name]([Fraction(number(one)) for one in told]) if told else None


def judge_spread(name: str, counted: Sequence[Entry], rules: Rules) -> list[Ruling]:
    """Enough people beyond the parameters; nobody with over half of the spread; no histogram of two or three values."""
    people = {entry.unit for entry in counted}
    left = len(people) - PARAMETERS[name]
    enough = left >= rules.residual_degrees_of_freedom
    rulings = [Ruling(Verdict.MAY if enough else Verdict.MUST_NOT, f"{left} degrees of freedom")]
    if counted:
        rulings += [_leverage(counted, "value"), _leverage(counted, "weight"), _histogram(counted, rules)]
    return rulings


def _leverage(counted: Sequence[Entry], of: str) -> Ruling:
    values = [Fraction(number(getattr(entry, of))) for entry in counted]
    mean = _mean(values)
    held: dict[Value, Fraction] = {}
    for entry, amount in zip(counted, values, strict=True):
        held[entry.unit] = held.get(entry.unit, Fraction(0)) + (amount - mean) ** 2
    total, largest = sum(held.values(), Fraction(0)), max(held.values())
    if total == 0 or 2 * largest == total:
        return Ruling(Verdict.EITHER, "no spread, or just half of it")
    return Ruling(Verdict.MUST_NOT if 2 * largest > total else Verdict.MAY, f"one unit's share of the {of}s")


def _histogram(counted: Sequence[Entry], rules: Rules) -> Ruling:
    """Mean, variance and count are three equations: they give the sizes of three classes."""
    classes: dict[Value, set[Value]] = {}
    for entry in counted:
        classes.setdefault(entry.value, set()).add(entry.unit)
    smallest = min(map(len, classes.values()))
    if len(classes) > 3 or smallest >= rules.min_units:
        return Ruling(Verdict.MAY if len(classes) > 1 else Verdict.EITHER)
    return Ruling(Verdict.MUST_NOT, f"{smallest} units at one of {len(classes)} values")
