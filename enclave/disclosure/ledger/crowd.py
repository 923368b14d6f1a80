"""Sets of units by whom they hold, to find those that share somebody with another."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from enclave.disclosure.ledger.numbers import Labels


class Crowd:
    """Sets in the order in which they came. Those of more than `most` units share with none, as far as this says."""

    def __init__(self, sets: Iterable[Labels] = (), *, most: int) -> None:
        self._most = most
        self._sets: list[Labels] = []
        self._sorted = 0  # so many of the sets are in runs
        self._runs: list[_Run] = []
        self._last: tuple[Labels, int, list[tuple[int, Labels, int]]] | None = (
            None  # asked for, beside how many
        )
        for one in sets:
            self.add(one)

    def __len__(self) -> int:
        return len(self._sets)

    def add(self, units: Labels) -> None:
        self._sets.append(units)

    def sharing(self, units: Labels) -> Iterator[tuple[int, Labels, int]]:
        """The places of sets that share units with these, the sets, and how many they share.

        Two rules ask for the same one after the other.
        """
        if self._last is None or self._last[0] is not units or self._last[1] != len(self._sets):
            self._last = units, len(self._sets), list(self._sharing(units))
        yield from self._last[2]

    def _sharing(self, units: Labels) -> Iterator[tuple[int, Labels, int]]:
        self._sort()
        owners = [run.owners_of(units) for run in self._runs]
        if not owners:
            return
        shared = np.bincount(np.concatenate(owners), minlength=1)
        for place in np.flatnonzero(shared).tolist():
            yield place, self._sets[place], int(shared[place])

    def _sort(self) -> None:
        """Bring what came since into order by unit. Each run is less than half as long as the one before."""
        new = range(self._sorted, len(self._sets))
        small = [place for place in new if len(self._sets[place]) <= self._most]
        self._sorted = len(self._sets)
        if not small:
            return
        sets = [self._sets[place] for place in small]
        owners = np.repeat(np.array(small, dtype=np.int64), [len(one) for one in sets])
        self._runs.append(_run(np.concatenate(sets), owners))
        while len(self._runs) > 1 and 2 * len(self._runs[-1].units) > len(self._runs[-2].units):
            last, before = self._runs.pop(), self._runs.pop()
            both = np.concatenate((before.units, last.units)), np.concatenate((before.owners, last.owners))
            self._runs.append(_run(*both))


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """Units of some sets in order, each with the place of its set."""

    units: Labels
    owners: Labels

    def owners_of(self, units: Labels) -> Labels:
        """The sets that each of some units stands in."""
        low, high = self.units.searchsorted(units, "left"), self.units.searchsorted(units, "right")
        counts = high - low
        there = np.arange(counts.sum()) + np.repeat(low - (np.cumsum(counts) - counts), counts)
        found: Labels = self.owners[there]
        return found


def _run(units: Labels, owners: Labels) -> _Run:
    order = np.argsort(units, kind="stable")
    return _Run(units[order], owners[order])
