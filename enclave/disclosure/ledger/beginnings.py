"""Systems with nothing in them but what everybody knows, kept for all questions over one version of the data.

Most numbers are the first of their kind in their cluster as far as a question can see: until an answer is reserved,
each question would work the margins of the same thousands of clusters out again.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final

from enclave.disclosure.ledger.bases import Base
from enclave.disclosure.ledger.linear import System
from enclave.disclosure.ledger.numbers import Kind

MOST_KEPT: Final = 1 << 24
"""Whole numbers in what is kept, about; past that what was used least lately is made again."""


@dataclass(slots=True)
class Seeded:
    """The system of a base, with the headcounts and margins that are in it. `audit`: None where it is too large."""

    units: int
    audit: System | None
    heads: set[tuple[str, bool]] = field(default_factory=set)
    published: set[str] = field(default_factory=set)
    years: set[str] = field(default_factory=set)  # of all numbers in it

    def copy(self, *, stays: bool = False) -> "Seeded":
        """`stays`: see `System.copy`."""
        audit = None if self.audit is None else self.audit.copy(stays=stays)
        return Seeded(self.units, audit, set(self.heads), set(self.published), set(self.years))


@dataclass(frozen=True, slots=True)
class Beginning:
    """All that a system without numbers depends on: its base, and what is known of the censuses of the first number.

    `margins` are those published of these; `mains`: of which registers they are, and whether the number has main rows
    alone there.
    """

    base: Base
    kind: Kind
    units: int
    censuses: tuple[str, ...]
    tables: tuple[str, ...]
    margins: tuple[Hashable, ...]
    mains: tuple[tuple[str, str, bool], ...]


@dataclass(slots=True)
class Beginnings:
    """Of one scope. What is kept never changes: everybody goes on with a copy."""

    _kept: OrderedDict[Beginning, tuple[Seeded, int]] = field(default_factory=OrderedDict)
    _numbers: int = 0

    def of(self, which: Beginning, make: Callable[[], Seeded]) -> Seeded:
        """A copy of the system, made now if it is not kept."""
        found = self._kept.get(which)
        if found is None:
            found = self._keep(which, make())
        self._kept.move_to_end(which)
        return found[0].copy(stays=True)

    def _keep(self, which: Beginning, made: Seeded) -> tuple[Seeded, int]:
        size = 0 if made.audit is None else made.audit.most_numbers()
        self._kept[which] = made, size
        self._numbers += size
        while self._numbers > MOST_KEPT and len(self._kept) > 1:
            _, (_, freed) = self._kept.popitem(last=False)
            self._numbers -= freed
        return made, size
