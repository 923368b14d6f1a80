"""What a leaf asks for and which columns of the raw table protect it: the contract between `query` and `disclose`.

`query.compile` writes leaf SQL whose result has every column named here; `disclose` reads them and decides. Column
names are those of the raw table. A *path* is a condition inside an aggregate, a *class* one value of a selector: the
parts of an argument which have no measure in them.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import inf

from enclave.disclosure.perturbation.method import Perturbing
from enclave.terms import Zeros


class Statistic(StrEnum):
    ROWS = "rows"  # count(*)
    VALUES = "values"  # count(x)
    UNITS = "units"  # count(DISTINCT key)
    SUM = "sum"
    MEAN = "mean"
    VARIANCE = (
        "variance"  # and what follows from it: standard deviation and error, the spread sums of a regression
    )
    COVARIANCE = "covariance"  # of two arguments: covariance, correlation, regression
    SKEWNESS = "skewness"
    KURTOSIS = "kurtosis"
    QUANTILE = "quantile"  # one point


MOMENTS = {
    Statistic.SUM: 1,
    Statistic.MEAN: 1,
    Statistic.VARIANCE: 2,
    Statistic.COVARIANCE: 2,
    Statistic.SKEWNESS: 3,
    Statistic.KURTOSIS: 4,
}
"""The moment that a statistic tells of its argument: n and k moments give a histogram of k + 1 classes away."""


@dataclass(frozen=True, slots=True)
class PathCounts:
    """Units per side of one condition, within its domain (the units with a row that the FILTER lets through).

    Four counts are judged: some row true, some row not true (false or null), never true (`domain_units` less
    `true_units`), always true (`domain_units` less `not_true_units`). Each is at least the threshold, or 0 where
    zeros are shown.
    """

    domain_units: str
    true_units: str
    not_true_units: str
    zeros: Zeros


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """Contributing units per value of a selector: the smallest class, and how many classes there are in the cell.

    Where zeros are hidden, a cell with one single class tells that everybody is in it: it is hidden too. `at_least`:
    how many classes there have to be, where a shown number would tell that nobody is in one.
    """

    smallest_units: str
    classes: str
    zeros: Zeros
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Extremes:
    """Units at the least and at the greatest value of an argument, and whether any row lies between.

    An argument is two-valued where `between_rows` is 0 and the two values differ; then each side needs the threshold.
    With `zeros` hidden a cell whose values are all the same (`high_units` and `low_units` are the same units,
    `differ` false) is hidden too.
    """

    low_units: str
    high_units: str
    between_rows: str
    differ: str  # boolean: the least and the greatest value differ
    zeros: Zeros


@dataclass(frozen=True, slots=True)
class Added:
    """What each unit adds to a count, over the units that add something: how many they are, the least, the greatest,
    the sum, and the sum of the squares.

    Where there are two amounts alone, the count and its units tell how many add each; then each side needs the
    threshold. Where nobody adds anything there is no amount, and nothing to tell.
    """

    units: str
    least: str
    greatest: str
    total: str
    squares: str


@dataclass(frozen=True, slots=True)
class Concentration:
    """Sum of |x| over contributors, and the two largest contributions, per unit or per cluster.

    `adders`: how many add something, whose value is not 0.
    """

    total: str
    first: str
    second: str
    adders: str | None = None


@dataclass(frozen=True, slots=True)
class Leverage:
    """How much of the spread one unit holds: the sum of (x - mean)² over contributors, and the largest of a unit."""

    total: str
    first: str


@dataclass(frozen=True, slots=True)
class Ranks:
    """Where a quantile lies: among how many units, and how many of them have a value within what was averaged."""

    point: float  # from 0 to 1
    nearest_units: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One asked number of a cell. Its value is in `column`, of the raw and of the safe table."""

    column: str
    statistic: Statistic
    contributors: str  # units with at least one row that counts
    zeros: Zeros  # whether "no contributor" may be shown (count 0, or a null sum)
    by_unit: Concentration | None = None  # None: proven that no unit can dominate
    by_cluster: Concentration | None = None  # asked for only where the rules judge clusters
    parts_by_unit: tuple[
        Concentration, ...
    ] = ()  # of further parts that the argument is the sum of, each judged
    parts_by_cluster: tuple[Concentration, ...] = ()
    paths: tuple[PathCounts, ...] = ()
    classes: tuple[ClassCounts, ...] = ()
    extremes: tuple[Extremes, ...] = ()
    added: Added | None = None  # None: each unit adds one row at most, or it is no count
    leverage: tuple[Leverage, ...] = ()  # of each argument of a statistic of spread, and of each part of one
    parameters: int = 0  # estimated on the way: the contributors left over must reach the degrees of freedom
    ranks: Ranks | None = None  # of a quantile
    indicates: Fraction | None = None  # of a sum or mean of this where the one path is true, and else 0
    worth: Fraction | None = None  # of a sum or mean: what one row can add, by the catalogue


@dataclass(frozen=True, slots=True)
class Cells:
    """One leaf: its dimensions, its companions and its numbers. One raw row is one cell.

    `grouping` names the column with the grouping-set number, where the leaf has grouping sets. `always_one_row`:
    an aggregate without GROUP BY, whose single row stays, hidden as nulls. `clusters` is None where the rules ask
    for no least number of clusters, or the table has none.
    """

    dimensions: tuple[str, ...]
    units: str
    clusters: str | None
    measures: tuple[Measure, ...]
    grouping: str | None = None
    always_one_row: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """House rules with the project's stricter ones. Percentages are of 100."""

    min_units: int
    min_clusters: int
    nk_contributors: int  # the n of (n, k)
    nk_percent: float
    p_percent: float
    residual_degrees_of_freedom: int = 10
    quantile_nearest: int = 10  # a quantile is the mean of so many values
    perturbing: Perturbing | None = None  # None: numbers are shown as they are

    def __post_init__(self) -> None:
        """Refuse rules which the companions cannot judge, rather than judge something else."""
        if self.min_units < 1:
            raise ValueError("min_units is at least 1")
        if self.off and self.perturbing is not None:
            raise ValueError("rules that are off change no number")
        if self.off:
            return
        if self.nk_contributors not in (1, 2):
            raise ValueError("dominance is judged for the largest one or two contributors (nk_contributors)")
        if not (0 < self.nk_percent <= 100 and 0 <= self.p_percent < inf):
            raise ValueError("nk_percent is over 0 and at most 100, and p_percent is a number from 0 up")

    @property
    def off(self) -> bool:
        """Threshold 1 switches every rule off. Possible on synthetic data only; the policy files hold that door."""
        return self.min_units <= 1
