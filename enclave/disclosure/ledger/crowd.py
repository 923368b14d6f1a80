"""Sets of units by whom they hold, to find those that share somebody with another."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from enclave.disclosure.ledger.numbers import Labels, shared_with

_NOBODY: Final[Labels] = np.zeros(0, dtype=np.int64)
_FEW: Final = 32
"""So many that came last are looked through one by one."""


class Crowd:
    """Sets in the order in which they came. Those of more than `most` units share with none, as far as this says."""

    def __init__(self, sets: Iterable[Labels] = (), *, most: int) -> None:
        self._most = most
        self._sets: list[Labels] = []
        self._sorted = 0  # so many of the sets are in order by unit
        self._units, self._owners = _NOBODY, _NOBODY
        for one in sets:
            self.add(one)

    def __len__(self) -> int:
        return len(self._sets)

    def add(self, units: Labels) -> None:
        self._sets.append(units)

    def sharing(self, units: Labels) -> Iterator[tuple[int, Labels, int]]:
        """The places of sets that share units with these, the sets, and how many they share."""
        self._sort()
        low, high = np.searchsorted(self._units, units, "left"), np.searchsorted(self._units, units, "right")
        counts = high - low
        there = np.arange(counts.sum()) + np.repeat(low - (np.cumsum(counts) - counts), counts)
        shared = np.bincount(self._owners[there], minlength=self._sorted)
        for place in np.flatnonzero(shared).tolist():
            yield place, self._sets[place], int(shared[place])
        places = [place for place in range(self._sorted, len(self._sets)) if self._is_small(place)]
        last = shared_with(units, [self._sets[place] for place in places])
        for at in np.flatnonzero(last).tolist():
            yield places[at], self._sets[places[at]], int(last[at])

    def _sort(self) -> None:
        """Bring all into order by unit, once they are a quarter more than when that was done last."""
        if 4 * (len(self._sets) - self._sorted) <= self._sorted + 4 * _FEW:
            return
        small = [place for place in range(len(self._sets)) if self._is_small(place)]
        sets = [self._sets[place] for place in small]
        units = np.concatenate([_NOBODY, *sets])
        owners = np.repeat(np.array(small, dtype=np.int64), [len(one) for one in sets])
        order = np.argsort(units, kind="stable")
        self._units, self._owners, self._sorted = units[order], owners[order], len(self._sets)

    def _is_small(self, place: int) -> bool:
        return len(self._sets[place]) <= self._most
