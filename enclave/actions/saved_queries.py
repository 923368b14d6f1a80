"""Texts that a researcher keeps with a project under a name. They are as private as a draft: one person's own.

What is kept is not checked or asked. It is gone when its person removes it, and with the data of the project: after the
day by which they are destroyed. Whoever is taken off a project does not read theirs any more.
Limit: an administrator of the database can read them, as they can the history.
"""

from dataclasses import replace

from enclave.actions.asker import Asker
from enclave.actions.asking import not_found
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import one_line, storable
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.saved import MOST_SAVED, MOST_SAVED_NAME, MOST_SAVED_SQL, SavedId, SavedQuery
from enclave.problems import NotOnProject
from enclave.problems.service import Conflict
from enclave.projects import day_there
from enclave.terms import ProjectId


def save_query(asker: Asker, project: ProjectId, name: str, sql: str, desk: ServiceDesk) -> SavedQuery:
    """Keep a text, in the place of the asker's own on the project under this name; a call made again changes nothing.

    Raises:
        NotOnProject.
        Conflict: it has no name or no text, is too long, or the asker has as many as one may have.
    """
    if project not in _own_projects(asker, desk):
        raise NotOnProject(
            detail="You are not on this project. Its lead researcher asks for people to be added."
        )
    called, text = _name(name), _text(sql)

    def change(opened: Change) -> SavedQuery:
        mine = [one for one in opened.saved_queries(person=asker.person) if one.project == project]
        before = next((one for one in mine if one.name == called), None)
        if before is None and len(mine) >= MOST_SAVED:
            raise Conflict(
                detail=f"You keep {MOST_SAVED} queries with {project}, as many as one may. Remove one."
            )
        id = opened.new_saved_id() if before is None else before.id
        saved = SavedQuery(id, project, asker.person, called, text, opened.at)
        opened.keep_saved(saved)
        opened.note(saved=id)
        return saved

    return desk.write(Entry(Kind.QUERY_SAVED, asker.person, project), change)


def list_saved(asker: Asker, desk: ServiceDesk, *, project: ProjectId | None = None) -> list[SavedQuery]:
    """The asker's own, of the projects that they are on, by name."""
    open_to = _own_projects(asker, desk)
    with desk.records.read() as reading:
        found = reading.saved_queries(person=asker.person)
    return [one for one in found if one.project in open_to and project in (None, one.project)]


def own_saved(asker: Asker, id: SavedId, desk: ServiceDesk) -> SavedQuery:
    """Raises: NotFound."""
    with desk.records.read() as reading:
        saved = reading.saved_query(id)
    if saved is None or saved.person != asker.person or saved.project not in _own_projects(asker, desk):
        raise not_found(id)
    return saved


def rename_saved(asker: Asker, id: SavedId, name: str, desk: ServiceDesk) -> SavedQuery:
    """
    Raises:
        NotFound.
        Conflict: it is no name, or the asker has another text of this name on the project.
    """
    project, called = own_saved(asker, id, desk).project, _name(name)

    def change(opened: Change) -> SavedQuery:
        mine = [one for one in opened.saved_queries(person=asker.person) if one.project == project]
        before = next((one for one in mine if one.id == id), None)
        if before is None:
            raise not_found(id)
        if any(one.name == called and one.id != id for one in mine):
            raise Conflict(detail="You keep another query of this name with the project.")
        renamed = replace(before, name=called, at=opened.at)
        opened.keep_saved(renamed)
        return renamed

    return desk.write(_entry(Kind.QUERY_SAVED, asker, project, id), change)


def remove_saved(asker: Asker, id: SavedId, desk: ServiceDesk) -> None:
    """It is not kept any more. Raises: NotFound."""
    project = own_saved(asker, id, desk).project
    desk.write(_entry(Kind.QUERY_UNSAVED, asker, project, id), lambda opened: opened.drop_saved(id))


def forget_saved(desk: ServiceDesk) -> None:
    """Remove what was kept with projects whose data are to be destroyed by now."""
    policies = desk.policies()
    today = day_there(desk.clock.now(), policies.house.time_zone)
    over = [id for id, project in policies.projects.items() if project.dates.destroy_by < today]
    if over:
        desk.records.forget_saved(over)


def _own_projects(asker: Asker, desk: ServiceDesk) -> frozenset[ProjectId]:
    """Those that the asker is on and whose data need not be destroyed yet."""
    policies = desk.policies()
    today = day_there(desk.clock.now(), policies.house.time_zone)
    return frozenset(
        id
        for id, project in policies.projects.items()
        if project.member(asker.person) is not None and today <= project.dates.destroy_by
    )


def _name(name: str) -> str:
    called = one_line(name, most=MOST_SAVED_NAME)
    if not called:
        raise Conflict(detail="Give the query a name to keep it under.")
    return called


def _text(sql: str) -> str:
    text = storable(sql)
    if not text.strip():
        raise Conflict(detail="There is no text to keep.")
    if len(text) > MOST_SAVED_SQL:
        raise Conflict(detail=f"A text of at most {MOST_SAVED_SQL} characters is kept; this has {len(text)}.")
    return text


def _entry(kind: Kind, asker: Asker, project: ProjectId, id: SavedId) -> Entry:
    return Entry(kind, asker.person, project, {}, {"saved": id})
