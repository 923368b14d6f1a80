"""What anybody may read without saying who they are: the register as JSON, and the API document."""

from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.answer_cases import demands
from enclave.problems.http import SignInUnavailable
from enclave.problems.service import NotFound
from enclave.rights.cases import Outcome
from enclave.terms import ProjectId
from enclave.transparency import Register, project_json, register_json, register_of
from enclave.transparency.authorities import Demand
from enclave.transparency.coming import Coming, coming_items, coming_json
from enclave.transparency.notes import Note, notes_of
from enclave.transparency.published import index_json
from enclave.transparency.recorded import history_of
from enclave.transparency.register import MOST_OUTPUTS
from enclave.transparency.register_json import reach_json
from enclave.transparency.register_schema import JSON_SCHEMA
from enclave.web import examples, people_schemas, schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import gives
from enclave.web.editions import OfYear, Search, edition
from enclave.web.routes.names import ProjectPath
from enclave.web.service import Service, TheService, stranger
from enclave.wiring.policy_versions import versions_to_come
from enclave.wiring.public_reach import published_reach

router = APIRouter(tags=["public"], dependencies=[Depends(stranger)])
GIVEN: Final = frozenset({Outcome.GRANTED.value, Outcome.PARTLY.value})
NOTE = {
    "kind": "publication",
    "about": "P-2026-014",
    "title": "Absence and attainment",
    "text": "A paper",
    "why": "",
    "url": "https://doi.example/10.1000/1",
    "at": "2026-11-26T12:00+00:00",
    "audit_leaf": 41,
}


@router.get("/register", responses=gives(200, schemas.Anything, examples.REGISTER))
def register(service: TheService) -> Response:
    """The register of uses: who uses which data, why, by what right, and what came of it."""
    with service.desk.records.read() as reading:
        history = history_of(reading)
    coming = coming_items(changes_to_come(service))
    found = register_json(
        the_register(service), reach=published_reach(service.gateway.home), coming=coming, history=history
    )
    return json_answer(found)


@router.get("/register/schema", responses=gives(200, schemas.Anything, {"$schema": JSON_SCHEMA["$schema"]}))
def register_schema() -> Response:
    """The JSON Schema of the register."""
    return json_answer(JSON_SCHEMA)


@router.get("/register/changes", responses=gives(200, schemas.Anything, examples.COMING))
def coming_changes(service: TheService) -> Response:
    """Notice of changes of policy that let more through: what, and from when."""
    return json_answer(coming_json(changes_to_come(service)))


@router.get("/register/notes", responses=gives(200, schemas.Anything, {"items": [NOTE], "next": None}))
def notes(service: TheService) -> Response:
    """What people added to the register: incidents, publications, and whom a school itself gives data to."""
    return whole_list(note.as_json() for note in the_notes(service))


@router.get(
    "/register/{project}", responses=gives(200, schemas.Anything, examples.REGISTER["projects"][0], NotFound)
)
def register_entry(project: ProjectPath, service: TheService) -> Response:
    """One use."""
    register = the_register(service, only=ProjectId(project))
    found = project_json(register, project, reach=published_reach(service.gateway.home))
    if found is None:
        raise NotFound(detail="There is no such project on the register.")
    return json_answer(found)


@router.get(
    "/register/{project}/reach",
    responses=gives(200, schemas.Anything, examples.REACH),
)
def register_reach(project: ProjectPath, service: TheService) -> Response:
    """How many people's records a use looked through, by year and school, rounded down, as of the last fixed date."""
    return json_answer(reach_json(published_reach(service.gateway.home), project))


@router.get("/reports", responses=gives(200, schemas.ReportList, examples.REPORTS, NotFound))
def reports(service: TheService, search: Search = "", year: OfYear = None) -> Response:
    """Whose yearly reports there are, by words of the name or by the code; the pages themselves are for people."""
    found = edition(service, year)
    if found is None:
        raise NotFound(detail="No reports are published yet.")
    return json_answer(index_json(found.index, found.index.search(search)))


@router.get(
    "/sign-in", responses=gives(200, people_schemas.HowToSignIn, examples.HOW_TO_SIGN_IN, SignInUnavailable)
)
def sign_in(service: TheService) -> Response:
    """How a program signs in: whose access tokens count, for which audience, and where a terminal asks for one."""
    return json_answer(service.gateway.how_to_sign_in())


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> Response:
    return json_answer(request.app.openapi())


def the_notes(service: Service) -> tuple[Note, ...]:
    """What people added, newest first."""
    with service.desk.records.read() as reading:
        return notes_of(reading)


def changes_to_come(service: Service) -> list[Coming]:
    """The versions of the policies that will be in force, and what they let through."""
    found = versions_to_come(service.gateway.home, service.desk.clock.now())
    return [Coming(one.number, one.in_force_from, one.widened) for one in found if one.in_force_from]


def the_register(service: Service, *, only: ProjectId | None = None, listed: int = MOST_OUTPUTS) -> Register:
    """The register as of now, as `register_of` makes it."""
    with service.desk.records.read() as reading:
        return register_of(
            service.desk.policies(),
            reading,
            now=service.desk.clock.now(),
            only=only,
            listed=listed,
            demands=the_demands(service),
        )


def the_demands(service: Service) -> list[Demand]:
    """Those of every authority, as everybody reads them."""
    return [
        Demand(
            authority=str(one["authority"]),
            received_on=str(one["received_on"]),
            granted=None if one["outcome"] is None else one["outcome"] in GIVEN,
        )
        for one in demands(service.gateway.rights)
    ]
