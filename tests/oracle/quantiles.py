"""Quantiles across people: the mean of the values nearest to a place in the order, and what may be shown of it."""

import math
from collections.abc import Sequence
from fractions import Fraction

from tests.oracle.rules import Entry, Rules, Ruling, Verdict
from tests.oracle.values import Value, number

FEW = 20


def published(point: str, entries: Sequence[Entry], rules: Rules) -> Value:
    """What leaves: at a threshold of 1 the value at the point, between two rows in proportion; else a mean."""
    counted = [entry for entry in entries if entry.counted]
    if not counted:
        return None
    values = sorted(Fraction(number(entry.value)) for entry in counted)
    place = (len(values) - 1) * Fraction(point)
    if rules.min_units == 1:
        below, above = values[math.floor(place)], values[math.ceil(place)]
        return float(below + (above - below) * (place - math.floor(place)))
    near = _near(values, place, counted, rules)
    return None if near is None else float(sum(near, Fraction(0)) / len(near))


def _near(
    values: Sequence[Fraction], place: Fraction, counted: Sequence[Entry], rules: Rules
) -> Sequence[Fraction] | None:
    """The k values nearest to the place; k grows with the rows per person. None where there are fewer."""
    people = len({entry.unit for entry in counted} - {None})
    size = max(rules.quantile_nearest, rules.min_units)
    if people:
        size *= math.ceil(Fraction(len(values), people))
    if len(values) < size and len(values) > people:
        size = len(values)
    if len(values) < size:
        return None
    first = math.ceil(place + 1 - Fraction(size, 2)) - 1
    first = max(0, min(first, len(values) - size))
    return values[first : first + size]


def judge_quantile(
    point: str, counted: Sequence[Entry], rules: Rules, *, hidden: bool | None
) -> list[Ruling]:
    """Enough people on either side of the point, and among the values around it; no histogram of few values.

    `hidden`: whether nobody counts as few for the values; None where the rules leave that open.
    """
    people = len({entry.unit for entry in counted})
    side = min(Fraction(point), 1 - Fraction(point)) * people
    enough = Verdict.MAY if side >= rules.min_units else Verdict.MUST_NOT
    rulings = [Ruling(enough, f"{float(side)} people on one side")]
    if not counted:
        return rulings
    values = sorted(Fraction(number(entry.value)) for entry in counted)
    near = _near(values, (len(values) - 1) * Fraction(point), counted, rules)
    if near is not None:
        within = {entry.unit for entry in counted if near[0] <= Fraction(number(entry.value)) <= near[-1]}
        few = len(within) < rules.min_units
        rulings.append(
            Ruling(Verdict.MUST_NOT if few else Verdict.MAY, f"{len(within)} people around the point")
        )
    return [*rulings, _histogram(counted, rules, hidden)]


def _histogram(counted: Sequence[Entry], rules: Rules, hidden: bool | None) -> Ruling:
    """A mean of ten that straddles two values tells where the one ends: of few values, how many have each.

    That one of few is shown would tell that nobody has any other value.
    """
    classes: dict[Value, set[Value]] = {}
    for entry in counted:
        classes.setdefault(entry.value, set()).add(entry.unit)
    smallest = min(map(len, classes.values()))
    if len(classes) <= FEW and rules.min_units > 1 and hidden is not False:
        return Ruling(Verdict.MUST_NOT if hidden else Verdict.EITHER, f"{len(classes)} values")
    if len(classes) > FEW or smallest >= rules.min_units:
        return Ruling(Verdict.MAY if len(classes) > 1 else Verdict.EITHER)
    return Ruling(Verdict.MUST_NOT, f"{smallest} units at one of {len(classes)} values")
