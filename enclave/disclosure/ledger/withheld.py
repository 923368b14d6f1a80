"""What went as a partner stays hidden: asked alone, in another table, or but for a few.

A pattern protects a small cell only as long as nobody is shown its partners. So these are remembered as numbers of a
likeness of their own, with which no pair and no system compares anything, and whatever is about the same people again,
or about all but fewer of them than the threshold, is hidden like them: none and a few are alike here, so that it does
not tell of a hidden count.

Limit: it is not asked whether later tables together could be solved for a partner, unless they have it as a cell.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.numbers import Kind, Labels, LedgerNumber, Likeness, Population, units_of
from enclave.disclosure.ledger.populations import Reader, is_fixed
from enclave.disclosure.ledger.runs import Bins, histogram
from enclave.disclosure.ledger.shown_counts import Remembered

WITHHELD: Final = "withheld"


def is_withheld(number: LedgerNumber) -> bool:
    """Whether it is no number, but one that must not be shown."""
    return number.likeness.statistic == WITHHELD


def withheld(reader: Reader, cell: int, counting: Counting, kinds: Sequence[Kind]) -> LedgerNumber:
    """A cell, or a measure in it, as what must not be shown."""
    population = reader.population(cell, counting, fixed=is_fixed(kinds))
    return LedgerNumber(
        identity=reader.identity(cell, f"{WITHHELD} {counting.what}"),
        likeness=Likeness(WITHHELD, ""),
        kinds=(),
        population=Population(population.labels, population.labels, frozenset()),
        years=reader.years(cell, counting, fixed=is_fixed(kinds)),
    )


@dataclass(slots=True)
class Withheld:
    """Handles of what is withheld, by the sizes and histograms of whom it is about."""

    population_of: Callable[[int], Population]
    _read: int = 0
    _handles: list[int] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=list)
    _bins: list[Bins] = field(default_factory=list)
    _table: Labels = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # the sizes

    def follow(self, numbers: Sequence[Remembered], statistic_of: Callable[[int], str]) -> None:
        """Take in what is new."""
        for handle in range(self._read, len(numbers)):
            if statistic_of(handle) == WITHHELD:
                self._add(handle, numbers[handle])
        self._read = len(numbers)

    def _add(self, handle: int, number: Remembered) -> None:
        kept = number.bins
        if kept is None:
            bins = histogram(units_of(self.population_of(handle).labels))
        else:
            bins = np.frombuffer(kept, dtype=np.uint8)
        self._handles.append(handle)
        self._sizes.append(number.units)
        self._bins.append(bins)

    def __bool__(self) -> bool:
        return bool(self._handles)

    def near(self, units: Labels, within: int) -> Iterator[Labels]:
        """The units of what is withheld that may be fewer than `within` apart from these."""
        if len(self._table) != len(self._sizes):
            self._table = np.array(self._sizes, dtype=np.int64)
        close = np.flatnonzero(np.abs(self._table - len(units)) < within)
        if not len(close):
            return
        apart = np.stack([self._bins[place] for place in close]) - histogram(units)
        sums = np.minimum(apart, 0 - apart).astype(np.int64).sum(axis=1)  # counts go around at 256
        for place in close[sums < within].tolist():
            yield units_of(self.population_of(self._handles[place]).labels)


def withheld_in(own: Iterable[LedgerNumber]) -> list[Labels]:
    """The units of what an answer withholds so far."""
    return [units_of(one.population.labels) for one in own if is_withheld(one)]


def is_bound(labels: Labels, known: Withheld, own: Iterable[Labels], within: int) -> bool:
    """Whether these are the people of something withheld, before or in this answer, but for fewer than `within`."""
    units = units_of(labels)
    return any(
        abs(len(other) - len(units)) < within and len(np.setxor1d(units, other, assume_unique=True)) < within
        for others in (own, known.near(units, within))
        for other in others
    )
