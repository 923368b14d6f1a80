"""A p-table: how likely each change of a count is, given the count. Made, never typed in.

For each count the change is a whole number of at most `maximum` either way, has no bias, a given variance, and else the
most entropy: knowing the table, nothing more can be guessed. Likelihoods are whole parts of 2**32, so that "no bias" is
an equation of whole numbers and not a matter of rounding.

The one thing to know before changing this: who was shown a number was shown it by this table. Another table, or another
way to read it, gives the same people other noise, which is a second look at what the first one hid.

Source:
    Fraser and Wooton, A proposed method for confidentialising tabular output to protect against differencing (UNECE
    work session on statistical data confidentiality, 2005): record keys and cell keys. Marley and Leaver, A method for
    confidentialising user-defined tables: statistical properties and a risk-utility analysis (ISI, 2011): the table of
    most entropy under these conditions. Giessing, Computational issues in the design of transition probabilities and
    disclosure risk estimation for additive noise (PSD, 2016): how it is solved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

PARTS: Final = 1 << 32
"""Likelihoods are in parts of this; the first 32 bits of a cell key choose one."""
_STEPS: Final = 60
_WIDEST: Final = 40.0
_MOST_SLOPE: Final = 700.0

Weights = npt.NDArray[np.int64]
Row = tuple[Sequence[int], Weights]


@dataclass(frozen=True, slots=True, eq=False)
class PTable:
    """Changes and their likelihoods by count. From the last row on all counts have that row."""

    maximum: int
    rows: tuple[Row, ...]

    def row(self, count: int) -> Row:
        """The possible changes of a count, rising, and the parts of `PARTS` that each has."""
        return self.rows[min(count, len(self.rows) - 1)]

    def change(self, count: int, chance: int) -> int:
        """The change of a count for a chance from 0 to `PARTS` - 1."""
        changes, weights = self.row(count)
        return int(changes[int(np.searchsorted(np.cumsum(weights), chance, side="right"))])


@lru_cache(maxsize=64)
def p_table(maximum: int, variance: float, *, small: int = 0) -> PTable:
    """The p-table of most entropy.

    Args:
        variance: of every count that has room for it; a count with less room has what room it has.
        small: no count becomes 1 up to this; 0 is possible.
    """
    assert 0 < variance <= maximum * (maximum + 1) / 3, "a variance that the maximum allows"
    rows = tuple(_row(count, maximum, variance, small) for count in range(maximum + small + 2))
    return PTable(maximum, rows)


def _row(count: int, maximum: int, variance: float, small: int) -> Row:
    """Nobody stays nobody; a count that is small itself is never shown."""
    stays: Row = ((0,), np.array([PARTS], dtype=np.int64))
    if count <= small:
        return stays
    reached = range(max(0, count - maximum), count + maximum + 1)
    changes = tuple(value - count for value in reached if not 0 < value <= small)
    if changes[0] == 0:
        return stays  # only more would be possible, and that on average
    return changes, _in_parts(changes, _likelihoods(np.array(changes, dtype=np.float64), variance))


def _likelihoods(changes: npt.NDArray[np.float64], variance: float) -> npt.NDArray[np.float64]:
    """Of most entropy: exp(slope * change + curve * change**2) of mean 0, with the variance as far as there is room."""

    even = bool((changes == -changes[::-1]).all())

    def unbiased(curve: float) -> npt.NDArray[np.float64]:
        if even:
            return _normed(curve * changes**2)
        slope = _root(lambda one: float(changes @ _normed(one * changes + curve * changes**2)))
        return _normed(slope * changes + curve * changes**2)

    def beyond(curve: float) -> float:
        return float(changes**2 @ unbiased(curve)) - variance

    return unbiased(0.0 if beyond(0.0) <= 0 else _root(beyond, least=-_WIDEST, most=0.0))


def _normed(exponents: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    raised = np.exp(exponents - exponents.max())
    likelihoods: npt.NDArray[np.float64] = raised / raised.sum()
    return likelihoods


def _root(
    rising: Callable[[float], float], *, least: float = -_MOST_SLOPE, most: float = _MOST_SLOPE
) -> float:
    """Where a rising function passes 0, or the end that is nearest to it."""
    for _ in range(_STEPS):
        middle = (least + most) / 2
        if rising(middle) < 0:
            least = middle
        else:
            most = middle
    return (least + most) / 2


def _in_parts(changes: Sequence[int], likelihoods: npt.NDArray[np.float64]) -> Weights:
    """Whole parts that add up to `PARTS` and have a mean of exactly 0: what is over goes to the likeliest places."""
    weights = np.floor(likelihoods * PARTS).astype(np.int64)
    likeliest = int(np.argmax(weights))
    weights[likeliest] += PARTS - int(weights.sum())
    bias = int(np.array(changes, dtype=np.int64) @ weights)
    for place, step in _neighbours(changes, weights):
        moved = min(abs(bias) // step, int(weights[place if bias > 0 else place - 1]))
        weights[place] -= moved if bias > 0 else -moved
        weights[place - 1] += moved if bias > 0 else -moved
        bias -= moved * step if bias > 0 else -moved * step
    assert bias == 0, "no bias"
    assert (weights >= 0).all(), "no likelihood below 0"
    return weights


def _neighbours(changes: Sequence[int], weights: Weights) -> list[tuple[int, int]]:
    """Places beside the one before them, with the step between them: large steps first, then where most lies."""
    found = [(place, changes[place] - changes[place - 1]) for place in range(1, len(changes))]
    return sorted(found, key=lambda one: (-one[1], -int(weights[one[0]] + weights[one[0] - 1])))


def entropy(row: Row) -> float:
    """In bits: how much of a change cannot be guessed."""
    _, weights = row
    shares = weights[weights > 0] / PARTS
    return abs(float((shares * np.log2(shares)).sum()))


def variance_of(row: Row) -> float:
    """The mean square of the changes, which have a mean of 0."""
    changes, weights = row
    return float(np.array(changes, dtype=np.float64) ** 2 @ (weights / PARTS))
