"""Rows on few units that two rows of an echelon form make together.

A row on fewer than `min_units` people that is a multiple of one row plus a multiple of another has at most
`min_units` - 3 atoms which are no pivots. Deal the other columns into `min_units` - 1 windows, and some window has
none of these: there the two rows are multiples of one another. So rows are compared window by window, each by two
fixed sums over it, and what looks alike is worked out in full. All columns together are a window too: there two rows
are alike that leave two atoms alone when they are taken from one another.

Limit: where there are many columns, fewer and smaller windows are drawn, of which at least one is clean in some 99 of
100 cases. Rows that are nothing on every clean window are not compared, and where people have several labels, few
people may have more atoms than there are windows. Rows that three and more make are not looked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from enclave.disclosure.ledger.atoms import Atoms, Whole
from enclave.disclosure.ledger.echelon import PRIME, residues

LARGE = 32
"""Columns of a window, where there are enough for the smaller number of windows, `FEWER`."""
FEWER = 4
MOST_TRIED = 256
"""Of rows that look alike in one window, so many are each compared with all others."""


@dataclass(frozen=True, slots=True, eq=False)
class LightRows:
    """The rows of a form that have light atoms only, their pivots, and how much of a new line each gave up.

    `told`: how often each number that tells of the kind is in them. None: the new line does, and so does whatever has a
    share of it.
    """

    rows: Whole
    pivots: Whole
    shares: Whole
    told: Whole | None = None


def two_make_few(light: LightRows, atoms: Atoms, *, min_units: int) -> bool:
    """Whether two rows make a new one on fewer than `min_units` units that tells of the kind.

    It is new if the shares do not cancel, and it tells if something that is told does not.
    """
    if len(light.rows) < 2:
        return False
    for group, factors in _alike(light, windows=min_units - 1):
        lines = residues(light.rows[group] * factors[:, None])
        shares = residues(light.shares[group] * factors)
        told = None if light.told is None else residues(light.told[group] * factors[:, None])
        for place in shares.nonzero()[0][:MOST_TRIED]:
            new = shares != shares[place]
            others = lines[new if told is None else new & (told != told[place]).any(axis=1)]
            if len(others) and (atoms.units_under(others != lines[place]) < min_units).any():
                return True
    return False


def _alike(light: LightRows, *, windows: int) -> Iterator[tuple[Whole, Whole]]:
    """Rows that are multiples in a window, one with a share among them; with factors that make them equal there."""
    free = np.ones(light.rows.shape[1], dtype=np.bool_)
    free[light.pivots] = False
    columns = free.nonzero()[0]
    if not len(columns):
        return
    sums = residues(light.rows[:, columns] @ _windows(len(columns), windows))
    first, second = sums[:, 0::2], sums[:, 1::2]
    scale = np.where(first == 0, second, first)
    inverses = np.array(_inverses(scale.ravel().tolist()), dtype=np.int64).reshape(scale.shape)
    ratios = np.where(first == 0, -1, residues(second * inverses))
    for window in range(scale.shape[1]):
        for group in _equal(ratios[:, window], scale[:, window]):
            if light.shares[group].any():
                yield group, inverses[group, window]


def _equal(ratios: Whole, scale: Whole) -> Iterator[Whole]:
    """Rows with equal ratios, in the order of the first of them; those without a scale left out."""
    rows = scale.nonzero()[0]
    if len(rows) < 2:
        return
    groups: dict[int, list[int]] = {}
    for row, ratio in zip(rows.tolist(), ratios[rows].tolist(), strict=True):
        groups.setdefault(ratio, []).append(row)
    if len(groups) < len(rows):
        yield from (np.array(group) for group in groups.values() if len(group) > 1)


@lru_cache(maxsize=256)
def _windows(columns: int, windows: int) -> Whole:
    """Two weights of each column that is no pivot for each window, 0 outside it: all columns, then dealt ones."""
    dealt = np.arange(columns)
    found = [dealt]
    if columns > LARGE * windows:
        dealt, windows = _drawn(columns, LARGE * FEWER), FEWER
    found += [dealt[start::windows] for start in range(min(windows, len(dealt)))]
    weights = np.zeros((columns, 2 * len(found)), dtype=np.int64)
    for place, window in enumerate(found):
        weights[window, 2 * place : 2 * place + 2] = _weights(len(window))
    return weights


@lru_cache(maxsize=64)
def _drawn(many: int, wanted: int) -> Whole:
    """So many of the places up to `many`, always the same."""
    return np.random.default_rng(0).permutation(many)[:wanted]


@lru_cache(maxsize=256)
def _weights(columns: int) -> Whole:
    """Two fixed weights for each column, so small that sums of residues stay within 63 bits."""
    return np.random.default_rng(0).integers(1, 2**16, size=(columns, 2))


def _inverses(values: list[int]) -> list[int]:
    """The inverses of residues, 0 for 0, at the price of one and three products each."""
    before, product = [], 1
    for value in values:
        before.append(product)
        product = product * (value or 1) % PRIME
    left = pow(product, -1, PRIME)
    found = [0] * len(values)
    for place in range(len(values) - 1, -1, -1):
        value = values[place]
        if value:
            found[place] = left * before[place] % PRIME
            left = left * value % PRIME
    return found
