"""The outbox for admins: letters that wait, that went, and that are dead. Who and where, never what."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.letters import list_letters, retry_letter
from enclave.outputs.notices import LetterRecord, LetterState
from enclave.problems.service import Forbidden, NotFound
from enclave.web import examples, schemas, workflow_schemas
from enclave.web.answers import json_answer, list_answer
from enclave.web.cursors import DEFAULT_LIMIT, Cursor, Limit, place_of
from enclave.web.documented import SIGNED_IN, gives
from enclave.web.routes.names import LetterPath
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["overseers"])

KIND = "letters"
InState = Annotated[LetterState | None, Query(description="Only these.")]


@router.get(
    "/letters",
    responses=gives(
        200,
        workflow_schemas.Letters,
        examples.items(examples.LETTER),
        Forbidden,
        *SIGNED_IN,
        headers=("Link",),
    ),
)
def letters(
    request: Request,
    asker: Caller,
    service: TheService,
    state: InState = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Notices to people and what became of each, newest first. For admins and auditors."""
    page = list_letters(asker, service.desk, limit=limit, after=place_of(cursor, KIND), state=state)
    return list_answer(request, page, LetterRecord.as_json, kind=KIND)


@router.post(
    "/letters/{letter}/retry",
    status_code=202,
    responses=gives(202, schemas.Anything, {}, NotFound, Forbidden, *SIGNED_IN),
)
def retry(letter: LetterPath, asker: Caller, service: TheService) -> Response:
    """Have a dead letter tried anew. For admins."""
    retry_letter(asker, letter, service.desk)
    return json_answer({}, status=202)
