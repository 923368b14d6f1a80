"""A slow, obvious judge of the primary rules: plain Python and exact fractions, written apart from the product.

It reads one raw row at a time. What it is not told (None) it never allows.
"""

from fractions import Fraction
from typing import Any

from enclave.disclosure.asked import (
    Cells,
    ClassCounts,
    Concentration,
    Extremes,
    Measure,
    PathCounts,
    Rules,
    Statistic,
)
from enclave.terms import Zeros

Row = dict[str, Any]


def cell_may_be_shown(row: Row, cells: Cells, rules: Rules) -> bool:
    units = row[cells.units]
    if units is None or units < rules.min_units:
        return False
    if cells.clusters is None:
        return True
    clusters = row[cells.clusters]
    return clusters is not None and clusters >= rules.min_clusters


def number_may_be_shown(row: Row, measure: Measure, rules: Rules) -> bool:
    """In a cell that may be shown itself."""
    contributors = row[measure.contributors]
    if contributors is None:
        return False
    for path in measure.paths:
        if not path_allows(row, path, rules):
            return False
    if contributors == 0:
        is_count = measure.statistic in (Statistic.ROWS, Statistic.VALUES, Statistic.UNITS)
        return is_count and measure.zeros == Zeros.SHOWN and row[measure.column] == 0
    if contributors < rules.min_units:
        return False
    if not all(classes_allow(row, classes, rules) for classes in measure.classes):
        return False
    if not all(extremes_allow(row, extremes, rules) for extremes in measure.extremes):
        return False
    held = [held for held in (measure.by_unit, measure.by_cluster) if held is not None]
    return all(concentration_allows(row, one, measure.zeros, rules) for one in held)


def path_allows(row: Row, path: PathCounts, rules: Rules) -> bool:
    domain, true, not_true = (row[name] for name in (path.domain_units, path.true_units, path.not_true_units))
    if domain is None or true is None or not_true is None:
        return False
    never_true = domain - true
    always_true = domain - not_true
    for side in (true, not_true, never_true, always_true):
        few = side < rules.min_units
        if few and not (side == 0 and path.zeros == Zeros.SHOWN):
            return False
    return True


def classes_allow(row: Row, classes: ClassCounts, rules: Rules) -> bool:
    smallest, number = row[classes.smallest_units], row[classes.classes]
    if smallest is None or number is None or number == 0:
        return False
    if number == 1 and classes.zeros == Zeros.HIDDEN:
        return False
    return bool(smallest >= rules.min_units)


def extremes_allow(row: Row, extremes: Extremes, rules: Rules) -> bool:
    low, high, between = row[extremes.low_units], row[extremes.high_units], row[extremes.between_rows]
    differ = row[extremes.differ]
    if None in (low, high, between, differ):
        return False
    if not differ and (between > 0 or extremes.zeros == Zeros.HIDDEN):
        return False
    at_most_two_values = between == 0
    return not at_most_two_values or (low >= rules.min_units and high >= rules.min_units)


def concentration_allows(row: Row, held: Concentration, zeros: Zeros, rules: Rules) -> bool:
    amounts = [row[name] for name in (held.total, held.first, held.second)]
    if any(amount is None or amount != amount or abs(amount) == float("inf") for amount in amounts):
        return False
    total, first, second = (Fraction(amount) for amount in amounts)
    if total == 0 and first == 0:
        return zeros == Zeros.SHOWN
    largest = first + second if rules.nk_contributors == 2 else first
    if largest >= Fraction(rules.nk_percent) / 100 * total:
        return False
    return total - first - second >= Fraction(rules.p_percent) / 100 * first
