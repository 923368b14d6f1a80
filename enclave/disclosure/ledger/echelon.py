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
    """Values from 0 to PRIME * PRIME, modulo the prime (2**31 is 1 there: high bits are added to the low ones)."""
    values = (values & PRIME) + (values >> 31)
    values = (values & PRIME) + (values >> 31)
    values[values == PRIME] = 0
    return values


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
    rows, pivots = form.rows, form.pivots
    moved = np.flatnonzero(np.isin(pivots, split))
    for row in moved:
        column = heaviest(rows[row], weights)
        if column == pivots[row] or weights[pivots[row]] >= heavy:
            continue
        if rows is form.rows:
            rows, pivots = rows.copy(), pivots.copy()
        line = scaled(rows[row], column)
        _eliminate(rows, line, column)
        rows[row], pivots[row] = line, column
    return Echelon(rows, pivots)


def remainder(form: Echelon, inside: Flags) -> Whole:
    """What is left of a row of ones (where `inside`) and zeros, when the form's rows are taken from it."""
    ones = inside.astype(np.int64)
    used = inside[form.pivots]
    if not used.any():
        return ones
    left: Whole = (ones - form.rows[used].sum(axis=0)) % PRIME
    return left


def insert(form: Echelon, left: Whole, weights: Whole) -> Echelon:
    """The form with one more row, a remainder that is not nothing."""
    column = heaviest(left, weights)
    line = scaled(left, column)
    rows = np.concatenate((form.rows, line[None, :]))
    _eliminate(rows[:-1], line, column)
    return Echelon(rows, np.append(form.pivots, column))


def taken_out(rows: Whole, line: Whole, column: int) -> Whole:
    """Rows from which a multiple of `line` (1 in `column`) is taken, so that they are 0 in `column`."""
    return residues(rows + (PRIME - rows[:, column])[:, None] * line)


def heaviest(line: Whole, weights: Whole) -> int:
    """The heaviest column of a row, the first of equals."""
    return int(np.argmax(np.where(line != 0, weights, -1)))


def scaled(line: Whole, column: int) -> Whole:
    """A multiple of a row that is 1 in the column."""
    return residues(line * pow(int(line[column]), -1, PRIME))


def _eliminate(rows: Whole, line: Whole, column: int) -> None:
    """Make the column 0 in all rows by multiples of `line`, which is 1 in it."""
    touched = np.flatnonzero(rows[:, column])
    if len(touched):
        rows[touched] = taken_out(rows[touched], line, column)
