"""Add a line to the register: an incident, a publication, or whom a cluster itself gives data to."""

from dataclasses import dataclass
from typing import Final

from enclave.actions.asker import Asker
from enclave.actions.asking import who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.audit.entries import Json
from enclave.outputs.duties import Duty, may_do
from enclave.outputs.keeping import Change
from enclave.problems.service import Forbidden, NotFound
from enclave.projects.model import Role as ProjectRole
from enclave.terms import ProjectId
from enclave.transparency.notes import Note, NoteKind, notes_of

WHO: Final = {
    NoteKind.INCIDENT: "An incident is recorded by an admin.",
    NoteKind.PUBLICATION: "A publication is recorded by the project's lead researcher or by an admin.",
    NoteKind.PROVIDER: "Whom a cluster gives data to is declared by its own data officer.",
}

DUTY: Final = {
    NoteKind.INCIDENT: Duty.NOTE_INCIDENT,
    NoteKind.PUBLICATION: Duty.NOTE_PUBLICATION,
    NoteKind.PROVIDER: Duty.DECLARE_PROVIDER,
}


@dataclass(frozen=True, slots=True)
class NewNote:
    """`about`: a project, or for a provider the code of a cluster. A provider without a text is one no longer.

    Of a provider `text` is what they are given, and `why` what for.
    """

    kind: NoteKind
    about: str
    title: str
    text: str
    why: str = ""
    url: str = ""


def note_register(asker: Asker, new: NewNote, desk: ServiceDesk) -> Note:
    """Write the line. It cannot be taken out again, only followed by another.

    Raises:
        Forbidden: it is not theirs to record.
        NotFound: there is no such project.
    """
    policies = desk.policies()
    about_project = new.kind is not NoteKind.PROVIDER
    _may(asker, new, policies, desk)
    project = ProjectId(new.about) if about_project else None
    if project is not None and policies.policy(project) is None:
        raise NotFound(detail=f"There is no project {new.about}.")
    body: dict[str, Json] = {
        "note": new.kind.value,
        "about": new.about,
        "title": new.title,
        "text": new.text,
        "why": new.why,
        "url": new.url,
    }
    desk.write(Entry(Kind.REGISTER_NOTED, asker.person, project, {}, body), _nothing_more)
    with desk.records.read() as reading:
        same = (new.kind, new.about, new.title)
        return next(one for one in notes_of(reading) if (one.kind, one.about, one.title) == same)


def _may(asker: Asker, new: NewNote, policies: Policies, desk: ServiceDesk) -> None:
    if new.kind is NoteKind.PUBLICATION and _leads(asker, new.about, policies):
        return
    allowed = may_do(who_asks(asker, policies, desk), DUTY[new.kind]).allowed
    if new.kind is NoteKind.PROVIDER:
        allowed = allowed and new.about in policies.people[asker.person].clusters
    if not allowed:
        raise Forbidden(detail=WHO[new.kind])


def _leads(asker: Asker, project: str, policies: Policies) -> bool:
    policy = policies.policy(ProjectId(project))
    members = () if policy is None else policy.project.members
    return any(
        member.person == asker.person and member.role is ProjectRole.LEAD_RESEARCHER for member in members
    )


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
