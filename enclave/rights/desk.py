"""What cases are handled with: the record, the archive behind the door, and the cabinet of sealed papers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from enclave.catalogue import Catalogue
from enclave.rights.cases import CaseId
from enclave.rights.copies import RecordOfUse
from enclave.rights.door import Archive
from enclave.rights.keeping import RightsRecords


class Cabinet(Protocol):
    """Sealed papers: what is personal in a case, and the copy of a record until it is given."""

    def seal(self, case: CaseId, text: bytes) -> bytes: ...

    def unseal(self, case: CaseId, sealed: bytes) -> bytes:
        """Raises: VaultUnreadable: it was not sealed for this case with this home's key."""
        ...

    def keep_copy(self, case: CaseId, text: bytes) -> None: ...

    def copy(self, case: CaseId) -> bytes | None: ...

    def destroy_copy(self, case: CaseId) -> bool:
        """Whether there was one. Safe to repeat."""
        ...


UsesOf = Callable[[str, Mapping[str, int]], tuple[RecordOfUse, ...] | None]
"""The uses of the record of a unit with these keys (data version -> key); None if they cannot be told."""


@dataclass(frozen=True, slots=True)
class RightsDesk:
    """Attributes: see the module. `today` is the day where the house is."""

    records: RightsRecords
    archive: Callable[[Catalogue], Archive]
    cabinet: Cabinet
    uses: UsesOf
    now: Callable[[], datetime]
    today: Callable[[], date]
