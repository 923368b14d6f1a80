"""What people add to the register: incidents, publications, and whom a cluster itself gives data to.

They stand in the record itself: each is an entry of the log, so none can be changed or taken out unseen.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from enclave.audit.entries import Kind
from enclave.outputs.records import EntryRecord
from enclave.terms import ProjectId
from enclave.transparency.recorded import Entries, entries_of


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


def notes_of(reading: Entries, project: ProjectId | None = None) -> tuple[Note, ...]:
    """All of them, or those about one project, newest first; without those whose body was erased by law."""
    entries = entries_of(reading, [Kind.REGISTER_NOTED], project)
    return tuple(note for entry in entries if (note := _note(entry)) is not None)


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
