"""What the store keeps of cases. `Records` of this room are the same store as everybody's, seen from here."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from enclave.audit.entries import Entry
from enclave.outputs.keeping import Change, Reading
from enclave.outputs.records import QueryId
from enclave.rights.cases import (
    CaseId,
    CaseKind,
    CaseRecord,
    CaseState,
    CorrectionRecord,
    ExclusionRecord,
    LookupRecord,
)
from enclave.terms import ProjectId

T = TypeVar("T")


class RightsReading(Reading, Protocol):
    def case(self, id: CaseId) -> CaseRecord | None: ...

    def cases(
        self,
        *,
        states: Iterable[CaseState] | None = None,
        kinds: Iterable[CaseKind] | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> tuple[CaseRecord, ...]:
        """Newest first."""
        ...

    def exclusions(self, *, first: int | None = None) -> tuple[ExclusionRecord, ...]:
        """The first so many, or all, in the order in which they came into force."""
        ...

    def count_exclusions(self) -> int: ...

    def drafts(self, project: ProjectId, *, limit: int) -> tuple[QueryId, ...]:
        """Queries of a project whose answers are kept, were never released and wait for nobody."""
        ...

    def corrections(self) -> tuple[CorrectionRecord, ...]:
        """Oldest first."""
        ...

    def lookups(self, case: CaseId) -> tuple[LookupRecord, ...]:
        """Oldest first."""
        ...


class RightsChange(Change, RightsReading, Protocol):
    def new_case_id(self) -> CaseId: ...

    def add_case(self, case: CaseRecord) -> None: ...

    def save_case(self, case: CaseRecord) -> CaseRecord:
        """Raises: Stale: somebody else was first."""
        ...

    def add_lookup(self, lookup: LookupRecord) -> None: ...

    def new_lookup_id(self) -> int: ...

    def destroy_drafts(self, queries: Iterable[QueryId]) -> dict[str, str]:
        """Empty the answers of these queries. Returns the hash of the table of each, which stays."""
        ...

    def new_exclusion_id(self) -> int: ...

    def add_exclusion(self, exclusion: ExclusionRecord) -> None: ...

    def new_correction_id(self) -> int: ...

    def add_correction(self, correction: CorrectionRecord) -> None: ...


class RightsRecords(Protocol):
    def write(self, entry: Entry, change: Callable[[RightsChange], T]) -> T: ...

    def read(self) -> AbstractContextManager[RightsReading]: ...
