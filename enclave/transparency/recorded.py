"""What the record adds to the register: destroyed answers, retracted fields, acknowledgements, and what happened when.

Each is an entry of the log, with its place there. No text of an entry's body leaves but the name of a field: people
wrote the rest for the record, not for everybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from enclave.audit.entries import Kind
from enclave.outputs.keeping import MOST_LISTED
from enclave.outputs.records import EntryRecord
from enclave.terms import ProjectId

MOST_PAGES: Final = 50
HISTORY: Final = (
    Kind.POLICY_IN_FORCE,
    Kind.POLICY_APPLIED,
    Kind.DATA_LOADED,
    Kind.OUTPUT_RELEASED,
    Kind.OUTPUT_REVOKED,
    Kind.OUTPUT_SUSPENDED,
    Kind.OUTPUT_SUPERSEDED,
    Kind.REGISTER_NOTED,
    Kind.DEMAND_RECEIVED,
    Kind.DEMAND_DECIDED,
    Kind.FIELD_RETRACTED,
    Kind.FIELD_DESTROYED,
    Kind.VALUES_DESTROYED,
    Kind.DRAFTS_DESTROYED,
)
"""What the history lists. Nothing of a query: the time of one is nobody's business."""


class Entries(Protocol):
    """The record, as far as this looks. Newest first."""

    def entries(
        self,
        *,
        kinds: Iterable[Kind] | None = None,
        project: ProjectId | None = None,
        before: int | None = None,
    ) -> tuple[EntryRecord, ...]: ...


@dataclass(frozen=True, slots=True)
class Destroyed:
    """So many answers of a project were destroyed; the entry at `leaf` names the hash of each."""

    at: datetime
    answers: int
    leaf: int


@dataclass(frozen=True, slots=True)
class Retracted:
    """A field that nobody can use any more. `files` and `destroyed_leaf` are of the proof, None until there is one."""

    field: str
    on: date
    leaf: int
    files: int | None
    destroyed_leaf: int | None


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as the public leaf of the log has it."""

    at: datetime
    kind: str
    project: ProjectId | None
    leaf: int


def entries_of(
    reading: Entries, kinds: Iterable[Kind], project: ProjectId | None = None
) -> Iterator[EntryRecord]:
    """All of these kinds, newest first, up to a bound."""
    wanted, before = tuple(kinds), None
    for _ in range(MOST_PAGES):
        page = reading.entries(kinds=wanted, project=project, before=before)
        yield from page
        if len(page) < MOST_LISTED:
            return
        before = page[-1].seq


def destroyed_of(reading: Entries, project: ProjectId | None) -> Mapping[ProjectId, tuple[Destroyed, ...]]:
    """By project, newest first."""
    found: defaultdict[ProjectId, list[Destroyed]] = defaultdict(list)
    for entry in entries_of(reading, [Kind.DRAFTS_DESTROYED], project):
        tables = (entry.body or {}).get("tables")
        if entry.project is not None and isinstance(tables, Mapping):
            found[entry.project].append(Destroyed(entry.at, len(tables), entry.seq))
    return {id: tuple(each) for id, each in found.items()}


def acknowledged_of(reading: Entries, project: ProjectId | None) -> Mapping[ProjectId, int]:
    """How many people on each project acknowledged its prohibited purposes."""
    found: defaultdict[ProjectId, set[str]] = defaultdict(set)
    for entry in entries_of(reading, [Kind.PURPOSES_ACKNOWLEDGED], project):
        if entry.project is not None and entry.actor is not None:
            found[entry.project].add(entry.actor)
    return {id: len(people) for id, people in found.items()}


def retracted_of(reading: Entries) -> tuple[Retracted, ...]:
    """Every field that was retracted, the latest first."""
    proofs: dict[str, tuple[int, int]] = {}
    told: dict[str, Retracted] = {}
    for entry in entries_of(reading, [Kind.FIELD_RETRACTED, Kind.FIELD_DESTROYED]):
        body = entry.body or {}
        name, files = str(body.get("field", "")), body.get("files")
        if entry.kind == Kind.FIELD_DESTROYED.value and isinstance(files, list):
            proofs.setdefault(name, (len(files), entry.seq))
        elif name:
            proof = proofs.get(name, (None, None))
            told[name] = Retracted(name, entry.at.date(), entry.seq, *proof)
    return tuple(told.values())


def history_of(reading: Entries) -> tuple[Event, ...]:
    """What happened, newest first."""
    return tuple(
        Event(entry.at, entry.kind, entry.project, entry.seq) for entry in entries_of(reading, HISTORY)
    )
