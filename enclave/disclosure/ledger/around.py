"""What lies around a number, whatever its base: the cap of any group of units, and the audit of small wide numbers."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, NamedTuple

from enclave.disclosure.ledger.added import Spot, spots_of
from enclave.disclosure.ledger.bases import Entry, Told, whole_entry, year_of
from enclave.disclosure.ledger.crowd import Crowd
from enclave.disclosure.ledger.history import History, Limits
from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.local import MOST_IN_A_GROUP, MOST_UNITS, passes_local_cap
from enclave.disclosure.ledger.numbers import Kind, Labels, LedgerNumber, shared_with, units_of
from enclave.disclosure.ledger.worlds import Worlds

MOST_KEPT: Final = 1 << 24
"""Labels of what was read of the history; past that, what was used least lately is read again."""


class _Like(NamedTuple):
    """Numbers of a kind that touch a place, of one year, where the kind changes."""

    spot: Spot
    kind: str
    year: str | None


@dataclass(slots=True)
class Beside:
    """Like numbers in the order in which they came: whom everybody can see in them, and of wide ones the entries.

    Of numbers that touch a cluster a crowd is kept alone, and of those in which the very same people are seen, as in
    cells that a hidden field divides, the first: a group has no more independent numbers for the others.
    """

    entries: list[Entry] = field(default_factory=list)
    crowd: Crowd = field(default_factory=lambda: Crowd(most=MOST_IN_A_GROUP))
    _names: set[bytes] = field(default_factory=set)

    def add_entry(self, entry: Entry, seen: Labels) -> None:
        self.entries.append(entry)
        self.crowd.add(seen)

    def add_seen(self, seen: Labels, name: bytes) -> bool:
        """Whether they were not there before. `name` is equal for the same people."""
        if name in self._names:
            return False
        self._names.add(name)
        self.crowd.add(seen)
        return True


@dataclass(slots=True)
class Around:
    """Numbers by the places that they touch: those of the history, read once, and those that were added.

    With `before` the history is what that one has read of it, for all that come after.
    """

    history: History
    limits: Limits
    before: "Around | None" = None
    known: OrderedDict[Spot, dict[_Like, Beside]] = field(default_factory=OrderedDict)
    added: dict[_Like, Beside] = field(default_factory=dict)
    _sizes: dict[Spot, int] = field(default_factory=dict)
    _kept: int = 0

    def add(self, number: LedgerNumber) -> None:
        self._put_number(number, self.added)

    @property
    def is_used(self) -> bool:
        return bool(self.known)

    def learn(self, number: LedgerNumber) -> None:
        """Take in a number that the history is about to have, where it was read before."""
        if any(spot in self.known for spot in spots_of(number)):
            self._put_number(number, None)

    def _put_number(self, number: LedgerNumber, places: dict[_Like, Beside] | None) -> None:
        """Put a number where others of its spots are; None for those that are known there."""
        entry, seen = whole_entry(number), units_of(number.population.visible)
        for spot in spots_of(number):
            found = self.known.get(spot) if places is None else places
            if found is not None:
                kept = _put_seen(found, spot, number, seen) if number.clusters else _put(found, spot, entry)
                if places is None:
                    self._count(spot, kept)

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
            found, kept = self.known.setdefault(spot, {}), 0
            if isinstance(spot, str):
                for number, seen in self.history.touching(spot, MOST_IN_A_GROUP):
                    kept += _put_seen(found, spot, number, seen)
            else:
                for entry in self.history.wide(spot, MOST_UNITS):
                    kept += _put(found, spot, entry)
            self._count(spot, kept)
        self.known.move_to_end(spot)
        return self.known[spot]

    def _count(self, spot: Spot, kept: int) -> None:
        """So many labels more are kept of a place; others are given up for it."""
        self._sizes[spot] = self._sizes.get(spot, 0) + kept
        self._kept += kept
        while self._kept > MOST_KEPT and len(self.known) > 1:
            oldest = next(iter(self.known))
            if oldest == spot:
                self.known.move_to_end(spot)
                continue
            del self.known[oldest]
            self._kept -= self._sizes.pop(oldest)

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
    """Put a wide number where those of its kinds are, if it is small. Returns how many labels are kept for that."""
    if len(entry.visible) > MOST_UNITS:
        return 0
    seen = units_of(entry.visible)
    for like in _likes(spot, entry):
        places.setdefault(like, Beside()).add_entry(entry, seen)
    return len(entry.labels) + len(entry.visible) + len(seen)


def _put_seen(places: dict[_Like, Beside], spot: Spot, number: Told, seen: Labels) -> int:
    """The same for whom everybody can see in a number that touches a cluster."""
    name = blake2b(seen.tobytes(), digest_size=16).digest()
    new = [places.setdefault(like, Beside()).add_seen(seen, name) for like in _likes(spot, number)]
    return len(seen) if any(new) else 0


def _likes(spot: Spot, number: Told | Entry) -> Iterator[_Like]:
    """Those of the kinds of a number, of its year and of all."""
    for name in {one.name: None for one in number.kinds}:
        for year in {None, year_of(Kind(name, fixed=False), number)}:
            yield _Like(spot, name, year)
