"""The span of some populations, and which rows on few units one more population would bring into it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations

import numpy as np

from enclave.disclosure.ledger.atoms import Atoms, Refined, Whole, classes, no_atoms, refine
from enclave.disclosure.ledger.echelon import (
    PRIME,
    Echelon,
    heaviest,
    insert,
    no_rows,
    remainder,
    repivot,
    residues,
    widen,
)
from enclave.disclosure.ledger.handful import Handful
from enclave.disclosure.ledger.numbers import Labels


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """All that follows from some populations: rows over atoms, in echelon form. A value."""

    atoms: Atoms
    echelon: Echelon

    def tried(self, labels: Labels, *, min_units: int) -> "Trial":
        """One more population, split into what follows from these and what is left."""
        refined = refine(self.atoms, labels)
        echelon = widen(self.echelon, refined.split, refined.fresh)
        echelon = repivot(echelon, refined.atoms.units, heavy=min_units, split=refined.split)
        left = remainder(echelon, refined.inside)
        return Trial(Span(refined.atoms, echelon), refined, left, min_units)


def no_span() -> Span:
    """What follows from nothing."""
    return Span(no_atoms(), no_rows())


def span_of(numbers: Handful) -> tuple[Span, list[int]]:
    """The span of a handful of numbers, built at once, and which of them do not follow from those before them."""
    atoms = classes(numbers.labels, numbers.bits)
    echelon = Echelon(np.empty((0, len(atoms)), dtype=np.int64), np.empty(0, dtype=np.int64), len(atoms))
    independent = []
    for place, inside in enumerate(numbers.members()):
        left = remainder(echelon, inside)
        if left[: len(atoms)].any():
            echelon = insert(echelon, left, heaviest(left, atoms.units))
            independent.append(place)
    return Span(atoms, echelon), independent


@dataclass(frozen=True, eq=False)
class Trial:
    """A span whose atoms a new population has split already, and what of the population is not in it."""

    before: Span
    refined: Refined
    left: Whole  # over the atoms, then `times`
    min_units: int

    @cached_property
    def follows(self) -> bool:
        """Whether the population follows from the others."""
        return not self._over_atoms.any()

    @property
    def times(self) -> Whole:
        """How often each earlier number is added to the population to leave what does not follow."""
        return self.left[len(self.before.atoms) :]

    @cached_property
    def after(self) -> Span:
        """The span with the population."""
        if self.follows:
            return self.before
        echelon = insert(self.before.echelon, self.left, self._column)
        return Span(self.before.atoms, echelon)

    def may_hide_few(self) -> bool:
        """Whether rows on fewer than min_units units can join the span at all.

        A row of the new span that is not in the old one is a multiple of what is left plus old rows. If what is left
        has a heavy atom (min_units or more), so has each of these: rows with light pivots have no heavy atom, and
        rows with heavy pivots cannot take it away without leaving their pivot behind.
        """
        return not self.follows and not self._over_atoms[self.before.atoms.units >= self.min_units].any()

    def row_on_few(self) -> bool:
        """Whether a new row of the echelon form rests on fewer than min_units units."""
        rows, _, shares = self._light
        return bool((self.before.atoms.units_under(rows[shares != 0] != 0) < self.min_units).any())

    def two_small_atoms(self) -> bool:
        """Whether a new row on two atoms of together fewer than min_units units comes from two rows of the form.

        It does where the rows are multiples of one another outside their pivots. It is new unless they gave up the
        new line in the same proportion.
        """
        rows, pivots, shares = self._light
        for group in _perhaps_multiples(rows, pivots, shares):
            rest = rows[group]
            rest[:, pivots] = 0
            if self._close(pivots[group], _leading_ones(rest, shares[group])):
                return True
        return False

    @property
    def _over_atoms(self) -> Whole:
        return self.left[: len(self.before.atoms)]

    @cached_property
    def _column(self) -> int:
        """The pivot of the new line."""
        return heaviest(self.left, self.before.atoms.units)

    @cached_property
    def _light(self) -> tuple[Whole, Whole, Whole]:
        """The new form's rows with light pivots, the pivots, and how much of the new line each gave up."""
        after = self.after.echelon
        near = np.flatnonzero(self.before.atoms.units[after.pivots] < self.min_units)
        shares = np.append(self.before.echelon.rows[:, self._column], PRIME - 1)
        return after.over_atoms[near], after.pivots[near], shares[near]

    def _close(self, columns: Whole, lines: list[tuple[bytes, int]]) -> bool:
        """Whether two atoms, of equal lines and unlike shares, have fewer than min_units units together."""
        atoms = self.before.atoms
        for one, other in combinations(range(len(lines)), 2):
            if lines[one][0] == lines[other][0] and lines[one][1] != lines[other][1]:
                both = np.zeros((1, len(atoms)), dtype=np.bool_)
                both[0, columns[[one, other]]] = True
                if atoms.units_under(both)[0] < self.min_units:
                    return True
        return False


def _perhaps_multiples(rows: Whole, pivots: Whole, shares: Whole) -> Iterable[Whole]:
    """Groups of rows that may be multiples outside the pivots, one with a share among them; no true ones are lost.

    Multiples have the same proportion of two fixed sums. A false group is rare, and does no harm.
    """
    weights = _weights(rows.shape[1]).copy()
    weights[:, pivots] = 0
    one, other = (residues(rows @ some).tolist() for some in weights)
    groups: dict[int, list[int]] = {}
    for at, (first, second) in enumerate(zip(one, other, strict=True)):
        if first or second:  # else nothing is left outside the pivots
            groups.setdefault(second * pow(first, -1, PRIME) % PRIME if first else -1, []).append(at)
    for group in groups.values():
        if len(group) > 1 and shares[group].any():
            yield np.array(group)


@lru_cache(maxsize=64)
def _weights(columns: int) -> Whole:
    """Two fixed rows of small weights, so that sums of residues stay within 63 bits below 2**15 columns."""
    return np.random.default_rng(0).integers(1, 2**16, size=(2, columns))


def _leading_ones(rows: Whole, shares: Whole) -> list[tuple[bytes, int]]:
    """Multiples of rows (none of them nothing), and of their shares, whose first value is 1."""
    first = rows[np.arange(len(rows)), (rows != 0).argmax(axis=1)]
    factors = np.array([pow(int(value), -1, PRIME) for value in first])
    lines, shares = residues(rows * factors[:, None]), residues(shares * factors)
    return [(line.tobytes(), int(share)) for line, share in zip(lines, shares, strict=True)]
