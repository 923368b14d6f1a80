"""What people add to the register: who may, and that it stays."""

import pytest

from enclave.actions.note_register import NewNote, note_register
from enclave.problems.service import Forbidden, NotFound
from enclave.terms import PersonId
from enclave.transparency import register_json, register_of
from enclave.transparency.notes import NoteKind, notes_of
from enclave.transparency.reports import providers_of
from tests.support.service import ADMIN, ASKS, AUDITOR, COLLEAGUE, OFFICER, STRANGER, THIS, Service

PAPER = NewNote(NoteKind.PUBLICATION, THIS, "A paper", "What we found", url="https://doi.example/1")
INCIDENT = NewNote(
    NoteKind.INCIDENT, THIS, "A table went to the wrong person", "It was taken back in an hour"
)


def provider(code: str, what: str = "Names and meals") -> NewNote:
    return NewNote(NoteKind.PROVIDER, code, "A payments firm", what, why="To pay for lunch")


@pytest.mark.parametrize("person", [ASKS, ADMIN])
def test_a_publication_stands_with_its_project(service: Service, person: PersonId) -> None:
    note = note_register(service.asker(person), PAPER, service.desk)
    with service.records.read() as reading:
        register = register_of(service.policies, reading, now=service.clock.now())
        (entry,) = [one for one in register_json(register)["projects"] if one["id"] == THIS]
    assert entry["publications"] == [note.as_json()]
    assert entry["incidents"] == []


@pytest.mark.parametrize("person", [COLLEAGUE, STRANGER, AUDITOR, OFFICER])
@pytest.mark.parametrize("note", [PAPER, INCIDENT])
def test_nobody_else_records_publications_or_incidents(
    service: Service, person: PersonId, note: NewNote
) -> None:
    with pytest.raises(Forbidden):
        note_register(service.asker(person), note, service.desk)


def test_a_researcher_does_not_record_incidents_and_an_admin_does(service: Service) -> None:
    with pytest.raises(Forbidden):
        note_register(service.asker(ASKS), INCIDENT, service.desk)
    assert note_register(service.asker(ADMIN), INCIDENT, service.desk).kind is NoteKind.INCIDENT


def test_there_is_nothing_about_a_project_that_is_not(service: Service) -> None:
    with pytest.raises(NotFound):
        note_register(service.asker(ADMIN), NewNote(NoteKind.INCIDENT, "P-0", "x", "y"), service.desk)


def test_a_data_officer_declares_for_their_own_clusters_alone(service: Service) -> None:
    own = min(service.policies.people[OFFICER].clusters)
    note_register(service.asker(OFFICER), provider(own), service.desk)
    for person, code in ((OFFICER, "another"), (ADMIN, own), (ASKS, own)):
        with pytest.raises(Forbidden):
            note_register(service.asker(person), provider(code), service.desk)
    with service.records.read() as reading:
        assert [one.name for one in providers_of(notes_of(reading))[own]] == ["A payments firm"]
    note_register(service.asker(OFFICER), provider(own, what=""), service.desk)
    with service.records.read() as reading:
        assert providers_of(notes_of(reading))[own] == ()
        assert len(notes_of(reading)) == 2, "what was said stays in the record"
