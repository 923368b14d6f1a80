"""The span of some populations, and which rows on few units one more population would bring into it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from enclave.disclosure.ledger.atoms import Atoms, Divided, Flags, Refined, Whole, divide, no_atoms, refine
from enclave.disclosure.ledger.echelon import (
    PRIME,
    Echelon,
    Growing,
    divided_by,
    heaviest,
    insert,
    no_rows,
    remainder,
    repivot,
    widen,
)
from enclave.disclosure.ledger.numbers import Labels
from enclave.disclosure.ledger.two_rows import LightRows, two_make_few


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

    def with_all(self, numbers: Sequence[Labels], *, min_units: int) -> tuple["Span", Divided, list[int]]:
        """Many more populations at once, and which of them do not follow from these and those before them."""
        divided = divide(self.atoms, numbers)
        units = divided.atoms.units
        echelon = divided_by(self.echelon, divided.parents, units, heavy=min_units)
        growing, independent = Growing(echelon, len(numbers)), []
        for place, inside in enumerate(divided.inside):
            left = remainder(growing.form, inside)
            if np.count_nonzero(left[: len(units)]):
                growing.insert(left, heaviest(left, units))
                independent.append(place)
        return Span(divided.atoms, growing.done()), divided, independent

    def cut(self, labels: Labels) -> "Cut":
        """The atoms alone, as one more population cuts them."""
        return Cut(refine(self.atoms, labels))

    def cut_by_all(self, numbers: Sequence[Labels]) -> tuple["Span", Divided]:
        """The same for many populations at once."""
        divided = divide(self.atoms, numbers)
        return Span(divided.atoms, no_rows()), divided


def no_span() -> Span:
    """What follows from nothing."""
    return Span(no_atoms(), no_rows())


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Atoms that a new population has split, where nobody asks what follows from the populations."""

    refined: Refined

    @property
    def after(self) -> Span:
        """The atoms, without rows."""
        return Span(self.refined.atoms, no_rows())


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
        return not np.count_nonzero(self._over_atoms)

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

    def row_on_few(self, telling: Flags) -> bool:
        """Whether a new row of the echelon form rests on fewer than min_units units.

        Args:
            telling: which of the numbers, the new one last, count. A row made of others alone does not.
        """
        new = self._light.rows[(self._light.shares != 0) & self._tells(telling)]
        return bool((self.before.atoms.units_under(new != 0) < self.min_units).any())

    def two_rows_on_few(self, telling: Flags) -> bool:
        """Whether two rows of the form make a new one on fewer than min_units units that is made of one that counts."""
        told = self._told(telling)
        if not told.any():
            return False
        light = self._light if telling[-1] else replace(self._light, told=told)
        return two_make_few(light, self.before.atoms, min_units=self.min_units)

    def _tells(self, telling: Flags) -> Flags:
        """Which rows with light pivots are made of a number that counts, among others."""
        made_of: Flags = (self._told(telling) != 0).any(axis=1)
        return made_of

    def _told(self, telling: Flags) -> Whole:
        """How often each number that counts is in the rows with light pivots."""
        after = self.after.echelon
        found: Whole = after.rows[self._near, after.width :][:, telling]
        return found

    @cached_property
    def _near(self) -> Whole:
        """The new form's rows with light pivots."""
        found: Whole = (self.before.atoms.units[self.after.echelon.pivots] < self.min_units).nonzero()[0]
        return found

    @property
    def _over_atoms(self) -> Whole:
        return self.left[: len(self.before.atoms)]

    @cached_property
    def _column(self) -> int:
        """The pivot of the new line."""
        return heaviest(self.left, self.before.atoms.units)

    @cached_property
    def _light(self) -> LightRows:
        """The new form's rows with light pivots."""
        after = self.after.echelon
        near = self._near
        shares = np.append(self.before.echelon.rows[:, self._column], PRIME - 1)
        return LightRows(after.over_atoms[near], after.pivots[near], shares[near])
