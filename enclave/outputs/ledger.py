"""What is kept of the numbers that an answer shows: records, and the one pure rule about them.

All numbers of an answer move together, as one *reservation*: reserved when they were judged, shown when the answer is
released, freed when it never will be. What was shown stays shown.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType, TypeAlias

from enclave.disclosure.ledger.numbers import (
    ClusterPart,
    Kind,
    Labels,
    LedgerNumber,
    Likeness,
    Population,
)
from enclave.outputs.records import QueryId
from enclave.terms import OrganisationId, PersonId, ProjectId

LabelsKey = NewType("LabelsKey", bytes)
"""Names a set of labels: equal sets have equal keys, and a key tells nothing to whoever lacks the ledger's secret."""
LabelsOf: TypeAlias = Callable[[Iterable[LabelsKey]], Mapping[LabelsKey, Labels]]


class NumbersState(StrEnum):
    RESERVED = "reserved"
    SHOWN = "shown"
    FREED = "freed"


@dataclass(frozen=True, slots=True)
class Scope:
    """A project, and who is on it now. Who ever was is added by the ledger itself."""

    project: ProjectId
    people: frozenset[PersonId]
    organisations: frozenset[OrganisationId]


@dataclass(frozen=True, slots=True)
class Judged:
    """What somebody has looked at: all numbers of these projects up to `seq`."""

    seq: int
    projects: frozenset[ProjectId]


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """A `ClusterPart` by the keys of its labels."""

    labels: LabelsKey
    visible: LabelsKey
    parts: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """One number as it is remembered. `LabelsOf` gives the labels that the keys stand for; `units` is how many.

    `bins` is the histogram of its units, as the index of numbers has it; None where it was not kept. `flagged` is the
    rule that left it to checkers, if one did. `rows_only` is that of its population, `lasting`, `value` and `shares`
    are those of the number.
    """

    identity: bytes
    likeness: Likeness
    kinds: tuple[Kind, ...]
    units: int
    clusters: Mapping[str, RecordedPart]
    years: tuple[str, ...]
    tables: tuple[str, ...]
    hidden: frozenset[str]
    labels: LabelsKey
    visible: LabelsKey
    bins: bytes | None = None
    flagged: str = ""
    lasting: bytes = b""
    value: str = field(default="", repr=False)
    rows_only: bool = False
    shares: str = field(default="", repr=False)

    def names(self) -> Iterator[LabelsKey]:
        """Of all its populations."""
        yield from (self.labels, self.visible)
        for part in self.clusters.values():
            yield from (part.labels, part.visible)


@dataclass(frozen=True, slots=True, eq=False)
class Reservation:
    """The numbers of one answer. `seq` orders all reservations; one that is made again comes last again.

    `query_id` is None for an answer that was given without a server, and so shown at once.
    """

    id: int
    seq: int
    project: ProjectId
    query_id: QueryId | None
    data_version: str
    state: NumbersState
    judged: Judged
    numbers: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """All numbers in a scope which are reserved or shown, as of one moment, in order.

    A reservation's numbers never change, so that whoever indexes them may keep the index by `Reservation.id`, add what
    is new and drop what is gone.
    """

    judged: Judged
    reservations: tuple[Reservation, ...] = ()

    @property
    def numbers(self) -> Iterator[Recorded]:
        for reservation in self.reservations:
            yield from reservation.numbers

    def of_version(self, data_version: str) -> Iterator[Recorded]:
        """Those over one data version: labels mean the same units in one version only."""
        for reservation in self.reservations:
            if reservation.data_version == data_version:
                yield from reservation.numbers


@dataclass(frozen=True, slots=True, eq=False)
class NewNumbers:
    """The numbers that an answer shows, to be reserved: they were judged against `judged`."""

    scope: Scope
    query_id: QueryId | None
    data_version: str
    judged: Judged
    numbers: Sequence[LedgerNumber] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Numbers of one answer, and those of others which nobody has looked at beside them yet.

    `known` are all in the scope (`newer` among them, `mine` not); `labels_of` reads populations at the same moment.
    """

    project: ProjectId
    data_version: str
    mine: tuple[LedgerNumber, ...]
    newer: tuple[Reservation, ...]
    known: Known
    labels_of: LabelsOf


Recheck: TypeAlias = Callable[[Meeting], bool]
"""Whether the numbers may all be shown."""


class Raced(Exception):
    """Numbers came into the scope which these were not judged against."""


class NotTogether(Exception):
    """The numbers may not be shown beside those that came into their scope."""


def meeting_of(new: NewNumbers, now: Known, labels_of: LabelsOf) -> Meeting:
    """New numbers, and what is in their scope now that they were not judged against.

    What an earlier run of the same query reserved is none of it: it is replaced.
    """
    others = tuple(one for one in now.reservations if new.query_id is None or one.query_id != new.query_id)
    newer = tuple(one for one in others if one.seq > new.judged.seq or one.project not in new.judged.projects)
    known = Known(now.judged, others)
    return Meeting(new.scope.project, new.data_version, tuple(new.numbers), newer, known, labels_of)


def unjudged(mine: Reservation, others: Iterable[Reservation]) -> tuple[Reservation, ...]:
    """Those of `others` which `mine` was not judged against, and which were not judged against `mine`."""
    return tuple(
        other
        for other in others
        if other.id != mine.id
        and other.state is not NumbersState.FREED
        and not judged_against(mine, other)
        and not judged_against(other, mine)
    )


def judged_against(one: Reservation, other: Reservation) -> bool:
    """Whether `one` was judged with `other` before it."""
    return other.seq <= one.judged.seq and other.project in one.judged.projects


def number_of(recorded: Recorded, labels: Mapping[LabelsKey, Labels]) -> LedgerNumber:
    """The number as it was judged. `labels` has all that `recorded` names."""
    return LedgerNumber(
        identity=recorded.identity,
        likeness=recorded.likeness,
        kinds=recorded.kinds,
        population=Population(
            labels[recorded.labels], labels[recorded.visible], recorded.hidden, recorded.rows_only
        ),
        clusters={
            name: ClusterPart(labels[part.labels], labels[part.visible], part.parts)
            for name, part in recorded.clusters.items()
        },
        years=recorded.years,
        tables=recorded.tables,
        flagged=recorded.flagged,
        lasting=recorded.lasting,
        value=recorded.value,
        shares=recorded.shares,
    )
