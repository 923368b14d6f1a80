"""Atoms: classes of labels that stand in exactly the same numbers. They are the columns of a linear system.

A label that no number has touched stands in no atom. A number splits every atom of which it takes a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.dense import merged, places_among
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Labels, all_true

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_BITS = 32
"""Numbers that split atoms in one go: one bit for each, beside the atom's own number."""


@dataclass(frozen=True, slots=True, eq=False)
class Atoms:
    """All labels of some numbers, each with its atom.

    `units` counts the distinct units of each atom. `repeats`: some unit has more than one label (censuses), so that
    the units of two atoms may not simply be added.
    """

    labels: Labels
    atom: Whole
    sizes: Whole  # in labels
    units: Whole
    repeats: bool

    def __len__(self) -> int:
        return len(self.sizes)

    def units_under(self, chosen: Flags) -> Whole:
        """How many distinct units each line of `chosen` (lines, atoms) has."""
        if not self.repeats:
            added: Whole = chosen @ self.units
            return added
        units = self.labels >> CENSUS_BITS
        starts = np.flatnonzero(np.concatenate(([True], units[1:] != units[:-1])))
        distinct: Whole = np.logical_or.reduceat(chosen[:, self.atom], starts, axis=1).sum(axis=1)
        return distinct


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """Atoms after one more number.

    The columns are those from before, in their places (an atom that was split keeps the part outside the number),
    then the parts of `split` inside the number, then one atom of labels never seen before, if there are any.
    """

    atoms: Atoms
    split: Whole  # which atoms were split
    fresh: int  # 1 where the number has labels never seen before, else 0
    inside: Flags  # per atom: it stands in the number


def no_atoms() -> Atoms:
    """The atoms of no numbers."""
    none = np.empty(0, dtype=np.int64)
    return Atoms(none, none, none, none, repeats=False)


@dataclass(frozen=True, slots=True, eq=False)
class Divided:
    """Atoms after many more numbers at once: `parents` are the old atoms that they come from, -1 for none."""

    atoms: Atoms
    parents: Whole
    inside: Flags  # (numbers, atoms): which stand in each


def divide(before: Atoms, numbers: Sequence[Labels]) -> Divided:
    """Split the atoms by many numbers at once. The new atoms are in the order of those that they come from."""
    labels = merged((before.labels, *numbers))
    old = np.zeros(len(labels), dtype=np.int64)
    old[places_among(labels, before.labels)] = before.atom + 1
    everything = np.concatenate((before.labels[:0], *numbers))
    places, number = places_among(labels, everything), _each(numbers)
    atom, count = old, len(before) + 1
    for start in range(0, len(numbers), _BITS):
        low, high = number.searchsorted((start, start + _BITS))
        of_bits = np.ldexp(1.0, number[low:high] - start)  # whole numbers, exact as long as they have 52 bits
        bits = np.bincount(places[low:high], of_bits, minlength=len(labels)).astype(np.int64)
        atom = np.unique(atom << _BITS | bits, return_inverse=True)[1]
        count = int(atom.max(initial=-1)) + 1
    parents = np.zeros(count, dtype=np.int64)
    parents[atom] = old - 1
    inside = np.zeros((len(numbers), count), dtype=np.bool_)
    inside[number, atom[places]] = True
    sizes = np.bincount(atom, minlength=count)
    return Divided(_counted(labels, atom, sizes, before.repeats), parents, inside)


def _each(numbers: Sequence[Labels]) -> Whole:
    """The place of its number for each label of some numbers."""
    return np.repeat(np.arange(len(numbers)), [len(one) for one in numbers])


def refine(before: Atoms, labels: Labels) -> Refined:
    """Split the atoms by one more number."""
    at = before.labels.searchsorted(labels)
    seen = _hits(before.labels, labels, at)
    at = at[seen]
    taken = np.bincount(before.atom[at], minlength=len(before))
    inside = taken > 0
    split = (inside & (taken < before.sizes)).nonzero()[0]
    fresh = 0 if len(at) == len(labels) else 1
    if not fresh and not len(split):
        return Refined(before, split, 0, inside)
    inside[split] = False
    inside = np.concatenate((inside, np.ones(len(split) + fresh, dtype=np.bool_)))
    sizes = np.concatenate((before.sizes, taken[split]))
    sizes[split] -= taken[split]
    atom = before.atom
    if len(split):
        atom = _moved(before, at, split)
    known = before.labels
    if not fresh and not before.repeats:
        return Refined(Atoms(known, atom, sizes, sizes, repeats=False), split, 0, inside)
    if fresh:
        sizes = np.append(sizes, len(labels) - len(at))
        known, atom = _merged(known, atom, labels[~seen], len(sizes) - 1)
    return Refined(_counted(known, atom, sizes, before.repeats), split, fresh, inside)


def _hits(known: Labels, labels: Labels, at: Whole) -> Flags:
    if not len(known):
        return np.zeros(len(labels), dtype=np.bool_)
    hits: Flags = known[np.minimum(at, len(known) - 1)] == labels
    return hits


def _moved(before: Atoms, at: Whole, split: Whole) -> Whole:
    """Each label's atom, when the parts of `split` at the places `at` become atoms of their own."""
    target = np.arange(len(before))
    target[split] = len(before) + np.arange(len(split))
    atom = before.atom.copy()
    atom[at] = target[atom[at]]
    return atom


def _merged(known: Labels, atom: Whole, fresh: Labels, number: int) -> tuple[Labels, Whole]:
    labels = np.concatenate((known, fresh))
    order = np.argsort(labels, kind="stable")
    return labels[order], np.concatenate((atom, np.full(len(fresh), number)))[order]


def _counted(labels: Labels, atom: Whole, sizes: Whole, repeated: bool) -> Atoms:
    """Atoms with their units counted."""
    units = labels >> CENSUS_BITS
    changes = units[1:] != units[:-1]
    if not repeated and all_true(changes):
        return Atoms(labels, atom, sizes, sizes, repeats=False)
    rank = np.concatenate(([0], np.cumsum(changes)))
    pairs = np.sort(atom * (rank[-1] + 1) + rank)
    pairs = pairs[np.concatenate(([True], pairs[1:] != pairs[:-1]))]
    distinct = np.bincount(pairs // (rank[-1] + 1), minlength=len(sizes))
    return Atoms(labels, atom, sizes, distinct, repeats=True)
