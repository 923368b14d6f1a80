"""What lies around a number, whatever its base: the cap of any group of units, and the audit of small wide numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from enclave.disclosure.ledger.added import Spot, spots_of
from enclave.disclosure.ledger.bases import Entry, whole_entry, year_of
from enclave.disclosure.ledger.history import History, Limits
from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.local import MOST_UNITS, passes_local_cap
from enclave.disclosure.ledger.numbers import Kind, Labels, LedgerNumber, shared_with, units_of


@dataclass(slots=True)
class Around:
    """Numbers by the places that they touch: those of the history, read once, and those that were added."""

    history: History
    limits: Limits
    known: dict[Spot, list[Entry]] = field(default_factory=dict)
    added: dict[Spot, list[Entry]] = field(default_factory=dict)
    _units: dict[int, Labels] = field(default_factory=dict)

    def add(self, number: LedgerNumber) -> None:
        entry = whole_entry(number)
        for spot in spots_of(number):
            self.added.setdefault(spot, []).append(entry)

    def findings(self, number: LedgerNumber, entry: Entry) -> Iterator[Finding]:
        """Whether the number is one too many in some group around it, or small and solved among small ones."""
        for kind in number.kinds:
            units = units_of(entry.visible)
            if len(units) > MOST_UNITS:
                continue
            near = self._near(number, entry, kind)
            if not number.clusters:
                found = self._audited(entry, kind, near)
                if found is not Finding.CLEAR:
                    yield found
            seen = [self._seen(one) for one in near]
            if passes_local_cap(units, seen, units_per_number=self.limits.units_per_number):
                yield Finding.CAP

    def _near(self, number: LedgerNumber, entry: Entry, kind: Kind) -> list[Entry]:
        """Like numbers that touch a cluster of this one; for one over many clusters, small ones over many."""
        year = year_of(kind, entry)
        return [
            one
            for spot in spots_of(number)
            for one in (*self._read(spot), *self.added.get(spot, ()))
            if any(mine.name == kind.name for mine in one.kinds)
            and year_of(kind, one) == year
            and (number.clusters or len(one.visible) <= MOST_UNITS)
        ]

    def _seen(self, entry: Entry) -> Labels:
        """The visible units of an entry that is kept here, worked out once."""
        if id(entry) not in self._units:
            self._units[id(entry)] = units_of(entry.visible)
        return self._units[id(entry)]

    def _read(self, spot: Spot) -> Sequence[Entry]:
        if spot not in self.known:
            found = self.history.touching(spot) if isinstance(spot, str) else self.history.within(spot)
            self.known[spot] = list(found)
        return self.known[spot]

    def _audited(self, entry: Entry, kind: Kind, near: Sequence[Entry]) -> Finding:
        """The linear audit of a small number among the small ones that share units with it."""
        system = System(min_units=self.limits.min_units, most_rank=None)
        shared = shared_with(entry.labels, [one.labels for one in near])
        for place in shared.nonzero()[0].tolist():
            system.add(*near[place].of_kind(kind))
        return system.judge(*entry.of_kind(kind))
