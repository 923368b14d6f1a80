"""The numbers that one answer shows so far, by the places that they touch.

A table with a cell per cluster shows tens of thousands, and asks for those of one cluster as often.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from enclave.disclosure.ledger.bases import Joint, Place
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber

Spot: TypeAlias = str | tuple[str, ...]
"""A cluster, or the tables of wide numbers."""


def spots_of(number: LedgerNumber) -> tuple[Spot, ...]:
    """The clusters that a number touches; the tables of a wide one."""
    return tuple(number.clusters) or (number.tables,)


@dataclass(slots=True)
class Added:
    """Numbers in the order in which they were added, which is also that in which all are given."""

    _numbers: list[LedgerNumber] = field(default_factory=list)
    _by_spot: dict[Spot, list[int]] = field(default_factory=dict)
    _joints: dict[str, dict[str, set[Joint]]] = field(default_factory=dict)  # by cluster, then by kind

    def add(self, number: LedgerNumber) -> None:
        for spot in spots_of(number):
            self._by_spot.setdefault(spot, []).append(len(self._numbers))
        self._numbers.append(number)
        if len(number.clusters) > 1:
            joint = frozenset(number.clusters)
            for cluster in joint:
                of_kinds = self._joints.setdefault(cluster, {})
                for kind in number.kinds:
                    of_kinds.setdefault(kind.name, set()).add(joint)

    def joints(self, cluster: str, kind: Kind) -> Collection[Joint]:
        """The clusters of each that is over several, this one among them, and of the kind."""
        return self._joints.get(cluster, {}).get(kind.name, ())

    def touching(self, spot: Spot) -> Iterator[LedgerNumber]:
        """Those that have units in a cluster, or are wide over the tables."""
        for place in self._by_spot.get(spot, ()):
            yield self._numbers[place]

    def within(self, place: Place) -> Iterator[LedgerNumber]:
        """Those that lie in the place as a whole."""
        if isinstance(place, tuple):
            yield from self.touching(place)
            return
        clusters = frozenset((place,)) if isinstance(place, str) else place
        found = {number for cluster in clusters for number in self._by_spot.get(cluster, ())}
        for number in sorted(found):
            if clusters >= self._numbers[number].clusters.keys():
                yield self._numbers[number]
