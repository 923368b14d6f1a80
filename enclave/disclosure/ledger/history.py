"""What linear systems need to know of the past, and the limits that they keep."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from enclave.disclosure.ledger.bases import Entry, Joint, Place, Told
from enclave.disclosure.ledger.numbers import Kind, Labels
from enclave.disclosure.ledger.shares import HOUSE, Dominance
from enclave.disclosure.ledger.worlds import FindCodes, nothing_is_listed


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the audit: the threshold, units of a base per independent number, and the largest base with a system.

    `codes`: what is published of the codes of fields. `dominance`: how much one or two may add to a sum.
    """

    min_units: int
    units_per_number: int
    audited_units: int
    codes: FindCodes = nothing_is_listed
    dominance: Dominance = HOUSE


class History(Protocol):
    """The numbers known before, by place."""

    def dividing(self, spot: str | tuple[str, ...]) -> Iterable[Kind]:
        """The kinds of codes and bands of numbers that touch a cluster, or are wide over tables."""
        ...

    def published(self, table: str, clusters: Sequence[str], census: str) -> Iterable[Entry]:
        """The standard margins of a table at a census that lie in these clusters; without clusters, the wide ones."""
        ...

    def margins(self, table: str, census: str) -> Hashable:
        """Which standard margins are published of a table at a census: equal where the same are."""
        ...

    def within(self, place: Place, kind: Kind) -> Iterable[Entry]:
        """Numbers of systems of the kind that lie in the place as a whole; for tables, the wide ones of these."""
        ...

    def seen(self, place: Place) -> Iterable[Labels]:
        """Whom everybody can see in numbers that lie in the place as a whole; the same need come once."""
        ...

    def touching(self, cluster: str, most: int) -> Iterable[tuple[Told, Labels]]:
        """Numbers of some kind that have units in the cluster, with the units that everybody can see in each.

        None of more than `most` units has to be among them.
        """
        ...

    def wide(self, tables: tuple[str, ...], most: int) -> Iterable[Entry]:
        """Numbers of some kind over many clusters of these tables; none of more than `most` units has to be there."""
        ...

    def joints(self, cluster: str, kind: Kind) -> Sequence[Joint]:
        """The sets of clusters, this one among them, that numbers or published margins of a kind are over, in order."""
        ...
