"""What lies around a number, whatever its base: the cap of any group of units, and the audit of small wide numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from enclave.disclosure.ledger.added import Spot, spots_of
from enclave.disclosure.ledger.bases import Entry, whole_entry, year_of
from enclave.disclosure.ledger.crowd import Crowd
from enclave.disclosure.ledger.history import History, Limits
from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.local import MOST_IN_A_GROUP, MOST_UNITS, passes_local_cap
from enclave.disclosure.ledger.numbers import Kind, Labels, LedgerNumber, shared_with, units_of
from enclave.disclosure.ledger.worlds import Worlds

MOST_KEPT: Final = 1 << 24
"""Labels of what was read of the history; past that it is read again."""


class _Like(NamedTuple):
    """Numbers of a kind that touch a place, of one year, where the kind changes."""

    spot: Spot
    kind: str
    year: str | None


@dataclass(slots=True)
class Beside:
    """Like numbers in the order in which they came, and whom everybody can see in them."""

    entries: list[Entry] = field(default_factory=list)
    crowd: Crowd = field(default_factory=lambda: Crowd(most=MOST_IN_A_GROUP))

    def add(self, entry: Entry, seen: Labels) -> None:
        self.entries.append(entry)
        self.crowd.add(seen)


@dataclass(slots=True)
class Around:
    """Numbers by the places that they touch: those of the history, read once, and those that were added.

    With `before` the history is what that one has read of it, for all that come after.
    """

    history: History
    limits: Limits
    before: "Around | None" = None
    known: dict[Spot, dict[_Like, Beside]] = field(default_factory=dict)
    added: dict[_Like, Beside] = field(default_factory=dict)
    _kept: int = 0

    def add(self, number: LedgerNumber) -> None:
        entry = whole_entry(number)
        for spot in spots_of(number):
            _put(self.added, spot, entry)

    @property
    def is_used(self) -> bool:
        return bool(self.known)

    def learn(self, number: LedgerNumber) -> None:
        """Take in a number that the history is about to have, where it was read before."""
        entry = whole_entry(number)
        for spot in spots_of(number):
            if spot in self.known:
                self._kept += _put(self.known[spot], spot, entry)

    def findings(self, number: LedgerNumber, entry: Entry) -> Iterator[Finding]:
        """Whether the number is one too many in some group around it, or small and solved among small ones."""
        units = units_of(entry.visible)
        if len(units) > MOST_UNITS:
            return
        for kind in number.kinds:
            near = list(self._near(number, entry, kind))
            if not number.clusters:
                found = self._audited(entry, kind, units, near)
                if found is not Finding.CLEAR:
                    yield found
            crowds = [one.crowd for one in near]
            if passes_local_cap(units, crowds, units_per_number=self.limits.units_per_number):
                yield Finding.CAP

    def _near(self, number: LedgerNumber, entry: Entry, kind: Kind) -> Iterator[Beside]:
        """Like numbers that touch a cluster of this one; for one over many clusters, small ones over many."""
        year = year_of(kind, entry)
        for spot in spots_of(number):
            like = _Like(spot, kind.name, year)
            for found in (self.read(spot).get(like), self.added.get(like)):
                if found is not None:
                    yield found

    def read(self, spot: Spot) -> dict[_Like, Beside]:
        """What the history has in a place."""
        if self.before is not None:
            return self.before.read(spot)
        if spot not in self.known:
            if self._kept > MOST_KEPT:
                self.known.clear()
                self._kept = 0
            found = self.known[spot] = {}
            for entry in self.history.touching(spot) if isinstance(spot, str) else self.history.within(spot):
                self._kept += _put(found, spot, entry)
        return self.known[spot]

    def _audited(self, entry: Entry, kind: Kind, units: Labels, near: Sequence[Beside]) -> Finding:
        """The linear audit of a small number among the small ones that share units with it."""
        others = [one.entries[place] for one in near for place, _, _ in one.crowd.sharing(units)]
        years = {year for one in (entry, *others) for year in one.years}
        worlds = Worlds(self.limits.codes, tuple(sorted(years)))
        system = System(min_units=self.limits.min_units, most_rank=None, worlds=worlds)
        shared = shared_with(entry.labels, [one.labels for one in others])
        for place in shared.nonzero()[0].tolist():
            system.add(*others[place].of_kind(kind))
        return system.judge(*entry.of_kind(kind))


def _put(places: dict[_Like, Beside], spot: Spot, entry: Entry) -> int:
    """Put a number where those of its kinds are, of its year and of all; of wide numbers the small ones alone.

    Returns how many labels are kept for that.
    """
    if isinstance(spot, tuple) and len(entry.visible) > MOST_UNITS:
        return 0
    seen = units_of(entry.visible)
    for kind in {one.name: one for one in entry.kinds}.values():
        years = {None, year_of(Kind(kind.name, fixed=False), entry)}
        for year in years:
            places.setdefault(_Like(spot, kind.name, year), Beside()).add(entry, seen)
    return len(entry.labels) + len(entry.visible) + len(seen)
