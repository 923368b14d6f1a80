"""Rows in reduced echelon form, modulo a prime. Values: every change makes a new form.

The pivot of a row is its heaviest column, if it has a heavy one at all: the caller says which columns are heavy. So
the rows whose pivot is light have no heavy column, and they span *everything* of the span that has none.
"""

from dataclasses import dataclass

import numpy as np

from enclave.disclosure.ledger.atoms import Flags, Whole

PRIME = 2**31 - 1
"""Products of two residues fit in 63 bits.

Limit: what holds over the rationals holds modulo the prime and the other way round, save where a minor of the 0/1
matrix is a multiple of it: impossible below rank 24 or so, else a chance of one in two thousand million.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Echelon:
    """`rows` (rank, columns), residues; the column `pivots[i]` is 1 in row i and 0 in every other."""

    rows: Whole
    pivots: Whole

    @property
    def rank(self) -> int:
        return len(self.pivots)


def no_rows() -> Echelon:
    """The form of no rows over no columns."""
    return Echelon(np.empty((0, 0), dtype=np.int64), np.empty(0, dtype=np.int64))


def residues(values: Whole) -> Whole:
    """Values modulo the prime. (numpy divides by one number far quicker than it takes remainders.)"""
    multiples = values // PRIME
    multiples *= PRIME
    return np.subtract(values, multiples, out=multiples)


def widen(form: Echelon, split: Whole, fresh: int) -> Echelon:
    """Columns `split` twice (the second copies at the end, in order), then `fresh` columns of nothing."""
    if not len(split) and not fresh:
        return form
    rank, width = form.rows.shape
    rows = np.zeros((rank, width + len(split) + fresh), dtype=np.int64)
    rows[:, :width] = form.rows
    rows[:, width : width + len(split)] = form.rows[:, split]
    return Echelon(rows, form.pivots)


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


def remainder(form: Echelon, inside: Flags) -> Whole:
    """What is left of a row of ones (where `inside`) and zeros, when the form's rows are taken from it."""
    ones = inside.astype(np.int64)
    used = inside[form.pivots]
    return residues(ones - used @ form.rows) if used.any() else ones


def heaviest(line: Whole, weights: Whole) -> int:
    """The heaviest column of a row, the first of equals."""
    return int(np.where(line != 0, weights, -1).argmax())


def scaled(line: Whole, column: int) -> Whole:
    """A multiple of a row that is 1 in the column."""
    value = int(line[column])
    return line if value == 1 else residues(line * pow(value, -1, PRIME))


def insert(form: Echelon, line: Whole, column: int) -> Echelon:
    """The form with one more row, that has 1 in `column` and 0 in the pivots of the form: its pivot."""
    rows = np.empty((form.rank + 1, len(line)), dtype=np.int64)
    rows[:-1] = form.rows
    rows[-1] = line
    _clear(rows[:-1], line, column)
    return Echelon(rows, np.append(form.pivots, column))


def _moved(form: Echelon, row: int, column: int) -> Echelon:
    """The form with another pivot for one row."""
    rows, pivots = form.rows.copy(), form.pivots.copy()
    line = scaled(form.rows[row], column)
    _clear(rows, line, column)
    rows[row], pivots[row] = line, column
    return Echelon(rows, pivots)


def _clear(rows: Whole, line: Whole, column: int) -> None:
    """Make the column 0 in all rows by multiples of `line`, which is 1 in it."""
    touched = rows[:, column].nonzero()[0]
    if len(touched):
        some = rows[touched]
        some += (PRIME - some[:, column])[:, None] * line
        rows[touched] = residues(some)
