"""The linear audit: may one more number be shown, beside all that were, without solving for a few units?

Numbers of one kind over one base are sums over their units of one unknown value each, so all that follows from them
by linear algebra is the span of their populations, as rows of ones and zeros over atoms. A row of the span that rests
on fewer than `min_units` units tells about these few. The docs page `linear-audit` has the derivation, and what this
cannot see.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import combinations

import numpy as np

from enclave.disclosure.ledger.atoms import Atoms, Whole, no_atoms, refine
from enclave.disclosure.ledger.echelon import (
    PRIME,
    Echelon,
    heaviest,
    insert,
    no_rows,
    remainder,
    repivot,
    residues,
    scaled,
    taken_out,
    widen,
)
from enclave.disclosure.ledger.numbers import Labels, units_of


class Finding(Enum):
    """What a new number would do beside those already shown; the first that holds."""

    FEW = "few"  # a row of the echelon form would rest on fewer than min_units units
    SMALL_ATOMS = (
        "small atoms"  # two atoms of together fewer than min_units units could be told from the rest
    )
    ZERO_REST = "zero rest"  # it follows from others only because nobody is in some difference
    CAP = "cap"  # more independent numbers than a base of this size may ever give
    CLEAR = "clear"


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """The span of some populations: atoms, and rows over them in echelon form. A value."""

    atoms: Atoms
    echelon: Echelon


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A form whose atoms a new population has split already, and what of that population is not in its span."""

    form: Form
    left: Whole | None

    def with_it(self, weights: Whole) -> Form:
        if self.left is None:
            return self.form
        return Form(self.form.atoms, insert(self.form.echelon, self.left, weights))


class System:
    """The shown numbers of one kind over one base. `add` never refuses: it is told what *is* known."""

    __slots__ = ("_apart", "_min_units", "_most_rank", "_real", "_tried", "_visible", "_waiting")

    def __init__(self, *, min_units: int, most_rank: int | None) -> None:
        self._min_units = min_units
        self._most_rank = most_rank
        self._real = self._visible = Form(no_atoms(), no_rows())
        self._apart = False  # whether some number's visible population is not its population
        self._waiting: list[tuple[Labels, Labels]] = []  # added, and in no form yet
        self._tried: tuple[Labels, Labels, Trial, Trial] | None = None  # the last judged

    @property
    def rank(self) -> int:
        """How many of the numbers are independent."""
        self._settle()
        return self._real.echelon.rank

    @property
    def visible_rank(self) -> int:
        """How many are independent for those who know the visible populations only: what the lifetime cap counts."""
        self._settle()
        return self._visible.echelon.rank

    def copy(self) -> "System":
        """The same system, to go on with apart from this one. Costs nothing: forms are values."""
        other = System(min_units=self._min_units, most_rank=self._most_rank)
        other._real, other._visible, other._apart = self._real, self._visible, self._apart
        other._waiting = list(self._waiting)
        return other

    def add(self, labels: Labels, visible: Labels) -> None:
        """Remember a number that is shown, or known to everybody."""
        if self._tried and self._tried[0] is labels and self._tried[1] is visible:
            self._take(labels, visible)
        else:
            self._tried = None
            self._waiting.append((labels, visible))

    def judge(self, labels: Labels, visible: Labels) -> Finding:
        """What showing this number would do. Changes nothing.

        Only what the number makes worse counts: what follows from the numbers before it, however small, is not held
        against it. A number that follows from others, by its visible population too, tells nothing: clear.
        """
        if self._is_first():
            return self._judge_first(labels)
        self._settle()
        real = self._try(self._real, labels)
        apart = self._apart or not _same(labels, visible)
        seen = self._try(self._visible, visible) if apart else real
        self._tried = (labels, visible, real, seen)
        return self._finding(real, seen)

    def _is_first(self) -> bool:
        return not self._waiting and not len(self._real.atoms)

    def _judge_first(self, labels: Labels) -> Finding:
        if len(units_of(labels)) < self._min_units:
            return Finding.FEW
        return Finding.CAP if self._most_rank is not None and self._most_rank < 1 else Finding.CLEAR

    def _settle(self) -> None:
        """Bring what was added into the forms."""
        waiting, self._waiting = self._waiting, []
        for labels, visible in waiting:
            self._take(labels, visible)

    def _take(self, labels: Labels, visible: Labels) -> None:
        tried, self._tried = self._tried, None
        apart = self._apart or not _same(labels, visible)
        if tried:
            real, seen = tried[2], tried[3]
        else:
            real = self._try(self._real, labels)
            seen = self._try(self._visible, visible) if apart else real
        self._real = real.with_it(real.form.atoms.units)
        self._visible = seen.with_it(seen.form.atoms.units) if apart else self._real
        self._apart = apart

    def _try(self, form: Form, labels: Labels) -> Trial:
        refined = refine(form.atoms, labels)
        wide = widen(form.echelon, refined.split, refined.fresh)
        wide = repivot(wide, refined.atoms.units, heavy=self._min_units, split=refined.split)
        left = remainder(wide, refined.inside)
        return Trial(Form(refined.atoms, wide), left if left.any() else None)

    def _finding(self, real: Trial, seen: Trial) -> Finding:
        if real.left is not None:
            found = _small(real.form, real.left, self._min_units)
            if found is not Finding.CLEAR:
                return found
        if seen.left is None:
            return Finding.CLEAR
        if real.left is None:
            return Finding.ZERO_REST
        if self._most_rank is not None and seen.form.echelon.rank >= self._most_rank:
            return Finding.CAP
        return Finding.CLEAR


def _same(labels: Labels, visible: Labels) -> bool:
    return labels is visible or np.array_equal(labels, visible)


def _small(form: Form, left: Whole, min_units: int) -> Finding:
    """Whether rows that rest on few units join the span with a remainder.

    A row of the new span that is not in the old one is a multiple of the remainder plus old rows. If the remainder
    has a heavy atom (min_units or more), so has each of these: rows with light pivots have no heavy atom, and rows
    with heavy pivots cannot take it away without leaving their pivot. Else only the rows with light pivots matter.
    """
    atoms, pivots = form.atoms, form.echelon.pivots
    light = atoms.units < min_units
    if left[~light].any():
        return Finding.CLEAR
    column = heaviest(left, atoms.units)
    line = scaled(left, column)
    near = np.flatnonzero(light[pivots])
    share = np.concatenate(
        (form.echelon.rows[near, column], [PRIME - 1])
    )  # how much of `line` each row gives up
    rows = np.concatenate((taken_out(form.echelon.rows[near], line, column), line[None, :]))
    if (atoms.units_under(rows[share != 0] != 0) < min_units).any():
        return Finding.FEW
    pivots = np.append(pivots[near], column)
    return Finding.SMALL_ATOMS if _pairs(atoms, rows, pivots, share, min_units) else Finding.CLEAR


def _pairs(atoms: Atoms, rows: Whole, pivots: Whole, share: Whole, min_units: int) -> bool:
    """Whether a new row on two atoms of together fewer than `min_units` units comes from two rows.

    It does where the rows are multiples of one another outside their pivots. It is new unless they gave up the new
    line in the same proportion.
    """
    rest = rows.copy()
    rest[:, pivots] = 0
    some = np.flatnonzero(rest.any(axis=1))
    if len(some) < 2 or not share[some].any():
        return False
    rest, shares = _leading_ones(rest[some], share[some])
    alike: dict[bytes, list[int]] = {}
    for at, line in enumerate(rest):
        alike.setdefault(line.tobytes(), []).append(at)
    columns = pivots[some]
    return any(
        _close(atoms, columns[group], shares[group], min_units) for group in alike.values() if len(group) > 1
    )


def _leading_ones(rows: Whole, share: Whole) -> tuple[Whole, Whole]:
    """Multiples of rows (none of them nothing), and of their shares, whose first value is 1."""
    first = rows[np.arange(len(rows)), (rows != 0).argmax(axis=1)]
    factor = np.array([pow(int(value), -1, PRIME) for value in first])
    return residues(rows * factor[:, None]), residues(share * factor)


def _close(atoms: Atoms, columns: Whole, shares: Whole, min_units: int) -> bool:
    """Whether two atoms of unlike shares have fewer than `min_units` units together."""
    for one, other in combinations(range(len(columns)), 2):
        if shares[one] != shares[other]:
            both = np.zeros((1, len(atoms)), dtype=np.bool_)
            both[0, columns[[one, other]]] = True
            if atoms.units_under(both)[0] < min_units:
                return True
    return False
