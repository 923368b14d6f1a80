"""What a checker may weigh: where somebody looks, some numbers that the ledger would hide are shown to them instead.

Only what is there because of earlier answers of the same project. With nothing but the answer itself and what everybody
knows, anybody who reads it would subtract; and what another project was shown a checker of this one cannot judge: both
hide on every route. That a group has given as many numbers as it may tells about nobody, so it can always be weighed.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from enclave.disclosure.ledger.bases import Entry, Joint, Place, Told
from enclave.disclosure.ledger.history import Limits
from enclave.disclosure.ledger.linear import Finding
from enclave.disclosure.ledger.memory import Memory
from enclave.disclosure.ledger.numbers import Kind, Labels, LedgerNumber
from enclave.disclosure.ledger.pairs import Finding as OfFew
from enclave.disclosure.ledger.pairs import Witness
from enclave.disclosure.ledger.structure import Structure
from enclave.disclosure.ledger.systems import Systems

MOST_TOLD: Final = 50
"""Earlier numbers that an equation, or a cap, is said to be of."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of the numbers that are known. Conforms to `History`; of kinds, ties and margins it tells those of all."""

    memory: Memory
    has: Callable[[int], bool]

    def dividing(self, spot: str | tuple[str, ...]) -> Iterable[Kind]:
        return self.memory.dividing(spot)

    def published(self, table: str, clusters: Sequence[str], census: str) -> Iterable[Entry]:
        return self.memory.published(table, clusters, census)

    def margins(self, table: str, census: str) -> Hashable:
        return self.memory.margins(table, census)

    def within(self, place: Place, kind: Kind) -> Iterable[Entry]:
        return self.memory.within(place, kind, self.has)

    def seen(self, place: Place) -> Iterable[Labels]:
        return self.memory.seen(place, self.has)

    def touching(self, cluster: str, most: int) -> Iterable[tuple[Told, Labels]]:
        return self.memory.touching(cluster, most, self.has)

    def wide(self, tables: tuple[str, ...], most: int) -> Iterable[Entry]:
        return self.memory.wide(tables, most, self.has)

    def joints(self, cluster: str, kind: Kind) -> Sequence[Joint]:
        return self.memory.joints(cluster, kind)


@dataclass(slots=True)
class Weigher:
    """Says of findings whether a checker may weigh them. `mine`: whether a known number is of the same project."""

    memory: Memory
    structures: dict[str, Structure]
    limits: Limits
    mine: Callable[[int], bool]
    _own: list[LedgerNumber] = field(default_factory=list)
    _made: dict[str, Systems] = field(default_factory=dict)

    def add(self, number: LedgerNumber) -> None:
        """This answer shows the number."""
        self._own.append(number)
        for systems in self._made.values():
            systems.add(number)

    def forget_ties(self) -> None:
        for systems in self._made.values():
            systems.forget_ties()

    def may_weigh_pairs(self, found: Iterable[OfFew]) -> bool:
        """Whether an earlier answer of this project has a part in each of them, and no other project in any."""
        return all(self._is_mine(one.witnesses) for one in found)

    def _is_mine(self, witnesses: Iterable[Witness]) -> bool:
        earlier = [self.mine(one.handle) for one in witnesses if not one.here and one.handle >= 0]
        return bool(earlier) and all(earlier)

    def may_weigh_systems(self, number: LedgerNumber, found: Iterable[Finding]) -> bool:
        """Whether what others were shown has no part in it: it is there without, and not there with that alone."""
        if not _few(found):
            return True
        waits = self.memory.known.waits
        if _few(self._systems("others", lambda handle: not self.mine(handle)).findings(number)):
            return False
        told = self._systems("told", lambda handle: self.mine(handle) and not waits(handle))
        return _few(told.findings(number)) or _few(self._systems("mine", self.mine).findings(number))

    def beside(self, number: LedgerNumber) -> tuple[int, ...]:
        """The last known numbers of this project about the same kinds in the same places, for checkers."""
        found = [handle for handle in self.memory.alike_in_place(number) if self.mine(handle)]
        return tuple(found[-MOST_TOLD:])

    def _systems(self, name: str, has: Callable[[int], bool]) -> Systems:
        if name not in self._made:
            made = Systems(Selection(self.memory, has), self.structures, self.limits)
            for number in self._own:
                made.add(number)
            self._made[name] = made
        return self._made[name]


def _few(found: Iterable[Finding]) -> bool:
    """Whether something could be solved for a few; the cap is about how much is told of many."""
    return any(one is not Finding.CAP for one in found)
