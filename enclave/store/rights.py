"""Cases and look-ups in the database."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from enclave.outputs.keeping import NotThere, Stale
from enclave.outputs.records import QueryId
from enclave.people import Role
from enclave.rights.cases import (
    CaseId,
    CaseKind,
    CaseRecord,
    CaseState,
    Command,
    CorrectionRecord,
    ExclusionRecord,
    LookupRecord,
    Step,
)
from enclave.store import drafts
from enclave.store.made import Made
from enclave.store.rights_tables import CASES, CORRECTIONS, EXCLUSIONS, LOOKUPS
from enclave.terms import PersonId, ProjectId

LAST_EXCLUSION = Made(select(func.coalesce(func.max(EXCLUSIONS.c.id), 0)))


class RightsRows:
    """The part of a reading that is about cases."""

    _connection: Connection

    def case(self, id: CaseId) -> CaseRecord | None:
        row = self._connection.execute(select(CASES).where(CASES.c.id == id)).mappings().one_or_none()
        return None if row is None else _case(dict(row))

    def cases(
        self,
        *,
        states: Iterable[CaseState] | None = None,
        kinds: Iterable[CaseKind] | None = None,
        before: int | None = None,
        limit: int = 200,
    ) -> tuple[CaseRecord, ...]:
        wanted = select(CASES).order_by(CASES.c.id.desc()).limit(limit)
        if states is not None:
            wanted = wanted.where(CASES.c.state.in_(list(states)))
        if kinds is not None:
            wanted = wanted.where(CASES.c.kind.in_(list(kinds)))
        if before is not None:
            wanted = wanted.where(CASES.c.id < f"C-{before}")
        return tuple(_case(dict(row)) for row in self._connection.execute(wanted).mappings())

    def lookups(self, case: CaseId) -> tuple[LookupRecord, ...]:
        wanted = select(LOOKUPS).where(LOOKUPS.c.case_id == case).order_by(LOOKUPS.c.id)
        return tuple(_lookup(dict(row)) for row in self._connection.execute(wanted).mappings())

    def drafts(self, project: ProjectId, *, limit: int) -> tuple[QueryId, ...]:
        return drafts.drafts(self._connection, project, limit=limit)

    def exclusions(self, *, first: int | None = None) -> tuple[ExclusionRecord, ...]:
        wanted = select(EXCLUSIONS).order_by(EXCLUSIONS.c.id)
        if first is not None:
            wanted = wanted.where(EXCLUSIONS.c.id <= first)
        return tuple(ExclusionRecord(**row) for row in self._connection.execute(wanted).mappings())

    def corrections(self) -> tuple[CorrectionRecord, ...]:
        found = self._connection.execute(select(CORRECTIONS).order_by(CORRECTIONS.c.id)).mappings()
        return tuple(CorrectionRecord(**row) for row in found)

    def count_exclusions(self) -> int:
        return int(LAST_EXCLUSION.scalar(self._connection))


def add_exclusion(connection: Connection, exclusion: ExclusionRecord) -> None:
    connection.execute(insert(EXCLUSIONS), asdict(exclusion))


def add_correction(connection: Connection, correction: CorrectionRecord) -> None:
    connection.execute(insert(CORRECTIONS), asdict(correction))


def add_case(connection: Connection, case: CaseRecord) -> None:
    connection.execute(insert(CASES), _values(case))


def save_case(connection: Connection, case: CaseRecord) -> CaseRecord:
    """Put it in the place of the one with its id, if that still has its version."""
    values = {**_values(case), "version": case.version + 1}
    here = (CASES.c.id == case.id) & (CASES.c.version == case.version)
    if connection.execute(update(CASES).where(here).values(**values)).rowcount != 1:
        found = connection.scalar(select(CASES.c.version).where(CASES.c.id == case.id))
        raise NotThere(case.id) if found is None else Stale(case.id)
    return _case(values)


def add_lookup(connection: Connection, lookup: LookupRecord) -> None:
    connection.execute(insert(LOOKUPS), asdict(lookup))


def _values(case: CaseRecord) -> dict[str, Any]:
    return {
        **{name: getattr(case, name) for name in ("id", "kind", "state", "through", "on_behalf", "extended")},
        **{name: getattr(case, name) for name in ("outcome", "sealed", "public", "version")},
        "received_on": case.received_on.isoformat(),
        "due_on": case.due_on.isoformat(),
        "steps": [{**asdict(step), "at": step.at.isoformat()} for step in case.steps],
    }


def _case(row: dict[str, Any]) -> CaseRecord:
    return CaseRecord(
        **{
            **row,
            "received_on": date.fromisoformat(row["received_on"]),
            "due_on": date.fromisoformat(row["due_on"]),
            "steps": tuple(map(_step, row["steps"])),
        }
    )


def _step(kept: Mapping[str, str]) -> Step:
    return Step(
        at=datetime.fromisoformat(kept["at"]),
        by=PersonId(kept["by"]),
        role=Role(kept["role"]),
        command=Command(kept["command"]),
        state=CaseState(kept["state"]),
    )


def _lookup(row: dict[str, Any]) -> LookupRecord:
    return LookupRecord(
        **{**row, "asked_role": Role(row["asked_role"]), "allowed_role": Role(row["allowed_role"])}
    )
