"""The primary rules: which cells and which numbers stand on too few. Nothing here knows what was shown before.

Every check says where it is *safe*, and what is unknown (NULL, NaN) satisfies no check: a companion that went wrong
hides its cell.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from enclave.disclosure.asked import (
    Added,
    Cells,
    ClassCounts,
    Concentration,
    Extremes,
    Leverage,
    Measure,
    PathCounts,
    Ranks,
    Rules,
    Statistic,
)
from enclave.disclosure.columns import Mask, Numbers, amounts, counts, flags, is_whole
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.report import CODE_OF, Codes, Rule
from enclave.terms import Zeros

_COUNTS = frozenset({Statistic.ROWS, Statistic.VALUES, Statistic.UNITS})

_NOISE = 1e-9
"""How far, relatively, a sum of floats or its copy as a float may be from the true one. What is nearer than that to
the line of a rule is hidden. Whole numbers are judged exactly."""

_WHOLE = 2**53
"""Whole numbers below this are exact in floating point."""

_EXACT = 2**46
"""Whole numbers below this stay exact in 53 bits when a percentage multiplies them."""

Check = tuple[Rule, Mask]


def judge_cells(table: pa.Table, cells: Cells, rules: Rules) -> Codes:
    """The first rule that each whole cell breaks."""
    return _first_broken(_cell_checks(table, cells, rules), table.num_rows)


def judge_measure(table: pa.Table, measure: Measure, rules: Rules) -> Codes:
    """The first rule that one measure breaks in each cell, whatever the cell itself may break.

    Raises:
        BrokenPromise: a companion is missing or of a wrong type, or says what cannot be.
    """
    return _first_broken(_measure_checks(table, measure, rules), table.num_rows)


def _first_broken(checks: Iterator[Check], size: int) -> Codes:
    codes = np.zeros(size, dtype=np.int8)
    for rule, safe in checks:
        codes[(codes == 0) & ~safe] = CODE_OF[rule]
    return codes


def _cell_checks(table: pa.Table, cells: Cells, rules: Rules) -> Iterator[Check]:
    """A cell of nobody is hidden like one of few, whatever the zeros: both are absent."""
    yield Rule.UNITS, counts(table, cells.units) >= rules.min_units
    if cells.clusters is not None:
        yield Rule.CLUSTERS, counts(table, cells.clusters) >= rules.min_clusters


def _measure_checks(table: pa.Table, measure: Measure, rules: Rules) -> Iterator[Check]:
    contributors = counts(table, measure.contributors)
    nobody = _nobody(table, measure, contributors)
    yield Rule.CONTRIBUTORS, (contributors >= rules.min_units) | nobody
    for path in measure.paths:
        yield Rule.PATHS, _path_is_safe(table, path, rules)
    for classes in measure.classes:
        yield Rule.CLASSES, _classes_are_safe(table, classes, rules) | nobody
    for extremes in measure.extremes:
        for rule, safe in _extreme_checks(table, extremes, rules):
            yield rule, safe | nobody
    if measure.added is not None:
        yield Rule.TWO_VALUED, _amounts_tell_no_few(table, measure.added, rules) | nobody
    for rule, safe in _concentration_checks(table, measure, rules):
        yield rule, safe | nobody
    if measure.parameters:
        left_over = contributors - measure.parameters
        yield Rule.DEGREES_OF_FREEDOM, left_over >= rules.residual_degrees_of_freedom
    for leverage in measure.leverage:
        yield Rule.LEVERAGE, _nobody_holds_half(table, leverage)
    if measure.ranks is not None:
        yield from _rank_checks(table, measure.ranks, contributors, rules)
    yield Rule.NOT_A_NUMBER, _is_finite(table, measure)


def _nobody(table: pa.Table, measure: Measure, contributors: Numbers) -> Mask:
    """Where a count is 0 and may be shown as 0. A sum or mean of nobody is NULL, hidden or not.

    A count of nobody can be above 0: a public table left-joined to people has rows of nobody. It is hidden, since it
    tells how many groups are empty.
    """
    none = np.zeros(len(contributors), dtype=np.bool_)
    if measure.statistic not in _COUNTS:
        return none
    value = counts(table, measure.column)
    if (value < contributors).any():
        raise BrokenPromise(f"{measure.column} counts less than its contributors")
    return (contributors == 0) & (value == 0) if measure.zeros is Zeros.SHOWN else none


def _path_is_safe(table: pa.Table, path: PathCounts, rules: Rules) -> Mask:
    """Four counts: some row true, some not true, never true, always true."""
    domain = counts(table, path.domain_units)
    true = counts(table, path.true_units)
    not_true = counts(table, path.not_true_units)
    if ((true > domain) | (not_true > domain) | (domain > true + not_true)).any():
        raise BrokenPromise(f"the counts of {path.true_units} and {path.not_true_units} make no path")
    some = _enough(true, path.zeros, rules) & _enough(not_true, path.zeros, rules)
    return some & _enough(domain - true, path.zeros, rules) & _enough(domain - not_true, path.zeros, rules)


def _enough(units: Numbers, zeros: Zeros, rules: Rules) -> Mask:
    enough = units >= rules.min_units
    return enough | (units == 0) if zeros is Zeros.SHOWN else enough


def _classes_are_safe(table: pa.Table, classes: ClassCounts, rules: Rules) -> Mask:
    """The smallest class present is large enough; where zeros are hidden there is more than one."""
    least_classes = max(1 if classes.zeros is Zeros.SHOWN else 2, classes.at_least)
    several = counts(table, classes.classes) >= least_classes
    return several & (counts(table, classes.smallest_units) >= rules.min_units)


def _extreme_checks(table: pa.Table, extremes: Extremes, rules: Rules) -> Iterator[Check]:
    low = counts(table, extremes.low_units)
    high = counts(table, extremes.high_units)
    between = counts(table, extremes.between_rows)
    differ = flags(table, extremes.differ)
    known = ~np.isnan(low + high + between + differ)
    enough = (low >= rules.min_units) & (high >= rules.min_units)
    yield Rule.TWO_VALUED, known & ((between > 0) | enough)
    yield Rule.ALL_THE_SAME, known & ((differ == 1) | ((between == 0) & _shown(extremes.zeros)))


def _amounts_tell_no_few(table: pa.Table, added: Added, rules: Rules) -> Mask:
    """Not two amounts, or each of the two added by enough units.

    They are two, or one, exactly where the sum of (a - least)(a - greatest) is 0. Sums past 53 bits, and amounts that
    are no whole numbers, are taken for two where they are as near to it as rounding can be.
    """
    units = counts(table, added.units)
    names = (added.least, added.greatest, added.total, added.squares)
    least, greatest, total, squares = (amounts(table, name) for name in names)
    with np.errstate(over="ignore", invalid="ignore"):
        across, within = (least + greatest) * total, units * least * greatest
        size = squares + across + within
        exact = (size < _WHOLE) & all(is_whole(table.column(name).type) for name in names)
        more_than_two = np.abs(squares - across + within) > np.where(exact, 0, _NOISE * size)
        apart = greatest > least
        step = np.where(apart, greatest - least, 1)
        at_greatest = np.where(apart, np.rint((total - units * least) / step), units)
        at_least = np.where(apart, units - at_greatest, units)
        enough = (at_greatest >= rules.min_units) & (at_least >= rules.min_units)
        told = (0 <= least) & (least <= greatest) & (more_than_two | enough)
    safe: Mask = (units == 0) | told
    return safe


def _concentration_checks(table: pa.Table, measure: Measure, rules: Rules) -> Iterator[Check]:
    for by_unit in (measure.by_unit, *measure.parts_by_unit):
        if by_unit is not None:
            dominates, estimated = Rule.UNITS_DOMINATE, Rule.UNIT_ESTIMATED
            yield from _one_concentration(table, by_unit, measure.zeros, rules, dominates, estimated)
            if by_unit.adders is not None:
                yield Rule.CONTRIBUTORS, _enough_add(table, by_unit.adders, rules)
    for by_cluster in (measure.by_cluster, *measure.parts_by_cluster):
        if by_cluster is not None:
            dominates, estimated = Rule.CLUSTERS_DOMINATE, Rule.CLUSTER_ESTIMATED
            yield from _one_concentration(table, by_cluster, measure.zeros, rules, dominates, estimated)


def _one_concentration(
    table: pa.Table, held: Concentration, zeros: Zeros, rules: Rules, dominates: Rule, estimated: Rule
) -> Iterator[Check]:
    """(n, k): the n largest hold less than k % of the total. p %: what is neither of the two largest hides the first.

    Where everybody's value is 0 nobody dominates, but the number tells each one's value: the zeros decide.

    Source:
        Hundepool and others, Handbook on Statistical Disclosure Control (ESSnet, 2010), section 4.2.
    """
    total, first, second = (amounts(table, name) for name in (held.total, held.first, held.second))
    slack = _slack(table, held, total)
    with np.errstate(over="ignore", invalid="ignore"):
        largest = first if rules.nk_contributors == 1 else first + second
        below_k = 100 * largest < rules.nk_percent * total * (1 - slack)
        masked = 100 * (total - first - second) >= rules.p_percent * first * (1 + slack)
        ordered = (0 <= second) & (second <= first) & np.isfinite(100 * total)
    all_zero = ordered & (total == 0)
    yield Rule.ALL_THE_SAME, ~all_zero | _shown(zeros)
    yield dominates, (ordered & below_k) | all_zero
    yield estimated, masked


def _enough_add(table: pa.Table, adders: str, rules: Rules) -> Mask:
    """Where three of a hundred have a value that is not 0, their sum is one of three. All at 0 is judged elsewhere."""
    found = counts(table, adders)
    enough: Mask = (found >= rules.min_units) | (found == 0)
    return enough


def _nobody_holds_half(table: pa.Table, leverage: Leverage) -> Mask:
    """No unit holds more than half of the sum of squares around the mean. Where all are the same, nobody does."""
    total, first = amounts(table, leverage.total), amounts(table, leverage.first)
    with np.errstate(over="ignore", invalid="ignore"):
        return (0 <= first) & np.isfinite(total) & (2 * first * (1 + _NOISE) <= total)


def _rank_checks(table: pa.Table, ranks: Ranks, contributors: Numbers, rules: Rules) -> Iterator[Check]:
    """At least the threshold of units on either side of the point, and among the values that were averaged."""
    side = min(ranks.point, 1 - ranks.point)
    yield Rule.QUANTILE_AT_THE_END, side * contributors * (1 + _NOISE) >= rules.min_units
    yield Rule.QUANTILE_OF_FEW, counts(table, ranks.nearest_units) >= rules.min_units


def _slack(table: pa.Table, held: Concentration, total: Numbers) -> Numbers:
    whole = all(is_whole(table.schema.field(name).type) for name in (held.total, held.first, held.second))
    return np.where(whole & (total < _EXACT), 0.0, _NOISE)


def _is_finite(table: pa.Table, measure: Measure) -> Mask:
    """False for NaN and infinity. NULL passes: it shows nothing."""
    value = amounts(table, measure.column)
    absent: Mask = table.column(measure.column).is_null().to_numpy()
    return np.isfinite(value) | absent


def _shown(zeros: Zeros) -> np.bool_:
    return np.bool_(zeros is Zeros.SHOWN)
