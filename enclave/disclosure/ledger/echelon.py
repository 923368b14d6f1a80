"""Rows in reduced echelon form, modulo a prime. Values: every change makes a new form.

The pivot of a row is its heaviest column, if it has a heavy one at all: the caller says which columns are heavy. So
the rows whose pivot is light have no heavy column, and they span *everything* of the span that has none.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.atoms import Flags, Whole

_AT_A_TIME = 32
T = TypeVar("T", np.int64, np.bool_)

PRIME = 2**31 - 1
"""Products of two residues fit in 63 bits.

Limit: what holds over the rationals holds modulo the prime and the other way round, save where a minor of the 0/1
matrix is a multiple of it: impossible below rank 24 or so, else a chance of one in two thousand million.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Echelon:
    """Rows of residues, first over `width` atoms, then over the numbers that each row is made of.

    The column `pivots[i]`, an atom, is 1 in row i and 0 in every other. Row i is the sum of the numbers that were
    inserted, each as often as the last columns say: one for each number, in order.
    """

    rows: Whole
    pivots: Whole
    width: int

    @property
    def rank(self) -> int:
        return len(self.pivots)

    @property
    def over_atoms(self) -> Whole:
        return self.rows[:, : self.width]


def no_rows() -> Echelon:
    """The form of no rows over no columns."""
    return Echelon(np.empty((0, 0), dtype=np.int64), np.empty(0, dtype=np.int64), 0)


def residues(values: Whole) -> Whole:
    """Values modulo the prime. (numpy divides by one number far quicker than it takes remainders.)"""
    multiples = values // PRIME
    multiples *= PRIME
    return np.subtract(values, multiples, out=multiples)


def widen(form: Echelon, split: Whole, fresh: int) -> Echelon:
    """Atoms `split` twice (the second copies at the end, in order), then `fresh` atoms of nothing."""
    added = len(split) + fresh
    if not added:
        return form
    made_of = form.rows[:, form.width :]
    rows = np.concatenate((widened(form.over_atoms, split, fresh), made_of), axis=1)
    return Echelon(rows, form.pivots, form.width + added)


def widened(rows: npt.NDArray[T], split: Whole, fresh: int) -> npt.NDArray[T]:
    """The same for any rows over atoms."""
    return np.concatenate((rows, rows[:, split], np.zeros((len(rows), fresh), dtype=rows.dtype)), axis=1)


def repivot(form: Echelon, weights: Whole, *, heavy: int, split: Whole) -> Echelon:
    """The form with heavy pivots again, after `split` columns became two lighter ones (see `widen`)."""
    if not len(split) or not form.rank:
        return form
    lighter = np.zeros(len(weights), dtype=np.bool_)
    lighter[split] = True
    for row in np.flatnonzero(lighter[form.pivots] & (weights[form.pivots] < heavy)):
        column = heaviest(form.rows[row], weights)
        if column != form.pivots[row]:
            form = _moved(form, int(row), column)
    return form


def divided_by(form: Echelon, parents: Whole, weights: Whole, *, heavy: int) -> Echelon:
    """The form over new atoms, each a part of the atom `parents` says (-1: of none), with heavy pivots again."""
    if not form.rank:
        return Echelon(np.empty((0, len(parents)), dtype=np.int64), form.pivots, len(parents))
    over_atoms = form.over_atoms[:, parents] * (parents >= 0)
    rows = np.concatenate((over_atoms, form.rows[:, form.width :]), axis=1)
    heaviest_first = np.lexsort((-weights, parents))
    pivots = heaviest_first[parents[heaviest_first].searchsorted(form.pivots)]
    made = Echelon(rows, pivots, len(parents))
    several = np.bincount(parents + 1, minlength=1)[parents + 1] > 1
    return repivot(made, weights, heavy=heavy, split=several.nonzero()[0])


def remainder(form: Echelon, inside: Flags) -> Whole:
    """What is left of a number (ones where `inside`, zeros else) when the form's rows are taken from it.

    Over the atoms first; then how often each earlier number was added for that.
    """
    line = np.zeros(form.width + form.rank, dtype=np.int64)
    line[: form.width] = inside
    used = inside[form.pivots]
    return residues(line - form.rows[used].sum(axis=0)) if used.any() else line


def heaviest(line: Whole, weights: Whole) -> int:
    """The heaviest atom of a row, the first of equals."""
    return int(np.where(line[: len(weights)] != 0, weights, -1).argmax())


def scaled(line: Whole, column: int) -> Whole:
    """A multiple of a row that is 1 in the column."""
    value = int(line[column])
    return line if value == 1 else residues(line * pow(value, -1, PRIME))


def insert(form: Echelon, left: Whole, column: int) -> Echelon:
    """The form with one more number, of which `left` is the remainder, and `column` its pivot from now on."""
    line = scaled(np.append(left, 1), column)
    rows = np.empty((form.rank + 1, len(line)), dtype=np.int64)
    _take(form.rows, line, column, out=rows[:-1])
    rows[-1] = line
    return Echelon(rows, np.append(form.pivots, column), form.width)


def _moved(form: Echelon, row: int, column: int) -> Echelon:
    """The form with another pivot for one row."""
    rows, pivots = np.empty_like(form.rows), form.pivots.copy()
    line = scaled(form.rows[row], column)
    _take(form.rows, line, column, out=rows)
    rows[row], pivots[row] = line, column
    return Echelon(rows, pivots, form.width)


def _take(rows: Whole, line: Whole, column: int, *, out: Whole) -> None:
    """Rows less multiples of `line`, which is 1 in the column, so that they are 0 there.

    `out` and `line` may be wider than the rows.
    """
    out[:, : rows.shape[1]] = rows
    out[:, rows.shape[1] :] = 0
    _clear(out, line, column)


def _clear(rows: Whole, line: Whole, column: int) -> None:
    """The same in place. Most rows have nothing in the column; of the others a few at a time stay in the cache."""
    some = rows[:, column].nonzero()[0]
    for start in range(0, len(some), _AT_A_TIME):
        places = some[start : start + _AT_A_TIME]
        changed = (PRIME - rows[places, column])[:, None] * line
        changed += rows[places]
        _reduce(changed)
        rows[places] = changed


class Growing:
    """A form into which many numbers are inserted one after the other, in place, until it is a value again."""

    def __init__(self, form: Echelon, most: int) -> None:
        """Start from a form, with room for so many numbers."""
        self._width, self._rank = form.width, form.rank
        self._rows = np.zeros((form.rank + most, form.width + form.rank + most), dtype=np.int64)
        self._rows[: form.rank, : form.width + form.rank] = form.rows
        self._pivots = np.zeros(form.rank + most, dtype=np.int64)
        self._pivots[: form.rank] = form.pivots

    @property
    def form(self) -> Echelon:
        """As it is now, for a moment: the next insertion changes its rows."""
        rank = self._rank
        return Echelon(self._rows[:rank, : self._width + rank], self._pivots[:rank], self._width)

    def insert(self, left: Whole, column: int) -> None:
        """One number more: `insert` in place."""
        line = scaled(np.append(left, 1), column)
        rank, wide = self._rank, len(line)
        _clear(self._rows[:rank, :wide], line, column)
        self._rows[rank, :wide] = line
        self._pivots[rank] = column
        self._rank += 1

    def done(self) -> Echelon:
        form = self.form
        return Echelon(form.rows.copy(), form.pivots.copy(), form.width)


def _reduce(values: Whole) -> None:
    """`residues` in place, of values up to PRIME * PRIME: 2**31 is 1, so the high bits are added to the low ones."""
    high = values >> 31
    for _ in range(2):
        values &= PRIME
        values += high
        np.right_shift(values, 31, out=high)
    values[values == PRIME] = 0
