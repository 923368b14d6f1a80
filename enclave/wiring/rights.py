"""The archive and the cabinet of a home: the vault with its store, and the sealed papers of cases.

Papers and copies are sealed with keys made from the vault's own. A copy that waits to be given is a file in the home's
`state/rights`; it is gone when the case is closed.
"""

import hmac
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enclave.actions.check_policy import Policies
from enclave.actions.record_uses import ReachDesk, uses_of_record
from enclave.catalogue import Catalogue
from enclave.loading import read_secrets
from enclave.loading.durable import write_durably
from enclave.loading.subject import Found, PersonReader
from enclave.loading.vault import VaultUnreadable
from enclave.outputs.keeping import Reading
from enclave.projects import day_there
from enclave.rights.cases import CaseId, OutputOfUse
from enclave.rights.copies import RecordOfUse
from enclave.rights.desk import RightsDesk, UsesOf
from enclave.rights.door import Criteria, HeldRow, Subject, Warrant
from enclave.rights.keeping import RightsRecords
from enclave.terms import ProjectId
from enclave.terms.versions import base_of
from enclave.transparency.reach import RecordUse
from enclave.transparency.reach_words import ProjectUse, by_project
from enclave.wiring.home import OWNER_ONLY, Home
from enclave.wiring.sources import new_key
from enclave.wiring.store import LeftOut

NONCE_BYTES: Final = 12


class NoWarrant(AssertionError):
    """The record does not tell of this opening: the vault stays shut."""


@dataclass(frozen=True, slots=True)
class HomeArchive:
    """The vault of a home. It opens only for a warrant of which the record tells: a second look, by other means."""

    home: Home
    catalogue: Catalogue
    records: RightsRecords

    def find(self, warrant: Warrant, criteria: Criteria) -> Subject | None:
        found = self._reader(warrant).find(criteria)
        return None if found is None else Subject(found.person, found.unit, dict(found.keys))

    def rows_of(self, warrant: Warrant, subject: Subject) -> Iterator[HeldRow]:
        found = Found(subject.person, subject.unit, subject.keys)
        for row in self._reader(warrant).rows_of(found):
            yield HeldRow(row.version, row.table, row.values)

    def _reader(self, warrant: Warrant) -> PersonReader:
        self._look_for(warrant)
        tables = {name: table for name, table in self.catalogue.tables.items() if table.unit and table.key}
        return PersonReader(
            self.home.data,
            read_secrets(self.home.keys),
            identifiers={
                name: tuple(field for field in table.fields if not table.in_store(field))
                for name, table in tables.items()
            },
            keys={name: (table.key or "", table.key_otherwise) for name, table in tables.items()},
            units={name: table.unit or "" for name, table in tables.items()},
        )

    def _look_for(self, warrant: Warrant) -> None:
        with self.records.read() as reading:
            told = reading.lookups(warrant.case)
        if not told or (told[-1].asked_by, told[-1].allowed_by) != (warrant.asked_by, warrant.allowed_by):
            raise NoWarrant


@dataclass(frozen=True, slots=True)
class HomeCabinet:
    """Sealed papers of a home. Each is sealed for its own case, so that none can be put in the place of another."""

    home: Home

    def seal(self, case: CaseId, text: bytes) -> bytes:
        nonce = new_key(NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, text, case.encode())

    def unseal(self, case: CaseId, sealed: bytes) -> bytes:
        try:
            return self._cipher().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], case.encode())
        except (InvalidTag, ValueError):
            raise VaultUnreadable(
                detail=f"The papers of {case} do not open with this home's vault key. Put back the key."
            ) from None

    def keep_copy(self, case: CaseId, text: bytes) -> None:
        self._folder.mkdir(mode=OWNER_ONLY, exist_ok=True)
        write_durably(self._path(case), self.seal(case, text))

    def copy(self, case: CaseId) -> bytes | None:
        path = self._path(case)
        return self.unseal(case, path.read_bytes()) if path.is_file() else None

    def destroy_copy(self, case: CaseId) -> bool:
        try:
            self._path(case).unlink()
        except FileNotFoundError:
            return False
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return True

    @property
    def _folder(self) -> Path:
        return self.home.state / "rights"

    def _path(self, case: CaseId) -> Path:
        return self._folder / f"{case}.sealed"

    def _cipher(self) -> AESGCM:
        vault = read_secrets(self.home.keys).vault
        return AESGCM(hmac.new(vault, b"papers of cases", "sha256").digest())


def uses_through(
    reach: ReachDesk,
    policies: Callable[[], Policies],
    left_out: LeftOut,
    read: Callable[[], AbstractContextManager[Reading]],
) -> UsesOf:
    """The uses of a record, by project, from what is kept of whom each query reached, with the tables released of them.

    A version less those who objected has the keys of the version itself; where the record was left out,
    nothing used it.
    """

    def uses(unit: str, keys: Mapping[str, int]) -> tuple[RecordOfUse, ...]:
        asked = {
            version: keys[base_of(version)]
            for version in reach.uses.versions()
            if base_of(version) in keys and keys[base_of(version)] not in left_out(version).get(unit, ())
        }
        uses = uses_of_record(reach, asked)
        with read() as reading:
            outputs = _released(uses, reading)
        found = by_project(uses, policies())
        return tuple(_record_of_use(use, outputs.get(use.project, ())) for use in found)

    return uses


def _released(uses: Iterable[RecordUse], reading: Reading) -> dict[ProjectId, tuple[OutputOfUse, ...]]:
    """By project, the tables that were ever released of what reached a record, oldest first."""
    found: dict[ProjectId, dict[str, OutputOfUse]] = {}
    for use in uses:
        output = None if use.query is None else reading.output_of(use.query)
        if output is not None and output.released_at is not None:
            found.setdefault(use.project, {})[output.id] = OutputOfUse(output.id, output.name)
    return {project: tuple(outputs.values()) for project, outputs in found.items()}


def _record_of_use(use: ProjectUse, outputs: tuple[OutputOfUse, ...]) -> RecordOfUse:
    return RecordOfUse(
        project=str(use.project),
        title=use.title,
        organisation=use.organisation,
        why=use.why,
        fields=tuple(map(str, use.fields)),
        years=use.years,
        first=use.first.date(),
        last=use.last.date(),
        questions=use.queries,
        released=use.released,
        outputs=outputs,
    )


def uses_untold(_unit: str, _keys: Mapping[str, int]) -> tuple[RecordOfUse, ...] | None:
    """Where nobody can tell the uses of a record; a copy then says so."""
    return None


def rights_desk(
    home: Home,
    records: RightsRecords,
    policies: Callable[[], Policies],
    now: Callable[[], datetime],
    uses: UsesOf = uses_untold,
) -> RightsDesk:
    """What cases of this home are handled with."""
    return RightsDesk(
        records=records,
        archive=lambda catalogue: HomeArchive(home, catalogue, records),
        cabinet=HomeCabinet(home),
        uses=uses,
        now=now,
        today=lambda: day_there(now(), policies().house.time_zone),
    )
