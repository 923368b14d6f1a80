"""What people add to the register: incidents, publications, and whom a cluster itself gives data to.

They stand in the record itself: each is an entry of the log, so none can be changed or taken out unseen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from enclave.audit.entries import Kind
from enclave.outputs.keeping import MOST_LISTED
from enclave.outputs.records import EntryRecord
from enclave.terms import ProjectId
from enclave.transparency.reports import Provider

MOST_PAGES = 50


class NoteKind(StrEnum):
    """`provider`: somebody to whom a cluster itself gives data, as it declares."""

    INCIDENT = "incident"
    PUBLICATION = "publication"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Note:
    """One line. `about` is a project, or the code of a cluster; `leaf` its place in the public log."""

    kind: NoteKind
    about: str
    title: str
    text: str
    why: str
    url: str
    at: datetime
    leaf: int

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind.value,
            "about": self.about,
            "title": self.title,
            "text": self.text,
            "why": self.why,
            "url": self.url,
            "at": self.at.isoformat(timespec="minutes"),
            "audit_leaf": self.leaf,
        }


class Noted(Protocol):
    """The record, as far as this looks. Newest first."""

    def entries(
        self,
        *,
        kinds: Iterable[Kind] | None = None,
        project: ProjectId | None = None,
        before: int | None = None,
    ) -> tuple[EntryRecord, ...]: ...


def notes_of(reading: Noted) -> tuple[Note, ...]:
    """All of them, newest first; without those whose body was erased by law."""
    return tuple(note for entry in _entries(reading) if (note := _note(entry)) is not None)


def providers_of(notes: Iterable[Note]) -> Mapping[str, tuple[Provider, ...]]:
    """Whom each cluster gives data to, by its code. Of one name the newest counts; one without a text is withdrawn."""
    found: dict[str, dict[str, Provider]] = {}
    for note in notes:
        if note.kind is NoteKind.PROVIDER:
            provider = Provider(note.about, note.title, note.text, note.why)
            found.setdefault(note.about, {}).setdefault(note.title, provider)
    return {code: tuple(one for _, one in sorted(named.items()) if one.what) for code, named in found.items()}


def _entries(reading: Noted) -> Iterator[EntryRecord]:
    before: int | None = None
    for _ in range(MOST_PAGES):
        page = reading.entries(kinds=[Kind.REGISTER_NOTED], before=before)
        yield from page
        if len(page) < MOST_LISTED:
            return
        before = page[-1].seq


def _note(entry: EntryRecord) -> Note | None:
    if entry.body is None or "note" not in entry.body:
        return None
    said = entry.body
    return Note(
        kind=NoteKind(str(said["note"])),
        about=str(said["about"]),
        title=str(said["title"]),
        text=str(said["text"]),
        why=str(said["why"]),
        url=str(said["url"]),
        at=entry.at,
        leaf=entry.seq,
    )
